"""Changes made of sources in memory: for examples, tests and people who write rules."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence

from rules.change import Change, FileChange, Snapshot
from rules.facts import read
from rules.layout import find_layout
from rules.model import Hunk
from rules.overlay import Overlay, Roots
from rules.reference import Reference, build
from rules.selection import Selection

Tree = Mapping[str, str]
"""path -> source"""


def snapshot_of(tree: Tree) -> Snapshot:
    """The reviewed files of a tree as a snapshot."""
    return change_of(tree, tree).head


def change_of(base: Tree, head: Tree, renames: Mapping[str, str] | None = None, over: Tree | None = None) -> Change:
    """The change from one tree to another; `renames` maps paths of the base to paths of the head.

    `over` is the tree whose reference both are laid over (the base by default); it makes no difference to the result.
    """
    moved = {new: old for old, new in (renames or {}).items()}
    files = []
    for path in sorted({*base, *head}):
        old = moved.get(path, path if path in base and path not in (renames or {}) else "")
        if path in head and old and (base[old] != head[path] or old != path):
            files.append(FileChange(path, old, hunks_between(base[old], head[path])))
        elif path in head and not old:
            files.append(FileChange(path, "", ()))
        elif path not in head and path not in (renames or {}):
            files.append(FileChange("", path, ()))
    reference = reference_of(base if over is None else over)
    return Change(snapshot_over(reference, base), snapshot_over(reference, head), files)


def whole_of(tree: Tree) -> Change:
    """A tree looked at as a whole, where everything counts as new."""
    change = change_of({}, tree, over=tree)
    return Change(change.base, change.head, change.files, whole=True)


def reference_of(tree: Tree) -> Reference:
    """The reference of a tree."""
    facts = {path: read(source.encode()) for path, source in _reviewed(tree).items()}
    return Reference(build("", _reviewed(tree), facts, find_layout(facts, (), (), lambda path: facts[path].imports)))


def snapshot_over(reference: Reference, tree: Tree) -> Snapshot:
    """The snapshot of a tree laid over the reference of another one. Blobs stand for themselves here."""
    sources = _reviewed(tree)
    facts = {path: read(source.encode()) for path, source in sources.items()}
    overlay = Overlay(reference, sources, lambda blob: read(blob.encode()), Roots())
    return Snapshot(overlay, facts, lambda path: sources[path].encode() if path in sources else None)


def _reviewed(tree: Tree) -> dict[str, str]:
    return {path: source for path, source in sorted(tree.items()) if Selection()(path)}


def hunks_between(base: str, head: str) -> tuple[Hunk, ...]:
    """The hunks, without context, that turn one text into another."""
    matcher = difflib.SequenceMatcher(None, base.splitlines(), head.splitlines(), autojunk=False)
    return tuple(
        Hunk(*_span(i, i_end), *_span(j, j_end))
        for kind, i, i_end, j, j_end in matcher.get_opcodes()
        if kind != "equal"
    )


def _span(start: int, end: int) -> Sequence[int]:
    """(start, count) as in a unified diff: 1-based, and the line before where the count is 0."""
    return (start + 1 if end > start else start), end - start
