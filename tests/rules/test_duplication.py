"""What is a copy and what is none, as changes made of sources."""

from __future__ import annotations

import pytest

from rules.config import Config
from rules.model import Finding
from rules.registry import RULES
from rules.review import review
from rules.trees import Tree, change_of

HELPER = '''\
def load_orders(path, since, limit):
    """Reads orders."""
    rows = parse_table(read_text(path), separator=";")
    recent = [row for row in rows if row.day >= since]
    recent.sort(key=lambda row: (row.day, row.customer))
    if len(recent) > limit:
        raise TooManyOrders(path, len(recent))
    return {row.number: build_order(row) for row in recent}
'''
RENAMED = """\
def fetch_invoices(file, start, maximum):
    table = parse_table(read_text(file), separator=",")
    current = [entry for entry in table if entry.day >= start]
    current.sort(key=lambda entry: (entry.day, entry.customer))
    if len(current) > maximum:
        raise TooManyOrders(file, len(current))
    return {entry.number: build_order(entry) for entry in current}
"""
EDITED = """\
def load_returns(path, since, limit):
    rows = parse_table(read_text(path), separator=";")
    log.debug("read %s rows", len(rows))
    recent = [row for row in rows if row.day >= since]
    recent.sort(key=lambda row: (row.day, row.customer))
    if len(recent) > limit * 2:
        raise TooManyOrders(path, len(recent))
    return {row.number: build_order(row) for row in recent}
"""
BODY = HELPER.split("\n", 2)[2]
BLOCK = f"def report(path, since, limit, printer):\n    printer.begin(since, title='Report')\n    printer.columns('day', 'sum')\n{BODY}"
METHOD = "class Store:\n" + "".join(
    f"    {line}\n" if line else "\n" for line in HELPER.replace("(path", "(self, path").splitlines()
)
OTHER = "def unrelated(a, b):\n    return connect(a).fetch(b, mode='fast')\n"


def findings(base: Tree, head: Tree, renames: Tree | None = None) -> list[Finding]:
    found = review(change_of(base, head, renames), Config(), RULES, "partywall.toml")
    return [finding for finding in found if finding.rule == "duplication/copy"]


def places(base: Tree, head: Tree, renames: Tree | None = None) -> list[tuple[str, str, list[tuple[str, str]]]]:
    return [(f.path, f.symbol, [(r.path, r.symbol) for r in f.related]) for f in findings(base, head, renames)]


@pytest.mark.parametrize(
    ("new", "symbol"),
    [
        pytest.param(HELPER, "load_orders", id="verbatim"),
        pytest.param(RENAMED, "fetch_invoices", id="renamed"),
        pytest.param(EDITED, "load_returns", id="edited"),
        pytest.param(METHOD, "Store.load_orders", id="a method like a function"),
        pytest.param(BLOCK, "report", id="a block in a larger function"),
        pytest.param(
            HELPER.replace("def", "async def").replace("read_text", "await read_text"), "load_orders", id="async twin"
        ),
        pytest.param(HELPER.replace("    ", "\t").replace(", ", ","), "load_orders", id="another layout"),
    ],
)
def test_copies_are_found_in_another_file(new: str, symbol: str) -> None:
    assert places({"a.py": HELPER + OTHER}, {"a.py": HELPER + OTHER, "b.py": new}) == [
        ("b.py", symbol, [("a.py", "load_orders")])
    ]


def test_a_copy_is_found_in_the_same_file() -> None:
    assert places({"a.py": HELPER}, {"a.py": HELPER + "\n\n" + RENAMED}) == [
        ("a.py", "fetch_invoices", [("a.py", "load_orders")])
    ]


def test_a_block_pasted_twice_into_one_function_is_found() -> None:
    block = "".join(f"    {line}\n" for line in BODY.replace("return", "orders =").splitlines() if line)
    head = f"def run(path, since, limit):\n    if since:\n{block}    begin(since)\n    other(limit, 3)\n    finish(path)\n    if limit:\n{block}"
    (finding,) = findings({"a.py": OTHER}, {"a.py": OTHER + head})
    assert finding.symbol == "run"
    assert finding.related[0].end_line < finding.start_line or finding.end_line < finding.related[0].start_line


def test_copies_within_one_change_are_one_finding_that_lists_them() -> None:
    head = {"a.py": OTHER, "b.py": HELPER, "c.py": RENAMED, "d.py": EDITED}
    ((path, _, related),) = places({"a.py": OTHER}, head)
    assert {path, *(other for other, _ in related)} == {"b.py", "c.py", "d.py"}


def test_a_class_copied_whole_is_one_finding_about_the_class() -> None:
    cls = (
        "class {}(Base):\n    def __init__(self, response):\n        super().__init__(response)\n        self.response = response\n\n"
        "    def usage(self):\n        return self.response.usage.total\n\n    def model(self):\n        return self.response.model_name or 'x'\n\n"
        "    def at(self):\n        return self.response.timestamp.isoformat()\n\n    def done(self):\n        return self.response.finished_at is not None\n\n"
        "    def parts(self):\n        return [part.content for part in self.response.parts]\n"
    )
    base = {"a.py": cls.format("Stream")}
    assert places(base, {**base, "b.py": cls.format("Flow")}) == [("b.py", "Flow", [("a.py", "Stream")])]


def test_a_file_copied_whole_is_one_finding_about_the_files() -> None:
    functions = [HELPER, HELPER, HELPER, HELPER]
    names = ["order", "refund", "invoice", "voucher"]
    text = "".join(
        f.replace("order", n).replace("customer", f"{n}_owner").replace("day", f"{n}_day")
        for f, n in zip(functions, names, strict=True)
    )
    (finding,) = findings({"a.py": text}, {"a.py": text, "fork/b.py": text})
    assert "4 pieces of fork/b.py stand in a.py too" in finding.message
    assert len(finding.related) == 4


def test_the_place_is_the_whole_function_or_just_the_block() -> None:
    (whole,) = findings({"a.py": HELPER}, {"a.py": HELPER, "b.py": "import x\n\n\n" + RENAMED})
    assert (whole.start_line, whole.end_line) == (4, 10)
    assert [(r.start_line, r.end_line) for r in whole.related] == [(1, 8)]
    many = "".join(f"    step_{i}(printer, since, limit)\n    check_{i}(printer.total, since)\n" for i in range(6))
    (block,) = findings({"a.py": HELPER}, {"a.py": HELPER, "b.py": BLOCK.replace("    rows = ", many + "    rows = ")})
    assert (block.start_line, block.end_line) == (16, 21)


@pytest.mark.parametrize(
    ("base", "head", "renames"),
    [
        pytest.param({"a.py": HELPER, "c.py": OTHER}, {"b.py": HELPER, "c.py": OTHER}, {}, id="a file moved, git sees no rename"),
        pytest.param({"a.py": HELPER, "c.py": OTHER}, {"b.py": HELPER, "c.py": OTHER}, {"a.py": "b.py"}, id="a file renamed"),
        pytest.param({"a.py": HELPER + OTHER}, {"a.py": OTHER, "b.py": HELPER}, {}, id="a function moved"),
        pytest.param({"a.py": HELPER + OTHER}, {"a.py": OTHER, "b.py": RENAMED}, {}, id="a function moved and renamed"),
        pytest.param(
            {"a.py": BLOCK, "b.py": OTHER},
            {"a.py": "from b import load_orders\n" + BLOCK.replace(BODY, "    return load_orders(path, since, limit)\n"), "b.py": OTHER + HELPER},
            {}, id="a function extracted",
        ),
        pytest.param({"a.py": HELPER, "b.py": RENAMED}, {"a.py": HELPER, "b.py": "from a import load_orders\n"}, {}, id="a copy removed"),
        pytest.param({"a.py": HELPER, "b.py": HELPER}, {"a.py": HELPER, "c.py": HELPER}, {}, id="an old copy moved"),
        pytest.param({"a.py": HELPER}, {"a.py": RENAMED}, {}, id="rewritten in place"),
        pytest.param({"a.py": HELPER, "b.py": RENAMED}, {"a.py": HELPER + OTHER, "b.py": RENAMED + "x = 1\n"}, {}, id="old copies beside new code"),
        pytest.param(
            {"a.py": HELPER, "b.py": RENAMED},
            {
                "a.py": HELPER.replace("    if len", "    audit(since, recent)\n    notify(limit, recent.owner)\n    if len"),
                "b.py": RENAMED.replace("    if len", "    audit(start, current)\n    notify(maximum, current.owner)\n    if len"),
            },
            {}, id="old copies kept alike",
        ),
        pytest.param({"a.py": HELPER}, {"a.py": HELPER, "tests/test_b.py": HELPER, "app/migrations/0001_x.py": HELPER}, {}, id="tests, migrations"),
        pytest.param({"a.py": HELPER}, {"a.py": HELPER, "b.py": "# @generated\n" + HELPER, "_vendor/c.py": HELPER}, {}, id="generated, vendored"),
    ],
)  # fmt: skip
def test_moves_and_old_copies_are_silent(base: Tree, head: Tree, renames: Tree) -> None:
    assert places(base, head, renames) == []


PROTOCOL = "    def __eq__(self, other):\n        if not isinstance(other, type(self)):\n            return NotImplemented\n        return (self.a, self.b, self.c.d) == (other.a, other.b, other.c.d)\n"
FORWARD = "def {}(name, size, colour, weight, owner, place):\n    return create(name=name, size=size, colour=colour, weight=weight, owner=owner, place=place)\n"
FIELDS = "class {}:\n    name: str = field(default='', metadata={{'help': text('name')}})\n    size: int = field(default=0, metadata={{'help': text('size')}})\n    owner = Column(Integer, ForeignKey('owner.id'), index=True, nullable=False)\n"
INIT = "class {}:\n    def __init__(self, a, b, c, d, e, f, g, h):\n        self.a = a\n        self.b = b\n        self.c = c\n        self.d = d\n        self.e = e\n        self.f = f\n        self.g = g\n        self.h = h\n"
TABLE = "{} = {{'DE': 49, 'FR': 33, 'US': 1, 'IT': 39, 'ES': 34, 'PT': 351, 'NL': 31, 'BE': 32, 'AT': 43, 'CH': 41}}\n"
OVERLOADS = "class {}:\n    @overload\n    def get(self, key: str, default: None = None) -> str | None: ...\n    @overload\n    def get(self, key: str, default: str) -> str: ...\n"
PROPERTIES = "class {}:\n" + "".join(
    f"    @property\n    def {n}(self):\n        return self._{n}\n\n" for n in ("name", "size", "owner", "place")
)
ARGUMENTS = "def {}(parser):\n" + "".join(
    f"    parser.add_argument('--{n}', type=int, default=0, help='the {n}')\n"
    for n in ("size", "count", "depth", "limit", "width")
)
WRAPPER = "def load_all(path, since, limit):\n    orders = load_orders(path, since, limit)\n    return sorted(orders.values(), key=lambda order: order.day)\n"


@pytest.mark.parametrize(
    "template",
    [
        pytest.param("class {}:\n" + PROTOCOL, id="dunder"),
        pytest.param(FORWARD, id="forwarding"),
        pytest.param(FIELDS, id="fields"),
        pytest.param(INIT, id="__init__ assignments"),
        pytest.param(TABLE, id="a table of literals"),
        pytest.param(OVERLOADS, id="overloads"),
        pytest.param(PROPERTIES, id="properties"),
        pytest.param(ARGUMENTS, id="argument declarations"),
    ],
)
def test_what_has_to_look_alike_is_no_copy(template: str) -> None:
    base = {"a.py": template.format("one")}
    assert places(base, {**base, "b.py": template.format("two")}) == []


def test_a_wrapper_is_no_copy() -> None:
    base = {"a.py": HELPER}
    assert (
        places(
            base,
            {
                "a.py": HELPER + "\n\n" + WRAPPER,
                "b.py": "from a import load_orders\n\n\n" + WRAPPER.replace("all", "some")[:60],
            },
        )
        == []
    )


def test_a_small_idiom_is_no_copy() -> None:
    idiom = "def {}(path):\n    with open(path) as file:\n        return json.load(file)\n"
    base = {"a.py": idiom.format("one")}
    assert places(base, {**base, "b.py": idiom.format("two")}) == []


@pytest.mark.parametrize(
    ("options", "levels"),
    [
        ({"warn": 0.7}, ["warning", "warning"]),
        ({"warn": 0.999}, ["info", "info"]),
        ({"warn": 0.7, "most": 1}, ["warning", "info"]),
        ({"report": 0.999}, []),
    ],
)
def test_confidence_decides_what_is_said_and_how_loud(options: dict[str, float], levels: list[str]) -> None:
    other = (
        HELPER.replace("rows", "lines")
        .replace("recent", "young")
        .replace("row.", "line.mark.")
        .replace("parse_table", "scan")
    )
    base = {"a.py": HELPER, "c.py": other}
    change = change_of(base, {**base, "b.py": RENAMED, "d.py": other})
    found = review(change, Config(rules={"duplication/copy": options}), RULES, "partywall.toml")
    assert [finding.level for finding in found] == levels
    assert all(0.5 < finding.confidence < 1 for finding in found)


def test_the_evidence_is_quoted_from_both_places() -> None:
    (finding,) = findings({"a.py": HELPER}, {"a.py": HELPER, "b.py": RENAMED})
    assert [(quote.path, quote.start_line) for quote in finding.quotes] == [("b.py", 1), ("a.py", 1)]
    assert finding.quotes[1].lines[0] == "def load_orders(path, since, limit):"


LENDER = '''\
def lender_of(shelf, book):
    """{0}"""
    loan = None
    try:
        loan = shelf.loan_of(book.isbn)
    except (KeyError, ValueError):
        pass
    ours = shelf.loan_of(_our_copy.isbn)
    return loan == ours
'''
BORROWER = '''\
def is_ours(stack, volume):
    """{0}"""
    found = None
    try:
        found = stack.loan_of(volume.isbn, strict=True)
    except (KeyError, ValueError):
        pass
    usual = stack.loan_of(_our_copy.isbn)
    return found == usual
'''
WHY = "Tell whether the one who has the book is one of us,\n\n    or somebody from elsewhere."


@pytest.mark.parametrize(
    ("one", "other", "levels"),
    [
        pytest.param(WHY, WHY, ["info"], id="the same"),
        pytest.param(WHY, WHY.replace("\n\n    ", " "), ["info"], id="in other lines"),
        pytest.param(WHY, WHY.replace("book", "volume"), [], id="another"),
        pytest.param("Tell who has it.", "Tell who has it.", [], id="a short one"),
        pytest.param("", "", [], id="none"),
    ],
)
def test_a_docstring_that_was_copied_along_gives_a_small_copy_away(one: str, other: str, levels: list[str]) -> None:
    base = {"a.py": LENDER.format(one) + OTHER}
    assert [f.level for f in findings(base, {**base, "b.py": BORROWER.format(other)})] == levels


def card(attributes: str) -> str:
    """A function that builds two boxes, one beside the other, in one expression."""
    boxes = (
        f"        ui.box(\n            ui.text(\n                {text},\n                shade=styles.{shade},\n"
        f"                shadow=styles.shadow_light,\n{attributes}                **styles.message_style,\n            ),\n"
        f'            text_align="{side}",\n            {edge}_top="1em",\n        ),\n'
        for text, shade, side, edge in (
            ("qa.question", "border", "right", "margin"),
            ("qa.answer", "accent", "left", "padding"),
        )
    )
    return f'def message(qa):\n    """{WHY}"""\n    return ui.box(\n{"".join(boxes)}        width="100%",\n    )\n'


@pytest.mark.parametrize(
    "attributes", ["", "".join(f"                color_{i}=styles.color_of_{i},\n" for i in range(9))]
)
def test_lines_of_one_expression_that_are_alike_are_no_two_places(attributes: str) -> None:
    assert findings({"a.py": OTHER}, {"a.py": f"{OTHER}\n\n{card(attributes)}"}) == []


COMMENTED = "loan = None\n    # Whoever asks may have the book already, and nobody is told then.\n"


@pytest.mark.parametrize(
    ("comment", "levels"),
    [
        pytest.param(COMMENTED, ["info"], id="the same"),
        pytest.param(COMMENTED.replace(" book already", " book\n    # already"), ["info"], id="in other lines"),
        pytest.param(COMMENTED.replace("nobody", "somebody"), [], id="another"),
        pytest.param("loan = None  # type: ignore[assignment]\n", [], id="none"),
    ],
)
def test_a_comment_that_was_copied_along_gives_a_small_copy_away(comment: str, levels: list[str]) -> None:
    base = {"a.py": LENDER.format("").replace("loan = None\n", COMMENTED) + OTHER}
    new = BORROWER.format("").replace("found = None\n", comment.replace("loan", "found"))
    assert [f.level for f in findings(base, {**base, "b.py": new})] == levels


@pytest.mark.parametrize(("count", "level"), [(4, "warning"), (5, "info")])
def test_one_more_of_many_is_information(count: int, level: str) -> None:
    base = {f"s/p{i}.py": HELPER for i in range(count)}
    assert [f.level for f in findings(base, {**base, "s/new.py": HELPER})] == [level]


STEPS = ("bind", "carve", "drill", "emboss", "file", "grind", "hone", "infuse", "join", "knead", "level", "mould")


def workshop(name: str, piece: str, tool: str, more: str = "") -> str:
    """A long function, whose parameters may have other names."""
    lines = "".join(f"    {piece} = {tool}.{step}({piece}, {tool}.{step}_strength)\n" for step in STEPS)
    return f"def {name}({piece}, {tool}):\n{lines}{more}    return {piece}\n"


MORE = "".join(f"    ship(part, machine.{step}_crate, seal={step}_seal)\n" for step in STEPS[:4])


@pytest.mark.parametrize(
    ("new", "level"),
    [
        pytest.param(workshop("process", "piece", "tool"), "warning", id="a copy"),
        pytest.param(workshop("process", "part", "machine"), "warning", id="renamed"),
        pytest.param(workshop("process", "piece", "tool", MORE), "warning", id="with more"),
        pytest.param(workshop("process", "part", "machine", MORE), "info", id="renamed and with more"),
    ],
)
def test_a_variant_is_no_warning(new: str, level: str) -> None:
    base = {"a.py": workshop("work", "piece", "tool")}
    assert [f.level for f in findings(base, {**base, "b.py": new})] == [level]


@pytest.mark.parametrize(("folder", "level"), [("shop/.templates", "info"), ("shop-templates", "warning")])
def test_nobody_imports_from_a_hidden_folder(folder: str, level: str) -> None:
    code = f"from shop import tools\n\n\n{HELPER}"
    base = {"shop/__init__.py": "", "shop/tools.py": "", f"{folder}/one/code/orders.py": code}
    assert [f.level for f in findings(base, {**base, f"{folder}/two/code/returns.py": code})] == [level]


@pytest.mark.parametrize(
    ("one", "other", "level"),
    [
        ("a.py", "b.py", "warning"),
        ("client.py", "async_client.py", "info"),
        ("sync_router.py", "async_router.py", "info"),
    ],
)
def test_files_that_are_offered_to_two_kinds_of_callers_are_twins(one: str, other: str, level: str) -> None:
    base = {one: HELPER}
    assert [f.level for f in findings(base, {**base, other: HELPER})] == [level]


def test_a_docstring_makes_no_warning() -> None:
    """Two functions of one custom may say the same of themselves and share the frame."""
    base = {"a.py": HELPER.replace("Reads orders.", WHY)}
    (finding,) = findings(base, {**base, "b.py": EDITED.replace("limit):\n", f'limit):\n    """{WHY}"""\n')})
    plain = {"a.py": HELPER}
    (other,) = findings(plain, {**plain, "b.py": EDITED})
    assert (finding.level, finding.confidence) == (other.level, other.confidence)


INNER = HELPER.replace("def load_orders(path, since, limit)", "def load(self, path, since, limit)")
SORTED = "def last(path):\n    rows = sorted(read_text(path).split())\n    rows.reverse()\n    check(rows, path)\n    return rows[:9]\n"


def in_class(name: str, *bodies: str) -> str:
    return f"class {name}:\n" + "\n".join(f"    {line}" for body in bodies for line in body.splitlines()) + "\n"


def test_a_copy_around_its_original_has_a_counterpart() -> None:
    more = SORTED.replace("def last(path)", "def last(self, path)")
    inner = in_class("Inner", INNER, more)
    base = {"a.py": in_class("Outer", inner)}
    found = findings(base, {"a.py": in_class("Outer", INNER, more, inner)})
    assert all(finding.related for finding in found)
    assert found


def test_statements_of_a_function_that_stand_around_it_have_a_counterpart() -> None:
    body = "\n".join(line[4:] for line in BODY.splitlines() if "return" not in line)
    first, _, second = body.partition("\nrecent")
    base = {"a.py": HELPER}
    assert all(f.related for f in findings(base, {"a.py": f"{first}\n\n\n{HELPER}\n\nrecent{second}\n"}))


@pytest.mark.parametrize("terms", [400, 900, 3000])
@pytest.mark.parametrize("sign", [" + ", " and "])
def test_code_with_a_long_expression_is_compared_as_ever(terms: int, sign: str) -> None:
    """The tools that we read with give up on it, each in its own way."""
    long = f"    total = {sign.join(f'p{i}' for i in range(terms))}\n"
    base = {"a.py": HELPER.replace("    return", f"{long}    return"), "c.py": LENDER.format(WHY) + long}
    found = findings(base, {**base, "b.py": base["a.py"], "d.py": BORROWER.format(WHY) + long})
    assert "b.py" in [finding.path for finding in found]


@pytest.mark.parametrize(
    "shape",
    ["if ready:\n{0}", "class Desk:\n{0}", "@cached\n{1}", "async {1}"],
    ids=["under a condition", "method", "decorated", "async"],
)
def test_the_docstring_of_any_function_counts(shape: str) -> None:
    def shaped(code: str) -> str:
        return shape.format("".join(f"    {line}\n" if line else "\n" for line in code.splitlines()), code)

    base = {"a.py": shaped(LENDER.format(WHY)) + OTHER}
    new = {name: {**base, "b.py": shaped(BORROWER.format(text))} for name, text in (("same", WHY), ("none", ""))}
    assert [len(findings(base, head)) for head in new.values()] == [1, 0]
