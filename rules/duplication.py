"""Duplication: a change adds code that stands elsewhere in the tree already, or adds the same code twice."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import ClassVar

import msgspec

from rules.change import Change
from rules.clones import Unit
from rules.confidence import Thresholds, logistic
from rules.facts import MAX_NESTING
from rules.families import Evidence, Family, Pair, Region, find_families, summed
from rules.likeness import (
    WHOLE,
    Origins,
    both_forward,
    differ_by_an_a,
    is_asynchronous,
    is_prescribed,
    one_calls_the_other,
    says_asynchronous,
)
from rules.matches import Match, Side, find_matches
from rules.model import Finding, Level, Place
from rules.rule import Example
from rules.spoken import spoken
from rules.syntax import quote, source_lines, whole_statements
from rules.tokens import canonical

_RECEIVERS = frozenset(("self", "cls"))
LEAST_BITS, LEAST_WORDS, LEAST_MODULE_WORDS = 20.0, 9, 25
"""Smaller matches are not weighed at all; at module level the preambles of two files are alike."""

WRAPPER_WORDS = 60
"""Of two functions one of which calls the other, so much stands in both that it is more than a wrapper's frame."""

FORWARDER_WORDS = 30
"""Two methods of one name that hand on to the next of that name share so much before it is more than a frame."""

SMALL_WORDS, SMALL_EDITED_WORDS, SMALL_AT_MOST = 20, 25, 0.8
"""A copy of fewer words than the first, and as many of the second as its edited share, is no surer than this."""

PART, MOST = 0.4, 0.8
"""Between these shares of a definition a block of it becomes a copy of it as a whole."""

CLASS_BITS, CLASS_WORDS, CLASS_COVERAGE = 30.0, 14, 0.6
"""What the methods of a class must share together, and how much of the class they must be, to speak of the class."""

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


class CopyOptions(Thresholds, frozen=True, forbid_unknown_fields=True, rename="kebab"):
    """Options of `duplication/copy`.

    Findings below the confidence `report` are dropped; those below `warn`, and all behind the first `most`, are
    information: of the three comments that a change may get, one is left for other rules.
    """

    report: float = 0.58
    most: int = 2


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
        judge = _Judge(change)
        matches = [match for match in find_matches(change) if not judge.is_prescribed(match)]
        classes, rest = judge.whole_classes(matches)
        likely = (
            match for match in rest if judge.may_be_copy(match) and confidence(_evidence(match)) >= options.report
        )
        sure = (pair for pair in classes if confidence(pair.evidence) >= options.report)
        families = find_families([*sure, *map(judge.pair, likely)])
        graded = (options.graded(_finding(change, family)) for family in families)
        findings = sorted(filter(None, graded), key=lambda f: (-f.confidence, f.path, f.start_line))
        yield from spoken(change, findings, options.most)


class _Judge:
    def __init__(self, change: Change) -> None:
        self._change = change
        self._origins = Origins(change)

    def is_prescribed(self, match: Match) -> bool:
        """Whether something other than copying makes the two alike: a protocol, a wrapper, or old likeness kept up."""
        units = match.new.unit, match.old.unit
        return (
            all(is_prescribed(unit.definition) for unit in units)
            or (match.words < WRAPPER_WORDS and one_calls_the_other(*units))
            or (match.words < FORWARDER_WORDS and both_forward(*units))
            or self._origins.were_twins(*units)
        )

    def may_be_copy(self, match: Match) -> bool:
        """Whether a match is large enough to be weighed."""
        least = LEAST_WORDS if match.new.unit.definition and match.old.unit.definition else LEAST_MODULE_WORDS
        return match.bits >= LEAST_BITS and match.words >= least

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
        several = min(len(best), len({match.old.unit for match in best})) >= 2
        if not several or evidence.bits < CLASS_BITS or words < CLASS_WORDS or evidence.coverage < CLASS_COVERAGE:
            return None
        one = self._class_region(new_path, new, is_new=True)
        other = self._class_region(old_path, old, is_new=members[0].old.new)
        return Pair(one, other, evidence)

    def pair(self, match: Match) -> Pair:
        """The regions of a match, as whole definitions or whole statements."""
        head, foot = _begins_alike(match), _ends_alike(match)
        new = self._region(match.new, match.coverage, head=head, foot=foot)
        return Pair(new, self._region(match.old, match.old_coverage, head=head, foot=foot), _evidence(match))

    def _region(self, side: Side, coverage: float, *, head: bool, foot: bool) -> Region:
        unit, (start, end) = side.unit, side.lines
        if unit.definition is not None:
            whole = coverage >= WHOLE
            start = unit.definition.start if whole or head else start
            end = unit.definition.end if whole or foot else end
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


def _begins_alike(match: Match) -> bool:
    """Whether the copy begins with the function: the first statements match, and most parameters have the same names."""
    one, other = match.new.unit.definition, match.old.unit.definition
    if one is None or other is None or match.new.first > 1 or match.old.first > 1:
        return False
    names, others = set(one.parameters) - _RECEIVERS, set(other.parameters) - _RECEIVERS
    return 2 * len(names & others) >= len(names | others)


def _ends_alike(match: Match) -> bool:
    """Whether the copy ends with the function on both sides."""
    return all(side.last == len(side.unit.entries) - 1 for side in (match.new, match.old))


def _evidence(match: Match) -> Evidence:
    return Evidence(
        bits=match.bits,
        words=match.words,
        exact=match.exact,
        coverage=match.coverage,
        old_coverage=match.old_coverage,
        pieces=1,
        bilingual=_is_bilingual(match),
        statement_words=match.statement_words,
    )


def _class_of(unit: Unit) -> str:
    return unit.symbol.rpartition(".")[0]


def _is_bilingual(match: Match) -> bool:
    """Whether one function is offered twice under one name, to synchronous callers and to others: often on purpose."""
    new, old = match.new.unit, match.old.unit
    if is_asynchronous(new) == is_asynchronous(old):
        return says_asynchronous(new.symbol, old.symbol)
    one, other = (canonical(unit.symbol.rpartition(".")[2].encode()) for unit in (new, old))
    return one == other or differ_by_an_a(new.symbol, old.symbol)


def _is_small(evidence: Evidence) -> bool:
    """Whether a copy is so short that it says little; the less of it is the same to the letter, the longer it must be."""
    return evidence.words < SMALL_WORDS + SMALL_EDITED_WORDS * (1 - evidence.exact)


def confidence(evidence: Evidence) -> float:
    """How likely it is, in [0, 1], that a maintainer finds it worth acting on.

    A logistic model of judgements of real findings (docs/confidence.md): how much information is shared, how much of
    it is statements and not arguments, how much is the same to the letter, whether either and whether both of the two
    are shared as wholes, and whether they are twins for two kinds of callers.
    """
    shares = sorted((evidence.coverage, evidence.old_coverage))
    both, either = (min(1.0, max(0.0, (share - PART) / (MOST - PART))) for share in shares)
    weight = (
        1.5 * math.log(evidence.bits)
        + 0.64 * math.log(1 + evidence.statement_words)
        + 0.9 * evidence.exact
        + 2.0 * both
        + 0.6 * either
        - 1.6 * evidence.bilingual
        - 9.6
    )
    return min(logistic(weight), SMALL_AT_MOST) if _is_small(evidence) else logistic(weight)


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
        confidence=round(max(confidence(piece) for piece in family.evidence), 2),
        related=tuple(Place(region.path, region.start, region.end, region.symbol) for region in others),
        key=(new.symbol or new.path, old.symbol, "" if old.new else change.base_path(old.path)),
        quotes=tuple(quote(change.head.source(r.path), r.path, r.start, r.end) for r in (new, old)),
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
