"""Benchmarks measure what they say: mutations are programs and mutations, verdicts are those of the other tool."""

from __future__ import annotations

import ast
from functools import cache

import pytest

from rules.tally import contract_of
from tests.bench.agreement import our_report, their_verdicts
from tests.bench.injected import KINDS, cases_of
from tests.bench.judges import Partywall
from tests.bench.originals import Original, draw, read_package
from tests.support.repositories import Repo
from worker.git import Repository


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


def test_agreement_holds_the_verdicts_of_import_linter_against_ours(repo: Repo) -> None:
    contract = "name = {0}\ntype = layers\nlayers =\n    {0}\n    {1}\n"
    repo.commit(
        {
            ".importlinter": "[importlinter]\nroot_package = shop\n"
            f"[importlinter:contract:1]\n{contract.format('shop.web', 'shop.core')}"
            f"[importlinter:contract:2]\n{contract.format('shop.core', 'shop.web')}",
            "src/shop/__init__.py": "",
            "src/shop/web.py": "import shop.core\n",
            "src/shop/core.py": "",
        }
    )
    repository = Repository.discover(repo.folder)
    assert their_verdicts(repository) == {"shop.web": "kept", "shop.core": "broken"}
    assert [contract_of(finding) for finding in our_report(repository).findings] == ["shop.core"]
