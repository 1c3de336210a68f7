"""Components: the package level at which a repository's parts talk to each other, found from its module names."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

DOMINANT = 0.4
"""A component that holds more than this share of all modules is no part but the whole: it is split one level deeper."""

MIN_PARTS = 3
"""Splitting must give at least so many parts, or the container is left as it is."""


class Components:
    """A partition of module names, each component named by a dotted prefix."""

    def __init__(self, containers: Iterable[str]) -> None:
        """containers: the dotted names that are split, '' among them; their direct children are the components."""
        self._containers = frozenset(containers)

    def of(self, module: str) -> str:
        """The component of a module; a container's own `__init__` is a component named like the container."""
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
    names = sorted(modules)
    containers = {""}
    while names:
        sizes = Counter(Components(containers).of(name) for name in names)
        name, size = max(sizes.items(), key=lambda item: (item[1], item[0]))
        alone = len(sizes) == 1
        if size <= DOMINANT * len(names) and not alone:
            break
        children = {Components({*containers, name}).of(module) for module in names if module.startswith(name + ".")}
        if len(children) < (1 if alone else MIN_PARTS):
            break
        containers.add(name)
    return Components(containers)


def component_edges(successors: Mapping[str, Mapping[str, object]], components: Components) -> dict[str, Counter[str]]:
    """component -> component -> how many pairs of modules connect them; a component's edges to itself are left out."""
    found: dict[str, Counter[str]] = {}
    known: dict[str, str] = {}

    def of(module: str) -> str:
        name = known.get(module)
        if name is None:
            name = known[module] = components.of(module)
        return name

    for importer, row in successors.items():
        source = of(importer)
        for imported in row:
            target = of(imported)
            if target != source:
                found.setdefault(source, Counter())[target] += 1
    return found
