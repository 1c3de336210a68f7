"""Edits of one of several copies."""

from __future__ import annotations

import pytest

from rules.config import Config
from rules.model import Finding
from rules.registry import RULES
from rules.review import review
from rules.trees import Tree, change_of
from rules.unsynced import Unsynced

LEFT = Unsynced.examples[0]
ONE, OTHER = LEFT.base.values()
MENDED = LEFT.head["shop/orders.py"]
BASE = {"a.py": ONE, "b.py": OTHER, "c.py": OTHER.replace("returns", "refunds")}


def unsynced(base: Tree, head: Tree) -> list[Finding]:
    found = review(change_of(base, head), Config(), RULES, "partywall.toml")
    return [finding for finding in found if finding.rule == "duplication/unsynced"]


def test_all_copies_that_stayed_behind_are_named_with_the_edit_that_they_lack() -> None:
    (finding,) = unsynced(BASE, {**BASE, "a.py": MENDED})
    assert [place.symbol for place in finding.related] == ["export_returns", "export_refunds"]
    assert "quote(str" in "".join(finding.quotes[0].lines)
    assert "[str(getattr" in "".join(finding.quotes[1].lines)


@pytest.mark.parametrize(
    "head",
    [
        pytest.param({**BASE, "a.py": MENDED, "b.py": MENDED, "c.py": MENDED}, id="all of them are edited"),
        pytest.param({**BASE, "a.py": MENDED.replace("(rows, target)", "(rows, target, quote)")}, id="a new task"),
        pytest.param({**BASE, "a.py": ONE + "    target.flush()\n"}, id="something is added"),
        pytest.param({**BASE, "a.py": ONE.replace("    audit", "\n    # told\n    audit")}, id="only layout"),
        pytest.param({"a.py": MENDED}, id="the copies are gone"),
        pytest.param({**BASE, "a.py": "def export_orders(rows, target):\n    dump(rows, target)\n"}, id="a rewrite"),
    ],
)
def test_silent(head: Tree) -> None:
    assert unsynced(BASE, head) == []


def test_what_was_not_alike_does_not_drift() -> None:
    base = {"a.py": ONE, "b.py": OTHER.replace("values", "cells").replace("target.write", "sink.put")}
    assert unsynced(base, {**base, "a.py": MENDED}) == []


def test_where_many_functions_part_from_their_copies_the_place_goes_its_own_way() -> None:
    names = ("orders", "refunds", "parcels")
    old = {
        f"{shop}/{name}.py": ONE.replace("exported", name) for shop in ("shop/north", "shop/south") for name in names
    }
    mended = {f"shop/north/{name}.py": MENDED.replace("exported", name) for name in names}
    two = dict(list(mended.items())[:2])
    assert {finding.level for finding in unsynced(old, {**old, **two})} == {"warning"}
    assert [finding.level for finding in unsynced(old, {**old, **mended})] == ["info"] * 3


@pytest.mark.parametrize(("name", "level"), [("aexport_orders", "info"), ("export_others", "warning")])
def test_what_lacks_in_the_twin_for_other_callers_may_be_about_them(name: str, level: str) -> None:
    base = {"a.py": ONE.replace("export_orders", name), "b.py": ONE}
    (finding,) = unsynced(base, {**base, "a.py": MENDED.replace("export_orders", name)})
    assert finding.level == level
