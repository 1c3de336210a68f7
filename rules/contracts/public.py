"""The contract `public`: from outside, only what a package publishes may be imported."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rules.change import Change, Snapshot
from rules.contracts.breach import Breach, Dependency, at_edge, package_above, without_moves
from rules.contracts.declared import Public
from rules.contracts.patterns import Checker, Parts
from rules.contracts.view import Exceptions
from rules.graph import Graph
from rules.model import Edge


class PublicPackages:
    """Packages of which others may import only what is published."""

    def __init__(self, contract: Public, checker: Checker) -> None:
        checker.require(contract, contract.modules)
        for patterns in (contract.without, contract.importers, contract.friends):
            if patterns:
                checker.require(contract, patterns)
        self.contract: Public = contract
        self._parts = Parts((*contract.modules, *contract.without))
        self._outsiders = Parts((*contract.importers, *contract.friends))
        self._exceptions = Exceptions(contract)
        names = contract.names if isinstance(contract.names, tuple) else ()
        self._listed = re.compile("|".join(map(_expression, names))) if names else None

    def breaches(self, change: Change) -> Iterator[Breach]:
        """The new imports of what is not published, each importer and name once."""
        head = self._imports(change, change.head, change.head.graph, {})
        base = self._imports(change, change.base, change.base_graph, change.renames)
        illegal = {key: edge for key, (edge, barred) in head.items() if barred and key not in base}
        gone = [key for key, (_, barred) in base.items() if barred and key not in head]
        for one in without_moves(illegal, gone):
            message = (
                f"{change.claim(one.importer, one.imported, illegal[one].scope)}; contract {self.contract.name!r} says: "
                f"{self._says(one.target)}"
            )
            advice = (
                f"Import what `{one.target}` publishes, or publish `{one.imported.rpartition('.')[2]}` there first."
            )
            yield at_edge(illegal[one], (one.importer, one.imported), message, advice)

    def _imports(
        self, change: Change, side: Snapshot, graph: Graph, renames: dict[str, str]
    ) -> dict[Dependency, tuple[Edge, bool]]:
        """What modules that the change touches import out of the packages, and whether they must not."""
        resolver = side.overlay.resolver
        found: dict[Dependency, tuple[Edge, bool]] = {}
        for importer in change.touched:
            facts = side.facts.get(graph.modules.get(importer, ""))
            for edge, name in resolver.names(graph.modules[importer], facts.imports) if facts else ():
                module = renames.get(edge.imported, edge.imported)
                root = self._root(importer, module)
                full = f"{module}.{name}" if name else module
                if root is None or edge.scope not in self.contract.scopes or self._is_excepted(importer, module, full):
                    continue
                key = Dependency(package_above(importer), importer, full, root)
                if key not in found:
                    found[key] = edge, not self._is_published(root, module, name, _exports(side, graph, root))
        return found

    def _is_excepted(self, importer: str, module: str, full: str) -> bool:
        return self._exceptions.cover(importer, module) or self._exceptions.cover(importer, full)

    def _root(self, importer: str, imported: str) -> str | None:
        """The package that an import enters from outside, None where it enters none or the importer may."""
        part = self._package(imported)
        if part is None or self._package(importer) == part:
            return None
        outsider = self._outsiders.of(importer)
        if outsider is None:
            return None if self.contract.importers else part
        return part if outsider.number < len(self.contract.importers) else None

    def _package(self, module: str) -> str | None:
        part = self._parts.of(module)
        return part.root if part and part.number < len(self.contract.modules) else None

    def _is_published(self, root: str, module: str, name: str, exports: tuple[str, ...] | None) -> bool:
        relative = ".".join(filter(None, (module[len(root) + 1 :], name)))
        if not relative:
            return True
        if self.contract.names == "package":
            return module == root
        if self.contract.names == "__all__":
            if exports is None:
                return module == root and not name.startswith("_")
            return relative.partition(".")[0] in exports
        return self._listed is not None and self._listed.match(relative) is not None

    def obstacle(self, importer: str, imported: str, _graph: Graph | None = None, /) -> str | None:
        """Why one module must not import another, None if it may. What a package's `__all__` says is not asked."""
        root = self._root(importer, imported)
        if root is None or self._exceptions.cover(importer, imported):
            return None
        return None if self._is_published(root, imported, "", ()) else self._says(root)

    def _says(self, root: str) -> str:
        if self.contract.names == "package":
            return f"from outside, only {root} itself may be imported, no module below it"
        if self.contract.names == "__all__":
            return f"{root} publishes what its __all__ lists"
        return f"{root} publishes {', '.join(self.contract.names) or 'nothing but itself'}"


def _exports(side: Snapshot, graph: Graph, root: str) -> tuple[str, ...] | None:
    facts = side.facts.get(graph.modules.get(root, ""))
    return facts.exports if facts else None


def _expression(name: str) -> str:
    """The expression for a published name: `*` is any part of a name, `**` anything; what lies below is published, too."""
    parts = re.split(r"(\*\*|\*)", name)
    return "".join({"*": r"[^.]*", "**": r".*"}.get(part) or re.escape(part) for part in parts) + r"(?:\.|\Z)"
