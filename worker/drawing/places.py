"""Layers and sizes -> coordinates. The page does the same in places.js, where boxes change their size.

Lengths are in pixels, x to the right, y down. No two boxes overlap.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from math import sqrt
from typing import NamedTuple

from worker.drawing.layers import Layers, Near, Pair, neighbours

GAP = 22.0
"""Between two boxes of a row."""

BEND_GAP = 9.0
"""Around a bend."""

SWEEPS = 10
"""How often boxes are drawn towards their neighbours, down and up in turn."""

STRAIGHT = 6.0
"""How much heavier a link pulls at each end that is a bend, so that long links run straight."""

PORT = 9.0
"""Between two links that begin at one box."""

SHELF = 2.0
"""About how many times as wide as high a box is whose contents stand on shelves."""

TOWER = 1.2
"""A box with boxes in it that would be so many times as high as wide gets shelves."""


class Box(NamedTuple):
    """A rectangle: its top left corner and its size."""

    x: float
    y: float
    width: float
    height: float


class Point(NamedTuple):
    """A point."""

    x: float
    y: float


class Places(NamedTuple):
    """A box for each node, the points that each link runs through, in its direction, and the size of it all.

    The points come in twos: between the first and the second a link runs from row to row, between the second and
    the third straight through a row, and so on.
    """

    boxes: tuple[Box, ...]
    routes: Mapping[Pair, tuple[Point, ...]]
    width: float
    height: float


def place(layers: Layers, sizes: Sequence[tuple[float, float]]) -> Places:
    """Gives every node and link its place. sizes: (width, height) of each node; bends have none."""
    near = neighbours(layers.rows, layers.routes)
    centres = _centres(layers.rows, near, sizes)
    bands = _bands(layers, near, sizes)
    left = min((centres[i] - _width(i, sizes) / 2 for row in layers.rows for i in row), default=0.0)
    right = max((centres[i] + _width(i, sizes) / 2 for row in layers.rows for i in row), default=0.0)
    boxes = []
    for node, (width, height) in enumerate(sizes):
        top, bottom = bands[node]
        boxes.append(Box(centres[node] - left - width / 2, (top + bottom - height) / 2, width, height))
    xs = {item: centre - left for item, centre in centres.items()}
    ports = _ports(near, xs, sizes)
    routes = {
        (one, other): tuple(_route((one, *bends, other), bands, xs, boxes, ports))
        for (one, other), bends in layers.routes.items()
    }
    return Places(tuple(boxes), routes, right - left, max((bottom for _, bottom in bands.values()), default=0.0))


def shelve(layers: Layers, sizes: Sequence[tuple[float, float]]) -> Places:
    """Gives every node its place on shelves that are filled one after the other, and links none.

    For large boxes: rows with one or two of them would make a tower. What imports still stands above, or beside.
    """
    nodes = [item for row in layers.rows for item in row if item < len(sizes)]
    wanted = max(sqrt(SHELF * sum(wide * high for wide, high in sizes)), *(wide for wide, _ in sizes))
    boxes: dict[int, Box] = {}
    x = y = bottom = right = 0.0
    for node in nodes:
        wide, high = sizes[node]
        if x and x + wide > wanted:
            x, y = 0.0, bottom + 2 * GAP
        boxes[node] = Box(x, y, wide, high)
        x += wide + GAP
        right, bottom = max(right, x - GAP), max(bottom, y + high)
    return Places(tuple(boxes[node] for node in range(len(sizes))), {}, right, bottom)


def _width(item: int, sizes: Sequence[tuple[float, float]]) -> float:
    return sizes[item][0] if item < len(sizes) else 0.0


def _centres(
    rows: Sequence[Sequence[int]],
    near: tuple[Near, Near],
    sizes: Sequence[tuple[float, float]],
) -> dict[int, float]:
    """The x of the middle of each item: near its neighbours, in the order of the row, without overlaps."""
    count = len(sizes)
    centres: dict[int, float] = {}
    distances = {}
    for row in rows:
        gaps = [0.0]
        for a, b in itertools.pairwise(row):
            gap = BEND_GAP if a >= count or b >= count else GAP
            gaps.append(gaps[-1] + (_width(a, sizes) + _width(b, sizes)) / 2 + gap)
        distances[row] = gaps
        centres.update((item, gap - gaps[-1] / 2) for item, gap in zip(row, gaps, strict=True))
    above, below = near
    for sweep in range(SWEEPS):
        for row in rows[::-1] if sweep % 2 else rows:
            wishes, weights = [], []
            for item in row:
                others = [*above[item], *below[item]] if sweep > SWEEPS - 3 else (below if sweep % 2 else above)[item]
                pull = [STRAIGHT ** ((item >= count) + (other >= count)) for other in others]
                total = sum(pull)
                sum_of = sum(p * centres[other] for p, other in zip(pull, others, strict=True))
                wishes.append(sum_of / total if total else centres[item])
                weights.append(total or 0.01)
            centres.update(zip(row, _apart(wishes, weights, distances[row]), strict=True))
    return centres


def _apart(wishes: Sequence[float], weights: Sequence[float], offsets: Sequence[float]) -> list[float]:
    """The positions nearest to the wishes that keep the order and the distances (isotonic regression)."""
    blocks: list[tuple[float, float, int]] = []
    for wish, weight, offset in zip(wishes, weights, offsets, strict=True):
        mean, total, size = wish - offset, weight, 1
        while blocks and blocks[-1][0] >= mean:
            other, more, items = blocks.pop()
            mean, total, size = (mean * total + other * more) / (total + more), total + more, size + items
        blocks.append((mean, total, size))
    means = [mean for mean, _, size in blocks for _ in range(size)]
    return [mean + offset for mean, offset in zip(means, offsets, strict=True)]


def _bands(
    layers: Layers,
    near: tuple[Near, Near],
    sizes: Sequence[tuple[float, float]],
) -> dict[int, tuple[float, float]]:
    """The top and the bottom of the row that an item stands in. The more links between two rows, the further apart."""
    bands: dict[int, tuple[float, float]] = {}
    y = 0.0
    for row in layers.rows:
        height = max((sizes[item][1] for item in row if item < len(sizes)), default=0.0)
        bands.update((item, (y, y + height)) for item in row)
        links = sum(len(near[1][item]) for item in row)
        y += height + (32 + min(60.0, links * 0.8) if links else GAP / 2)
    return bands


Ports = dict[Pair, float]
"""(node, the item that a link leads to from there) -> how far from the middle of the box the link begins or ends"""


def _ports(near: tuple[Near, Near], xs: Mapping[int, float], sizes: Sequence[tuple[float, float]]) -> Ports:
    """Spreads the links of each side of a box over it, in the order of where they lead."""
    ports: Ports = {}
    for side in near:
        for node, others in side.items():
            if node < len(sizes) and others:
                step = min(PORT, (sizes[node][0] - 16) / len(others))
                for i, other in enumerate(sorted(others, key=lambda other: (xs[other], other))):
                    ports[node, other] = (i - (len(others) - 1) / 2) * step
    return ports


def _route(
    chain: Sequence[int],
    bands: Mapping[int, tuple[float, float]],
    xs: Mapping[int, float],
    boxes: Sequence[Box],
    ports: Ports,
) -> list[Point]:
    one, other = chain[0], chain[-1]
    down = bands[one] < bands[other]
    begin, end = boxes[one], boxes[other]
    points = [Point(xs[one] + ports[one, chain[1]], begin.y + (begin.height if down else 0))]
    for bend in chain[1:-1]:
        first, second = bands[bend] if down else bands[bend][::-1]
        points += (Point(xs[bend], first), Point(xs[bend], second))
    points.append(Point(xs[other] + ports[other, chain[-2]], end.y + (0 if down else end.height)))
    return points
