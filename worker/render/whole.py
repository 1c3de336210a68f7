"""The findings of a whole tree: counts first, then some of each kind."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import IO

import msgspec

from rules.model import Finding, Report
from rules.tally import Count, contract_of, tally
from worker.render.json import as_object
from worker.render.text import LEVEL_COLOURS, Line, plain, printable, skipped_lines, write_lines

SHOWN = 3
"""So many findings of each kind are shown; JSON has them all."""


def render_json(report: Report) -> str:
    """The report as JSON, with `counts` beside the findings."""
    table = {**as_object(report), "counts": tally(report.findings)}
    return msgspec.json.format(msgspec.json.encode(table), indent=2).decode()


def render_text(report: Report, stream: IO[str], *, colour: bool) -> None:
    """Writes a table of the counts, and the first findings of each kind, to a stream."""
    write_lines(lines(report), stream, colour=colour)


def lines(report: Report) -> Iterator[Line]:
    """The lines of the report."""
    counts = tally(report.findings)
    if counts:
        yield from _table(counts)
        yield plain("")
    for count in counts:
        yield from _some(count, [f for f in report.findings if _kind(f) == (count.level, count.rule, count.contract)])
        yield plain("")
    for note in report.notes:
        yield plain(f"note: {note}", "dim")
    yield from skipped_lines(report)
    stats, found = report.stats, len(report.findings)
    yield plain(
        f"{found or 'no'} finding{'s' * (found != 1)} in the whole of {report.head[:12]} · {stats.files} files, "
        f"{stats.modules} modules, {stats.edges} imports · {stats.seconds:.2f} s",
        "bold" if report.findings else "green",
    )


def _kind(finding: Finding) -> tuple[str, str, str]:
    return finding.level, finding.rule, contract_of(finding)


def _table(counts: Sequence[Count]) -> Iterator[Line]:
    rule_width = max(len("rule"), *(len(count.rule) for count in counts))
    yield plain(f"{'count':>7}  {'level':<7}  {'rule':<{rule_width}}  contract", "dim")
    for count in counts:
        yield Line(
            (
                (f"{count.count:>7}  ", "bold"),
                (f"{count.level:<7}", LEVEL_COLOURS[count.level]),
                (f"  {count.rule:<{rule_width}}  {printable(count.contract)}", ""),
            )
        )


def _some(count: Count, findings: Sequence[Finding]) -> Iterator[Line]:
    yield Line(((count.rule, "bold"), (f"  {printable(count.contract)}" if count.contract else "", "")))
    for finding in findings[:SHOWN]:
        yield plain(f"  {finding.path}:{finding.start_line}  {finding.message}")
    if len(findings) > SHOWN:
        yield plain(f"  … and {len(findings) - SHOWN} more; --format json has them all", "dim")
