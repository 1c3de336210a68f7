"""A picture -> where everything is drawn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple
from unicodedata import east_asian_width

from worker.drawing.groups import Group, label, layers_of, shared_prefix
from worker.drawing.layers import Layers, arrange, implied
from worker.drawing.picture import Pair, Picture
from worker.drawing.places import TOWER, Box, Places, Point, place, shelve

LETTER = 7.3
"""The width of a letter in a label, in pixels: labels are monospaced, so that they fit everywhere."""

LONGEST = 44
"""Letters of a label; longer ones lose their middle."""

HEIGHT = 30.0
MARGIN = 24.0
PADDING, TITLE = 14.0, 26.0
"""Around what stands in a box, and the height of the box's title above it."""


class Plan(NamedTuple):
    """Where everything is drawn.

    `frames` are the boxes around modules with their titles, from the outside in; `boxes` and `labels` are those of
    the parts, by name; `routes` the points of each link (see `Places`). `quiet` are links that tell less than others:
    their ends are connected by other links, too, or stand in different packages.
    """

    frames: Sequence[tuple[Box, str]]
    boxes: Mapping[str, Box]
    labels: Mapping[str, str]
    routes: Mapping[Pair, Sequence[Point]]
    quiet: frozenset[Pair]
    width: float
    height: float


def plan_components(picture: Picture) -> Plan:
    """One box for each component."""
    names = [part.name for part in picture.parts]
    number = {name: i for i, name in enumerate(names)}
    weights = {(number[link.importer], number[link.imported]): link.count + link.removed for link in picture.links}
    prefix = shared_prefix(names)
    labels = {name: shortened(label(name, prefix)) for name in names}
    layers = arrange(len(names), weights)
    places = place(layers, [_size(labels[name]) for name in names])
    return Plan(
        (),
        {name: _moved(places.boxes[i], MARGIN, MARGIN) for name, i in number.items()},
        labels,
        {
            (names[one], names[other]): _shifted(points, MARGIN, MARGIN)
            for (one, other), points in places.routes.items()
        },
        frozenset((names[one], names[other]) for one, other in implied(layers)),
        places.width + 2 * MARGIN,
        places.height + 2 * MARGIN,
    )


def plan_modules(picture: Picture, groups: Sequence[Group]) -> Plan:
    """One box for each module, in the boxes of its packages. groups: the tree of the picture's parts."""
    layers = layers_of(groups, [(link.importer, link.imported) for link in picture.links])
    inner = _inner_places(groups, layers)
    frames: list[tuple[Box, str]] = []
    boxes: dict[str, Box] = {}
    routes: dict[Pair, Sequence[Point]] = {}
    quiet = set[Pair]()
    placed = {0: Box(MARGIN - PADDING, MARGIN - TITLE, 0, 0)}
    for index, group in enumerate(groups):
        if group.module:
            boxes[group.module] = placed[index]
            continue
        if index:
            frames.append((placed[index], shortened(group.label)))
        left, top = placed[index].x + PADDING, placed[index].y + TITLE
        for child, box in zip(group.children, inner[index].boxes, strict=True):
            placed[child] = _moved(box, left, top)
        for (one, other), points in inner[index].routes.items():
            pair = groups[group.children[one]].module, groups[group.children[other]].module
            if all(pair):
                routes[pair] = _shifted(points, left, top)
    for link in picture.links:
        pair = link.importer, link.imported
        if pair not in routes:
            quiet.add(pair)
            routes[pair] = straight(boxes[pair[0]], boxes[pair[1]])
    return Plan(
        frames,
        boxes,
        {group.module: shortened(group.label) for group in groups if group.module},
        routes,
        frozenset(quiet),
        inner[0].width + 2 * MARGIN,
        inner[0].height + 2 * MARGIN,
    )


def _inner_places(groups: Sequence[Group], layers: Mapping[int, Layers]) -> dict[int, Places]:
    """Where the children of each box stand in it, from the inside out: a box is as large as what it holds."""
    found: dict[int, Places] = {}
    for index in range(len(groups) - 1, -1, -1):
        if not groups[index].module:
            sizes = [_size(groups[child].label, found.get(child)) for child in groups[index].children]
            found[index] = place(layers[index], sizes)
            holds_boxes = any(groups[child].children for child in groups[index].children)
            if holds_boxes and found[index].height > TOWER * found[index].width:
                found[index] = shelve(layers[index], sizes)
    return found


def _size(text: str, inside: Places | None = None) -> tuple[float, float]:
    width = label_width(shortened(text))
    if inside is None:
        return width, HEIGHT
    return max(width, inside.width + 2 * PADDING), inside.height + TITLE + PADDING


def label_width(text: str) -> float:
    """The width of a box with this label."""
    return LETTER * sum(1 + (east_asian_width(letter) in "FW") for letter in text) + 2 * PADDING


def shortened(text: str) -> str:
    """A label that fits."""
    half = LONGEST // 2
    return text if len(text) <= LONGEST else f"{text[:half]}…{text[1 - half :]}"


def straight(one: Box, other: Box) -> tuple[Point, Point]:
    """The ends of a link between two boxes anywhere: bottom to top, or top to bottom where the first stands below."""
    down = one.y + one.height / 2 <= other.y + other.height / 2
    begin, end = (one.y + one.height, other.y) if down else (one.y, other.y + other.height)
    return Point(one.x + one.width / 2, begin), Point(other.x + other.width / 2, end)


def _moved(box: Box, x: float, y: float) -> Box:
    return Box(box.x + x, box.y + y, box.width, box.height)


def _shifted(points: Sequence[Point], x: float, y: float) -> tuple[Point, ...]:
    return tuple(Point(point.x + x, point.y + y) for point in points)
