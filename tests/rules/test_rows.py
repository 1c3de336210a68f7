"""Walks through rows of names, against naive implementations of the same."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from rules.circles import strong_components
from rules.graph import RUNTIME
from rules.rows import flooded, leads, peeled, shortest_way
from tests.support.graphs import graph, reachable

NODES = [f"m{i}" for i in range(9)]
pairs = st.frozensets(st.tuples(st.sampled_from(NODES), st.sampled_from(NODES)), max_size=26)


def sides(of: frozenset[tuple[str, str]]) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    targets = {node: sorted(b for a, b in of if a == node) for node in NODES}
    return targets, {node: sorted(a for a, b in of if b == node) for node in NODES}


def ways(targets: dict[str, list[str]], start: str, goal: str, within: frozenset[str]) -> list[list[str]]:
    """All shortest ways, found by trying every way of every length."""
    open_ways = [[start]]
    for _ in range(len(NODES) + 1):
        longer = [[*way, name] for way in open_ways for name in targets[way[-1]]]
        if found := [way for way in longer if way[-1] == goal]:
            return found
        shortest: dict[str, list[str]] = {}
        for way in sorted(longer):
            if way[-1] in within:
                shortest.setdefault(way[-1], way)
        open_ways = [*shortest.values()]
    return []


@given(pairs, st.sampled_from(NODES), st.sampled_from(NODES), st.frozensets(st.sampled_from(NODES)))
def test_a_way_is_the_shortest_and_of_those_the_first(
    of: frozenset[tuple[str, str]], start: str, goal: str, within: frozenset[str]
) -> None:
    targets, importers = sides(of)
    found = ways(targets, start, goal, frozenset(NODES))
    assert shortest_way(start, goal, targets, importers) == (min(found) if found else None)
    assert leads(start, goal, targets, importers, within) == bool(ways(targets, start, goal, within))


@given(pairs, st.frozensets(st.sampled_from(NODES)), st.frozensets(st.sampled_from(NODES)))
def test_a_flood_reaches_what_can_be_reached(
    of: frozenset[tuple[str, str]], starts: frozenset[str], within: frozenset[str]
) -> None:
    targets, _ = sides(of)
    assert flooded(starts, targets) == {name for start in starts for name in reachable(start, targets.__getitem__)}
    inside = {start: [name for name in targets[start] if name in within] for start in NODES}
    assert flooded(starts, targets, within) == flooded(starts, inside)


@given(pairs)
def test_peeling_keeps_circles_and_what_they_lead_to(of: frozenset[tuple[str, str]]) -> None:
    targets, _ = sides(of)
    round_ = [name for name in NODES if leads(name, name, *sides(of))]
    assert peeled(set(NODES), targets) == flooded(round_, targets)


def test_cycles_of_a_graph_with_many_modules_are_its_strong_components() -> None:
    """One large circle, a chain of small ones behind it, and what belongs to none."""
    lines = [f"a{i} -> a{(i + 1) % 90}" for i in range(90)]
    lines += [line for i in range(90) for line in (f"b{i} -> c{i}", f"c{i} -> b{i}", f"c{i} -> b{i + 1}")]
    lines += ["a7 -> b3", "x -> a1", "b90 -> y"]
    big = graph(lines)
    expected = strong_components(sorted(big.modules), lambda name: big.out(name, RUNTIME))
    assert {tuple(sorted(circle)) for circle in big.cycles(RUNTIME).values()} == set(expected)
