"""Import graphs from a line of text each, and random ones."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from hypothesis import strategies as st

from rules.graph import Graph
from rules.model import Edge, Scope
from worker.drawing.picture import Sides


def graph(imports: Iterable[str], modules: Iterable[str] = ()) -> Graph:
    """A graph of lines such as `a.b -> c`, `a.b -> c lazy`; further modules import nothing."""
    edges: dict[str, list[Edge]] = {}
    names = set(modules)
    for number, line in enumerate(imports, 1):
        importer, _, rest = line.partition(" -> ")
        imported, _, word = rest.partition(" ")
        scope: Scope = "lazy" if word == "lazy" else "typing" if word == "typing" else "import"
        edges.setdefault(importer, []).append(Edge(importer, imported, _path(importer), number, scope))
        names.update((importer, imported))
    return Graph({name: _path(name) for name in sorted(names)}, lambda name: tuple(edges.get(name, ())))


def reachable(start: str, successors: Callable[[str], Iterable[str]]) -> set[str]:
    """Everything that can be reached from `start`, itself included."""
    seen, waiting = {start}, [start]
    while waiting:
        for target in successors(waiting.pop()):
            if target not in seen:
                seen.add(target)
                waiting.append(target)
    return seen


def _path(module: str) -> str:
    return module.replace(".", "/") + ".py"


NAMES = st.sampled_from([f"{top}.{middle}.{end}" for top in "abcd" for middle in "xy" for end in "mn"] + ["a", "b.x"])
LINES = st.builds("{} -> {}{}".format, NAMES, NAMES, st.sampled_from(["", "", "", " lazy", " typing"])).filter(
    lambda line: line.split()[0] != line.split()[2]
)
GRAPHS = st.builds(graph, st.lists(LINES, max_size=40), st.lists(NAMES, min_size=1, max_size=8))
SIDES = st.builds(Sides, GRAPHS, st.one_of(st.none(), GRAPHS), st.just({}))
LINKS = st.integers(1, 24).flatmap(
    lambda count: st.tuples(
        st.just(count),
        st.dictionaries(
            st.tuples(st.integers(0, count - 1), st.integers(0, count - 1)).filter(lambda pair: pair[0] != pair[1]),
            st.integers(1, 9),
            max_size=60,
        ),
    )
)
"""A count of nodes, and links between them with weights."""
