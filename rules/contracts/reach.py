"""Which parts of a repository newly reach what they must not depend on. Sets of parts are bits of a number."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Set
from functools import cached_property
from typing import NamedTuple

from rules.contracts.patterns import Part
from rules.contracts.relations import Relation
from rules.contracts.view import Pair, View
from rules.rows import LazyRows, Rows, neighbours


class Bits:
    """The parts of a relation that must not depend on something, numbered, and questions about sets of them."""

    def __init__(self, relation: Relation, modules: Collection[str]) -> None:
        self._relation = relation
        self._modules = modules
        source = relation.source
        part_of = {module: part for module in modules if (part := source(module)) is not None}
        self.parts = sorted(set(part_of.values()))
        number = {part: i for i, part in enumerate(self.parts)}
        self.number_of = {module: number[part] for module, part in part_of.items()}
        """The part of each module that is in one."""
        self._kinds: dict[tuple[Part | None, Part | None], int] = {}
        self._barred: dict[Part, int] = {}
        self._around: dict[int, frozenset[str]] = {}

    def own(self, module: str) -> int:
        """The part that a module is in."""
        number = self.number_of.get(module)
        return 0 if number is None else 1 << number

    @cached_property
    def passing(self) -> dict[str, int]:
        """The parts whose ways may lead on through a module, for each where there are any."""
        if self._relation.direct_only:
            return {}
        source, target = self._relation.source, self._relation.target
        return {
            module: passed
            for module in self._modules
            if (passed := self._passed(source(module), target(module), module))
        }

    def _passed(self, source: Part | None, target: Part | None, module: str) -> int:
        """The parts whose ways lead on through modules of some source and target, one of which is given."""
        known = self._kinds.get((source, target))
        if known is None:
            passes = (self._relation.passes(part, module) for part in self.parts)
            known = self._kinds[source, target] = sum(1 << i for i, passed in enumerate(passes) if passed)
        return known

    def barred(self, name: str) -> int:
        """The parts that must not depend on a module or a name outside."""
        part = self._relation.target(name)
        if part is None:
            return 0
        known = self._barred.get(part)
        if known is None:
            known = self._barred[part] = sum(
                1 << i for i, p in enumerate(self.parts) if self._relation.forbids(p, part)
            )
        return known

    def members(self, bits: int) -> Iterator[Part]:
        """The parts in a set."""
        return (self.parts[i] for i in numbers(bits))

    def modules(self, number: int) -> Set[str]:
        """The modules of a part."""
        return self._by_number[number]

    @cached_property
    def _by_number(self) -> dict[int, set[str]]:
        found = defaultdict[int, set[str]](set)
        for module, number in self.number_of.items():
            found[number].add(module)
        return found

    def around(self, number: int) -> Set[str]:
        """The modules through which ways of a part may lead on."""
        known = self._around.get(number)
        if known is None:
            those = [modules for bits, modules in self._by_passing.items() if bits >> number & 1]
            known = self._around[number] = those[0] if len(those) == 1 else frozenset[str]().union(*those)
        return known

    @cached_property
    def _by_passing(self) -> dict[int, frozenset[str]]:
        found = defaultdict[int, list[str]](list)
        for module, bits in self.passing.items():
            found[bits].append(module)
        return {bits: frozenset(modules) for bits, modules in found.items()}


def numbers(bits: int) -> Iterator[int]:
    """The numbers of the parts in a set, ascending."""
    while bits:
        yield (bits & -bits).bit_length() - 1
        bits &= bits - 1


class Side(NamedTuple):
    """One side of a change: what a contract sees there, and the imports that the other side does not have."""

    view: View
    new: Collection[Pair]


class Reach:
    """What parts reach on either of two sides, directly or through modules around them.

    What both sides have in common is walked through once, for all parts together.
    """

    def __init__(self, bits: Bits, here: Side, there: Side, differing: Iterable[str]) -> None:
        """differing: the modules whose imports may not be the same on both sides."""
        one, other = here.view.targets, there.view.targets
        self._bits = bits
        self._rows = one
        self._differing = {module: [name for name in one[module] if name in other[module]] for module in differing}
        self._ranks = here.view.graph.order
        self._more: dict[int, dict[str, int]] = {}

    def by(self, module: str, side: Side) -> int:
        """The parts that reach a module on one side."""
        return self.gained(side).get(module) or self._common.get(module, 0)

    def gained(self, side: Side) -> Mapping[str, int]:
        """Module -> the parts that reach it on one side, for all that some reach there and not through what both have."""
        found = self._more.get(id(side))
        if found is None:
            bits, common = self._bits, self._common
            found = self._more[id(side)] = {}
            for a, b in side.new:
                reached = bits.own(a) | common.get(a, 0) & bits.passing.get(a, 0)
                before = common.get(b, 0)
                if reached & ~before:
                    found[b] = found.get(b, before) | reached
            self._spread(found, common, side.view.targets, sorted(found, key=self._rank))
        return found

    @cached_property
    def _common(self) -> dict[str, int]:
        """Module -> the parts that reach it through what both sides have."""
        found: dict[str, int] = {}
        known = self._rows
        rows = LazyRows(lambda module: self._differing.get(module, known[module])) if self._differing else known
        for number in range(len(self._bits.parts)):
            bit = 1 << number
            for name in neighbours(self._bits.modules(number), rows):
                found[name] = found.get(name, 0) | bit
        self._spread(found, {}, rows, sorted(self._bits.passing, key=self._rank))
        return found

    def _spread(self, reached: dict[str, int], known: Mapping[str, int], rows: Rows, waiting: list[str]) -> None:
        """Adds what lies behind modules that parts reach, as far as their ways lead on.

        known: what is reached besides. waiting: modules to begin with, by rank, so that most are taken once.
        """
        passing = self._bits.passing
        sent = dict[str, int]()
        while waiting:
            grown = set[str]()
            for module in waiting:
                parts = reached.get(module, 0) & passing.get(module, 0)
                if not parts or (module in sent and not (parts := parts & ~sent[module])):
                    continue
                sent[module] = sent.get(module, 0) | parts
                for name in rows[module]:
                    before = reached.get(name) or known.get(name, 0)
                    if parts & ~before:
                        reached[name] = before | parts
                        grown.add(name)
            waiting = sorted(
                (name for name in grown if reached[name] & passing.get(name, 0) & ~sent.get(name, 0)), key=self._rank
            )

    def _rank(self, module: str) -> int:
        return self._ranks.get(module, 0)


def opened(bits: Bits, reach: Reach, here: Side, there: Side) -> dict[Pair, int]:
    """The imports into a part that others reach here and did not reach there, each with these others.

    A part that newly reaches a module around it newly reaches all that this module imports.
    """
    found = {pair: both for pair in here.new if (both := bits.own(pair[0]) & bits.barred(pair[1]))}
    passing = bits.passing
    for a, b in here.new:
        if (passed := passing.get(a, 0) & bits.barred(b)) and (parts := reach.by(a, here) & passed):
            found[a, b] = found.get((a, b), 0) | parts
    if not any(b in passing for _, b in here.new):
        return found
    for module, parts in reach.gained(here).items():
        newly = parts & ~reach.by(module, there) & passing.get(module, 0)
        for name in here.view.targets[module] if newly else ():
            if both := bits.barred(name) & newly:
                found[module, name] = found.get((module, name), 0) | both
    return found
