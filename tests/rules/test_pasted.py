"""Copies that are easy to lose: pasted into two branches, special and handed-on methods."""

from __future__ import annotations

import pytest

from rules.config import Config
from rules.model import Finding
from rules.registry import RULES
from rules.review import review
from rules.trees import Tree, change_of

BLOCK = """\
        rows = read_lines(path, newline="")
        header = rows.pop(0).strip().split(separator)
        for row in rows:
            values = dict(zip(header, row.split(separator)))
            if values["customer_id"] and since <= date.fromisoformat(values["shipped_on"]):
                orders.append(Order(values["customer_id"], Decimal(values["net_total"])))
"""
OTHER_BLOCK = """\
        for order in open_orders(since).order_by("day"):
            with order.locked() as found:
                found.mark(path.name, by=separator)
                orders.extend(found.lines.values())
"""
RUN = "def run(path, since, separator, flag):\n    orders = []\n{}    return orders\n"
SPECIAL = """\
class {}:
    def __iter__(self):
        try:
            shorter = 2 * len(self.accepts.nodes) < len(self.atlas)
        except AttributeError:
            shorter = False
        if shorter:
            return (node for node in self.accepts.nodes if node in self.atlas)
        return (node for node in self.atlas if self.accepts(node) and not node.hidden)
"""
COMPARED = """\
class {}:
    def __lt__(self, other):
        if not isinstance(other, type(self)):
            return NotImplemented
        return (self.currency, self.amount, self.day) < (other.currency, other.amount, other.day)
"""
FACADE = """\
def parse_cookie(header, options=None):
    if isinstance(header, dict):
        cookie = header.get("HTTP_COOKIE", "")
    else:
        cookie = header.strip().lower()
    if cookie and options is None:
        cookie = cookie.encode("latin1").decode()
    return plain.parse_cookie(cookie=cookie, options=options)
"""
HANDED_ON = """\
class {}Field:
    def clean(self, value):
        if isinstance(value, str) and not value.strip():
            raise EmptyValue(self.label, value)
        found = super().clean(value.casefold(){})
        return found if found.code in self.known_codes else None
"""


def copies(base: Tree, head: Tree) -> list[Finding]:
    found = review(change_of(base, head), Config(), RULES, "partywall.toml")
    return [finding for finding in found if finding.rule == "duplication/copy"]


@pytest.mark.parametrize(
    ("body", "levels"),
    [
        pytest.param(f"    if flag:\n{BLOCK}    else:\n{BLOCK}", ["warning"], id="both branches"),
        pytest.param(f"    if flag:\n{BLOCK}    elif since:\n{BLOCK}    else:\n{BLOCK}", ["info"], id="three branches"),
        pytest.param(f"    try:\n{BLOCK}    except OSError:\n{BLOCK}", ["warning"], id="a second try"),
        pytest.param(
            f"    if flag:\n{BLOCK}    else:\n{BLOCK.replace('customer_id', 'client')}", ["info"], id="another key"
        ),
        pytest.param(f"    if flag:\n{BLOCK}    else:\n{OTHER_BLOCK}", [], id="two different branches"),
        pytest.param(f"    if flag:\n{BLOCK}    else:\n        orders = load(path)\n", [], id="once"),
    ],
)
def test_what_is_pasted_into_several_branches_is_found(body: str, levels: list[str]) -> None:
    found = copies({"a.py": "LIMIT = 3\n"}, {"a.py": "LIMIT = 3\n\n\n" + RUN.format(body)})
    assert [finding.level for finding in found] == levels
    assert all(place.end_line < finding.start_line for finding in found for place in finding.related)


@pytest.mark.parametrize(
    ("old", "new", "count"),
    [
        pytest.param(SPECIAL.format("Nodes"), SPECIAL.format("Edges"), 1, id="a long special method"),
        pytest.param(
            COMPARED.format("Money"), COMPARED.format("Price"), 0, id="a special method as everybody writes it"
        ),
        pytest.param(FACADE, FACADE.replace("header", "source"), 1, id="functions that hand on to one of their name"),
        pytest.param(HANDED_ON.format("Name", ""), HANDED_ON.format("Code", ""), 1, id="a method handed on, verbatim"),
        pytest.param(
            HANDED_ON.format("Name", ""), HANDED_ON.format("Code", ", strict=True"), 0, id="a method handed on, edited"
        ),
    ],
)
def test_frames_are_no_copies_but_what_is_more_than_a_frame_is(old: str, new: str, count: int) -> None:
    assert len(copies({"a.py": old}, {"a.py": old, "b.py": new})) == count
