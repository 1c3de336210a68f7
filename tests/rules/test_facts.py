from __future__ import annotations

from array import array

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.clones import units_of
from rules.facts import MAX_BYTES, read
from rules.model import Import


def imports(source: str) -> list[tuple[str, int, str, int, str]]:
    return [(i.module, i.level, i.name, i.line, i.scope) for i in read(source.encode()).imports]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("import a.b as c, d", [("a.b", 0, "", 1, "import"), ("d", 0, "", 1, "import")]),
        ("from a import (\n  b,\n  c as d,\n)", [("a", 0, "b", 2, "import"), ("a", 0, "c", 3, "import")]),
        ("from . import x\nfrom ..p.q import y", [("", 1, "x", 1, "import"), ("p.q", 2, "y", 2, "import")]),
        ("from .  import x", [("", 1, "x", 1, "import")]),
        ("from a import *", [("a", 0, "*", 1, "import")]),
        ("def f():\n  import a", [("a", 0, "", 2, "lazy")]),
        ("class C:\n  import a", [("a", 0, "", 2, "import")]),
        ("class C:\n  def f(self):\n    from a import b", [("a", 0, "b", 3, "lazy")]),
        ("if TYPE_CHECKING:\n  import a\nelse:\n  import b", [("a", 0, "", 2, "typing"), ("b", 0, "", 4, "import")]),
        ("if t.TYPE_CHECKING:\n  import a", [("a", 0, "", 2, "typing")]),
        ("if TYPE_CHECKING and x:\n  import a", [("a", 0, "", 2, "typing")]),
        ("if TYPE_CHECKING or x:\n  import a", [("a", 0, "", 2, "import")]),
        (
            "if not TYPE_CHECKING:\n  import a\nelse:\n  import b",
            [("a", 0, "", 2, "import"), ("b", 0, "", 4, "typing")],
        ),
        ("if (\n  TYPE_CHECKING  # for\n):\n  import a", [("a", 0, "", 4, "typing")]),
        ("if TYPE_CHECKING is True:\n  import a", [("a", 0, "", 2, "typing")]),
        ("if typing.TYPE_CHECKING == True:\n  import a", [("a", 0, "", 2, "typing")]),
        ("if TYPE_CHECKING is not False:\n  import a", [("a", 0, "", 2, "typing")]),
        (
            "if TYPE_CHECKING is False:\n  import a\nelse:\n  import b",
            [("a", 0, "", 2, "import"), ("b", 0, "", 4, "typing")],
        ),
        ("if x and TYPE_CHECKING:\n  import a", [("a", 0, "", 2, "typing")]),
        ("if TYPE_CHECKING and x or y:\n  import a", [("a", 0, "", 2, "import")]),
        ("if TYPE_CHECKING or False:\n  import a", [("a", 0, "", 2, "typing")]),
        ("if MYPY:\n  import a", [("a", 0, "", 2, "typing")]),
        ("if MYPY_CHECK_RUNNING:\n  import a", [("a", 0, "", 2, "typing")]),
        ("if MYPYC:\n  import a", [("a", 0, "", 2, "import")]),
        ("if False:\n  import a\nif 0:\n  import b", [("a", 0, "", 2, "typing"), ("b", 0, "", 4, "typing")]),
        ("if True:\n  import a\nelse:\n  import b", [("a", 0, "", 2, "import"), ("b", 0, "", 4, "typing")]),
        (
            "from typing import TYPE_CHECKING, cast\nif cast:\n  import a",
            [
                ("typing", 0, "TYPE_CHECKING", 1, "import"),
                ("typing", 0, "cast", 1, "import"),
                ("a", 0, "", 3, "import"),
            ],
        ),
        (
            "from typing import TYPE_CHECKING as TC\nif TC:\n  import a",
            [("typing", 0, "TYPE_CHECKING", 1, "import"), ("a", 0, "", 3, "typing")],
        ),
        (
            "if not (TYPE_CHECKING):\n  import a\nelif x:\n  import b\nelse:\n  import c",
            [("a", 0, "", 2, "import"), ("b", 0, "", 4, "typing"), ("c", 0, "", 6, "typing")],
        ),
        (
            "if x:\n  import a\nelif not TYPE_CHECKING:\n  import b\nelse:\n  import c",
            [("a", 0, "", 2, "import"), ("b", 0, "", 4, "import"), ("c", 0, "", 6, "typing")],
        ),
        (
            "if not TYPE_CHECKING and x:\n  import a\nelse:\n  import b",
            [("a", 0, "", 2, "import"), ("b", 0, "", 4, "import")],
        ),
        ("if '__main__' == __name__:\n  import a", [("a", 0, "", 2, "lazy")]),
        (
            "if TYPE_CHECKING != False:\n  import a\nif TYPE_CHECKING in False:\n  import b",
            [("a", 0, "", 2, "typing"), ("b", 0, "", 4, "import")],
        ),
        ("if x < TYPE_CHECKING:\n  import a", [("a", 0, "", 2, "import")]),
        ("if x:\n  pass\nelif TYPE_CHECKING:\n  import a", [("a", 0, "", 4, "typing")]),
        ("def f():\n  if TYPE_CHECKING:\n    import a", [("a", 0, "", 3, "typing")]),
        ("try:\n  import a\nexcept ImportError:\n  import b", [("a", 0, "", 2, "import"), ("b", 0, "", 4, "import")]),
        ("if __name__ == '__main__':\n  import a", [("a", 0, "", 2, "lazy")]),
        ("match x:\n  case 1:\n    import a", [("a", 0, "", 3, "import")]),
        ("import a; import b", [("a", 0, "", 1, "import"), ("b", 0, "", 1, "import")]),
        ("importlib.import_module('a.b')", [("a.b", 0, "", 1, "string")]),
        ("def f():\n  return import_module('.b', __package__)", [("b", 1, "", 2, "string")]),
        ("import_module('.b', package='other')", []),
        ("import_module(name)\nimport_module(f'a.{x}')", []),
        ("'''import_module(\"a\")'''", []),
        ("if __import__('a'):\n  pass", [("a", 0, "", 1, "string")]),
        ("from __future__ import annotations", []),
        ("lazy import a", [("a", 0, "", 1, "import")]),
    ],
)
def test_imports_have_scope_and_line(source: str, expected: list[tuple[str, int, str, int, str]]) -> None:
    assert imports(source) == expected


def test_definitions_have_spans_and_traits() -> None:
    facts = read(
        b"@cache\n@x.setter\nasync def f(a, *b, c=1, **d) -> int:\n    'doc'\n    return 1\n"
        b"class C(Base[int], m.Other, metaclass=M):\n    def g(self):\n        ...\n"
    )
    assert [(d.name, d.kind, d.start, d.line, d.body, d.end) for d in facts.definitions] == [
        ("f", "function", 1, 3, 4, 5),
        ("C", "class", 6, 6, 7, 8),
        ("C.g", "function", 7, 7, 8, 8),
    ]
    function, cls, stub = facts.definitions
    assert function.parameters == ("a", "b", "c", "d")
    assert function.traits == ("cache", "x.setter", "async")
    assert cls.bases == ("Base", "m.Other")
    assert stub.traits == ("stub",)


def test_module_level_names_and_published_names() -> None:
    facts = read(b"A = 1\nB, c = 2, 3\n__all__ = ['A']\n__all__ += ('B',)\ndef f():\n    x = 1\n")
    assert [(a.name, a.line) for a in facts.assignments] == [
        ("A", 1),
        ("B", 2),
        ("c", 2),
        ("__all__", 3),
        ("__all__", 4),
    ]
    assert facts.exports == ("A", "B")
    assert read(b"A = 1\n").exports is None


def test_suppressions_have_rules_reason_and_place() -> None:
    facts = read(
        b"x = 1  # partywall: ignore[a/b, c/d] for a reason\n# partywall: ignore[a/b] above\n"
        b"f(\n    1,  # partywall: ignore[a/b]\n)\ns = '# partywall: ignore[a/b] no comment'\n# partywall: ignore\n"
    )
    assert [(s.line, s.rules, s.reason, s.alone) for s in facts.suppressions] == [
        (1, ("a/b", "c/d"), "for a reason", False),
        (2, ("a/b",), "above", True),
        (4, ("a/b",), "", False),
        (7, (), "", True),
    ]


def hashes(source: str) -> list[int]:
    statements = read(source.encode()).statements
    return list(array("Q", statements.blind))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param("x = load(path)\n    return x.size()", "y = load(file)\n    return y.size()", id="local names"),
        pytest.param("log('a', k, 1)\n    total(k, 2)", "log('other', k, 3)\n    total(k, 4)", id="literals"),
        pytest.param("x = await fetch(url)\n    send(x, 1)", "x = fetch(url)\n    send(x, 1)", id="await"),
        pytest.param(
            "send(a, b,)\n    close(a)", "send(\n        a,\n        b\n    )\n    close(a)", id="layout and commas"
        ),
        pytest.param("for i in items(a): use(i, a)", "for j in items(b): use(j, b)", id="loop variables"),
        pytest.param("x: int = load(1)\n    send(x)", "x = load(1)\n    send(x)", id="annotations"),
        pytest.param("_load(a, b)\n    __send(a)", "load(a, b)\n    send(a)", id="underscores"),
        pytest.param("with open(a) as f: f.read(a)", "with open(b) as g: g.read(b)", id="with"),
        pytest.param("if (a and b): run(a)", "if a and b: run(a)", id="parentheses"),
        pytest.param(
            "try: run(a)\n    except E as e: log(e, a)", "try: run(b)\n    except E as x: log(x, b)", id="except"
        ),
        pytest.param("return [f(x) for x in y if x.ok]", "return [f(z) for z in w if z.ok]", id="comprehension"),
        pytest.param("return sorted(a, key=lambda p: p.age)", "return sorted(b, key=lambda q: q.age)", id="lambda"),
    ],
)
def test_what_reads_the_same_hashes_the_same(one: str, other: str) -> None:
    signature = "def f(a, b, c, path, file, url, items_, y, w):\n    "
    assert hashes(signature + one)
    assert hashes(signature + one) == hashes(signature + other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("send(a, b)", "receive(a, b)"),
        ("a.open(b)", "a.close(b)"),
        ("f(x=a.b)", "f(y=a.b)"),
        ("return Order(a)", "return Invoice(a)"),
        ("if a < b: run(a)", "if a > b: run(a)"),
    ],
)
def test_what_means_something_else_hashes_differently(one: str, other: str) -> None:
    assert not set(hashes(f"def f(a, b):\n    {one}")) & (
        set(hashes(f"def f(a, b):\n    {other}")) - set(hashes("def f(a):\n  run(a)"))
    )


@pytest.mark.parametrize(
    "statement",
    [
        "self.x = x",
        "x = x",
        "return x",
        "return",
        "pass",
        "'a docstring'",
        "continue",
        "raise",
        "import a",
        "f = 3",
        "x = [1, 'a', None]",
    ],
)
def test_boilerplate_is_left_out(statement: str) -> None:
    assert hashes(f"def f(self, x):\n    {statement}\n") == []


def test_class_fields_are_left_out() -> None:
    assert (
        hashes(
            "class A:\n    name: str = field(default='x', metadata={'a': f(1)})\n    size = Column(Integer, index=True)\n"
        )
        == []
    )


def test_a_long_call_is_split_so_that_one_edit_leaves_the_rest() -> None:
    call = "def f(a):\n    send(a, subject=subject_of(a), body=body_of(a), sender=sender_of(a), {})\n"
    one, other = hashes(call.format("reply=reply_to(a)")), hashes(call.format("answer=no_reply(a, a)"))
    assert len(one) > 3
    assert len(set(one) & set(other)) == len(one) - 1


def test_lines_of_a_long_string_are_compared_one_by_one() -> None:
    query = 'def f(a):\n    run("""\n        select name, size from things\n        where owner = :me\n        {}\n    """, a)\n'
    one, other = hashes(query.format("order by size desc")), hashes(query.format("limit to ten rows"))
    assert len(set(one) & set(other)) == 3


def test_a_module_level_name_is_not_local_in_the_next_function() -> None:
    one = "def f(q):\n    return q.filter(a=1)[:LIMIT]\n"
    assert hashes(one) == hashes("LIMIT = compute(3, 4)\n" + one)[-len(hashes(one)) :]


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"def f(:\n    pass\n", "syntax error at line 1"),
        (b"x = 1\nclass A:\n    y = (\n", "syntax error between lines 1 and 4"),
        (b"print 'x'\n", "Python 2 syntax at line 1"),
        (b"x = '\xe9'\n", "not UTF-8"),
        (b"# coding: ascii\nx = '\xe9'\n", "not ascii, the encoding it declares"),
        (b"# coding: klingon\nx = 1\n", "unknown encoding 'klingon'"),
        (b"x = 1\n\0\n", "contains null bytes"),
        (b"x" * (MAX_BYTES + 1), f"larger than {MAX_BYTES // 1_000_000} MB"),
        (
            b"".join(b" " * i + b"if x:\n" for i in range(150)) + b" " * 150 + b"y\n",
            "more than 100 levels of blocks at line 101",
        ),
    ],
)
def test_an_unreadable_file_says_why(data: bytes, problem: str) -> None:
    assert read(data).problem == problem


def test_what_can_be_read_of_a_broken_file_is_kept() -> None:
    facts = read(b"import a\n\ndef good(x):\n    return load(x, 1)\n\ndef bad(:\n    pass\n")
    assert facts.problem
    assert [i.module for i in facts.imports] == ["a"]
    assert "good" in {d.name for d in facts.definitions}


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"\xef\xbb\xbfimport a\n", id="byte order mark"),
        pytest.param(b"# -*- coding: latin-1 -*-\nimport a\nx = '\xe9'\n", id="its own encoding"),
        pytest.param(b"import a\r\nx = 1\r\n", id="CRLF"),
        pytest.param(b"import a\rx = 1\rdef f():\r    return 2\r", id="CR only"),
        pytest.param(b"import a\n\x0c\ndef f():\n    pass\n", id="form feed"),
        pytest.param(b"import a\r\nx = 1\ny = 2\r", id="mixed line ends"),
        pytest.param(b"import a\nx = " + b"(" * 1300 + b")" * 1300, id="1,300 nested parentheses"),
        pytest.param(b"import a\nx = " + b"1 + " * 5000 + b"1", id="5,000 chained operators"),
        pytest.param(b"import a\nx = " + b"[" * 5000 + b"]" * 5000, id="5,000 nested brackets"),
        pytest.param(b"import a\ndef f[T: int = str, *Ts = *tuple[int, ...]](x: T): ...\n", id="3.13 type defaults"),
        pytest.param(b"import a\ntry:\n    pass\nexcept A, B:\n    pass\nx = t'{a}'\n", id="3.14 syntax"),
        pytest.param(b"import a\nmatch x:\n    case {'a': [*_]}: pass\ntype X[T] = list[T]\n", id="3.12 syntax"),
        pytest.param(b"", id="empty"),
        pytest.param(b"import a", id="no newline at the end"),
    ],
)
def test_odd_files_are_read(data: bytes) -> None:
    facts = read(data)
    assert facts.problem == ""
    assert [i.module for i in facts.imports] == (["a"] if data else [])


@pytest.mark.parametrize(
    ("first", "generated"),
    [
        ("# Code generated by tool. DO NOT EDIT.", True),
        ("# @generated", True),
        ('"""This file was automatically generated."""', True),
        ("# Generated by Django 4.2 on 2024-01-01", True),
        (
            '"""\n    Shop API\n\n    Generated by: https://openapi-generator.tech\n\n    Do not edit the class manually.\n"""',
            True,
        ),
        ('"""Reads the report generated by the scanner."""', False),
        ("# Generates the reports", False),
        ("x = 'a generated file'", False),
        ('"""\nclass definitions\n\n@generated\n"""', True),
        ('def f(data):\n    """Adds the observations\n    generated by all threads.\n    """', False),
        ('class F:\n    """The queue.\n\n    Do not modify it from two threads.\n    """', False),
    ],
)
def test_generated_files_say_so(first: str, generated: bool) -> None:
    assert read(f"{first}\nx = 1\n".encode()).generated is generated


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_give_facts(data: bytes) -> None:
    facts = read(data)
    assert facts == read(data)
    units_of("a.py", facts)
    assert all(isinstance(item, Import) for item in facts.imports)


@settings(max_examples=100, deadline=None)
@given(st.text(alphabet="def(): \nxif=+[]{}'\"\\#,@.*", max_size=120))
def test_any_text_gives_entries_within_the_file(text: str) -> None:
    facts = read(text.encode())
    for unit in units_of("a.py", facts):
        for entry in unit.entries:
            assert 1 <= entry.start <= entry.end <= max(1, facts.lines)
