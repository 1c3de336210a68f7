"""Where a function written again in other words is worth a comment, and where it is information."""

from __future__ import annotations

import pytest

from rules.config import Config
from rules.registry import RULES
from rules.reimplementation import Reimplementation
from rules.review import review
from rules.trees import change_of

EXAMPLE = next(example for example in Reimplementation.examples if example.findings)
(EXISTING,) = EXAMPLE.base.values()
(NEW,) = (source for path, source in EXAMPLE.head.items() if path not in EXAMPLE.base)


@pytest.mark.parametrize(
    ("path", "level"),
    [
        pytest.param("shop/reports.py", "warning", id="elsewhere"),
        pytest.param("shop/orders.py", "info", id="beside it"),
    ],
)
def test_who_writes_beside_a_function_knows_it(path: str, level: str) -> None:
    base = {"shop/orders.py": EXISTING}
    head = {**base, path: f"{base.get(path, '')}\n\n{NEW}"}
    found = review(change_of(base, head), Config(), RULES, "partywall.toml")
    assert [finding.level for finding in found if finding.rule == Reimplementation.name] == [level]
