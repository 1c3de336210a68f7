"""A tree as a reference and what differs from it: its layout, its graph and its duplication index."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from typing import NamedTuple

from rules.clones import Unit, units_of
from rules.graph import Graph
from rules.layout import Layout, Root, declares_app, find_layout
from rules.model import Edge, Facts
from rules.reference import Reference
from rules.resolver import Reach, Resolver, label_key


class Roots(NamedTuple):
    """What module names depend on besides paths: where manifests lie, and the roots that configuration declares."""

    manifests: tuple[str, ...] = ()
    declared: tuple[Root, ...] = ()


class Overlay:
    """One tree over a reference.

    `blobs` maps the paths of the tree to blob ids, `facts` gives the facts of any blob of tree or reference. Facts
    are asked for only where the tree differs from the reference and where a rule wants to see a file.
    """

    def __init__(
        self, reference: Reference, blobs: Mapping[str, str], facts: Callable[[str], Facts], roots: Roots
    ) -> None:
        self._reference = reference
        self._facts = facts
        self._roots = roots
        self.blobs = blobs
        known = dict(zip(reference.paths, reference.blobs, strict=True))
        self._changed = [path for path in sorted(blobs) if known.get(path) != blobs[path]]
        self._removed = {reference.number[path] for path, blob in known.items() if blobs.get(path) != blob}

    @property
    def manifests(self) -> tuple[str, ...]:
        """The paths of the packaging manifests."""
        return self._roots.manifests

    @cached_property
    def layout(self) -> Layout:
        """The module names of the tree."""
        told = any(
            declares_app(path) or any(path.startswith(f"{folder}/") for folder in self._reference.judged)
            for path in self._changed
        )
        if self.blobs.keys() == self._reference.number.keys() and not told:
            return self._reference.layout()
        return find_layout(
            self.blobs, self._roots.manifests, self._roots.declared, lambda path: self._facts(self.blobs[path]).imports
        )

    @cached_property
    def resolver(self) -> Resolver:
        """What the imports of the files mean."""
        return Resolver(self.layout)

    @cached_property
    def _renamed(self) -> bool:
        """Whether a file that stayed has another module name now, or means other modules by the same names."""
        names, reference = self.layout.names, self._reference
        stayed = (
            (path, name) for path, name in zip(reference.paths, reference.names, strict=True) if path in self.blobs
        )
        return any(names.get(path, "") != name for path, name in stayed) or dict(self.layout.local) != reference.local

    @cached_property
    def rows(self) -> dict[str, tuple[Edge, ...]]:
        """Module -> its edges, for all modules whose edges may differ from the reference's."""
        names = self.layout.names
        return {
            names[path]: self.resolver.edges(path, self._facts(self.blobs[path]).imports)
            for path in self._affected()
            if path in names
        }

    def _affected(self) -> Iterable[str]:
        if self._renamed:
            return self.blobs
        reference, number = self._reference, self._reference.number
        before = {name for name in reference.names if name}
        after = set(self.layout.names.values())
        gone = {i for i in self._removed if reference.names[i] not in after}
        labels, known = self.layout.labels, reference.labels
        relabelled = {label for label in {*labels, *known} if labels.get(label) != known.get(label)}
        appeared = (after - before).union(map(label_key, relabelled))
        found = reference.importers(gone) | {i for name in appeared for i in reference.missed(name)}
        paths = {reference.paths[i] for i in found} | set(self._changed)
        moved = {
            path
            for path, name in self.layout.names.items()
            if path not in number or reference.names[number[path]] != name
        }
        return sorted(path for path in paths | moved if path in self.blobs)

    @cached_property
    def graph(self) -> Graph:
        """The import graph of the tree."""
        known = self._reference.graph
        modules = {name: path for path, name in self.layout.names.items()}

        def leaving(importer: str) -> tuple[Edge, ...]:
            path = modules.get(importer)
            return self.resolver.leaving(path, self._facts(self.blobs[path]).imports) if path is not None else ()

        gone = known.modules.keys() - modules.keys()
        return Graph(
            modules, lambda importer: self.rows.get(importer, ()), leaving, like=(known, gone.union(self.rows))
        )

    def line_count(self, path: str) -> int:
        """How many lines a file of the tree has."""
        number = self._reference.number.get(path)
        if number is None or number in self._removed:
            return self._facts(self.blobs[path]).lines
        return self._reference.line_count(number)

    @cached_property
    def reaches(self) -> list[Reach]:
        """All imports of private names."""
        names = self.layout.names
        found = list[Reach]()
        for path, reaches in self._reference.reaches.items():
            if path in names and names[path] not in self.rows:
                found.extend(reaches)
        paths = {name: path for path, name in names.items() if name in self.rows}
        for path in paths.values():
            found.extend(self.resolver.reaches(path, self._facts(self.blobs[path]).imports))
        return found

    @property
    def edge_count(self) -> int:
        """How many edges the tree has."""
        reference, names = self._reference, self.layout.names
        replaced = [i for i, path in enumerate(reference.paths) if path not in names or names[path] in self.rows]
        return reference.edge_count - sum(map(reference.edge_span, replaced)) + sum(map(len, self.rows.values()))

    @cached_property
    def problems(self) -> dict[str, str]:
        """Path -> why a file could not be read, wholly or in part."""
        stayed = {
            path: text
            for path, text in self._reference.problems.items()
            if self._reference.number[path] not in self._removed
        }
        changed = {path: self._facts(self.blobs[path]).problem for path in self._changed}
        return {**stayed, **{path: text for path, text in changed.items() if text}}

    @cached_property
    def clones(self) -> OverlaidIndex:
        """The duplication index of the tree."""
        gone = {i: self._facts(self._reference.blobs[i]) for i in self._removed}
        return OverlaidIndex(self._reference, gone, self._changed, lambda path: self._facts(self.blobs[path]))


class OverlaidIndex:
    """The duplication index of a tree over a reference; see `rules.clones.CloneIndex`.

    Units of the reference keep their numbers, those of changed files are numbered behind them.
    """

    def __init__(
        self, reference: Reference, gone: Mapping[int, Facts], changed: Sequence[str], facts: Callable[[str], Facts]
    ) -> None:
        self._reference = reference
        self._gone = gone
        self._facts = facts
        self._by_path: dict[str, tuple[Unit, ...]] = {}
        self._own: list[Unit] = []
        self._ranges: dict[str, range] = {}
        self._holders: dict[int, list[int]] = {}
        self._growth, self._exact_growth = Counter[int](), Counter[int]()
        self._counts: dict[int, int] = {}
        self._exact_counts: dict[int, int] = {}
        self.total = reference.unit_count
        for path in changed:
            units = units_of(path, facts(path))
            first = reference.unit_count + len(self._own)
            self._ranges[path] = range(first, first + len(units))
            self._own.extend(units)
            self._count(units, 1)
            for number, unit in enumerate(units, first):
                for hash_ in unit.keys:
                    self._holders.setdefault(hash_, []).append(number)
        for number, old in gone.items():
            self._count(units_of(reference.paths[number], old), -1)

    def _count(self, units: Iterable[Unit], sign: int) -> None:
        for unit in units:
            self.total += sign
            for hash_ in unit.keys:
                self._growth[hash_] += sign
            for hash_ in {entry.exact for entry in unit.entries}:
                self._exact_growth[hash_] += sign

    def in_file(self, path: str) -> range:
        """The units of a file."""
        if path in self._ranges:
            return self._ranges[path]
        number = self._reference.number.get(path)
        return range(0) if number is None or number in self._gone else self._reference.units(number)

    def unit(self, number: int) -> Unit:
        """A unit."""
        if number >= self._reference.unit_count:
            return self._own[number - self._reference.unit_count]
        i = self._reference.unit_path(number)
        path = self._reference.paths[i]
        units = self._by_path.get(path)
        if units is None:
            units = self._by_path[path] = units_of(path, self._facts(path))
        return units[number - self._reference.units(i).start]

    def place(self, number: int) -> tuple[str, int]:
        """The path and first line of a unit."""
        if number >= self._reference.unit_count:
            unit = self._own[number - self._reference.unit_count]
            return unit.path, unit.entries[0].start
        return self._reference.paths[self._reference.unit_path(number)], self._reference.unit_start(number)

    def holders(self, hash_: int) -> list[int]:
        """The units that hold a statement."""
        path_of, gone = self._reference.unit_path, self._gone
        kept = [unit for unit in self._reference.holders(hash_) if not gone or path_of(unit) not in gone]
        return kept + self._holders.get(hash_, [])

    def count(self, hash_: int) -> int:
        """How many units hold a statement."""
        known = self._counts.get(hash_)
        if known is None:
            known = self._counts[hash_] = len(self._reference.holders(hash_)) + self._growth[hash_]
        return known

    def exact_count(self, hash_: int) -> int:
        """How many units hold a statement to the letter."""
        known = self._exact_counts.get(hash_)
        if known is None:
            known = self._exact_counts[hash_] = self._reference.exact_count(hash_) + self._exact_growth[hash_]
        return known
