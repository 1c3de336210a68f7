"""Contracts on random graphs and random changes, against naive implementations of what they say."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import grimp
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.support.contracts import breaches, whole_breaches

Edges = frozenset[tuple[str, str]]

PARTS = ("p.a", "p.b", "p.c", "p.d")
MODULES = (*(f"{part}.{name}" for part in PARTS for name in ("x", "y")), "p.u", "p.v", "p.w")

edges = st.frozensets(
    st.tuples(st.sampled_from(MODULES), st.sampled_from(MODULES)).filter(lambda pair: pair[0] != pair[1]), max_size=14
)


def tree(of: Edges, modules: Sequence[str] = MODULES) -> dict[str, str]:
    """A package whose modules import each other like this."""
    files = {f"{module.replace('.', '/')}.py": "" for module in modules} | {"p/__init__.py": ""}
    for importer, imported in sorted(of):
        files[f"{importer.replace('.', '/')}.py"] += f"import {imported}\n"
    return files


Illegal = Callable[[str, str], bool]
"""Whether the first of two parts must not depend on the second."""


def layered(*levels: tuple[tuple[str, ...], bool, bool]) -> Illegal:
    """levels: (names, independent, closed), from high to low."""

    def illegal(one: str, other: str) -> bool:
        place = {name: i for i, (names, _, _) in enumerate(levels) for name in names}
        if one not in place or other not in place:
            return False
        if place[one] == place[other]:
            return levels[place[one]][1]
        return place[one] > place[other] or any(levels[i][2] for i in range(place[one] + 1, place[other]))

    return illegal


ALLOWED = {"p.a": ("p.b",), "p.b": (), "p.c": ("p.a", "p.b")}

PARTITIONS: tuple[tuple[str, tuple[str, ...], Illegal], ...] = (
    ('type = "layers"\nlayers = ["p.a", "p.b", "p.c"]\n', ("p.a", "p.b", "p.c"), layered((("p.a",), False, False), (("p.b",), False, False), (("p.c",), False, False))),
    ('type = "layers"\nlayers = ["p.a", ["p.b", "p.d"], "p.c"]\n', PARTS, layered((("p.a",), False, False), (("p.b", "p.d"), True, False), (("p.c",), False, False))),
    ('type = "layers"\nlayers = ["p.a", {modules = ["p.b"], closed = true}, {modules = ["p.c", "p.d"], independent = false}]\n', PARTS, layered((("p.a",), False, False), (("p.b",), False, True), (("p.c", "p.d"), False, False))),
    ('type = "layers"\nlayers = ["a", "b"]\ncontainers = ["p"]\n', ("p.a", "p.b"), layered((("p.a",), False, False), (("p.b",), False, False))),
    ('type = "independent"\nmodules = ["p.a", "p.b", "p.d"]\n', ("p.a", "p.b", "p.d"), lambda one, other: one != other),
    ('type = "allowed"\nmodules = {"p.a" = ["p.b"], "p.b" = [], "p.c" = ["p.a", "p.b"]}\n', ("p.a", "p.b", "p.c"), lambda one, other: one != other and other not in ALLOWED[one]),
)  # fmt: skip
FORBIDDEN = (
    (("p.a",), ("p.b",)),
    (("p.a", "p.b"), ("p.a", "p.c")),
    (("p.a", "p.b.x"), ("p.b", "p.c.y")),
    (("p.a.x", "p.a"), ("p.a.x", "p.d", "p.u")),
)


def belongs(module: str, names: Iterable[str]) -> list[str]:
    """The names that a module is or lies below."""
    return [name for name in names if f"{module}.".startswith(f"{name}.")]


def leads(of: Edges, start: str, goal: str, through: Callable[[str], bool]) -> bool:
    """Whether a way of at least one edge leads from one module to another, over modules that may be passed."""
    seen, waiting = set[str](), [start]
    while waiting:
        module = waiting.pop()
        for importer, imported in of:
            if importer == module:
                if imported == goal:
                    return True
                if imported not in seen and through(imported):
                    seen.add(imported)
                    waiting.append(imported)
    return False


def crossings(of: Edges, parts: Sequence[str], illegal: Illegal) -> set[tuple[str, str]]:
    """The edges that lead into a part out of one that must not depend on it, or out of what that one reaches around parts."""
    found = set()
    for importer, imported in of:
        for target in belongs(imported, parts):
            own = belongs(importer, parts)
            sources = own or [
                part
                for part in parts
                for module in MODULES
                if belongs(module, [part]) and leads(of, module, importer, lambda name: not belongs(name, parts))
            ]
            if any(source != target and illegal(source, target) for source in sources):
                found.add((importer, imported))
    return found


def depends(of: Edges, sources: Sequence[str], targets: Sequence[str]) -> bool:
    """Whether any source depends on a target, in whatever way, that neither contains it nor lies in it."""
    return any(
        leads(of, one, other, lambda _: True)
        for source in sources
        for target in targets
        if not belongs(source, [target]) and not belongs(target, [source])
        for one in MODULES
        for other in MODULES
        if belongs(one, [source]) and belongs(other, [target])
    )


def blamed(findings: Iterable[object]) -> set[tuple[str, str]]:
    return {(finding.edges[0].importer, finding.edges[0].imported) for finding in findings}  # type: ignore[attr-defined]


@given(edges, st.sampled_from(PARTITIONS))
@settings(deadline=None, max_examples=150)
def test_in_a_whole_tree_every_crossing_is_found_once(
    of: Edges, contract: tuple[str, tuple[str, ...], Illegal]
) -> None:
    text, parts, illegal = contract
    found = whole_breaches(text, tree(of))
    assert blamed(found) == crossings(of, parts, illegal)
    assert len(found) == len(blamed(found)) == len({finding.id for finding in found})


def quoted(names: Iterable[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)


@given(edges, st.sampled_from(FORBIDDEN), st.booleans())
@settings(deadline=None, max_examples=100)
def test_forbidden_is_broken_where_a_way_leads_from_a_source_to_a_target(
    of: Edges, contract: tuple[tuple[str, ...], tuple[str, ...]], direct_only: bool
) -> None:
    sources, targets = contract
    text = f'type = "forbidden"\nsource = [{quoted(sources)}]\ntarget = [{quoted(targets)}]\n'
    found = whole_breaches(text + f"direct-only = {str(direct_only).lower()}\n", tree(of))
    if direct_only:
        assert blamed(found) == {pair for pair in of if depends(frozenset([pair]), sources, targets)}
    else:
        assert bool(found) == depends(of, sources, targets)


def graph_of(of: Edges) -> grimp.ImportGraph:
    graph = grimp.ImportGraph()
    for module in ("p", *PARTS, *MODULES):
        graph.add_module(module)
    for importer, imported in of:
        graph.add_import(importer=importer, imported=imported)
    return graph


@given(edges)
@settings(deadline=None, max_examples=60)
def test_verdicts_on_whole_trees_agree_with_grimp(of: Edges) -> None:
    graph = graph_of(of)
    layers = [
        grimp.Layer("a"),
        grimp.Layer("b", "d", independent=True),
        grimp.Layer("c", closed=True),
        grimp.Layer("u", "v", independent=False),
    ]
    text = 'type = "layers"\nlayers = ["a", ["b", "d"], {modules = ["c"], closed = true}, {modules = ["u", "v"], independent = false}]\ncontainers = ["p"]\n'
    theirs = graph.find_illegal_dependencies_for_layers(layers=layers, containers={"p"})
    assert bool(whole_breaches(text, tree(of))) == bool(theirs)
    chains = [
        graph.find_shortest_chains(one, other, as_packages=True)
        for one in ("p.a", "p.b")
        for other in ("p.c", "p.a")
        if one != other
    ]
    text = 'type = "forbidden"\nsource = ["p.a", "p.b"]\ntarget = ["p.c", "p.a"]\n'
    assert bool(whole_breaches(text, tree(of))) == any(chains)
    circles = graph.nominate_cycle_breakers("p")
    assert bool(whole_breaches('type = "acyclic"\nparents = ["p"]\n', tree(of))) == bool(circles)  # fmt: skip


@given(edges, edges, st.sampled_from(PARTITIONS))
@settings(deadline=None, max_examples=150)
def test_a_finding_means_that_the_head_is_worse(
    before: Edges, after: Edges, contract: tuple[str, tuple[str, ...], Illegal]
) -> None:
    text, parts, illegal = contract
    found = breaches(text, tree(before), tree(after))
    assert blamed(found) <= after - before

    def around(module: str) -> bool:
        return not belongs(module, parts)

    worse = any(
        leads(after, one, other, around) and not leads(before, one, other, around)
        for one in MODULES
        for other in MODULES
        for source in belongs(one, parts)
        for target in belongs(other, parts)
        if source != target and illegal(source, target)
    )
    if found:
        assert worse
    if not crossings(before, parts, illegal):
        assert bool(found) == bool(crossings(after, parts, illegal))


ALL = (
    *(text for text, _, _ in PARTITIONS),
    'type = "forbidden"\nsource = ["p.a", "p.b"]\ntarget = ["p.a", "p.c"]\n',
    'type = "protected"\nmodules = ["p.a"]\nimporters = ["p.b"]\n',
    'type = "public"\nmodules = ["p.*"]\n',
    'type = "frozen"\nmodules = ["p.a"]\n',
    'type = "acyclic"\nparents = ["p"]\ndepth = 1\n',
)


@given(edges, st.data(), st.sampled_from(ALL))
@settings(deadline=None, max_examples=100)
def test_a_change_that_only_removes_is_never_blamed(before: Edges, data: st.DataObject, contract: str) -> None:
    after = data.draw(st.frozensets(st.sampled_from(sorted(before)))) if before else before
    assert breaches(contract, tree(before), tree(after)) == []


@given(edges, st.sampled_from(MODULES), st.sampled_from(ALL))
@settings(deadline=None, max_examples=100)
def test_a_module_that_moves_is_never_blamed(before: Edges, module: str, contract: str) -> None:
    """Whatever wall it crosses: its imports are as old as they were."""
    new = "p.c.z" if module != "p.c.x" else "p.a.z"
    moved = frozenset(
        (new if importer == module else importer, new if imported == module else imported)
        for importer, imported in before
    )
    modules = [new if name == module else name for name in MODULES]
    renames = {f"{module.replace('.', '/')}.py": f"{new.replace('.', '/')}.py"}
    assert breaches(contract, tree(before), tree(moved, modules), renames) == []


@given(edges, st.data(), st.sampled_from(PARTITIONS))
@settings(deadline=None, max_examples=100)
def test_an_import_that_moves_within_its_part_is_never_blamed(
    before: Edges, data: st.DataObject, contract: tuple[str, tuple[str, ...], Illegal]
) -> None:
    text, parts, _ = contract
    candidates = sorted(pair for pair in before if belongs(pair[0], parts))
    assume(candidates)
    importer, imported = data.draw(st.sampled_from(candidates))
    sibling = f"{importer[:-1]}{'y' if importer[-1] == 'x' else 'x'}"
    assume(sibling != imported)
    after = (before - {(importer, imported)}) | {(sibling, imported)}
    assert breaches(text, tree(before), tree(after)) == []


@given(edges)
@settings(deadline=None, max_examples=60)
def test_what_is_turned_round_is_never_blamed(before: Edges) -> None:
    """Where neither direction is better than the other one."""
    after = frozenset((imported, importer) for importer, imported in before)
    assert breaches('type = "acyclic"\nparents = ["p"]\n', tree(before), tree(after)) == []
    direct = frozenset(pair for pair in before if all(belongs(module, PARTS) for module in pair))
    after = frozenset((imported, importer) for importer, imported in direct)
    assert breaches(f'type = "independent"\nmodules = [{quoted(PARTS)}]\n', tree(direct), tree(after)) == []
