"""Contracts in a few words, for tests: declare one, give it two trees, see what is found."""

from __future__ import annotations

from rules import config as configuration
from rules.config import Config
from rules.model import Finding
from rules.registry import RULES
from rules.review import notes, review
from rules.trees import Tree, change_of, whole_of


def declared(contract: str) -> Config:
    """The configuration with one contract, named c."""
    config = configuration.parse(f'[[contracts]]\nname = "c"\n{contract}'.encode(), "partywall.toml")
    assert config is not None
    return config


def breaches(contract: str, base: Tree, head: Tree, renames: Tree | None = None) -> list[Finding]:
    """The findings about the contract on the way from one tree to the other."""
    found = review(change_of(base, head, renames), declared(contract), RULES, "partywall.toml")
    return [finding for finding in found if finding.rule == "boundaries/contract"]


def places(contract: str, base: Tree, head: Tree, renames: Tree | None = None) -> list[tuple[str, int]]:
    """Where the findings are."""
    return [(finding.path, finding.start_line) for finding in breaches(contract, base, head, renames)]


def whole_breaches(contract: str, tree: Tree) -> list[Finding]:
    """The findings about the contract in a whole tree."""
    found = review(whole_of(tree), declared(contract), RULES, "partywall.toml")
    return [finding for finding in found if finding.rule == "boundaries/contract"]


def notes_on(contract: str, base: Tree, head: Tree) -> tuple[str, ...]:
    """What the report notes about the contract."""
    return notes(change_of(base, head), declared(contract), "partywall.toml")
