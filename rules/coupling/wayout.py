"""The smallest way out of a finding about coupling: a move that was tried on the graph of the head."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import cached_property, lru_cache

from msgspec.structs import replace

from rules.change import Change
from rules.coupling.edges import WRITTEN, between
from rules.coupling.expected import ESTABLISHED, came_along, is_expected, is_harmless, what_runs
from rules.coupling.moves import Cut, Move, Moves, quoted
from rules.coupling.parts import are_mixed
from rules.coupling.users import moving_users
from rules.graph import DEFERRED
from rules.model import Edge, Finding
from rules.rows import Rows, flooded

CYCLES = ("coupling/cycle", "coupling/hidden-cycle")
REVERSAL = "coupling/reversal"
FIRST_EDGE = "coupling/first-edge"
"""What it says of an import may stay: that there is one."""

MAX_EDGES = 3
"""A direction that turns on more imports at once turns on no single name."""

MOST = 10
"""So many findings of a review, the worst, are worth the search; more have other reasons than one import."""

PLAIN = 2
"""Of a cycle of so many modules everybody sees what it is; a longer one needs a move to be worth a word."""

FEW = 3
"""So many names can be passed in."""

Check = Callable[[Change], Iterable[Finding]]
"""What the rules about imports say of a change."""


class WaysOut:
    """Finds ways out of the findings of one change; reads and computes nothing before it is asked."""

    def __init__(self, change: Change, check: Check) -> None:
        self._change = change
        self._check = check
        self._moves = Moves(change)
        self._known: frozenset[tuple[str, ...]] | None = None
        self._are_mixed = lru_cache(maxsize=None)(lambda above: are_mixed(change, above, ESTABLISHED))
        self._left = MOST

    def advise(self, finding: Finding) -> Finding:
        """The finding with advice that holds in this repository; as it was where no move is certain.

        A cycle is information then, unless it is two modules that import each other at import time; so is an import
        inside a function against a direction: nobody knows what to do about it.
        So is what the base leads one to expect, unless other import lines alone mend it.
        To be asked about the worst first: the search costs a review of the imports for each move, and ends after MOST.
        """
        if not self._is_ours(finding):
            return finding
        move = None
        if self._left:
            self._left -= 1
            move = self.find(finding)
        is_cheap = move is not None and move.certain and not move.modules
        if finding.level != "info" and (_is_open(finding, move) or self._is_expected(finding, is_cheap=is_cheap)):
            finding = replace(finding, level="info")
        return finding if move is None else replace(finding, advice=_with_rest(move.advice, finding.advice))

    def _is_expected(self, finding: Finding, *, is_cheap: bool) -> bool:
        """is_cheap: other import lines alone mend it."""
        if finding.rule == REVERSAL:
            edge = finding.edges[0]
            return self._moves.is_for_types(edge) or (not is_cheap and is_harmless(self._change, edge, *finding.key))
        if _is_of_packages(finding):
            return self._are_mixed(self._change.components.of(finding.key[0]).rpartition(".")[0])
        cycle = _cycle(finding)
        moved = all(came_along(self._change, edge) for edge in _new(finding, cycle))
        return moved or (not is_cheap and is_expected(self._change, cycle, self._run))

    @cached_property
    def _run(self) -> Rows:
        return what_runs(self._change.cycle_graphs[0])

    def find(self, finding: Finding) -> Move | None:
        """The first move after which the finding is gone and the rules say nothing that they did not say before."""
        if not self._is_ours(finding):
            return None
        for move in self._candidates(finding):
            supposed = self._change.supposing(move.rows, move.modules)
            if self._holds(finding, move, supposed):
                return self._ending(finding, move, supposed) if move.certain else move
        return None

    def _is_ours(self, finding: Finding) -> bool:
        return finding.rule in (*CYCLES, REVERSAL) and not self._change.whole

    def _candidates(self, finding: Finding) -> Iterator[Move]:
        for cuts in self._cuts(finding):
            for near in (True, False):
                if (move := self._moves.cutting(cuts, near=near)) is not None:
                    yield move
        if finding.rule in CYCLES:
            for cuts in self._cuts(finding):
                if (move := moving_users(self._change, self._moves, cuts)) is not None:
                    yield move
            yield from self._weakest(_cycle(finding))

    def _cuts(self, finding: Finding) -> Iterator[list[Cut]]:
        """What could be cut, at once each: all that is new first, then each older edge of the cycle."""
        if finding.rule == REVERSAL:
            source, target = finding.key
            turned = {
                (edge.importer, edge.imported) for edge in between(self._change.head.graph, source, target, WRITTEN)
            }
            if len(turned) <= MAX_EDGES:
                yield sorted(turned)
            return
        cycle = _cycle(finding)
        for edges in (_new(finding, cycle), *([edge] for edge in cycle[1:])):
            yield list(dict.fromkeys((edge.importer, edge.imported) for edge in edges))

    def _weakest(self, cycle: list[Edge]) -> Iterator[Move]:
        """The cycle without the edge that takes the fewest names, where those are few."""
        taken: list[tuple[int, int, Edge, list[str]]] = []
        for number, edge in enumerate(cycle):
            source = self._moves.source(edge.importer)
            items = source.takes(edge.imported) if source is not None else None
            if items is None:
                return
            names = [item.name for item in items if not item.idle]
            taken.append((len(names), number, edge, names))
        count, number, edge, names = min(taken, key=lambda item: item[:2])
        if 0 < count <= FEW:
            cut: Cut = edge.importer, edge.imported
            yield self._moves.without(cut, _passed_in(edge, names, taken, self._age(edge, number)))

    def _age(self, edge: Edge, number: int) -> str:
        """What tells an edge of the cycle from the others."""
        if number == 0:
            return "new"
        pairs = {(one.importer, one.imported) for one in self._change.new_edges(DEFERRED)}
        return "other new" if (edge.importer, edge.imported) in pairs else "older"

    def _holds(self, finding: Finding, move: Move, supposed: Change) -> bool:
        """Whether the rules, asked again, say less: not this, nothing else of the same import, and nothing new."""
        if self._known is None:
            self._known = frozenset(map(_meaning, self._check(self._change)))
        if move.certain and finding.rule in CYCLES and self._goes_on(finding, move, supposed):
            return False
        pair = _pair(finding)
        after = list(self._check(supposed))
        known = self._known - {_meaning(finding)}
        return all(
            (_meaning(other) in known and (other.rule == FIRST_EDGE or _pair(other) != pair))
            or (other.rule == REVERSAL and other.edges[0].scope == "typing" and _meaning(other) == _meaning(finding))
            for other in after
        )

    def _goes_on(self, finding: Finding, move: Move, supposed: Change) -> bool:
        """Whether a cycle is left after all, which the rules do not tell: a long one that imports inside functions close,
        or one over a package that Python runs on the way to what is imported."""
        new, split = finding.edges[0], self._change.split
        base, head = self._change.cycle_graphs[0], supposed.cycle_graphs[1]
        after, before = head.cycles(DEFERRED), base.cycles(DEFERRED)
        if any(module in after for module in move.modules):
            return True
        if new.imported not in head.targets(DEFERRED)[new.importer]:
            return False
        one, other = (split.get(name, name) for name in (new.importer, new.imported))
        is_tied = new.imported in after.get(new.importer, ()) and other not in before.get(one, ())
        return is_tied or new.importer in flooded([new.imported], what_runs(head))

    def _ending(self, finding: Finding, move: Move, supposed: Change) -> Move:
        """The move with what it comes to in the graph that it leaves."""
        if finding.rule == REVERSAL:
            outcome = "That keeps the direction and closes no cycle."
        else:
            new = finding.edges[0]
            is_tied = new.imported in supposed.cycle_graphs[1].cycles(DEFERRED).get(new.importer, ())
            stays = "; longer ways round, which the base has as well, stay" if is_tied else ""
            outcome = f"That takes the cycle away and closes no other{stays}."
        return move._replace(advice=f"{move.advice} {outcome}")


def _is_open(finding: Finding, move: Move | None) -> bool:
    """Whether nobody knows what to do: no move is certain, and it is not two modules that import each other at import
    time, or an import at import time against a direction."""
    if move is not None and move.certain:
        return False
    if finding.rule not in CYCLES:
        return finding.edges[0].scope == "lazy"
    cycle = _cycle(finding)
    return len(cycle) > PLAIN or _is_of_packages(finding) or any(edge.scope == "lazy" for edge in cycle)


def _is_of_packages(finding: Finding) -> bool:
    """Whether a cycle is one of packages, of which the rule is less sure than of one of modules."""
    return finding.confidence < 1


def _cycle(finding: Finding) -> list[Edge]:
    """The edges of the cycle that a finding tells, the new one first."""
    found = [finding.edges[0]]
    for edge in finding.edges[1:]:
        if found[-1].imported == found[0].importer or edge.importer != found[-1].imported:
            break
        found.append(edge)
    return found


def _new(finding: Finding, cycle: list[Edge]) -> list[Edge]:
    """The new edges of a finding: that of its cycle, and those that hide further ones."""
    importer = finding.edges[0].importer
    others = finding.edges[len(cycle) :] if finding.rule == "coupling/hidden-cycle" else ()
    return [cycle[0], *(edge for edge in others if edge.importer == importer and edge.scope == "lazy")]


def _passed_in(edge: Edge, names: list[str], taken: list[tuple[int, int, Edge, list[str]]], age: str) -> str:
    others = [len(more) for _, _, other, more in taken if other is not edge]
    against = (
        f", the way back on {others[0]} names" if len(taken) == 2 and age == "new" and others[0] > len(names) else ""
    )
    return (
        f"The {age} import of `{edge.imported}` by `{edge.importer}` ({edge.path}:{edge.line}) is the "
        f"weakest link: it stands on {quoted(names)} alone{against}. Pass {'it' if len(names) == 1 else 'them'} in there, or move "
        f"what uses {'it' if len(names) == 1 else 'them'} out of `{edge.importer}`."
    )


def _with_rest(advice: str, old: str) -> str:
    """The advice, and what the old one says about other rules."""
    _, found, rest = old.partition("Mending this also settles ")
    return f"{advice} {found}{rest}".strip()


def _pair(finding: Finding) -> tuple[str, str]:
    return finding.edges[0].importer, finding.edges[0].imported


def _meaning(finding: Finding) -> tuple[str, ...]:
    return finding.rule, *finding.key
