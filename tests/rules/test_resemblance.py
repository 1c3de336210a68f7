"""How alike two pieces of code read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.resemblance import reading, resemblance

CODE = """\
def total(orders, day):
    # what was paid
    paid = [order for order in orders if order.day >= day]
    return sum(order.net + order.tax for order in paid), "EUR"
"""
LINES = st.lists(st.text("ab()=.,#'\" \\", max_size=12), max_size=6)


@pytest.mark.parametrize(
    ("other", "least", "most"),
    [
        pytest.param(CODE, 1, 1, id="the same"),
        pytest.param(CODE.replace("order", "bill").replace("day", "since"), 1, 1, id="other names"),
        pytest.param(CODE.replace("    # what was paid\n", "").replace("    ", "\t"), 1, 1, id="comments and layout"),
        pytest.param(CODE.replace("def ", "async def ").replace("sum(", "await sum("), 1, 1, id="waited for"),
        pytest.param(CODE.replace(">=", ">"), 0.9, 0.99, id="one sign"),
        pytest.param(CODE.replace("EUR", "USD"), 0.9, 0.99, id="one string"),
        pytest.param(CODE.replace("    paid", "    log(day)\n    paid"), 0.8, 0.95, id="one statement more"),
        pytest.param("class Order:\n    net: Decimal\n    tax: Decimal\n", 0, 0.3, id="something else"),
        pytest.param("", 0, 0, id="nothing"),
        pytest.param("# what was paid\n", 0, 0, id="a comment"),
    ],
)
def test_names_and_layout_make_no_difference_and_edits_a_small_one(other: str, least: float, most: float) -> None:
    assert least <= resemblance(reading(CODE.splitlines()), reading(other.splitlines())) <= most


@given(LINES, LINES)
def test_it_is_a_share_and_has_no_direction(one: list[str], other: list[str]) -> None:
    ours, theirs = reading(one), reading(other)
    found = resemblance(ours, theirs)
    assert 0 <= found <= 1
    assert found == resemblance(theirs, ours)
    assert resemblance(ours, ours) in (0, 1)
