from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path

import grimp
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from rules.circles import strong_components
from rules.facts import read
from rules.graph import DEFERRED, RUNTIME, Graph
from rules.layout import find_layout
from rules.model import SCOPES, Edge, Scope
from rules.resolver import build
from rules.trees import snapshot_of
from tests.support.graphs import reachable


def edges(tree: dict[str, str]) -> set[tuple[str, str, str]]:
    return {(edge.importer, edge.imported, edge.scope) for edge in snapshot_of(tree).graph.edges()}


PACKAGE = {"p/__init__.py": "", "p/a.py": "x = 1\n", "p/q/__init__.py": "from .r import y\n", "p/q/r.py": "y = 1\n"}
OWN = ("p.q", "p.q.r", "import")


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("import p.a", {("p.b", "p.a", "import")}),
        ("import p.a as z", {("p.b", "p.a", "import")}),
        ("from p import a", {("p.b", "p.a", "import")}),
        ("from p.a import x", {("p.b", "p.a", "import")}),
        ("from . import a", {("p.b", "p.a", "import")}),
        ("from .a import x", {("p.b", "p.a", "import")}),
        ("from .q import r, y", {("p.b", "p.q.r", "import"), ("p.b", "p.q", "import")}),
        ("from p.q import *", {("p.b", "p.q", "import")}),
        ("from p import nothing_known", {("p.b", "p", "import")}),
        ("import p.a.x", {("p.b", "p.a", "import")}),
        ("import os, json.decoder", set()),
        ("from ...far import x", set()),
        (
            "try:\n    from p import a\nexcept ImportError:\n    from p import q",
            {("p.b", "p.a", "import"), ("p.b", "p.q", "import")},
        ),
        ("def f():\n    import p.a", {("p.b", "p.a", "lazy")}),
        ("import importlib\nimportlib.import_module('p.a')", {("p.b", "p.a", "string")}),
        ("from p import b", set()),
    ],
)
def test_imports_become_edges(source: str, expected: set[tuple[str, str, str]]) -> None:
    assert edges({**PACKAGE, "p/b.py": source + "\n"}) - {OWN} == expected


def test_relative_imports_in_a_package_start_at_itself() -> None:
    assert ("p.q", "p.q.r", "import") in edges(PACKAGE)
    assert ("p.q", "p.a", "import") in edges({**PACKAGE, "p/q/__init__.py": "from ..a import x\n"})


def test_an_edge_knows_each_of_its_lines() -> None:
    graph = snapshot_of({**PACKAGE, "p/b.py": "import p.a\n\n\ndef f():\n    from p.a import x\n"}).graph
    assert [(edge.line, edge.scope) for edge in graph.edges_of("p.b")] == [(1, "import"), (5, "lazy")]
    assert graph.out("p.b", RUNTIME)["p.a"].line == 1


def graph_of(pairs: set[tuple[int, int]], scope: str = "import") -> Graph:
    rows: dict[str, list[Edge]] = {}
    for one, other in sorted(pairs):
        rows.setdefault(f"m{one}", []).append(Edge(f"m{one}", f"m{other}", f"m{one}.py", other + 1, scope))  # type: ignore[arg-type]
    modules = {f"m{i}": f"m{i}.py" for pair in pairs for i in pair}
    return Graph(modules, lambda name: tuple(rows.get(name, ())))


PAIRS = st.sets(st.tuples(st.integers(0, 9), st.integers(0, 9)).filter(lambda pair: pair[0] != pair[1]), max_size=30)


@given(PAIRS)
def test_strong_components_are_mutual_reachability(pairs: set[tuple[int, int]]) -> None:
    graph = graph_of(pairs)
    found = strong_components(graph.modules, lambda name: graph.out(name, RUNTIME))
    reach = {name: reachable(name, lambda other: graph.out(other, RUNTIME)) for name in graph.modules}
    expected = {tuple(sorted(b for b in reach[a] if a in reach[b])) for a in reach}
    assert sorted(found) == sorted(members for members in expected if len(members) > 1)


@given(PAIRS, st.integers(0, 9), st.integers(0, 9))
def test_shortest_paths_are_ways_and_none_is_missed(pairs: set[tuple[int, int]], start: int, goal: int) -> None:
    graph = graph_of(pairs)
    way = graph.shortest_path(f"m{start}", f"m{goal}", RUNTIME)
    steps = graph.out(f"m{start}", RUNTIME)
    exists = any(f"m{goal}" in reachable(step, lambda other: graph.out(other, RUNTIME)) for step in steps)
    assert (way is not None) == exists
    if way:
        assert way[0].importer == f"m{start}"
        assert way[-1].imported == f"m{goal}"
        assert all(one.imported == two.importer for one, two in zip(way, way[1:], strict=False))


NUMBERS = st.integers(0, 7)
IMPORTS = st.tuples(NUMBERS, NUMBERS, st.sampled_from(["import", "import", "lazy", "typing"])).filter(
    lambda one: one[0] != one[1]
)
"""Imports between modules of the packages p0 to p2; some of them are the packages themselves."""


def plain(imports: set[tuple[int, int, Scope]], modules: set[int]) -> Graph:
    rows: dict[str, list[Edge]] = {}
    for one, other, scope in sorted(imports):
        if one in modules and other in modules:
            rows.setdefault(name_of(one), []).append(Edge(name_of(one), name_of(other), "", other + 1, scope))
    return Graph({name_of(i): f"{i}.py" for i in sorted(modules)}, lambda name: tuple(rows.get(name, ())))


def name_of(number: int) -> str:
    return f"p{number}" if number < 3 else f"p{number % 3}.m{number}"


@given(
    st.sets(IMPORTS, min_size=8, max_size=24),
    st.sets(IMPORTS, max_size=4),
    st.sets(NUMBERS, max_size=2),
    st.sets(NUMBERS, max_size=2),
    st.dictionaries(NUMBERS, st.integers(0, 10), max_size=2),
)
def test_a_graph_that_is_like_another_one_is_the_graph(
    before: set[tuple[int, int, Scope]],
    changed: set[tuple[int, int, Scope]],
    added: set[int],
    gone: set[int],
    moved: dict[int, int],
) -> None:
    """Rows, columns and cycles that two graphs share are those that either has on its own; so are renamed ones."""
    base, expected = plain(before, {*range(8)} - added), plain(before ^ changed, {*range(8)} - gone)
    names = {name_of(one): name_of(other) for one, other in moved.items() if one not in gone and one != other}
    unlike = {name for name in {*base.modules, *expected.modules} if base.edges_of(name) != expected.edges_of(name)}
    unlike |= base.modules.keys() ^ expected.modules.keys()
    graph = Graph(expected.modules, expected.edges_of, like=(base, unlike))
    edges = [
        replace(e, importer=names.get(e.importer, e.importer), imported=names.get(e.imported, e.imported))
        for e in expected.edges()
    ]
    rows = {e.importer: tuple(x for x in edges if x.importer == e.importer and x.imported != e.importer) for e in edges}
    paths = {names.get(name, name): "" for name in expected.modules}
    for found, alone in ((graph, expected), (graph.renamed(names), Graph(paths, lambda name: rows.get(name, ())))):
        for scopes in (RUNTIME, DEFERRED):
            assert_alike(found, alone, scopes)
            assert_alike(found.without_ancestors(), alone.without_ancestors(), scopes)


def assert_alike(one: Graph, other: Graph, scopes: tuple[Scope, ...]) -> None:
    assert one.modules.keys() == other.modules.keys()
    for name in one.modules:
        assert set(one.targets(scopes)[name]) == set(other.targets(scopes)[name]) == set(other.out(name, scopes))
        assert sorted(one.importers(scopes)[name]) == sorted(other.importers(scopes)[name])
        assert [e.imported for e in one.out(name, scopes).values()] == list(one.targets(scopes)[name])
    circles = strong_components(sorted(other.modules), lambda name: other.out(name, scopes))
    assert set(map(tuple, map(sorted, one.cycles(scopes).values()))) == set(circles)
    assert one.cycles(scopes).keys() == {name for circle in circles for name in circle}


def test_scopes_are_told_apart() -> None:
    graph = snapshot_of({"a.py": "def f():\n    import b\n", "b.py": "import a\n"}).graph
    assert graph.shortest_path("a", "a", RUNTIME) is None
    assert [edge.imported for edge in graph.shortest_path("a", "a", DEFERRED) or ()] == ["b", "a"]


def package_folder(name: str) -> Path:
    spec = importlib.util.find_spec(name)
    assert spec is not None
    assert spec.submodule_search_locations is not None
    return Path(spec.submodule_search_locations[0])


@pytest.fixture
def clean_path() -> Iterator[None]:
    before = list(sys.path)
    yield
    sys.path[:] = before


@pytest.mark.usefixtures("clean_path")
@pytest.mark.parametrize("package", ["django", "hypothesis", "rich", "libcst", "_pytest", "hatchling"])
def test_edges_equal_grimps(package: str) -> None:
    """On packages from the registry; tests/bench compares saleor and pydantic-ai where their checkouts are given.

    One difference is meant: a module that imports itself depends on nothing by it, so we draw no edge.
    """
    folder = package_folder(package)
    tree = {
        f"{package}/{path.relative_to(folder).as_posix()}": read(path.read_bytes()).imports
        for path in folder.rglob("*.py")
    }
    ours = build(find_layout(tree, (), (), lambda path: tree[path]), tree)
    theirs = grimp.build_graph(package, cache_dir=None)
    expected = {
        (one, other)
        for one in theirs.modules
        for other in theirs.find_modules_directly_imported_by(one)
        if one != other
    }
    found = {(edge.importer, edge.imported) for edge in ours.edges() if edge.scope != "string"}
    assert {pair for pair in found if theirs.modules.issuperset(pair)} == expected
    assert set(ours.modules) >= theirs.modules


def test_all_scopes_are_in_one_graph() -> None:
    graph = snapshot_of({"a.py": "import b\nif TYPE_CHECKING:\n    import c\n", "b.py": "", "c.py": ""}).graph
    assert set(graph.out("a", SCOPES)) == {"b", "c"}
    assert set(graph.out("a", RUNTIME)) == {"b"}
