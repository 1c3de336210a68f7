"""The contract `protected`: only some may import a package."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rules.change import Change
from rules.contracts.breach import Breach, Dependency, at_edge, package_above, without_moves
from rules.contracts.declared import Protected
from rules.contracts.patterns import Checker, Parts, within
from rules.contracts.relations import nodes_outside
from rules.contracts.view import View
from rules.graph import Graph
from rules.model import Edge


class ProtectedPackages:
    """Packages that only some may import."""

    def __init__(self, contract: Protected, checker: Checker) -> None:
        outside = checker.outside(contract.modules)
        checker.require(contract, [name for name in contract.modules if name not in outside])
        if contract.importers:
            checker.require(contract, contract.importers)
        self._outside = nodes_outside(outside)
        self.contract: Protected = contract
        self._parts = Parts(contract.modules, exact=not contract.as_packages)
        self._importers = Parts(contract.importers, exact=not contract.as_packages)

    def breaches(self, change: Change) -> Iterator[Breach]:
        """The new imports by others, each once."""
        head, base = (View(graph, self.contract, self._outside) for graph in (change.head.graph, change.base_graph))
        new = self._illegal(head.edges_beyond(base, change.touched))
        gone = self._illegal(base.edges_beyond(head, change.touched))
        for one in without_moves(new, gone):
            message = (
                f"{change.claim(one.importer, one.imported, new[one].scope)}; contract {self.contract.name!r} says: "
                f"{self._says(one.target)}"
            )
            advice = f"Go through {self._allowed()}, or add `{one.importer}` to the importers in a change of its own."
            yield at_edge(new[one], (one.importer, one.imported), message, advice)

    def _illegal(self, edges: Iterable[Edge]) -> dict[Dependency, Edge]:
        found = {}
        for edge in edges:
            root = self._root_barred(edge.importer, edge.imported)
            if root is not None:
                found[Dependency(package_above(edge.importer), edge.importer, edge.imported, root)] = edge
        return found

    def _root_barred(self, importer: str, imported: str) -> str | None:
        part = self._parts.of(imported)
        if part is None or self._importers.of(importer) is not None:
            return None
        own = within(importer, part.root) if self.contract.as_packages else importer == part.root
        return None if own else part.root

    def obstacle(self, importer: str, imported: str, _graph: Graph | None = None) -> str | None:
        """Why one module must not import another, None if it may."""
        root = self._root_barred(importer, imported)
        return None if root is None else self._says(root)

    def _says(self, root: str) -> str:
        return f"only {self._allowed()} may import {root}"

    def _allowed(self) -> str:
        return " and ".join(self.contract.importers) or "its own modules"
