"""Ways between parts that must not depend on each other: imports across the wall, and ways through modules around it.

A breach is an import that leads into a forbidden part: out of the part itself, or out of a module around it that the
part reaches. Its way begins in the part and ends with that import.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence, Set
from functools import cached_property
from itertools import pairwise
from typing import NamedTuple

from rules.change import Change
from rules.contracts.breach import Breach, Dependency, at_edge, without_moves
from rules.contracts.declared import Layers
from rules.contracts.exhaustive import undeclared
from rules.contracts.patterns import Part
from rules.contracts.reach import Bits, Reach, Side, numbers, opened
from rules.contracts.relations import Relation, WayContract
from rules.contracts.view import Pair, View
from rules.graph import Graph
from rules.model import Edge
from rules.rows import first_way, flooded, leading, leads, neighbours

FEW = 8
"""For so few modules it is looked up one by one whether they were connected; for more, once for all."""

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
    bits = Bits(relation, view.graph.modules)
    here, there = Side(view, [(importer, imported)]), Side(view, ())
    for (_, end), parts in sorted(opened(bits, Reach(bits, here, there, ()), here, there).items()):
        target = relation.target(end)
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


class _Level(NamedTuple):
    """Modules around that lead to another one in so many steps, and who imports them without being around itself."""

    around: set[str]
    beside: set[str]


class _Comparison:
    """One relation, held against the two sides of a change."""

    def __init__(self, contract: WayContract, relation: Relation, change: Change) -> None:
        self._contract = contract
        self._relation = relation
        self._change = change
        head = View(change.head.graph, contract, relation.outside)
        base = View(change.base_graph, contract, relation.outside, like=(head, change.touched))
        self._head = Side(head, head.pairs_beyond(base, change.touched))
        self._base = Side(base, base.pairs_beyond(head, change.touched))

    def breaches(self) -> Iterator[Breach]:
        """One for each import to blame, with the shortest way over it."""
        if not self._head.new:
            return
        ways: dict[Pair, list[_Way]] = {}
        for way in self._ways():
            ways.setdefault((way.blamed.importer, way.blamed.imported), []).append(way)
        for subject, found in ways.items():
            way = min(found, key=lambda one: one.order)
            yield self._breach(subject, way, len(found) - 1)

    def _breach(self, subject: Pair, way: _Way, others: int) -> Breach:
        start, end = way.edges[0].importer, way.edges[-1].imported
        through = "" if len(way.edges) == 1 else f" through {' → '.join(step.imported for step in way.edges[:-1])}"
        more = f"; {others} more like it" if others else ""
        scope = "import" if through else way.blamed.scope
        claim = f"{self._change.claim(start, end, scope)}{through}"
        message = f"{claim}; contract {self._contract.name!r} says: {way.says}{more}"
        advice = ADVICE if end in self._head.view.graph.modules else ADVICE_OUTSIDE.format(end)
        return at_edge(way.blamed, subject, message, advice, way.edges)

    def _ways(self) -> Iterator[_Way]:
        """The shortest way over each import into a part that is newly reached, direct or not."""
        bits, reach = self._bits, self._reach
        found = opened(bits, reach, self._head, self._base)
        for pair, parts in found.items():
            own = parts & bits.own(pair[0])
            if own and self._was_connected(*pair):
                found[pair] &= ~own
        if found and not self._change.whole:
            found = self._without_moves(found, opened(bits, reach, self._base, self._head))
        for pair, parts in sorted(found.items()):
            way = self._way(pair, parts) if parts else None
            if way is not None:
                yield way

    def _without_moves(self, found: dict[Pair, int], gone: dict[Pair, int]) -> dict[Pair, int]:
        new = self._dependencies(found)
        kept = dict.fromkeys(found, 0)
        for one in without_moves(new, self._dependencies(gone)):
            pair, part = new[one]
            kept[pair] |= 1 << self._bits.parts.index(part)
        return kept

    def _dependencies(self, found: dict[Pair, int]) -> dict[Dependency, tuple[Pair, Part]]:
        return {
            Dependency(part.root, *pair, target.root): (pair, part)
            for pair, parts in found.items()
            if (target := self._relation.target(pair[1])) is not None
            for part in self._bits.members(parts)
        }

    def _was_connected(self, importer: str, imported: str) -> bool:
        """Whether the base leads from a module of a part to another module, directly or through modules around the part."""
        if self._relation.direct_only or importer not in self._base.view.graph.modules:
            return False
        view, (number,) = self._base.view, numbers(self._bits.own(importer))
        return leads(importer, imported, view.targets, view.importers, self._bits.around(number))

    def _way(self, crossing: Pair, parts: int) -> _Way | None:
        """A shortest new way out of one of the parts; None where all modules on such ways were connected in the base."""
        own = self._bits.own(crossing[0]) & parts
        if own:
            return self._told(own, crossing, crossing)
        found = [(way, number) for number in numbers(parts) if (way := self._way_of(number, crossing))]
        if not found:
            return None
        way, number = min(found, key=lambda item: (len(item[0]), item[0][::-1]))
        blamed = next((pair for pair in reversed([*pairwise(way)]) if pair in self._new), None)
        return self._told(1 << number, blamed, way) if blamed else None

    @cached_property
    def _new(self) -> set[Pair]:
        return set(self._head.new)

    def _way_of(self, number: int, crossing: Pair) -> tuple[str, ...] | None:
        """A shortest way out of a part whose first module was not connected in the base, of several the first from its end."""
        modules = self._bits.modules(number)
        levels = self._levels_above(crossing[0], self._bits.around(number))
        for i, level in enumerate(levels):
            starts = self._not_connected(number, level.beside & modules, crossing[1])
            if starts:
                return (*self._down(number, [one.around for one in levels[: i + 1]], frozenset(starts)), crossing[1])
        return None

    def _down(self, number: int, levels: list[set[str]], starts: frozenset[str]) -> tuple[str, ...]:
        """The way from one of some modules down through the levels above another one, of several the first from its end."""
        key = id(self._bits.around(number)), *levels[0], len(levels), starts
        if key not in self._ways_down:
            through = leading(levels, set(starts), self._head.view.targets)
            self._ways_down[key] = (*reversed(first_way(through, self._head.view.importers)),)
        return self._ways_down[key]

    @cached_property
    def _ways_down(self) -> dict[Hashable, tuple[str, ...]]:
        return {}

    def _levels_above(self, module: str, around: Set[str]) -> list[_Level]:
        """Who leads to a module of the head through modules around, by the length of the way."""
        known = self._levels.get((module, id(around)))
        if known is None:
            known = self._levels[module, id(around)] = []
            seen, fresh = {module}, {module}
            while fresh:
                reached = neighbours(fresh, self._head.view.importers)
                known.append(_Level(fresh, reached - around))
                fresh = (reached & around) - seen
                seen |= fresh
        return known

    @cached_property
    def _levels(self) -> dict[tuple[str, int], list[_Level]]:
        return {}

    def _not_connected(self, number: int, modules: set[str], imported: str) -> set[str]:
        """Those of some modules of a part that did not reach another module in the base."""
        if not modules or not self._reach.by(imported, self._base) >> number & 1:
            return modules
        if len(modules) <= FEW:
            return {module for module in modules if not self._was_connected(module, imported)}
        around = self._bits.around(number)
        if (imported, id(around)) not in self._connected:
            through = flooded([imported], self._base.view.importers, around | {imported})
            self._connected[imported, id(around)] = neighbours(through, self._base.view.importers)
        return modules - self._connected[imported, id(around)]

    @cached_property
    def _connected(self) -> dict[tuple[str, int], set[str]]:
        return {}

    def _told(self, part: int, blamed: Pair, way: Sequence[str]) -> _Way:
        target = self._relation.target(way[-1])
        assert target is not None
        edges = tuple(self._head.view.edge(*pair) for pair in pairwise(way))
        return _Way(self._head.view.edge(*blamed), edges, self._relation.says(next(self._bits.members(part)), target))

    @cached_property
    def _reach(self) -> Reach:
        return Reach(self._bits, self._head, self._base, self._change.touched)

    @cached_property
    def _bits(self) -> Bits:
        return Bits(self._relation, {*self._head.view.graph.modules, *self._base.view.graph.modules})
