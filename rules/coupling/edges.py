"""What the rules about coupling share: which edges are new, how a way is told, what lies between two packages."""

from __future__ import annotations

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
    """The new edges of a change without those that only moved along when a module was split."""
    split, base = change.split, change.base_graph
    if not split:
        return change.new_edges(scopes)

    def stood_before(edge: Edge) -> bool:
        importer, imported = split.get(edge.importer, edge.importer), split.get(edge.imported, edge.imported)
        return importer == imported or imported in base.out(importer, scopes)

    return [edge for edge in change.new_edges(scopes) if not stood_before(edge)]


def knotted(change: Change, edges: Iterable[Edge]) -> set[Edge]:
    """The new edges between modules that led to each other before, function-level imports counted.

    Such modules were in one knot already; one more thread of it changes little.
    """
    split, base = change.split, change.cycle_graphs[0]
    ends = {edge: (split.get(edge.importer, edge.importer), split.get(edge.imported, edge.imported)) for edge in edges}
    knots = base.cycles(DEFERRED)
    return {edge for edge, (importer, imported) in ends.items() if imported in knots.get(importer, ())}


ESTABLISHED = 2
"""So many pairs of modules like it make one more no news."""


def is_one_more(base: Graph, lazy: Edge, back: Edge) -> bool:
    """Whether a cycle of two modules, one import of it inside a function, only adds to those that the base has.

    A module that loads others like this one when they are asked for - backends, plug-ins - does so by design; so do
    modules of one package that all take the same thing, inside functions, from one that imports them.
    """
    hub, other = lazy.importer, back.importer
    loaded = (name for name, edge in base.out(hub, DEFERRED).items() if edge.scope == "lazy" and _beside(name, other))
    takers = (name for name in base.importers(DEFERRED).get(back.importer, ()) if _beside(name, hub))
    return (
        sum(hub in base.out(name, RUNTIME) for name in loaded) >= ESTABLISHED
        or sum(base.out(name, DEFERRED)[other].scope == "lazy" and name in base.out(other, RUNTIME) for name in takers)
        >= ESTABLISHED
    )


def _beside(one: str, other: str) -> bool:
    return one != other and one.rpartition(".")[0] == other.rpartition(".")[0] != ""


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
