"""Import graphs -> what is drawn: parts, the links between them, and what a change does to both."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from typing import Literal, NamedTuple

import msgspec

from rules.circles import strong_components
from rules.components import find_components
from rules.graph import DEFERRED, RUNTIME, Graph, Scopes
from rules.model import SCOPES

State = Literal["kept", "added", "removed"]

Mark = Literal["", "cycle", "closes", "back"]
"""What a link has to do with cycles: nothing; part of one (where nothing is compared); it is new and closes one that the
base did not have; it is on the shortest way back of one that closes."""

MOST_WAYS = 100
"""For so many closing links the way back is looked for; a change that closes more is no picture any more."""

Pair = tuple[str, str]


class Part(msgspec.Struct, frozen=True, order=True):
    """A component or module, and how many modules it holds."""

    name: str
    modules: int
    state: State


class Link(msgspec.Struct, frozen=True, order=True):
    """The imports from one part to another, in pairs of modules: what the head has, and what came and went."""

    importer: str
    imported: str
    count: int
    added: int
    removed: int
    mark: Mark

    @property
    def state(self) -> State:
        """Whether the parts were connected before, and still are."""
        if not self.count:
            return "removed"
        return "added" if self.added == self.count and not self.removed else "kept"


class Picture(msgspec.Struct, frozen=True):
    """Parts and links, sorted by name. `compared` is whether there is a base; without one everything is as it was."""

    parts: tuple[Part, ...]
    links: tuple[Link, ...]
    compared: bool


class Sides(NamedTuple):
    """The graph of the head and, where something is compared, of the base, with its modules under the head's names.

    `split` maps modules of the head to the module of the base that became the package they lie in.
    """

    head: Graph
    base: Graph | None = None
    split: Mapping[str, str] = {}

    def modules(self) -> dict[str, str]:
        """All modules of both sides and their paths; the head's path where both have one."""
        return {**(self.base.modules if self.base else {}), **self.head.modules}

    def before(self, module: str) -> str:
        """The name that a module's contents had in the base."""
        return self.split.get(module, module)


class Pairs(NamedTuple):
    """Pairs of modules (importer, imported) in any scope: what the head has, and what came and went."""

    head: set[Pair]
    added: set[Pair]
    removed: set[Pair]


def module_pairs(sides: Sides) -> Pairs:
    """The pairs of both sides. What a module took along when it was split is neither new nor gone."""
    head = _pairs(sides.head, SCOPES)
    if sides.base is None:
        return Pairs(head, set(), set())
    base = _pairs(sides.base, SCOPES)
    old = {(one, other): (sides.before(one), sides.before(other)) for one, other in head}
    return Pairs(head, {pair for pair, before in old.items() if before not in base}, base - head - set(old.values()))


def draw_modules(sides: Sides) -> Picture:
    """Every module is a part."""
    return _draw(sides, lambda module: module)


def draw_components(sides: Sides) -> Picture:
    """Every component is a part, found from the modules of both sides."""
    components = find_components(sides.modules())
    part_of = {module: components.of(module) for module in sides.modules()}
    return _draw(sides, part_of.__getitem__)


def _draw(sides: Sides, part_of: Callable[[str], str]) -> Picture:
    pairs = module_pairs(sides)
    head, added, removed = (_counted(found, part_of) for found in pairs)
    marks = _marks(sides, part_of)
    links = (
        Link(*pair, head.get(pair, 0), added.get(pair, 0), removed.get(pair, 0), marks.get(pair, ""))
        for pair in sorted({*head, *removed})
    )
    return Picture(tuple(_parts(sides, part_of)), tuple(links), sides.base is not None)


def _parts(sides: Sides, part_of: Callable[[str], str]) -> Iterable[Part]:
    before = {part_of(module) for module in (sides.base or sides.head).modules}
    before.update(part_of(module) for module in sides.split)
    after: dict[str, int] = {}
    for module in sides.head.modules:
        after[part_of(module)] = after.get(part_of(module), 0) + 1
    for name in sorted({*before, *after}):
        state: State = "removed" if name not in after else "kept" if name in before else "added"
        yield Part(name, after.get(name, 0), state)


def _pairs(graph: Graph, scopes: Scopes) -> set[Pair]:
    return {(importer, imported) for importer in graph.modules for imported in graph.out(importer, scopes)}


def _counted(pairs: Iterable[Pair], part_of: Callable[[str], str]) -> dict[Pair, int]:
    counts: dict[Pair, int] = {}
    for importer, imported in pairs:
        pair = part_of(importer), part_of(imported)
        if pair[0] != pair[1]:
            counts[pair] = counts.get(pair, 0) + 1
    return counts


Row = dict[str, list[str]]
"""part -> the parts that it imports, sorted"""


def _marks(sides: Sides, part_of: Callable[[str], str]) -> dict[Pair, Mark]:
    """The links with a mark. Imports for type checkers and of the importer's own packages close no cycle."""
    if sides.base is None:
        head = _rows(sides.head, part_of, RUNTIME)
        cycle_of = _cycles(head)
        return {(one, other): "cycle" for one in head for other in head[one] if _together(cycle_of, one, other)}
    marks: dict[Pair, Mark] = {}
    for scopes in (RUNTIME, DEFERRED):
        head = _rows(sides.head, part_of, scopes)
        closing = _closing(_rows(sides.base, part_of, scopes), head, sides)
        for importer, imported in closing[:MOST_WAYS]:
            for pair in _shortest_path(head, imported, importer):
                marks.setdefault(pair, "back")
        marks.update((pair, "closes") for pair in closing)
    return marks


def _closing(base: Row, head: Row, sides: Sides) -> list[Pair]:
    """The new links whose ends are in one cycle in the head and were in none together in the base."""
    after, before = _cycles(head), _cycles(base)
    found = []
    for importer in sorted(head):
        for imported in head[importer]:
            old, other = sides.before(importer), sides.before(imported)
            is_new = old != other and other not in base.get(old, ())
            if is_new and _together(after, importer, imported) and not _together(before, old, other):
                found.append((importer, imported))
    return found


def _rows(graph: Graph, part_of: Callable[[str], str], scopes: Scopes) -> Row:
    found: dict[str, set[str]] = {}
    for importer, imported in _counted(_pairs(graph.without_ancestors(), scopes), part_of):
        found.setdefault(importer, set()).add(imported)
    return {importer: sorted(row) for importer, row in found.items()}


def _cycles(rows: Row) -> dict[str, int]:
    found = strong_components(sorted(rows), lambda part: rows.get(part, ()))
    return {part: number for number, members in enumerate(found) for part in members}


def _together(cycle_of: Mapping[str, int], one: str, other: str) -> bool:
    return one in cycle_of and cycle_of[one] == cycle_of.get(other)


def _shortest_path(rows: Row, start: str, goal: str) -> list[Pair]:
    came: dict[str, str] = {start: ""}
    waiting = deque([start])
    while waiting and goal not in came:
        part = waiting.popleft()
        for other in rows.get(part, ()):
            if other not in came:
                came[other] = part
                waiting.append(other)
    path = []
    while goal != start:
        path.append((came[goal], goal))
        goal = came[goal]
    return path
