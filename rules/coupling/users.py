"""A move of what uses an import: functions that nothing else of their module needs go to a module of their own."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from msgspec.structs import replace

from rules.change import Change
from rules.coupling.moves import MOVED_LINES, MOVED_NAMES, Cut, Move, Moves, quoted
from rules.coupling.source import Needs, Source
from rules.graph import DEFERRED
from rules.identity import defined
from rules.model import Edge, Facts

MOST_TAKERS = 200
"""Where more modules import the old one, nobody looks through them all."""


def moving_users(change: Change, moves: Moves, cuts: Iterable[Cut]) -> Move | None:
    """The move that ends some dependencies of one module by moving what uses them out of it; None where none is certain."""
    wanted = list(cuts)
    importer, targets = wanted[0][0], {imported for _, imported in wanted}
    source = moves.source(importer)
    users = source.users(targets) if source is not None and {one for one, _ in wanted} == {importer} else None
    if source is None or users is None or not source.is_alone(users):
        return None
    needs, stay = _needs(source, users)
    takers = _takers(change, moves, importer, users) if needs is not None else None
    new = moves.new_module(importer, importer, {})
    if needs is None or takers is None or not new:
        return None
    path = f"{new.replace('.', '/')}.py"
    row = {replace(edge, importer=new, path=path) for edge in needs.edges}
    if stay:
        row.add(Edge(new, importer, path, 1, "import"))
    kept = tuple(e for e in moves.graph.edges_of(importer) if e.imported not in targets or e.scope not in DEFERRED)
    rows = {importer: kept, new: tuple(sorted(row))}
    for edge in takers:
        rows[edge.importer] = (*moves.graph.edges_of(edge.importer), replace(edge, imported=new))
    return Move(_told(importer, users, needs.names - users, new), rows, {new: path})


def _needs(source: Source, users: frozenset[str]) -> tuple[Needs | None, set[str]]:
    """What goes along with what is to move, private helpers of it alone, and what stays; None where that is much."""
    stay = set[str]()

    def stays(name: str) -> bool:
        if name not in users and not (name.startswith("_") and source.is_alone({*users, name}, name)):
            stay.add(name)
        return name in stay

    needs = source.needs(users, stays)
    few = needs is not None and len(needs.names) <= MOVED_NAMES and needs.lines <= min(MOVED_LINES, source.lines // 2)
    return needs if few else None, stay


def _takers(change: Change, moves: Moves, importer: str, users: frozenset[str]) -> list[Edge] | None:
    """The edges of those who take what is to move; None where that is not certain."""
    graph, head = moves.graph, change.head
    others: Collection[str] = graph.importers(DEFERRED).get(importer, ())
    path = change.base_graph.modules.get(importer, "")
    if users.isdisjoint(defined(change.base.facts.get(path))):
        others = set(others).intersection(change.touched)
    if len(others) > MOST_TAKERS:
        return None
    found = list[Edge]()
    for other in sorted(others):
        if not _may_take(head.facts.get(graph.modules[other]), importer, users):
            continue
        source = moves.source(other)
        taken = source.takes(importer) if source is not None else None
        if source is None or (taken is None and (source.is_open or any(map(source.mentions, users)))):
            return None
        if users.intersection(item.name for item in taken or ()):
            found.append(graph.out(other, DEFERRED)[importer])
    return found


def _may_take(facts: Facts | None, importer: str, users: frozenset[str]) -> bool:
    """Whether a module imports one of some names, or all that a module has, whichever way."""
    last = importer.rpartition(".")[2]
    return facts is None or any(
        item.name in users or item.name in ("*", last) or (not item.name and item.module.endswith(last))
        for item in facts.imports
    )


def _told(importer: str, users: frozenset[str], company: Collection[str], new: str) -> str:
    package = new.rpartition(".")[0]
    helpers = f" with {quoted(sorted(company))}" if company else ""
    them = "it" if len(users) + len(company) == 1 else "them"
    return (
        f"Move {quoted(sorted(users))}{helpers} from `{importer}` to a new module{f' of `{package}`' if package else ''}: "
        f"nothing else of `{importer}` uses {them}."
    )
