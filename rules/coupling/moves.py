"""What would cut an import: names taken from their home, under TYPE_CHECKING, or moved to a module of their own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from itertools import count
from typing import NamedTuple

from msgspec.structs import replace

from rules.change import Change
from rules.coupling.edges import packages_on_the_way
from rules.coupling.source import Needs, Source
from rules.graph import DEFERRED, shared_parts
from rules.model import Edge
from rules.resolver import is_private

MOVED_NAMES, MOVED_LINES = 6, 80
"""More than that, or more than half of a module, is no small move."""

HOPS = 5
"""How often a name may be passed on on its way from its home."""

Cut = tuple[str, str]
"""(importer, imported): the dependency to be without"""


class Move(NamedTuple):
    """An edit of the imports of the head: what to do, in sentences, and the graph that it leaves.

    `rows` are the edges that modules then have, `modules` maps new modules to their paths. `certain`: the edit is known
    in full, not only what it must end.
    """

    advice: str
    rows: Mapping[str, tuple[Edge, ...]]
    modules: Mapping[str, str]
    certain: bool = True


class _Plan(NamedTuple):
    """How one dependency ends: which names only types need, which have a home elsewhere, and which must move."""

    idle: tuple[str, ...]
    homes: Mapping[str, str]
    moved: tuple[str, ...]
    needs: Needs | None


class Moves:
    """The moves that one change leaves open."""

    def __init__(self, change: Change) -> None:
        self.graph = change.head.graph
        self._head = change.head
        self._resolver = change.head.overlay.resolver
        self.source = lru_cache(maxsize=None)(self._read)

    def _read(self, module: str) -> Source | None:
        path = self.graph.modules.get(module, "")
        source, facts = self._head.source(path), self._head.facts.get(path)
        return Source(path, source, facts, self._resolver) if source is not None and facts is not None else None

    def cutting(self, cuts: Iterable[Cut], *, near: bool) -> Move | None:
        """The move that ends some dependencies of the head at once; None where none is certain.

        near: a new module lies beside the old one, and not in the packages that both sides have in common.
        """
        rows: dict[str, tuple[Edge, ...]] = {}
        modules: dict[str, str] = {}
        sentences = list[str]()
        for importer, imported in cuts:
            plan = self._plan(importer, imported)
            new = (
                self.new_module(imported if near else importer, imported, modules)
                if plan is not None and plan.moved
                else ""
            )
            if plan is None or (plan.moved and not new):
                return None
            if new:
                modules[new] = f"{new.replace('.', '/')}.py"
            self._apply(rows, modules, (importer, imported), plan, new)
            sentences.extend(self._told(importer, imported, plan, new))
        return Move(" ".join(sentences), rows, modules) if self._homes_are_open(rows, modules) else None

    def without(self, cut: Cut, advice: str) -> Move:
        """The graph without a dependency."""
        edges = self.graph.edges_of(cut[0])
        kept = tuple(edge for edge in edges if edge.imported != cut[1] or edge.scope not in DEFERRED)
        return Move(advice, {cut[0]: kept}, {}, certain=False)

    def is_for_types(self, edge: Edge) -> bool:
        """Whether only annotations use what a module imports."""
        source = self.source(edge.importer)
        taken = source.takes(edge.imported) if source is not None else None
        return taken is not None and all(item.idle for item in taken)

    def _plan(self, importer: str, imported: str) -> _Plan | None:
        source, other = self.source(importer), self.source(imported)
        taken = source.takes(imported) if source is not None else None
        if taken is None or other is None:
            return None
        idle = tuple(item.name for item in taken if item.idle)
        homes, moved = dict[str, str](), list[str]()
        for name in (item.name for item in taken if not item.idle):
            home = self._home(importer, imported, name)
            if home is None:
                return None
            if home == imported:
                moved.append(name)
            else:
                homes[name] = home
        needs = other.needs(moved) if moved else None
        if moved and (
            needs is None
            or len(needs.names) > MOVED_NAMES
            or needs.lines > MOVED_LINES
            or 2 * needs.lines > self._head.facts[self.graph.modules[imported]].lines
        ):
            return None
        return _Plan(idle, homes, tuple(moved), needs)

    def _home(self, importer: str, module: str, name: str) -> str | None:
        """The module that a name taken from this one comes from, as far as the importer may reach; None if not certain."""
        for _ in range(HOPS):
            source = self.source(module)
            if source is None:
                return None
            if source.defines(name):
                return module
            edge = source.passed_on(name)
            if edge is None:
                return None
            if is_private(edge.imported, name, importer):
                return module
            module = edge.imported
        return None

    def new_module(self, importer: str, imported: str, taken: Mapping[str, str]) -> str:
        """A name for a new module that lies in all packages in which both lie, '' where there is no such package."""
        parts = importer.split(".")[: shared_parts(importer, imported)]
        if parts and not self._is_package(".".join(parts)):
            parts.pop()
        if not parts and ("." in importer or "." in imported):
            return ""
        names = (".".join([*parts, f"shared{number or ''}"]) for number in count())
        return next(name for name in names if name not in taken and name not in self.graph.modules)

    def _is_package(self, module: str) -> bool:
        return self.graph.modules.get(module, "__init__.py").endswith("__init__.py")

    def _apply(
        self, rows: dict[str, tuple[Edge, ...]], modules: Mapping[str, str], cut: Cut, plan: _Plan, new: str
    ) -> None:
        importer, imported = cut
        edges = rows.get(importer, self.graph.edges_of(importer))
        old = [edge for edge in edges if edge.imported == imported and edge.scope in DEFERRED]
        row = [edge for edge in edges if edge not in old]
        row += [replace(edge, scope="typing") for edge in old if plan.idle]
        targets = {*plan.homes.values(), *([new] if new else [])} - {importer}
        row += [replace(edge, imported=target) for edge in old for target in sorted(targets)]
        rows[importer] = tuple(dict.fromkeys(row))
        if new and plan.needs is not None:
            back = Edge(imported, new, self.graph.modules[imported], 1, "import")
            rows[imported] = (*rows.get(imported, self.graph.edges_of(imported)), back)
            rows[new] = tuple(replace(edge, importer=new, path=modules[new]) for edge in plan.needs.edges)

    def _homes_are_open(self, rows: Mapping[str, tuple[Edge, ...]], modules: Mapping[str, str]) -> bool:
        """Whether no package that Python runs on the way to a new target leads back to the importer."""
        after = self.graph.with_edges(rows, modules)
        for importer, edges in rows.items():
            before = (
                {edge.imported for edge in self.graph.edges_of(importer)} if importer in self.graph.modules else set()
            )
            for edge in edges:
                if edge.imported in before or edge.scope == "typing":
                    continue
                on_the_way = packages_on_the_way(after, importer, edge.imported)
                if any(after.shortest_path(name, importer, DEFERRED) is not None for name in on_the_way):
                    return False
        return True

    def _told(self, importer: str, imported: str, plan: _Plan, new: str) -> list[str]:
        sentences = list[str]()
        if plan.idle:
            source = self.source(importer)
            how = (
                ""
                if source is None or source.postponed
                else ", with `from __future__ import annotations` or quoted annotations"
            )
            sentences.append(
                f"Import {quoted(plan.idle)} of `{imported}` under `if TYPE_CHECKING:`{how}: only annotations of `{importer}` use "
                f"{'it' if len(plan.idle) == 1 else 'them'}."
            )
        for home in sorted(set(plan.homes.values())):
            names = [name for name, there in plan.homes.items() if there == home]
            sentences.append(
                f"`{importer}` defines {quoted(names)} itself."
                if home == importer
                else f"Import {quoted(names)} into `{importer}` from `{home}`, where {'it comes' if len(names) == 1 else 'they come'} from."
            )
        if plan.needs is not None:
            package = new.rpartition(".")[0]
            helpers = sorted(plan.needs.names.difference(plan.moved))
            company = f" with {quoted(helpers)}" if helpers else ""
            several = len(plan.needs.names) > 1
            sentences.append(
                f"Move {quoted(plan.moved)}{company} from `{imported}` to a new module{f' of `{package}`' if package else ''}: "
                f"{'they use' if several else 'it uses'} nothing else of `{imported}`."
            )
        return sentences


def quoted(names: Iterable[str]) -> str:
    """Names for a sentence."""
    found = [f"`{name}`" for name in names]
    return " and ".join([", ".join(found[:-1]), found[-1]]) if len(found) > 1 else "".join(found)
