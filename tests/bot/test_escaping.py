"""Reviewed code is data: whatever stands in it, what the bot writes mentions nobody and means what it means."""

from __future__ import annotations

import pytest

from bot.comments import Note
from bot.wording import Place, comment
from rules.model import Finding, Quote, Suggestion
from tests.bot.rendering import injected, rendered
from tests.bot.stage import (
    HARMLESS,
    MESSAGES,
    Stage,
    answers_of,
    check_of,
    finding_of,
    findings_of,
    shown,
    summary_of,
)
from tests.github.pull import Pull
from worker.demo import BASE, CHANGE

OTHER = "0123456789abcdef"
MARKERS = (
    f"<!-- partywall:finding={OTHER} -->",
    "<!-- partywall:fixed=abcdef -->",
    f"<!-- partywall:open={OTHER} -->",
    f"<!-- partywall:accepted={OTHER} -->",
    "<!-- partywall:paused -->",
    "<!-- partywall:answer=1 -->",
)
LINES = (
    "@octocat and @octo/team",
    "<script>alert(1)</script>",
    "` `` ```",
    "```",
    "~~~",
    "[x](javascript:alert(1))",
    "#123",
    "</details>",
    *MARKERS,
)
NAMES = ("@octocat", "<script>", "a`b", "```", "[x](javascript:alert(1))", "#123", MARKERS[2], "a ä€😀 $(id);")
PHONE = "shop/core/phone.py"
EVIL_STRING = "'''\n" + "\n".join(LINES) + "\n'''"
EVIL_LINE = repr(" ".join(LINES))


def _evil(code: str) -> str:
    """The copied function with strings of every sort in it."""
    for said in (
        '"""The number as +49301234567."""',
        '"""Bring a recipient\'s number into the form that the gateway wants."""',
    ):
        code = code.replace(said, EVIL_STRING)
    for said in ('f"unknown country {country}"', 'f"cannot send to {region}"'):
        code = code.replace(said, EVIL_LINE)
    return code


def _posted(stage: Stage, pull: Pull) -> list[str]:
    texts = [run.summary or "" for run in stage.shop.check_runs()]
    return texts + [each.body for each in (*findings_of(pull), *answers_of(pull))]


def _assert_harmless(stage: Stage, pull: Pull) -> None:
    for text in _posted(stage, pull):
        assert injected(text, stage.github.url) == []
    for posted in findings_of(pull):
        (marker,) = [each for each in rendered(posted.body).markers if "finding" in each]
        assert marker != MARKERS[0]


def test_what_the_helper_finds() -> None:
    for text in (
        "hello @octocat",
        "see #123",
        "<b>x</b>",
        "[x](https://evil.example/x)",
        "- `a` @octocat",
        "```\nx\n```\n@octocat",
    ):
        assert injected(text, "https://example.org") != []
    for text in ("`@octocat`", "```\n@octocat #1\n```", "a@\u200bb", "[a](https://example.org/x)", MARKERS[0]):
        assert injected(text, "https://example.org") == []


@pytest.fixture
def evil(stage: Stage) -> Stage:
    stage.shop.push("main", {PHONE: _evil(str(BASE[PHONE]))})
    return stage


@pytest.mark.parametrize("name", NAMES)
def test_names_and_code(evil: Stage, name: str) -> None:
    pull = evil.open({f"shop/mail/{name}.py": _evil(CHANGE[MESSAGES])})
    (posted,) = findings_of(pull)
    assert posted.path == f"shop/mail/{name}.py"
    _assert_harmless(evil, pull)
    assert check_of(pull).title == "1 warning"
    finding = finding_of(posted)
    evil.push(pull, HARMLESS)
    assert [each.id for each in shown(pull)] == [posted.id]
    evil.press(check_of(pull), "accept")
    assert OTHER not in answers_of(pull)[0].body
    assert f"`{finding}`" in answers_of(pull)[0].body
    assert check_of(pull).conclusion == "success"
    _assert_harmless(evil, pull)


def test_fixed_and_back(evil: Stage) -> None:
    """Hidden parts that stand in quoted code are not ours."""
    pull = evil.open({MESSAGES: _evil(CHANGE[MESSAGES])})
    (posted,) = findings_of(pull)
    body = posted.body
    assert all(marker in body for marker in MARKERS)
    evil.push(pull, {MESSAGES: None})
    assert [each.minimized for each in findings_of(pull)] == ["resolved"]
    assert injected(posted.body, evil.github.url) == []
    evil.push(pull, {MESSAGES: _evil(CHANGE[MESSAGES])})
    assert [(each.minimized, each.body) for each in findings_of(pull)] == [(None, body)]
    assert len(findings_of(pull)) == 1


def test_reasons_contracts_and_folders(stage: Stage) -> None:
    evil = " ".join(LINES)
    config = BASE["partywall.toml"].replace('"the core knows nobody above it"', f"'''{evil}'''")
    stage.shop.push("main", {"partywall.toml": config})
    folder = "shop/]; click c0 javascript_alert(1) @octocat"
    pull = stage.open(
        {
            **CHANGE,
            f"{folder}/__init__.py": "",
            f"{folder}/a.py": "from shop.web.views import order_page\n\nA = order_page\n",
            "shop/core/b.py": f"from shop.web.views import order_page  # partywall: ignore[boundaries/contract] {evil}\n\nB = order_page\n",
            "shop/core/c.py": f"C = 1  # partywall: ignore[{evil}] {evil}\n",
            "shop/core/d@octocat.py": "def broken(:\n",
        }
    )
    assert len(findings_of(pull)) == 3
    stage.reply(pull, findings_of(pull)[0], f"/partywall accept {evil}")
    stage.say(pull, f"/partywall {evil}")
    stage.say(pull, f"/partywall explain {evil}")
    assert "### Accepted" in summary_of(pull)
    _assert_harmless(stage, pull)
    (drawing,) = [code for code in rendered(summary_of(pull)).code if code.startswith("flowchart")]
    assert all('"' not in line.split('["')[1][:-3] for line in drawing.split("\n") if '["' in line)


def test_commits(stage: Stage) -> None:
    author = ("@octocat <b>`x` [bot]".replace("<b>", ""), "1+octo[bot]@users.noreply.github.com")
    stage.shop.push(
        "topic", HARMLESS, author=author, message="x\n\nGenerated-by: `@octocat` #123 [x](javascript:alert(1))"
    )
    pull = stage.shop.open_pull("topic")
    stage.bot.work_off()
    _assert_harmless(stage, pull)
    assert check_of(pull).conclusion == "success"


def test_what_is_too_long_is_left_out_whole() -> None:
    lines = tuple(f"{'x' * 900} ``` @octocat" for _ in range(100))
    finding = Finding(
        id=OTHER,
        rule="duplication/copy",
        level="error",
        path="a.py",
        start_line=1,
        end_line=100,
        message=f"`{'name' * 30_000}` repeats @octocat",
        advice="<b> " * 10_000,
        quotes=(Quote(path="b.py", start_line=1, lines=lines),) * 20,
        suggestion=Suggestion("a.py", 1, 100, lines, ""),
    )
    text = comment(Note(finding, "a.py", 1, 100, suggest=True), Place("https://example.org/o/n", "h" * 40), {})
    assert len(text) < 65_536
    assert injected(text, "https://example.org") == []
    assert rendered(text).markers == [MARKERS[0]]
    assert "There was no room for " in rendered(text).text


def test_long_lines(stage: Stage) -> None:
    long = f'"{"x" * 9_000} ``` @octocat"'
    code = CHANGE[MESSAGES]
    for said in ('f"cannot send to {region}"', 'f"cannot send to {recipient}"', '"Bring', '"00"'):
        code = code.replace(said, f"{long} {said}" if said[0] == "f" else said)
    base = (
        str(BASE[PHONE]).replace('f"unknown', f'{long} f"unknown').replace('f"{number} is', f'{long} f"{{number}} is')
    )
    stage.shop.push("main", {PHONE: base})
    pull = stage.open({MESSAGES: code})
    (posted,) = findings_of(pull)
    _assert_harmless(stage, pull)
    assert len(posted.body) < 65_536
