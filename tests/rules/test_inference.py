from __future__ import annotations

import pytest

from rules.contracts.declared import Acyclic, Forbidden, Independent, Layer, Layers, Protected, Public
from rules.contracts.tools import adopted
from rules.inference.elsewhere import declared_elsewhere
from rules.inference.infer import infer
from rules.inference.order import levels, sort
from rules.inference.proposal import Draft, Past, Proposal
from rules.trees import whole_of
from tests.support.shops import Sources, every, imports, packages

SHOP = packages({"shop.web": 6, "shop.services": 6, "shop.core": 6})
DOWN = [
    *every("shop.web", "shop.services", 6),
    *every("shop.web", "shop.core", 6),
    *every("shop.services", "shop.core", 6),
]
LAYERED = imports(SHOP, DOWN)


def proposed(tree: Sources, past: Sources | None = None, covered: frozenset[str] = frozenset()) -> Draft:
    return infer(whole_of(tree), [Past("a year ago", whole_of(past).head.graph)] if past else [], covered)


def of_type(draft: Draft, kind: type) -> list[Proposal]:
    return [one for one in draft.proposals if isinstance(one.contract, kind)]


def layers_of(draft: Draft) -> list[object]:
    found = of_type(draft, Layers)
    contract = found[0].contract if found else None
    assert contract is None or isinstance(contract, Layers)
    return [] if contract is None else [set(x.modules) if isinstance(x, Layer) else x for x in contract.layers]


WEB, SERVICES, CORE = "shop.web", "shop.services", "shop.core"


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ([], [WEB, SERVICES, CORE]),
        (["shop.core.m0 -> shop.web.m0"], [WEB, SERVICES, CORE]),
        (every(CORE, SERVICES, 3), [WEB, {CORE, SERVICES}]),
        (every(CORE, WEB, 6), []),
        (["shop -> shop.web.m0", "shop.core.m1 -> shop"], [WEB, SERVICES, CORE]),
    ],
    ids=["one direction", "one slip", "two import each other", "a ring", "the front door gathers all"],
)
def test_layers_are_what_nearly_all_imports_keep_to(more: list[str], expected: list[object]) -> None:
    assert layers_of(proposed(imports(LAYERED, more))) == expected


def test_the_imports_against_layers_are_named() -> None:
    (proposal,) = of_type(proposed(imports(LAYERED, ["shop.core.m0 -> shop.web.m0"])), Layers)
    assert [(b.place.path, b.subject) for b in proposal.breaches] == [
        ("shop/core/m0.py", ("shop.core.m0", "shop.web.m0"))
    ]
    assert proposal.evidence[0] == "18 imports between these 21 modules run down, 1 against"


def test_why_there_are_no_layers_is_said() -> None:
    draft = proposed(imports(LAYERED, every(CORE, WEB, 6)))
    assert any("no layers for shop" in remark for remark in draft.remarks)
    assert draft.remarks[0] == "layers and independent siblings were looked for in shop"


def test_a_part_without_ties_to_most_others_has_no_place_among_the_layers() -> None:
    tree = imports({**LAYERED, **packages({"shop.reports": 6})}, every("shop.reports", "shop.core", 1))
    assert layers_of(proposed(tree)) == [WEB, SERVICES, CORE]


@pytest.mark.parametrize(
    ("sizes", "between", "apart"),
    [(6, [], True), (3, [], False), (6, ["shop.mail.m0 -> shop.services.m0"], False)],
    ids=["large and used alike", "small", "one imports the other"],
)
def test_siblings_on_one_layer_are_independent_where_that_looks_meant(
    sizes: int, between: list[str], apart: bool
) -> None:
    tree = {**LAYERED, **packages({"shop.mail": sizes})}
    ties = [*every("shop.web", "shop.mail", 6, sizes), *every("shop.mail", "shop.core", sizes)]
    (proposal,) = of_type(proposed(imports(tree, [*ties, *between])), Layers)
    assert isinstance(proposal.contract, Layers)
    assert (("shop.mail", "shop.services") in proposal.contract.layers) == apart


def test_older_trees_speak_for_a_direction() -> None:
    (kept,) = of_type(proposed(LAYERED, LAYERED), Layers)
    assert kept.evidence[1:] == ("kept without exception a year ago",)
    slips = ["shop.core.m0 -> shop.web.m0", "shop.core.m1 -> shop.web.m0"]
    (repaired,) = of_type(proposed(LAYERED, imports(LAYERED, slips)), Layers)
    assert repaired.evidence[1:] == ("a year ago: 18 agreed, 2 did not", "of 2 that once disagreed 0 are left")
    (young,) = of_type(proposed(LAYERED, SHOP), Layers)
    assert "did these packages import each other" in young.evidence[1]


PLUGINS = packages({f"shop.plugins.{name}": 4 for name in ("aws", "azure", "gcp")} | {"shop.plugins.base": 2})
ON_BASE = [f"shop.plugins.{name}.m{i} -> shop.plugins.base.m0" for name in ("aws", "azure", "gcp") for i in range(3)]


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ([], ("shop.plugins.aws", "shop.plugins.azure", "shop.plugins.gcp")),
        (["shop.plugins.aws.m0 -> shop.plugins.gcp.m0"], None),
        (["shop.plugins.aws.m0 -> shop.glue.m0", "shop.glue.m0 -> shop.plugins.gcp.m0"], None),
    ],
    ids=["apart", "one imports another", "a way around"],
)
def test_siblings_without_imports_between_them_are_independent(
    more: list[str], expected: tuple[str, ...] | None
) -> None:
    tree = imports({**PLUGINS, **packages({"shop.glue": 2})}, [*ON_BASE, *more])
    found = [one.contract for one in of_type(proposed(tree), Independent)]
    assert [one.modules for one in found if isinstance(one, Independent)] == ([expected] if expected else [])


USERS = [f"shop.{part}.m{i} -> shop.core:Thing" for part in ("web", "services") for i in range(6)]


@pytest.mark.parametrize(
    ("source", "lines", "expected"),
    [
        ("Thing = 1\n", USERS, "package"),
        ("Thing = 1\n", [*USERS, "shop.web.m0 -> shop.core.m1:x", "shop.web.m1 -> shop.core.m1:x"], None),
        ("Thing = 1\n", USERS[:9], None),
        (
            "__all__ = ['Thing', 'm1']\nThing = 1\n",
            [*USERS, "shop.web.m0 -> shop.core:m1", "shop.web.m2 -> shop.core.m1:x"],
            "__all__",
        ),
    ],
    ids=["as a whole", "past it, too", "by few", "by what it lists"],
)
def test_packages_that_are_imported_through_their_face_are_public(
    source: str, lines: list[str], expected: str | None
) -> None:
    tree = imports({**SHOP, "shop/core/__init__.py": source}, lines)
    found = [one.contract for one in of_type(proposed(tree), Public)]
    assert [(one.modules, one.names) for one in found if isinstance(one, Public)] == (
        [(("shop.core",), expected)] if expected else []
    )


CHILDREN = packages({"shop": 8})
LINES = [f"shop.m{i} -> shop.m{j}" for i in range(8) for j in range(i) if i - j < 3]
NOT_LAYERS = frozenset(["layers"])


@pytest.mark.parametrize(
    ("closing", "expected"),
    [
        ("", [(("shop",), ("import",))]),
        ("import shop.m7\n", []),
        ("def f():\n    import shop.m7\n", []),
        ("if TYPE_CHECKING:\n    import shop.m7\n", [(("shop",), ("import",))]),
    ],
    ids=["no circle", "a circle", "one inside a function", "one for type checkers"],
)
def test_packages_whose_children_form_no_circle(closing: str, expected: list[object]) -> None:
    tree = {**imports(CHILDREN, LINES), "shop/m0.py": closing}
    found = [one.contract for one in of_type(proposed(tree, covered=NOT_LAYERS), Acyclic)]
    assert [(one.parents, one.scopes) for one in found if isinstance(one, Acyclic)] == expected


def test_a_circle_in_an_older_tree_speaks_against_it() -> None:
    tree = imports(CHILDREN, LINES)
    assert of_type(proposed(tree, tree, NOT_LAYERS), Acyclic)
    assert of_type(proposed(tree, imports(tree, ["shop.m0 -> shop.m7"]), NOT_LAYERS), Acyclic) == []


def test_a_library_that_lives_in_one_part() -> None:
    tree = imports(LAYERED, [f"shop.web.m{i} -> fastapi" for i in range(4)])
    (proposal,) = of_type(proposed(tree), Forbidden)
    contract = proposal.contract
    assert isinstance(contract, Forbidden)
    assert (contract.source, contract.target, contract.direct_only) == ((CORE, SERVICES), ("fastapi",), True)
    assert proposal.evidence[0] == "4 modules of shop.web import fastapi"
    everywhere = imports(tree, ["shop.core.m0 -> starlette", "shop.services.m0 -> starlette"])
    assert of_type(proposed(everywhere), Forbidden) == []


def test_a_part_that_one_other_guards() -> None:
    sizes = {f"shop.{name}": 10 for name in ("models", "repositories", "orders", "users", "mail", "web", "jobs")}
    tree = imports(packages(sizes), every("shop.repositories", "shop.models", 10))
    (proposal,) = of_type(proposed(tree, tree), Protected)
    assert isinstance(proposal.contract, Protected)
    assert (proposal.contract.modules, proposal.contract.importers) == (("shop.models",), ("shop.repositories",))
    assert of_type(proposed(tree), Protected) == []
    assert of_type(proposed(tree, imports(tree, ["shop.web.m0 -> shop.models.m0"])), Protected) == []


@pytest.mark.parametrize("covered", ["layers", "public"])
def test_what_is_declared_elsewhere_is_not_proposed(covered: str) -> None:
    tree = imports({**LAYERED, "shop/core/__init__.py": "Thing = 1\n"}, [])
    tree = {
        path: source.replace("import shop.core.m", "from shop.core import Thing  # m") for path, source in tree.items()
    }
    kinds = {str(one.contract.__struct_config__.tag) for one in proposed(tree).proposals}
    assert kinds == {"layers", "public"}
    left = {str(one.contract.__struct_config__.tag) for one in proposed(tree, covered=frozenset([covered])).proposals}
    assert left == kinds - {covered}


def test_how_private_names_are_kept_is_told() -> None:
    tree = imports(LAYERED, ["shop.web.m0 -> shop.core.m0:_secret"])
    broken, kept = proposed(tree).remarks[-1], proposed(LAYERED).remarks[-1]
    assert broken.startswith("private names: 1 of 19 imports between components")
    assert broken.endswith("stays silent")
    assert kept.endswith("reports new ones")


LINTER = "[importlinter]\nroot_package = shop\n"


@pytest.mark.parametrize(
    ("file", "text", "expected"),
    [
        (".importlinter", LINTER + "[importlinter:contract:1]\nname=a\ntype=layers\nlayers=\n  b\n", {"layers"}),
        (
            "back/setup.cfg",
            LINTER + "[importlinter:contract:a]\nname=a\ntype=independence\nmodules=\n  a\n  b\n",
            {"independent"},
        ),
        (
            "tach.toml",
            "[[modules]]\npath='a'\ndepends_on=[]\n[[interfaces]]\nexpose=['x']\n",
            {"layers", "forbidden", "independent", "protected", "public"},
        ),
        ("pyproject.toml", "[project]\nname='a'\n", None),
        ("pyproject.toml", "[tool.importlinter]\ncontracts = ['a']\n", None),
        ("pyproject.toml", "tool = 1\n", None),
        ("tach.toml", "= broken", None),
    ],
)
def test_contracts_of_other_tools_are_seen(file: str, text: str, expected: set[str] | None) -> None:
    found = adopted({file: text.encode()}, True)
    assert declared_elsewhere(found) == ({file: expected} if expected else {})


def test_the_order_lets_the_fewest_imports_run_up() -> None:
    weights = {("a", "b"): 5, ("b", "c"): 5, ("c", "a"): 1, ("d", "a"): 2}
    assert sort("dcba", weights) == ["d", "a", "b", "c"]
    rows = [[group.parts for group in row] for row in levels("abcd", {**weights, ("c", "a"): 4})]
    assert rows == [[("d",)], [("a", "b", "c")]]
