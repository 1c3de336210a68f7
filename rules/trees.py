"""Changes made of sources in memory: for examples, tests and people who write rules."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence

from rules.change import Change, FileChange, Snapshot
from rules.facts import read
from rules.layout import find_layout
from rules.model import Hunk
from rules.selection import Selection

Tree = Mapping[str, str]
"""path -> source"""


def snapshot_of(tree: Tree) -> Snapshot:
    """The reviewed files of a tree as a snapshot."""
    sources = {path: source.encode() for path, source in sorted(tree.items()) if Selection()(path)}
    facts = {path: read(source) for path, source in sources.items()}
    layout = find_layout(facts, (), (), lambda path: facts[path].imports)
    return Snapshot(facts, layout, sources.get)


def change_of(base: Tree, head: Tree, renames: Mapping[str, str] | None = None) -> Change:
    """The change from one tree to another; `renames` maps paths of the base to paths of the head."""
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
    return Change(snapshot_of(base), snapshot_of(head), files)


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
