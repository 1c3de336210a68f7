"""The contract `acyclic`: the children of a package import each other in no circle."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable, Iterator

from rules.change import Change
from rules.circles import strong_components
from rules.contracts.breach import Breach, at_edge
from rules.contracts.declared import Acyclic
from rules.contracts.patterns import Checker, compiled
from rules.contracts.view import View
from rules.graph import Graph, shared_parts
from rules.model import Edge
from rules.rows import neighbours


class AcyclicChildren:
    """Packages whose children form no cycle."""

    def __init__(self, contract: Acyclic, checker: Checker) -> None:
        checker.require(contract, contract.parents)
        if contract.skip:
            checker.require(contract, contract.skip)
        self.contract: Acyclic = contract

    def breaches(self, change: Change) -> Iterator[Breach]:
        """One for each circle of children that new edges close or enlarge."""
        head, base = View(change.head.graph, self.contract), View(change.base_graph, self.contract)
        new: dict[str, list[Edge]] = {}
        for edge in head.edges_beyond(base, change.touched):
            parent = _parent(edge.importer, edge.imported)
            if parent is not None and self._governs(parent):
                new.setdefault(parent, []).append(edge)
        for parent, edges in sorted(new.items()):
            after = _Children(head, parent)
            yield from self._closed(change, after, _Children(base, parent, (after, change.touched)), edges)

    def _closed(self, change: Change, head: _Children, base: _Children, edges: list[Edge]) -> Iterator[Breach]:
        after = head.circles({head.child(edge.imported) for edge in edges})
        inside = [edge for edge in edges if head.child(edge.imported) in after.get(head.child(edge.importer), ())]
        before = base.circles({head.child(edge.importer) for edge in inside})
        closing: dict[tuple[str, ...], dict[tuple[str, str], Edge]] = {}
        for edge in inside:
            one, other = head.child(edge.importer), head.child(edge.imported)
            if other not in before.get(one, ()):
                pairs = closing.setdefault(after[one], {})
                pairs[one, other] = min(edge, pairs.get((one, other), edge))
        for found in closing.values():
            ways = [(edge, head.way(other, one)) for (one, other), edge in found.items()]
            edge, way = min(ways, key=lambda item: (len(item[1]), item[0]))
            yield self._breach(change, head, edge, way)

    def _breach(self, change: Change, head: _Children, edge: Edge, way: tuple[Edge, ...]) -> Breach:
        one, other = head.child(edge.importer), head.child(edge.imported)
        circle = " → ".join([one, other, *(head.child(step.imported) for step in way)])
        message = (
            f"{change.claim(edge.importer, edge.imported, edge.scope)}, which closes {circle}; contract "
            f"{self.contract.name!r} says: the children of {head.parent} import each other in no circle"
        )
        advice = (
            f"Move what `{one}` needs from `{other}` to a sibling that imports neither, or have the caller pass it in."
        )
        return at_edge(edge, (edge.importer, edge.imported), message, advice, way)

    def _governs(self, parent: str) -> bool:
        """Whether the contract speaks of the children of this package."""
        name = parent
        for _ in range(self.contract.depth + 1):
            if any(compiled(pattern).fullmatch(name) for pattern in self.contract.parents):
                return True
            if not name or any(compiled(pattern).fullmatch(name) for pattern in self.contract.skip):
                return False
            name = name.rpartition(".")[0]
        return False

    def obstacle(self, importer: str, imported: str, graph: Graph | None = None) -> str | None:
        """Why one module must not import another, None if it may."""
        parent = _parent(importer, imported)
        if parent is None or graph is None or not self._governs(parent):
            return None
        children = _Children(View(graph, self.contract), parent)
        if not children.way(children.child(imported), children.child(importer)):
            return None
        return f"the children of {parent} import each other in no circle"


def _parent(importer: str, imported: str) -> str | None:
    """The package of which the two are in, or are, different children; None where one contains the other."""
    shared = shared_parts(importer, imported)
    parts = importer.split(".")
    if not shared or shared >= min(len(parts), imported.count(".") + 1):
        return None
    return ".".join(parts[:shared])


class _Children:
    """The graph of the children of a package: each with all that lies below it as one node."""

    def __init__(self, view: View, parent: str, like: tuple[_Children, Iterable[str]] | None = None) -> None:
        """like: the children in another view, and the modules whose edges are not the same there."""
        self.parent = parent
        self._view = view
        self._depth = parent.count(".") + 2
        self._rows: dict[str, set[str]] = {}
        self._known: dict[str, str] = {}
        self._like = like[0] if like else None
        self._differing = frozenset(map(self.child, like[1])) if like else frozenset()

    def child(self, module: str) -> str:
        """The child that a module below the parent is in."""
        known = self._known.get(module)
        if known is None:
            known = self._known[module] = ".".join(module.split(".")[: self._depth])
        return known

    def out(self, child: str) -> Collection[str]:
        """The other children that one imports."""
        if self._like is not None and child not in self._differing:
            return self._like.out(child)
        if child not in self._rows:
            below = f"{self.parent}."
            targets = self._view.targets
            names = neighbours(self._view.graph.below(child), targets)
            row = self._rows[child] = {self.child(name) for name in names if name.startswith(below)}
            row.discard(child)
        return self._rows[child]

    def edge(self, child: str, other: str) -> Edge:
        """The first edge from one child to another that it imports."""
        return next(
            self._view.edge(module, name)
            for module in self._view.graph.below(child)
            for name in self._view.targets[module]
            if self.child(name) == other
        )

    def circles(self, roots: set[str]) -> dict[str, tuple[str, ...]]:
        """Child -> the circle that it is in, for all that can be reached from the roots."""
        return {child: circle for circle in strong_components(sorted(roots), self.out) for child in circle}

    def way(self, start: str, goal: str) -> tuple[Edge, ...]:
        """The edges of a shortest way from one child to another, none where there is none."""
        came: dict[str, tuple[tuple[str, str], ...]] = {start: ()}
        waiting = deque([start])
        while waiting and goal not in came:
            node = waiting.popleft()
            for other in sorted(self.out(node)):
                if other not in came:
                    came[other] = (*came[node], (node, other))
                    waiting.append(other)
        return tuple(self.edge(*step) for step in came.get(goal, ()))
