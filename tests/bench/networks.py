"""Import graphs of 20,000 modules and 200,000 edges, and changes of them, as facts in memory: always the same ones."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from msgspec.structs import replace

from rules.change import Change, FileChange, Snapshot
from rules.layout import find_layout
from rules.model import Definition, Facts, Features, Hunk, Import, Scope, Statements
from rules.overlay import Overlay, Roots
from rules.reference import Reference, build

PACKAGES, SUBPACKAGES, MODULES, DEGREE = 24, 10, 20_000, 10
AGAINST = 0.1
"""So much of what a change adds follows the habits of the graph no more than a throw of dice."""

Draw = Callable[[random.Random, int], int]
"""The number of a module that another one imports, by the habits of a graph."""


def _paths() -> list[str]:
    packages = [f"app/p{i:02}" for i in range(PACKAGES)]
    folders = [f"{package}/s{j}" for package in packages for j in range(SUBPACKAGES)]
    inits = [f"{folder}/__init__.py" for folder in ("app", *packages, *folders)]
    left = MODULES - len(inits)
    return [*inits, *(f"{folders[i * len(folders) // left]}/m{i:05}.py" for i in range(left))]


PATHS = sorted(_paths())
_NEAR = MODULES // PACKAGES // SUBPACKAGES


def _local(rng: random.Random, i: int) -> int:
    """Mostly the neighbours, in either direction: most of the graph is one cycle."""
    return (i + rng.randint(-_NEAR, _NEAR)) % MODULES if rng.random() < 0.8 else rng.randrange(MODULES)


def _layered(rng: random.Random, i: int) -> int:
    """Downwards, but for one import in two thousand."""
    return rng.randrange(MODULES) if rng.random() < 0.0005 else i + 1 + int(rng.expovariate(1) * MODULES / 12)


def _knotted(rng: random.Random, i: int) -> int:
    """Anything, often the next one: one cycle of all modules."""
    return (i + 1) % MODULES if rng.random() < 0.2 else rng.randrange(MODULES)


def _chained(rng: random.Random, i: int) -> int:
    """One of the next few: ways of thousands of modules."""
    return i + rng.randint(1, DEGREE + 4)


def _starry(rng: random.Random, i: int) -> int:
    """Mostly one of fifty hubs, which import what lies behind them."""
    hub = MODULES // 50
    return rng.randrange(50) * hub if rng.random() < 0.8 else i + rng.randint(1, hub)


SHAPES: Mapping[str, Draw] = {
    "local": _local,
    "layered": _layered,
    "knotted": _knotted,
    "chained": _chained,
    "starry": _starry,
}


class Network(NamedTuple):
    """A tree: how its modules import each other, the facts of each blob, and its reference. Paths are blobs here."""

    draw: Draw
    facts: Mapping[str, Facts]
    reference: bytes


def network(shape: str) -> Network:
    """The base tree of a shape."""
    rng, draw = random.Random(shape), SHAPES[shape]
    facts = {path: _facts(_imports(rng, draw, i, DEGREE)) for i, path in enumerate(PATHS)}
    layout = find_layout(facts, (), (), lambda path: facts[path].imports)
    return Network(draw, facts, build("", {path: path for path in facts}, facts, layout))


def _imports(rng: random.Random, draw: Draw, i: int, wanted: int) -> list[Import]:
    """Imports of other modules, four in five at import time."""
    found: dict[int, None] = {}
    for _ in range(10 * wanted):
        if len(found) < wanted and 0 <= (target := draw(rng, i)) < MODULES and target != i:
            found[target] = None
    scopes: list[Scope] = rng.choices(("import", "lazy", "typing", "string"), (80, 12, 6, 2), k=len(found))
    pairs = zip(found, scopes, strict=True)
    return [Import(_name(PATHS[target]), 0, "", line, scope) for line, (target, scope) in enumerate(pairs, 1)]


def _name(path: str) -> str:
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def _facts(imports: Sequence[Import]) -> Facts:
    """A file with these imports and one function."""
    definition = Definition("run", "function", 50, 50, 51, 90, (), (), ())
    nothing = Statements(b"", b"", b"", b"", b"", b"", b"")
    return Facts(100, tuple(imports), (definition,), nothing, Features(b"", b"", bytes(8)), (), (), None, False, 4, "")


class Tree(NamedTuple):
    """A head: path -> blob, the facts of its own blobs, and where its files differ from the base."""

    blobs: dict[str, str]
    facts: dict[str, Facts]
    files: dict[str, FileChange]

    def put(self, path: str, old: str, imports: Sequence[Import]) -> None:
        """Writes a file in the place of another one, of none where that is ''."""
        if old:
            del self.blobs[old]
        self.blobs[path] = f"{path} edited"
        self.facts[self.blobs[path]] = _facts(imports)
        self.files[path] = FileChange(path, old, (Hunk(0, 0, 1, 3),))


def edited(base: Network, size: int, *, moved: bool = False) -> Tree:
    """The base after a change of so many modules: each gets three imports and loses two, one in ten is a new module.

    moved: they lie in another package then, and everybody who imports them follows.
    """
    rng = random.Random(size)
    tree = Tree({path: path for path in base.facts}, {}, {})
    places = {path: f"app/p23/s0/{path.rpartition('/')[2]}" for path in PATHS if moved and "__init__" not in path}
    for i in rng.sample([i for i, path in enumerate(PATHS) if "__init__" not in path], size):
        path, draw = PATHS[i], _anything if rng.random() < AGAINST else base.draw
        added = _imports(rng, draw, i, 3)
        if size > 1 and rng.random() < 0.1:
            tree.put(path.replace("/m", "/new"), "", added)
        else:
            kept = base.facts[path].imports
            tree.put(places.get(path, path), path, [*added, *rng.sample(kept, max(0, len(kept) - 2))])
    if moved:
        _follow(base, tree)
    return tree


def _anything(rng: random.Random, _: int) -> int:
    return rng.randrange(MODULES)


def _follow(base: Network, tree: Tree) -> None:
    names = {_name(file.base_path): _name(path) for path, file in tree.files.items() if file.base_path}
    for path, blob in [*tree.blobs.items()]:
        imports = (tree.facts.get(blob) or base.facts[blob]).imports
        if any(item.module in names for item in imports):
            old = tree.files[path].base_path if path in tree.files else path
            new = [replace(item, module=names.get(item.module, item.module)) for item in imports]
            tree.facts[f"{path} edited"] = _facts(new)
            tree.blobs[path] = f"{path} edited"
            tree.files[path] = FileChange(path, old, (Hunk(0, 0, 1, 3),))


def change_between(base: Network, head: Tree, reference: Reference) -> Change:
    """The change from base to head, over the reference of the base; nothing of it has been looked at yet."""

    def facts(blob: str) -> Facts:
        return head.facts.get(blob) or base.facts[blob]

    def snapshot(blobs: Mapping[str, str]) -> Snapshot:
        by_path = {path: facts(blob) for path, blob in blobs.items()}
        return Snapshot(Overlay(reference, blobs, facts, Roots()), by_path, lambda _: None)

    return Change(snapshot({path: path for path in base.facts}), snapshot(head.blobs), head.files.values())
