"""Contracts of the base under the names of the head: a change may move what they name, and the walls move along."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec
from msgspec.structs import replace

from rules.change import Change
from rules.contracts.declared import Contract, Layers

T = TypeVar("T")

_NO_MODULES = frozenset(
    (
        "name",
        "advice",
        "exhaustive",
        "exhaustive_ignores",
        "scopes",
        "level",
        "layer",
        "reason",
        "names",
        "optional",
        "folder",
        "roots",
        "exclude",
        "expose",
        "local_imports",
    )
)
"""The fields of contracts that hold something else than names of modules; published names are relative to their package."""


def under_new_names(contract: Contract, change: Change) -> Contract:
    """The contract with the new names of modules and packages that the change moved away from theirs."""
    moved = moved_names(change)
    return _translated(contract, moved) if moved else contract


def _translated(value: T, moved: Mapping[str, str]) -> T:
    """A value of the same type, whatever stands in it under its new name."""
    found: Any = value
    if isinstance(value, str):
        found = moved.get(value, value)
    elif isinstance(value, msgspec.Struct):
        relative = {"layers"} if isinstance(value, Layers) and value.containers else set()
        names = [name for name in value.__struct_fields__ if name not in _NO_MODULES | relative]
        fields = {name: getattr(value, name) for name in names}
        found = replace(value, **{name: _translated(part, moved) for name, part in fields.items()})
    elif isinstance(value, dict):
        found = {moved.get(key, key): _translated(part, moved) for key, part in value.items()}
    elif isinstance(value, tuple):
        found = tuple(_translated(part, moved) for part in value)
    result: T = found
    return result


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
