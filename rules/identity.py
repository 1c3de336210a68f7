"""Which modules of the base went on as which of the head, beyond renamed files: merged ones, and what was split off."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from rules.model import Facts

Sides = Mapping[str, frozenset[str]]
"""module -> the names that it defines"""

SHARE = 0.5
"""At least so much of what a module defines must have come from, or gone to, one other module."""


def defined(facts: Facts | None) -> frozenset[str]:
    """The functions and classes of a file, or the names that it assigns where it has neither."""
    if facts is None:
        return frozenset()
    definitions = frozenset(item.name for item in facts.definitions if "." not in item.name)
    return definitions or frozenset(item.name for item in facts.assignments if not item.name.startswith("__"))


def merged(gone: Sides, gained: Sides) -> dict[str, str]:
    """Module of the base that is no more -> the module of the head that has what it defined.

    gone: what those modules defined. gained: what modules of the head define that they did not define before.
    """
    found = {name: _nearest(names, gained) for name, names in sorted(gone.items())}
    return {name: home for name, home in found.items() if home}


def split_off(appeared: Sides, lost: Sides) -> dict[str, str]:
    """New module -> the module that what it defines was taken out of.

    appeared: what the new modules define. lost: what other modules defined before and do not define any more.
    """
    found = {name: _nearest(names, lost) for name, names in sorted(appeared.items())}
    return {name: home for name, home in found.items() if home and home != name}


def _nearest(names: frozenset[str], homes: Sides) -> str:
    """The module that shares most of the names, '' where none has enough of them."""
    shared = {home: len(names & others) for home, others in homes.items()}
    best = min(shared, key=lambda home: (-shared[home], home), default="")
    return best if best and shared[best] and shared[best] >= SHARE * len(names) else ""


def made_packages(base: Mapping[str, str], head: Mapping[str, str], renames: Mapping[str, str]) -> dict[str, str]:
    """New module -> the module of the base, by its name in the head, that became the package it lies in.

    base, head: module -> path, the base's under the names of the head. renames: old module -> new one; a module may
    have moved into the package that it became.
    """
    packages = {
        name: name
        for name in head
        if name in base and head[name].endswith("__init__.py") and not base[name].endswith("__init__.py")
    }
    packages |= {
        old: new
        for old, new in renames.items()
        if old in head and new.startswith(old + ".") and not base[new].endswith("__init__.py")
    }
    return _below(packages, (name for name in head if name not in base)) if packages else {}


def unmade_packages(base: Mapping[str, str], head: Mapping[str, str]) -> dict[str, str]:
    """Module of the base that is no more -> the module of the head that the package it lay in became."""
    modules = {
        name: name
        for name in base
        if name in head and base[name].endswith("__init__.py") and not head[name].endswith("__init__.py")
    }
    return _below(modules, (name for name in base if name not in head)) if modules else {}


def _below(packages: Mapping[str, str], modules: Iterable[str]) -> dict[str, str]:
    found = {}
    for module in modules:
        parts = module.split(".")
        above = (".".join(parts[:i]) for i in range(len(parts), 0, -1))
        package = next((name for name in above if name in packages), "")
        if package and packages[package] != module:
            found[module] = packages[package]
    return found
