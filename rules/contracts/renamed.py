"""Contracts of the base under the names of the head: a change may move what they name, and the walls move along."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from rules.change import Change
from rules.contracts.declared import Contract

_NO_MODULES = frozenset(
    ("type", "name", "scopes", "level", "reason", "advice", "names", "optional", "exhaustive-ignores")
)
"""The keys of a contract that hold something else than names of modules; published names are relative to their package."""


def under_new_names(contract: Contract, change: Change) -> Contract:
    """The contract with the new names of modules and packages that the change moved away from theirs."""
    moved = moved_names(change)
    if not moved:
        return contract
    table = {key: value if key in _NO_MODULES else _translated(value, moved) for key, value in _table(contract).items()}
    return msgspec.convert(table, type(contract))


def _table(contract: Contract) -> dict[str, Any]:
    table: dict[str, Any] = msgspec.to_builtins(contract)
    return table


def _translated(value: Any, moved: Mapping[str, str]) -> Any:
    if isinstance(value, str):
        return moved.get(value, value)
    if isinstance(value, dict):
        return {
            moved.get(key, key): part if key in _NO_MODULES else _translated(part, moved) for key, part in value.items()
        }
    return [_translated(part, moved) for part in value] if isinstance(value, list | tuple) else value


def moved_names(change: Change) -> dict[str, str]:
    """Old name -> new name of modules and of packages that moved as one, where nothing bears the old name any more."""
    found: dict[str, set[str]] = {}
    for old, new in change.renames.items():
        before, after = old.split("."), new.split(".")
        found.setdefault(old, set()).add(new)
        while len(before) > 1 and len(after) > 1 and before[-1] == after[-1]:
            del before[-1], after[-1]
            if before != after:
                found.setdefault(".".join(before), set()).add(".".join(after))
    return {old: min(names) for old, names in found.items() if len(names) == 1 and old not in change.names}
