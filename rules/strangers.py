"""Source roots that know nothing of each other: distributions of one repository that share no code."""

from __future__ import annotations

import posixpath
import re

from rules.change import Snapshot
from rules.graph import DEFERRED

_HIDDEN = re.compile(r"(?:\A|/)\.[^/]")


def are_strangers(tree: Snapshot, one: str, other: str) -> bool:
    """Whether two files belong to different source roots that have nothing to do with each other.

    Neither root imports from the other, and there is no third from which both import: whoever wanted to share code
    between them would have to make one distribution depend on another first. Where a root imports nothing of the
    repository, it is not known what it may import, and it stands alone on purpose. Nobody imports from a hidden folder:
    what lies in one folder there is a template or scripts by themselves.
    """
    if _HIDDEN.search(one) or _HIDDEN.search(other):
        return posixpath.dirname(one) != posixpath.dirname(other)
    ours, theirs = source_root(tree, one), source_root(tree, other)
    if ours == theirs:
        return False
    reached, reached_by_other = _reached(tree, ours), _reached(tree, theirs)
    return theirs not in reached and ours not in reached_by_other and reached.isdisjoint(reached_by_other)


def imports_from(tree: Snapshot, one: str, other: str) -> bool:
    """Whether anything below the source root of the first file imports from that of the second, or both have one root."""
    ours, theirs = source_root(tree, one), source_root(tree, other)
    return ours == theirs or theirs in _reached(tree, ours)


def source_root(tree: Snapshot, path: str) -> str:
    """The folder below which a file's module name begins, '' for the top of the repository."""
    name = tree.layout.names.get(path)
    if name is None:
        return posixpath.dirname(path)
    inner = path.removesuffix(".py").removesuffix("/__init__")
    return "/".join(inner.split("/")[: -name.count(".") - 1])


def _reached(tree: Snapshot, root: str) -> set[str]:
    """The other source roots that modules below this one import from, at any time."""
    modules, targets = tree.graph.modules, tree.graph.targets(DEFERRED)
    below = [module for module, path in modules.items() if source_root(tree, path) == root]
    roots = {imported: source_root(tree, modules[imported]) for module in below for imported in targets[module]}
    return {
        roots[imported]
        for module in below
        for imported in targets[module]
        if roots[imported] != root and _names(tree, modules[module], modules[imported], imported)
    }


def _names(tree: Snapshot, importer: str, path: str, imported: str) -> bool:
    """Whether an import means this module, and not something else below a package of its name that is not here.

    `from shop.sdk import ...` imports the package `shop` first, and may take the rest from another repository.
    """
    if not path.endswith("/__init__.py"):
        return True
    imports = (item for item in tree.facts[importer].imports if not item.level)
    return any(imported in (item.module, f"{item.module}.{item.name}") for item in imports)
