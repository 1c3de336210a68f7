"""What a change breaks of the base's contracts and allows by editing them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

from rules.change import Change
from rules.config import ConfigError
from rules.contracts.adopted import Later
from rules.contracts.breach import Breach
from rules.contracts.enforce import enforce
from rules.model import Finding, Level

ADVICE = "Have those who answer for the walls agree before this is merged; whoever reviews the imports may not see that a wall moved."
SHOWN = 3
_LIFTED = "lifted"


class Lifting:
    """Tells which breaches the contracts forbid no longer once the change is merged."""

    def __init__(self, later: Later | None, change: Change, file: str) -> None:
        """later: None where the change edits no contract. file: where our own stand."""
        self._later = later
        self._change = change
        self._file = file

    def lifts(self, breach: Breach) -> bool:
        """Whether none of the contracts that the change leaves forbids it."""
        return self._later is not None and self._left is not None and breach.subject not in self._left

    @cached_property
    def _left(self) -> set[tuple[str, str]] | None:
        """What the later contracts forbid of the change; None where they cannot be used."""
        assert self._later is not None
        try:
            later = enforce(self._later.contracts, self._change, self._file, self._later.adopted)
            return {breach.subject for enforced in later for breach in enforced.breaches(self._change)}
        except ConfigError:
            return None


def lifted(rule: str, level: Level, file: str, breaches: Sequence[Breach]) -> Finding:
    """One finding for all that a change allows itself by editing a file of contracts."""
    first = min(breaches, key=lambda one: (one.place.path, one.place.start_line))
    pairs = dict.fromkeys(f"`{one.subject[0]}` → `{one.subject[1]}`" for one in breaches)
    shown = ", ".join([*pairs][:SHOWN]) + (f" and {len(pairs) - SHOWN} more" if len(pairs) > SHOWN else "")
    what = "what this change adds" if len(pairs) == 1 else f"{len(pairs)} things that this change adds"
    return Finding(
        rule=rule,
        level=level,
        path=first.place.path,
        start_line=first.place.start_line,
        end_line=first.place.end_line,
        symbol=first.place.symbol,
        message=f"until now {file} forbids {what}, and the change edits it so that it does not: {shown}",
        advice=ADVICE,
        edges=tuple(edge for one in breaches for edge in one.edges[:1]),
        key=(file, _LIFTED),
    )


def is_about_lifting(finding: Finding) -> bool:
    """Whether a finding is about contracts that the change edits, not about one import."""
    return finding.key[1:] == (_LIFTED,)
