"""How much of what: findings counted by level, rule and contract."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from rules.contracts.rule import ContractRule
from rules.model import LEVELS, Finding, Level


class Count(msgspec.Struct, frozen=True, kw_only=True):
    """So many findings of one level, one rule and, for contracts, one contract ('' elsewhere)."""

    level: Level
    rule: str
    contract: str
    count: int


def contract_of(finding: Finding) -> str:
    """The name of the contract that a finding is about, '' where it is about none."""
    return finding.key[0] if finding.rule == ContractRule.name else ""


def tally(findings: Iterable[Finding]) -> tuple[Count, ...]:
    """The counts, worst level first, then the greatest."""
    counts: dict[tuple[Level, str, str], int] = {}
    for finding in findings:
        kind = finding.level, finding.rule, contract_of(finding)
        counts[kind] = counts.get(kind, 0) + 1
    found = [
        Count(level=level, rule=rule, contract=contract, count=count)
        for (level, rule, contract), count in counts.items()
    ]
    return tuple(sorted(found, key=lambda one: (LEVELS.index(one.level), -one.count, one.rule, one.contract)))
