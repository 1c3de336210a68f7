"""Trees with a tach.toml, for tests: what is found in them by what it says."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping, Sequence

from rules.change import Change
from rules.contracts.adopted import Adopted
from rules.contracts.breach import Enforced
from rules.contracts.enforce import enforce
from rules.contracts.rule import ContractOptions, ContractRule
from rules.contracts.tach import FILES, adopt
from rules.model import Finding
from rules.trees import Tree, change_of, whole_of

Verdicts = dict[tuple[str, str], str]
"""(path, what is said) -> the level"""


def adopted(tree: Tree) -> list[Adopted]:
    """What the tach files in a tree say, one for each `tach.toml`."""
    return list(adopt({path: text.encode() for path, text in tree.items() if posixpath.basename(path) in FILES}))


def breaches(base: Tree, head: Tree, renames: Mapping[str, str] | None = None) -> list[Finding]:
    """The findings on the way from one tree to the other, by the configuration of the base."""
    return _found(change_of(base, head, renames), adopted(base))


def verdicts(tree: Tree) -> Verdicts:
    """What is said of each file of a whole tree, at its worst level."""
    found: Verdicts = {}
    for finding in _found(whole_of(tree), adopted(tree)):
        key = finding.path, finding.message.partition(" says: ")[2]
        found[key] = "error" if "error" in (finding.level, found.get(key)) else finding.level
    return found


def enforced(change: Change, given: Sequence[Adopted]) -> list[Enforced]:
    """The walls in force."""
    return enforce((), change, "partywall.toml", given)


def _found(change: Change, given: Sequence[Adopted]) -> list[Finding]:
    return list(ContractRule().check(change, ContractOptions(adopted=tuple(given))))
