"""Duplication: a change adds code that stands elsewhere in the tree already, or adds the same code twice."""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import partial
from typing import ClassVar

import msgspec

from rules.change import Change
from rules.clones import Unit, align, bits
from rules.facts import MAX_NESTING
from rules.families import Evidence, Family, Pair, Region, find_families, summed
from rules.matches import Match, Side, find_matches
from rules.model import Finding, Level, Place, Quote
from rules.rule import Example
from rules.syntax import source_lines, whole_statements

WHOLE = 0.7
"""A unit of which so much is shared is a copy as a whole; below, a block of it is."""

SAME_NAME_BITS = 6.0
"""What it adds that two functions (not methods, whose names an interface may ask for) have one name."""

_PROTOCOL = re.compile(r"__(?!init__|post_init__|call__|new__|a?enter__|a?exit__)\w+__$")
"""Methods whose shape the language prescribes."""

_STUBS = frozenset(("overload", "typing.overload", "t.overload", "abstractmethod", "abc.abstractmethod", "stub"))


class Enough(msgspec.Struct, frozen=True):
    """How much two units must share to be worth a word: bits of information, and words."""

    bits: float
    words: int


WHOLE_UNIT, BLOCK = Enough(24, 14), Enough(38, 24)
SIBLING_UNIT, SIBLING_BLOCK = Enough(30, 18), Enough(40, 22)
"""Methods of one name in two classes may have to look alike: they must share more."""

WHOLE_CLASS = Enough(45, 24)
"""Summed over the methods of a class that match, of which there are at least two."""

CLASS_COVERAGE = 0.6


_PHONE = """\
def format_e164(number, country):
    digits = "".join(character for character in number if character.isdigit())
    if number.strip().startswith("+"):
        return "+" + digits
    if digits.startswith("00"):
        return "+" + digits[2:]
    return f"+{country.calling_code}{digits.lstrip('0')}"
"""
_RENAMED = (
    _PHONE.replace("format_e164", "recipient")
    .replace("digits", "numerals")
    .replace("number", "raw")
    .replace("country", "land")
)


class CopyOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab"):
    """Options of `duplication/copy`. `scale` multiplies the size that a copy must have: 2 asks for twice as much."""

    scale: float = 1.0


class Copy:
    """A copy of code that stands elsewhere.

    ## What it does
    Reports a function, a class or a block that the change adds and that stands elsewhere in the tree as it will be
    after the change: verbatim, with other names, or edited; in another file, in the same file, or twice within the
    change. All copies of one thing are one finding, and so are many copied pieces between the same two files.

    Moved, extracted and rewritten code is not reported, nor are methods that a protocol prescribes, overloads,
    wrappers, generated files, tests and migrations.

    ## Why it matters
    Two copies of one rule drift apart: the bug is mended in one of them. A copy is cheap to avoid while it is being
    written and expensive to find afterwards.

    ## What to do
    Call the existing code. Where it cannot be called from here, move what is shared to a place that both sides may
    import; where the copies differ, the differences become parameters.

    ## When to say no
    Copies that are meant to part ways, such as a versioned interface kept for old clients. Say so where it stands:
    `# partywall: ignore[duplication/copy] reason`.
    """

    name: ClassVar[str] = "duplication/copy"
    level: ClassVar[Level] = "warning"
    summary: ClassVar[str] = "new code that stands elsewhere already"
    options: ClassVar[type[msgspec.Struct]] = CopyOptions
    examples: ClassVar[tuple[Example, ...]] = (
        Example(
            title="a helper written a second time under other names",
            base={"shop/phone.py": _PHONE},
            head={"shop/phone.py": _PHONE, "shop/messages.py": _RENAMED},
            findings=(("shop/messages.py", 1),),
        ),
        Example(
            title="a helper that was moved",
            base={
                "shop/views.py": _PHONE + "\n\ndef page(order):\n    return format_e164(order.phone, order.country)\n"
            },
            head={
                "shop/phone.py": _PHONE,
                "shop/views.py": "from shop.phone import format_e164\n\n\n"
                "def page(order):\n    return format_e164(order.phone, order.country)\n",
            },
        ),
    )

    def check(self, change: Change, options: CopyOptions) -> Iterator[Finding]:
        """One finding for each family of copies that the change starts or extends."""
        judge = _Judge(change, options.scale)
        matches = [match for match in find_matches(change) if not judge.is_prescribed(match)]
        classes, rest = judge.whole_classes(matches)
        pairs = [*classes, *(judge.pair(match) for match in rest if judge.is_copy(match))]
        for family in find_families(pairs):
            yield _finding(change, family)


class _Judge:
    def __init__(self, change: Change, scale: float) -> None:
        self._change = change
        self._scale = scale

    def is_prescribed(self, match: Match) -> bool:
        """Whether something other than copying makes the two alike: a protocol, a stub, or old likeness kept up."""
        for side in (match.new, match.old):
            definition = side.unit.definition
            if definition and (_PROTOCOL.search(definition.name) or _STUBS.intersection(definition.traits)):
                return True
        return self._were_twins(match)

    def is_copy(self, match: Match) -> bool:
        """Whether a match alone is worth a finding."""
        whole = max(match.coverage, match.old_coverage) >= WHOLE
        if _are_siblings(match):
            enough = SIBLING_UNIT if whole else SIBLING_BLOCK
        else:
            enough = WHOLE_UNIT if whole else BLOCK
        shared = match.bits + (SAME_NAME_BITS if _share_a_name(match) else 0.0)
        return self._is_enough(enough, shared, match.words) and not self._delegates(match)

    def whole_classes(self, matches: Sequence[Match]) -> tuple[list[Pair], list[Match]]:
        """Pairs of classes of which most methods match, and the matches that are in none of them."""
        groups = defaultdict[tuple[str, str, str, str], list[Match]](list)
        for match in matches:
            new, old = _class_of(match.new.unit), _class_of(match.old.unit)
            if new and old and (match.new.unit.path, new) != (match.old.unit.path, old):
                groups[match.new.unit.path, new, match.old.unit.path, old].append(match)
        pairs, covered = list[Pair](), set[Match]()
        for names, members in groups.items():
            pair = self._class_pair(*names, members)
            if pair is not None:
                pairs.append(pair)
                covered.update(members)
        return pairs, [match for match in matches if match not in covered]

    def _class_pair(self, new_path: str, new: str, old_path: str, old: str, members: Sequence[Match]) -> Pair | None:
        best = {match.new.unit: match for match in sorted(members, key=lambda match: match.bits)}.values()
        words = sum(match.words for match in best)
        evidence = summed([_evidence(match) for match in best], words / self._class_words(new_path, new))
        distinct = len({match.old.unit for match in best})
        enough = self._is_enough(WHOLE_CLASS, evidence.bits, words)
        if min(len(best), distinct) < 2 or not enough or evidence.coverage < CLASS_COVERAGE:
            return None
        one = self._class_region(new_path, new, is_new=True)
        other = self._class_region(old_path, old, is_new=members[0].old.new)
        return Pair(one, other, evidence)

    def _is_enough(self, enough: Enough, shared: float, words: int) -> bool:
        return shared >= enough.bits * self._scale and words >= enough.words * self._scale

    def pair(self, match: Match) -> Pair:
        """The regions of a match, as whole definitions or whole statements."""
        new, old = self._region(match.new, match.coverage), self._region(match.old, match.old_coverage)
        return Pair(new, old, _evidence(match))

    def _region(self, side: Side, coverage: float) -> Region:
        unit, (start, end) = side.unit, side.lines
        if unit.definition is not None and coverage >= WHOLE:
            return Region(unit.path, unit.definition.start, unit.definition.end, unit.symbol, side.new)
        facts = self._change.head.facts[unit.path]
        data = self._change.head.source(unit.path)
        if data is not None and facts.nesting < MAX_NESTING:
            around = (unit.definition.start, unit.definition.end) if unit.definition else (1, facts.lines)
            start, end = whole_statements(source_lines(data), around, start, end) or (start, end)
        return Region(unit.path, start, end, unit.symbol, side.new)

    def _class_region(self, path: str, name: str, *, is_new: bool) -> Region:
        definition = next(d for d in self._change.head.facts[path].definitions if d.name == name and d.kind == "class")
        return Region(path, definition.start, definition.end, name, is_new)

    def _class_words(self, path: str, name: str) -> int:
        index = self._change.head.clones
        units = (index.unit(number) for number in index.in_file(path))
        return sum(entry.words for unit in units if _class_of(unit) == name for entry in unit.entries)

    def _were_twins(self, match: Match) -> bool:
        """Whether both units stood in the base and were copies there already: keeping copies alike is no new copy."""
        one, other = self._in_base(match.new.unit), self._in_base(match.old.unit)
        if one is None or other is None or one == other:
            return False
        found = align(one.entries, other.entries, partial(bits, self._change.base.clones))
        words = sum(one.entries[i].words for i, _ in found.pairs)
        return words * 2 >= sum(entry.words for entry in one.entries)

    def _in_base(self, unit: Unit) -> Unit | None:
        if unit.definition is None:
            return None
        path, index = self._change.base_path(unit.path), self._change.base.clones
        units = (index.unit(number) for number in index.in_file(path))
        return next((other for other in units if other.symbol == unit.symbol), None)

    def _delegates(self, match: Match) -> bool:
        """Whether one of the two calls the other; then it is a wrapper and no copy, unless much stands in both."""
        new, old = match.new.unit, match.old.unit
        return match.words < 60 and new != old and (self._calls(new, old) or self._calls(old, new))

    def _calls(self, caller: Unit, callee: Unit) -> bool:
        data = self._change.head.source(caller.path)
        name = callee.symbol.rpartition(".")[2]
        if data is None or caller.definition is None or not name or name == "__init__":
            return False
        body = "\n".join(source_lines(data)[caller.definition.body - 1 : caller.definition.end])
        return re.search(rf"\b{re.escape(name)}\s*\(", body) is not None


def _evidence(match: Match) -> Evidence:
    return Evidence(
        bits=match.bits,
        words=match.words,
        entries=match.entries,
        exact=match.exact,
        coverage=match.coverage,
        old_coverage=match.old_coverage,
        pieces=1,
        siblings=_are_siblings(match),
        statements=match.statements,
        statement_words=match.statement_words,
    )


def _class_of(unit: Unit) -> str:
    return unit.symbol.rpartition(".")[0]


def _are_siblings(match: Match) -> bool:
    """Whether the two are methods of one name in two classes: likeness that an interface may ask for."""
    new, old = match.new.unit.symbol.rpartition("."), match.old.unit.symbol.rpartition(".")
    return bool(new[0] and old[0]) and new[2] == old[2]


def _share_a_name(match: Match) -> bool:
    new, old = match.new.unit.symbol, match.old.unit.symbol
    return bool(new) and "." not in new and new.strip("_") == old.strip("_")


def _finding(change: Change, family: Family) -> Finding:
    best, others = family.best, family.others
    new, old = best.new, others[0] if others else best.old
    return Finding(
        rule=Copy.name,
        level=Copy.level,
        path=new.path,
        start_line=new.start,
        end_line=new.end,
        symbol=new.symbol,
        message=_message(family, new, old),
        advice=_advice(change, old),
        confidence=round(1 - math.exp(-best.evidence.bits / 30), 2),
        related=tuple(Place(region.path, region.start, region.end, region.symbol) for region in others),
        key=(new.symbol or new.path, old.symbol, "" if old.new else change.base_path(old.path)),
        quotes=tuple(_quote(change, region) for region in (new, old)),
    )


def _message(family: Family, new: Region, old: Region) -> str:
    evidence = family.best.evidence
    shared = f"{evidence.words} words shared, {_likeness(evidence)}"
    if family.spread:
        return f"{evidence.pieces} pieces of {new.path} stand in {old.path} too, {_name(new)} among them: {shared}"
    more = len(family.others) - 1
    also = f" and in {more} more place{'s' * (more > 1)}" if more > 0 else ""
    return f"{_name(new)} repeats {_name(old)} ({old.path}:{old.start}-{old.end}{also}): {shared}"


def _name(region: Region) -> str:
    return f"`{region.symbol}`" if region.symbol else "module-level code"


def _likeness(evidence: Evidence) -> str:
    if evidence.exact < 0.99:
        return "with other names or values"
    if evidence.coverage >= 0.99:
        return "verbatim"
    return "most of it verbatim" if evidence.coverage >= WHOLE else "a verbatim block"


def _advice(change: Change, old: Region) -> str:
    if old.new:
        return "Both came with this change: keep one and call it from the other place, with what differs as parameters."
    name = f"`{old.symbol}`" if old.symbol else "the code"
    return f"Call {name} of {change.head.module(old.path)} instead, or move what is shared to where both may import it."


def _quote(change: Change, region: Region) -> Quote:
    data = change.head.source(region.path)
    lines = source_lines(data)[region.start - 1 : region.end] if data is not None else ()
    return Quote(region.path, region.start, tuple(lines))
