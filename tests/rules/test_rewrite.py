"""When a copy may become a call, and which."""

from __future__ import annotations

import sys
from copy import deepcopy
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.rewrite import Rewrite, call_instead

OLD = '''\
def clean(number, country):
    """Old."""
    digits = "".join(c for c in number if c.isdigit())
    if number.startswith("+"):
        return "+" + digits
    return f"+{country.code}{digits}"
'''
NEW = '''\
def recipient(land, raw):
    """New,
    in two lines."""
    # What we dial.
    numerals = "".join(c for c in raw if c.isdigit())
    if raw.startswith("+"):
        return "+" + numerals
    return f"+{land.code}{numerals}"
'''


def lines_of(source: str, start: str) -> tuple[int, int]:
    """The lines from the last one that begins with `start` to the next empty line or the end."""
    lines = source.split("\n")
    first = max(i for i, line in enumerate(lines) if line.strip().startswith(start))
    last = next(i for i in range(first, len(lines)) if not lines[i].strip()) - 1
    return first + 1, last + 1


def across(new: str, old: str, start: str = "", other: str = "", **more: Any) -> Rewrite | None:
    """The last function of `new` against the last one of `old`, in two files."""
    at, there = lines_of(new, start or "def "), lines_of(old, other or "def ")
    return call_instead(new.encode(), at, old.encode(), there, "shop.phone", **more)


def within(source: str, new: str = "def new", old: str = "def old") -> str | None:
    """The line that replaces the body of one function of a file by a call of another, which stands higher up."""
    data, at = source.encode(), lines_of(source, new)
    there = lines_of("\n".join(source.split("\n")[: at[0] - 1]) + "\n", old) if old == new else lines_of(source, old)
    found = call_instead(data, at, data, there, "shop.phone")
    if found is None:
        return None
    assert found.import_line == ""
    (line,) = found.lines
    return line.strip()


def apply(source: str, rewrite: Rewrite) -> str:
    lines = source.split("\n")
    lines[rewrite.start - 1 : rewrite.end] = rewrite.lines
    return "\n".join([rewrite.import_line, *lines])


def test_a_renamed_copy_becomes_a_call_with_its_arguments_in_order() -> None:
    assert across(NEW, OLD) == Rewrite(4, 8, ("    return clean(raw, land)",), "from shop.phone import clean")


def two(new: str, old: str, body: str = "return a * b") -> str:
    """Two functions of one file with one body and two signatures."""
    return f"def old({old}):\n    x = {body[7:]}\n    return x + 1\n\n\ndef new({new}):\n    y = {body[7:]}\n    return y + 1\n"


@pytest.mark.parametrize(
    ("new", "old", "call"),
    [
        ("a, b", "a, b", "old(a, b)"),
        ("b, a", "a, b", "old(a, b)"),
        ("a, b", "a, *, b", "old(a, b=b)"),
        ("a, *, b", "a, b, /", "old(a, b)"),
        ("a, b=1", "a, b=2", "old(a, b)"),
        ("a, b", "a, c=3, b=2", "old(a, b=b)"),
        ("a, b", "a, c=3, b=2, /", None),
        ("a, b", "a, c, b", None),
        ("a, c, b", "c, a, b", "old(c, a, b)"),
        ("a, b, c", "a, b", "old(a, b)"),
        ("a, *b", "a, *b", "old(a, *b)"),
        ("a, b", "a, *b", None),
        ("a, *b", "a, b", "old(a, b)"),
        ("a, *b", "c=1, a=2, *b", None),
        ("a, **b", "a, **b", "old(a, **b)"),
        ("a, /, **b", "a, **b", None),
        ("a, **b", "a, c=1, **b", None),
        ("a, b", "a, b, *args, **kwargs", "old(a, b)"),
        ("a: int, b: str = 'x'", "a, b", "old(a, b)"),
        ("a, b, *args: int, **kwargs: int", "a, b, *args, **kwargs", "old(a, b)"),
    ],
)
def test_parameters_are_passed_as_the_old_function_takes_them(new: str, old: str, call: str | None) -> None:
    assert within(two(new, old)) == (f"return {call}" if call else None)


def copies(body: str, head: str = "def {}(a, b):") -> str:
    body = "".join(f"    {line}\n" for line in body.split("\n"))
    return head.format("old") + "\n" + body + "\n\n" + head.format("new") + "\n" + body


@pytest.mark.parametrize(
    ("body", "line"),
    [
        ("return a + b", "return old(a, b)"),
        ("print(a)\nif b:\n    return\nprint(b)", "old(a, b)"),
        ("def inner(x):\n    return x + a\nprint(inner(b))", "old(a, b)"),
        ("return sorted(a, key=lambda x: x[b])", "return old(a, b)"),
        ("for x in a:\n    yield x + b", None),
        ("return locals(), a, b", None),
        ("return eval(a), b", None),
        ("return f'{a=}', b", None),
        ("return f'{a:{b=}}'", None),
        ("warn(a, b, stacklevel=2)", None),
        ("return sys._getframe(a), b", None),
        ("class X(a):\n    y = b\nreturn X", None),
        ("return a if a < 1 else new(a - 1, b)", None),
        ("global a_count\na_count = a + b", "old(a, b)"),
    ],
)
def test_bodies(body: str, line: str | None) -> None:
    assert within(copies(body)) == line


def test_async_functions_await_each_other_only() -> None:
    both = copies("return await a(b)", "async def {}(a, b):")
    assert within(both, "async def new", "async def old") == "return await old(a, b)"
    assert within(both.replace("async def old", "def old").replace("await ", "", 1), "async def new") is None
    assert within(copies("return [x async for x in a(b)]", "async def {}(a, b):").replace("async for", "for", 1), "async def new", "async def old") is None  # fmt: skip


def test_a_function_that_calls_itself() -> None:
    source = "def old(n):\n    x = 2 * n\n    return x if n < 2 else old(n - x)\n\n\ndef new(n):\n    x = 2 * n\n    return x if n < 2 else new(n - x)\n"
    assert within(source) == "return old(n)"
    assert within(source.replace("def new(n)", "def new(n=1)")) is None
    assert within(source.replace("else new", "else old")) is None
    assert within(source.replace("def new", "@cache\ndef new"), "@cache") is None


@pytest.mark.parametrize(
    ("change", "to"),
    [
        pytest.param('"+" + numerals', '"00" + numerals', id="literal"),
        pytest.param("land.code", "land.prefix", id="attribute"),
        pytest.param("c in raw", "c in land", id="another variable"),
        pytest.param("join(c for c in raw", "join(str(c) for c in raw", id="another expression"),
        pytest.param("    if raw", "    log(raw)\n    if raw", id="a statement more"),
        pytest.param("(land, raw)", "(land)", id="a global instead of a parameter"),
        pytest.param("def recipient", "async def recipient", id="async"),
        pytest.param("numerals = ", "global numerals\n    numerals = ", id="a global instead of a local"),
    ],
)
def test_no_call_where_the_program_would_change(change: str, to: str) -> None:
    assert across(NEW.replace(change, to), OLD, start="async def" if "async" in to else "") is None


def test_names_that_a_nested_function_shows_stay_the_same() -> None:
    source = copies("def inner(x):\n    return x + a\nreturn inner, b")
    old, new = source.split("def new")
    assert within(source) == "return old(a, b)"
    assert within(f"{old}def new{new.replace('inner(x)', 'inner(z)').replace('x + a', 'z + a')}") is None
    assert within(f"{old}def new{new.replace('inner', 'nested')}") is None
    key = copies("return sorted(a, key=lambda x: x[b])")
    assert within(key[::-1].replace("]b[x :x", "]b[z :z", 1)[::-1]) == "return old(a, b)"


@pytest.mark.parametrize(
    ("here", "there", "same"),
    [
        ("MAX = 5", "MAX = 5", True),
        ("MAX: Final = 0x5", "MAX = 0X5", True),
        ("MAX = 5", "MAX = 7", False),
        ("MAX = (1, (2, 3))", "MAX = ((1, 2), 3)", False),
        ("MAX = (1, -2.5, 'a')", 'MAX = (1, -2.5, "a")', True),
        ("MAX = []", "MAX = []", False),
        ("MAX = f'{x}'", "MAX = f'{x}'", False),
        ("MAX = 5\nMAX = 6", "MAX = 5\nMAX = 6", False),
        ("MAX = 5\nif x:\n    MAX = 6", "MAX = 5", False),
        ("MAX = 5\ndef reset():\n    global MAX", "MAX = 5", False),
        ("import re\nMAX = re.compile(r'\\d', re.I)", "import re\nMAX = re.compile(r'\\d', re.I)", True),
        ("import regex as re\nMAX = re.compile('a')", "import regex as re\nMAX = re.compile('a')", False),
        ("import re\nMAX = re.compile('a').finditer('a')", "import re\nMAX = re.compile('a').finditer('a')", False),
        ("from m import MAX", "from m import MAX", True),
        ("from m import X as MAX", "from m import X as MAX", True),
        ("from m import MAX", "from n import MAX", False),
        ("import MAX.a", "import MAX.b", True),
        ("from shop.phone import MAX", "def MAX(): pass", True),
        ("from shop.phone import MAX", "MAX = []", True),
        ("def MAX(): pass", "def MAX(): pass", False),
        ("from .m import MAX", "from .m import MAX", False),
        ("from m import *", "from m import *", False),
        ("", "", False),
        ("try:\n    import MAX\nexcept E:\n    MAX = None", "import MAX", False),
    ],
)
def test_globals_must_be_the_same_in_both_files(here: str, there: str, same: bool) -> None:
    body = "(a):\n    b = a + MAX\n    return b\n"
    assert (across(f"{here}\n\ndef new{body}", f"{there}\n\ndef old{body}") is not None) == same


def test_relative_imports_are_the_same_where_the_packages_say_so() -> None:
    body = "(a):\n    b = a + MAX\n    return b\n"
    new, old = f"from ..m import MAX\n\ndef new{body}", f"from .m import MAX\n\ndef old{body}"
    assert across(new, old) is None
    assert across(new, old, packages=("shop.sub", "shop")) is not None
    assert across(new, old, packages=("shop.sub", "store")) is None
    assert across(new, old, packages=("shop", "shop")) is None


def test_builtins_are_the_same_until_they_are_rebound() -> None:
    body = "(a):\n    b = len(a)\n    return b + 1\n"
    assert across(f"def new{body}", f"def old{body}") is not None
    assert across(f"from m import len\n\ndef new{body}", f"def old{body}") is None
    assert across(f"def new{body}".replace("len(a)", "__name__"), f"def old{body}".replace("len(a)", "__name__")) is None  # fmt: skip


@pytest.mark.parametrize(
    ("new", "line", "import_line"),
    [
        (NEW.replace("recipient", "clean"), "return _clean(raw, land)", "from shop.phone import clean as _clean"),
        ("import clean\n\n" + NEW, "return _clean(raw, land)", "from shop.phone import clean as _clean"),
        ("from shop.phone import clean\n\n" + NEW, "return clean(raw, land)", ""),
        ("clean = _clean = 1\n\n" + NEW, None, ""),
        (NEW.replace("land", "clean"), "return _clean(raw, clean)", "from shop.phone import clean as _clean"),
    ],
)
def test_the_import_takes_no_name_that_is_in_use(new: str, line: str | None, import_line: str) -> None:
    found = across(new, OLD)
    assert (found and (found.lines[0].strip(), found.import_line)) == (line and (line, import_line))


def test_a_private_function_is_called_in_its_own_file_only() -> None:
    private = OLD.replace("clean", "_clean")
    assert across(NEW, private) is None
    assert within(private + "\n\n" + NEW, "def recipient", "def _clean") == "return _clean(raw, land)"


@pytest.mark.parametrize("module", ["", "a-b", "a..b", ".a", "class.x", "a b"])
def test_a_module_that_cannot_be_imported(module: str) -> None:
    assert call_instead(NEW.encode(), (1, 8), OLD.encode(), (1, 6), module) is None


def methods(new: str, old: str, one: str = "", other: str = "") -> str:
    """A class with two methods of one body; the words before `def` and the parameters vary."""
    body = "        x = {0} * 2\n        return x + {0}\n\n"
    last = [(part.split(", ")[-1] or "self") for part in (new, old)]
    return (
        f"class C:\n{other and f'    {other}' + chr(10)}    def old({old}):\n{body.format(last[1])}"
        f"{one and f'    {one}' + chr(10)}    def new({new}):\n{body.format(last[0])}"
    )


@pytest.mark.parametrize(
    ("new", "old", "one", "other", "line"),
    [
        ("self, a", "self, b", "", "", "return self.old(a)"),
        ("this, a", "self, a", "", "", "return this.old(a)"),
        ("cls, a", "cls, b", "@classmethod", "@classmethod", "return cls.old(a)"),
        ("a", "b", "@staticmethod", "@staticmethod", "return C.old(a)"),
        ("self, a", "b", "", "@staticmethod", "return C.old(a)"),
        ("self", "self", "@property", "@property", "return self.old"),
        ("self", "self", "@property", "", "return self.old()"),
        ("self, a", "cls, b", "", "@classmethod", None),
        ("cls, a", "self, b", "@classmethod", "", None),
        ("a", "self, b", "@staticmethod", "", None),
        ("self, a", "self, b", "@cached", "", None),
        ("self, a", "self, b", "", "@cached", None),
        ("self, a", "self, b", "@cached", "@cached", None),
        ("self, C", "b", "", "@staticmethod", None),
    ],
)
def test_methods_of_one_class(new: str, old: str, one: str, other: str, line: str | None) -> None:
    assert within(methods(new, old, one, other), one or "def new", other or "def old") == line


def test_methods_of_other_classes_and_nested_functions_are_not_called() -> None:
    source = methods("self, a", "self, b")
    assert within(source.replace("    def new", "class D:\n    def new")) is None
    assert across(source, source.replace("C", "D"), "def new", "def old") is None
    nested = "def outer(a):\n    def old(b):\n        x = b + 1\n        return x * 2\n\n\ndef new(b):\n    x = b + 1\n    return x * 2\n"
    assert within(nested) is None


def test_a_method_may_call_a_function_with_itself_as_argument() -> None:
    function = "def old(order, rate):\n    net = order.net * rate\n    return round(net, 2)\n\n\n"
    source = function + "class C:\n    def new(self, r):\n        n = self.net * r\n        return round(n, 2)\n"
    assert within(source) == "return old(self, r)"
    assert within(source.replace(".net", ".__net")) is None
    assert within(source.replace("round(n", "super().f(n").replace("round(net", "super().f(net")) is None


def test_a_method_defined_twice_is_not_certain() -> None:
    source = methods("self, a", "self, b")
    assert within(source + "    old = cached(old)\n") is None
    assert within(two("a, b", "a, b") + "\n\nold = cached(old)\n") is None


@pytest.mark.parametrize(("decorator", "line"), [("@app.route('/x')", "return old(a, b)"), ("@numba.njit", None)])
def test_decorators_of_the_copy_stay_and_decorators_of_the_old_function_forbid(
    decorator: str, line: str | None
) -> None:
    source = copies("x = a + b\nreturn x * 2")
    assert within(source.replace("def new", f"{decorator}\ndef new"), decorator) == line
    assert within(source.replace("def old", f"{decorator}\ndef old"), old=decorator) is None


def test_a_function_further_down_is_called_where_nothing_runs_between() -> None:
    source = copies("x = a + b\nreturn x * 2").replace("old", "tmp").replace("new", "old").replace("tmp", "new")
    assert within(source) == "return old(a, b)"
    assert within(source.replace("\n\n\ndef old", "\n\n\nTABLE = new(1, 2)\n\n\ndef old")) is None


@pytest.mark.parametrize(
    ("source", "place", "line"),
    [
        (NEW.replace("    ", "\t"), (4, 8), "\treturn clean(raw, land)"),
        ("\ufeff" + NEW.replace("\n", "\r\n"), (4, 8), "    return clean(raw, land)"),
        (NEW.replace("def", "\x0cdef"), (4, 8), "    return clean(raw, land)"),
        (NEW.replace('    """New,\n    in two lines."""\n', "\n"), (3, 7), "    return clean(raw, land)"),
        (NEW.replace("(land, raw)", "(\n    land,\n    raw,\n) -> str"), (7, 11), "    return clean(raw, land)"),
        (NEW.replace('lines."""\n    # What we dial.\n   ', 'lines."""; '), None, ""),
    ],
)  # fmt: skip
def test_layout_is_kept(source: str, place: tuple[int, int] | None, line: str) -> None:
    end = len(source.replace("\r\n", "\n").rstrip().split("\n"))
    found = call_instead(source.encode(), (1, end), OLD.encode(), (1, 6), "shop.phone")
    assert (found and (found.start, found.end, *found.lines)) == (place and (*place, line))


class Land:
    code = 49


@pytest.mark.parametrize(
    ("new", "old", "inputs"),
    [
        (NEW, OLD, [(Land, "0176 55"), (Land, "+49 176"), (Land, "")]),
        (
            "def total(*rest, rate=2, **named):\n    s = sum(rest) * rate\n    return s, sorted(named.items())\n",
            "def amount(*args, factor, rate=7, **kw):\n    s = sum(args) * rate\n    return s, sorted(kw.items())\n".replace(" factor,", ""),
            [(), (1, 2), (1,)],
        ),
        (
            "def chunks(size, items=(1, 2, 3), /):\n    out = []\n    for i in range(0, len(items), size):\n        out.append(items[i : i + size])\n    return out\n",
            "def split(seq, *, n=9):\n    r = []\n    for k in range(0, len(seq), n):\n        r.append(seq[k : k + n])\n    return r\n",
            [(1,), (2, "abcdef"), (4, [1])],
        ),
        (
            "def put(store, key):\n    store[key] = store.get(key, 0) + 1\n",
            "def count(k, d):\n    d[k] = d.get(k, 0) + 1\n",
            [({}, "a"), ({"a": 1}, "a")],
        ),
    ],
)  # fmt: skip
def test_the_rewritten_program_does_the_same(
    new: str, old: str, inputs: list[tuple[Any, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("shop", "shop.phone"):
        monkeypatch.setitem(sys.modules, name, ModuleType(name))
    exec(old, sys.modules["shop.phone"].__dict__)  # noqa: S102 - our own samples
    found = across(new, old)
    assert found is not None
    name = new.removeprefix("def ").partition("(")[0]
    before, after = run(new)[name], run(apply(new, found))[name]
    assert before.__doc__ == after.__doc__
    for arguments in inputs:
        one, other = deepcopy(arguments), deepcopy(arguments)
        assert (before(*one), one) == (after(*other), other)


def run(source: str) -> dict[str, Any]:
    space: dict[str, Any] = {}
    exec(source, space)  # noqa: S102 - our own samples
    return space


LINES = st.tuples(st.integers(-1, 12), st.integers(-1, 12))
PIECES = st.lists(
    st.sampled_from([*NEW.splitlines(True), *OLD.splitlines(True), "class C:\n", "\t", "@x\n", "def f(*, a=1): return a\n", "x = {", "\x00", "é"])
).map("".join)  # fmt: skip


@given(st.one_of(st.text(), PIECES, st.just(NEW)), LINES, st.one_of(st.text(), PIECES, st.just(OLD)), LINES, st.text())
def test_nothing_raises(new: str, at: tuple[int, int], old: str, there: tuple[int, int], module: str) -> None:
    call_instead(new.encode("utf-8", "replace"), at, old.encode("utf-8", "replace"), there, module)


@given(st.binary(), LINES, LINES)
def test_no_bytes_raise(data: bytes, new: tuple[int, int], old: tuple[int, int]) -> None:
    call_instead(data, new, data, old, "m")
    call_instead(NEW.encode(), (1, 8), data, old, "m")
