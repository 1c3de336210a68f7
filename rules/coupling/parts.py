"""Cycles between components that no cycle of modules shows: a module of each imports one of the other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from typing import NamedTuple

from rules.change import Change
from rules.circles import strong_components
from rules.components import Components
from rules.contracts.patterns import overlap
from rules.coupling.edges import fresh_edges
from rules.graph import DEFERRED, RUNTIME, Graph
from rules.model import Edge
from rules.rows import neighbours


class PartCycle(NamedTuple):
    """A new import from one component to another, and the first one that leads from there back."""

    source: str
    target: str
    new: Edge
    back: Edge


class _Parts:
    """What the components of a graph import at import time."""

    def __init__(self, graph: Graph, components: Components) -> None:
        self._graph = graph
        self._components = components
        self._rows: dict[str, set[str]] = {}

    def out(self, part: str) -> Collection[str]:
        """The other components that one imports."""
        row = self._rows.get(part)
        if row is None:
            targets = self._graph.targets(RUNTIME)
            row = self._rows[part] = set(map(self._components.of, neighbours(self._modules(part), targets)))
            row.discard(part)
        return row

    def edge(self, part: str, other: str) -> Edge:
        """The first edge from one component to another that it imports."""
        rows = (self._graph.out(module, RUNTIME) for module in self._modules(part))
        return next(edge for row in rows for name, edge in row.items() if self._components.of(name) == other)

    def _modules(self, part: str) -> Iterator[str]:
        return (module for module in self._graph.below(part) if self._components.of(module) == part)

    def is_package(self, part: str) -> bool:
        """Whether a component has several modules; one alone is as it is told by the cycles of modules."""
        return sum(1 for _ in self._modules(part)) > 1

    def are_tied(self, one: str, other: str) -> bool:
        """Whether each of two components leads to the other."""
        return any(one in members and other in members for members in strong_components([one], self.out))


def are_mixed(change: Change, above: str, enough: int) -> bool:
    """Whether several pairs of packages, all of them components below a package, import each other in the base."""
    base, of = change.cycle_graphs[0], change.components.of
    beside = {name: of(name) for name in base.modules if of(name).rpartition(".")[0] == above}
    sizes, targets = Counter(beside.values()), base.targets(DEFERRED)
    pairs = {(part, beside[other]) for name, part in beside.items() for other in targets[name] if other in beside}
    tied = (one for one, other in pairs if one < other and (other, one) in pairs and min(sizes[one], sizes[other]) > 1)
    return sum(1 for _ in tied) >= enough


def part_cycles(change: Change) -> Iterator[PartCycle]:
    """The cycles between existing components that the change closes and that no cycle of modules shows."""
    graphs = change.cycle_graphs
    components = change.components
    existing = {components.of(module) for module in graphs[0].modules}
    base, head = (_Parts(graph, components) for graph in graphs)
    told = set[frozenset[str]]()
    for edge in fresh_edges(change, RUNTIME):
        source, target = components.of(edge.importer), components.of(edge.imported)
        if (
            source == target
            or not existing.issuperset((source, target))
            or overlap(source, target)
            or frozenset((source, target)) in told
            or target in base.out(source)
        ):
            continue
        if (
            source not in head.out(target)
            or not (head.is_package(source) and head.is_package(target))
            or base.are_tied(source, target)
        ):
            continue
        if graphs[1].shortest_path(edge.imported, edge.importer, RUNTIME) is None:
            told.add(frozenset((source, target)))
            yield PartCycle(source, target, edge, head.edge(target, source))
