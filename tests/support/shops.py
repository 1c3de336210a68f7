"""Trees of sources from a few words: packages of modules, and which imports which."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

Sources = dict[str, str]


def packages(sizes: Mapping[str, int]) -> Sources:
    """Packages of so many modules, named a, b, c …, each with an empty `__init__.py` as have the packages above them."""
    tree: Sources = {}
    for package, size in sizes.items():
        parts = package.split(".")
        tree.update({"/".join((*parts[: i + 1], "__init__.py")): "" for i in range(len(parts))})
        tree.update({f"{package.replace('.', '/')}/{letter(i)}.py": "" for i in range(size)})
    return tree


def letter(number: int) -> str:
    """The name of a module by its number."""
    return f"m{number}"


def imports(tree: Sources, lines: Iterable[str]) -> Sources:
    """The tree with imports added: `shop.web.m0 -> shop.core.m1`, or `shop.web.m0 -> shop.core:Name`."""
    found = dict(tree)
    for line in lines:
        importer, _, imported = line.partition(" -> ")
        path = importer.replace(".", "/") + ".py"
        path = path if path in found else importer.replace(".", "/") + "/__init__.py"
        module, _, name = imported.partition(":")
        found[path] += f"from {module} import {name}\n" if name else f"import {module}\n"
    return found


def every(upper: str, lower: str, size: int, below: int | None = None) -> list[str]:
    """Imports of all modules of a package, so many, of modules of another one in turn."""
    return [f"{upper}.{letter(i)} -> {lower}.{letter(i % (below or size))}" for i in range(size)]
