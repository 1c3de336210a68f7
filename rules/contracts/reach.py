"""Which parts of a repository newly reach what they must not depend on. Sets of parts are bits of a number."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Set
from functools import cached_property
from typing import NamedTuple

from rules.contracts.patterns import Part
from rules.contracts.relations import Relation
from rules.contracts.view import Pair, View
from rules.rows import LazyRows, Rows, flooded, neighbours


class Bits:
    """The parts of a relation that must not depend on something, numbered, and questions about sets of them."""

    def __init__(self, relation: Relation, modules: Collection[str]) -> None:
        self._relation = relation
        self._modules = modules
        part_of = {module: part for module in modules if (part := relation.source(module)) is not None}
        self.parts = sorted(set(part_of.values()))
        number = {part: i for i, part in enumerate(self.parts)}
        self._number_of = {module: number[part] for module, part in part_of.items()}
        self._passing: dict[tuple[Part | None, Part | None], int] = {}
        self._barred: dict[Part, int] = {}
        self._around: dict[int, frozenset[str]] = {}

    def own(self, module: str) -> int:
        """The part that a module is in."""
        number = self._number_of.get(module)
        return 0 if number is None else 1 << number

    def passing(self, module: str) -> int:
        """The parts whose ways may lead on through a module."""
        if self._relation.direct_only:
            return 0
        kind = self._relation.source(module), self._relation.target(module)
        known = self._passing.get(kind)
        if known is None:
            passes = (self._relation.passes(part, module) for part in self.parts)
            known = self._passing[kind] = sum(1 << i for i, passed in enumerate(passes) if passed)
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
        for module, number in self._number_of.items():
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
        for module in self._modules:
            found[self.passing(module)].append(module)
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
    """What parts reach on either of two sides. What both have in common is walked through once."""

    def __init__(self, bits: Bits, here: Side, there: Side, differing: Iterable[str]) -> None:
        """differing: the modules whose imports may not be the same on both sides."""
        one, other, differs = here.view.targets, there.view.targets, frozenset(differing)
        self._bits = bits
        self._common: Rows = LazyRows(
            lambda module: [name for name in one[module] if name in other[module]] if module in differs else one[module]
        )
        self._known: dict[int, set[str]] = {}
        self._more: dict[tuple[int, int], set[str]] = {}

    def common(self, number: int) -> set[str]:
        """What a part reaches through what both sides have, directly or through modules around it."""
        known = self._known.get(number)
        if known is None:
            starts = neighbours(self._bits.modules(number), self._common)
            known = self._known[number] = _spread(starts, self._common, self._bits.around(number), frozenset())
        return known

    def more(self, number: int, side: Side) -> set[str]:
        """What a part reaches on one side, besides what it reaches through what both have."""
        more = self._more.get((number, id(side)))
        if more is None:
            known, own, around = self.common(number), self._bits.modules(number), self._bits.around(number)
            starts = {b for a, b in side.new if (a in own or (a in known and a in around)) and b not in known}
            more = self._more[number, id(side)] = _spread(starts, side.view.targets, around, known)
        return more

    def reaches(self, number: int, module: str, side: Side) -> bool:
        """Whether a part reaches a module on one side."""
        return module in self.common(number) or module in self.more(number, side)


def _spread(starts: set[str], rows: Rows, around: Set[str], known: Set[str]) -> set[str]:
    """Some modules and what they lead to over modules around, without what is known."""
    found, fresh = set(starts), starts
    while fresh:
        fresh = neighbours(fresh & around, rows) - known - found
        found |= fresh
    return found


def opened(bits: Bits, reach: Reach, here: Side, there: Side) -> dict[Pair, int]:
    """The imports into a part that others reach here and did not reach there, each with these others.

    A part that newly reaches a module around it newly reaches all that this module imports.
    """
    found = {pair: both for pair in here.new if (both := bits.own(pair[0]) & bits.barred(pair[1]))}
    across = [(a, b) for a, b in here.new if bits.passing(a) and bits.barred(b)]
    for number in numbers(_at_stake(bits, here, across)):
        known, around, bit = reach.common(number), bits.around(number), 1 << number
        more = reach.more(number, here)
        for a, b in across:
            if bits.barred(b) & bit and a in around and (a in known or a in more):
                found[a, b] = found.get((a, b), 0) | bit
        for module in (more - reach.more(number, there)) & around if more else ():
            for name in here.view.targets[module]:
                if bits.barred(name) & bit:
                    found[module, name] = found.get((module, name), 0) | bit
    return found


def _at_stake(bits: Bits, here: Side, across: Iterable[Pair]) -> int:
    """The parts for which a new import may open a way around: it ends where they must not go, or leads there."""
    stake = 0
    for _, b in across:
        stake |= bits.barred(b)
    entered = {b for _, b in here.new if bits.passing(b)}
    if entered:
        through = LazyRows(lambda module: here.view.targets[module] if bits.passing(module) else ())
        for name in flooded(entered, through):
            stake |= bits.barred(name)
    return stake
