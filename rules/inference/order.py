"""Which of several parts stand above which: the order against which the fewest imports run, and its levels."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from rules.circles import strong_components
from rules.inference.parts import Weights
from rules.rows import flooded

TOLERATED = 0.02
"""Of the imports between parts so many may run against the order; more than that, and the parts are one level."""

SLIPS = 0.1
"""A part that is imported from above may import what is above so much less often."""

FIRM = 2
"""One part stands above another where so many pairs of modules say so."""


class Group(NamedTuple):
    """Parts on one level that belong together: one part, or several that import each other both ways."""

    parts: tuple[str, ...]


def levels(parts: Collection[str], weights: Weights) -> list[list[Group]]:
    """The levels of the parts, from high to low; what imports each other both ways for good is one group."""
    order = sort(parts, weights)
    dropped = _against(order, weights)
    rows = _rows(parts, {pair: weight for pair, weight in weights.items() if pair not in dropped})
    tangles = strong_components(sorted(parts), lambda part: sorted(rows[part]))
    group_of = {part: Group((part,)) for part in parts}
    group_of.update((part, Group(tangle)) for tangle in tangles for part in tangle)
    below: dict[Group, set[Group]] = {group: set() for group in group_of.values()}
    for one, row in rows.items():
        below[group_of[one]].update(group_of[other] for other in row if group_of[other] != group_of[one])
    heights = _heights(below)
    found: list[list[Group]] = [[] for _ in range(max(heights.values(), default=-1) + 1)]
    for group in sorted(heights):
        found[heights[group]].append(group)
    return found[::-1]


def _heights(below: Mapping[Group, set[Group]]) -> dict[Group, int]:
    """How long the longest way down from each group is."""
    heights = dict.fromkeys(below, 0)
    waiting = sorted(below)
    while waiting:
        raised = {
            group: height
            for group in waiting
            if (height := 1 + max((heights[other] for other in below[group]), default=-1)) > heights[group]
        }
        heights.update(raised)
        waiting = sorted(group for group, others in below.items() if not others.isdisjoint(raised))
    return heights


def _against(order: Sequence[str], weights: Weights) -> set[tuple[str, str]]:
    """The pairs against the order that may be taken for slips: the lightest, few in all and few for each part.

    What a part imports from above is held against how often it is imported from above.
    """
    place = {part: i for i, part in enumerate(order)}
    left = dict.fromkeys(order, 0.0)
    for (one, other), weight in weights.items():
        if place[one] < place[other]:
            left[other] += SLIPS * weight
    all_left = max(1, int(TOLERATED * sum(weights.values())))
    slips = set()
    for weight, pair in sorted((weight, pair) for pair, weight in weights.items() if place[pair[0]] > place[pair[1]]):
        if weight <= min(all_left, left[pair[0]]):
            slips.add(pair)
            left[pair[0]] -= weight
            all_left -= weight
    return slips


def _rows(parts: Collection[str], weights: Weights) -> dict[str, set[str]]:
    rows: dict[str, set[str]] = {part: set() for part in parts}
    for one, other in weights:
        rows[one].add(other)
    return rows


def sort(parts: Collection[str], weights: Weights) -> list[str]:
    """The parts from high to low, so that little weight runs upwards.

    The greedy order of Eades, Lin and Smyth (1993), then parts are moved one by one for as long as that helps.
    """
    rows: dict[str, dict[str, int]] = {part: {} for part in parts}
    columns: dict[str, dict[str, int]] = {part: {} for part in parts}
    for (one, other), weight in weights.items():
        rows[one][other] = weight
        columns[other][one] = weight
    order = _greedy(rows, columns)
    better = True
    while better:
        better = False
        for part in sorted(parts):
            better = _move(part, order, rows[part], columns[part]) or better
    return order


def _greedy(rows: Mapping[str, Mapping[str, int]], columns: Mapping[str, Mapping[str, int]]) -> list[str]:
    rest, high, low = set(rows), list[str](), list[str]()
    while rest:
        balance = {
            part: (
                sum(weight for other, weight in rows[part].items() if other in rest),
                sum(weight for other, weight in columns[part].items() if other in rest),
            )
            for part in sorted(rest)
        }
        sink = next((part for part, (out, _) in balance.items() if not out), None)
        part = sink or max(balance, key=lambda one: (balance[one][0] - balance[one][1], one))
        (low if sink else high).append(part)
        rest.remove(part)
    return high + low[::-1]


def _move(part: str, order: list[str], row: Mapping[str, int], column: Mapping[str, int]) -> bool:
    """Puts one part where the least weight runs upwards; whether that changed anything for the better."""
    here = order.index(part)
    others = order[:here] + order[here + 1 :]
    cost = sum(column.get(other, 0) for other in others)
    costs = [cost]
    for other in others:
        cost += row.get(other, 0) - column.get(other, 0)
        costs.append(cost)
    best = min(range(len(costs)), key=lambda i: (costs[i], abs(i - here)))
    if costs[best] >= costs[here]:
        return False
    order[:] = [*others[:best], part, *others[best:]]
    return True


def comparable(groups: Sequence[Sequence[Group]], weights: Weights) -> dict[str, float]:
    """Part -> with how large a share of the parts on other levels the imports put it in an order."""
    level = {part: i for i, row in enumerate(groups) for group in row for part in group.parts}
    firm = {
        pair
        for pair, weight in weights.items()
        if weight >= FIRM and pair[0] in level and pair[1] in level and level[pair[0]] <= level[pair[1]]
    }
    rows = _rows(level, dict.fromkeys(firm, 1))
    reach = {part: flooded([part], rows) for part in level}
    shares = {}
    for part, own in level.items():
        others = [other for other in level if level[other] != own]
        tied = sum(other in reach[part] or part in reach[other] for other in others)
        shares[part] = tied / len(others) if others else 0.0
    return shares
