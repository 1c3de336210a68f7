"""Which parts reach which modules, for many parts at once: sets of parts are bits of a number."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from rules.contracts.patterns import Part
from rules.contracts.relations import Relation
from rules.contracts.view import View
from rules.model import Edge


class Bits:
    """The parts of a relation that must not depend on something, numbered, and questions about sets of them."""

    def __init__(self, relation: Relation, modules: Collection[str]) -> None:
        self._relation = relation
        self.parts = sorted({part for module in modules if (part := relation.source(module)) is not None})
        self._number = {part: i for i, part in enumerate(self.parts)}
        self._passing: dict[tuple[Part | None, Part | None], int] = {}
        self._barred: dict[Part, int] = {}
        self._own = {module: 1 << self._number[part] for module in modules if (part := relation.source(module))}
        self._by_module: dict[str, int] = {}

    def own(self, module: str) -> int:
        """The part that a module is in."""
        return self._own.get(module, 0)

    def passing(self, module: str) -> int:
        """The parts whose ways may lead on through a module."""
        known = self._by_module.get(module)
        if known is None:
            known = self._by_module[module] = 0 if self._relation.direct_only else self._find_passing(module)
        return known

    def _find_passing(self, module: str) -> int:
        kind = self._relation.source(module), self._relation.target(module)
        if kind not in self._passing:
            self._passing[kind] = sum(1 << i for i, p in enumerate(self.parts) if self._relation.passes(p, module))
        return self._passing[kind]

    def barred(self, name: str) -> int:
        """The parts that must not depend on a module or a name outside."""
        part = self._relation.target(name)
        if part is None:
            return 0
        if part not in self._barred:
            self._barred[part] = sum(1 << i for i, p in enumerate(self.parts) if self._relation.forbids(p, part))
        return self._barred[part]

    def members(self, bits: int) -> Iterator[Part]:
        """The parts in a set."""
        return (part for i, part in enumerate(self.parts) if bits >> i & 1)


class Reach:
    """Which parts reach the modules of one side, worked out where it is asked for."""

    def __init__(self, view: View, bits: Bits) -> None:
        self._view = view
        self._bits = bits
        self._arriving: dict[str, int] = {}

    def arriving(self, module: str) -> int:
        """The parts that have a way to a module that was prepared."""
        return self._arriving[module]

    def leaving(self, module: str) -> int:
        """The parts that have a way to or over a prepared module, and its own."""
        return self._bits.own(module) | (self._arriving.get(module, 0) & self._bits.passing(module))

    def prepare(self, modules: Iterable[str]) -> None:
        """Works out what reaches some modules: walks up from them, then lets the parts flow down to a fixed point."""
        fresh = dict.fromkeys(module for module in modules if module not in self._arriving)
        waiting = [*fresh]
        while waiting:
            for importer in self._view.into(waiting.pop()):
                if importer not in fresh and importer not in self._arriving and self._bits.passing(importer):
                    fresh[importer] = None
                    waiting.append(importer)
        self._arriving.update(fresh.fromkeys(fresh, 0))
        for module in fresh:
            for importer in self._view.into(module):
                self._arriving[module] |= self.leaving(importer)
        waiting = [*fresh]
        while waiting:
            module = waiting.pop()
            leaving = self.leaving(module)
            for imported in self._view.out(module) if leaving else ():
                if imported in fresh and leaving & ~self._arriving[imported]:
                    self._arriving[imported] |= leaving
                    waiting.append(imported)


def opened(bits: Bits, here: View, there: View, reaches: tuple[Reach, Reach], new: list[Edge]) -> dict[Edge, int]:
    """The edges into a part that others reach here and did not reach there, each with these others.

    reaches: of here and of there. new: the edges of here that there does not have.

    Whatever a part newly reaches it reaches over a last new edge whose end it did not reach before.
    """
    reach, reach_there = reaches
    found = {edge: both for edge in new if (both := bits.own(edge.importer) & bits.barred(edge.imported))}
    around = _around(bits, here, new)
    if not around:
        return found
    reach.prepare(edge.importer for edge in around)
    reach_there.prepare(edge.imported for edge in around)
    arriving: dict[str, int] = {}
    for edge in around:
        leaving = reach.leaving(edge.importer)
        if both := leaving & bits.barred(edge.imported):
            found[edge] = both
        newly = leaving & ~reach_there.arriving(edge.imported) & bits.passing(edge.imported)
        arriving[edge.imported] = arriving.get(edge.imported, 0) | newly
    old = dict[Edge, int]()
    waiting = [module for module, parts in arriving.items() if parts]
    while waiting:
        module = waiting.pop()
        for imported, edge in here.out(module).items():
            if both := arriving[module] & bits.barred(imported):
                old[edge] = both
            onward = arriving[module] & bits.passing(imported)
            if onward & ~arriving.get(imported, 0):
                arriving[imported] = arriving.get(imported, 0) | onward
                waiting.append(imported)
    reach_there.prepare({edge.importer for edge in old})
    for edge, parts in old.items():
        known = reach_there.leaving(edge.importer) if edge.imported in there.out(edge.importer) else 0
        if parts & ~known:
            found[edge] = found.get(edge, 0) | (parts & ~known)
    return found


def _around(bits: Bits, view: View, new: list[Edge]) -> list[Edge]:
    """The new edges that may be part of a way around: those that end in a part, and those from which edges into one are reached."""
    seen = {edge.imported for edge in new if bits.passing(edge.imported)}
    waiting, leads_in = [*seen], False
    while waiting:
        for imported in view.out(waiting.pop()):
            leads_in = leads_in or bool(bits.barred(imported))
            if imported not in seen and bits.passing(imported):
                seen.add(imported)
                waiting.append(imported)
    return [
        edge
        for edge in new
        if (leads_in and edge.imported in seen) or (bits.passing(edge.importer) and bits.barred(edge.imported))
    ]
