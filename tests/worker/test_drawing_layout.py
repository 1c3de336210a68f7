"""Where boxes and lines go: nothing overlaps, nothing is left out, importers stand above what they import."""

from __future__ import annotations

import json
import shutil
import subprocess
from itertools import combinations, pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings

import worker.drawing
from rules.circles import strong_components
from tests.support.graphs import LINKS, SIDES
from worker.drawing.groups import tree
from worker.drawing.layers import MOST_BENDS, Layers, arrange, implied
from worker.drawing.picture import Sides, draw_components, draw_modules
from worker.drawing.places import Box, place, shelve
from worker.drawing.plan import plan_components, plan_modules

Links = tuple[int, dict[tuple[int, int], int]]


def rows_of(layers: Layers) -> dict[int, int]:
    return {item: number for number, row in enumerate(layers.rows) for item in row}


def sizes_for(count: int) -> list[tuple[float, float]]:
    return [(40.0 + 37 * i % 110, 30.0 + 13 * i % 50) for i in range(count)]


def overlap(one: Box, other: Box) -> bool:
    apart = (
        one.x + one.width <= other.x + 0.01
        or other.x + other.width <= one.x + 0.01
        or one.y + one.height <= other.y + 0.01
        or other.y + other.height <= one.y + 0.01
    )
    return not apart


def cycles(links: dict[tuple[int, int], int]) -> list[set[int]]:
    below: dict[str, list[str]] = {}
    for one, other in links:
        below.setdefault(str(one), []).append(str(other))
    return [set(map(int, members)) for members in strong_components(sorted(below), lambda node: below.get(node, ()))]


@settings(deadline=None)
@given(LINKS)
def test_every_node_has_a_row_and_only_cycles_lead_up(given_links: Links) -> None:
    count, links = given_links
    layers = arrange(count, links)
    assert sorted(item for row in layers.rows for item in row if item < count) == list(range(count))
    assert set(layers.routes) == set(links)
    row = rows_of(layers)
    together = cycles(links)
    for (one, other), bends in layers.routes.items():
        assert row[one] != row[other]
        assert row[one] < row[other] or any({one, other} <= members for members in together)
        steps = {b - a for a, b in pairwise([row[one], *(row[bend] for bend in bends), row[other]])}
        assert steps == {1 if row[one] < row[other] else -1}


@settings(deadline=None)
@given(LINKS)
def test_links_leave_their_box_and_arrive(given_links: Links) -> None:
    count, links = given_links
    layers = arrange(count, links)
    places = place(layers, sizes_for(count))
    assert not any(overlap(one, other) for one, other in combinations(places.boxes, 2))
    for (one, other), points in places.routes.items():
        for point, box in ((points[0], places.boxes[one]), (points[-1], places.boxes[other])):
            assert box.x <= point.x <= box.x + box.width
            assert min(abs(point.y - box.y), abs(point.y - box.y - box.height)) < 0.01
        for (a, b), bend in zip(list(pairwise(points))[1::2], layers.routes[one, other], strict=True):
            assert a.x == b.x, "a link goes straight through a row"
            in_row = [places.boxes[item] for item in layers.rows[rows_of(layers)[bend]] if item < count]
            assert not any(box.x < a.x < box.x + box.width for box in in_row)
    for box in places.boxes:
        assert box.x >= -0.01
        assert box.x + box.width <= places.width + 0.01
        assert box.y + box.height <= places.height + 0.01


@settings(deadline=None)
@given(LINKS)
def test_shelves_keep_boxes_apart(given_links: Links) -> None:
    count, links = given_links
    places = shelve(arrange(count, links), sizes_for(count))
    assert not any(overlap(one, other) for one, other in combinations(places.boxes, 2))


@settings(deadline=None)
@given(SIDES)
def test_a_plan_has_every_part_and_every_link(sides: Sides) -> None:
    groups = tree(sides.modules())
    components, modules = draw_components(sides), draw_modules(sides)
    for picture, plan in ((components, plan_components(components)), (modules, plan_modules(modules, groups))):
        assert set(plan.boxes) == set(plan.labels) == {part.name for part in picture.parts}
        assert {(link.importer, link.imported) for link in picture.links} <= set(plan.routes)
        assert not any(overlap(one, other) for one, other in combinations(plan.boxes.values(), 2))
        for box in plan.boxes.values():
            assert box.x >= 0
            assert box.x + box.width <= plan.width
            assert box.y + box.height <= plan.height


def test_the_lighter_direction_of_a_cycle_leads_up() -> None:
    row = rows_of(arrange(3, {(0, 1): 9, (1, 2): 9, (2, 0): 1, (1, 0): 2}))
    assert row[0] < row[1] < row[2]


def test_links_to_one_node_share_their_bends() -> None:
    layers = arrange(5, {(0, 1): 1, (1, 2): 1, (2, 3): 1, (3, 4): 1, (0, 4): 1, (1, 4): 1, (2, 4): 1})
    assert layers.routes[0, 4][1:] == layers.routes[1, 4]
    assert layers.routes[1, 4][1:] == layers.routes[2, 4]


def test_links_that_others_imply_are_told() -> None:
    assert implied(arrange(4, {(0, 1): 1, (1, 2): 1, (0, 2): 1, (0, 3): 1})) == {(0, 2)}


def test_rows_stay_short() -> None:
    layers = arrange(400, {(i, 399): 1 for i in range(399)})
    assert max(sum(item < 400 for item in row) for row in layers.rows) <= 24


def test_a_large_box_is_laid_out_without_bends() -> None:
    count = 260
    layers = arrange(count, {(i, j): 1 for i in range(count) for j in range(i + 1, min(count, i + 40))})
    assert sum(len(row) for row in layers.rows) <= count + MOST_BENDS


def test_the_page_places_as_we_do(tmp_path: Path) -> None:
    """places.js is places.py in another language."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed")
    cases, expected = [], []
    for seed in range(40):
        count = 1 + seed % 17
        pairs = {((i * 7 + seed) % count, (i * i + 3 * seed) % count): i for i in range(1, 2 * count)}
        layers = arrange(count, {pair: weight for pair, weight in pairs.items() if pair[0] != pair[1]})
        sizes = sizes_for(count)
        routes = [[*pair, bends] for pair, bends in layers.routes.items()]
        cases.append({"layers": {"rows": layers.rows, "routes": routes}, "sizes": sizes})
        expected.append([place(layers, sizes), shelve(layers, sizes)])
    source = (Path(worker.drawing.__file__).parent / "places.js").read_text()
    script = tmp_path / "run.js"
    script.write_text(
        source + f"const cases = {json.dumps(cases)};\n"
        "const plain = (p) => ({ ...p, routes: [...p.routes] });\n"
        "console.log(JSON.stringify(cases.map((c) => [place(c.layers, c.sizes), shelve(c.layers, c.sizes)].map(plain))));\n"
    )
    found = json.loads(subprocess.run([node, script], capture_output=True, check=True).stdout)
    for theirs, ours in zip(found, expected, strict=True):
        for page, here in zip(theirs, ours, strict=True):
            numbers = [value for box in here.boxes for value in box]
            assert [value for box in page["boxes"] for value in box.values()] == pytest.approx(numbers)
            assert (page["width"], page["height"]) == pytest.approx((here.width, here.height))
            passed = {f"{one} {other}": points for (one, other), points in here.routes.items()}
            assert [pair for pair, _ in page["routes"]] == list(passed)
            for pair, points in page["routes"]:
                assert points == pytest.approx([value for point in passed[pair] for value in point])
