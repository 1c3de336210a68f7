"""What a rule looks at: two snapshots of a repository and what changed between them."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property

import msgspec

from rules.bounds import Bounds, bounded
from rules.clones import CloneIndex
from rules.graph import Graph, Reach
from rules.layout import Layout
from rules.model import Edge, Facts, Hunk, Scope
from rules.overlay import Overlay


class Snapshot:
    """The reviewed Python files of one tree."""

    def __init__(self, overlay: Overlay, facts: Mapping[str, Facts], source: Callable[[str], bytes | None]) -> None:
        """facts: path -> facts of every file. source: path -> bytes, None where they are not to be had."""
        self.overlay = overlay
        self.facts = facts
        self.source = source

    @property
    def layout(self) -> Layout:
        """The module names."""
        return self.overlay.layout

    @property
    def graph(self) -> Graph:
        """The import graph."""
        return self.overlay.graph

    @property
    def clones(self) -> CloneIndex:
        """The duplication index."""
        return self.overlay.clones

    def module(self, path: str) -> str:
        """The module name of a path, the path itself where it has none."""
        return self.layout.names.get(path, path)


class BoundedSnapshot(Snapshot):
    """A snapshot of which the graph shows a part only."""

    def __init__(self, whole: Snapshot, bounds: Bounds) -> None:
        super().__init__(whole.overlay, whole.facts, whole.source)
        self._bounds = bounds

    @cached_property
    def graph(self) -> Graph:
        """The import graph of what lies inside."""
        return bounded(self.overlay.graph, self._bounds)


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


def split_modules(base: Mapping[str, str], head: Mapping[str, str]) -> dict[str, str]:
    """New module -> the module of the base that became the package it lies in. Both sides map modules to paths."""
    packages = {
        name
        for name in head
        if name in base and head[name].endswith("__init__.py") and not base[name].endswith("__init__.py")
    }
    if not packages:
        return {}
    appeared = (name for name in head if name not in base)
    found = ((name, next((p for p in packages if name.startswith(p + ".")), "")) for name in appeared)
    return {name: package for name, package in found if package}


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
    ) -> None:
        """whole: the head is looked at as a whole; the base is empty, and nothing is older than anything else.

        bounds: the part of the repository that the graphs show, None for all of it. wider: the same change with files
        that are not reviewed, but that contracts of other tools are about; None where there are no such files.
        """
        self.base = base
        self.head = head
        self.whole = whole
        self.bounds = bounds
        self.wider = wider
        self.files = tuple(files)
        self._by_path = {file.path: file for file in self.files if file.path in head.facts}

    @cached_property
    def names(self) -> frozenset[str]:
        """The dotted names of all modules of base and head, by their names in the head, and of the packages above them."""
        found = set[str]()
        for module in (*self.base_graph.modules, *self.head.graph.modules):
            name = module
            while name and name not in found:
                found.add(name)
                name = name.rpartition(".")[0]
        return frozenset(found)

    @cached_property
    def renames(self) -> dict[str, str]:
        """Old module name -> new one, for files that the change moved."""
        old, new = self.base.layout.names, self.head.layout.names
        moved = [
            (old[file.base_path], new[file.path]) for file in self.files if file.base_path in old and file.path in new
        ]
        return {before: after for before, after in moved if before != after}

    @property
    def imports(self) -> str:
        """The verb for a new import; in a whole tree nothing is new."""
        return "imports" if self.whole else "now imports"

    @cached_property
    def base_graph(self) -> Graph:
        """The import graph of the base, its modules under the names that they have in the head.

        For a whole tree it has the head's modules and no imports: every import is new, and no module is.
        """
        if self.whole:
            return Graph(self.head.graph.modules, lambda _: ())
        return self.base.graph.renamed(self.renames)

    def facts(self, path: str) -> Facts | None:
        """The facts of a file of the head, whether it is reviewed or a contract of another tool is about it."""
        found = self.head.facts.get(path)
        return self.wider.facts(path) if found is None and self.wider is not None else found

    def within(self, bounds: Bounds) -> Change:
        """The same change, with graphs of what lies within bounds."""
        known = self._within.get(bounds)
        if known is None:
            sides = BoundedSnapshot(self.base, bounds), BoundedSnapshot(self.head, bounds)
            known = self._within[bounds] = Change(*sides, self.files, whole=self.whole, bounds=bounds)
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
        """New module -> the module of the base that became the package it lies in: its contents were there before."""
        return split_modules(self.base_graph.modules, self.head.graph.modules)

    @cached_property
    def base_reaches(self) -> set[tuple[str, str, str]]:
        """(importer, imported, private name) of the base's imports of private names, under the names of the head."""
        names = self.renames
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

    @cached_property
    def _new_edges(self) -> dict[tuple[Scope, ...], list[Edge]]:
        return {}

    @cached_property
    def touched(self) -> list[str]:
        """The modules whose edges may differ between base and head, by their names in the head."""
        if self.whole:
            return sorted(self.head.graph.modules)
        before = {self.renames.get(name, name) for name in self.base.overlay.rows}
        came_or_went = self.head.graph.modules.keys() ^ self.base_graph.modules.keys()
        rows = {name for name in before.union(self.head.overlay.rows) if not self._is_alike(name)}
        return sorted(rows.union(self.renames.values(), came_or_went))

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
