"""Module names and imports -> the import graph: edges with scope and line, reachability, cycles, shortest paths."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from functools import cached_property
from itertools import pairwise

from msgspec.structs import replace

from rules.circles import Differing, circles_after, circles_in, ranks, rows_without_ancestors
from rules.model import SCOPES, Edge, Scope
from rules.rows import Rows, Table, neighbours, shortest_way, turned

Scopes = tuple[Scope, ...]

RUNTIME: Scopes = ("import",)
DEFERRED: Scopes = ("import", "lazy")


def shared_parts(one: str, other: str) -> int:
    """How many leading parts two dotted names share."""
    pairs = zip(one.split("."), other.split("."), strict=False)
    return next((i for i, (a, b) in enumerate(pairs) if a != b), min(one.count("."), other.count(".")) + 1)


Row = dict[str, Edge]
"""imported -> the first edge to it, of one importer"""


class Graph:
    """An import graph. `modules` maps the dotted names of all modules to their paths."""

    def __init__(
        self,
        modules: Mapping[str, str],
        edges_of: Callable[[str], tuple[Edge, ...]],
        leaving: Callable[[str], tuple[Edge, ...]] = lambda _: (),
        rows_of: Callable[[Scopes], Iterable[tuple[str, Collection[str]]]] | None = None,
        like: tuple[Graph, Collection[str]] | None = None,
        ranks_of: Callable[[Scopes], Mapping[str, int] | None] = lambda _: None,
    ) -> None:
        """edges_of: importer -> its edges in source order, several for one pair where it has several lines.

        leaving: importer -> its edges to dotted names that are not of the repository.
        rows_of: what the edges of each importer in some scopes lead to, each once and in their order, where that is
        known without the edges.
        like: another graph, and the importers that do not have the same edges there, or are missing on one side. Of
        the others nothing is asked here.
        ranks_of: the ranks (see `rules.circles.ranks`) in some scopes, None where they are not known; of the graph
        `without_ancestors()`.
        """
        self.modules = modules
        self._edges_of = edges_of
        self._leaving = leaving
        self._rows_of = rows_of
        self._like = like[0] if like else None
        self._differing = frozenset(like[1]) if like else frozenset()
        self._root: Graph = like[0]._root if like else self
        self._unlike_root: frozenset[str] = self._differing | (like[0]._unlike_root if like else frozenset())
        self._ranks_of = ranks_of
        self._own_ranks_of: Callable[[Scopes], Mapping[str, int] | None] = lambda _: None
        self._edges: dict[str, tuple[Edge, ...]] = {}
        self._cycles: dict[Scopes, Mapping[str, frozenset[str]]] = {}
        self._known_ranks: dict[Scopes, Mapping[str, int]] = {}
        self._rows: dict[Scopes, dict[str, Row]] = {}
        self._targets: dict[Scopes, Table] = {}
        self._importers: dict[Scopes, Table] = {}

    def edges_of(self, importer: str) -> tuple[Edge, ...]:
        """All edges of one importer, in source order."""
        if self._like is not None and importer not in self._differing:
            return self._like.edges_of(importer)
        known = self._edges.get(importer)
        if known is None:
            known = self._edges[importer] = self._edges_of(importer)
        return known

    def leaving(self, importer: str) -> tuple[Edge, ...]:
        """The edges of one importer to dotted names that are not of the repository."""
        if self._like is not None and importer not in self._differing:
            return self._like.leaving(importer)
        return self._leaving(importer)

    def edges(self) -> Iterator[Edge]:
        """All edges, by importer."""
        for importer in sorted(self.modules):
            yield from self.edges_of(importer)

    def out(self, importer: str, scopes: Scopes) -> Row:
        """imported -> the first edge to it, counting only edges of these scopes."""
        if self._like is not None and importer not in self._differing:
            return self._like.out(importer, scopes)
        rows = self._rows.setdefault(scopes, {})
        row = rows.get(importer)
        if row is None:
            row = rows[importer] = {}
            for edge in self.edges_of(importer):
                if edge.scope in scopes and edge.imported not in row:
                    row[edge.imported] = edge
        return row

    def targets(self, scopes: Scopes) -> Rows:
        """importer -> what it imports in these scopes. No edges are made for it."""
        known = self._targets.get(scopes)
        if known is None:
            known = self._targets[scopes] = self._find_targets(scopes)
        return known

    def _find_targets(self, scopes: Scopes) -> Table:
        if self._like is None:
            if self._rows_of is not None:
                return Table(self._rows_of(scopes))
            return Table((module, tuple(self.out(module, scopes))) for module in self.modules)
        rows = Table(self._like.targets(scopes))
        for module in self._differing:
            if module in self.modules:
                rows[module] = tuple(self.out(module, scopes))
            else:
                rows.pop(module, None)
        return rows

    def importers(self, scopes: Scopes) -> Rows:
        """imported -> who imports it in these scopes."""
        known = self._importers.get(scopes)
        if known is None:
            known = self._importers[scopes] = self._find_importers(scopes)
        return known

    def _find_importers(self, scopes: Scopes) -> Table:
        targets = self.targets(scopes)
        if self._like is None:
            return Table(turned(targets, self.modules))
        before, columns = self._like.targets(scopes), Table(self._like.importers(scopes))
        own = turned(targets, (module for module in self.modules if module in self._differing))
        for name in neighbours(self._differing, before).union(own):
            column = [*(module for module in columns[name] if module not in self._differing), *own.get(name, ())]
            if column:
                columns[name] = column
            else:
                columns.pop(name, None)
        return columns

    def into(self, imported: str, scopes: Scopes) -> Row:
        """importer -> its first edge to `imported`. The first call reads the whole graph."""
        return {importer: self.out(importer, scopes)[imported] for importer in self.importers(scopes).get(imported, ())}

    def below(self, package: str) -> Iterator[str]:
        """The modules of a package, itself included, in order."""
        i = bisect_left(self._sorted, package)
        while i < len(self._sorted) and self._sorted[i].startswith(package):
            if self._sorted[i] == package or self._sorted[i][len(package)] == ".":
                yield self._sorted[i]
            i += 1

    @cached_property
    def _sorted(self) -> list[str]:
        return sorted(self.modules)

    def renamed(self, names: Mapping[str, str]) -> Graph:
        """The same graph with modules under other names; `names` maps old to new, the rest keep theirs.

        Several modules may take one name: they are then one module, with the imports of all of them.
        """
        if not names:
            return self
        paths = {name: path for name, path in self.modules.items() if name not in names}
        sources = {new: [new] if new in paths else [] for new in names.values()}
        for old in self.modules:
            if old in names:
                sources[names[old]].append(old)
                paths.setdefault(names[old], self.modules[old])
        takers = neighbours(names, self.importers(SCOPES)).difference(names)

        def named(importer: str, edges_of: Callable[[str], tuple[Edge, ...]]) -> tuple[Edge, ...]:
            edges = (edge for name in sources.get(importer, (importer,)) for edge in edges_of(name))
            found = (
                replace(edge, importer=importer, imported=names.get(edge.imported, edge.imported)) for edge in edges
            )
            return tuple(edge for edge in found if edge.imported != importer)

        return Graph(
            paths,
            lambda importer: named(importer, self.edges_of),
            lambda importer: named(importer, self.leaving),
            like=(self, {*names, *sources, *takers}),
        )

    def with_edges(self, rows: Mapping[str, tuple[Edge, ...]], modules: Mapping[str, str]) -> Graph:
        """The same graph with other edges for some importers, and with further modules (name -> path)."""

        return Graph({**self.modules, **modules}, rows.__getitem__, self.leaving, like=(self, rows.keys()))

    def without_ancestors(self) -> Graph:
        """The same graph without imports of packages by what lies below them.

        Python imports those packages before the importer anyway, so such an edge adds no dependency; cycles over a
        package's own `__init__` are a matter of style.
        """
        return self._without_ancestors

    @cached_property
    def _without_ancestors(self) -> Graph:
        graph = Graph(
            self.modules,
            lambda importer: tuple(e for e in self.edges_of(importer) if not importer.startswith(e.imported + ".")),
            rows_of=lambda scopes: rows_without_ancestors(self.targets(scopes)),
            like=(self._like.without_ancestors(), self._differing) if self._like is not None else None,
        )
        graph._own_ranks_of = self._ranks_of
        return graph

    def shortest_path(self, start: str, goal: str, scopes: Scopes) -> tuple[Edge, ...] | None:
        """The edges of a shortest way from `start` to `goal`, of several the first by name; None where there is none."""
        way = shortest_way(start, goal, self.targets(scopes), self.importers(scopes))
        return None if way is None else tuple(self.out(one, scopes)[other] for one, other in pairwise(way))

    def cycles(self, scopes: Scopes) -> Mapping[str, frozenset[str]]:
        """module -> the cycle it is in, for all modules that are in one."""
        known = self._cycles.get(scopes)
        if known is None:
            known = self._cycles[scopes] = self._find_cycles(scopes)
        return known

    def _find_cycles(self, scopes: Scopes) -> Mapping[str, frozenset[str]]:
        rows, root = self.targets(scopes), self._root
        if root is self:
            return circles_in(self._ranks(scopes))
        return circles_after(
            root.cycles(scopes),
            root._ranks(scopes),
            Differing(self._unlike_root, root.targets(scopes), rows, lambda: self.importers(scopes)),
            self.modules.keys(),
        )

    @property
    def order(self) -> Mapping[str, int]:
        """A number for most modules; most imports lead to a higher one."""
        root = self._root
        return root._ranks_of(DEFERRED) or root._ranks(DEFERRED)

    def _ranks(self, scopes: Scopes) -> Mapping[str, int]:
        known = self._known_ranks.get(scopes)
        if known is None:
            given = self._own_ranks_of(scopes)
            known = self._known_ranks[scopes] = ranks(self.targets(scopes)) if given is None else given
        return known
