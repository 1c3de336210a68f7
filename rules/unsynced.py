"""Duplication that drifts: a change edits one of several copies and leaves the others as they were."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import ClassVar, NamedTuple

import msgspec
from msgspec.structs import replace

from rules.change import Change
from rules.clones import Entry, Unit, align_units, bits, sharing
from rules.confidence import Thresholds, logistic
from rules.deprecation import replaces
from rules.families import MANY
from rules.graph import shared_parts
from rules.likeness import Origins, are_twins, both_forward, is_prescribed, one_calls_the_other
from rules.model import Finding, Level, Quote
from rules.rule import Example
from rules.syntax import quote

COMMON = 64
"""A statement that more functions hold proposes no siblings."""

LEAST_BITS, LEAST_WORDS = 40.0, 20
"""What two functions of the base must share to be copies whose drifting apart is worth a word."""

ALIKE, LETTER = 0.85, 0.8
"""The share of each that the other had in the base, and how much of it to the letter."""

KEPT = 0.5
"""A function of which less is kept was rewritten, not edited."""

MOST_EDITED = 6
"""An edit of more statements is a development of its own."""


_EXPORT = """\
def export_orders(rows, target):
    header = [column.title for column in COLUMNS]
    target.write(DELIMITER.join(header) + NEWLINE)
    for row in sorted(rows, key=lambda row: row.placed_at):
        values = [str(getattr(row, column.name)) for column in COLUMNS]
        target.write(DELIMITER.join(values) + NEWLINE)
    audit.log("exported", count=len(rows), day=clock.today())
"""
_COPY = _EXPORT.replace("export_orders", "export_returns")
_MENDED = _EXPORT.replace("str(getattr(row, column.name))", "quote(str(getattr(row, column.name)))")


class Edit(NamedTuple):
    """What a change did to a function: what it was, the statements of it that went, and those that came."""

    before: Unit
    gone: tuple[Entry, ...]
    came: tuple[Entry, ...]


class Unsynced:
    """An edit that a copy of the same code did not get.

    ## What it does
    Reports an edit of a function that had a copy in the base, alike nearly to the letter, where the copy stays as it was
    although the edited statements stand in it too. The finding shows the edit that the copy lacks. It is information where
    the copy is marked as deprecated or legacy, and where one of the two is the other's asynchronous twin.

    ## Why it matters
    Whoever mends one copy believes the thing mended. The copy keeps the mistake, and nobody looks there again.

    ## What to do
    Make the same edit in the copy, or better, let both call one function.

    ## When to say no
    When the edit is about what makes the two different: `# partywall: ignore[duplication/unsynced] reason`.
    """

    name: ClassVar[str] = "duplication/unsynced"
    level: ClassVar[Level] = "warning"
    summary: ClassVar[str] = "an edit of one of several copies"
    options: ClassVar[type[msgspec.Struct]] = Thresholds
    examples: ClassVar[tuple[Example, ...]] = (
        Example(
            title="values are quoted in one of two exports",
            base={"shop/orders.py": _EXPORT, "shop/returns.py": _COPY},
            head={"shop/orders.py": _MENDED, "shop/returns.py": _COPY},
            findings=(("shop/orders.py", 5),),
        ),
        Example(
            title="both get the edit",
            base={"shop/orders.py": _EXPORT, "shop/returns.py": _COPY},
            head={"shop/orders.py": _MENDED, "shop/returns.py": _MENDED.replace("export_orders", "export_returns")},
        ),
    )

    def check(self, change: Change, options: Thresholds) -> Iterator[Finding]:
        """One finding for each edited function, with all copies that stayed behind.

        Where many functions part from their copies in the same other place, the place goes its own way: information.
        So is what lacks in copies that are all on their way out, or in its twin for other callers: it may be about them.
        """
        findings = list(self._found(change, options))
        places = Counter(_parting(change, finding) for finding in findings)
        for finding in findings:
            mild = (
                places[_parting(change, finding)] >= MANY
                or replaces(change, finding.place, *finding.related)
                or all(are_twins(finding.symbol, place.symbol) for place in finding.related)
            )
            yield replace(finding, level="info") if mild else finding

    def _found(self, change: Change, options: Thresholds) -> Iterator[Finding]:
        seeker = _Seeker(change)
        for file in sorted(file.path for file in change.files if file.path in change.head.facts and file.base_path):
            for number in change.head.clones.in_file(file):
                unit = change.head.clones.unit(number)
                edit = seeker.edit(unit)
                left = seeker.left_behind(edit) if edit is not None else []
                finding = options.graded(_finding(change, unit, edit, left)) if edit is not None and left else None
                if finding is not None:
                    yield finding


def _parting(change: Change, finding: Finding) -> tuple[str, str]:
    """The packages or modules at which the names of an edited function and of its copy part."""
    one, other = (change.head.module(path) for path in (finding.path, finding.related[0].path))
    apart = shared_parts(one, other) + 1
    return ".".join(one.split(".")[:apart]), ".".join(other.split(".")[:apart])


class _Seeker:
    def __init__(self, change: Change) -> None:
        self._change = change
        self._base, self._head = change.base.clones, change.head.clones
        self._origins = Origins(change)

    def edit(self, unit: Unit) -> Edit | None:
        """What the change did to a function of the head, None if that is nothing, too much, or not an edit."""
        before = self._origins.of(unit)
        if before is None or before.definition is None or unit.definition is None or is_prescribed(unit.definition):
            return None
        if before.definition.parameters != unit.definition.parameters:
            return None
        gone = _without(before.entries, unit.entries)
        came = _without(unit.entries, before.entries)
        kept = 1 - sum(entry.words for entry in gone) / before.words
        if not gone or not came or kept < KEPT or len(gone) + len(came) > MOST_EDITED:
            return None
        return Edit(before, gone, came)

    def left_behind(self, edit: Edit) -> list[tuple[Unit, float]]:
        """The copies that the function had in the base and that the head has as they were, and how sure that is."""
        before, found = edit.before, list[tuple[Unit, float]]()
        for number in self._candidates(before):
            other = self._base.unit(number)
            now = self._unchanged(other)
            if now is None or both_forward(before, other) or one_calls_the_other(before, other):
                continue
            sure = self._likeness(other, edit)
            if sure is not None:
                found.append((now, sure))
        return found

    def _candidates(self, unit: Unit) -> list[int]:
        worth = {entry.hash: bits(self._base, entry, entry) for entry in unit.entries}
        likely = sharing(self._base, worth, COMMON, LEAST_BITS)
        return [number for number in likely if self._base.unit(number) != unit]

    def _unchanged(self, other: Unit) -> Unit | None:
        """The function of the head that is this one of the base, to the letter."""
        if other.definition is None:
            return None
        paths = [file.path for file in self._change.files if file.base_path == other.path] or [other.path]
        units = (self._head.unit(number) for path in paths for number in self._head.in_file(path))
        same = next((unit for unit in units if unit.symbol == other.symbol), None)
        if same is None or [entry.exact for entry in same.entries] != [entry.exact for entry in other.entries]:
            return None
        return same

    def _likeness(self, other: Unit, edit: Edit) -> float | None:
        """How sure it is that the edit belongs into the other copy too; None where it does not apply there."""
        before = edit.before
        found = align_units(self._base, before, other)
        pairs = [(before.entries[i], other.entries[j]) for i, j in found.pairs]
        words = sum(entry.words for entry, _ in pairs)
        letter = sum(entry.words for entry, twin in pairs if entry.exact == twin.exact) / max(1, words)
        alike = min(words / before.words, sum(twin.words for _, twin in pairs) / other.words)
        if found.bits < LEAST_BITS or words < LEAST_WORDS or alike < ALIKE or letter < LETTER:
            return None
        there = {entry.exact for entry in other.entries}
        exact = {entry.exact for entry, twin in pairs if entry.exact == twin.exact}
        if not exact.issuperset(entry.exact for entry in edit.gone) or there.intersection(e.exact for e in edit.came):
            return None
        weight = 0.5 * math.log(found.bits / LEAST_BITS) + 8 * (alike - 0.9) + 6 * (letter - 0.9) + 1.0
        return logistic(weight)


def _without(ours: Sequence[Entry], theirs: Sequence[Entry]) -> tuple[Entry, ...]:
    """Those of our entries that they do not have to the letter, as often as we have them more often."""
    left = Counter(entry.exact for entry in theirs)
    found = []
    for entry in ours:
        if left[entry.exact]:
            left[entry.exact] -= 1
        else:
            found.append(entry)
    return tuple(found)


def _finding(change: Change, unit: Unit, edit: Edit, left: Sequence[tuple[Unit, float]]) -> Finding:
    start, end = min(entry.start for entry in edit.came), max(entry.end for entry in edit.came)
    places = tuple(other.place for other, _ in left)
    first = places[0]
    more = f" and {len(places) - 1} more" if len(places) > 1 else ""
    return Finding(
        rule=Unsynced.name,
        level=Unsynced.level,
        path=unit.path,
        start_line=start,
        end_line=end,
        symbol=unit.symbol,
        message=f"`{unit.symbol}` is edited, its copy `{first.symbol}` ({first.path}:{first.start_line}-{first.end_line}){more} "
        "stays as it was",
        advice="Make the same edit there, or let both call one function.",
        confidence=round(max(sure for _, sure in left), 2),
        related=places,
        key=(unit.symbol, first.symbol, change.base_path(first.path)),
        quotes=(quote(change.head.source(unit.path), unit.path, start, end), _stale(change, left[0][0], edit)),
    )


def _stale(change: Change, other: Unit, edit: Edit) -> Quote:
    """The lines of the copy that the edit would change: where what went still stands."""
    gone = {entry.exact for entry in edit.gone}
    held = [entry for entry in other.entries if entry.exact in gone]
    first, last = min(entry.start for entry in held), max(entry.end for entry in held)
    return quote(change.head.source(other.path), other.path, first, last)
