"""Findings about duplication that say the same of the same code: one of them is enough."""

from __future__ import annotations

from collections.abc import Iterable

from rules.families import MANY
from rules.model import LEVELS, Finding, Place

_IN_OTHER_WORDS = "duplication/reimplementation"
_PRECEDENCE = ("duplication/unsynced", "duplication/copy", _IN_OTHER_WORDS)
"""Of two findings at one level the more certain one stays: an edit that lacks, shared statements, then what is inferred."""


def told_once(findings: Iterable[Finding]) -> list[Finding]:
    """The findings without those about duplication that a worse one about the same two places says already.

    A function written again in other words needs no word where its file is told to repeat many functions of the other file.
    """
    kept: list[Finding] = []
    told: list[Finding] = []
    for finding in sorted(findings, key=_order):
        if finding.rule in _PRECEDENCE:
            if any(_says(other, finding) for other in told):
                continue
            told.append(finding)
        kept.append(finding)
    return kept


def _order(finding: Finding) -> tuple[int, int]:
    return LEVELS.index(finding.level), _PRECEDENCE.index(finding.rule) if finding.rule in _PRECEDENCE else 0


def _says(told: Finding, other: Finding) -> bool:
    """Whether a finding that is told already says what the other one would."""
    if told.rule == other.rule or told.path != other.path:
        return False
    pairs = ((one, another) for one in told.related for another in other.related)
    alike = [(one, another) for one, another in pairs if one.path == another.path]
    told_of = {(one.path, one.symbol) for one, _ in alike if one.path != told.path}
    if other.rule == _IN_OTHER_WORDS and len(told_of) >= MANY:
        return True
    return _overlap(told.place, other.place) and any(_overlap(one, another) for one, another in alike)


def _overlap(one: Place, other: Place) -> bool:
    return one.start_line <= other.end_line and other.start_line <= one.end_line
