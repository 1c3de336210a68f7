"""Module names and imports -> the import graph: edges with scope and line, reachability, cycles, shortest paths."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable, Iterator, Mapping

from rules.layout import Layout
from rules.model import Edge, Import, Scope

RUNTIME: tuple[Scope, ...] = ("import",)
DEFERRED: tuple[Scope, ...] = ("import", "lazy")


class Resolver:
    """Turns the imports of one file into edges between modules of the repository."""

    def __init__(self, layout: Layout) -> None:
        self._names = set(layout.names.values())
        self._layout = layout
        self._local = sorted(layout.local.items(), reverse=True)

    def edges(self, path: str, imports: Iterable[Import]) -> tuple[Edge, ...]:
        """The edges that `path` makes, in source order, one for each (imported module, line, scope).

        A name that is a module of the repository is imported itself, any other name from the module that holds it;
        what is not of the repository makes no edge.
        """
        importer = self._layout.names.get(path)
        if importer is None:
            return ()
        local = next((names for root, names in self._local if path.startswith(f"{root}/" if root else "")), None)
        package = path.endswith("__init__.py")
        found: dict[Edge, None] = {}
        for item in imports:
            for target in self._targets(importer, package, item, local or {}):
                if target != importer:
                    found[Edge(importer, target, path, item.line, item.scope)] = None
        return tuple(found)

    def _targets(self, importer: str, package: bool, item: Import, local: Mapping[str, str]) -> Iterator[str]:
        base = absolute_name(importer, package, item)
        if base is None:
            return
        candidates = [f"{base}.{item.name}".strip("."), base] if item.name not in ("", "*") else [base]
        if not item.name:
            candidates.append(base.rpartition(".")[0])
        found = next((name for name in (local.get(name, name) for name in candidates) if name in self._names), None)
        if found is not None:
            yield found


def absolute_name(importer: str, package: bool, item: Import) -> str | None:
    """The dotted module that an import names, None where its dots lead out of the source root."""
    if not item.level:
        return item.module
    parts = importer.split(".")
    keep = len(parts) - item.level + package
    if keep < 0:
        return None
    return ".".join([*parts[:keep], *([item.module] if item.module else [])])


class Graph:
    """An import graph. Modules are named by their dotted names; an edge list may hold several lines for one pair."""

    def __init__(self, modules: Mapping[str, str], edges: Mapping[str, tuple[Edge, ...]]) -> None:
        """modules: name -> path; edges: importer -> its edges (importers without edges may be left out)."""
        self.modules = modules
        self._edges = edges
        self._successors: dict[tuple[Scope, ...], dict[str, dict[str, Edge]]] = {}
        self._predecessors: dict[tuple[Scope, ...], dict[str, dict[str, Edge]]] = {}

    def edges_of(self, importer: str) -> tuple[Edge, ...]:
        """All edges of one importer, in source order."""
        return self._edges.get(importer, ())

    def edges(self) -> Iterator[Edge]:
        """All edges, by importer."""
        for importer in sorted(self._edges):
            yield from self._edges[importer]

    def successors(self, scopes: tuple[Scope, ...]) -> dict[str, dict[str, Edge]]:
        """importer -> imported -> the first edge between them, counting only edges of these scopes."""
        known = self._successors.get(scopes)
        if known is None:
            known = self._successors[scopes] = {}
            for importer, edges in self._edges.items():
                row: dict[str, Edge] = {}
                for edge in edges:
                    if edge.scope in scopes:
                        row.setdefault(edge.imported, edge)
                if row:
                    known[importer] = row
        return known

    def predecessors(self, scopes: tuple[Scope, ...]) -> dict[str, dict[str, Edge]]:
        """imported -> importer -> the first edge between them, counting only edges of these scopes."""
        known = self._predecessors.get(scopes)
        if known is None:
            known = self._predecessors[scopes] = {}
            for importer, row in self.successors(scopes).items():
                for imported, edge in row.items():
                    known.setdefault(imported, {})[importer] = edge
        return known

    def renamed(self, names: Mapping[str, str]) -> Graph:
        """The same graph with modules under other names; `names` maps old to new, the rest keep theirs."""
        if not names:
            return self
        edges = {
            names.get(importer, importer): tuple(
                Edge(
                    names.get(edge.importer, edge.importer),
                    names.get(edge.imported, edge.imported),
                    edge.path,
                    edge.line,
                    edge.scope,
                )
                for edge in row
            )
            for importer, row in self._edges.items()
        }
        return Graph({names.get(name, name): path for name, path in self.modules.items()}, edges)

    def shortest_path(self, start: str, goal: str, scopes: tuple[Scope, ...]) -> tuple[Edge, ...] | None:
        """The edges of a shortest way from `start` to `goal`, None where there is none; deterministic."""
        successors = self.successors(scopes)
        came: dict[str, Edge] = {}
        waiting = deque([start])
        while waiting:
            node = waiting.popleft()
            for target, edge in sorted(successors.get(node, {}).items()):
                if target == goal:
                    return _backtrack(came, edge, start)
                if target not in came and target != start:
                    came[target] = edge
                    waiting.append(target)
        return None


def _backtrack(came: Mapping[str, Edge], last: Edge, start: str) -> tuple[Edge, ...]:
    path = [last]
    while path[-1].importer != start:
        path.append(came[path[-1].importer])
    return tuple(reversed(path))


def strong_components(successors: Mapping[str, Iterable[str]]) -> list[tuple[str, ...]]:
    """The strongly connected components of more than one node, each sorted (Tarjan 1972, without recursion)."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    open_nodes: list[str] = []
    is_open: set[str] = set()
    found: list[tuple[str, ...]] = []
    for root in successors:
        if root in index:
            continue
        index[root] = low[root] = len(index)
        open_nodes.append(root)
        is_open.add(root)
        work = [(root, iter(successors.get(root, ())))]
        while work:
            node, targets = work[-1]
            for target in targets:
                if target not in index:
                    index[target] = low[target] = len(index)
                    open_nodes.append(target)
                    is_open.add(target)
                    work.append((target, iter(successors.get(target, ()))))
                    break
                if target in is_open and index[target] < low[node]:
                    low[node] = index[target]
            else:
                work.pop()
                if work and low[node] < low[work[-1][0]]:
                    low[work[-1][0]] = low[node]
                if low[node] == index[node]:
                    members = list[str]()
                    while not members or members[-1] != node:
                        members.append(open_nodes.pop())
                        is_open.discard(members[-1])
                    if len(members) > 1:
                        found.append(tuple(sorted(members)))
    return found


def build(layout: Layout, imports: Mapping[str, Iterable[Import]]) -> Graph:
    """The graph of a tree from its layout and the imports of each path."""
    resolver = Resolver(layout)
    edges = {layout.names[path]: resolver.edges(path, items) for path, items in imports.items() if path in layout.names}
    return Graph({name: path for path, name in layout.names.items()}, edges)


def reachable(successors: Mapping[str, Collection[str]], start: str) -> set[str]:
    """Everything that can be reached from `start`, itself included."""
    seen, waiting = {start}, [start]
    while waiting:
        for target in successors.get(waiting.pop(), ()):
            if target not in seen:
                seen.add(target)
                waiting.append(target)
    return seen
