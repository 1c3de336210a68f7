"""A tree laid over the reference of another tree is the same as the tree itself."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.config import Config
from rules.model import SCOPES, Finding
from rules.reference import DamagedReferenceError, Reference, build
from rules.registry import RULES
from rules.review import review
from rules.trees import Tree, change_of, reference_of, snapshot_over

PATHS = ["p/__init__.py", "p/a.py", "p/b.py", "p/q/__init__.py", "p/q/c.py", "p/q/d/e.py", "x.py", "one/app/m.py", "two/app/m.py", "one/app/__init__.py", "two/app/__init__.py", "p/a/__init__.py", "p/q/models.py", "x/q/models.py", "p/q/apps.py"]  # fmt: skip
LINES = [
    "from p import a, b", "import p.q.c", "from . import c", "from .q import c as z", "from app import m", "import app.m", "import x",
    "def f(k):\n    from p.b import _hidden\n    return load(k, 1)", "if TYPE_CHECKING:\n    from p.q import d", "y = compute(1, key=2)",
    "key = ForeignKey('q.Thing')", "def h():\n    return get_model('z', 'Thing')", "class A(AppConfig):\n    label = 'z'",
    "MIDDLEWARE = ['p.q.c.Thing', 'p.b.run']", "INSTALLED_APPS = ['p', 'x.q']", "send_task('p.a.run')",
    "def g(k):\n    rows = read_rows(k, 1)\n    return [build(row, 2) for row in rows]", "def broken(:", "import p._own", "from p.q.d import e",
]  # fmt: skip
SOURCES = st.lists(st.sampled_from(LINES), max_size=4).map(lambda lines: "\n".join(lines) + "\n")
TREES = st.dictionaries(st.sampled_from(PATHS), SOURCES, min_size=1, max_size=8)


def everything(reference: Reference, tree: Tree) -> dict[str, object]:
    snapshot = snapshot_over(reference, tree)
    overlay, clones, graph = snapshot.overlay, snapshot.clones, snapshot.graph
    hashes = {e for path in tree for n in clones.in_file(path) for e in clones.unit(n).entries}
    return {
        "names": dict(snapshot.layout.names),
        "shadowed": dict(snapshot.layout.shadowed),
        "labels": dict(snapshot.layout.labels),
        "edges": list(graph.edges()),
        "edge count": overlay.edge_count,
        "into": {name: sorted(graph.into(name, SCOPES)) for name in graph.modules},
        "problems": overlay.problems,
        "reaches": sorted(overlay.reaches),
        "units": {path: [clones.unit(n) for n in clones.in_file(path)] for path in sorted(tree)},
        "places": {path: [clones.place(n) for n in clones.in_file(path)] for path in sorted(tree)},
        "total": clones.total,
        "holders": {e.hash: sorted(clones.place(n) for n in clones.holders(e.hash)) for e in hashes},
        "counts": {e.hash: (clones.count(e.hash), clones.exact_count(e.exact)) for e in hashes},
    }


@settings(deadline=None, max_examples=150)
@given(TREES, TREES)
def test_an_overlay_equals_the_tree(one: Tree, other: Tree) -> None:
    assert everything(reference_of(one), other) == everything(reference_of(other), other)


@settings(deadline=None, max_examples=100)
@given(TREES, st.sampled_from(PATHS), SOURCES)
def test_an_overlay_of_one_file_equals_the_tree(one: Tree, path: str, source: str) -> None:
    other = {**one, path: source}
    assert everything(reference_of(one), other) == everything(reference_of(other), other)
    del other[path]
    assert everything(reference_of(one), other) == everything(reference_of(other), other)


@settings(deadline=None, max_examples=150)
@given(TREES, TREES, TREES)
def test_findings_do_not_depend_on_the_reference(base: Tree, head: Tree, other: Tree) -> None:
    def findings(over: Tree) -> list[Finding]:
        return list(review(change_of(base, head, over=over), Config(), RULES, "partywall.toml"))

    assert findings(base) == findings(head) == findings(other)


def test_a_changed_label_changes_what_other_files_mean() -> None:
    apps = "class A(AppConfig):\n    name = 'p.q'\n    label = {!r}\n"
    tree = {"p/__init__.py": "", "p/q/__init__.py": "", "p/q/models.py": "", "p/q/apps.py": apps.format("z")}
    one = {**tree, "p/a.py": "key = ForeignKey('z.Thing')\n", "p/b.py": "key = ForeignKey('y.Thing')\n"}
    other = {**one, "p/q/apps.py": apps.format("y")}
    for before, after, expected in ((one, other, "p.b"), (other, one, "p.a")):
        graph = snapshot_over(reference_of(before), after).graph
        assert [edge.importer for edge in graph.edges() if edge.scope == "string"] == [expected]


def test_counts_are_of_units_that_hold_a_statement() -> None:
    tree = {"a.py": "def f(k):\n    load(k, 1)\n    load(k, 1)\n\ndef g(k):\n    load(k, 2)\n"}
    clones = snapshot_over(reference_of(tree), tree).clones
    first = clones.unit(clones.in_file("a.py")[0]).entries[0]
    assert clones.count(first.hash) == len(clones.holders(first.hash)) == 2
    assert clones.exact_count(first.exact) == 1


@pytest.mark.parametrize(
    "damage", [b"", b"nonsense", lambda b: b[:-1], lambda b: b[:-9] + b"\xff" * 9, lambda b: b[:25]]
)
def test_damaged_bytes_are_no_reference(damage: object) -> None:
    content = build("", {}, {}, snapshot_over(reference_of({}), {}).layout)
    assert Reference(content).paths == ()
    with pytest.raises(DamagedReferenceError):
        Reference(damage(content) if callable(damage) else damage)  # type: ignore[arg-type]
