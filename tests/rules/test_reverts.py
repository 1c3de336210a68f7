"""What a revert brings back is information."""

from __future__ import annotations

import pytest

from rules.change import Change
from rules.config import Config
from rules.registry import RULES
from rules.reverts import is_revert
from rules.review import review
from rules.trees import change_of
from tests.rules.test_duplication import HELPER


@pytest.mark.parametrize(
    ("messages", "expected"),
    [
        pytest.param(['Revert "Faster reading" (#12)\n\nThis reverts commit 1f2e.'], True, id="as git writes it"),
        pytest.param(["revert: #1659 (#1660)"], True, id="as people write it"),
        pytest.param(["fix(api)!: revert the new client"], True, id="as conventional commits are written"),
        pytest.param(['Reapply "Faster reading"'], True, id="and back again"),
        pytest.param(['Revert "B"', 'Revert "A"', "Merge branch 'main' into undo"], True, id="several, and a merge"),
        pytest.param(["Add a reader\n\n* Revert a part of it"], False, id="further down"),
        pytest.param(['Revert "A"', "Add a reader"], False, id="one of two"),
        pytest.param(["Reverse the order"], False, id="another word"),
        pytest.param(["Merge branch 'main'"], False, id="a merge alone"),
        pytest.param([], False, id="not known"),
    ],
)
def test_a_revert_is_what_all_commits_say(messages: list[str], expected: bool) -> None:
    assert is_revert(messages) is expected


def test_copies_that_a_revert_brings_back_are_information_and_say_so() -> None:
    plain = change_of({"a.py": HELPER}, {"a.py": HELPER, "b.py": HELPER})
    revert = Change(plain.base, plain.head, plain.files, messages=lambda: ['Revert "One reader"'])
    one, other = (review(change, Config(), RULES, "partywall.toml")[0] for change in (plain, revert))
    assert (one.level, other.level, one.id) == ("warning", "info", other.id)
    assert other.message.endswith("the change says that it brings back what stood before")
