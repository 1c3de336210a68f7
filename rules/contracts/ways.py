"""Ways between parts that must not depend on each other: imports across the wall, and ways through modules around it.

A breach is an import that leads into a forbidden part: out of the part itself, or out of a module around it that the
part reaches. Its way begins in the part and ends with that import.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache, cached_property
from typing import NamedTuple

from rules.change import Change
from rules.contracts.breach import Breach, Dependency, at_edge, without_moves
from rules.contracts.declared import Layers
from rules.contracts.exhaustive import undeclared
from rules.contracts.patterns import Part
from rules.contracts.reach import Bits, Reach, opened
from rules.contracts.relations import Relation, WayContract
from rules.contracts.view import View
from rules.graph import Graph
from rules.model import Edge

ADVICE = "Move what is needed to where both sides may import it, or have the caller pass it in."
ADVICE_OUTSIDE = "Keep `{0}` behind a module that may know it, and hand in what is needed."


class Walls:
    """A contract about ways, with the parts it has in one repository."""

    def __init__(self, contract: WayContract, relations: list[Relation]) -> None:
        self.contract = contract
        self._relations = relations

    def breaches(self, change: Change) -> Iterator[Breach]:
        """The new imports that lead where they must not, each once, and new modules that are in no layer but should be."""
        for relation in self._relations:
            yield from _Comparison(self.contract, relation, change).breaches()
        if isinstance(self.contract, Layers) and self.contract.exhaustive:
            yield from undeclared(self.contract, change)

    def obstacle(self, importer: str, imported: str, graph: Graph | None = None, /) -> str | None:
        """Why one module must not import another, None if it may."""
        for relation in self._relations:
            says = _direct(relation, importer, imported)
            if says is None and graph is not None and not relation.direct_only:
                says = _through(relation, View(graph, self.contract, relation.outside), importer, imported)
            if says is not None:
                return says
        return None


def _direct(relation: Relation, importer: str, imported: str) -> str | None:
    source, target = relation.source(importer), relation.target(imported)
    if source is None or target is None or not relation.forbids(source, target):
        return None
    return relation.says(source, target)


def _through(relation: Relation, view: View, importer: str, imported: str) -> str | None:
    """What the contract says of the ways that an import which is not there would open."""
    bits, edge = Bits(relation, view.graph.modules), Edge(importer, imported, "", 0, "import")
    reaches = Reach(view, bits), Reach(view, bits)
    for crossing, parts in sorted(opened(bits, view, view, reaches, [edge]).items()):
        target = relation.target(crossing.imported)
        if target is not None:
            return relation.says(next(bits.members(parts)), target)
    return None


class _Way(NamedTuple):
    """What a breach is blamed on, the whole way, its first edge out of the part, and what the contract says of it."""

    blamed: Edge
    edges: tuple[Edge, ...]
    says: str

    @property
    def order(self) -> tuple[int, tuple[Edge, ...]]:
        return len(self.edges), self.edges


class _Comparison:
    """One relation, held against the two sides of a change."""

    def __init__(self, contract: WayContract, relation: Relation, change: Change) -> None:
        self._contract = contract
        self._relation = relation
        self._change = change
        self._head = View(change.head.graph, contract, relation.outside)
        self._base = View(change.base_graph, contract, relation.outside, like=(self._head, change.touched))

    def breaches(self) -> Iterator[Breach]:
        """One for each import to blame, with the shortest way over it."""
        if not self._new:
            return
        ways: dict[tuple[str, str], list[_Way]] = {}
        for way in self._ways():
            ways.setdefault((way.blamed.importer, way.blamed.imported), []).append(way)
        for subject, found in ways.items():
            way = min(found, key=lambda one: one.order)
            yield self._breach(subject, way, len(found) - 1)

    def _breach(self, subject: tuple[str, str], way: _Way, others: int) -> Breach:
        start, end = way.edges[0].importer, way.edges[-1].imported
        through = "" if len(way.edges) == 1 else f" through {' → '.join(step.imported for step in way.edges[:-1])}"
        more = f"; {others} more like it" if others else ""
        message = f"`{start}` {self._change.imports} `{end}`{through}; contract {self._contract.name!r} says: {way.says}{more}"
        advice = ADVICE if end in self._head.graph.modules else ADVICE_OUTSIDE.format(end)
        return at_edge(way.blamed, subject, message, advice, way.edges)

    @cached_property
    def _new(self) -> list[Edge]:
        return self._head.edges_beyond(self._base, self._change.touched)

    def _ways(self) -> Iterator[_Way]:
        """The shortest way over each import into a part that is newly reached, direct or not."""
        bits = self._bits
        reaches = Reach(self._head, bits), Reach(self._base, bits)
        found = opened(bits, self._head, self._base, reaches, self._new)
        for edge in [edge for edge, parts in found.items() if parts & bits.own(edge.importer)]:
            if self._was_connected(edge):
                found[edge] &= ~bits.own(edge.importer)
        if found and not self._change.whole:
            found = self._without_moves(found, reaches)
        for edge, parts in sorted(found.items()):
            way = self._way(edge, parts) if parts else None
            if way is not None:
                yield way

    def _without_moves(self, found: dict[Edge, int], reaches: tuple[Reach, Reach]) -> dict[Edge, int]:
        bits = self._bits
        lost = self._base.edges_beyond(self._head, self._change.touched)
        gone = opened(bits, self._base, self._head, (reaches[1], reaches[0]), lost)
        new = self._dependencies(found)
        kept = dict.fromkeys(found, 0)
        for one in without_moves(new, self._dependencies(gone)):
            edge, part = new[one]
            kept[edge] |= 1 << bits.parts.index(part)
        return kept

    def _dependencies(self, found: dict[Edge, int]) -> dict[Dependency, tuple[Edge, Part]]:
        return {
            Dependency(part.root, edge.importer, edge.imported, target.root): (edge, part)
            for edge, parts in found.items()
            if (target := self._relation.target(edge.imported)) is not None
            for part in self._bits.members(parts)
        }

    def _was_connected(self, edge: Edge) -> bool:
        """Whether the base leads from the importer to the imported module already, through modules around the part."""
        source = self._relation.source(edge.importer)
        if self._relation.direct_only or edge.importer not in self._base.graph.modules:
            return False
        seen, waiting = {edge.importer}, [edge.importer]
        while waiting:
            for other in self._base.out(waiting.pop()):
                if other == edge.imported:
                    return True
                if other not in seen and self._relation.passes(source, other):
                    seen.add(other)
                    waiting.append(other)
        return False

    def _way(self, crossing: Edge, parts: int) -> _Way | None:
        """A shortest new way out of one of the parts; None where all modules on such ways were connected in the base."""
        own = self._bits.own(crossing.importer) & parts
        if own:
            return self._told(own, crossing, (crossing,))
        seen = {crossing.importer: parts}
        waiting: list[tuple[str, int, tuple[Edge, ...]]] = [(crossing.importer, parts, (crossing,))]
        for module, those, way in waiting:
            for importer, edge in sorted(self._head.into(module).items()):
                start = self._bits.own(importer) & those
                if start and importer not in self._connected_before(crossing.imported):
                    longer = (edge, *way)
                    blamed = next((step for step in reversed(longer) if step in self._new_set), None)
                    return self._told(start, blamed, longer) if blamed else None
                onward = those & self._bits.passing(importer) & ~seen.get(importer, 0)
                if onward:
                    seen[importer] = seen.get(importer, 0) | onward
                    waiting.append((importer, onward, (edge, *way)))
        return None

    def _told(self, part: int, blamed: Edge, way: tuple[Edge, ...]) -> _Way:
        target = self._relation.target(way[-1].imported)
        assert target is not None
        return _Way(blamed, way, self._relation.says(next(self._bits.members(part)), target))

    @cached_property
    def _bits(self) -> Bits:
        return Bits(self._relation, {*self._head.graph.modules, *self._base.graph.modules})

    @cached_property
    def _new_set(self) -> set[Edge]:
        return set(self._new)

    @cache  # noqa: B019 - lives as long as one comparison
    def _connected_before(self, imported: str) -> set[str]:
        """The modules of parts that reach a module in the base, through modules around their part."""
        found, seen = set[str](), {imported: -1}
        waiting = [(imported, -1)]
        for module, those in waiting:
            for importer in self._base.into(module):
                if self._bits.own(importer) & those:
                    found.add(importer)
                onward = those & self._bits.passing(importer) & ~seen.get(importer, 0)
                if onward:
                    seen[importer] = seen.get(importer, 0) | onward
                    waiting.append((importer, onward))
        return found
