"""A proposed contract with its evidence, and how evidence is counted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from rules.change import Change
from rules.config import ConfigError
from rules.contracts.breach import Breach
from rules.contracts.declared import Contract
from rules.contracts.enforce import enforce
from rules.graph import Graph


class Past(NamedTuple):
    """The import graph of an older tree, and the words for when that was."""

    when: str
    graph: Graph


class Proposal(NamedTuple):
    """A contract, the sentences that speak for it, and the imports of the tree that break it."""

    contract: Contract
    evidence: tuple[str, ...]
    breaches: tuple[Breach, ...]


class Open(NamedTuple):
    """A contract for people to finish: its name, why it is not in force, and the contract or lines like it."""

    name: str
    why: str
    contract: Contract | tuple[str, ...]


class Draft(NamedTuple):
    """What is proposed, sentences about the tree and about what is not proposed, and contracts to be finished."""

    proposals: tuple[Proposal, ...]
    remarks: tuple[str, ...]
    open: tuple[Open, ...] = ()


def breaches_of(contract: Contract, tree: Change) -> tuple[Breach, ...] | None:
    """The imports of a whole tree that break a contract, by place; None where the contract is none in this tree."""
    try:
        (enforced,) = enforce([contract], tree, "")
    except ConfigError:
        return None
    return tuple(
        sorted(enforced.breaches(tree), key=lambda breach: (breach.place.path, breach.place.start_line, breach.subject))
    )


def count(number: int, word: str) -> str:
    """A number with its noun: `1 import`, `2 imports`."""
    return f"{number:,} {word}{'s' * (number != 1)}"


def listed(names: Iterable[str], most: int = 6) -> str:
    """Names in a sentence; beyond `most` of them, how many more there are."""
    given = list(names)
    if len(given) > most:
        return f"{', '.join(given[:most])} and {len(given) - most} more"
    return " and ".join(filter(None, (", ".join(given[:-1]), *given[-1:])))


def over_time(past: Sequence[Past], counted: Sequence[tuple[int, int]], today: tuple[int, int]) -> tuple[str, ...]:
    """Sentences on how (agreeing, disagreeing) imports stood in older trees against today; newest first."""
    known = [(one.when, agree, against) for one, (agree, against) in zip(past, counted, strict=True) if agree + against]
    if not known:
        return ("in none of the older trees that were looked at did these packages import each other",) if past else ()
    kept = [when for when, _, against in known if not against]
    words = [f"{when}: {agree} agreed, {against} did not" for when, agree, against in known if against]
    if not words:
        return (f"kept without exception {listed(kept)}",)
    worst = max(against for _, _, against in known)
    repaired = (f"of {worst} that once disagreed {today[1]} are left",) if worst > today[1] else ()
    return (*words, *((f"kept without exception {listed(kept)}",) if kept else ()), *repaired)
