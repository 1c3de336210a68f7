"""Contracts of another tool, in force within the packages that the tool looks into."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Collection, Iterable, Iterator

from rules.bounds import Bounds
from rules.change import Change
from rules.contracts.adopted import Adopted
from rules.contracts.breach import Breach, Enforced
from rules.contracts.declared import Contract
from rules.contracts.renamed import moved_names
from rules.graph import Graph
from rules.layout import Root


def change_seen_by(source: Adopted, change: Change) -> Change:
    """The change as the tool that the contracts are from would see it."""
    if not source.roots:
        return change
    change = change.wider or change
    moved = moved_names(change)
    names = dict.fromkeys(name for root in source.roots for name in (root, moved.get(root, root)))
    return change.within(Bounds(tuple(names), posixpath.dirname(source.file)))


def looked_into(adopted: Iterable[Adopted], is_reviewed: Callable[[str], bool]) -> Callable[[str], bool]:
    """Whether a Python file is not reviewed and lies, by its path, in a package that tools look into.

    A folder of the package's name among the tests, say, is another one.
    """
    places = [
        re.compile(
            rf"({re.escape(posixpath.join(posixpath.dirname(source.file), ''))}(?:.*?/)??){re.escape(root.replace('.', '/'))}/"
        )
        for source in adopted
        for root in source.roots
    ]

    def is_beside(path: str) -> bool:
        found = (place.match(path) for place in places)
        return any(match and is_reviewed(f"{match[1]}__init__.py") for match in found) and not is_reviewed(path)

    return is_beside


def package_folders(adopted: Iterable[Adopted], paths: Collection[str]) -> tuple[Root, ...]:
    """The folders that are root packages beside the tool's file, though they have no `__init__`.

    paths: those of the Python files. A folder `src` is a package for those who say so.
    """
    folders = {
        posixpath.join(posixpath.dirname(source.file), root.replace(".", "/")): root
        for source in adopted
        for root in source.roots
    }
    return tuple(
        Root(folder, root)
        for folder, root in folders.items()
        if f"{folder}/__init__.py" not in paths and any(path.startswith(f"{folder}/") for path in paths)
    )


class BoundedContract:
    """A contract of another tool in force. `file` is where it stands."""

    def __init__(self, enforced: Enforced, change: Change, file: str) -> None:
        """change: as the tool sees it."""
        self.file = file
        self._enforced = enforced
        self._change = change

    @property
    def contract(self) -> Contract:
        """What was declared."""
        return self._enforced.contract

    def breaches(self, _change: Change) -> Iterator[Breach]:
        """What the change breaks, in any order."""
        yield from self._enforced.breaches(self._change)

    def obstacle(self, importer: str, imported: str, graph: Graph | None = None, /) -> str | None:
        """Why a module, existing or not, must not import another; None if it may."""
        bounds = self._change.bounds
        if bounds is None:
            return self._enforced.obstacle(importer, imported, graph)
        if not bounds.hold(importer) or not bounds.hold(imported):
            return None
        return self._enforced.obstacle(importer, imported, None if graph is None else self._change.head.graph)
