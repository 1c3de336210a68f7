"""What is no duplication, by general reasons (tests/rules/silence); each control is a twin of a case that really copies."""

from __future__ import annotations

import pytest

from rules.trees import Tree
from tests.rules.silence import changes, declarations, idioms, left_out, shapes
from tests.rules.silence.case import Case, duplication

TABLES = {"changes": changes, "declarations": declarations, "idioms": idioms, "left out": left_out, "shapes": shapes}
CASES = [
    pytest.param(param.values[0], id=f"{topic}: {param.id}") for topic, table in TABLES.items() for param in table.ALL
]
CONTROLS = [
    pytest.param(*param.values[0].control, id=param.id)
    for param in CASES
    if isinstance(param.values[0], Case) and param.values[0].control
]


@pytest.mark.parametrize("case", CASES)
def test_silent(case: Case) -> None:
    assert duplication(case.base, case.head, case.renames) == []


@pytest.mark.parametrize(("base", "head"), CONTROLS)
def test_the_same_code_really_copied_is_reported(base: Tree, head: Tree) -> None:
    assert duplication(base, head)
