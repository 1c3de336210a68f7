"""The advice of a finding about a copy: what may be imported from where, and the call instead."""

from __future__ import annotations

from textwrap import indent

import pytest

from rules import config as configuration
from rules.config import Config
from rules.model import Finding
from rules.registry import RULES
from rules.review import review
from rules.trees import Tree, change_of

IMPORTS = "from shop.tables import TooManyOrders, build_order, parse_table, read_text\n\n\n"
ORIGINAL = """\
def load_orders(path, since, limit=50, *, separator):
    \"\"\"Reads orders.\"\"\"
    rows = parse_table(read_text(path), separator=separator)
    recent = [row for row in rows if row.day >= since]
    recent.sort(key=lambda row: (row.day, row.customer))
    if len(recent) > limit:
        raise TooManyOrders(path, len(recent))
    return {row.number: build_order(row) for row in recent}
"""
RENAMED = """\
def fetch_invoices(start, file, maximum, mark):
    \"\"\"Invoices by number.\"\"\"
    table = parse_table(read_text(file), separator=mark)
    current = [entry for entry in table if entry.day >= start]
    current.sort(key=lambda entry: (entry.day, entry.customer))
    if len(current) > maximum:
        raise TooManyOrders(file, len(current))
    return {entry.number: build_order(entry) for entry in current}
"""
TABLES = (
    "class TooManyOrders(Exception):\n    pass\n\n\ndef build_order(row):\n    return row\n\n\n"
    "def parse_table(text, separator):\n    return text\n\n\ndef read_text(path):\n    return path\n"
)
BASE: Tree = {
    "shop/__init__.py": "",
    "shop/tables.py": TABLES,
    "shop/core/__init__.py": "",
    "shop/core/orders.py": IMPORTS + ORIGINAL,
    "shop/web/__init__.py": "",
    "shop/web/pages.py": IMPORTS,
}
WALL = '[[contracts]]\nname = "apart"\ntype = "independent"\nmodules = ["shop.core", "shop.web"]\n'


def copy_of(base: Tree, head: Tree, settings: str = "") -> Finding:
    config = configuration.parse(settings.encode(), "partywall.toml") or Config()
    found = review(change_of(base, head), config, RULES, "partywall.toml")
    (finding,) = [finding for finding in found if finding.rule == "duplication/copy"]
    return finding


def test_a_copy_that_is_certainly_the_same_becomes_a_call() -> None:
    finding = copy_of(BASE, {**BASE, "shop/web/pages.py": IMPORTS + RENAMED})
    assert finding.suggestion is not None
    assert finding.suggestion.import_line == "from shop.core.orders import load_orders"
    assert finding.suggestion.lines == ("    return load_orders(file, start, maximum, separator=mark)",)
    assert (finding.suggestion.start_line, finding.suggestion.end_line) == (6, 11)
    assert "breaks no contract and closes no cycle" in finding.advice


def test_in_the_same_file_no_import_is_needed() -> None:
    finding = copy_of(BASE, {**BASE, "shop/core/orders.py": IMPORTS + ORIGINAL + "\n\n" + RENAMED})
    assert finding.suggestion is not None
    assert finding.suggestion.import_line == ""


def test_what_differs_becomes_parameters_and_no_call() -> None:
    other = RENAMED.replace("separator=mark", "separator='|'")
    finding = copy_of(BASE, {**BASE, "shop/web/pages.py": IMPORTS + other})
    assert finding.suggestion is None
    assert "They differ in `'|'` for `separator`: parameters of the shared one." in finding.advice


@pytest.mark.parametrize(
    ("base", "settings", "advice"),
    [
        pytest.param(
            BASE, WALL, "contract 'apart' says that shop.web and shop.core are independent. Move what is shared to shop.tables or beside it",
            id="a contract forbids it",
        ),
        pytest.param(
            {**BASE, "shop/core/orders.py": "from shop.web import pages\n" + IMPORTS + ORIGINAL}, "",
            "it would close a cycle (shop.core.orders → shop.web.pages). Move what is shared to shop.tables",
            id="it would close a cycle",
        ),
    ],
)  # fmt: skip
def test_where_it_may_not_be_imported_a_place_for_both_is_named(base: Tree, settings: str, advice: str) -> None:
    finding = copy_of(base, {**base, "shop/web/pages.py": IMPORTS + RENAMED}, settings)
    assert f"shop.core.orders may not be imported here: {advice}" in finding.advice
    assert finding.suggestion is None


def test_without_common_ground_a_new_module_is_named() -> None:
    base = {**BASE, "shop/core/orders.py": ORIGINAL, "shop/web/pages.py": ""}
    finding = copy_of(base, {**base, "shop/web/pages.py": RENAMED}, WALL)
    assert "Move what is shared to a new module of shop that imports neither." in finding.advice


def test_of_two_new_copies_the_one_is_kept_that_the_other_may_import() -> None:
    base = {**BASE, "shop/core/orders.py": "from shop.zoo import prices\n" + IMPORTS, "shop/zoo/prices.py": IMPORTS}
    head = {
        **base,
        "shop/core/orders.py": base["shop/core/orders.py"] + ORIGINAL,
        "shop/zoo/prices.py": IMPORTS + RENAMED,
    }
    advice = copy_of(base, head).advice
    assert advice.startswith("Keep the one in shop.zoo.prices and import it into shop.core.orders: the other way round")
    assert "it would close a cycle (shop.core.orders → shop.zoo.prices)" in advice


def test_a_private_counterpart_is_to_be_made_public_first() -> None:
    base = {**BASE, "shop/core/orders.py": IMPORTS + ORIGINAL.replace("load_orders", "_load_orders")}
    finding = copy_of(base, {**base, "shop/web/pages.py": IMPORTS + RENAMED})
    assert "make it public" in finding.advice


def test_code_outside_of_modules_cannot_be_imported() -> None:
    base = {"shop/daily-run.py": ORIGINAL}
    assert "a module that both can import" in copy_of(base, {**base, "shop/pages.py": RENAMED}).advice


PROJECT = '[project]\nname = "one"\n'
APART: Tree = {
    "core/pyproject.toml": PROJECT,
    "core/shop/__init__.py": "",
    "core/shop/orders.py": IMPORTS + ORIGINAL,
    "cli/pyproject.toml": PROJECT,
    "cli/pages/__init__.py": "",
    "cli/pages/main.py": "",
    "base/pyproject.toml": PROJECT,
    "base/tables/__init__.py": TABLES,
}
USES_TABLES = IMPORTS.replace("shop.tables", "tables")
THIRD = {"core/shop/orders.py": USES_TABLES + ORIGINAL, "cli/pages/__init__.py": USES_TABLES}


@pytest.mark.parametrize(
    ("base", "path", "level", "advice"),
    [
        pytest.param({}, "cli/pages/main.py", "info", "Nothing ties the two source roots", id="neither knows the other"),
        pytest.param(
            {"cli/pages/__init__.py": "from shop.sdk import Client\n"}, "cli/pages/main.py", "info",
            "Nothing ties the two source roots", id="a package of that name elsewhere",
        ),
        pytest.param(
            {"cli/pages/__init__.py": "from shop import VERSION\n"}, "cli/pages/main.py", "warning",
            "Import `load_orders` from `shop.orders`", id="the package itself",
        ),
        pytest.param(
            {"cli/pages/__init__.py": "import shop.orders\n"}, "cli/pages/main.py", "warning",
            "Import `load_orders` from `shop.orders`", id="imported already",
        ),
        pytest.param(THIRD, "cli/pages/main.py", "warning", "in tables", id="both import a third"),
        pytest.param(
            {"core/shop/__init__.py": "import pages\n"}, "cli/pages/main.py", "warning",
            "Keep the one in pages.main and import it into shop.orders.", id="the other imports this one",
        ),
        pytest.param({}, "core/shop/web.py", "warning", "Import `load_orders` from `shop.orders`", id="one source root"),
    ],
)  # fmt: skip
def test_between_source_roots_only_a_tie_makes_a_copy_worth_a_word(
    base: Tree, path: str, level: str, advice: str
) -> None:
    before = {**APART, **base}
    finding = copy_of(before, {**before, path: USES_TABLES + ORIGINAL})
    assert (finding.level, advice in finding.advice) == (level, True), finding.advice


def test_a_new_method_is_none_to_import_in_place_of_the_other() -> None:
    """As above, but in classes."""
    base = {**BASE, "shop/core/orders.py": "from shop.zoo import prices\n" + IMPORTS, "shop/zoo/prices.py": IMPORTS}
    head = {
        **base,
        "shop/core/orders.py": base["shop/core/orders.py"] + "\n\nclass Orders:\n" + indent(ORIGINAL, "    "),
        "shop/zoo/prices.py": IMPORTS + "\n\nclass Prices:\n" + indent(RENAMED, "    "),
    }
    assert "Keep the one" not in copy_of(base, head).advice
