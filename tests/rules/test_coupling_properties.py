"""Coupling on random programs and random changes: a finding means that the head is worse than the base."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from rules.change import Change
from rules.components import Components, find_components
from rules.config import Config
from rules.coupling.wayout import WaysOut
from rules.graph import DEFERRED, RUNTIME, Scopes
from rules.model import SCOPES, Edge, Finding
from rules.registry import RULES
from rules.review import review
from rules.trees import change_of
from tests.support.modules import MODULES, PROGRAMS, Import, Program, flat, path_of, source

COUPLING = [rule for rule in RULES if rule.name.startswith("coupling/")]
WRITTEN: Scopes = ("import", "lazy", "typing")


def told(change: Change) -> list[Finding]:
    """What every rule says by itself, before anything is merged."""
    return [finding for rule in COUPLING for finding in rule.check(change, rule.options())]


def leads(edges: Iterable[tuple[str, str]], start: str, goal: str) -> bool:
    """Whether a way of at least one import leads from one to the other."""
    seen, waiting = set[str](), [start]
    known = set(edges)
    while waiting:
        module = waiting.pop()
        for importer, imported in known:
            if importer == module and imported not in seen:
                seen.add(imported)
                waiting.append(imported)
    return goal in seen


def together(edges: Iterable[tuple[str, str]], one: str, other: str) -> bool:
    known = set(edges)
    return leads(known, one, other) and leads(known, other, one)


def pairs(edges: Iterable[Import], scopes: Scopes) -> set[tuple[str, str]]:
    return {(a, b) for a, b, scope in edges if scope in scopes}


def between(edges: Iterable[Import], scopes: Scopes, components: Components) -> set[tuple[str, str]]:
    found = {(components.of(a), components.of(b)) for a, b in pairs(edges, scopes)}
    return {pair for pair in found if pair[0] != pair[1]}


def below(module: str, package: str) -> bool:
    return f"{module}.".startswith(f"{package}.")


def is_worse(finding: Finding, base: frozenset[Import], head: frozenset[Import]) -> bool:
    """Whether a finding is true, told naively; base and head have modules by the same names."""
    edge = finding.edges[0]
    one, other = edge.importer, edge.imported
    components = find_components(MODULES)
    if finding.rule == "coupling/cycle" and finding.confidence < 1:
        parts = components.of(one), components.of(other)
        before, after = (between(edges, RUNTIME, components) for edges in (base, head))
        return together(after, *parts) and not together(before, *parts)
    if finding.rule == "coupling/cycle":
        scopes = RUNTIME if all(edge.scope == "import" for edge in finding.edges) else DEFERRED
        return together(pairs(head, scopes), one, other) and not together(pairs(base, scopes), one, other)
    if finding.rule == "coupling/hidden-cycle":
        hidden = (one, other) in pairs(head, ("lazy",)) and leads(pairs(head, RUNTIME), other, one)
        return hidden and (one, other) not in pairs(base, DEFERRED) and not together(pairs(base, RUNTIME), one, other)
    if finding.rule == "coupling/reversal":
        source_, target = finding.key
        scopes = DEFERRED if finding.level == "warning" else WRITTEN
        return not any(below(a, source_) and below(b, target) for a, b in pairs(base, scopes))
    if finding.rule == "coupling/first-edge":
        return finding.key not in between(base, SCOPES, components)
    (target,) = finding.key
    users = [{components.of(a) for a, b in pairs(edges, DEFERRED) if b == target} for edges in (base, head)]
    return len(users[1] - users[0]) >= 3


@settings(deadline=None, max_examples=150)
@given(PROGRAMS, PROGRAMS, st.permutations(MODULES), st.booleans())
def test_a_finding_means_that_the_head_is_worse(
    before: Program, after: Program, others: list[str], renamed: bool
) -> None:
    names = dict(zip(MODULES, others, strict=True)) if renamed else {}
    moved = {path_of(old): path_of(new) for old, new in names.items() if old != new}
    base = before.named(names)
    change = change_of(before.tree(), after.tree(), moved)
    for finding in told(change):
        assert is_worse(finding, base.edges(), after.edges()), finding.message


@settings(deadline=None, max_examples=150)
@given(PROGRAMS, PROGRAMS)
def test_every_import_time_cycle_that_is_new_is_told(before: Program, after: Program) -> None:
    old, new = pairs(before.edges(), RUNTIME), pairs(after.edges(), RUNTIME)
    grown = any(together(new, a, b) and not together(old, a, b) for a, b in new - old)
    errors = [
        f for f in told(change_of(before.tree(), after.tree())) if f.rule == "coupling/cycle" and f.level == "error"
    ]
    assert bool(errors) == grown


@settings(deadline=None, max_examples=100)
@given(PROGRAMS, st.data())
def test_removing_imports_is_never_blamed(before: Program, data: st.DataObject) -> None:
    kept = (
        data.draw(st.frozensets(st.sampled_from(sorted(before.imports)), max_size=14))
        if before.imports
        else before.imports
    )
    assert told(change_of(before.tree(), before._replace(imports=kept).tree())) == []


@settings(deadline=None, max_examples=100)
@given(PROGRAMS)
def test_turning_every_import_round_closes_no_cycle(before: Program) -> None:
    turned = frozenset(((b, a, scope), part) for (a, b, scope), part in before.imports if scope == "import")
    base = before._replace(imports=frozenset(item for item in before.imports if item[0][2] == "import"))
    change = change_of(base.tree(), before._replace(imports=turned).tree())
    assert [f for f in told(change) if "cycle" in f.rule and f.confidence == 1] == []


def as_git(old: str, new: str, seen: bool) -> dict[str, str]:
    """A rename that git sees, or does not."""
    return {path_of(old): path_of(new)} if seen else {}


@settings(deadline=None, max_examples=100)
@given(PROGRAMS, st.sampled_from(MODULES), st.sampled_from(("s.a.z", "s.c.z", "s.z", "s.f.g.z")), st.booleans())
def test_a_renamed_module_brings_nothing_new(program: Program, module: str, name: str, seen: bool) -> None:
    head = program.named({module: name}).tree()
    head[path_of(name)] = source(name, program.named({module: name}).of(name), origins=[module])
    assert told(change_of(program.tree(), head, as_git(module, name, seen))) == []


@settings(deadline=None, max_examples=100)
@given(PROGRAMS, st.sampled_from("abc"), st.sampled_from(("s.z", "t", "s.b.inner")), st.booleans())
def test_a_moved_package_brings_nothing_new(program: Program, package: str, home: str, seen: bool) -> None:
    assume(not home.startswith(f"s.{package}"))
    names = {module: module.replace(f"s.{package}", home) for module in MODULES if module.startswith(f"s.{package}.")}
    after = program.named(names)
    head = {**after.tree(), **{path_of(new): source(new, after.of(new), origins=[old]) for old, new in names.items()}}
    moved = {old: new for one, other in names.items() for old, new in as_git(one, other, seen).items()}
    assert told(change_of(program.tree(), head, moved)) == []


@settings(deadline=None, max_examples=150)
@given(PROGRAMS, st.sampled_from(MODULES), st.sampled_from(("", "__init__", "x", "y")), st.booleans(), st.booleans())
def test_a_module_split_into_a_package_brings_nothing_new(
    program: Program, module: str, renamed_to: str, inside: bool, by_part: bool
) -> None:
    files, halves = program.tree(), (f"{module}.x", f"{module}.y")
    folder = module.replace(".", "/")
    head = {path: text for path, text in files.items() if path != path_of(module)}
    for half, part in zip(halves, (0, 1), strict=True):
        head[path_of(half)] = source(half, program.of(module, [part]), [part], [module])
    head[f"{folder}/__init__.py"] = (
        f"from {halves[0]} import one_{flat(module)}\nfrom {halves[1]} import two_{flat(module)}\n"
    )
    if inside:
        head[path_of(halves[1])] += f"from {halves[0]} import one_{flat(module)}\n"
    if by_part:
        head = {
            path: text.replace(f"from {module} import one", f"from {halves[0]} import one")
            for path, text in head.items()
        }
    moved = {path_of(module): f"{folder}/{renamed_to}.py"} if renamed_to else {}
    assert told(change_of(files, head, moved)) == []


@settings(deadline=None, max_examples=150)
@given(PROGRAMS, st.sampled_from(MODULES), st.sampled_from(("s.a.z", "s.z", "s.c.z")), st.booleans(), st.booleans())
def test_a_module_split_in_two_brings_nothing_new(
    program: Program, module: str, name: str, moves_first: bool, follows: bool
) -> None:
    stays, goes = (1, 0) if moves_first else (0, 1)
    head = program.tree()
    head[path_of(module)] = source(module, program.of(module, [stays]), [stays])
    head[path_of(name)] = source(name, program.of(module, [goes]), [goes], [module])
    if goes == 0 and follows:
        head = {
            path: text.replace(f"from {module} import one", f"from {name} import one") for path, text in head.items()
        }
    else:
        head[path_of(module)] += f"from {name} import {('one', 'two')[goes]}_{flat(module)}\n"
    assert told(change_of(program.tree(), head)) == []


@settings(deadline=None, max_examples=150)
@given(PROGRAMS, st.permutations(MODULES), st.sampled_from(("", "s.z", "s.a.z")), st.integers(0, 2))
def test_two_modules_merged_bring_nothing_new(program: Program, order: list[str], name: str, seen: int) -> None:
    one, other = order[:2]
    home = name or one
    after = program.named({one: home, other: home})
    head = {**after.tree(), path_of(home): source(home, after.of(home), origins=[one, other])}
    moved = {path_of([one, other][seen - 1]): path_of(home)} if seen and [one, other][seen - 1] != home else {}
    moved = {} if path_of(home) in program.tree() and not name and path_of(one) in moved else moved
    assert told(change_of(program.tree(), head, moved)) == []


@settings(deadline=None, max_examples=50)
@given(PROGRAMS, PROGRAMS, st.randoms(use_true_random=False))
def test_the_order_of_files_makes_no_difference(before: Program, after: Program, dice: random.Random) -> None:
    change = change_of(before.tree(), after.tree())
    files = list(change.files)
    dice.shuffle(files)
    again = Change(change.base, change.head, files)
    assert [review(c, Config(), COUPLING, "f") for c in (change,)] == [
        review(c, Config(), COUPLING, "f") for c in (again,)
    ]


def text_of(module: str, edges: Iterable[Edge]) -> str:
    """A module with these imports and nothing else that matters."""
    return source(module, [(edge.importer, edge.imported, edge.scope) for edge in edges])


def whatever(change: Change, rows: Mapping[str, tuple[Edge, ...]]) -> dict[str, str]:
    """The tree of a change's head with other imports for some modules."""
    graph = change.head.graph.with_edges(rows, {name: path_of(name) for name in rows})
    files = {path_of(name): text_of(name, graph.edges_of(name)) for name in graph.modules if name != "s"}
    return {"s/__init__.py": "", **files}


@settings(deadline=None, max_examples=150)
@given(PROGRAMS, PROGRAMS)
def test_a_way_out_ends_the_finding_and_brings_no_other(before: Program, after: Program) -> None:
    change = change_of(before.tree(), after.tree())
    findings = told(change)
    ways = WaysOut(change, told)
    known = {(finding.rule, *finding.key) for finding in findings}
    for finding in findings:
        move = ways.find(finding)
        if move is None:
            continue
        left = told(change_of(before.tree(), whatever(change, move.rows)))
        meanings = {(other.rule, *other.key) for other in left}
        assert (finding.rule, *finding.key) not in meanings, move.advice
        assert meanings <= known, move.advice
