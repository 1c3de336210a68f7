"""Contracts that a team already has in another tool's files."""

from __future__ import annotations

from typing import NamedTuple

from rules.contracts.declared import Contract


class Adopted(NamedTuple):
    """What one tool's configuration says. `file` is its path; `notes` say what of it is not enforced, and why.

    `roots` are the packages that the tool looks into: what lies outside of them is foreign to the contracts. Without
    roots they are about the whole repository. `tolerant` are the names of contracts whose exceptions need not be used.
    """

    file: str
    contracts: tuple[Contract, ...]
    notes: tuple[str, ...] = ()
    roots: tuple[str, ...] = ()
    tolerant: tuple[str, ...] = ()


class Later(NamedTuple):
    """The contracts as the change leaves them, where it edits them: our own, and those of other tools."""

    contracts: tuple[Contract, ...]
    adopted: tuple[Adopted, ...] = ()
