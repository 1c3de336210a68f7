"""What a tach.toml forbids, in force in one repository."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import NamedTuple

from rules.change import Change, Snapshot
from rules.contracts.breach import Breach, Dependency, at_edge, without_moves
from rules.contracts.declared import Tach, TachModule
from rules.contracts.patterns import Checker
from rules.contracts.tach_globs import module_glob
from rules.contracts.tach_lines import ImportLines, Stand
from rules.contracts.tach_project import Project
from rules.contracts.tach_rules import TachRules, Verdict
from rules.graph import Graph
from rules.model import LEVELS, Edge, Import, Level


class _Taken(NamedTuple):
    """An import as tach sees it: the edge, the dotted name with what is taken out of the module, and whose it is."""

    edge: Edge
    name: str
    own: TachModule
    target: TachModule

    def about(self, verdict: Verdict) -> Dependency:
        """The dependency that a verdict is about: an interface is about the name, all else about the module."""
        imported = self.name if verdict.kind == "private" else self.edge.imported
        return Dependency(self.own.path, self.edge.importer, imported, self.target.path)


class _Found(NamedTuple):
    """An import that is reported, what is said of it, and at what level."""

    taken: _Taken
    verdict: Verdict
    level: Level


class TachWalls:
    """The modules, layers and interfaces of a tach.toml."""

    def __init__(self, contract: Tach, checker: Checker) -> None:
        self.contract: Tach = contract
        self.project = Project(contract.folder, contract.roots, contract.exclude, checker.manifests)
        has_globs = any(module_glob(module.path) for module in contract.modules)
        files = [name for name, path in checker.files.items() if self.project.holds(path)] if has_globs else []
        self.rules = TachRules(contract, checker.names, files)

    def breaches(self, change: Change) -> Iterator[Breach]:
        """The new imports that tach reports at the level of this contract, once for each thing it says of a module."""
        head = _Side(self, change, change.head, change.head.graph, {})
        base = _Side(self, change, change.base, change.base_graph, change.renames)
        new = [one for one in head.illegal if not base.has(one)]
        if not change.whole:
            gone = [one for one in base.illegal if not head.has(one)] if new else []
            new = without_moves(new, gone)
        for one in sorted(new):
            for taken, verdict, _ in (found for found in head.illegal[one] if found.level == self.contract.level):
                message = (
                    f"{change.claim(one.importer, taken.name, taken.edge.scope)}; contract {self.contract.name!r} says: "
                    f"{verdict.says}"
                )
                yield at_edge(taken.edge, (one.importer, one.imported), message, verdict.advice)

    def obstacle(self, importer: str, imported: str, _graph: Graph | None = None, /) -> str | None:
        """Why one module must not import another, None if it may."""
        own, target = self.rules.module_of(importer), self.rules.module_of(imported)
        if not self.rules.is_checked(own):
            return None
        return next((verdict.says for verdict in self.rules.verdicts(own, target, imported)), None)


class _Side:
    """The imports of the modules that a change touches, on one side of it, under the names of the head."""

    def __init__(self, walls: TachWalls, change: Change, side: Snapshot, graph: Graph, renames: dict[str, str]) -> None:
        self._contract, self._rules, self._project = walls.contract, walls.rules, walls.project
        self._touched = change.touched
        self._snapshot, self._graph, self._renames = side, graph, renames
        self._resolver = side.overlay.resolver
        self._lines: dict[str, ImportLines | None] = {}

    @cached_property
    def illegal(self) -> dict[Dependency, list[_Found]]:
        """What tach reports: each thing that it says of a dependency where it is said first, at its worst level."""
        found: dict[Dependency, dict[str, _Found]] = {}
        for taken in self._imports:
            for verdict in self._rules.verdicts(taken.own, taken.target, taken.name):
                level = self._level(taken.edge, taken.name, verdict.level)
                said = found.setdefault(taken.about(verdict), {}) if level is not None else {}
                known = said.get(verdict.kind)
                if level is not None and (known is None or LEVELS.index(level) < LEVELS.index(known.level)):
                    said[verdict.kind] = _Found(taken, verdict, level)
        return {one: list(said.values()) for one, said in found.items()}

    def has(self, one: Dependency) -> bool:
        """Whether there is an import on this side, legal or not, that makes a dependency."""
        return any(
            self._level(taken.edge, taken.name, "error") is not None
            for taken in self._by_name.get((one.importer, one.imported), ())
        )

    @cached_property
    def _by_name(self) -> dict[tuple[str, str], list[_Taken]]:
        found: dict[tuple[str, str], list[_Taken]] = {}
        for taken in self._imports:
            for name in {taken.name, taken.edge.imported}:
                found.setdefault((taken.edge.importer, name), []).append(taken)
        return found

    @cached_property
    def _imports(self) -> list[_Taken]:
        return [taken for importer in self._touched for taken in self._of(importer)]

    def _of(self, importer: str) -> Iterator[_Taken]:
        path, own = self._graph.modules.get(importer, ""), self._rules.module_of(importer)
        facts = self._snapshot.facts.get(path)
        if facts is None or not self._rules.is_checked(own) or not self._project.holds(path):
            return
        for item in facts.imports:
            if item.scope != "string" or "string" in self._contract.scopes:
                taken = self._taken(importer, path, own, item)
                if taken is not None and (item.scope != "string" or taken.name.count(".") > 1):
                    yield taken

    def _taken(self, importer: str, path: str, own: TachModule, item: Import) -> _Taken | None:
        for found, taken in self._resolver.names(path, (item,)):
            imported = self._renames.get(found.imported, found.imported)
            name = ".".join(filter(None, (imported, _member(item, found.imported) or taken)))
            target = self._rules.module_of(name)
            if target.path == own.path or not self._project.shares(path, self._graph.modules.get(imported, path)):
                return None
            return _Taken(Edge(importer, imported, path, found.line, found.scope), name, own, target)
        for found in self._resolver.leaving(path, (item,)) if self._rules.has_absent else ():
            absent = self._rules.absent(found.imported)
            if absent is not None:
                return _Taken(
                    Edge(importer, found.imported, path, found.line, found.scope), found.imported, own, absent
                )
        return None

    def _level(self, edge: Edge, name: str, level: Level) -> Level | None:
        """At what level tach reports an import that it would report at `level`; None where it does not count."""
        lines = self._lines_of(edge.path)
        if edge.scope == "string":
            stand = Stand(edge.line, False, False)
        elif lines is None:
            stand = Stand(edge.line, edge.scope == "lazy", edge.scope == "typing")
        else:
            stand = lines.stand(edge.line)
        if stand.is_typing and "typing" not in self._contract.scopes:
            return None
        if lines is not None and lines.is_ignored(edge.line, stand.line, name):
            return None
        if not stand.is_local:
            return level
        if self._contract.local_imports == "off":
            return None
        return "warning" if level == "warning" else self._contract.local_imports

    def _lines_of(self, path: str) -> ImportLines | None:
        if path not in self._lines:
            data = self._snapshot.source(path)
            self._lines[path] = ImportLines(data) if data is not None else None
        return self._lines[path]


def _member(item: Import, module: str) -> str:
    """What an import names behind the module, where that is no plain name of it."""
    if item.name:
        return "*" if item.name == "*" else ""
    return item.module.removeprefix(f"{module}.") if item.module.startswith(f"{module}.") else ""
