"""What a check run says: its conclusion, title, summary and annotations. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import islice
from typing import Literal, NamedTuple

from bot.wording import Place, headline
from rules.model import LEVELS, Finding, Level, Link, Report
from worker.render.markdown import code, escape, prose

Conclusion = Literal["success", "failure", "neutral", "cancelled", "timed_out"]

LONGEST = 65_000
"""Characters of a summary; GitHub takes 65,535."""

MOST_ANNOTATIONS = 50
"""How many annotations GitHub takes in one request."""

OPEN = re.compile(r"<!-- partywall:open=([0-9a-f,]+) -->\s*\Z")
"""Which findings a summary leaves open, for the button that accepts them; at its end, as code may be quoted above."""

_OFFERED = 1_000
"""How many findings the button accepts at once: the comment that it leaves names each twice."""

_LISTED = 200
_DRAWN = 40
_ANNOTATION = {"error": "failure", "warning": "warning", "info": "notice"}
_TITLE, _MESSAGE = 255, 16_000
"""Characters; GitHub takes 64 kB of a message, and a character may be four bytes."""


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
    ids = ",".join([finding.id for finding in open_findings if finding.level != "info"][:_OFFERED])
    hidden = f"\n<!-- partywall:open={ids} -->" if ids else ""
    text = _fit(_summary(looked, open_findings), LONGEST - len(hidden))
    return Outcome(conclusion, _title(open_findings, looked.report), text + hidden)


def word(report: Report) -> str:
    """What came of a review in a word, for the log."""
    return f"reviewed: {len(report.findings)} findings" if report.findings else "reviewed"


def not_reviewed(reason: str, head: str, conclusion: Conclusion = "failure") -> Outcome:
    """The outcome where nothing could be reviewed, and why; never a success."""
    text = f"Nothing was reviewed at {code(head)}: {prose(reason)}\n\nTo try again, answer `/partywall review` or press *Re-run*."
    return Outcome(conclusion, "Could not review", text)


def stopped(reason: str, head: str) -> Outcome:
    """The outcome of a review that was stopped because it is of no use any more."""
    return Outcome("cancelled", "Stopped", f"The review of {code(head)} was stopped: {escape(reason)}.")


def as_annotations(findings: Sequence[Finding]) -> list[dict[str, object]]:
    """Findings as GitHub's annotations, in order."""
    return [
        {
            "path": finding.path,
            "start_line": finding.start_line,
            "end_line": finding.end_line,
            "annotation_level": _ANNOTATION[finding.level],
            "title": finding.rule[:_TITLE],
            "message": f"{finding.message}. {finding.advice}".strip()[:_MESSAGE],
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


def _summary(looked: Looked, findings: Sequence[Finding]) -> Iterator[str]:
    report = looked.report
    stats = report.stats
    yield (
        f"Reviewed {code(report.head)} against {code(report.base)}: {stats.changed_files} changed of {stats.files} Python "
        f"files, {stats.modules} modules, {stats.edges} imports."
    )
    yield from (f"> {prose(note)}" for note in report.notes)
    if looked.authors:
        yield looked.authors
    if findings:
        yield "### Findings"
        yield _listed(len(findings), (_line(finding, looked) for finding in findings))
    said = [finding for finding in report.findings if finding.id in looked.accepted]
    if said:
        yield "### Accepted"
        yield _listed(len(said), (_accepted(finding, looked) for finding in said))
    if report.links:
        yield "### Coupling"
        yield picture(report.links)
    if report.skipped:
        yield f"### Skipped, wholly or in part: {len(report.skipped)}"
        yield _listed(len(report.skipped), (f"- {code(skip.path)}: {escape(skip.reason)}" for skip in report.skipped))


def _line(finding: Finding, looked: Looked) -> str:
    state = " (commented)" if finding.id in looked.written else ""
    state = " (settled in the conversation)" if finding.id in looked.settled else state
    where = looked.place.link(finding.path, finding.start_line, finding.end_line)
    return f"- {headline(finding, looked.place)} {where} {code(finding.id)}{state}"


def _accepted(finding: Finding, looked: Looked) -> str:
    return f"- {headline(finding, looked.place)} {code(finding.id)}: {escape(looked.accepted[finding.id][:300])}"


def _listed(count: int, lines: Iterator[str]) -> str:
    more = count - _LISTED
    said = [f"- and {more} more; `partywall check` lists them all"] if more > 0 else []
    return "\n".join([*islice(lines, _LISTED), *said])


def picture(links: Sequence[Link]) -> str:
    """The components between which imports came or went, as a Mermaid flowchart."""
    shown = sorted(links, key=lambda link: (-link.added, -link.removed, link))[:_DRAWN]
    names = sorted({name for link in shown for name in (link.importer, link.imported)})
    keys = {name: f"c{number}" for number, name in enumerate(names)}
    lines = ["```mermaid", "flowchart LR"]
    lines += [f'  {keys[name]}["{_label(name)}"]' for name in names]
    for link in shown:
        count = " ".join(filter(None, (f"+{link.added}" * bool(link.added), f"−{link.removed}" * bool(link.removed))))
        arrow = "==>" if link.added else "-.->"
        lines.append(f'  {keys[link.importer]} {arrow}|"{count}"| {keys[link.imported]}')
    lines.append("```")
    rest = len(links) - len(shown)
    note = f"\n\nand {rest} more pairs of components" if rest else ""
    return "Imports that come (+) and go (−), in pairs of modules:\n\n" + "\n".join(lines) + note


def _label(name: str) -> str:
    """A component's name, without what means something to Mermaid."""
    return re.sub(r"[^\w./ -]", "_", name)[:100]


def _fit(parts: Iterator[str], most: int) -> str:
    """The parts one below the other, `most` characters of them; says how much had to go."""
    text, cut = "", 0
    for part in parts:
        lines = [part] if "```" in part else part.split("\n")
        kept = 0
        for line in lines:
            if len(text) + len(line) + 2 > most - 200:
                break
            text = f"{text}{_between(text, first=not kept)}{line}"
            kept += 1
        cut += len(lines) - kept
    return f"{text}\n\nThere was no room for {cut} more lines; `partywall check` shows them." if cut else text


def _between(text: str, *, first: bool) -> str:
    return "" if not text else "\n\n" if first else "\n"
