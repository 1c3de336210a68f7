"""The report for a person at a terminal: styled by rich where there is one, plain lines elsewhere."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import IO, NamedTuple

from rules.model import LEVELS, Finding, Quote, Report, Suggestion

QUOTED_LINES = 6
"""How many lines of a quote are shown; the rest is counted."""

LEVEL_COLOURS = {"error": "bold red", "warning": "bold yellow", "info": "bold cyan"}


class Line(NamedTuple):
    """A line of output as pieces of (text, rich style)."""

    pieces: tuple[tuple[str, str], ...]


def render(report: Report, stream: IO[str], *, colour: bool) -> None:
    """Writes the report to a stream, with rich's styles if `colour`."""
    write_lines(lines(report), stream, colour=colour)


def write_lines(found: Iterable[Line], stream: IO[str], *, colour: bool) -> None:
    """Writes lines to a stream, with rich's styles if `colour`."""
    if not colour:
        stream.writelines("".join(text for text, _ in line.pieces).rstrip() + "\n" for line in found)
        return
    from rich.console import Console
    from rich.text import Text

    console = Console(file=stream, highlight=False, soft_wrap=True)
    for line in found:
        console.print(Text.assemble(*line.pieces))


def lines(report: Report) -> Iterator[Line]:
    """The lines of the report."""
    for finding in report.findings:
        yield from _finding(finding)
        yield plain("")
    for note in report.notes:
        yield plain(f"note: {note}", "dim")
    yield from skipped_lines(report)
    yield plain(summary(report), "bold" if report.findings else "green")


def summary(report: Report) -> str:
    """One line: what was found, where, and what was looked at."""
    stats = report.stats
    counts = Counter(finding.level for finding in report.findings)
    found = ", ".join(
        f"{counts[level]} {level}{'s' * (counts[level] != 1 and level != 'info')}" for level in LEVELS if counts[level]
    )
    return (
        f"{found or 'nothing to say'} · {report.base[:12]}..{report.head[:12]} · {stats.changed_files} changed of {stats.files} files, "
        f"{stats.modules} modules, {stats.edges} imports · {stats.seconds:.2f} s"
    )


def _finding(finding: Finding) -> Iterator[Line]:
    place = f"{finding.path}:{finding.start_line}"
    yield Line(
        (
            (finding.level, LEVEL_COLOURS[finding.level]),
            ("  ", ""),
            (finding.rule, "bold"),
            ("  ", ""),
            (printable(place), "underline"),
        )
    )
    yield plain(f"  {finding.message}")
    for edge in finding.edges[1:] if len(finding.edges) > 1 else ():
        yield plain(f"      {edge.path}:{edge.line}  {edge.importer} → {edge.imported}", "dim")
    yield from _quotes(finding.quotes)
    if finding.advice:
        yield plain(f"  → {finding.advice}", "italic")
    yield from _suggestion(finding.suggestion)
    yield plain(f"  {finding.id}", "dim")


def _quotes(quotes: Sequence[Quote]) -> Iterator[Line]:
    for quote in quotes:
        yield plain(f"      {quote.path}:{quote.start_line}", "dim")
        for number, line in enumerate(quote.lines[:QUOTED_LINES], quote.start_line):
            yield plain(f"      {number:>5} │ {line}", "cyan")
        if len(quote.lines) > QUOTED_LINES:
            yield plain(f"            … {len(quote.lines) - QUOTED_LINES} more lines", "dim")


def _suggestion(suggestion: Suggestion | None) -> Iterator[Line]:
    if suggestion is not None:
        if suggestion.import_line:
            yield plain(f"      {suggestion.import_line}", "green")
        yield plain(f"      instead of lines {suggestion.start_line} to {suggestion.end_line}:", "dim")
        for line in suggestion.lines:
            yield plain(f"      {line}", "green")


def skipped_lines(report: Report) -> Iterator[Line]:
    """What was not read, and why."""
    if report.skipped:
        yield plain(
            f"skipped, wholly or in part: {len(report.skipped)} file{'s' * (len(report.skipped) != 1)}", "yellow"
        )
        for skipped in report.skipped:
            yield plain(f"  {skipped.path}: {skipped.reason}", "yellow")


def plain(text: str, style: str = "") -> Line:
    """A line in one style; what would be obeyed by a terminal is shown."""
    return Line(((printable(text), style),))


def printable(text: str) -> str:
    """Text of a repository made safe for a terminal: control characters are shown, not obeyed."""
    return "".join(
        char if char.isprintable() else "\t".expandtabs(4) if char == "\t" else f"\\x{ord(char):02x}" for char in text
    )
