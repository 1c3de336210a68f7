"""The duplication index: which statements stand where in a tree, how rare each is, and how two functions align.

A *unit* is what is compared: an outermost function or method with everything nested in it, or the statements of
a module that stand in no function.
"""

from __future__ import annotations

import math
from array import array
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import NamedTuple, Protocol

from rules.features import SHAPE
from rules.model import Definition, Facts, Place, Statements

MIN_POPULATION = 4096
"""In a small tree no statement is common; bits are counted as if there were at least so many units."""

MAX_BITS = 14.0
"""One statement alone is no evidence, however rare it is."""

GAP_BITS, STEP_BITS = 2.0, 0.5
"""What a gap costs an alignment, and each entry in it that only one side has."""

REPEAT_BITS = 1.0
"""What a statement is worth that follows itself: repetition is no information."""

MAX_GAP = 14
MAX_ANCHORS = 20_000


class Entry(NamedTuple):
    """One statement, or one element of a long one."""

    hash: int
    exact: int
    start: int
    end: int
    words: int
    kind: int


class Unit(NamedTuple):
    """A function or method, or the module-level code of a file (`definition` is then None).

    `features` and `shape` are those of a function and everything nested in it, see `rules.features`.
    """

    path: str
    definition: Definition | None
    entries: tuple[Entry, ...]
    features: tuple[int, ...] = ()
    shape: tuple[int, ...] = ()

    @property
    def symbol(self) -> str:
        """Its qualified name in the file, '' for module-level code."""
        return self.definition.name if self.definition else ""

    @property
    def place(self) -> Place:
        """Where a function stands; module-level code stands in no one place."""
        assert self.definition is not None
        return Place(self.path, self.definition.start, self.definition.end, self.symbol)

    @property
    def words(self) -> int:
        """How many words its statements have."""
        return sum(entry.words for entry in self.entries)

    @property
    def keys(self) -> set[int]:
        """The hashes under which an index knows it."""
        return {entry.hash for entry in self.entries}.union(self.features)


def units_of(path: str, facts: Facts) -> tuple[Unit, ...]:
    """The units of a file in source order; those without a statement that carries content are left out.

    A generated file has none.
    """
    if facts.generated:
        return ()
    tops = _outermost_functions(facts.definitions)
    grouped: dict[int, list[Entry]] = {}
    for blind, exact, start, end, words, owner, kind in zip(*_columns(facts.statements), strict=True):
        grouped.setdefault(tops[owner - 1] if owner else -1, []).append(Entry(blind, exact, start, end, words, kind))
    features = _features(facts, tops)
    return tuple(
        Unit(path, facts.definitions[top], tuple(found), *features.get(top, ((), ())))
        if top >= 0
        else Unit(path, None, tuple(found))
        for top, found in grouped.items()
    )


def _features(facts: Facts, tops: Sequence[int]) -> dict[int, tuple[tuple[int, ...], tuple[int, ...]]]:
    """Outermost function -> its features and shape, those of nested functions included."""
    hashes, owners = array("Q", facts.features.hashes), array("H", facts.features.owners)
    shapes, size = facts.features.shapes, len(SHAPE)
    found: dict[int, tuple[dict[int, None], list[int]]] = {}
    for hash_, owner in zip(hashes, owners, strict=True):
        found.setdefault(tops[owner - 1], ({}, [0] * size))[0][hash_] = None
    for i, top in enumerate(tops):
        if top in found:
            counts = found[top][1]
            for slot, count in enumerate(shapes[i * size : (i + 1) * size]):
                counts[slot] += count
    return {top: (tuple(features), tuple(counts)) for top, (features, counts) in found.items()}


def _columns(statements: Statements) -> list[array[int]]:
    columns = []
    for code, field in zip("QQIIHHB", Statements.__struct_fields__, strict=True):
        column = array(code)
        column.frombytes(getattr(statements, field))
        columns.append(column)
    return columns


def _outermost_functions(definitions: tuple[Definition, ...]) -> list[int]:
    """For each definition the index of the outermost function around it (itself if it is one)."""
    tops: list[int] = []
    current, current_end = -1, 0
    for i, definition in enumerate(definitions):
        if definition.start > current_end or current < 0:
            current, current_end = (i, definition.end) if definition.kind == "function" else (-1, 0)
        tops.append(current if current >= 0 else i)
    return tops


class CloneIndex(Protocol):
    """The units of a tree, where each statement stands, and how rare it is. Units are known by numbers."""

    def in_file(self, path: str) -> range:
        """The units of a file."""

    def unit(self, number: int) -> Unit:
        """A unit."""

    def place(self, number: int) -> tuple[str, int]:
        """The path and first line of a unit: an order that everybody who reads the tree agrees on."""

    def holders(self, hash_: int) -> Sequence[int]:
        """The units that hold a statement."""

    def count(self, hash_: int) -> int:
        """How many units hold a statement."""

    def exact_count(self, hash_: int) -> int:
        """How many units hold a statement to the letter."""

    @property
    def total(self) -> int:
        """How many units there are."""


def bits(index: CloneIndex, one: Entry, other: Entry, further: int = 0) -> float:
    """The information in two entries being alike: log2(units / units that hold the like).

    Inverse document frequency (Spärck Jones 1972). Entries that are the same to the letter count by how rare the
    letters are, others by how rare the blanked statement is; no entry counts more than MAX_BITS. `further` units that
    hold the entry are copies of the same thing and not counted: being copied often makes code no idiom.
    """
    holders = index.exact_count(one.exact) if one.exact == other.exact else index.count(one.hash)
    return min(MAX_BITS, math.log2(max(index.total, MIN_POPULATION) / max(1, holders - further)))


def sharing(index: CloneIndex, worth: Mapping[int, float], common: int, least: float) -> list[int]:
    """The units that hold what is worth at least so many bits together, by place.

    worth: hash of a statement or feature -> its bits. What more than `common` units hold proposes nobody.
    """
    shared = defaultdict[int, float](float)
    for hash_, bits_ in worth.items():
        if index.count(hash_) <= common:
            for holder in index.holders(hash_):
                shared[holder] += bits_
    return sorted((holder for holder, found in shared.items() if found >= least), key=index.place)


class Alignment(NamedTuple):
    """A run of alike entries in two units, in the same order, with few others between.

    `pairs` are (index in the first unit, index in the second), `bits` their information less what lies between.
    """

    pairs: tuple[tuple[int, int], ...]
    bits: float


def align_units(index: CloneIndex, one: Unit, other: Unit, *, same: bool = False) -> Alignment:
    """The best local alignment of two units of a tree; see `align`."""
    return align(one.entries, other.entries, partial(bits, index), same=same)


def align(
    one: Sequence[Entry], other: Sequence[Entry], bits: Callable[[Entry, Entry], float], *, same: bool = False
) -> Alignment:
    """The best local alignment of two entry sequences (Smith and Waterman 1981, over equal hashes only).

    A repeated statement counts once. Where both are the same unit, `same`, the second run lies before the first.
    """
    places = defaultdict[int, list[int]](list)
    for j, entry in enumerate(other):
        places[entry.hash].append(j)
    anchors = [(i, j) for i, entry in enumerate(one) for j in places.get(entry.hash, ()) if not same or j < i]
    if len(anchors) > MAX_ANCHORS:
        anchors = [(i, j) for i, j in anchors if one[i].exact == other[j].exact][:MAX_ANCHORS]
    best: list[float] = []
    before: list[int] = []
    first: list[int] = []
    for k, (i, j) in enumerate(anchors):
        gain = bits(one[i], other[j])
        top, link, start = gain, -1, i
        for previous in range(k - 1, -1, -1):
            i_before, j_before = anchors[previous]
            skipped = i - i_before + j - j_before - 2
            if i - i_before > MAX_GAP:
                break
            if i_before < i and 0 < j - j_before <= MAX_GAP and not (same and j >= first[previous]):
                worth = REPEAT_BITS if one[i].hash == one[i_before].hash else gain
                cost = GAP_BITS + STEP_BITS * skipped if skipped else 0.0
                if best[previous] + worth - cost > top:
                    top, link, start = best[previous] + worth - cost, previous, first[previous]
        best.append(top)
        before.append(link)
        first.append(start)
    if not best:
        return Alignment((), 0.0)
    k = max(range(len(best)), key=best.__getitem__)
    total, pairs = best[k], list[tuple[int, int]]()
    while k >= 0:
        pairs.append(anchors[k])
        k = before[k]
    return Alignment(tuple(reversed(pairs)), total)
