"""A part of a repository looked at by itself: some packages are inside, all other code is foreign to them."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from msgspec.structs import replace

from rules.graph import Graph
from rules.model import Edge


class Bounds(NamedTuple):
    """The modules below some packages, of those whose files lie in a folder ('' for anywhere)."""

    roots: tuple[str, ...]
    folder: str = ""

    def hold(self, name: str) -> bool:
        """Whether a dotted name lies inside."""
        return any(name == root or name.startswith(root + ".") for root in self.roots)

    def modules(self, modules: Mapping[str, str]) -> dict[str, str]:
        """The modules inside, of those given with their paths.

        Tools that find modules by walking down the folders of a package see what Python sees: once a package has an
        `__init__`, all it holds lies in that folder; and they pass by folders in it that have none.
        """
        folder = f"{self.folder}/" if self.folder else ""
        inside = {name: path for name, path in modules.items() if path.startswith(folder) and self.hold(name)}
        folders = {name: posixpath.dirname(path) for name, path in inside.items() if path.endswith("__init__.py")}
        seen: dict[str, bool] = {}

        def is_seen(package: str) -> bool:
            if package not in seen:
                above = package.rpartition(".")[0]
                seen[package] = not self.hold(above) or (is_seen(above) and self._is_below(package, above, folders))
            return seen[package]

        def is_in_place(name: str, path: str) -> bool:
            package = name.rpartition(".")[0]
            return name in folders or package not in folders or posixpath.dirname(path) == folders[package]

        return {
            name: path
            for name, path in inside.items()
            if is_seen(name if name in folders or name in self.roots else name.rpartition(".")[0])
            and is_in_place(name, path)
        }

    def _is_below(self, package: str, above: str, folders: Mapping[str, str]) -> bool:
        """Whether a package, with an `__init__` or without, is one of those that are found below another one."""
        if package not in folders:
            while self.hold(above) and above not in folders:
                above = above.rpartition(".")[0]
            return not self.hold(above)
        return above not in folders or posixpath.dirname(folders[package]) == folders[above]

    def foreign(self, name: str) -> str:
        """What a dotted name outside is called as a whole: the shortest part of it that is no package above a root."""
        parts = name.split(".")
        length = 1
        while length < len(parts) and any(root.startswith(".".join(parts[:length]) + ".") for root in self.roots):
            length += 1
        return ".".join(parts[:length])


def bounded(graph: Graph, bounds: Bounds) -> Graph:
    """The graph of the modules inside; imports of what is outside lead out of it, to distributions as a whole."""
    modules = bounds.modules(graph.modules)
    known: dict[str, tuple[Edge, ...]] = {}

    def edges_of(importer: str) -> tuple[Edge, ...]:
        return (
            tuple(edge for edge in graph.edges_of(importer) if edge.imported in modules) if importer in modules else ()
        )

    def leaving(importer: str) -> tuple[Edge, ...]:
        if importer not in known:
            known[importer] = tuple(outward(importer)) if importer in modules else ()
        return known[importer]

    def outward(importer: str) -> Iterator[Edge]:
        for edge in (*graph.edges_of(importer), *graph.leaving(importer)):
            if not bounds.hold(edge.imported):
                yield replace(edge, imported=bounds.foreign(edge.imported))

    return Graph(modules, edges_of, leaving)
