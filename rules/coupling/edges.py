"""What the rules about coupling share: which edges are new, how a way is told, what lies between two packages."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

import msgspec

from rules.change import Change
from rules.graph import DEFERRED, Graph, Scopes, shared_parts
from rules.model import Edge, Scope

WRITTEN: Scopes = ("import", "lazy", "typing")
"""Imports that stand in the code as such; a name in a string is none."""

VERBS: Mapping[Scope, str] = {
    "import": "imports",
    "lazy": "imports",
    "typing": "imports for its types",
    "string": "names in a string",
}


class NoOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """This rule has no options."""


def fresh_edges(change: Change, scopes: Scopes) -> list[Edge]:
    """The new edges of a change without those that only moved along: when a module was split, or with a file.

    A file that moved may write an import as before that leads to a module by its new name alone.
    """
    split, base = change.split, change.base_graph

    def stood_before(edge: Edge) -> bool:
        importer, imported = split.get(edge.importer, edge.importer), split.get(edge.imported, edge.imported)
        return importer == imported or imported in base.out(importer, scopes) or _is_written_as_before(change, edge)

    return [edge for edge in change.new_edges(scopes) if not stood_before(edge)]


def _is_written_as_before(change: Change, edge: Edge) -> bool:
    path = change.base_path(edge.path)
    before, after = change.base.facts.get(path), change.facts(edge.path)
    if path in ("", edge.path) or before is None or after is None:
        return False
    known = {(item.module, item.name) for item in before.imports if not item.level}
    return any(item.line == edge.line and (item.module, item.name) in known for item in after.imports if not item.level)


def starts_program(change: Change, edge: Edge) -> bool:
    """Whether an import stands under `if __name__ == "__main__":`, where nobody runs it who imports the module."""
    return edge.scope == "lazy" and edge.line in program(change, edge.path)


def program(change: Change, path: str) -> range:
    """The lines under `if __name__ == "__main__":` in a file of the head."""
    found = _PROGRAM.search(change.head.source(path) or b"")
    if found is None:
        return range(0)
    first = found.string.count(b"\n", 0, found.start()) + 1
    return range(first, first + found[0].count(b"\n") + 1)


_PROGRAM = re.compile(rb"""^if +__name__ *== *["']__main__["'] *:.*\n?(?:[ \t].*\n?|\r?\n)*""", re.MULTILINE)


def knotted(change: Change, edges: Iterable[Edge]) -> set[Edge]:
    """The new edges between modules that led to each other before, function-level imports counted.

    Such modules were in one knot already; one more thread of it changes little.
    """
    split, base = change.split, change.cycle_graphs[0]
    ends = {edge: (split.get(edge.importer, edge.importer), split.get(edge.imported, edge.imported)) for edge in edges}
    knots = base.cycles(DEFERRED)
    return {edge for edge, (importer, imported) in ends.items() if imported in knots.get(importer, ())}


def packages_on_the_way(graph: Graph, importer: str, imported: str) -> Iterator[str]:
    """The packages that Python runs on the way to a module, without those that the importer lies in."""
    while imported := imported.rpartition(".")[0]:
        if imported in graph.modules and not f"{importer}.".startswith(f"{imported}."):
            yield imported


def arrows(edge: Edge, way: tuple[Edge, ...]) -> str:
    """The way back from where an edge leads, for a sentence."""
    return " → ".join([edge.imported, *(step.imported for step in way)])


def package_pair(edge: Edge) -> tuple[str, str] | None:
    """The two packages at the level where the names of importer and imported part; None where one contains the other."""
    one, other = edge.importer.split("."), edge.imported.split(".")
    apart = shared_parts(edge.importer, edge.imported) + 1
    return (".".join(one[:apart]), ".".join(other[:apart])) if apart <= min(len(one), len(other)) else None


def knows(graph: Graph, source: str, target: str, scopes: Scopes) -> bool:
    """Whether a module of the first package imports one of the second."""
    inside, targets = frozenset(graph.below(target)), graph.targets(scopes)
    return not all(inside.isdisjoint(targets[importer]) for importer in graph.below(source))


def between(graph: Graph, source: str, target: str, scopes: Scopes) -> list[Edge]:
    """One edge for each pair of modules that connects the first package to the second."""
    inside, targets = frozenset(graph.below(target)), graph.targets(scopes)
    return [
        graph.out(importer, scopes)[imported]
        for importer in graph.below(source)
        if not inside.isdisjoint(targets[importer])
        for imported in targets[importer]
        if imported in inside
    ]
