"""The report as SARIF 2.1.0, as code scanning services take it."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from urllib.parse import quote

import msgspec

from rules.model import Finding, Report
from rules.review import REVIEW_RULES
from rules.rule import Rule

_LEVELS = {"error": "error", "warning": "warning", "info": "note"}
SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def render(report: Report, rules: Sequence[Rule], version: str) -> str:
    """One run with the rules, the findings with their ids as fingerprints, and what was skipped as notifications."""
    log = {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": {"name": "partywall", "version": version, "rules": _rules(rules)}},
                "results": [_result(finding) for finding in report.findings],
                "invocations": [
                    {
                        "executionSuccessful": True,
                        "toolExecutionNotifications": [_notification(s.path, s.reason) for s in report.skipped],
                    }
                ],
                "columnKind": "unicodeCodePoints",
                "properties": {"base": report.base, "head": report.head, "notes": report.notes},
            }
        ],
    }
    return msgspec.json.format(msgspec.json.encode(log), indent=2).decode()


def _rules(rules: Sequence[Rule]) -> list[object]:
    own = [
        {
            "id": rule.name,
            "shortDescription": {"text": rule.summary},
            "help": {"text": inspect.getdoc(rule) or rule.summary, "markdown": inspect.getdoc(rule) or rule.summary},
            "defaultConfiguration": {"level": _LEVELS[rule.level]},
        }
        for rule in rules
    ]
    return [*own, *({"id": name, "shortDescription": {"text": summary}} for name, summary in REVIEW_RULES.items())]


def _result(finding: Finding) -> dict[str, object]:
    return {
        "ruleId": finding.rule,
        "level": _LEVELS[finding.level],
        "message": {"text": f"{finding.message}. {finding.advice}".strip()},
        "locations": [_location(finding.path, finding.start_line, finding.end_line)],
        "relatedLocations": [
            *(_location(place.path, place.start_line, place.end_line, place.symbol) for place in finding.related),
            *(
                _location(edge.path, edge.line, edge.line, f"{edge.importer} imports {edge.imported}")
                for edge in finding.edges
            ),
        ],
        "partialFingerprints": {"partywall/v1": finding.id},
        "rank": round(finding.confidence * 100, 1),
    }


def _location(path: str, start: int, end: int, message: str = "") -> dict[str, object]:
    place: dict[str, object] = {
        "physicalLocation": {"artifactLocation": {"uri": quote(path)}, "region": {"startLine": start, "endLine": end}},
    }
    return {**place, "message": {"text": message}} if message else place


def _notification(path: str, reason: str) -> dict[str, object]:
    return {
        "level": "warning",
        "message": {"text": f"skipped: {reason}"},
        "locations": [{"physicalLocation": {"artifactLocation": {"uri": quote(path)}}}],
    }
