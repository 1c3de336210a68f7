"""What a check run says: its conclusion, its summary, its annotations."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import chain, combinations
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.checks import (
    MOST_ANNOTATIONS,
    Looked,
    as_annotations,
    not_reviewed,
    outcome,
    picture,
    stopped,
    word,
)
from bot.markers import still_open_in
from bot.posting import BUTTONS
from bot.wording import Place
from rules.model import LEVELS, Finding, Level, Link, Report, Skipped, Stats
from tests.bot.hostile import TEXTS, findings, is_harmless, seen

HEAD, BASE, URL = "a" * 40, "b" * 40, "https://github.com/octo/shop"
PLACE = Place(URL, HEAD)
HTML = "<!-- partywall:open=[0-9a-f,]+ -->"


def finding(number: int, level: Level = "error", **fields: Any) -> Finding:
    usual = Finding(
        id=f"{number:016x}", rule="duplication/copy", level=level, path="a.py", start_line=3, end_line=5, message="m"
    )
    return msgspec.structs.replace(usual, **fields)


def looked(found: Sequence[Finding] = (), accepted: Sequence[Finding] = (), **fields: Any) -> Looked:
    report = Report(base=BASE, head=HEAD, findings=tuple(found), stats=Stats(files=9, changed_files=2))
    given = {each.id: "it is meant" for each in accepted}
    usual = Looked(report, PLACE, given, written=(), settled=(), blocking=("error",))
    return usual._replace(**fields)


SUBSETS = [tuple(each) for each in chain.from_iterable(combinations(LEVELS, size) for size in range(4))]


@pytest.mark.parametrize("blocking", SUBSETS)
@pytest.mark.parametrize("levels", SUBSETS)
def test_conclusions(blocking: tuple[Level, ...], levels: tuple[Level, ...]) -> None:
    """Failure where what is left blocks, neutral where it is worth a look, success else."""
    found = [finding(number, level) for number, level in enumerate(levels)]
    for accepted in SUBSETS:
        got = outcome(looked(found, [each for each in found if each.level in accepted], blocking=blocking)).conclusion
        left = set(levels) - set(accepted)
        if left & set(blocking):
            assert got == "failure"
        elif left & {"error", "warning"}:
            assert got == "neutral"
        else:
            assert got == "success"


def test_what_was_not_reviewed_is_no_success() -> None:
    assert not_reviewed("it failed.", HEAD).conclusion == "failure"
    assert not_reviewed("it took long.", HEAD, "timed_out").conclusion == "timed_out"
    assert not_reviewed("there is no Python file.", HEAD, "neutral").conclusion == "neutral"
    assert stopped("there is a newer head", HEAD).conclusion == "cancelled"
    text = not_reviewed("git `failed` @you\n<img>.", HEAD).summary
    assert text.startswith(f"Nothing was reviewed at `{HEAD}`: git `failed` @\u200byou \\<img\\>.\n\n")


@pytest.mark.parametrize(
    ("levels", "changed", "title"),
    [
        (("error",), 1, "1 error"),
        (("error", "error", "warning"), 1, "2 errors, 1 warning"),
        (("warning", "warning", "info"), 1, "2 warnings, 1 note"),
        (("info", "info"), 1, "2 notes"),
        ((), 1, "Nothing to say"),
        ((), 0, "No Python file changed"),
    ],
)
def test_titles(levels: tuple[Level, ...], changed: int, title: str) -> None:
    given = looked([finding(number, level) for number, level in enumerate(levels)])
    report = msgspec.structs.replace(given.report, stats=Stats(changed_files=changed))
    assert outcome(given._replace(report=report)).title == title


def test_a_summary_has_it_all() -> None:
    found = [finding(1, path="a b.py"), finding(2, "warning"), finding(3, "info"), finding(4), finding(5)]
    report = Report(
        base=BASE, head=HEAD, findings=tuple(found), notes=("a `note`",), skipped=(Skipped("x.py", "too <large>"),),
        links=(Link("shop.web", "shop.core", 2, 1),), stats=Stats(files=9, modules=8, edges=7, changed_files=2),
    )  # fmt: skip
    accepted = {found[3].id: "because of @alice"}
    given = Looked(report, PLACE, accepted, [found[0].id, found[4].id], [found[4].id], ("error",), "Written by `x`.")
    link = f"[`a.py:3-5`]({URL}/blob/{HEAD}/a.py#L3-L5)"
    assert outcome(given).summary.split("\n\n") == [
        f"Reviewed `{HEAD}` against `{BASE}`: 2 changed of 9 Python files, 8 modules, 7 imports.",
        "> a `note`",
        "Written by `x`.",
        "### Findings",
        "\n".join(
            [
                f"- **error** · m. [`a b.py:3-5`]({URL}/blob/{HEAD}/a%20b.py#L3-L5) `{found[0].id}` (commented)",
                f"- **warning** · m. {link} `{found[1].id}`",
                f"- **info** · m. {link} `{found[2].id}`",
                f"- **error** · m. {link} `{found[4].id}` (settled in the conversation)",
            ]
        ),
        "### Accepted",
        f"- **error** · m. `{found[3].id}`: because of @\u200balice",
        "### Coupling",
        "Imports that come (+) and go (−), in pairs of modules:",
        """```mermaid\nflowchart LR\n  n0["shop.core"]\n  n1["shop.web"]\n  n1 -->|"+2 −1"| n0
  linkStyle 0 stroke:#1a7f37,stroke-width:2px\n```""",
        "### Skipped, wholly or in part: 1",
        f"- `x.py`: too \\<large\\>\n<!-- partywall:open={found[0].id},{found[1].id},{found[4].id} -->",
    ]
    assert word(report) == "reviewed: 5 findings"
    assert word(looked().report) == "reviewed"


def test_nothing_is_left_open_where_all_is_said() -> None:
    found = [finding(1), finding(2, "info")]
    assert not still_open_in(outcome(looked(found, found[:1])).summary)


reports = st.builds(
    lambda found, notes, skipped, links: Report(
        base=BASE,
        head=HEAD,
        findings=tuple(found),
        notes=tuple(notes),
        skipped=tuple(Skipped(*each) for each in skipped),
        links=tuple(Link(one, other, 1, 1) for one, other in links),
    ),
    st.lists(findings(), max_size=3, unique_by=lambda each: each.id),
    st.lists(TEXTS, max_size=2),
    st.lists(st.tuples(TEXTS, TEXTS), max_size=2),
    st.lists(st.tuples(TEXTS, TEXTS), max_size=2),
)


@settings(deadline=None, max_examples=300)
@given(reports, st.data())
def test_summaries_quote_and_do_no_more(report: Report, data: st.DataObject) -> None:
    ids = [each.id for each in report.findings]
    accepted = data.draw(st.dictionaries(st.sampled_from(ids), TEXTS)) if ids else {}
    said = outcome(Looked(report, PLACE, accepted, ids, (), ("error",)))
    assert is_harmless(said.summary, f"{URL}/blob/{HEAD}/", HTML)
    left = [each.id for each in report.findings if each.id not in accepted and each.level != "info"]
    assert still_open_in(said.summary) == left
    drawn = [content for info, content in seen(said.summary).code if info == "mermaid"]
    assert len(drawn) == bool(report.links)
    assert all(is_a_flowchart(content) for content in drawn)
    for reason in (data.draw(TEXTS), "x" * 100_000):
        for other in (not_reviewed(reason, HEAD), stopped(reason, HEAD)):
            assert is_harmless(other.summary, "none", "")
            assert len(other.summary.encode()) <= 65_535


def is_a_flowchart(drawn: str) -> bool:
    first, *lines = drawn.splitlines()
    node, arrow = r'  n\d+\["(?:[\w./ \ufffd-]|#\d+;)*"\]', r'  n\d+ (-->|-\.->)\|"(\+\d+)? ?(−\d+)?"\| n\d+'
    style = r"  linkStyle \d+ stroke:#[0-9a-f]{6},stroke-width:2px"
    return first == "flowchart LR" and all(re.fullmatch(f"{node}|{arrow}|{style}", line) for line in lines)


def test_pictures() -> None:
    drawn = picture([Link("a", "b", 1, 0), Link("b", 'a"]; click c0 "javascript:x"', 0, 2)])
    assert '  n0["a"]\n' in drawn
    assert '  n1["a#34;#93;#59; click c0 #34;javascript#58;x#34;"]\n' in drawn
    assert '  n0 -->|"+1"| n2\n' in drawn
    assert '  n2 -.->|"−2"| n1\n' in drawn
    many = picture([Link(f"m{number:03}", "x" * 300, number, 0) for number in range(100)])
    assert "+99" in many  # the largest are drawn
    assert '"+59"' not in many
    assert many.endswith("\n\nand 60 more pairs of components")


NAME = "p" * 2_000 + "/é@`.py"


@pytest.mark.parametrize(
    ("count", "fields"),
    [
        (5_000, {}),
        (5_000, {"path": NAME}),
        (300, {"message": "`" + "@" * 3_000 + "`"}),
        (300, {"message": "😀" * 900}),
        (3, {"message": "#" * 70_000}),
        (1, {"path": "p" * 70_000}),
    ],
)
def test_what_there_is_no_room_for_is_counted(count: int, fields: dict[str, Any]) -> None:
    found = [finding(number, **fields) for number in range(2 * count)]
    given = looked(found, found[count:])
    report = msgspec.structs.replace(
        given.report,
        notes=("n" * 900,) * 10,
        skipped=tuple(Skipped(f"{number}{NAME}", "why") for number in range(count)),
        links=tuple(Link("l" * 300, str(number), 1, 1) for number in range(count)),
    )
    text = outcome(given._replace(report=report)).summary
    assert len(text.encode()) <= 65_535
    assert is_harmless(text, URL, HTML)
    for heading in ("Findings", "Accepted", "Skipped, wholly or in part: "):
        part = text.partition(f"### {heading}")[2].partition("###")[0]
        more = re.search(r"^- and (\d+) more; `partywall check`", part, re.MULTILINE)
        listed = len(re.findall(r"^- (?:\*\*error|`)", part, re.MULTILINE))
        assert listed + (int(more[1]) if more else 0) == count
    assert still_open_in(text) == [each.id for each in found[: min(count, 1_000)]]


@settings(deadline=None, max_examples=200)
@given(st.lists(findings(), max_size=4))
def test_annotations_are_within_bounds(found: list[Finding]) -> None:
    for each, note in zip(found, as_annotations(found), strict=True):
        assert note["annotation_level"] == {"error": "failure", "warning": "warning", "info": "notice"}[each.level]
        assert (note["path"], note["start_line"], note["end_line"]) == (each.path, each.start_line, each.end_line)
        assert note["title"] == each.rule
        assert str(note["message"]).startswith(each.message.lstrip()[:1])


@pytest.mark.parametrize("character", ["x", "é", "😀"])
def test_long_annotations_are_cut(character: str) -> None:
    (note,) = as_annotations([finding(1, rule=character * 300, message=character * 70_000)])
    assert str(note["title"]) == character * 255
    assert 59_990 < len(str(note["message"]).encode()) <= 65_536
    assert set(str(note["message"])) == {character}


def test_buttons_are_as_github_wants_them() -> None:
    assert len(BUTTONS) <= 3
    for button in BUTTONS:
        assert len(button["label"]) <= 20
        assert len(button["description"]) <= 40
        assert len(button["identifier"]) <= 20
    assert MOST_ANNOTATIONS == 50
