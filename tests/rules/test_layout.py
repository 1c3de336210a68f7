from __future__ import annotations

import pytest

from rules.facts import read
from rules.layout import Layout, Root, find_layout
from rules.manifests import declared_roots


def layout(tree: dict[str, str], *declared: Root, manifests: tuple[str, ...] = ()) -> Layout:
    facts = {path: read(source.encode()) for path, source in tree.items() if path.endswith(".py")}
    return find_layout(facts, manifests, declared, lambda path: facts[path].imports)


def names(paths: list[str], *declared: Root, manifests: tuple[str, ...] = ()) -> list[str]:
    found = layout(dict.fromkeys(paths, ""), *declared, manifests=manifests).names
    return [found[path] for path in paths]


@pytest.mark.parametrize(
    ("paths", "expected"),
    [
        pytest.param(
            ["a/__init__.py", "a/b.py", "a/c/__init__.py", "a/c/d.py"], ["a", "a.b", "a.c", "a.c.d"], id="package"
        ),
        pytest.param(["src/a/__init__.py", "src/a/b.py"], ["a", "a.b"], id="src layout"),
        pytest.param(["lib/python/a/__init__.py", "lib/python/a/b.py"], ["a", "a.b"], id="package in a folder"),
        pytest.param(
            ["a/__init__.py", "a/plain/b.py", "a/plain/deep/c.py"],
            ["a", "a.plain.b", "a.plain.deep.c"],
            id="no __init__ inside",
        ),
        pytest.param(["manage.py", "tools/run.py"], ["manage", "tools.run"], id="loose scripts"),
        pytest.param(["my-dist/a/__init__.py", "my-dist/tool.py"], ["a", "tool"], id="a folder that is no identifier"),
    ],
)
def test_roots_are_found_from_the_tree(paths: list[str], expected: list[str]) -> None:
    assert names(paths) == expected


def test_each_distribution_of_a_repository_has_its_own_root() -> None:
    paths = ["one/pkg/__init__.py", "one/pkg/a.py", "two/src/other/__init__.py", "two/src/other/b.py"]
    assert names(paths, manifests=("one/pyproject.toml", "two/setup.py")) == ["pkg", "pkg.a", "other", "other.b"]


def test_imports_tell_a_namespace_package_from_a_source_root() -> None:
    shared = {"company/billing/__init__.py": "", "company/billing/tax.py": "", "company/web/__init__.py": ""}
    namespace = layout({**shared, "company/web/views.py": "from company.billing import tax\n"})
    root = layout({**shared, "company/web/views.py": "from billing import tax\n"})
    assert namespace.names["company/billing/tax.py"] == "company.billing.tax"
    assert root.names["company/billing/tax.py"] == "billing.tax"


def test_a_part_of_a_namespace_package_is_known_by_imports_of_the_other_parts() -> None:
    """One distribution brings `ns.cache.base`, another `ns.cache.disk`, which imports the first."""
    tree = {
        "one/ns/cache/base/__init__.py": "",
        "two/ns/store/disk/__init__.py": "from ns.store.disk import shelf\n",
        "two/ns/store/disk/shelf.py": "",
        "two/ns/cache/disk/__init__.py": "from ns.cache.base import Cache\n",
    }
    found = layout(tree, manifests=("one/pyproject.toml", "two/pyproject.toml")).names
    assert found["two/ns/cache/disk/__init__.py"] == "ns.cache.disk"


def test_declared_roots_win() -> None:
    assert names(["lib/a/__init__.py"], Root("lib/a", "company.a")) == ["company.a"]
    assert names(["deep/er/a.py"], Root("deep", "")) == ["er.a"]


def test_two_distributions_may_have_a_module_of_one_name() -> None:
    tree = {
        "one/app/__init__.py": "",
        "one/app/main.py": "from app import settings\n",
        "one/app/settings.py": "",
        "two/app/__init__.py": "",
        "two/app/main.py": "from app import settings\n",
        "two/app/settings.py": "",
    }
    found = layout(tree, manifests=("one/pyproject.toml", "two/pyproject.toml"))
    assert found.names["one/app/main.py"] == "app.main"
    assert found.names["two/app/main.py"] == "two.app.main"
    assert found.local["two"]["app.settings"] == "two.app.settings"
    assert not found.shadowed


def test_a_package_shadows_the_module_beside_it() -> None:
    found = layout({"a/b.py": "", "a/b/__init__.py": "", "a/__init__.py": ""})
    assert found.shadowed == {"a/b.py": "a/b/__init__.py"}
    assert found.names["a/b/__init__.py"] == "a.b"
    assert "a/b.py" not in found.names


@pytest.mark.parametrize(
    ("path", "text", "expected"),
    [
        (
            "pyproject.toml",
            '[tool.setuptools.package-dir]\n"" = "lib"\n"pkg.sub" = "other/sub"\n',
            [("lib", ""), ("other/sub", "pkg.sub")],
        ),
        ("x/pyproject.toml", '[tool.setuptools.packages.find]\nwhere = ["python"]\n', [("x/python", "")]),
        ("pyproject.toml", '[tool.hatch.build.targets.wheel]\npackages = ["code/pkg"]\n', [("code", "")]),
        ("pyproject.toml", '[tool.hatch.build.targets.wheel.sources]\n"code" = "company"\n', [("code", "company")]),
        ("pyproject.toml", '[[tool.poetry.packages]]\ninclude = "pkg"\nfrom = "lib"\n', [("lib", "")]),
        ("pyproject.toml", '[tool.pdm.build]\npackage-dir = "lib"\n', [("lib", "")]),
        ("pyproject.toml", '[tool.uv.build-backend]\nmodule-root = ""\n', [("", "")]),
        ("setup.cfg", "[options]\npackage_dir =\n    = lib\n    pkg = other\n", [("lib", ""), ("other", "pkg")]),
        ("setup.cfg", "[options.packages.find]\nwhere = lib\n", [("lib", "")]),
        ("pyproject.toml", "[project]\nname = 'x'\n", []),
        ("pyproject.toml", "not toml", []),
        ("pyproject.toml", "tool = 3", []),
        ("setup.cfg", "[broken", []),
        ("setup.py", "raise SystemExit", []),
        ("pyproject.toml", '[tool.pdm.build]\npackage-dir = "../outside"\n', []),
    ],
)
def test_manifests_declare_roots(path: str, text: str, expected: list[tuple[str, str]]) -> None:
    assert list(declared_roots(path, text.encode())) == [Root(*pair) for pair in expected]
