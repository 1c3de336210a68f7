"""Paths -> module names: finds the source roots of a repository from its tree, without importing anything."""

from __future__ import annotations

import keyword
import posixpath
from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from rules.model import Import

_DJANGOS_OWN = frozenset(("admin", "auth", "contenttypes", "flatpages", "redirects", "sessions", "sites"))
"""The labels of Django's own apps: a package of that name is meant only where an `AppConfig` says so."""


class Root(NamedTuple):
    """A declared mapping: modules below `directory` are named below the dotted `prefix` ('' for a source root)."""

    directory: str
    prefix: str


class Layout(NamedTuple):
    """The module names of a tree.

    `names` maps path -> module name, unique. `shadowed` maps a path without a name of its own to the path that has
    it. `local` maps a directory to names that mean another module for importers below it than for the rest: two
    distributions may both have an `app.main`; the first keeps the name, the others are named from the repository's root.
    `judged` are the folders whose part in the names was decided by the imports below them. `labels` maps the label of
    a Django app to the module of its models, where one app only goes by it.
    """

    names: Mapping[str, str]
    shadowed: Mapping[str, str]
    local: Mapping[str, Mapping[str, str]]
    judged: frozenset[str]
    labels: Mapping[str, str]


def find_layout(
    paths: Iterable[str],
    manifests: Iterable[str],
    declared: Sequence[Root],
    imports: Callable[[str], Iterable[Import]],
) -> Layout:
    """Names the modules of a tree.

    paths: the Python files. manifests: paths of pyproject.toml, setup.py and setup.cfg files. declared: mappings
    that configuration declares; they win. imports: path -> imports, asked only for files below a folder that
    could be a source root as well as a namespace package, and where apps are declared (see `declares_app`).
    """
    finder = _Finder(sorted(paths), {posixpath.dirname(path) for path in manifests}, declared, imports)
    claims: dict[str, list[str]] = {}
    for path in finder.paths:
        if name := finder.name(path):
            claims.setdefault(name, []).append(path)
    names: dict[str, str] = {}
    shadowed: dict[str, str] = {}
    local: dict[str, dict[str, str]] = {}
    for name, rivals in claims.items():
        first, *rest = sorted(rivals, key=_precedence) if len(rivals) > 1 else rivals
        names[first] = name
        for path in rest:
            qualified = _dotted(path)
            if posixpath.dirname(_package_path(path)) == posixpath.dirname(_package_path(first)) or qualified in claims:
                shadowed[path] = first
            else:
                names[path] = qualified
                local.setdefault(finder.root(path), {})[name] = qualified
    return Layout(names, shadowed, local, frozenset(finder.judged), _labels(names, imports))


def declares_app(path: str) -> bool:
    """Whether a file is where Django looks for the name and the label of an app."""
    return f"/{path}".endswith("/apps.py")


def _labels(names: Mapping[str, str], imports: Callable[[str], Iterable[Import]]) -> dict[str, str]:
    """App label -> the module of its models.

    An app is a package with models. Its label is what its `AppConfig` says, else the last part of its name; a package
    that declares a label goes before those that merely have the name.
    """
    models = {name for name in names.values() if name.endswith(".models")}
    told: dict[str, set[str]] = {}
    by_name: dict[str, set[str]] = {}
    declared = set[str]()
    for path, name in names.items():
        module = f"{name.removesuffix('.apps')}.models"
        for item in imports(path) if declares_app(path) and module in models else ():
            if item.mention == "app":
                told.setdefault(item.name, set()).add(module)
                declared.add(module)
    for module in models - declared:
        label = module.split(".")[-2]
        if label not in _DJANGOS_OWN:
            by_name.setdefault(label, set()).add(module)
    return {label: min(modules) for label, modules in sorted({**by_name, **told}.items()) if len(modules) == 1}


def _precedence(path: str) -> tuple[int, bool, str]:
    """The shallower path first, a package before a module of its name, as the interpreter would find them."""
    return path.count("/") - path.endswith("/__init__.py"), not path.endswith("/__init__.py"), path


def _package_path(path: str) -> str:
    return posixpath.dirname(path) if path.endswith("/__init__.py") else path


def _dotted(path: str) -> str:
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


class _Finder:
    def __init__(
        self,
        paths: list[str],
        distributions: set[str],
        declared: Sequence[Root],
        imports: Callable[[str], Iterable[Import]],
    ) -> None:
        self.paths = paths
        self._packages = {path.rpartition("/")[0] for path in paths if path.endswith("__init__.py")}
        self._distributions = distributions
        self._declared = {root.directory: root.prefix for root in declared}
        self._imports = imports
        self._prefixes: dict[str, str] = {"": ""}
        self.judged: set[str] = set()

    def name(self, path: str) -> str:
        """The dotted name that a path claims; '' for an `__init__.py` at a source root."""
        directory, _, file = path.rpartition("/")
        stem = "" if file == "__init__.py" else file.removesuffix(".py")
        prefix = self.prefix(directory)
        return f"{prefix}.{stem}".strip(".") if prefix and stem else prefix or stem

    def root(self, path: str) -> str:
        """The source root that a path belongs to."""
        directory = posixpath.dirname(path)
        while self.prefix(directory):
            directory = posixpath.dirname(directory)
        return directory

    def prefix(self, directory: str) -> str:
        """The dotted name of a folder as a package or namespace package; '' for a source root."""
        known = self._prefixes.get(directory)
        if known is None:
            known = self._prefixes[directory] = self._find_prefix(directory)
        return known

    def _find_prefix(self, directory: str) -> str:
        if directory in self._declared:
            return self._declared[directory]
        parent, base = posixpath.split(directory)
        if not base.isidentifier():
            return ""
        above = self.prefix(parent)
        below = f"{above}.{base}" if above else base
        if directory in self._packages or self._is_inside(parent):
            return below
        if base == "src" or directory in self._distributions:
            return ""
        return below if self._is_namespace(directory, below) else ""

    def _is_inside(self, directory: str) -> bool:
        """Whether a folder is a regular package or lies below one; folders in it need no `__init__.py` to belong to it."""
        while self.prefix(directory):
            if directory in self._packages:
                return True
            directory = posixpath.dirname(directory)
        return False

    def _is_namespace(self, directory: str, name: str) -> bool:
        """Whether a folder without `__init__.py` is a namespace package `name` and no source root.

        The imports below it decide: by what name do its own modules call each other, or parts of the namespace that
        lie elsewhere? Where they are silent, a folder that holds packages is a root, one that holds loose modules is
        a namespace.
        """
        self.judged.add(directory)
        below = self.paths[bisect_left(self.paths, directory + "/") : bisect_left(self.paths, directory + "0")]
        children = {path[len(directory) + 1 :].partition("/")[0].removesuffix(".py") for path in below} - {"__init__"}
        depth = name.count(".") + 1
        as_root = as_namespace = elsewhere = 0
        for item in (item for path in below for item in self._imports(path) if not item.level and not item.mention):
            parts = (f"{item.module}.{item.name}" if item.name not in ("", "*") else item.module).split(".")
            as_root += parts[0] in children
            if len(parts) > depth and ".".join(parts[:depth]) == name:
                as_namespace += parts[depth] in children
                elsewhere += depth > 1
        if as_root != as_namespace:
            return as_namespace > as_root
        if elsewhere:
            return True
        return not any(f"{directory}/{child}" in self._packages for child in children)


def can_be_imported(module: str) -> bool:
    """Whether an import statement can name a module; `daily-run.py` is a script."""
    return all(part.isidentifier() and not keyword.iskeyword(part) for part in module.split("."))
