"""How two copies differ, as a reader would say it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.differences import differences

FUNCTION = '''\
def load(path, since, limit):
    """Reads orders."""
    rows = parse(read_text(path), separator=";")
    recent = [row for row in rows if row.day > since]
    if len(recent) > limit:
        raise TooMany(path, len(recent))
    return {row.number: build(row) for row in recent}
'''


def found(new: str, old: str) -> list[tuple[str, str]] | None:
    pairs = differences(new, old)
    return None if pairs is None else [(pair.new, pair.old) for pair in pairs]


@pytest.mark.parametrize(
    "new",
    [
        FUNCTION,
        FUNCTION.replace("rows", "table").replace("row", "entry").replace("limit", "most"),
        FUNCTION.replace("(path, since, limit)", "(limit, *, path, since=None)"),
        FUNCTION.replace("def load", "async def fetch").replace("read_text(path)", "await read_text(path)"),
        FUNCTION.replace("(path, since", "(path: Path, since: date").replace("rows =", "rows: list[Row] ="),
        FUNCTION.replace('    """Reads orders."""\n', "    # reads orders\n"),
        FUNCTION.replace('";"', "';'").replace("len(recent))", "len(recent),)").replace("rows if", "(rows) if"),
        FUNCTION.replace("parse(read_text(path), ", "parse(  # all\n        read_text(path),\n        "),
        "@cache\n" + FUNCTION,
    ],
)
def test_what_does_not_matter_is_no_difference(new: str) -> None:
    assert found(new, FUNCTION) == []


@pytest.mark.parametrize(
    ("new", "pairs"),
    [
        pytest.param(FUNCTION.replace('";"', '","'), [('","', '";"')], id="literal"),
        pytest.param(FUNCTION.replace("TooMany", "TooFew"), [("TooFew", "TooMany")], id="global name"),
        pytest.param(FUNCTION.replace("row.day", "row.date"), [(".date", ".day")], id="attribute"),
        pytest.param(FUNCTION.replace("separator", "sep"), [('sep=";"', 'separator=";"')], id="keyword"),
        pytest.param(FUNCTION.replace("row.day > since", "row.day >= since"), [("row.day >= since", "row.day > since")], id="operator"),
        pytest.param(FUNCTION.replace("> limit", "> limit * 2"), [("limit * 2", "limit")], id="sub-expression"),
        pytest.param(FUNCTION.replace("> limit", "> 10").replace(", limit", ""), [("10", "limit")], id="value for a parameter"),
        pytest.param(FUNCTION.replace("read_text(path)", "read_text(\n        path,\n        mode,\n    )"), [("read_text( path, mode, )", "read_text(path)")], id="arguments"),
        pytest.param(FUNCTION.replace("len(recent)", "count(recent)"), [("count", "len")], id="each pair once"),
        pytest.param(FUNCTION.replace("TooMany", "TooFew").replace('";"', '","'), [('","', '";"'), ("TooFew", "TooMany")], id="in source order"),
        pytest.param(FUNCTION.replace("rows if", "path if"), [("path", "rows")], id="another local"),
    ],
)  # fmt: skip
def test_differences_are_what_a_shared_function_would_take(new: str, pairs: list[tuple[str, str]]) -> None:
    assert found(new, FUNCTION) == pairs


@pytest.mark.parametrize(
    ("new", "old", "pairs"),
    [
        ("total = rate(x, 2)\nlog(total)", "tax = rate(x, 3)\nlog(tax)", [("2", "3")]),
        ("send(rows)", "send(table)", [("rows", "table")]),
        ("x = f'{a}: {b}'", "x = f'{a}, {b}'", [("f'{a}: {b}'", "f'{a}, {b}'")]),
        ("x = f'{a:>3}'", "x = f'{c:>3}'", [("a", "c")]),
        ("x = f'{a:>3}'", "x = f'{a:>4}'", [("f'{a:>3}'", "f'{a:>4}'")]),
        ("x = f'plain'", "x = 'plain'", []),
        ("x = a[1:]", "x = a[:1]", [("1:", ":1")]),
        ("x = 1, 2", "x = (1, 2,)", []),
        ("x = f(y := 3, y)", "x = f(z := 3, z)", []),
        ("match e:\n    case A(k=y): p(y)", "match e:\n    case A(k=w): p(w)", []),
        ("from a import b\nb()", "from c import b\nb()", [("a", "c")]),
        ("key = lambda a: a.x\nsort(key)", "key = lambda b: b.y\nsort(key)", [(".x", ".y")]),
        ("import json as j\nj.load(f)", "import json as k\nk.load(f)", []),
        ("try:\n    f()\nexcept E as e:\n    g(e)", "try:\n    f()\nexcept F as g:\n    h(g)", [("E", "F"), ("g", "h")]),
        ("class A:\n    x = 1", "class B:\n    x = 2", [("1", "2")]),
    ],
)  # fmt: skip
def test_runs_of_statements(new: str, old: str, pairs: list[tuple[str, str]]) -> None:
    assert found(new, old) == pairs


@pytest.mark.parametrize(
    ("new", "old"),
    [
        pytest.param(FUNCTION.replace("    if", "    log(rows)\n    if"), FUNCTION, id="a statement more"),
        pytest.param("a()\nx = b()", "x = b()\na()", id="another order"),
        pytest.param("for x in y: f(x)", "while y: f(x)", id="another kind"),
        pytest.param("x += 1", "x -= 1", id="another operator"),
        pytest.param("x = 1\nf(x)", "o.x = 1\nf(o.x)", id="a target is no parameter"),
        pytest.param("return", "return x", id="returns nothing"),
        pytest.param("f(1, 2, 3)\ng(4, 5, 6, 7)", "f(0, 1, 2)\ng(0, 1, 2, 3)", id="too many"),
        pytest.param("x = (", "x = 1", id="cannot be read"),
        pytest.param("x = " + "(" * 900 + "1" + "+1)" * 900, "x = 1", id="deep"),
    ],
)
def test_not_of_one_shape(new: str, old: str) -> None:
    assert found(new, old) is None


@given(st.text(), st.text())
def test_nothing_raises(new: str, old: str) -> None:
    differences(new, old)
    assert differences(new, new) in ((), None)
