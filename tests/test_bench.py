"""The benchmark of injected copies measures what it says: its mutations are programs, and they are mutations."""

from __future__ import annotations

import ast
from functools import cache

import pytest

from tests.bench.injected import KINDS, cases_of
from tests.bench.judges import Partywall
from tests.bench.originals import Original, draw, read_package


@cache
def originals() -> tuple[dict[str, str], list[Original]]:
    tree = read_package("rich")
    return tree, draw(tree, 12, 1)


@pytest.mark.parametrize("kind", KINDS)
def test_a_mutation_is_a_program_and_another_one(kind: str) -> None:
    _, drawn = originals()
    first, again = cases_of(kind, drawn, 1), cases_of(kind, drawn, 1)
    assert first == again
    for case in first:
        ast.parse(case.text)
        assert (case.original.source.strip() in case.text) == (kind == "verbatim")


def test_copies_to_the_letter_are_found_and_nothing_else_is_joined() -> None:
    tree, drawn = originals()
    cases = cases_of("verbatim", drawn, 1)
    found = Partywall(tree).levels(cases)
    assert len(found) >= 0.8 * len(cases)
    assert not any(case.joins([(case.path, 1, 5)]) for case in cases)
