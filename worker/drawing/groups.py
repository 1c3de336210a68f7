"""Modules -> a tree of boxes: components, the packages in them, modules. Every box has layers of its own inside."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from rules.components import find_components
from worker.drawing.layers import Layers, arrange


class Group(NamedTuple):
    """A box of the tree. `children` are indices into the tree; `module` is the module it stands for, '' for a package.

    `name` is dotted and complete, `label` what is left of it inside the box around.
    """

    name: str
    label: str
    parent: int
    children: tuple[int, ...]
    module: str


def tree(modules: Iterable[str]) -> tuple[Group, ...]:
    """The tree of boxes. The first is the root, around everything; a box comes after the one around it.

    A package of one module is that module.
    """
    names = sorted(modules)
    components = find_components(names)
    below: dict[str, list[str]] = {}
    for name in names:
        below.setdefault(components.of(name), []).append(name)
    found: list[Group] = [Group("", "", -1, (), "")]
    shared = shared_prefix(below)
    children = tuple(_add(found, 0, name, label(name, shared), inside) for name, inside in sorted(below.items()))
    found[0] = found[0]._replace(children=children)
    return tuple(found)


def shared_prefix(names: Iterable[str]) -> str:
    """What the labels of components leave out: the dotted names that all of them begin with, and the dot."""
    split = [name.split(".") for name in names]
    shared = split[0][:-1] if split else []
    for parts in split:
        same = next((i for i, (one, other) in enumerate(zip(shared, parts, strict=False)) if one != other), len(parts))
        shared = shared[:same]
    return "".join(part + "." for part in shared)


def label(name: str, prefix: str) -> str:
    """A name without what all share; the name of the prefix itself stays."""
    return name.removeprefix(prefix)


def _add(found: list[Group], parent: int, name: str, shown: str, modules: Sequence[str]) -> int:
    index = len(found)
    if len(modules) == 1:
        rest = modules[0].removeprefix(name)
        found.append(Group(modules[0], shown + rest, parent, (), modules[0]))
        return index
    found.append(Group(name, shown, parent, (), ""))
    below: dict[str, list[str]] = {}
    for module in modules:
        below.setdefault(module[: len(name) + 1] + module[len(name) + 1 :].partition(".")[0], []).append(module)
    children = tuple(
        _add(found, index, inner, inner[len(name) + 1 :] or "__init__", inside) for inner, inside in below.items()
    )
    found[index] = found[index]._replace(children=children)
    return index


def layers_of(groups: Sequence[Group], pairs: Iterable[tuple[str, str]]) -> dict[int, Layers]:
    """The layers of each box with something in it. pairs: (importer, imported), names of modules."""
    paths = {group.module: _path(groups, i) for i, group in enumerate(groups) if group.module}
    place = {child: i for group in groups for i, child in enumerate(group.children)}
    links: dict[int, dict[tuple[int, int], int]] = {i: {} for i, group in enumerate(groups) if group.children}
    for importer, imported in pairs:
        around = 0
        for one, other in zip(paths[importer], paths[imported], strict=False):
            if one != other:
                pair = place[one], place[other]
                links[around][pair] = links[around].get(pair, 0) + 1
                break
            around = one
    return {i: arrange(len(groups[i].children), inside) for i, inside in links.items()}


def _path(groups: Sequence[Group], index: int) -> tuple[int, ...]:
    """The boxes around a box, from the outermost below the root to itself."""
    path: list[int] = []
    while index > 0:
        path.append(index)
        index = groups[index].parent
    return tuple(reversed(path))
