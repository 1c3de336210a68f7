"""What becomes of findings, counted: each once for each thing that becomes of it, however often it is reviewed."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import NamedTuple

from bot.comments import Plan
from bot.conversation import Conversation
from bot.metrics import Tally
from bot.wording import rule_in
from rules.model import Finding, Report

COMMENTED, SUMMARY, ACCEPTED, FIXED = "commented", "summary only", "accepted", "fixed"


class Told(NamedTuple):
    """What a review of a pull request found and said. `left` are the findings that stand on the check run instead."""

    report: Report
    plan: Plan
    left: Collection[Finding]
    talk: Conversation


def count_findings(tally: Tally, subject: str, told: Told, rules: Collection[str]) -> None:
    """Counts what became of findings. Of a comment, only the names of `rules` are believed: it quotes other people."""
    for finding, rule, outcome in _outcomes(told):
        tally.once(subject, finding, "partywall_findings", rule if rule in rules else "unknown", outcome)


def _outcomes(told: Told) -> Iterator[tuple[str, str, str]]:
    """(finding's id, rule, what became of it)."""
    report, plan, left, talk = told
    untold = {finding.id for finding in left}
    written = {note.finding.id for note in (*plan.review, *plan.files)} - untold
    known = {remark.finding for remark in talk.remarks}
    for finding in report.findings:
        if finding.id in talk.accepted:
            yield finding.id, finding.rule, ACCEPTED
        elif finding.id in written:
            yield finding.id, finding.rule, COMMENTED
        elif finding.id not in known:
            yield finding.id, finding.rule, SUMMARY
    for remark in plan.close:
        yield remark.finding, rule_in(remark.body), FIXED
