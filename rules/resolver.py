"""The imports of a file -> edges between modules of the repository, by what the names mean in its layout."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from rules.graph import DEFERRED, Graph
from rules.layout import Layout
from rules.model import Edge, Import


class Reach(NamedTuple):
    """An import with what it takes: the edge, and the name, '' where the module itself is meant."""

    edge: Edge
    name: str

    @property
    def meaning(self) -> tuple[str, str, str]:
        """Who takes what, without the place."""
        return self.edge.importer, self.edge.imported, self.name


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
        return tuple(dict.fromkeys(reach.edge for reach in self.names(path, imports)))

    def leaving(self, path: str, imports: Iterable[Import]) -> tuple[Edge, ...]:
        """The imports of `path` that lead out of the repository, to dotted names as written, in source order."""
        importer = self._layout.names.get(path)
        found: dict[Edge, None] = {}
        for item, candidates in self._candidates(path, importer, imports) if importer is not None else ():
            if not item.mention and self._names.isdisjoint(candidates):
                found[Edge(importer or "", candidates[0], path, item.line, item.scope)] = None
        return tuple(found)

    def names(self, path: str, imports: Iterable[Import]) -> tuple[Reach, ...]:
        """What the imports of `path` take out of modules of the repository: the edge, and the name, '' for the module."""
        importer = self._layout.names.get(path)
        found: dict[Reach, None] = {}
        for item, candidates in self._candidates(path, importer, imports) if importer is not None else ():
            target = next((name for name in candidates if name in self._names), None)
            if target is not None and target != importer:
                whole = target == candidates[0] and item.mention != "label"
                name = "" if whole or item.name in ("", "*") else item.name
                found[Reach(Edge(importer or "", target, path, item.line, item.scope), name)] = None
        return tuple(found)

    def misses(self, path: str, imports: Iterable[Import]) -> set[str]:
        """The module names that the imports of `path` would mean first, if only there were such modules.

        Of app labels all keys: whatever becomes of the apps of a label may change what it means.
        """
        importer = self._layout.names.get(path)
        missed = set[str]()
        for item, candidates in self._candidates(path, importer, imports) if importer is not None else ():
            if item.mention == "label":
                missed.add(label_key(item.module))
            for name in candidates:
                if name in self._names:
                    break
                missed.add(name)
        return missed

    def reaches(self, path: str, imports: Iterable[Import]) -> tuple[Reach, ...]:
        """The imports of `path` that take what is private to a package that it is not in, at run time."""
        importer = self._layout.names.get(path)
        private = [item for item in imports if item.scope in DEFERRED and _may_be_private(item)]
        found = self.names(path, private)
        return tuple(reach for reach in found if is_private(reach.edge.imported, reach.name, importer or ""))

    def _candidates(self, path: str, importer: str, imports: Iterable[Import]) -> Iterator[tuple[Import, list[str]]]:
        local = next((names for root, names in self._local if path.startswith(f"{root}/" if root else "")), None)
        package = path.endswith("__init__.py")
        for item in imports:
            if item.mention in ("label", "app"):
                if item.mention == "label":
                    yield item, [self._layout.labels[item.module]] if item.module in self._layout.labels else []
                continue
            base = absolute_name(importer, package, item)
            if base is None:
                continue
            names = [f"{base}.{item.name}".strip("."), base] if item.name not in ("", "*") else [base]
            if not item.name and not item.mention:
                names.append(base.rpartition(".")[0])
            yield item, [local.get(name, name) for name in names] if local else names


def label_key(label: str) -> str:
    """An app label among the names that a file misses; no module has such a name."""
    return f"{label}:"


def _may_be_private(item: Import) -> bool:
    return item.name.startswith("_") or "._" in f".{item.module}"


def is_private(target: str, name: str, importer: str) -> bool:
    """Whether the name, or a package or module on the way to it, is private to a package that the importer is not in."""
    parts = [*target.split("."), *([name] if name else [])]
    for i, part in enumerate(parts):
        if part.startswith("_") and not part.endswith("__"):
            owner = ".".join(parts[:i])
            return bool(owner) and importer != owner and not importer.startswith(owner + ".")
    return False


def package_of(module: str, path: str) -> str:
    """The package that a module's relative imports start from: itself if it is one."""
    return module if path.endswith("__init__.py") else module.rpartition(".")[0]


def absolute_name(importer: str, package: bool, item: Import) -> str | None:
    """The dotted module that an import names, None where its dots lead out of the source root."""
    if not item.level:
        return item.module
    parts = importer.split(".")
    keep = len(parts) - item.level + package
    if keep < 0:
        return None
    return ".".join([*parts[:keep], *([item.module] if item.module else [])])


def build(layout: Layout, imports: Mapping[str, Iterable[Import]]) -> Graph:
    """The graph of a tree from its layout and the imports of each path."""
    resolver = Resolver(layout)
    paths = {name: path for path, name in layout.names.items()}
    return Graph(
        paths,
        lambda name: resolver.edges(paths[name], imports[paths[name]]) if name in paths else (),
        lambda name: resolver.leaving(paths[name], imports[paths[name]]) if name in paths else (),
    )
