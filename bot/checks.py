"""What a check run says: its conclusion, title, summary and annotations. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Literal, NamedTuple

from bot import markers
from bot.picturing import picture_of
from bot.wording import Place, headline
from rules.model import LEVELS, Finding, Level, Link, Report
from worker.drawing.text import as_mermaid
from worker.render.markdown import code, escape, fenced, prose

Conclusion = Literal["success", "failure", "neutral", "cancelled", "timed_out"]

LONGEST = 65_000
"""Bytes of a summary; GitHub takes 65,535."""

MOST_ANNOTATIONS = 50
"""How many annotations GitHub takes in one request."""

ACCEPTABLE = 1_000
"""How many findings the button accepts at once: their ids have to fit below the summary."""

_LISTED = 200
_SPARE = 1_000
_DRAWN = 40
_ANNOTATION = {"error": "failure", "warning": "warning", "info": "notice"}
_TITLE, _MESSAGE, _REASON = 255, 60_000, 2_000


class Outcome(NamedTuple):
    """What a finished check run says."""

    conclusion: Conclusion
    title: str
    summary: str


class Looked(NamedTuple):
    """What a summary is made of. `written` are ids of findings with a comment, `settled` those a person settled.

    `authors` says who wrote the change, '' for nothing to say; `blocking` are the levels that make the check fail.
    """

    report: Report
    place: Place
    accepted: Mapping[str, str]
    written: Collection[str]
    settled: Collection[str]
    blocking: Sequence[Level]
    authors: str = ""


def outcome(looked: Looked) -> Outcome:
    """The outcome of a review: failure where a finding blocks, neutral where one is worth a look, else success."""
    open_findings = [finding for finding in looked.report.findings if finding.id not in looked.accepted]
    levels = {finding.level for finding in open_findings}
    conclusion: Conclusion = "success"
    if levels.intersection(looked.blocking):
        conclusion = "failure"
    elif levels - {"info"}:
        conclusion = "neutral"
    ids = [finding.id for finding in open_findings if finding.level != "info"][:ACCEPTABLE]
    hidden = f"\n{markers.still_open(ids)}" if ids else ""
    text = _fit(_summary(looked, open_findings), LONGEST - len(hidden))  # the ids are ASCII
    return Outcome(conclusion, _title(open_findings, looked.report), text + hidden)


def word(report: Report) -> str:
    """What came of a review in a word, for the log."""
    return f"reviewed: {len(report.findings)} findings" if report.findings else "reviewed"


def not_reviewed(reason: str, head: str, conclusion: Conclusion = "failure") -> Outcome:
    """The outcome where nothing could be reviewed, and why; never a success."""
    text = f"Nothing was reviewed at {code(head)}: {prose(reason[:_REASON])}\n\nTo try again, answer `/partywall review` or press *Re-run*."
    return Outcome(conclusion, "Could not review", text)


def waiting(reason: str, head: str) -> tuple[str, str]:
    """The title and the summary of a check run whose review failed and is tried again."""
    text = f"{code(head)} could not be reviewed yet: {prose(reason[:_REASON])}\n\nIt is tried again by itself."
    return "Waiting to be tried again", text


def stopped(reason: str, head: str) -> Outcome:
    """The outcome of a review that was stopped because it is of no use any more."""
    return Outcome("cancelled", "Stopped", f"The review of {code(head)} was stopped: {escape(reason[:_REASON])}.")


def not_again(said: Outcome, reason: str) -> Outcome:
    """The outcome of a further review that was stopped: what the one before said."""
    text = f"Not reviewed again: {escape(reason[:_REASON])}.\n\n"
    return said._replace(summary=_cut(text + said.summary.removeprefix(text), LONGEST))


def as_annotations(findings: Sequence[Finding]) -> list[dict[str, object]]:
    """Findings as GitHub's annotations, in order."""
    return [
        {
            "path": finding.path,
            "start_line": finding.start_line,
            "end_line": finding.end_line,
            "annotation_level": _ANNOTATION[finding.level],
            "title": finding.rule[:_TITLE],
            "message": _cut(f"{finding.message}. {finding.advice}".strip(), _MESSAGE),
        }
        for finding in findings
    ]


def _title(findings: Sequence[Finding], report: Report) -> str:
    counts = Counter(finding.level for finding in findings)
    words = {"error": ("error", "errors"), "warning": ("warning", "warnings"), "info": ("note", "notes")}
    said = [f"{counts[level]} {words[level][counts[level] != 1]}" for level in LEVELS if counts[level]]
    if said:
        return ", ".join(said)
    return "Nothing to say" if report.stats.changed_files else "No Python file changed"


class _Part(NamedTuple):
    """A part of a summary: a heading, '' for none, and what stands below it, each shown whole or not at all.

    `more` is how many there are that are not among the items: nobody reads thousands of lines.
    """

    heading: str
    items: Sequence[str]
    more: int = 0
    between: str = "\n"


def _summary(looked: Looked, findings: Sequence[Finding]) -> Iterator[_Part]:
    report, stats = looked.report, looked.report.stats
    about = (
        f"Reviewed {code(report.head)} against {code(report.base)}: {stats.changed_files} changed of {stats.files} Python "
        f"files, {stats.modules} modules, {stats.edges} imports."
    )
    said = [finding for finding in report.findings if finding.id in looked.accepted]
    yield _Part("", [about])
    yield _Part("", [f"> {prose(note)}" for note in report.notes[:_LISTED]], len(report.notes[_LISTED:]), "\n\n")
    yield _Part("", [looked.authors] if looked.authors else [])
    yield _Part("### Findings", [_line(finding, looked) for finding in findings[:_LISTED]], len(findings[_LISTED:]))
    yield _Part("### Accepted", [_accepted(finding, looked) for finding in said[:_LISTED]], len(said[_LISTED:]))
    yield _Part("### Coupling", [picture(report.links)] if report.links else [])
    yield _Part(
        f"### Skipped, wholly or in part: {len(report.skipped)}",
        [f"- {code(skip.path)}: {escape(skip.reason)}" for skip in report.skipped[:_LISTED]],
        len(report.skipped[_LISTED:]),
    )


def _accepted(finding: Finding, looked: Looked) -> str:
    return f"- {headline(finding, looked.place)} {code(finding.id)}: {escape(looked.accepted[finding.id][:300])}"


def _line(finding: Finding, looked: Looked) -> str:
    state = " (commented)" if finding.id in looked.written else ""
    state = " (settled in the conversation)" if finding.id in looked.settled else state
    where = looked.place.link(finding.path, finding.start_line, finding.end_line)
    return f"- {headline(finding, looked.place)} {where} {code(finding.id)}{state}"


def picture(links: Sequence[Link]) -> str:
    """The components between which imports came or went, as a Mermaid flowchart."""
    drawn = picture_of(links, _DRAWN)
    rest = max(0, len(links) - _DRAWN)
    note = f"\n\nand {rest} more pairs of components" if rest else ""
    text = fenced(as_mermaid(drawn, counted=True), "mermaid")
    return f"Imports that come (+) and go (−), in pairs of modules:\n\n{text}{note}"


def _fit(parts: Iterator[_Part], most: int) -> str:
    """The parts one below the other, in so many bytes; says of each how much of it had to go."""
    text = ""
    for part in (part for part in parts if part.items):
        shown, room = list[str](), most - _SPARE - _size(text) - _size(part.heading)
        for item in part.items:
            room -= _size(item) + len(part.between)
            if room < 0:
                break
            shown.append(item)
        rest = part.more + len(part.items) - len(shown)
        if rest:
            shown.append(f"- and {rest} more; `partywall check` lists them all")
        text = "\n\n".join(filter(None, (text, part.heading, part.between.join(shown))))
    return text


def _size(text: str) -> int:
    return len(text.encode("utf-8", "replace"))


def _cut(text: str, most: int) -> str:
    """As much of a text as fits into so many bytes."""
    return text.encode("utf-8", "replace")[:most].decode("utf-8", "ignore")
