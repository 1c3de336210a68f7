"""The contract `frozen`: legacy under a strangler fig gets no new importer and nothing new inside."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from rules.change import Change, FileChange, Snapshot
from rules.contracts.breach import Breach, Dependency, at_edge, package_above, without_moves
from rules.contracts.declared import Frozen
from rules.contracts.patterns import Checker, Parts
from rules.contracts.view import View
from rules.graph import Graph
from rules.model import Definition, Edge, Facts, Place
from rules.rows import neighbours

TOLD = 3
"""So many new definitions are named; the rest is counted."""


class FrozenPackages:
    """Packages that nobody new imports and that do not grow."""

    def __init__(self, contract: Frozen, checker: Checker) -> None:
        checker.require(contract, contract.modules)
        self.contract: Frozen = contract
        self._parts = Parts(contract.modules)

    def breaches(self, change: Change) -> Iterator[Breach]:
        """New importers and new definitions. In a whole tree nothing is new."""
        if not change.whole:
            yield from self._new_importers(change)
            yield from self._new_definitions(change)

    def _new_importers(self, change: Change) -> Iterator[Breach]:
        head, base = View(change.head.graph, self.contract), View(change.base_graph, self.contract)
        after, before = self._importers(head, change.touched), self._importers(base, change.touched)
        gone = [key for key in before if key not in after]
        for one in without_moves((key for key in after if key not in before), gone):
            edge = after[one]
            message = (
                f"`{edge.importer}` now imports `{edge.imported}`; contract {self.contract.name!r} says: "
                f"{one.target} is frozen, it gets no new importers"
            )
            yield at_edge(
                edge, (edge.importer, edge.imported), message, "Use what replaces it, or build the replacement first."
            )

    def _importers(self, view: View, importers: Iterable[str]) -> dict[Dependency, Edge]:
        """Who of the importers outside imports which frozen package, by the first edge."""
        found: dict[Dependency, Edge] = {}
        for importer in importers:
            if importer not in view.graph.modules or self._parts.of(importer) is not None:
                continue
            for edge in sorted(view.out(importer).values()):
                part = self._parts.of(edge.imported)
                if part is not None:
                    found.setdefault(Dependency(package_above(importer), importer, part.root, part.root), edge)
        return found

    def _new_definitions(self, change: Change) -> Iterator[Breach]:
        files = [_GrownFile.of(change, file) for file in change.files if self._root_of(change, file) is not None]
        moved = Counter(definition.name.rpartition(".")[2] for file in files for definition in file.gone)
        for file in files:
            names = list[str]()
            for definition in file.new:
                last = definition.name.rpartition(".")[2]
                if moved[last]:
                    moved[last] -= 1
                elif not any(definition.name.startswith(f"{name}.") for name in names):
                    names.append(definition.name)
            if names:
                yield self._definitions_breach(change, file, names)

    def _root_of(self, change: Change, file: FileChange) -> str | None:
        """The frozen package that a changed file is in, or was in before it was deleted."""
        side, path = (change.head, file.path) if file.path else (change.base, file.base_path)
        part = self._parts.of(side.layout.names.get(path, ""))
        return part.root if part else None

    def _definitions_breach(self, change: Change, file: _GrownFile, names: list[str]) -> Breach:
        first = next(definition for definition in file.new if definition.name == names[0])
        module = change.head.module(file.path)
        told = ", ".join(f"`{name}`" for name in names[:TOLD])
        more = f" and {len(names) - TOLD} more" if len(names) > TOLD else ""
        message = (
            f"`{module}` now defines {told}{more}; contract {self.contract.name!r} says: "
            f"{self._root_of(change, FileChange(file.path, '', ()))} is frozen, nothing new is defined in it"
        )
        place = Place(file.path, first.start, first.end, first.name)
        return Breach(
            place, (module, "definitions"), message, "Write it outside, and let the old code call it where it must."
        )

    def obstacle(self, importer: str, imported: str, graph: Graph | None = None) -> str | None:
        """Why one module must not import another, None if it may: who imports the package already may go on."""
        part = self._parts.of(imported)
        if part is None or self._parts.of(importer) is not None:
            return None
        if graph is not None and any(self._parts.of(name) == part for name in View(graph, self.contract).out(importer)):
            return None
        return f"{part.root} is frozen, it gets no new importers"

    def progress(self, change: Change) -> str:
        """How many importers and lines are left, in a sentence, and how many there were in the base."""
        head, base = View(change.head.graph, self.contract), View(change.base_graph, self.contract)
        takers = neighbours(filter(self._parts.of, head.graph.modules), head.importers)
        left = {key.importer for key in self._importers(head, takers)}
        touched = set(change.touched)
        before = (left - touched) | {key.importer for key in self._importers(base, touched)}
        lines, old_lines = self._lines(change.head), self._lines(change.base)
        if change.whole:
            return f"contract {self.contract.name!r}: importers left: {len(left)}, lines left: {lines:,}"
        return (
            f"contract {self.contract.name!r}: importers left: {len(left)} (base {len(before)}), "
            f"lines left: {lines:,} (base {old_lines:,})"
        )

    def _lines(self, side: Snapshot) -> int:
        names = side.layout.names.items()
        return sum(side.overlay.line_count(path) for path, name in names if self._parts.of(name) is not None)


class _GrownFile(NamedTuple):
    """What a changed file defines and did not define before, and the other way round."""

    path: str
    new: list[Definition]
    gone: list[Definition]

    @classmethod
    def of(cls, change: Change, file: FileChange) -> _GrownFile:
        """One of the same shape in the place of another is that one with a new name."""
        after, before = change.head.facts.get(file.path), change.base.facts.get(file.base_path)
        new, gone = _only_in(after, before), _only_in(before, after)
        shapes = [_shape(definition) for definition in gone]
        kept = []
        for definition in new:
            if _shape(definition) in shapes:
                del gone[shapes.index(_shape(definition))]
                shapes.remove(_shape(definition))
            else:
                kept.append(definition)
        return cls(file.path, kept, gone)


def _only_in(facts: Facts | None, other: Facts | None) -> list[Definition]:
    known = {definition.name for definition in other.definitions} if other else set()
    return [definition for definition in facts.definitions if definition.name not in known] if facts else []


def _shape(definition: Definition) -> tuple[object, ...]:
    return definition.kind, definition.parameters, definition.end - definition.start
