"""The report as GitHub Actions workflow commands: annotations on the changed lines."""

from __future__ import annotations

from rules.model import Report

_COMMANDS = {"error": "error", "warning": "warning", "info": "notice"}


def render(report: Report) -> str:
    """One command for each finding, one notice for what was skipped."""
    lines = []
    for finding in report.findings:
        place = f"file={_property(finding.path)},line={finding.start_line},endLine={finding.end_line},title={_property(finding.rule)}"
        text = _data(f"{finding.message}\n{finding.advice}".strip())
        lines.append(f"::{_COMMANDS[finding.level]} {place}::{text}\n")
    lines.extend(
        f"::notice file={_property(skipped.path)},title=partywall skipped::{_data(skipped.reason)}\n"
        for skipped in report.skipped
    )
    return "".join(lines)


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
