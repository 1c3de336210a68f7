"""Duplication in other words: a new function mentions and does what an existing one does, and neither knows the other."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import ClassVar, NamedTuple

import msgspec
from msgspec.structs import replace

from rules.change import Change
from rules.clones import MIN_POPULATION, Unit, align_units, sharing
from rules.confidence import Thresholds, logistic
from rules.deprecation import replaces
from rules.features import feature
from rules.likeness import Origins, is_asynchronous, is_prescribed, one_calls_the_other
from rules.model import Finding, Level
from rules.rule import Example
from rules.strangers import are_strangers
from rules.syntax import quote, source_lines
from rules.tokens import canonical

COMMON = 256
"""A feature that more functions mention proposes no candidates."""

MAX_BITS = 12.0
"""No feature counts more, however rare."""

LEAST_BITS, LEAST_FEATURES, LEAST_WORDS = 55.0, 7, 18
"""Less shared than this is not weighed; functions with fewer words are idioms."""

LEAST_SHARE, LEAST_SHAPE = 0.6, 0.5
"""How much of what each of the two mentions must be shared, and how alike they must branch."""

NEW_SHARE = 0.8
"""A function is new if so much of it stands on added lines."""

COPIED = 0.6
"""Two functions that share so many of their statements are a matter for duplication/copy."""

_NAMED = 4


_EXISTING = """\
def read_orders(path, since):
    orders = []
    for row in csv.DictReader(read_lines(path, newline=""), delimiter=";"):
        day = date.fromisoformat(row["shipped_on"])
        if day >= since and row["customer_id"]:
            orders.append(Order(row["customer_id"], day, Decimal(row["net_total"])))
    return orders
"""
_REWRITTEN = """\
def shipped_orders(source, first_day):
    lines = read_lines(source, newline="")
    return [
        Order(row["customer_id"], day, Decimal(row["net_total"]))
        for row in csv.DictReader(lines, delimiter=";")
        if row["customer_id"] and not (day := date.fromisoformat(row["shipped_on"])) < first_day
    ]
"""


class ReimplementationOptions(Thresholds, frozen=True, forbid_unknown_fields=True, rename="kebab"):
    """Options of `duplication/reimplementation`.

    Findings below the confidence `report` are dropped, those below `warn` are information.
    """


class Likeness(NamedTuple):
    """What two functions have in common.

    `bits` is the information in the features that both mention, `shares` how much of each side's that is, `shape` how
    alike they branch (1 is equal), `features` the features themselves.
    """

    bits: float
    shares: tuple[float, float]
    shape: float
    features: frozenset[int]


class Reimplementation:
    """An existing function written again in other words.

    ## What it does
    Reports a function that the change adds and that calls the same things, reads the same attributes and keys, and
    branches alike as a function that exists and can be called from there, although its statements are others.

    Functions of which one calls the other are not reported, nor are methods that a protocol prescribes, and what
    moved or replaced something in the same change. It is information where both stand in one file, where one of the
    two is asynchronous and the other is not, where the existing one is marked as deprecated or legacy, and between source
    roots that nothing ties together.

    ## Why it matters
    It is the copy that no text comparison finds: somebody, or something, solved a solved problem a second time. The two
    answers are alike today and differ in the corner cases that one of them has learned.

    ## What to do
    Read the existing function. Call it, or widen it by what is missing; if both must stay, say in each why.

    ## When to say no
    When the two serve different masters and are meant to part ways: `# partywall: ignore[duplication/reimplementation]
    reason`.
    """

    name: ClassVar[str] = "duplication/reimplementation"
    level: ClassVar[Level] = "warning"
    summary: ClassVar[str] = "a new function does what an existing one does, in other words"
    options: ClassVar[type[msgspec.Struct]] = ReimplementationOptions
    examples: ClassVar[tuple[Example, ...]] = (
        Example(
            title="a reader of orders written a second time",
            base={"shop/orders.py": _EXISTING},
            head={"shop/orders.py": _EXISTING, "shop/reports.py": _REWRITTEN},
            findings=(("shop/reports.py", 1),),
        ),
        Example(
            title="the second one replaces the first",
            base={"shop/orders.py": _EXISTING},
            head={"shop/orders.py": "", "shop/reports.py": _REWRITTEN},
        ),
    )

    def check(self, change: Change, options: ReimplementationOptions) -> Iterator[Finding]:
        """At most one finding for each new function: its likest counterpart."""
        seeker = _Seeker(change)
        for file in sorted(file.path for file in change.files if file.path in change.head.facts):
            for number in change.head.clones.in_file(file):
                found = seeker.counterpart(number)
                finding = options.graded(_finding(change, *found)) if found is not None else None
                if finding is not None and found is not None:
                    yield replace(finding, level="info") if _is_no_news(change, *found[:2]) else finding


class _Seeker:
    def __init__(self, change: Change) -> None:
        self._change = change
        self._index = change.head.clones
        self._origins = Origins(change)

    def counterpart(self, number: int) -> tuple[Unit, Unit, Likeness] | None:
        """The existing function that a new one is likest to."""
        unit = self._index.unit(number)
        if not self._is_new(unit) or self._weight(unit.features) < LEAST_BITS or self._was_elsewhere(unit):
            return None
        best: tuple[Unit, Unit, Likeness] | None = None
        for other in self._candidates(number, unit):
            candidate = self._index.unit(other)
            if self._may_be_called(unit, candidate):
                likeness = self.compare(unit, candidate)
                if likeness is not None and (best is None or confidence(likeness) > confidence(best[2])):
                    best = unit, candidate, likeness
        if best is None or one_calls_the_other(best[0], best[1]) or self._is_copy(best[0], best[1]):
            return None
        return best

    def compare(self, unit: Unit, other: Unit) -> Likeness | None:
        """What two functions have in common, None if it is too little."""
        common = frozenset(unit.features).intersection(other.features)
        bits = self._weight(common)
        if bits < LEAST_BITS or len(common) < LEAST_FEATURES:
            return None
        shares = bits / self._weight(unit.features), bits / self._weight(other.features)
        shape = sum(map(min, unit.shape, other.shape)) / max(1, sum(map(max, unit.shape, other.shape)))
        return Likeness(bits, shares, shape, common) if min(shares) >= LEAST_SHARE and shape >= LEAST_SHAPE else None

    def _candidates(self, number: int, unit: Unit) -> list[int]:
        worth = {hash_: self._bits(hash_) for hash_ in unit.features}
        return [other for other in sharing(self._index, worth, COMMON, LEAST_BITS / 2) if other != number]

    def _is_new(self, unit: Unit) -> bool:
        if unit.definition is None or unit.words < LEAST_WORDS or is_prescribed(unit.definition):
            return False
        added = self._change.added(unit.path)
        fresh = sum(entry.words for entry in unit.entries if added.touches(entry.start, entry.end))
        return fresh >= NEW_SHARE * unit.words and self._origins.of(unit) is None

    def _was_elsewhere(self, unit: Unit) -> bool:
        """Whether the change removes a function that was like this one: then it moved, or was replaced."""
        features = set(unit.features)
        least = LEAST_SHARE * self._weight(features)
        return any(self._weight(features.intersection(other.features)) >= least for other in self._origins.gone)

    def _may_be_called(self, unit: Unit, other: Unit) -> bool:
        """Whether `other` existed and can be called from `unit`: a function, or a method of the same class."""
        if other.definition is None or other.words < LEAST_WORDS or is_prescribed(other.definition):
            return False
        owner = other.symbol.rpartition(".")[0]
        near = not owner or (unit.path == other.path and unit.symbol.rpartition(".")[0] == owner)
        return near and self._origins.of(other) is not None

    def _is_copy(self, unit: Unit, other: Unit) -> bool:
        pairs = align_units(self._index, unit, other).pairs
        shared = sum(unit.entries[i].words for i, _ in pairs), sum(other.entries[j].words for _, j in pairs)
        return shared[0] >= COPIED * unit.words and shared[1] >= COPIED * other.words

    def _weight(self, features: frozenset[int] | set[int] | tuple[int, ...]) -> float:
        return sum(map(self._bits, features))

    def _bits(self, feature: int) -> float:
        """Inverse document frequency (Spärck Jones 1972): log2(functions / functions that mention it)."""
        rarity = max(self._index.total, MIN_POPULATION) / max(1, self._index.count(feature))
        return min(MAX_BITS, math.log2(rarity))


def _is_no_news(change: Change, unit: Unit, other: Unit) -> bool:
    """Whether a call of the other is no way out as things are: one of the two is asynchronous, or nothing ties them.

    Or they stand in one file, where nobody overlooks the other: two steps of one thing, or its opposite. Or the other is on
    its way out.
    """
    if unit.path == other.path or replaces(change, unit.place, other.place):
        return True
    are_bilingual = is_asynchronous(unit) != is_asynchronous(other)
    return are_bilingual or are_strangers(change.head, unit.path, other.path)


def confidence(likeness: Likeness) -> float:
    """How likely it is, in [0, 1], that a maintainer finds it worth acting on (docs/confidence.md)."""
    weight = (
        2.0 * math.log(likeness.bits / 60) + 6.0 * (min(likeness.shares) - 0.7) + 2.0 * (likeness.shape - 0.6) + 0.6
    )
    return logistic(weight)


def _finding(change: Change, unit: Unit, other: Unit, likeness: Likeness) -> Finding:
    new, old = unit.definition, other.definition
    assert new is not None
    assert old is not None
    shared = ", ".join(_named(change, unit, likeness.features))
    return Finding(
        rule=Reimplementation.name,
        level=Reimplementation.level,
        path=unit.path,
        start_line=new.start,
        end_line=new.end,
        symbol=new.name,
        message=f"`{new.name}` does what `{old.name}` ({other.path}:{old.start}-{old.end}) does already, in other words: "
        f"{len(likeness.features)} of the same names and values ({shared}), "
        f"{round(100 * min(likeness.shares))} % of what either mentions",
        advice=f"Call `{old.name}` of {change.head.module(other.path)} instead, or widen it by what is missing.",
        confidence=round(confidence(likeness), 2),
        related=(other.place,),
        key=(new.name, old.name, change.base_path(other.path)),
        quotes=(
            quote(change.head.source(unit.path), unit.path, new.start, new.end),
            quote(change.head.source(other.path), other.path, old.start, old.end),
        ),
    )


def _named(change: Change, unit: Unit, features: frozenset[int]) -> list[str]:
    """The rarest shared features as they are written in the new function."""
    data = change.head.source(unit.path)
    if data is None or unit.definition is None:
        return []
    text = "\n".join(source_lines(data)[unit.definition.body - 1 : unit.definition.end])
    names: dict[int, str] = {}
    for word in re.findall(r"[^\W\d]\w*", text):
        plain = canonical(word.encode())
        names.setdefault(feature(plain), word)
        names.setdefault(feature(plain + b"("), f"{word}()")
    for literal in re.findall(r"[\"']([^\s\"']+)[\"']", text):
        names.setdefault(feature(b"'" + literal.encode()), f"'{literal}'")
    index = change.head.clones
    rarest = sorted((index.count(hash_), names[hash_]) for hash_ in features if hash_ in names)
    return [f"`{name}`" for _, name in rarest[:_NAMED]]
