"""Duplication: a change adds code that stands elsewhere in the tree already, or adds the same code twice."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar

import msgspec
from msgspec.structs import replace

from rules.change import Change
from rules.confidence import Thresholds
from rules.copies import Judge, confidence
from rules.deprecation import replaces
from rules.families import Evidence, Family, Pair, Region, find_families
from rules.likeness import WHOLE
from rules.matches import find_matches
from rules.model import Finding, Level
from rules.rule import Example
from rules.spoken import spoken
from rules.syntax import quote

LISTED = 0.35
"""Confidence from which a place is named beside the copies of a finding, though nothing would be said of it alone."""

OFTEN = 5
"""What so many places have already is how the repository does it; one more is information."""


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
    warn: float = 0.93
    most: int = 2


class Copy:
    """A copy of code that stands elsewhere.

    ## What it does
    Reports a function, a class or a block that the change adds and that stands elsewhere in the tree as it will be
    after the change: verbatim, with other names, or edited; in another file, in the same file, or twice within the
    change. All copies of one thing are one finding, and so are many copied pieces between the same two files.

    Moved, extracted and rewritten code is not reported, nor are methods that a protocol prescribes, overloads,
    wrappers, generated files, tests and migrations.

    It is information where the existing code is on its way out (a decorator, the docstring, a `DeprecationWarning` or the
    word legacy at the beginning of its name or at the end of a class's or file's say so), where five places or more have
    it already, and where all commits of the change say that they revert others or bring them back.

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
        judge = Judge(change)
        matches = [match for match in find_matches(change) if not judge.is_prescribed(match)]
        classes, rest = judge.whole_classes(matches)
        sure = [pair for pair in classes if confidence(pair.evidence) >= options.report]
        sure += judge.pairs(rest, options.report)
        files = {pair.new.path for pair in sure}
        more = [match for match in rest if match.new.unit.path in files]
        findings = _told(change, options, sure, judge.pairs(more, LISTED, options.report))
        yield from spoken(change, sorted(findings, key=lambda f: (-f.confidence, f.path, f.start_line)), options.most)


def _told(change: Change, options: CopyOptions, sure: Sequence[Pair], further: Sequence[Pair]) -> Iterator[Finding]:
    """What is to be said of the pairs, `further` ones only beside others.

    A copy of what is on its way out is its replacement, which is information where nothing else is said of the new code.
    So is one more of many.
    """
    mild = [pair for pair in sure if replaces(change, pair.new.place, pair.old.place)]
    known = set(mild)
    worse = [pair for pair in sure if pair not in known]
    alone = [pair for pair in mild if not any(pair.new.lies_in(other.new) for other in worse)]
    for pairs, more in ((worse, [*mild, *further]), (alone, further)):
        for family in find_families(pairs, more):
            finding = options.graded(_finding(change, family))
            if finding is not None:
                yield replace(finding, level="info") if pairs is alone or _is_usual(family) else finding


def _is_usual(family: Family) -> bool:
    """Whether so many places have it already that it is how the repository does it."""
    homes = {(region.path, region.symbol.partition(".")[0]) for region in family.others if not region.new}
    return not family.spread and len(homes) >= OFTEN


def _finding(change: Change, family: Family) -> Finding:
    best, others = family.best, family.others
    new, old = best.new, others[0]
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
        related=tuple(region.place for region in others),
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
