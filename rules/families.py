"""Copies that belong together: pairs of regions, grouped to classes, to files and to families of one thing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

MANY = 3
"""So many copied pieces between the same two files are one finding about the files."""


class Region(NamedTuple):
    """A stretch of code that takes part in a finding; `new` says whether the change put it there."""

    path: str
    start: int
    end: int
    symbol: str
    new: bool

    @property
    def lines(self) -> int:
        """How many lines it has."""
        return self.end - self.start + 1

    def overlaps(self, other: Region) -> bool:
        """Whether at least half of the shorter one lies in the other."""
        shared = min(self.end, other.end) - max(self.start, other.start) + 1
        return self.path == other.path and 2 * shared >= min(self.lines, other.lines)


class Pair(NamedTuple):
    """Two regions that are copies, and what speaks for it.

    `bits` is the information they share, `words` the words, `exact` the share of those that is the same to the
    letter, `coverage` the share of the new region's definition that is matched.
    """

    new: Region
    old: Region
    bits: float
    words: int
    exact: float
    coverage: float


class Family(NamedTuple):
    """Copies of one thing: the pair that shows it best, all other regions (the counterpart first), and how many pieces."""

    best: Pair
    others: tuple[Region, ...]
    pieces: int


def find_families(pairs: Iterable[Pair]) -> list[Family]:
    """Groups pairs: those between the same two files if they are many, then those whose regions overlap."""
    families = [_family(members) for members in _connected(_by_files(pairs))]
    return sorted(families, key=lambda family: _strength(family.best))


def _strength(pair: Pair) -> tuple[object, ...]:
    return -pair.bits, pair.new, pair.old


class _Group(NamedTuple):
    """Pairs that stand for one, `spread` over a file."""

    pairs: tuple[Pair, ...]
    spread: bool


def _by_files(pairs: Iterable[Pair]) -> list[_Group]:
    between = defaultdict[tuple[str, str], list[Pair]](list)
    for pair in sorted(pairs, key=_strength):
        between[pair.new.path, pair.old.path].append(pair)
    groups: list[_Group] = []
    for (new, old), members in between.items():
        distinct: list[Pair] = []
        for pair in members:
            if not any(pair.new.overlaps(other.new) for other in distinct):
                distinct.append(pair)
        if new != old and len(distinct) >= MANY:
            groups.append(_Group(tuple(members), spread=True))
        else:
            groups.extend(_Group((pair,), spread=False) for pair in members)
    return groups


def _connected(groups: Iterable[_Group]) -> list[list[_Group]]:
    families: list[list[_Group]] = []
    for group in groups:
        touched = [family for family in families if any(_related(group, member) for member in family)]
        families = [family for family in families if family not in touched]
        families.append([member for family in touched for member in family] + [group])
    return families


def _related(one: _Group, other: _Group) -> bool:
    """Whether two groups are about the same thing: for single pairs a shared region, for file pairs the same new file part."""
    ours = [region for pair in one.pairs for region in (pair.new, pair.old)]
    theirs = [region for pair in other.pairs for region in (pair.new, pair.old)]
    shared = sum(any(region.overlaps(other) for other in theirs) for region in ours)
    return shared * 2 >= len(ours) if one.spread or other.spread else shared > 0


def _family(members: Sequence[_Group]) -> Family:
    pairs = sorted((pair for group in members for pair in group.pairs), key=_strength)
    best = pairs[0]
    files = {(pair.new.path, pair.old.path) for group in members if group.spread for pair in group.pairs}
    pieces = 1
    if (best.new.path, best.old.path) in files:
        parts = [pair for pair in pairs if (pair.new.path, pair.old.path) == (best.new.path, best.old.path)]
        pieces = len({pair.new for pair in parts})
        start, end = min(pair.new.start for pair in parts), max(pair.new.end for pair in parts)
        bits, words = sum(pair.bits for pair in parts), sum(pair.words for pair in parts)
        exact = sum(pair.exact * pair.words for pair in parts) / words
        best = Pair(best.new._replace(start=start, end=end), best.old, bits, words, exact, best.coverage)
    others: list[Region] = []
    for region in [best.old, *(region for pair in pairs for region in (pair.old, pair.new))]:
        if not region.overlaps(best.new) and not any(region.overlaps(other) for other in others):
            others.append(region)
    counterpart, rest = others[:1], others[1:]
    return Family(best, (*counterpart, *sorted(rest, key=lambda r: (r.new, r.path, r.start))), pieces)
