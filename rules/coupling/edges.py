"""What the rules about coupling share: which edges are new, how a way is told, what lies between two packages."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

import msgspec

from rules.change import Change
from rules.graph import DEFERRED, RUNTIME, Graph, Scopes, shared_parts
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
    """The new edges of a change without those that only moved along with the code around them, or start a program.

    What moved is what a module was split into, and a function-level import whose function or class came from a module
    that was in a cycle with what it imports already. What stands under `if __name__ == "__main__":` is not run by who
    imports the module.
    """
    split, base = change.split, change.base_graph

    def stood_before(edge: Edge) -> bool:
        importer, imported = split.get(edge.importer, edge.importer), split.get(edge.imported, edge.imported)
        return (
            importer == imported
            or imported in base.out(importer, scopes)
            or (edge.scope == "lazy" and (_came_along(change, edge) or edge.line in program(change, edge.path)))
        )

    return [edge for edge in change.new_edges(scopes) if not stood_before(edge)]


def _came_along(change: Change, edge: Edge) -> bool:
    facts, base = change.facts(edge.path), change.base_graph
    around = (
        {d.name for d in facts.definitions if d.start <= edge.line <= d.end and "." not in d.name} if facts else set()
    )
    return any(
        around & names
        and edge.imported in base.out(old, DEFERRED)
        and base.shortest_path(edge.imported, old, DEFERRED) is not None
        for old, names in change.lost.items()
    )


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
    knots = base.cycles(dict.fromkeys(importer for importer, _ in ends.values()), DEFERRED)
    return {edge for edge, (importer, imported) in ends.items() if imported in knots.get(importer, ())}


ESTABLISHED = 2
"""So many pairs of modules like it make one more no news."""


def is_one_more(base: Graph, lazy: Edge, back: Edge) -> bool:
    """Whether a cycle of two modules, one import of it inside a function, only adds to those that the base has.

    A module that loads others like this one when they are asked for - backends, plug-ins - does so by design; so do
    modules of one package that all take the same thing, inside functions, from one that imports them.
    """
    hub, other = lazy.importer, back.importer
    loaded = (name for name, edge in base.out(hub, DEFERRED).items() if edge.scope == "lazy" and beside(name, other))
    takers = (name for name in base.importers(DEFERRED).get(back.importer, ()) if beside(name, hub))
    return (
        sum(hub in base.out(name, RUNTIME) for name in loaded) >= ESTABLISHED
        or sum(base.out(name, DEFERRED)[other].scope == "lazy" and name in base.out(other, RUNTIME) for name in takers)
        >= ESTABLISHED
    )


def beside(one: str, other: str) -> bool:
    """Whether two modules lie side by side in one package."""
    return one != other and one.rpartition(".")[0] == other.rpartition(".")[0] != ""


def arrows(edge: Edge, way: tuple[Edge, ...]) -> str:
    """The way back from where an edge leads, for a sentence."""
    return " → ".join([edge.imported, *(step.imported for step in way)])


def package_pair(edge: Edge) -> tuple[str, str] | None:
    """The two packages at the level where the names of importer and imported part; None where one contains the other."""
    one, other = edge.importer.split("."), edge.imported.split(".")
    apart = shared_parts(edge.importer, edge.imported) + 1
    return (".".join(one[:apart]), ".".join(other[:apart])) if apart <= min(len(one), len(other)) else None


def between(graph: Graph, source: str, target: str, scopes: Scopes) -> list[Edge]:
    """One edge for each pair of modules that connects the first package to the second."""
    return [
        edge
        for importer in graph.below(source)
        for imported, edge in graph.out(importer, scopes).items()
        if imported == target or imported.startswith(target + ".")
    ]
