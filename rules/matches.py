"""Which units of a change are like which units of the head tree, and how much of the likeness is new."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from functools import partial
from typing import NamedTuple

from rules.change import Change, Snapshot
from rules.clones import Alignment, Entry, Unit, align, align_units, bits, sharing, units_of
from rules.statements import STATEMENT

COMMON = 256
"""A statement that stands in more units proposes no candidates; in an alignment it still counts."""

FAMILY = 8
"""Copies of one thing; what still more units hold is how the repository writes, and counts as common."""

WEAK_BITS = 8.0
"""Less is not looked at: a one-line method that is as rare as can be has more."""


RUN = 3
"""So many statements in a row are more than a coincidence of two lines."""


class Side(NamedTuple):
    """One half of a match: the unit, the indices of its first and last matched entry, and whether it is new."""

    unit: Unit
    first: int
    last: int
    new: bool

    @property
    def lines(self) -> tuple[int, int]:
        """The lines from the first to the last matched entry."""
        entries = self.unit.entries[self.first : self.last + 1]
        return entries[0].start, max(entry.end for entry in entries)

    @property
    def words(self) -> int:
        """The words of the whole unit."""
        return self.unit.words


class Match(NamedTuple):
    """Two units that share a run of statements. `new` is where the change put it, `old` the counterpart.

    `bits` is the information shared, `words` the words shared, `exact` the share of them that is the same to the letter.
    `copies` counts the units that hold all of it where the change brought them all, nothing stands between, and it is no
    less than RUN statements; it is 0 otherwise.
    """

    new: Side
    old: Side
    bits: float
    words: int
    exact: float
    statement_words: int
    copies: int = 0

    @property
    def coverage(self) -> float:
        """The share of the new unit's words that is matched."""
        return self.words / self.new.words

    @property
    def old_coverage(self) -> float:
        """The share of the old unit's words that is matched."""
        return self.words / self.old.words


def find_matches(change: Change) -> Iterator[Match]:
    """Every new unit, or unit with new statements, that shares a run of mostly new statements with another.

    New is a statement on an added line whose number of occurrences in the tree the change raises: what was moved,
    extracted or rewritten in place is not. Of two new units the later one, by path and line, is the match's `new`.
    """
    finder = _Finder(change)
    for file in sorted(file.path for file in change.files if file.path in change.head.facts):
        for number in change.head.clones.in_file(file):
            yield from finder.matches(number)


class _Finder:
    def __init__(self, change: Change) -> None:
        self._change = change
        self._index = change.head.clones
        self._growth = _growth(change)
        self._changed = {file.path for file in change.files if file.path in change.head.facts}

    def matches(self, number: int) -> Iterator[Match]:
        unit = self._index.unit(number)
        fresh = self._fresh(unit)
        if any(fresh):
            for other in self._candidates(unit, fresh):
                match = self._match(number, other, fresh)
                if match is not None:
                    yield match

    def _candidates(self, unit: Unit, fresh: Sequence[bool]) -> list[int]:
        entries = (entry for entry, new in zip(unit.entries, fresh, strict=True) if new)
        worth = {entry.hash: bits(self._index, entry, entry) for entry in entries}
        return sharing(self._index, worth, COMMON, WEAK_BITS)

    def _match(self, number: int, other: int, fresh: Sequence[bool]) -> Match | None:
        unit, counterpart = self._index.unit(number), self._index.unit(other)
        found = align_units(self._index, unit, counterpart, same=number == other)
        if found.bits < WEAK_BITS:
            return None
        others = fresh if number == other else self._fresh(counterpart)
        here, there = _shares(unit, counterpart, found, fresh, others)
        if max(here, there) < 0.5 and number != other:
            found, here, there = self._align_new(unit, counterpart, fresh, others), 1.0, 1.0
        if found.bits < WEAK_BITS or max(here, there) < 0.5 or (here < 0.5 and number != other):
            return None
        if there >= 0.5 and here >= 0.5 and self._index.place(other) > self._index.place(number):
            return None
        new, old = _sides(unit, counterpart, found, here >= 0.5, there >= 0.5)
        if not new.new:
            new, old = old, new
        alike = [(unit.entries[i], counterpart.entries[j]) for i, j in found.pairs]
        further = self._further(alike)
        gain = self._gain_of_family(alike, further)
        words = sum(entry.words for entry, _ in alike)
        exact = sum(entry.words for entry, twin in alike if entry.exact == twin.exact)
        statement_words = sum(entry.words for entry, _ in alike if entry.kind == STATEMENT)
        came = min(self._growth[entry.hash] for entry, _ in alike) >= further + 2
        copies = further + 2 if came and _is_run(found) else 0
        return Match(new, old, found.bits + gain, words, exact / words, statement_words, copies)

    def _align_new(self, unit: Unit, other: Unit, fresh: Sequence[bool], others: Sequence[bool]) -> Alignment:
        """What the change brought to both of two units, which are alike in more that is old."""
        ours = [i for i, is_new in enumerate(fresh) if is_new]
        theirs = [j for j, is_new in enumerate(others) if is_new]
        found = align([unit.entries[i] for i in ours], [other.entries[j] for j in theirs], partial(bits, self._index))
        return Alignment(tuple((ours[i], theirs[j]) for i, j in found.pairs), found.bits)

    def _further(self, alike: Sequence[tuple[Entry, Entry]]) -> int:
        """How many more than these two units hold all that they share."""
        hashes = {entry.hash for entry, _ in alike}
        if len(hashes) < 2 or any(self._index.count(hash_) > COMMON for hash_ in hashes):
            return 0
        return max(0, len(set.intersection(*(set(self._index.holders(hash_)) for hash_ in hashes))) - 2)

    def _gain_of_family(self, alike: Sequence[tuple[Entry, Entry]], further: int) -> float:
        """The information that is not lost because `further` units hold all that two of them share."""
        if not 0 < further <= FAMILY:
            return 0.0
        once = {entry.hash: (entry, other) for entry, other in alike}.values()
        return sum(bits(self._index, *pair, further) - bits(self._index, *pair) for pair in once)

    def _fresh(self, unit: Unit) -> list[bool]:
        if unit.path not in self._changed:
            return [False] * len(unit.entries)
        added = self._change.added(unit.path)
        return [self._growth[entry.hash] > 0 and added.touches(entry.start, entry.end) for entry in unit.entries]


def _sides(unit: Unit, other: Unit, found: Alignment, new: bool, other_new: bool) -> tuple[Side, Side]:
    (i, j), (i_last, j_last) = found.pairs[0], found.pairs[-1]
    return Side(unit, i, i_last, new), Side(other, j, j_last, other_new)


def _is_run(found: Alignment) -> bool:
    (i, j), (i_last, j_last) = found.pairs[0], found.pairs[-1]
    return len(found.pairs) >= RUN and i_last - i == j_last - j == len(found.pairs) - 1


def _shares(
    unit: Unit, other: Unit, found: Alignment, fresh: Sequence[bool], others: Sequence[bool]
) -> tuple[float, float]:
    """How much of what two units share is new in each."""
    here = _share(unit.entries, [i for i, _ in found.pairs], fresh)
    return here, _share(other.entries, [j for _, j in found.pairs], others)


def _share(entries: Sequence[Entry], matched: Sequence[int], fresh: Sequence[bool]) -> float:
    words = sum(entries[i].words for i in matched)
    return sum(entries[i].words for i in matched if fresh[i]) / words


def _growth(change: Change) -> Counter[int]:
    """statement hash -> how many more times it stands in the head than in the base."""
    growth = Counter[int]()
    for file in change.files:
        growth.update(_hashes(change.head, file.path))
        growth.subtract(_hashes(change.base, file.base_path))
    return growth


def _hashes(snapshot: Snapshot, path: str) -> Iterator[int]:
    if path in snapshot.facts:
        for unit in units_of(path, snapshot.facts[path]):
            yield from (entry.hash for entry in unit.entries)
