"""What a rule looks at: two snapshots of a repository and what changed between them."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property

import msgspec

from rules.bounds import Bounds, bounded
from rules.clones import CloneIndex
from rules.components import Components, find_components
from rules.graph import Graph
from rules.identity import Sides, defined, made_packages, merged, split_off, unmade_packages
from rules.layout import Layout
from rules.model import Edge, Facts, Hunk, Scope
from rules.overlay import Overlay
from rules.resolver import Reach


def with_packages(modules: Iterable[str]) -> frozenset[str]:
    """Dotted names, and those of the packages above them."""
    found = fresh = set(modules)
    while fresh:
        fresh = {name.rpartition(".")[0] for name in fresh} - found
        found |= fresh
    return frozenset(found - {""})


class Snapshot:
    """The reviewed Python files of one tree."""

    def __init__(
        self,
        overlay: Overlay,
        facts: Mapping[str, Facts],
        source: Callable[[str], bytes | None],
        supposed: Graph | None = None,
    ) -> None:
        """facts: path -> facts of every file. source: path -> bytes, None where they are not to be had.

        supposed: a graph to look at instead of the tree's own.
        """
        self.overlay = overlay
        self._supposed = supposed
        self.facts = facts
        self.source = source

    @property
    def layout(self) -> Layout:
        """The module names."""
        return self.overlay.layout

    @property
    def graph(self) -> Graph:
        """The import graph."""
        return self._supposed or self.overlay.graph

    @property
    def clones(self) -> CloneIndex:
        """The duplication index."""
        return self.overlay.clones

    def module(self, path: str) -> str:
        """The module name of a path, the path itself where it has none."""
        return self.layout.names.get(path, path)


class FileChange(msgspec.Struct, frozen=True):
    """A file that differs. `base_path` is '' for a new one, `path` for a deleted one; they differ after a rename."""

    path: str
    base_path: str
    hunks: tuple[Hunk, ...]


class Lines:
    """A set of line numbers, made of inclusive ranges."""

    def __init__(self, ranges: Iterable[tuple[int, int]]) -> None:
        self.ranges = sorted(ranges)
        self._starts = [start for start, _ in self.ranges]

    def __contains__(self, line: int) -> bool:
        i = bisect_right(self._starts, line) - 1
        return i >= 0 and line <= self.ranges[i][1]

    def touches(self, start: int, end: int) -> bool:
        """Whether any line from `start` to `end` is in the set."""
        i = bisect_right(self._starts, end) - 1
        return i >= 0 and self.ranges[i][1] >= start


class Change:
    """Two snapshots, what differs between them, and the lines that the change added."""

    def __init__(
        self,
        base: Snapshot,
        head: Snapshot,
        files: Iterable[FileChange],
        *,
        whole: bool = False,
        bounds: Bounds | None = None,
        wider: Change | None = None,
        messages: Callable[[], Sequence[str]] = tuple,
    ) -> None:
        """whole: the head is looked at as a whole; the base is empty, and nothing is older than anything else.

        bounds: the part of the repository that the graphs show, None for all of it. wider: the same change with files
        that are not reviewed, but that contracts of other tools are about; None where there are no such files.
        messages: what the commits of the change say; nothing where that is not known.
        """
        self.base = base
        self.head = head
        self.whole = whole
        self.bounds = bounds
        self.wider = wider
        self._messages = messages
        self.files = tuple(files)
        self._supposed = frozenset[str]()
        self._by_path = {file.path: file for file in self.files if file.path in head.facts}

    @cached_property
    def messages(self) -> tuple[str, ...]:
        """What the commits of the change say, as far as that is known."""
        return tuple(self._messages())

    @cached_property
    def names(self) -> frozenset[str]:
        """The dotted names of all modules of base and head, by their names in the head, and of the packages above them."""
        return with_packages({*self.base_graph.modules, *self.head.graph.modules})

    @cached_property
    def renames(self) -> dict[str, str]:
        """Old module name -> new one, for files that the change moved."""
        old, new = self.base.layout.names, self.head.layout.names
        moved = [
            (old[file.base_path], new[file.path]) for file in self.files if file.base_path in old and file.path in new
        ]
        return {before: after for before, after in moved if before != after}

    @cached_property
    def moved(self) -> dict[str, str]:
        """Old module name -> the module of the head that goes on as it: renamed ones, and those merged into another."""
        head = self.head.layout.names
        gone = set(self.base.layout.names.values()).difference(head.values(), self.renames)
        if not gone or self.whole:
            return self.renames
        defined_there = {
            name: defined(self.base.facts.get(path)) for path, name in self.base.layout.names.items() if name in gone
        }
        gained = {head[path]: names for path, names in self._definitions(self.head, self.base).items() if path in head}
        found = merged(defined_there, gained)
        found |= unmade_packages(self.base.graph.renamed(self.renames).modules, self.head.graph.modules)
        return {**self.renames, **{old: new for old, new in found.items() if old in gone}}

    def _definitions(self, one: Snapshot, other: Snapshot) -> Sides:
        """Path of `one` -> what the file defines there and not in `other`, for files that differ."""
        paths = [
            (file.path, file.base_path) if one is self.head else (file.base_path, file.path) for file in self.files
        ]
        found = ((path, defined(one.facts.get(path)) - defined(other.facts.get(others))) for path, others in paths)
        return {path: names for path, names in found if names}

    @property
    def imports(self) -> str:
        """The verb for a new import; in a whole tree nothing is new."""
        return "imports" if self.whole else "now imports"

    def claim(self, importer: str, imported: str, scope: Scope) -> str:
        """That one module imports another or a name, or names it in a string, for a sentence."""
        if scope == "string":
            return f"`{importer}` {'' if self.whole else 'now '}names `{imported}` in a string"
        return f"`{importer}` {self.imports} `{imported}`"

    @cached_property
    def base_graph(self) -> Graph:
        """The import graph of the base, its modules under the names that they have in the head.

        For a whole tree it has the head's modules and no imports: every import is new, and no module is.
        """
        if self.whole:
            return Graph(self.head.graph.modules, lambda _: ())
        return self.base.graph.renamed(self.moved)

    @cached_property
    def components(self) -> Components:
        """The components of the base."""
        return find_components(self.base_graph.modules)

    def facts(self, path: str) -> Facts | None:
        """The facts of a file of the head, whether it is reviewed or a contract of another tool is about it."""
        found = self.head.facts.get(path)
        return self.wider.facts(path) if found is None and self.wider is not None else found

    def within(self, bounds: Bounds) -> Change:
        """The same change, with graphs of what lies within bounds."""
        known = self._within.get(bounds)
        if known is None:
            base, head = (
                Snapshot(side.overlay, side.facts, side.source, bounded(side.graph, bounds))
                for side in (self.base, self.head)
            )
            known = self._within[bounds] = Change(base, head, self.files, whole=self.whole, bounds=bounds)
            known._supposed = self._supposed
        return known

    @cached_property
    def _within(self) -> dict[Bounds, Change]:
        return {}

    @cached_property
    def cycle_graphs(self) -> tuple[Graph, Graph]:
        """The graphs of base and head in which cycles are looked for: without imports of the importer's own packages."""
        return self.base_graph.without_ancestors(), self.head.graph.without_ancestors()

    @cached_property
    def split(self) -> dict[str, str]:
        """New module -> the module of the base that what it defines was taken out of, or that became the package it lies in."""
        base, head = self.base_graph.modules, self.head.graph.modules
        names = self.head.layout.names
        appeared = {
            names[file.path]: defined(self.head.facts.get(file.path))
            for file in self.files
            if file.path in names and names[file.path] not in base
        }
        if not appeared:
            return {}
        return {**split_off(appeared, self.lost), **made_packages(base, head, self.renames)}

    @cached_property
    def lost(self) -> Sides:
        """Module of the base, by its name in the head -> what it defined there and does not define any more."""
        old = self.base.layout.names
        return {
            self.moved.get(old[path], old[path]): names
            for path, names in self._definitions(self.base, self.head).items()
            if path in old
        }

    @cached_property
    def base_reaches(self) -> set[tuple[str, str, str]]:
        """(importer, imported, private name) of the base's imports of private names, under the names of the head."""
        names = self.moved
        meanings = (reach.meaning for reach in self.base.overlay.reaches)
        return {
            (names.get(importer, importer), names.get(imported, imported), name)
            for importer, imported, name in meanings
        }

    def new_edges(self, scopes: tuple[Scope, ...]) -> list[Edge]:
        """The first edge of each pair of modules that the head connects in these scopes and the base does not."""
        known = self._new_edges.get(scopes)
        if known is None:
            base, head = self.base_graph, self.head.graph
            known = self._new_edges[scopes] = [
                edge
                for importer in self.touched
                if importer in head.modules
                for imported, edge in head.out(importer, scopes).items()
                if imported not in base.out(importer, scopes)
            ]
        return known

    def gone_edges(self, scopes: tuple[Scope, ...]) -> list[Edge]:
        """The first edge of each pair of modules that the base connects in these scopes and the head does not."""
        base, head = self.base_graph, self.head.graph
        return [
            edge
            for importer in self.touched
            if importer in base.modules
            for imported, edge in base.out(importer, scopes).items()
            if importer not in head.modules or imported not in head.out(importer, scopes)
        ]

    def supposing(self, rows: Mapping[str, tuple[Edge, ...]], modules: Mapping[str, str]) -> Change:
        """This change, had it left other edges for some importers, and further modules (name -> path)."""
        head, graph = self.head, self.head.graph.with_edges(rows, modules)
        wider = self.wider.supposing(rows, modules) if self.wider else None
        supposed = Snapshot(head.overlay, head.facts, head.source, graph)
        other = Change(self.base, supposed, self.files, whole=self.whole, wider=wider)
        other._supposed = frozenset(rows)
        other.renames, other.moved, other.base_graph = self.renames, self.moved, self.base_graph
        other.components = self.components
        return other

    @cached_property
    def _new_edges(self) -> dict[tuple[Scope, ...], list[Edge]]:
        return {}

    @cached_property
    def touched(self) -> list[str]:
        """The modules whose edges may differ between base and head, by their names in the head."""
        if self.whole:
            return sorted(self.head.graph.modules)
        before = {self.moved.get(name, name) for name in self.base.overlay.rows}
        came_or_went = self.head.graph.modules.keys() ^ self.base_graph.modules.keys()
        rows = {name for name in before.union(self.head.overlay.rows) if not self._is_alike(name)}
        return sorted(rows.union(self.moved.values(), came_or_went, self._supposed))

    def _is_alike(self, module: str) -> bool:
        """Whether a module is the same file on both sides, and imports the same."""
        base, head = self.base.overlay, self.head.overlay
        paths = self.base.graph.modules.get(module), self.head.graph.modules.get(module)
        return (
            paths[0] is not None
            and paths[0] == paths[1]
            and base.blobs[paths[0]] == head.blobs[paths[0]]
            and base.rows.get(module) == head.rows.get(module) is not None
        )

    @cached_property
    def new_reaches(self) -> list[Reach]:
        """The head's imports of private names that the base does not have, by place."""
        touched = set(self.touched)
        found = [reach for reach in self.head.overlay.reaches if reach.edge.importer in touched]
        return sorted(reach for reach in found if reach.meaning not in self.base_reaches)

    def base_path(self, path: str) -> str:
        """Where a head file stood in the base, '' if it is new."""
        file = self._by_path.get(path)
        return path if file is None else file.base_path

    def added(self, path: str) -> Lines:
        """The lines of a head file that the change added or rewrote."""
        known = self._added.get(path)
        if known is None:
            known = self._added[path] = self._find_added(path)
        return known

    @cached_property
    def _added(self) -> dict[str, Lines]:
        return {}

    def _find_added(self, path: str) -> Lines:
        file = self._by_path.get(path)
        if file is None:
            return Lines(())
        if not file.base_path:
            return Lines([(1, max(1, self.head.facts[path].lines))])
        return Lines((hunk.head_start, hunk.head_start + hunk.head_count - 1) for hunk in file.hunks if hunk.head_count)
