"""Ways through rows of names: what can be reached, what is in circles, the shortest way. All of it knows names alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Set
from itertools import chain

Rows = Mapping[str, Collection[str]]
"""module -> the modules next to it, on one side"""


class LazyRows(dict[str, Collection[str]]):
    """Rows that are worked out when they are asked for, so that a walk costs what it visits."""

    def __init__(self, row_of: Callable[[str], Collection[str]]) -> None:
        super().__init__()
        self._row_of = row_of

    def __missing__(self, module: str) -> Collection[str]:
        row = self[module] = self._row_of(module)
        return row


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


def shortest_way(
    start: str, goal: str, targets: Rows, importers: Rows, within: Set[str] | None = None
) -> list[str] | None:
    """The modules of a shortest way of at least one step, with both ends, None where there is none.

    Of several it is the first by name. What lies between the ends is in `within`. The search begins at both ends and
    goes on where there is less to see, so it costs little where they are close or one of them leads nowhere.
    """
    front, back = [{start}], [{goal}]
    seen, seen_back = set[str](), set[str]()
    while True:
        if len(front[-1]) <= len(back[-1]):
            levels, others, rows, known = front, back, targets, seen
        else:
            levels, others, rows, known = back, front, importers, seen_back
        reached = neighbours(levels[-1], rows) - known
        met = reached & others[-1]
        if met:
            levels.append(met)
            return _first_way(front, back, targets)
        if within is not None:
            reached &= within
        if not reached:
            return None
        known |= reached
        levels.append(reached)


def _first_way(front: list[set[str]], back: list[set[str]], targets: Rows) -> list[str]:
    """The first way by name through the levels of a search from both ends, which meet in the last level of each."""
    leading = [front[-1] & back[-1]]
    for level in reversed(front[:-1]):
        leading.append({module for module in level if not leading[-1].isdisjoint(targets[module])})
    way = [min(leading.pop())]
    for level in (*reversed(leading), *reversed(back[:-1])):
        way.append(min(level.intersection(targets[way[-1]])))
    return way
