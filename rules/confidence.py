"""From evidence to what is said: a weight becomes a confidence, a confidence a level. See docs/confidence.md."""

from __future__ import annotations

import math

import msgspec
from msgspec.structs import replace

from rules.model import Finding


def logistic(weight: float) -> float:
    """The probability, in [0, 1], that belongs to a sum of weighted evidence (log odds)."""
    return 1 / (1 + math.exp(-weight))


class Thresholds(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab"):
    """Findings below the confidence `report` are dropped, those below `warn` are information."""

    report: float = 0.6
    warn: float = 0.9

    def graded(self, finding: Finding) -> Finding | None:
        """The finding at the level that its confidence gives it, None if it is not to be said."""
        if finding.confidence < self.report:
            return None
        return finding if finding.confidence >= self.warn else replace(finding, level="info")
