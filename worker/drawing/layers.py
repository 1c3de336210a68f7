"""Nodes and links -> layers: who imports stands above what it imports, with few crossings (Sugiyama, Tagawa, Toda 1981).

Everything is decided by counts and by the order of the nodes, so the same graph always gets the same picture.
"""

from __future__ import annotations

import itertools
from bisect import bisect_left, bisect_right, insort
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from math import ceil, sqrt
from typing import NamedTuple

from rules.circles import strong_components

Pair = tuple[int, int]
Near = Mapping[int, Sequence[int]]

SWEEPS = 16
"""How often the rows are put in order, down and up in turn; the best of them counts."""

MOST_BENDS = 3000
"""With more bends than this no link gets any: ordering them costs too long and shows nothing any more."""


class Layers(NamedTuple):
    """Rows of items from top to bottom, left to right: numbers below the count of nodes are nodes, others bends.

    `routes` maps each link to the bends that it passes, from the importer to the imported. Links to one node share
    their bends as soon as they can, so that many of them look like one line with many beginnings. A link that leads
    up is one of those that close a cycle.
    """

    rows: tuple[tuple[int, ...], ...]
    routes: Mapping[Pair, tuple[int, ...]]


def arrange(count: int, links: Mapping[Pair, int]) -> Layers:
    """Puts the nodes 0 to count - 1 into rows. links: (importer, imported) -> weight; a link to itself is not allowed.

    Nodes without links stand in rows of their own at the bottom.
    """
    levels = _levels(sorted({end for pair in links for end in pair}), _without_cycles(links))
    alone = [node for node in range(count) if node not in levels]
    level_of, routes = _bent(count, sorted(links), levels)
    rows: list[list[int]] = [[] for _ in set(level_of.values())]
    number = {level: row for row, level in enumerate(sorted(set(level_of.values()), reverse=True))}
    for item, level in level_of.items():
        rows[number[level]].append(item)
    rows = _untangled(rows, neighbours(rows, routes))
    width = max(_row_width(len(alone)), *(sum(item < count for item in row) for row in rows), 0)
    rows += [alone[i : i + width] for i in range(0, len(alone), width)]
    return Layers(tuple(map(tuple, rows)), routes)


def _row_width(count: int) -> int:
    """How many nodes stand in a row at most: about as many as make the picture a square."""
    return max(4, ceil(1.2 * sqrt(count)))


def _without_cycles(links: Mapping[Pair, int]) -> dict[Pair, int]:
    """The links as (upper, lower), the light ones of each cycle turned round."""
    successors: dict[int, list[int]] = {}
    for importer, imported in sorted(links):
        successors.setdefault(importer, []).append(imported)
    place = {}
    for members in strong_components(
        map(str, sorted(successors)), lambda node: map(str, successors.get(int(node), ()))
    ):
        nodes = set(map(int, members))
        inside = {pair: weight for pair, weight in links.items() if nodes.issuperset(pair)}
        place.update({node: (min(nodes), i) for i, node in enumerate(_in_order(nodes, inside))})
    down: dict[Pair, int] = {}
    for (one, other), weight in sorted(links.items()):
        same = one in place and other in place and place[one][0] == place[other][0]
        pair = (other, one) if same and place[other] < place[one] else (one, other)
        down[pair] = down.get(pair, 0) + weight
    return down


def _in_order(nodes: Iterable[int], links: Mapping[Pair, int]) -> list[int]:
    """The nodes in an order with little weight of links that lead back (Eades, Lin, Smyth 1993)."""
    out, balance = Counter[int](), Counter[int]()  # what leads out, and that less what leads in
    near: dict[int, list[tuple[int, int, bool]]] = {}
    for (one, other), weight in links.items():
        out[one] += weight
        balance[one] += weight
        balance[other] -= weight
        near.setdefault(one, []).append((other, weight, False))
        near.setdefault(other, []).append((one, weight, True))
    first: list[int] = []
    last: list[int] = []
    waiting = sorted(nodes)
    ends = [node for node in waiting if not out[node]]
    placed = set[int]()
    while waiting:
        node = ends.pop() if ends else max(waiting, key=balance.__getitem__)
        (first if out[node] else last).append(node)
        placed.add(node)
        del waiting[bisect_left(waiting, node)]
        for other, weight, imports in near.get(node, ()):
            balance[other] += -weight if imports else weight
            if imports:
                out[other] -= weight
                if not out[other] and other not in placed:
                    ends.append(other)
    return first + last[::-1]


def _levels(nodes: Sequence[int], down: Iterable[Pair]) -> dict[int, int]:
    """node -> its level, 0 at the bottom: above all that it imports, few in a row, links short."""
    above, below = _near(nodes, down)
    order = _bottom_up(nodes, above, below)
    width = _row_width(len(nodes))
    levels: dict[int, int] = {}
    filled = Counter[int]()
    for node in order:
        level = 1 + max((levels[lower] for lower in below[node]), default=-1)
        while filled[level] >= width:
            level += 1
        levels[node] = level
        filled[level] += 1
    for node in (*reversed(order), *order, *reversed(order)):
        low = 1 + max((levels[lower] for lower in below[node]), default=-1)
        high = min((levels[upper] for upper in above[node]), default=low + 1) - 1
        wanted = range(high, low - 1, -1) if len(above[node]) > len(below[node]) else range(low, high + 1)
        filled[levels[node]] -= 1
        levels[node] = next(level for level in (*wanted, levels[node]) if filled[level] < width)
        filled[levels[node]] += 1
    return levels


def neighbours(rows: Iterable[Sequence[int]], routes: Mapping[Pair, Sequence[int]]) -> tuple[Near, Near]:
    """What stands above each item and is linked to it, and what below."""
    row_of = {item: number for number, row in enumerate(rows) for item in row}
    steps = set[Pair]()
    for (one, other), bends in routes.items():
        chain = (one, *bends, other) if row_of[one] < row_of[other] else (other, *bends[::-1], one)
        steps.update(itertools.pairwise(chain))
    return _near(row_of, sorted(steps))


def _near(items: Iterable[int], steps: Iterable[Pair]) -> tuple[Near, Near]:
    above: dict[int, list[int]] = {item: [] for item in items}
    below: dict[int, list[int]] = {item: [] for item in above}
    for upper, lower in steps:
        above[lower].append(upper)
        below[upper].append(lower)
    return above, below


def _bottom_up(nodes: Sequence[int], above: Near, below: Near) -> list[int]:
    """The nodes by the longest way down from them."""
    open_links = {node: len(below[node]) for node in nodes}
    order: list[int] = []
    ready = [node for node in nodes if not open_links[node]]
    while ready:
        order += ready
        freed = []
        for node in ready:
            for upper in above[node]:
                open_links[upper] -= 1
                if not open_links[upper]:
                    freed.append(upper)
        ready = sorted(freed)
    return order


def _bent(
    count: int, links: Iterable[Pair], levels: Mapping[int, int]
) -> tuple[dict[int, int], dict[Pair, tuple[int, ...]]]:
    """The levels of nodes and bends, and the bends of each link, one in each level that it passes."""
    passed = {(one, other): _between(levels[one], levels[other]) for one, other in links}
    wanted = {(other, way.step > 0, level) for (_, other), way in passed.items() for level in way}
    if len(wanted) > MOST_BENDS:
        return dict(levels), dict.fromkeys(passed, ())
    bends = {key: count + i for i, key in enumerate(sorted(wanted))}
    level_of = {**levels, **{bend: level for (_, _, level), bend in bends.items()}}
    routes = {
        (one, other): tuple(bends[other, way.step > 0, level] for level in way) for (one, other), way in passed.items()
    }
    return level_of, routes


def _between(one: int, other: int) -> range:
    """The levels between two, in the order of the way."""
    return range(one - 1, other, -1) if one > other else range(one + 1, other)


def _untangled(rows: list[list[int]], near: tuple[Near, Near]) -> list[list[int]]:
    """The rows in the order with the fewest crossings among those that sweeps of barycenters come by."""
    above, below = near
    best, fewest = [list(row) for row in rows], _crossings(rows, below)
    where = {item: (i + 0.5) / len(row) for row in rows for i, item in enumerate(row)}
    for sweep in range(SWEEPS if fewest else 0):
        towards = below if sweep % 2 else above
        for row in reversed(rows) if sweep % 2 else rows:
            wishes = {
                item: sum(where[other] for other in towards[item]) / len(towards[item])
                if towards[item]
                else where[item]
                for item in row
            }
            row.sort(key=wishes.__getitem__)
            where.update({item: (i + 0.5) / len(row) for i, item in enumerate(row)})
        if (now := _crossings(rows, below)) < fewest:
            best, fewest = [list(row) for row in rows], now
    return best


def _crossings(rows: Sequence[Sequence[int]], below: Near) -> int:
    """How many steps between neighbouring rows cross."""
    total = 0
    for upper, lower in itertools.pairwise(rows):
        place = {item: i for i, item in enumerate(lower)}
        seen: list[int] = []
        for item in upper:
            ends = sorted(place[other] for other in below[item] if other in place)
            total += sum(len(seen) - bisect_right(seen, end) for end in ends)
            for end in ends:
                insort(seen, end)
    return total


def implied(layers: Layers) -> set[Pair]:
    """The links that lead down and whose ends are connected by other links that lead down, too."""
    row_of = {item: row for row, items in enumerate(layers.rows) for item in items}
    below: dict[int, list[int]] = {}
    for one, other in layers.routes:
        if row_of[one] < row_of[other]:
            below.setdefault(one, []).append(other)
    reached: dict[int, int] = {}  # node -> a bit for each node that can be reached from it
    found = set[Pair]()
    for node in sorted(below, key=lambda node: -row_of[node]):
        further = 0
        for other in below[node]:
            further |= reached.get(other, 0)
        found.update((node, other) for other in below[node] if further >> other & 1)
        reached[node] = further | sum(1 << other for other in below[node] if not further >> other & 1)
    return found
