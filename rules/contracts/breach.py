"""What a contract finds: a breach that the change makes, and which breaches only moved."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import NamedTuple, Protocol

from rules.change import Change
from rules.contracts.declared import Contract
from rules.graph import Graph
from rules.model import Edge, Place


class Breach(NamedTuple):
    """Something new that a contract forbids.

    `subject` says what it is in names: the importer and the imported name. `edges` begin with the import to blame,
    none where it is no import. `message` ends with what the contract says.
    """

    place: Place
    subject: tuple[str, str]
    message: str
    advice: str
    edges: tuple[Edge, ...] = ()


def at_edge(edge: Edge, subject: tuple[str, str], message: str, advice: str, more: Sequence[Edge] = ()) -> Breach:
    """A breach at the line of an import; `more` are the other edges to show."""
    place = Place(edge.path, edge.line, edge.line, edge.importer)
    return Breach(place, subject, message, advice, (edge, *(other for other in more if other != edge)))


class Enforced(Protocol):
    """A contract in force in one repository."""

    @property
    def contract(self) -> Contract:
        """What was declared."""
        ...

    def breaches(self, change: Change) -> Iterable[Breach]:
        """What the change breaks, in any order."""
        ...

    def obstacle(self, importer: str, imported: str, graph: Graph | None = None, /) -> str | None:
        """Why a module, existing or not, must not import another; None if it may.

        Ways through further modules count where a graph is given.
        """
        ...


class Dependency(NamedTuple):
    """A dependency that a contract forbids: who depends on what, and the packages that the two belong to."""

    source: str
    importer: str
    imported: str
    target: str


def without_moves(new: Iterable[Dependency], gone: Iterable[Dependency]) -> list[Dependency]:
    """The new dependencies without those that one that is gone makes up for, each for one.

    Moved are a dependency that was turned round, one on the same module out of the same package, and one of the same
    module on the same package.
    """
    left, rest = sorted(new), Counter(list(gone))
    alike: tuple[tuple[Callable[[Dependency], Hashable], Callable[[Dependency], Hashable]], ...] = (
        (lambda one: (one.importer, one.imported), lambda one: (one.imported, one.importer)),
        (lambda one: (one.source, one.imported), lambda one: (one.source, one.imported)),
        (lambda one: (one.importer, one.target), lambda one: (one.importer, one.target)),
    )
    for of_new, of_gone in alike:
        waiting: dict[Hashable, list[Dependency]] = {}
        for one in sorted(rest.elements()):
            waiting.setdefault(of_gone(one), []).append(one)
        kept = []
        for one in left:
            if made_up := waiting.get(of_new(one)):
                rest[made_up.pop()] -= 1
            else:
                kept.append(one)
        left = kept
    return left


def package_above(module: str) -> str:
    """The package that a module lies in."""
    return module.rpartition(".")[0]
