"""Changes made of sources in memory: for examples, tests and people who write rules."""

from __future__ import annotations

import difflib
import posixpath
from collections.abc import Mapping, Sequence

from rules.change import Change, FileChange, Snapshot
from rules.facts import read
from rules.layout import find_layout
from rules.manifests import MANIFESTS, declared_roots
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
    roots = roots_of(head)
    reference = reference_of(base if over is None else over, roots)
    return Change(snapshot_over(reference, base, roots), snapshot_over(reference, head, roots), files)


def whole_of(tree: Tree) -> Change:
    """A tree looked at as a whole, where everything counts as new."""
    change = change_of({}, tree, over=tree)
    return Change(change.base, change.head, change.files, whole=True)


def roots_of(tree: Tree) -> Roots:
    """The source roots that the manifests in a tree declare."""
    manifests = [path for path in sorted(tree) if posixpath.basename(path) in MANIFESTS]
    declared = (root for path in manifests for root in declared_roots(path, tree[path].encode()))
    return Roots(tuple(manifests), tuple(declared))


def reference_of(tree: Tree, roots: Roots = Roots()) -> Reference:  # noqa: B008 - immutable
    """The reference of a tree."""
    facts = {path: read(source.encode()) for path, source in _reviewed(tree).items()}
    layout = find_layout(facts, roots.manifests, roots.declared, lambda path: facts[path].imports)
    return Reference(build("", _reviewed(tree), facts, layout))


def snapshot_over(reference: Reference, tree: Tree, roots: Roots = Roots()) -> Snapshot:  # noqa: B008 - immutable
    """The snapshot of a tree laid over the reference of another one. Blobs stand for themselves here."""
    sources = _reviewed(tree)
    facts = {path: read(source.encode()) for path, source in sources.items()}
    overlay = Overlay(reference, sources, lambda blob: read(blob.encode()), roots)
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
