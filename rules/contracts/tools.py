"""The tools whose contracts are enforced as they stand, and the files that these are in."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from rules.contracts import importlinter, tach
from rules.contracts.adopted import Adopted


class Tool(NamedTuple):
    """`name` is what our configuration calls the tool, `files` are the names of its files, in whatever folder.

    `adopt` takes the bytes of all such files of a tree by path.
    """

    name: str
    files: frozenset[str]
    adopt: Callable[[Mapping[str, bytes]], Iterable[Adopted]]


TOOLS = (
    Tool("import-linter", frozenset(importlinter.FILES), importlinter.adopt),
    Tool("tach", frozenset(tach.FILES), tach.adopt),
)

FILES = frozenset[str]().union(*(tool.files for tool in TOOLS))
"""The names of the files of all tools."""


def adopted(files: Mapping[str, bytes], wanted: bool | Iterable[str]) -> tuple[Adopted, ...]:
    """What the tools' files in a tree say. wanted: the names of the tools to listen to, or all or none of them."""
    names = {tool.name for tool in TOOLS} if wanted is True else set(wanted or ())
    return tuple(
        found
        for tool in TOOLS
        if tool.name in names
        for found in tool.adopt({path: data for path, data in files.items() if posixpath.basename(path) in tool.files})
    )
