"""Components: the package level at which a repository's parts talk to each other, found from its module names."""

from __future__ import annotations

from collections.abc import Iterable

DOMINANT = 0.4
"""A component that holds more than this share of all modules is no part but the whole: it is split one level deeper."""

MIN_PARTS = 3
"""Splitting must give at least so many parts, or the container is left as it is."""


class Components:
    """A partition of module names, each component named by a dotted prefix."""

    def __init__(self, containers: Iterable[str]) -> None:
        """containers: the dotted names that are split, '' among them; their direct children are the components."""
        self._containers = frozenset(containers)
        self._known: dict[str, str] = {}

    def of(self, module: str) -> str:
        """The component of a module; a container's own `__init__` is a component named like the container."""
        known = self._known.get(module)
        if known is None:
            known = self._known[module] = self._find(module)
        return known

    def _find(self, module: str) -> str:
        parts = module.split(".")
        for length in range(1, len(parts) + 1):
            name = ".".join(parts[:length])
            if name not in self._containers:
                return name
        return module


def find_components(modules: Iterable[str]) -> Components:
    """Splits the tree from the top for as long as one part dominates the rest.

    Decided by module counts only, so that it is the same for everybody who reads the tree.
    """
    containers = {""}
    parts = _parted(modules, 0)
    count = sum(map(len, parts.values()))
    while parts:
        name, inside = max(parts.items(), key=lambda item: (len(item[1]), item[0]))
        alone = len(parts) == 1
        if len(inside) <= DOMINANT * count and not alone:
            break
        children = _parted(inside, name.count(".") + 1)
        if len(children.keys() - {name}) < (1 if alone else MIN_PARTS):
            break
        containers.add(name)
        del parts[name]
        parts |= children
    return Components(containers)


def _parted(modules: Iterable[str], depth: int) -> dict[str, list[str]]:
    """Modules by the first parts of their names, one more than `depth` where they have so many."""
    found: dict[str, list[str]] = {}
    for module in modules:
        found.setdefault(".".join(module.split(".", depth + 1)[: depth + 1]), []).append(module)
    return found
