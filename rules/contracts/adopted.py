"""Contracts that a team already has in another tool's files."""

from __future__ import annotations

from typing import NamedTuple

from rules.contracts.declared import Contract


class Adopted(NamedTuple):
    """What one tool's configuration says. `file` is its path; `notes` say what of it is not enforced, and why."""

    file: str
    contracts: tuple[Contract, ...]
    notes: tuple[str, ...] = ()
