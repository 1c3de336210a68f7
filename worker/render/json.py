"""The report as JSON, stable from the first version (docs/json.md)."""

from __future__ import annotations

import msgspec

from rules.model import Finding, Report


class _Finding(msgspec.Struct, frozen=True):
    id: str
    rule: str
    level: str
    path: str
    start_line: int
    end_line: int
    symbol: str
    message: str
    advice: str
    confidence: float
    related: tuple[object, ...]
    edges: tuple[object, ...]
    suggestion: object | None


def render(report: Report) -> str:
    """The report as a JSON object; paths relative to the repository, lines 1-based and inclusive in the head tree."""
    return msgspec.json.format(msgspec.json.encode(as_object(report)), indent=2).decode()


def as_object(report: Report) -> dict[str, object]:
    """The report as what `render` writes."""
    table: dict[str, object] = msgspec.to_builtins(report)
    table["findings"] = [_public(finding) for finding in report.findings]
    return table


def _public(finding: Finding) -> _Finding:
    return _Finding(**{field: getattr(finding, field) for field in _Finding.__struct_fields__})
