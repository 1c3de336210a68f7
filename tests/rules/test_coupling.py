from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.config import Config
from rules.graph import RUNTIME
from rules.registry import RULES
from rules.review import review
from rules.trees import Tree, change_of


def found(base: Tree, head: Tree, renames: Tree | None = None) -> list[tuple[str, str, str, int]]:
    findings = review(change_of(base, head, renames), Config(), RULES, "partywall.toml")
    return [(f.rule, f.level, f.path, f.start_line) for f in findings if f.level != "info"]


RING = {"p/__init__.py": "", "p/a.py": "from p import b\n", "p/b.py": "from p import c\n", "p/c.py": ""}


@pytest.mark.parametrize(
    ("closing", "expected"),
    [
        ("from p import a\n", [("coupling/cycle", "error", "p/c.py", 1)]),
        ("\n\nimport p.a\n", [("coupling/cycle", "error", "p/c.py", 3)]),
        ("def f():\n    from p import a\n", [("coupling/hidden-cycle", "error", "p/c.py", 2)]),
        ("if TYPE_CHECKING:\n    from p import a\n", []),
        ("from p import other\n", []),
    ],
)
def test_a_cycle_is_found_where_it_is_closed(closing: str, expected: list[tuple[str, str, str, int]]) -> None:
    assert found(RING, {**RING, "p/c.py": closing}) == expected


def test_an_import_for_type_checkers_alone_closes_no_cycle() -> None:
    change = change_of(RING, {**RING, "p/c.py": "if TYPE_CHECKING:\n    from p import a\n"})
    told = {finding.rule for finding in review(change, Config(), RULES, "partywall.toml")}
    assert "coupling/cycle" not in told


def test_the_shortest_way_back_is_told_with_its_lines() -> None:
    (finding,) = review(change_of(RING, {**RING, "p/c.py": "from p import a\n"}), Config(), RULES, "partywall.toml")
    assert [(edge.path, edge.line, edge.importer, edge.imported) for edge in finding.edges] == [
        ("p/c.py", 1, "p.c", "p.a"), ("p/a.py", 1, "p.a", "p.b"), ("p/b.py", 1, "p.b", "p.c"),
    ]  # fmt: skip
    assert "p.a → p.b → p.c" in finding.message


def test_a_cycle_that_grows_is_one_finding() -> None:
    base = {**RING, "p/b.py": "from p import a\n", "p/d.py": "from p import a\n", "p/e.py": "from p import d\n"}
    head = {**base, "p/b.py": "from p import a, d, e\n"}
    assert found(base, head) == [("coupling/cycle", "error", "p/b.py", 1)]


CYCLE = {**RING, "p/c.py": "from p import a\n"}


@pytest.mark.parametrize(
    ("base", "head", "renames"),
    [
        pytest.param(CYCLE, {**CYCLE, "p/c.py": "from p import a, b\n"}, {}, id="another edge in an old cycle"),
        pytest.param(CYCLE, RING, {}, id="a cycle removed"),
        pytest.param(CYCLE, {**RING, "p/c.py": "def f():\n    from p import a\n"}, {}, id="an old cycle made lazy"),
        pytest.param(
            CYCLE,
            {
                **{k: v for k, v in CYCLE.items() if k != "p/c.py"},
                "p/z.py": "from p import a\n",
                "p/b.py": "from p import z\n",
            },
            {"p/c.py": "p/z.py"},
            id="a module renamed",
        ),
        pytest.param(
            RING,
            {**RING, "p/x.py": "from p import y\n", "p/y.py": "from p import x\n"},
            {},
            id="a cycle among new modules",
        ),
    ],
)
def test_old_cycles_are_silent(base: Tree, head: Tree, renames: Tree) -> None:
    assert found(base, head, renames) == []


def test_a_lazy_import_of_a_new_module_hides_no_cycle() -> None:
    head = {**RING, "p/c.py": "def f():\n    from p import new\n", "p/new.py": "from p import c\n"}
    assert [rule for rule, *_ in found(RING, head)] == ["coupling/cycle"]


def test_a_first_import_against_the_direction_is_told_at_every_level_of_packages() -> None:
    base = {
        "s/api/orders/a.py": "import s.core.x\n", "s/api/users/b.py": "import s.core.x\n", "s/api/stock/c.py": "import s.core.y\n",
        "s/core/x.py": "", "s/core/y.py": "", "s/mail/z.py": "",
    }  # fmt: skip
    assert found(base, {**base, "s/core/z.py": "import s.api.users.b\n"}) == [
        ("coupling/reversal", "warning", "s/core/z.py", 1)
    ]
    assert found(base, {**base, "s/mail/z.py": "import s.api.users.b\n"}) == []


def test_the_direction_is_no_longer_established_where_the_change_turned_it() -> None:
    base = {**{f"s/web/v{i}.py": "import s.core.x\n" for i in range(3)}, "s/core/x.py": "", "s/mail/m.py": ""}
    head = {**{f"s/web/v{i}.py": "" for i in range(3)}, "s/core/x.py": "import s.web.v1\n", "s/mail/m.py": ""}
    assert found(base, head) == []


NODES = 5
TREES = st.lists(st.sets(st.integers(0, NODES - 1), max_size=3), min_size=NODES, max_size=NODES)


def tree(rows: list[set[int]]) -> Tree:
    return {f"m{i}.py": "".join(f"import m{j}\n" for j in sorted(row) if j != i) for i, row in enumerate(rows)}


@settings(deadline=None, max_examples=200)
@given(TREES, TREES)
def test_a_cycle_finding_means_that_modules_which_were_apart_are_now_together(
    before: list[set[int]], after: list[set[int]]
) -> None:
    change = change_of(tree(before), tree(after))
    together_before = [
        set(members) for members in change.base.graph.cycles(change.base.graph.modules, RUNTIME).values()
    ]
    together_after = [set(members) for members in change.head.graph.cycles(change.head.graph.modules, RUNTIME).values()]
    findings = [f for f in review(change, Config(), RULES, "f") if f.rule == "coupling/cycle" and f.level == "error"]
    for finding in findings:
        pair = {finding.edges[0].importer, finding.edges[0].imported}
        assert any(pair <= members for members in together_after)
        assert not any(pair <= members for members in together_before)
    if findings == []:
        grown = [m for m in together_after if not any(m <= old for old in together_before)]
        new_edges = {(e.importer, e.imported) for e in change.new_edges(RUNTIME)}
        assert all(not any((a, b) in new_edges for a in m for b in m) or len(m) < 2 for m in grown)
