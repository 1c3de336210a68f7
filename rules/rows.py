"""Ways through rows of names: what can be reached, what is in circles, the shortest way. All of it knows names alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence, Set
from itertools import chain
from typing import TypeVar

Rows = Mapping[str, Collection[str]]
"""module -> the modules next to it, on one side"""


Value = TypeVar("Value")


class Lazy(dict[str, Value]):
    """What belongs to each module, worked out when it is asked for."""

    def __init__(self, find: Callable[[str], Value]) -> None:
        super().__init__()
        self._find = find

    def __missing__(self, module: str) -> Value:
        value = self[module] = self._find(module)
        return value


LazyRows = Lazy[Collection[str]]
"""Rows of which a walk costs what it visits."""


class Table(dict[str, Collection[str]]):
    """The rows of all modules; any other name has an empty one."""

    def __missing__(self, _name: str) -> Collection[str]:
        return ()


def turned(rows: Rows, modules: Iterable[str]) -> dict[str, list[str]]:
    """The rows of some modules, seen from the other side."""
    columns: dict[str, list[str]] = {}
    for module in modules:
        for name in rows[module]:
            if name in columns:
                columns[name].append(module)
            else:
                columns[name] = [module]
    return columns


def neighbours(modules: Iterable[str], rows: Rows) -> set[str]:
    """What lies next to any of some modules."""
    return set().union(*map(rows.__getitem__, modules))


def flooded(starts: Iterable[str], rows: Rows, within: Set[str] | None = None) -> set[str]:
    """All that can be reached from some modules, themselves included, without leaving `within`."""
    seen = set(starts)
    fresh = seen
    while fresh:
        fresh = neighbours(fresh, rows) - seen
        if within is not None:
            fresh &= within
        seen |= fresh
    return seen


def peeled(modules: set[str], rows: Rows) -> set[str]:
    """The modules without those that nothing left leads to, again and again: circles, and what lies behind them."""
    counts = Counter(chain.from_iterable(map(rows.__getitem__, modules)))
    left = set(modules)
    waiting = [module for module in modules if not counts[module]]
    while waiting:
        module = waiting.pop()
        left.discard(module)
        for name in rows[module]:
            counts[name] -= 1
            if not counts[name] and name in left:
                waiting.append(name)
    return left


def leads(start: str, goal: str, targets: Rows, importers: Rows, within: Set[str] | None = None) -> bool:
    """Whether a way of at least one step leads from one module to another; what lies between is in `within`."""
    return _searched(start, goal, targets, importers, within) is not None


def shortest_way(start: str, goal: str, targets: Rows, importers: Rows) -> list[str] | None:
    """The modules of a shortest way of at least one step, with both ends, None where there is none.

    Of several it is the first by name.
    """
    found = _searched(start, goal, targets, importers, None)
    if found is None:
        return None
    front, back = found
    levels = [*leading(front[:-1], front[-1] & back[-1], importers), *reversed(back[:-1])]
    return first_way(levels, targets)


def _searched(
    start: str, goal: str, targets: Rows, importers: Rows, within: Set[str] | None
) -> tuple[list[set[str]], list[set[str]]] | None:
    """What is so many steps from the start, and from the goal, up to where the two meet; None where they do not.

    The search goes on where there is less to see, so it costs little where the ends are close or one leads nowhere.
    """
    front, back = [{start}], [{goal}]
    seen, seen_back = set[str](), set[str]()
    while True:
        if len(front[-1]) <= len(back[-1]):
            levels, others, rows, known = front, back, targets, seen
        else:
            levels, others, rows, known = back, front, importers, seen_back
        reached = neighbours(levels[-1], rows) - known
        if not reached.isdisjoint(others[-1]):
            levels.append(reached & others[-1])
            return front, back
        if within is not None:
            reached &= within
        if not reached:
            return None
        known |= reached
        levels.append(reached)


def leading(levels: Sequence[set[str]], end: set[str], back: Rows) -> list[set[str]]:
    """Of each level what leads on, level by level, to the end, and the end itself. `back` are the rows against the way."""
    found = [end]
    for level in reversed(levels):
        found.append(level & neighbours(found[-1], back))
    return found[::-1]


def first_way(levels: Sequence[set[str]], rows: Rows) -> list[str]:
    """The first way by name through levels all of which lead on."""
    way = [min(levels[0])]
    for level in levels[1:]:
        way.append(min(level.intersection(rows[way[-1]])))
    return way
