"""The parts of a package, as large as people talk about, and how many modules of one import modules of another."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from rules.change import Change
from rules.contracts.patterns import Parts, has_wildcard
from rules.graph import Graph
from rules.layout import can_be_imported
from rules.model import Edge, Scope

SCOPES: tuple[Scope, ...] = ("import", "lazy", "string")
"""The scopes that count for a contract where nothing else is said."""

CONTAINERS = 4
"""So many packages are looked into, the largest first."""

MIN_MODULES = 2
MIN_TIES = 5
"""A part has so many modules, or is one module with so many imports from and to other parts."""

ASIDE = frozenset(
    (
        "bench", "benches", "benchmarks", "ci", "dev", "devtools", "hack", "infra", "integration_tests", "playground",
        "script", "scripts", "tool", "tools",
    )
)  # fmt: skip
"""Top folders that serve the work on a repository and are no part of what it ships."""

Weights = Mapping[tuple[str, str], int]
"""(importing part, imported part) -> pairs of modules"""


class Division(NamedTuple):
    """One package ('' for the top), its children with their sizes in modules, and the imports between these.

    `parts` are the children that are large enough, or used enough, to be talked about.
    """

    package: str
    sizes: Mapping[str, int]
    weights: Weights
    parts: tuple[str, ...]


def children_of(graph: Graph) -> dict[str, dict[str, int]]:
    """Package ('' for the top) -> its children and how many modules each holds."""
    found: dict[str, Counter[str]] = {}
    for module in graph.modules:
        if not can_be_imported(module) or has_wildcard(module):
            continue
        parts = module.split(".")
        for i in range(len(parts)):
            found.setdefault(".".join(parts[:i]), Counter())[".".join(parts[: i + 1])] += 1
    return {package: dict(children) for package, children in found.items()}


def divisions(tree: Change) -> list[Division]:
    """The packages whose parts are worth ordering, the largest first, each divided into its parts."""
    graph = tree.head.graph
    children = children_of(graph)
    total = len(graph.modules)
    sizes = {package: sum(below.values()) for package, below in children.items()}
    large = [package for package in children if package and sizes[package] >= max(12, total / 20)]
    ranked = sorted(large, key=lambda package: (-sizes[package], package))
    found = []
    for package in ("", *ranked):
        division = divide(graph, package, children[package]) if package in children else None
        if division is not None and len(division.parts) > 1:
            found.append(division)
    return found[: CONTAINERS + 1]


def divide(graph: Graph, package: str, children: Mapping[str, int]) -> Division:
    """The children of a package as parts; at the top, what serves the work on the repository is left out."""
    candidates = {
        child: size
        for child, size in sorted(children.items())
        if package or (child not in ASIDE and _is_shipped(graph, child, size))
    }
    weights = weigh(graph, candidates)
    ties = Counter[str]()
    for (one, other), weight in weights.items():
        ties[one] += weight
        ties[other] += weight
    parts = tuple(child for child, size in candidates.items() if size >= MIN_MODULES or ties[child] >= MIN_TIES)
    return Division(package, candidates, weights, parts)


def _is_shipped(graph: Graph, child: str, size: int) -> bool:
    return graph.modules.get(child, "").endswith("__init__.py") or size >= 10


def weigh(graph: Graph, names: Iterable[str]) -> Counter[tuple[str, str]]:
    """How many pairs of modules connect parts of the graph, by their names."""
    return Counter((one, other) for one, other, _ in crossings(graph, names))


def crossings(graph: Graph, names: Iterable[str]) -> list[tuple[str, str, Edge]]:
    """The imports between parts: importing part, imported part, and the first edge of each pair of modules."""
    given = tuple(names)
    parts = Parts(given)
    found = []
    for importer in sorted({module for name in given for module in graph.below(name)}):
        source = parts.of(importer)
        for imported, edge in graph.out(importer, SCOPES).items() if source else ():
            target = parts.of(imported)
            if source is not None and target is not None and source != target:
                found.append((source.root, target.root, edge))
    return found
