"""The report as Markdown, for job summaries and comments. Everything quoted from the repository is escaped."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rules.model import Finding, Report
from worker.render.text import QUOTED_LINES, summary

_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]+")
"""What ends a line, or makes what follows look other than it is."""


def render(report: Report) -> str:
    """A heading, the findings worst first, and what was looked at."""
    return "\n".join(_lines(report)) + "\n"


def _lines(report: Report) -> Iterator[str]:
    yield "## Partywall"
    yield ""
    for finding in report.findings:
        yield from _finding(finding)
        yield ""
    yield from (f"> {escape(note)}" for note in report.notes)
    if report.skipped:
        yield ""
        yield f"Skipped, wholly or in part: {len(report.skipped)}"
        yield ""
        yield from (f"- {code(skipped.path)}: {escape(skipped.reason)}" for skipped in report.skipped)
        yield ""
    yield escape(summary(report))


def _finding(finding: Finding) -> Iterator[str]:
    yield f"### {finding.level}: {finding.rule}"
    yield ""
    yield f"{prose(finding.message)}. {code(f'{finding.path}:{finding.start_line}-{finding.end_line}')}"
    if len(finding.edges) > 1:
        yield ""
        yield from (
            f"- {code(f'{edge.path}:{edge.line}')} {code(edge.importer)} → {code(edge.imported)}"
            for edge in finding.edges
        )
    for quote in finding.quotes:
        yield ""
        yield f"{code(f'{quote.path}:{quote.start_line}')}"
        yield fenced(
            "\n".join(quote.lines[:QUOTED_LINES]) + ("\n…" if len(quote.lines) > QUOTED_LINES else ""), "python"
        )
    if finding.advice:
        yield ""
        yield prose(finding.advice)
    if finding.suggestion is not None:
        suggestion = finding.suggestion
        yield ""
        yield f"Instead of lines {suggestion.start_line} to {suggestion.end_line}:"
        added = (suggestion.import_line, "") if suggestion.import_line else ()
        yield fenced("\n".join((*added, *suggestion.lines)), "python")


def code(text: str) -> str:
    """Text as an inline code span that nothing in it can end."""
    line = _CONTROLS.sub(" ", text) or " "
    longest = max((len(run) for run in re.findall(r"`+", line)), default=0)
    fence = "`" * (longest + 1)
    return f"{fence} {line} {fence}" if "`" in line else f"`{line}`"


def fenced(text: str, language: str) -> str:
    """Text as a fenced block that nothing in it can end."""
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{text}\n{fence}"


def escape(text: str) -> str:
    """Text without meaning as Markdown or HTML, and without mentions of people and of issues."""
    line = _CONTROLS.sub(" ", text)
    return (
        re.sub(r"([\\`*_{}\[\]<>()#+!|~@&-])", r"\\\1", line)
        .replace("\\@", "@\u200b")
        .replace("\\#", "#\u200b")
        .replace("\\-", "-")
        .replace("\\(", "(")
        .replace("\\)", ")")
    )


def prose(text: str) -> str:
    """One of our own sentences: what stands between single backticks becomes code, the rest is escaped."""
    parts = text.split("`")
    if len(parts) % 2 == 0:
        return escape(text)
    return "".join(code(part) if i % 2 else escape(part) for i, part in enumerate(parts))
