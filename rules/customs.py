"""What the methods of one name have in common in a repository: a custom, and one more that keeps it up is no copy."""

from __future__ import annotations

from rules.change import Change
from rules.clones import Unit
from rules.likeness import WHOLE
from rules.matches import COMMON, Match

OTHERS = 5
"""What so many other classes have in their methods of one name is how such a method is written here."""

ALL = 0.8
"""Of two methods that share so much each, both have their middle in common, too."""


class Customs:
    """The customs of the base of a change."""

    def __init__(self, change: Change) -> None:
        self._change = change
        self._index = change.base.clones

    def explain(self, match: Match) -> bool:
        """Whether two methods of one name share no more than the frame that many methods of that name have.

        Methods that are alike as wholes are copies, whatever stands elsewhere.
        """
        one, other = match.new.unit, match.old.unit
        name = _method(one)
        if not name or _method(other) != name or min(match.coverage, match.old_coverage) >= ALL:
            return False
        theirs = {entry.hash for entry in other.entries}
        shared = [entry for entry in one.entries if entry.hash in theirs]
        customary = sum(entry.words for entry in shared if self._is_customary(entry.hash, one, other))
        return customary >= WHOLE * sum(entry.words for entry in shared)

    def _is_customary(self, statement: int, one: Unit, other: Unit) -> bool:
        """Whether a statement stands in methods of this name of many classes besides the two."""
        count = self._index.count(statement)
        if not OTHERS <= count <= COMMON:
            return count > COMMON
        units = map(self._index.unit, self._index.holders(statement))
        two = {(self._change.base_path(unit.path), unit.symbol) for unit in (one, other)}
        places = {(unit.path, unit.symbol) for unit in units if _method(unit) == _method(one)}
        return len(places - two) >= OTHERS


def _method(unit: Unit) -> str:
    """The name of a method, '' for what is none."""
    owner, _, name = unit.symbol.rpartition(".")
    return name if owner else ""
