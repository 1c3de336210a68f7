from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.config import Config
from rules.coupling.reversal import ReversalOptions, ReversalRule
from rules.graph import RUNTIME
from rules.registry import RULES
from rules.review import review
from rules.trees import Tree, change_of


def found(base: Tree, head: Tree, renames: Tree | None = None) -> list[tuple[str, str, str, int]]:
    findings = review(change_of(base, head, renames), Config(), RULES, "partywall.toml")
    return [(f.rule, f.level, f.path, f.start_line) for f in findings if f.level != "info"]


RING = {"p/__init__.py": "", "p/a.py": "from p import b\n", "p/b.py": "from p import c\n", "p/c.py": ""}


TWO = {"p/__init__.py": "", "p/a.py": "from p import c\n\nx = c\n", "p/c.py": ""}


@pytest.mark.parametrize(
    ("closing", "expected"),
    [
        ("from p import a\n", [("coupling/cycle", "error", "p/c.py", 1)]),
        ("\n\nimport p.a\n", [("coupling/cycle", "error", "p/c.py", 3)]),
        (
            "c = 1\nd = 2\ne = 3\n\ndef f():\n    from p import a\n\n    return a.x\n",
            [("coupling/hidden-cycle", "error", "p/c.py", 6)],
        ),
        ("if TYPE_CHECKING:\n    from p import a\n", []),
        ("from p import other\n", []),
    ],
)
def test_a_cycle_is_found_where_it_is_closed(closing: str, expected: list[tuple[str, str, str, int]]) -> None:
    assert found(TWO, {**TWO, "p/c.py": closing}) == expected


@pytest.mark.parametrize(
    ("used", "level"),
    [("x = a.x\ny = x", "info"), ("def f(x: a.X): ...", "error"), ("def f(x: 'a.X'): ...", "error")],
    ids=["when it is imported", "for types", "for quoted types"],
)
def test_a_longer_cycle_is_information_where_no_move_is_certain(used: str, level: str) -> None:
    base = {**RING, "p/a.py": "from p import b\n\nx = b.x\n\n\nclass X: ...\n"}
    findings = review(change_of(base, {**base, "p/c.py": f"from p import a\n\n{used}\n"}), Config(), RULES, "f")
    assert [f.level for f in findings if f.rule == "coupling/cycle"] == [level]


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
    findings = review(change_of(base, head), Config(), RULES, "partywall.toml")
    assert [(f.path, f.start_line) for f in findings if f.rule == "coupling/cycle"] == [("p/b.py", 1)]


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
    taken = "from p.c import Thing\n\ndef g(thing: Thing): ...\n"
    head = {**RING, "p/c.py": "class Thing: ...\n\ndef f():\n    from p import new\n", "p/new.py": taken}
    assert [(rule, level) for rule, level, *_ in found(RING, head)] == [("coupling/cycle", "warning")]
    head["p/new.py"] = "from p import c\n"
    findings = review(change_of(RING, head), Config(), RULES, "partywall.toml")
    assert [(f.rule, f.level) for f in findings] == [("coupling/cycle", "info")], "nobody knows what to do about it"


def test_a_first_import_against_the_direction_is_told_at_every_level_of_packages() -> None:
    base = {
        "s/api/orders/a.py": "import s.core.x\n", "s/api/users/b.py": "import s.core.x\n", "s/api/stock/c.py": "import s.core.y\n",
        "s/core/x.py": "", "s/core/y.py": "", "s/mail/z.py": "",
    }  # fmt: skip
    assert found(base, {**base, "s/core/z.py": "import s.api.users.b\n"}) == [
        ("coupling/reversal", "warning", "s/core/z.py", 1)
    ]
    assert found(base, {**base, "s/mail/z.py": "import s.api.users.b\n"}) == []


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("", "import s.web.v1\n", [("warning", "first import from `s.core` to `s.web`")]),
        ("", "if TYPE_CHECKING:\n    import s.web.v1\n", [("info", "first import from `s.core` to `s.web`")]),
        (
            "if TYPE_CHECKING:\n    import s.web.v1\n",
            "import s.web.v1\n",
            [("warning", "first import that runs from `s.core` to `s.web`")],
        ),
        ("if TYPE_CHECKING:\n    import s.web.v1\n", "if TYPE_CHECKING:\n    import s.web.v1, s.web.v2\n", []),
    ],
)
def test_imports_for_types_turn_no_direction_that_runs(before: str, after: str, told: list[tuple[str, str]]) -> None:
    base = {
        **{f"s/web/v{i}.py": "import s.core.x\n" for i in range(3)},
        "s/core/x.py": "",
        "s/mail/m.py": "import s.core.z\n",
        "s/core/z.py": before,
    }
    findings = ReversalRule().check(change_of(base, {**base, "s/core/z.py": after}), ReversalOptions())
    assert [(f.level, f.message.partition(",")[0]) for f in findings] == told


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
    together_before = [set(members) for members in change.base.graph.cycles(RUNTIME).values()]
    together_after = [set(members) for members in change.head.graph.cycles(RUNTIME).values()]
    findings = [f for f in review(change, Config(), RULES, "f") if f.rule == "coupling/cycle" and f.confidence == 1]
    findings = [f for f in findings if all(edge.scope == "import" for edge in f.edges)]
    for finding in findings:
        pair = {finding.edges[0].importer, finding.edges[0].imported}
        assert any(pair <= members for members in together_after)
        assert not any(pair <= members for members in together_before)
    if findings == []:
        grown = [m for m in together_after if not any(m <= old for old in together_before)]
        new_edges = {(e.importer, e.imported) for e in change.new_edges(RUNTIME)}
        assert all(not any((a, b) in new_edges for a in m for b in m) or len(m) < 2 for m in grown)


PAIR = {
    "s/__init__.py": "",
    "s/a/x.py": "from s.b import y\n",
    "s/a/w.py": "w = 1\n",
    "s/b/y.py": "",
    "s/b/z.py": "",
    "s/c.py": "",
}


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("from s.a import w\n", [("coupling/cycle", "info", "s/b/z.py", 1)]),
        ("def f():\n    from s.a import w\n", []),
        ("if TYPE_CHECKING:\n    from s.a import w\n", []),
        ("from s import c\n", []),
    ],
)  # fmt: skip
def test_packages_may_be_in_a_cycle_where_no_module_is(line: str, expected: list[tuple[str, str, str, int]]) -> None:
    findings = review(change_of(PAIR, {**PAIR, "s/b/z.py": line}), Config(), RULES, "f")
    assert [(f.rule, f.level, f.path, f.start_line) for f in findings if f.rule == "coupling/cycle"] == expected


def test_a_cycle_between_packages_quotes_both_directions() -> None:
    findings = review(change_of(PAIR, {**PAIR, "s/b/z.py": "from s.a import w\n"}), Config(), RULES, "f")
    (finding,) = [finding for finding in findings if finding.rule == "coupling/cycle"]
    assert [(edge.path, edge.line) for edge in finding.edges] == [("s/b/z.py", 1), ("s/a/x.py", 1)]
    assert "ties `s.b` and `s.a` into a cycle: `s.a.x` imports `s.b.y`" in finding.message


def test_a_cycle_between_packages_that_can_be_taken_away_is_a_warning() -> None:
    base = {**PAIR, "s/a/w.py": "class Work: ...\n"}
    head = {**base, "s/b/z.py": "from s.a.w import Work\n\ndef do(work: Work): ...\n"}
    (finding,) = [f for f in review(change_of(base, head), Config(), RULES, "f") if f.rule == "coupling/cycle"]
    assert finding.level == "warning"
    assert "under `if TYPE_CHECKING:`" in finding.advice


@pytest.mark.parametrize(
    ("tied", "level"), [((), "warning"), (("x",), "warning"), (("x", "y"), "info")], ids=["none", "one", "two"]
)
def test_where_packages_import_each_other_anyway_one_pair_more_is_information(
    tied: tuple[str, ...], level: str
) -> None:
    base = {**PAIR, "s/a/w.py": "class Work: ...\n"}
    for name in tied:
        base[f"s/{name}1/m.py"], base[f"s/{name}1/n.py"] = f"import s.{name}2.m\n", ""
        base[f"s/{name}2/m.py"], base[f"s/{name}2/n.py"] = "", f"import s.{name}1.n\n"
    head = {**base, "s/b/z.py": "from s.a.w import Work\n\ndef do(work: Work): ...\n"}
    found = [f for f in review(change_of(base, head), Config(), RULES, "f") if f.rule == "coupling/cycle"]
    assert [f.level for f in found] == [level]


def apps(*names: str) -> Tree:
    """Packages of models and what helps with them, which takes the models inside a function."""
    takes = "def first():\n    from s.{0}.models import Model\n\n    return Model\n"
    return {
        "s/__init__.py": "",
        **{f"s/{name}/models.py": f"import s.{name}.helpers\n\n\nclass Model: ...\n" for name in "xyz"},
        **{f"s/{name}/helpers.py": takes.format(name) if name in names else "" for name in "xyz"},
    }


@pytest.mark.parametrize(("old", "level"), [("x", "error"), ("xy", "info")])
def test_what_several_packages_do_between_modules_of_the_same_names_is_no_news(old: str, level: str) -> None:
    findings = review(change_of(apps(*old), apps(*old, "z")), Config(), RULES, "f")
    assert [f.level for f in findings if f.rule == "coupling/hidden-cycle"] == [level]


def test_an_import_that_is_met_by_types_alone_is_not_worth_a_word() -> None:
    base = {**RING, "p/c.py": "if TYPE_CHECKING:\n    from p import a\n"}
    change = change_of({**base, "p/b.py": ""}, base)
    assert {f.rule for f in review(change, Config(), RULES, "f")} == {"coupling/first-edge"}


def test_a_name_in_a_string_closes_no_cycle() -> None:
    head = {**RING, "p/c.py": "from importlib import import_module\n\nimport_module('p.a')\n"}
    assert [f.rule for f in review(change_of(RING, head), Config(), RULES, "f") if "cycle" in f.rule] == []


PARTS = ("api", "web", "mail", "jobs", "db", "ui")


def shop(users: str, module: str = "shop.core.text", name: str = "clip") -> Tree:
    """Six components, of which some use a function."""
    files = {f"shop/{part}/main.py": f"from {module} import {name}\n" if part in users else "" for part in PARTS}
    own = {f"{module.replace('.', '/')}.py": f"def {name}(): ...\n"} if module.startswith("shop") else {}
    return {"shop/__init__.py": "", "shop/core/__init__.py": "", "shop/core/text.py": "", **own, **files}


@pytest.mark.parametrize(
    ("base", "head", "renames", "hubs"),
    [
        pytest.param(shop("api"), shop("api web mail jobs"), {}, ["shop.core.text"], id="three more"),
        pytest.param(shop(""), shop("web mail jobs", "shop.core.more"), {}, ["shop.core.more"], id="a new module"),
        pytest.param(shop("api"), shop("api web mail"), {}, [], id="two more"),
        pytest.param(shop("api web mail"), shop("api web mail jobs db ui"), {}, [], id="a hub already"),
        pytest.param(shop("api web mail"), shop("api web mail", "shop.core.more"), {}, [], id="the function has moved"),
        pytest.param(
            shop("api web mail", "other.text"), shop("api web mail"), {}, ["shop.core.text"], id="it came from outside"
        ),
        pytest.param(
            shop("api web mail", "shop.core.old"),
            shop("api web mail", "shop.lib.new"),
            {"shop/core/old.py": "shop/lib/new.py"},
            [],
            id="renamed",
        ),
        pytest.param(
            {path: text for path, text in shop("").items() if "mail" not in path and "jobs" not in path},
            shop("web mail jobs"),
            {},
            [],
            id="two of three components are new",
        ),
        pytest.param(
            shop("api web mail"),
            {
                path: text.replace("core.text", "core")
                for path, text in {
                    **shop("api web mail"),
                    "shop/core/__init__.py": "from shop.core.text import clip\n",
                }.items()
            },
            {},
            [],
            id="passed on by the package",
        ),
    ],
)
def test_a_module_becomes_everybodys_dependency(base: Tree, head: Tree, renames: Tree, hubs: list[str]) -> None:
    findings = review(change_of(base, head, renames), Config(), RULES, "f")
    assert [finding.key[0] for finding in findings if finding.rule == "coupling/hub"] == hubs
    assert all(finding.level == "info" for finding in findings if finding.rule == "coupling/hub")


def test_a_hub_is_told_with_one_import_of_each_component() -> None:
    findings = review(change_of(shop("api"), shop("api web mail jobs")), Config(), RULES, "f")
    (finding,) = [finding for finding in findings if finding.rule == "coupling/hub"]
    assert [edge.path for edge in finding.edges] == ["shop/jobs/main.py", "shop/mail/main.py", "shop/web/main.py"]
    assert "4 of 7 other components import it now, 1 before" in finding.message


CHAIN = {
    "p/__init__.py": "",
    "p/a.py": "import p.b\n",
    "p/b.py": "import p.c\n",
    "p/c.py": "import p.d\n",
    "p/d.py": "",
}
BACK = "def f():\n    import p.a\n\n"
MORE = "".join(f"z{i} = {i}\n" for i in range(9))
G = MORE + "def g():\n    import p.{0}\n\n    return p.{0}.x\n"


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("", G.format("b"), [("coupling/hidden-cycle", "error")]),
        (BACK, BACK + G.format("b"), [("coupling/hidden-cycle", "info")]),
        (BACK, BACK + G.format("c"), [("coupling/hidden-cycle", "error")]),
        ("", "import p.b\n\ndef g(x: p.b.X): ...\n", [("coupling/cycle", "error")]),
        (BACK, BACK + "import p.b\n", [("coupling/cycle", "info")]),
        (BACK, BACK + "import p.c\n", [("coupling/cycle", "error")]),
    ],
    ids=["lazy", "lazy in a knot", "lazy, the two directly", "at import", "at import in a knot", "the two directly"],
)
def test_one_more_thread_of_a_knot_is_information_unless_it_ties_two_modules_directly(
    before: str, after: str, told: list[tuple[str, str]]
) -> None:
    base = {**CHAIN, "p/d.py": before}
    findings = review(change_of(base, {**base, "p/d.py": after}), Config(), RULES, "partywall.toml")
    assert [(f.rule, f.level) for f in findings if f.rule in {rule for rule, _ in told}] == told


STORE = "class Store: ...\n\ndef load(name):\n    pass\n"
BACKEND = "from s.core.store import Store\n\ndef make():\n    return Store()\n"


def backends(*names: str) -> Tree:
    """A store that loads backends when they are asked for, and the backends, which take one."""
    return {
        **dict.fromkeys((f"s/backends/{name}.py" for name in names), BACKEND),
        "s/core/store.py": STORE + "".join(f"    import s.backends.{name}\n" for name in names),
        "s/web/views.py": "import s.core.store\n",
        "s/mail/send.py": "",
    }


@pytest.mark.parametrize(("old", "level"), [((), "warning"), (("x",), "info")])
def test_one_more_backend_is_information(old: tuple[str, ...], level: str) -> None:
    findings = review(change_of(backends(*old), backends(*old, "z")), Config(), RULES, "partywall.toml")
    assert [f.level for f in findings if f.rule == "coupling/cycle"] == [level]


def managers(*names: str) -> Tree:
    """A server that has managers x, y and z, and those of them that take its database inside a function."""
    takes = dict.fromkeys(
        (f"s/services/{name}.py" for name in names), "def work():\n    from s.core.server import db\n\n    return db\n"
    )
    return {
        **dict.fromkeys((f"s/services/{name}.py" for name in "xyz"), "work = 1\n"),
        **takes,
        "s/core/server.py": "import s.services.x, s.services.y, s.services.z\n\ndb = 1\n",
        "s/web/views.py": "import s.core.server\n",
        "s/mail/send.py": "",
    }


@pytest.mark.parametrize(("old", "level"), [("", "error"), ("x", "info")])
def test_one_more_that_takes_the_same_inside_a_function_is_information(old: str, level: str) -> None:
    findings = review(change_of(managers(*old), managers(*old, "z")), Config(), RULES, "partywall.toml")
    assert {f.level for f in findings if f.rule in {"coupling/hidden-cycle", "coupling/cycle"}} == {level}


BOTH = "from s.core.hub import Hub\n\nhub = Hub()\n"
SIDES = {
    "s/core/__init__.py": "",
    "s/core/hub.py": "import s.parts.x, s.parts.y, s.parts.z\n\n\nclass Hub: ...\n",
    **dict.fromkeys((f"s/parts/{name}.py" for name in "xyz"), ""),
    "s/web/views.py": "import s.core.hub\n",
}


@pytest.mark.parametrize(
    ("old", "new", "level"),
    [
        ("xy", BOTH, "info"),
        ("x", BOTH, "error"),
        ("xy", "from s.core.hub import Hub\n\n\ndef take(hub: Hub): ...\n", "error"),
    ],
    ids=["two like it", "one like it", "import lines mend it"],
)
def test_one_more_of_several_that_import_each_other_is_information(old: str, new: str, level: str) -> None:
    base = {**SIDES, **dict.fromkeys((f"s/parts/{name}.py" for name in old), BOTH)}
    findings = review(change_of(base, {**base, "s/parts/z.py": new}), Config(), RULES, "f")
    assert [f.level for f in findings if f.rule == "coupling/cycle"] == [level]


RUNS = {
    "s/__init__.py": "",
    "s/core/__init__.py": "from s.core.main import Main\n",
    "s/core/main.py": "from s.text import clean\n\n\nclass Main:\n    done = clean(1)\n",
    "s/core/names.py": "n = 1\n",
    "s/text.py": "from s.core.names import n\n\n\ndef clean(x):\n    return n\n",
}


@pytest.mark.parametrize(
    ("text", "level"), [(RUNS["s/text.py"], "info"), ("def clean(x):\n    return x\n", "error")], ids=["run", "not run"]
)
def test_a_package_that_is_run_anyway_is_no_new_cycle(text: str, level: str) -> None:
    base = {**RUNS, "s/text.py": text, "s/core/__init__.py": "from s.text import clean\n"}
    head = {**base, "s/text.py": f"from s import core\n{text}\nm = vars(core)\n"}
    findings = review(change_of(base, head), Config(), RULES, "f")
    assert [f.level for f in findings if f.rule == "coupling/cycle"] == [level]


@pytest.mark.parametrize(
    ("text", "level"), [(RUNS["s/text.py"], "info"), ("def clean(x):\n    return x\n", "error")], ids=["run", "not run"]
)
def test_what_led_back_through_a_package_is_no_new_cycle(text: str, level: str) -> None:
    """The move that is certain does not make news of it: it needs a new module."""
    base = {
        **RUNS,
        "s/text.py": text,
        "s/core/more.py": "from s.core.main import Main\n\ndef more(x):\n    return x\n\n" + "m = Main\n" * 9,
    }
    head = {**base, "s/text.py": f"from s.core.more import more\n{text}\nt = more(1)\n"}
    findings = review(change_of(base, head), Config(), RULES, "f")
    assert [f.level for f in findings if f.rule == "coupling/cycle"] == [level]


@pytest.mark.parametrize(("more", "rules"), [("", []), ("from p import c\n", ["coupling/cycle"])], ids=["moved", "new"])
def test_an_import_that_resolves_since_its_file_moved_is_not_new(more: str, rules: list[str]) -> None:
    files = {
        "p/__init__.py": "",
        "p/a.py": "from p import b\n",
        "p/b.py": "from p import a\n",
        "p/c.py": "from p import a\n",
    }
    base = {"src/__init__.py": "", **{f"src/{path}": text for path, text in files.items()}}
    head = {**files, "p/a.py": f"{files['p/a.py']}{more}"}
    assert [rule for rule, *_ in found(base, head, {f"src/{path}": path for path in files})] == rules


ORDER = "class Order:\n    def price(self):\n        from s.prices import of\n\n        return of(self)\n"


def test_a_class_takes_its_imports_along() -> None:
    base = {"s/a.py": ORDER, "s/b.py": "b = 1\n", "s/prices.py": "import s.a, s.b\n\ndef of(x): ...\n"}
    assert found(base, {**base, "s/a.py": "", "s/b.py": ORDER}) == []


def test_a_class_takes_its_imports_along_where_what_they_lead_to_was_split() -> None:
    base = {
        "s/a.py": ORDER,
        "s/b.py": "b = 1\n",
        "s/prices.py": "import s.a, s.b\n\ndef of(x): ...\n\n\ndef tax(x): ...\n",
    }
    order = ORDER.replace("s.prices", "s.more")
    head = {
        **base,
        "s/a.py": "",
        "s/b.py": order,
        "s/prices.py": "def tax(x): ...\n",
        "s/more.py": "import s.b\n\ndef of(x): ...\n",
    }
    assert found(base, head) == []


def test_a_class_that_moves_to_where_its_imports_lead_back_is_told() -> None:
    base = {"s/a.py": ORDER, "s/b.py": "b = 1\n", "s/prices.py": "import s.b\n\ndef of(x): ...\n"}
    assert [rule for rule, *_ in found(base, {**base, "s/a.py": "", "s/b.py": f"b = 1\n{ORDER}"})] == [
        "coupling/hidden-cycle"
    ]


@pytest.mark.parametrize(
    ("before", "rules"),
    [
        ("if __name__ == '__main__':\n    print(1)\n", []),
        ("def main():\n    print(1)\n", ["coupling/hidden-cycle"]),
    ],
)
def test_what_starts_a_program_is_not_run_by_who_imports_it(before: str, rules: list[str]) -> None:
    base = {"s/a.py": "a = 1\n", "s/b.py": "from s.a import a\n\nb = a\n"}
    head = {**base, "s/a.py": f"a = 1\n\n{before}    from s.b import b\n\n    print(b)\n\n\nc = 2\n"}
    assert [rule for rule, *_ in found(base, head)] == rules


TYPE = "import s.core.x\n\n\nclass V: ...\n"
ROOT = "import s.p.a, s.q.a, s.r.a, s.t.a, s.u.a\n"
DIRECTED = {
    **{f"s/web/v{i}.py": "import s.core.x\n" for i in range(3)},
    "s/web/names.py": "n = 1\n",
    **dict.fromkeys((f"s/{name}/a.py" for name in "pqrtu"), ""),
    "s/core/root.py": ROOT,
    "s/api/app.py": "import s.core.root\n",
    "s/core/x.py": "",
    "s/core/main.py": "",
    "s/core/used.py": "",
    "s/core/y.py": "import s.core.used, s.core.root\n",
    "s/mail/m.py": "import s.core.used\n",
}


@pytest.mark.parametrize(
    ("path", "line", "more", "level"),
    [
        ("s/core/used.py", "import s.web.v1\n", {}, "warning"),
        ("s/core/new.py", "import s.web.v1\n", {}, "warning"),
        ("s/core/new.py", "import s.web.v1\n\nif __name__ == '__main__':\n    s.web.v1()\n", {}, "info"),
        ("s/core/main.py", "import s.web.v1\n", {}, "info"),
        ("s/core/used.py", "import s.web.v1\n", {"s/web/v1.py": "import s.core.x, s.core.used\n", "s/core/used.py": "import s.mail.n\n", "s/mail/n.py": "import s.web.v1\n"}, "info"),
        ("s/core/used.py", "import s.web.names\n", {}, "info"),
        ("s/core/used.py", "from s.web.v1 import V\n\ndef f(v: V): ...\n", {"s/web/v1.py": TYPE}, "info"),
        ("s/core/used.py", "from s.web.v1 import V\n\nv = V()\n", {"s/web/v1.py": TYPE}, "warning"),
        ("s/core/used.py", "import s.web.v1\n", {f"s/web/v{i}.py": "def f():\n    import s.core.x\n" for i in range(3)}, "info"),
        ("s/core/root.py", "import s.web.v1\n", {}, "info"),
        ("s/core/above.py", "import s.web.v1\n", {"s/core/above.py": "", "s/api/b.py": "import s.core.above\n"}, "info"),
        ("s/core/above.py", "import s.web.v1\n", {"s/core/above.py": "", "s/core/b.py": "import s.core.above\n"}, "warning"),
        ("s/core/root.py", "import s.web.v1\n", {"s/core/root.py": ""}, "warning"),
        ("s/core/root.py", "import s.web.v1\n", dict.fromkeys(("s/api/b.py", "s/api/c.py"), "import s.core.root\n"), "warning"),
    ],
    ids=["used", "new", "a new program", "the start of a program", "in a knot", "a leaf", "annotations", "more than annotations", "a direction inside functions", "a root", "used from elsewhere alone", "used in the package", "no root", "a root that many import"],
)  # fmt: skip
def test_what_a_turned_direction_ties(path: str, line: str, more: Tree, level: str) -> None:
    base = {**DIRECTED, **more}
    findings = review(change_of(base, {**base, path: base.get(path, "") + line}), Config(), RULES, "f")
    told = {f.level for f in findings if f.rule == "coupling/reversal" and f.key == ("s.core", "s.web")}
    assert ("warning" in told) == (level == "warning")


@pytest.mark.parametrize(("was", "level"), [("V", "info"), ("W", "warning")], ids=["moved", "another"])
def test_who_takes_what_moved_from_where_it_is_now_turns_no_direction(was: str, level: str) -> None:
    kept = "class W: ...\n\n\nw = 1\n"
    base = {
        **DIRECTED,
        "s/core/used.py": f"class {was}: ...\n\n\nclass Kept: ...\n",
        "s/web/v1.py": f"import s.core.x\n{kept}",
    }
    head = {
        **base,
        "s/core/used.py": "from s.web.v1 import V\n\n\nclass Kept: ...\n\n\nv = V()\n",
        "s/web/v1.py": f"{TYPE}\n\n{kept}",
    }
    found = [f for f in review(change_of(base, head), Config(), RULES, "f") if f.key == ("s.core", "s.web")]
    assert [f.level for f in found if f.rule == "coupling/reversal"] == [level]


@pytest.mark.parametrize(("more", "level"), [({}, "info"), ({"s/one/b.py": ""}, "warning")], ids=["module", "package"])
def test_one_module_may_lie_between_the_layers_of_a_package(more: Tree, level: str) -> None:
    one = "s/one/__init__.py" if more else "s/one.py"
    base = {**{f"s/web/v{i}.py": "import s.one\n" for i in range(3)}, **more, one: "", "s/web/w.py": "import s.two\n", "s/two.py": ""}  # fmt: skip
    findings = review(change_of(base, {**base, one: "import s.web.w\n"}), Config(), RULES, "f")
    assert [f.level for f in findings if f.rule == "coupling/reversal"] == [level]
