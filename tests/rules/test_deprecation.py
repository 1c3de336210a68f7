"""Copies of what is on its way out: information, for the new code takes its place."""

from __future__ import annotations

import pytest

from rules.config import Config
from rules.model import Finding
from rules.registry import RULES
from rules.reimplementation import Reimplementation
from rules.review import review
from rules.trees import Tree, change_of
from rules.unsynced import Unsynced
from tests.rules.silence.case import indented
from tests.rules.test_duplication import HELPER
from tests.rules.test_spoken import DOCUMENTS

WARNING = 'warnings.warn("gone in 3.0", DeprecationWarning, stacklevel=2)'
NAME = HELPER.split("def ")[1].split("(")[0]
HEAD, BODY = HELPER.split(":\n", 1)
OLD = "@deprecated('use C')\nclass {0}:\n    pass\n\n\n"
METHOD = indented(DOCUMENTS.format("", ""))


def function(first: str) -> str:
    """The helper with another statement before its own."""
    return f"{HEAD}:\n    {first}\n{BODY}"


def told(base: Tree, head: Tree, rule: str = "duplication/copy") -> list[Finding]:
    found = review(change_of(base, {**base, **head}), Config(), RULES, "partywall.toml")
    return [finding for finding in found if finding.rule == rule]


@pytest.mark.parametrize(
    ("path", "source"),
    [
        pytest.param("shop/old.py", f"@deprecated('use shop.new')\n{HELPER}", id="decorator"),
        pytest.param("shop/old.py", f"@typing_extensions.deprecated('use shop.new')\n{HELPER}", id="dotted decorator"),
        pytest.param("shop/old.py", f"@router.get('/x', deprecated=True)\n{HELPER}", id="a route"),
        pytest.param("shop/old.py", function(WARNING), id="a warning in each call"),
        pytest.param("shop/old.py", f"import warnings\n\n{WARNING}\n\n{HELPER}", id="a warning at import"),
        pytest.param("shop/old.py", function('"""Deprecated: use `shop.new`."""'), id="docstring"),
        pytest.param("shop/old.py", function('"""Reads.\n\n    .. deprecated:: 2.1\n    """'), id="directive"),
        pytest.param("shop/old.py", f'"""This module is deprecated."""\n{HELPER}', id="module docstring"),
        pytest.param("shop/legacy/orders.py", HELPER, id="folder"),
        pytest.param("shop/orders_legacy.py", HELPER, id="file"),
        pytest.param("shop/old.py", HELPER.replace(f"def {NAME}", f"def legacy_{NAME}"), id="name"),
        pytest.param("shop/old.py", f"{OLD.format('A')}{OLD.format('B')}{HELPER}", id="most of a file"),
    ],
)
def test_a_copy_of_what_is_marked_as_leaving_is_information(path: str, source: str) -> None:
    (finding,) = told({path: source}, {"shop/new.py": HELPER})
    assert finding.level == "info"
    assert "marked as deprecated or legacy" in finding.advice


@pytest.mark.parametrize(
    ("path", "source"),
    [
        pytest.param("shop/old.py", f"@deprecated_parameter('x')\n{HELPER}", id="a parameter"),
        pytest.param("shop/old.py", f"@click.option('--x', deprecated=True)\n{HELPER}", id="an option"),
        pytest.param("shop/old.py", function(f"if today > limit:\n        {WARNING}"), id="a warning now and then"),
        pytest.param("shop/old.py", function('warnings.warn("slow", RuntimeWarning)'), id="another warning"),
        pytest.param("shop/old.py", function('"""Deprecated orders are left out."""'), id="about data"),
        pytest.param(
            "shop/old.py",
            function('"""Reads.\n\n    :param x: what\n        .. deprecated:: 2.1\n    """'),
            id="directive for a parameter",
        ),
        pytest.param("shop/old.py", f"{OLD.format('A')}{HELPER}", id="its neighbour"),
        pytest.param("shop/old.py", HELPER.replace(f"def {NAME}", "def load_legacy"), id="what reads legacy files"),
        pytest.param(
            "shop/old.py", HELPER.replace(f"def {NAME}", "def _from_legacy"), id="what comes from legacy files"
        ),
        pytest.param("shop/nonlegacy.py", HELPER, id="part of a word"),
    ],
)
def test_what_only_mentions_deprecation_is_copied_as_ever(path: str, source: str) -> None:
    (finding,) = told({path: source}, {"shop/new.py": HELPER})
    assert finding.level == "warning"
    assert "legacy." not in finding.advice


def test_methods_leave_with_their_class() -> None:
    for mark in ("    def __init__(self):\n        " + WARNING + "\n\n", '    """Deprecated, use `Shelf`."""\n\n'):
        (finding,) = told({"a.py": f"class Archive:\n{mark}{METHOD}"}, {"b.py": f"class Shelf:\n{METHOD}"})
        assert finding.level == "info"


def test_an_overload_that_is_deprecated_leaves_the_function_in_use() -> None:
    overload = f'@overload\n@deprecated("pass a path")\ndef {NAME}(x: str) -> None: ...\n'
    (finding,) = told({"a.py": overload + HELPER}, {"b.py": HELPER})
    assert finding.level == "warning"


def test_a_copy_that_stays_keeps_the_warning_and_lists_what_leaves() -> None:
    base = {"a.py": f"@deprecated('use c')\n{HELPER}", "c.py": HELPER}
    (finding,) = told(base, {"b.py": HELPER})
    assert finding.level == "warning"
    assert [place.path for place in finding.related] == ["c.py", "a.py"]


def test_a_copy_within_what_leaves_is_a_warning() -> None:
    (finding,) = told({"shop/legacy/a.py": HELPER}, {"shop/legacy/b.py": HELPER})
    assert finding.level == "warning"


def test_what_is_written_again_to_take_the_place_of_something_is_information() -> None:
    example = Reimplementation.examples[0]
    ((path, old),) = example.base.items()
    for mark, level in (("", "warning"), ("@deprecated('see reports')\n", "info")):
        (finding,) = told(
            {path: mark + old}, {"shop/reports.py": example.head["shop/reports.py"]}, Reimplementation.name
        )
        assert finding.level == level


def test_nobody_has_to_mend_what_leaves() -> None:
    example = Unsynced.examples[0]
    head = {"shop/orders.py": example.head["shop/orders.py"]}
    for mark, level in (("", "warning"), ("@deprecated('see orders')\n", "info")):
        base = {**example.base, "shop/returns.py": mark + example.base["shop/returns.py"]}
        (finding,) = told(base, head, Unsynced.name)
        assert finding.level == level
