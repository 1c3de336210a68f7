"""The texts of comments: places are links, what is quoted stays a quotation, and nothing is too long."""

from __future__ import annotations

import re

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot import markers
from bot.comments import Note
from bot.wording import Place, comment, fixed_text, headline, reopened_text, section
from rules import model
from rules.model import Edge, Finding, Quote, Suggestion
from tests.bot.hostile import TEXTS, findings, is_harmless, seen
from worker.commands import all_rules
from worker.render.markdown import code, escape, fenced, prose

HEAD, URL = "a" * 40, "https://github.com/octo/shop"
PLACE = Place(URL, HEAD)
RULES = {rule.name: rule for rule in all_rules()}
HTML = (
    r"<details><summary>Why, how to say no, and a text for a coding agent</summary>|</details>"
    r"|<!-- partywall:finding=[0-9a-f]{16} -->"
)


def copy(**fields: object) -> Finding:
    usual = Finding(
        id="00000000000000aa", rule="duplication/copy", level="warning", path="shop/mail.py", start_line=6, end_line=19,
        message="`send` repeats `call` (shop/phone.py:4-17): 59 words shared", advice="Import `call`.",
        related=(model.Place("shop/phone.py", 4, 17, "call"),),
        quotes=(Quote("shop/phone.py", 4, ("def call():", "    return 1")),),
    )  # fmt: skip
    return msgspec.structs.replace(usual, **fields)


def written(finding: Finding, *, suggest: bool = False) -> str:
    return comment(Note(finding, finding.path, finding.start_line, finding.end_line, suggest), PLACE, RULES)


def test_both_places_are_links_at_the_head() -> None:
    text = written(copy())
    phone = f"[`shop/phone.py:4-17`]({URL}/blob/{HEAD}/shop/phone.py#L4-L17)"
    assert text.startswith(f"**warning** · `send` repeats `call` ({phone}): 59 words shared.\n\n")
    quoted = f"[`shop/phone.py:4-5`]({URL}/blob/{HEAD}/shop/phone.py#L4-L5)"
    assert f"\n\n{quoted}\n```python\ndef call():\n    return 1\n```\n\nImport `call`.\n\n" in text
    assert text.endswith("</details>\n<!-- partywall:finding=00000000000000aa -->")
    edge = Edge("shop.core", "shop.web", "shop/core/o.py", 15, "import")
    text = written(copy(edges=(edge,), related=(), quotes=(), message="it does"))
    link = f"[`shop/core/o.py:15`]({URL}/blob/{HEAD}/shop/core/o.py#L15)"
    assert f"- `shop.core` → `shop.web` in {link}\n" in text


def test_addresses_of_odd_paths() -> None:
    link = PLACE.link("a b/ü#(x)?.py", 1, 2)
    assert link == f"[`a b/ü#(x)?.py:1-2`]({URL}/blob/{HEAD}/a%20b/%C3%BC%23%28x%29%3F.py#L1-L2)"


def test_what_stands_at_the_place_itself_is_not_quoted() -> None:
    here = Quote("shop/mail.py", 6, ("def send():",))
    assert "def send():" not in written(copy(quotes=(here,)))


@pytest.mark.parametrize(
    ("suggest", "import_line", "fences"),
    [
        (True, "", [("suggestion", "x = 1\n```\ny = 2\n")]),
        (False, "", [("python", "x = 1\n```\ny = 2\n")]),
        (False, "import x", [("python", "import x\n\nx = 1\n```\ny = 2\n")]),
    ],
)
def test_suggestions(suggest: bool, import_line: str, fences: list[tuple[str, str]]) -> None:
    edit = Suggestion("shop/mail.py", 6, 19, ("x = 1", "```", "y = 2"), import_line)
    text = written(copy(suggestion=edit, quotes=()), suggest=suggest)
    assert [each for each in seen(text).code if each[0] in ("python", "suggestion")] == fences
    assert ("Instead of lines 6 to 19:" in text) == (not suggest)


def test_a_rule_says_why_and_when_not() -> None:
    text = written(copy())
    rule = RULES["duplication/copy"]
    for title in ("Why it matters", "When to say no"):
        assert prose(section(rule, title)) in text
    assert section(rule, "No such title") == ""
    assert "`# partywall: ignore[duplication/copy] REASON`" in text
    assert f"In shop/mail.py, lines 6 to 19 (commit {HEAD}), duplication/copy reports: " in text


@settings(deadline=None, max_examples=300)
@given(finding=findings(), suggest=st.booleans())
def test_quotations_stay_quotations(finding: Finding, suggest: bool) -> None:
    text = written(finding, suggest=suggest)
    assert is_harmless(text, f"{URL}/blob/{HEAD}/", HTML)
    assert markers.finding_in(text) == finding.id
    assert "".join(seen(text).html).count("<!-- partywall:finding=") == 1
    assert not markers.is_fixed(text)
    assert is_harmless(headline(finding, PLACE), f"{URL}/blob/{HEAD}/", "")


@settings(deadline=None, max_examples=200)
@given(findings(), st.booleans())
def test_fixed_and_back(finding: Finding, suggest: bool) -> None:
    text = written(finding, suggest=suggest)
    gone = fixed_text(text, HEAD)
    assert markers.finding_in(gone) == finding.id
    assert markers.is_fixed(gone)
    assert gone.endswith(markers.fixed(HEAD))
    assert reopened_text(gone) == text
    assert not markers.is_fixed(reopened_text(gone))
    assert is_harmless(gone, URL, HTML + "|<!-- partywall:fixed=[0-9a-f]+ -->")


WORDS = st.lists(
    st.sampled_from(
        ["**Fixed** in 0123.\n\n", "**Fixed** in ", "\n<!-- partywall:fixed=0a -->", "\n", "x", "\r\n", " "]
    )
).map("".join)


@settings(deadline=None)
@given(WORDS | st.text(), st.text("0123456789abcdef", min_size=1, max_size=64))
def test_any_text_comes_back_as_it_was(body: str, head: str) -> None:
    assert reopened_text(fixed_text(body, head)) == body


def test_only_what_was_closed_is_changed() -> None:
    text = written(copy())
    assert reopened_text(text) == text
    edited = fixed_text(text, HEAD).replace("\n", "\r\n")  # a person edited it in the browser
    assert reopened_text(edited).rstrip() == text.replace("\n", "\r\n")


LONG = "shop/" + "p" * 5_000 + "/é@.py"


@pytest.mark.parametrize(
    ("fields", "gone"),
    [
        ({"edges": (Edge("a", "b", "c.py", 1, "import"),) * 5_000}, 0),
        ({"related": (model.Place("c.py", 1, 2, ""),) * 5_000}, 0),
        ({"quotes": (Quote("c.py", 1, ("x",) * 5_000),)}, 0),
        ({"quotes": (Quote("c.py", 1, ("`" * 70_000,)),)}, 0),
        ({"quotes": (Quote("c.py", 1, ("x" * 9_000,)),) * 20}, 0),
        ({"advice": "@" * 40_000}, 0),
        ({"message": "`" + "<@x> " * 30_000 + "`"}, 0),
        ({"message": "@" * 70_000}, 0),
        ({"path": LONG, "message": f"{LONG}:1-2 " * 9, "related": (model.Place(LONG, 1, 2, ""),) * 12}, 1),
        ({"path": LONG, "edges": (Edge(LONG, LONG, LONG, 1, "import"),) * 12}, 1),
        ({"suggestion": Suggestion("c.py", 1, 2, ("x" * 70_000,), "")}, 1),
    ],
)
def test_long_comments(fields: dict[str, object], gone: int) -> None:
    """What there is no room for goes as a whole, and is counted."""
    text = written(copy(**fields), suggest="suggestion" in fields)
    assert len(text) <= 65_536
    assert markers.finding_in(text) == "00000000000000aa"
    assert is_harmless(text, URL, HTML)
    told = re.search(r"There was no room for (\d+) more part", text)
    assert (int(told[1]) if told else 0) == gone


def test_long_listings_say_how_much_there_is_more() -> None:
    many = written(copy(edges=tuple(Edge("a", "b", "c.py", n, "import") for n in range(1, 31))))
    assert len(re.findall("- `a` → `b`", many)) == 12
    assert "\n- and 18 more\n" in many
    assert "… 84 more lines\n" in written(copy(quotes=(Quote("c.py", 1, ("x",) * 100),)))
    assert " and 8 more." in written(copy(related=tuple(model.Place("c.py", n, n, "") for n in range(1, 21))))


@settings(deadline=None)
@given(TEXTS)
def test_code_spans_hold_what_they_are_given(text: str) -> None:
    """But for what ends a line or turns it around."""
    ((_, shown),) = seen(f"x {code(text)} y").code
    kept = re.sub("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]+", " ", text)
    assert shown.strip(" ") == kept.strip(" ") or not text.strip()


@settings(deadline=None)
@given(TEXTS, st.sampled_from(["python", "text", "suggestion"]))
def test_fences_hold_what_they_are_given(text: str, language: str) -> None:
    found = seen(fenced(text, language) + "\n\nafter")
    assert [info for info, _ in found.code] == [language]
    assert found.text == "after"


@settings(deadline=None)
@given(TEXTS, TEXTS, TEXTS)
def test_what_follows_is_not_drawn_in(before: str, name: str, after: str) -> None:
    """A text that opens a code span and does not close it leaves the next one alone."""
    text = f"x {prose(before)} {code(name)} {escape(after)} {code(name)}"
    assert is_harmless(text, "none", "")
