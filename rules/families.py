"""Copies that belong together: pairs of regions, grouped to classes, to files and to families of one thing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from rules.model import Place

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
    def place(self) -> Place:
        """It, for a finding."""
        return Place(self.path, self.start, self.end, self.symbol)

    @property
    def lines(self) -> int:
        """How many lines it has."""
        return self.end - self.start + 1

    def overlaps(self, other: Region) -> bool:
        """Whether they share at least half of the lines that they cover together."""
        shared = self._shared(other)
        return 2 * shared >= self.lines + other.lines - shared

    def lies_in(self, other: Region) -> bool:
        """Whether at least half of it lies in the other."""
        return 2 * self._shared(other) >= self.lines

    def _shared(self, other: Region) -> int:
        return min(self.end, other.end) - max(self.start, other.start) + 1 if self.path == other.path else 0


class Evidence(NamedTuple):
    """What speaks for two regions being copies.

    `bits` is the information they share, `words` how much code that is, `exact` the share of the words
    that is the same to the letter, `coverage` and `old_coverage` the share of each side's definition that is
    matched, `pieces` how many units or methods were matched, `bilingual` whether one side is synchronous and the other is not,
    `together` whether the change brought both, `copies` as in a match, `explained` whether they have a long docstring or comment
    in common.
    """

    bits: float
    words: int
    exact: float
    coverage: float
    old_coverage: float
    pieces: int
    bilingual: bool
    statement_words: int
    together: bool = False
    copies: int = 0
    explained: bool = False


class Pair(NamedTuple):
    """Two regions that are copies, and what speaks for it."""

    new: Region
    old: Region
    evidence: Evidence


def summed(parts: Sequence[Evidence], coverage: float) -> Evidence:
    """The evidence of several pieces together, which cover this share of the new side."""
    words = sum(part.words for part in parts)
    return Evidence(
        bits=sum(part.bits for part in parts),
        words=words,
        exact=sum(part.exact * part.words for part in parts) / words,
        coverage=coverage,
        old_coverage=max(part.old_coverage for part in parts),
        pieces=len(parts),
        bilingual=any(part.bilingual for part in parts),
        statement_words=sum(part.statement_words for part in parts),
        together=all(part.together for part in parts),
    )


class Family(NamedTuple):
    """Copies of one thing: the pair that shows it best, and all other regions, the counterpart first.

    `spread` says that the pair stands for many pieces of two files; `evidence` is that of each piece.
    """

    best: Pair
    others: tuple[Region, ...]
    spread: bool
    evidence: tuple[Evidence, ...]


def find_families(pairs: Iterable[Pair], further: Iterable[Pair] = ()) -> list[Family]:
    """Groups pairs: those between the same two files if they are many, then those that are about the same code.

    further: pairs that are no family by themselves; they add places to a family that has their new code.
    """
    known = sorted(further, key=_strength)
    families = [_family(members, known) for members in _connected(_by_files(pairs))]
    return sorted(families, key=lambda family: _strength(family.best))


def _strength(pair: Pair) -> tuple[object, ...]:
    """The strongest first; of equals that whose counterpart stands first, and then that of which most is shared."""
    evidence = pair.evidence
    return -evidence.bits, pair.old, -(evidence.coverage + evidence.old_coverage), pair.new


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
    """Whether two groups are about the same thing.

    For single pairs that is a shared region, or new code of which one is a part of the other, in one function; for file
    pairs the same new file part.
    """
    if not (one.spread or other.spread) and _is_nested(one.pairs[0].new, other.pairs[0].new):
        return True
    ours = [region for pair in one.pairs for region in (pair.new, pair.old)]
    theirs = [region for pair in other.pairs for region in (pair.new, pair.old)]
    shared = sum(any(region.overlaps(other) for other in theirs) for region in ours)
    return shared * 2 >= len(ours) if one.spread or other.spread else shared > 0


def _best(pairs: Sequence[Pair]) -> Pair:
    """The strongest pair, or one nearly as strong whose counterpart was there before: that is the one to keep."""
    strongest = pairs[0]
    older = (pair for pair in pairs if not pair.old.new and 2 * pair.evidence.bits >= strongest.evidence.bits)
    return next(older, strongest)


def _is_nested(one: Region, other: Region) -> bool:
    return one.symbol == other.symbol != "" and (one.lies_in(other) or other.lies_in(one))


def _family(members: Sequence[_Group], further: Sequence[Pair]) -> Family:
    pairs = sorted((pair for group in members for pair in group.pairs), key=_strength)
    best = _best(pairs)
    files = {(pair.new.path, pair.old.path) for group in members if group.spread for pair in group.pairs}
    spread, evidence = (best.new.path, best.old.path) in files, [best.evidence, pairs[0].evidence]
    if spread:
        parts = {p.new: p for p in reversed(pairs) if (p.new.path, p.old.path) == (best.new.path, best.old.path)}
        region = best.new._replace(start=min(r.start for r in parts), end=max(r.end for r in parts))
        evidence = [part.evidence for part in parts.values()]
        best = Pair(region, best.old, summed(evidence, best.evidence.coverage))
    others: list[Region] = []
    more = [pair.old for pair in further if any(pair.new.lies_in(known.new) for known in pairs)]
    for region in [best.old, *(region for pair in pairs for region in (pair.old, pair.new)), *more]:
        # The counterpart comes first, even where the new code stands around it.
        is_new = bool(others) and region.lies_in(best.new)
        if not is_new and not any(region.lies_in(other) or other.lies_in(region) for other in others):
            others.append(region)
    counterpart, rest = others[:1], others[1:]
    return Family(best, (*counterpart, *sorted(rest, key=lambda r: (r.new, r.path, r.start))), spread, tuple(evidence))
