"""More to say than a conversation can take: three comments, then annotations, then lines of the summary."""

from __future__ import annotations

import re

import pytest

from bot.checks import LONGEST, Looked, as_annotations, outcome
from bot.wording import LONGEST as LONGEST_COMMENT
from bot.wording import Place
from rules.model import Finding, Report
from tests.bot.stage import Stage, answers_of, check_of, finding_of, findings_of, shown, summary_of
from tests.github.faults import Fault, Kind
from tests.github.pull import Pull
from worker.demo import BASE

CONFIG = f'{BASE["partywall.toml"]}\n[rules]\n"boundaries/contract" = "warning"\n'
IMPORT = "from shop.web.views import order_page\n\nPAGE = order_page\n"
GITHUB_TAKES = 65_535


def _module(number: int, name: str = "m") -> str:
    return f"shop/core/{name}_{number:03}.py"


def _opened(stage: Stage, count: int, name: str = "m") -> Pull:
    stage.shop.push("main", {"partywall.toml": CONFIG})
    return stage.open({_module(number, name): IMPORT for number in range(count)})


def _batches(stage: Stage) -> list[int]:
    return [
        len(request.body["output"].get("annotations", ()))
        for request in stage.github.requests
        if request.method == "PATCH"
    ]


def test_a_hundred_and_thirty(stage: Stage) -> None:
    pull = _opened(stage, 130)
    assert check_of(pull).title == "130 warnings"
    assert [comment.path for comment in findings_of(pull)] == [_module(number) for number in range(3)]
    assert _batches(stage) == [50, 50, 27]
    assert [note["path"] for note in check_of(pull).annotations] == [_module(number) for number in range(3, 130)]
    assert {note["annotation_level"] for note in check_of(pull).annotations} == {"warning"}
    assert all(f"`shop.core.m_{number:03}`" in summary_of(pull) for number in range(130))
    assert summary_of(pull).count("(commented)") == 3


@pytest.mark.parametrize("kind", ["status", "status_after"])
def test_each_annotation_once(stage: Stage, kind: Kind) -> None:
    stage.shop.push("main", {"partywall.toml": CONFIG})
    stage.shop.push("topic", {_module(number): IMPORT for number in range(110)})
    pull = stage.shop.open_pull("topic")
    for status in (502, 503):
        stage.github.fail(Fault(lambda r: r.method == "PATCH" and "conclusion" not in r.body, kind, status=status))
    assert stage.finish() == 2
    assert [note["path"] for note in check_of(pull).annotations] == [_module(number) for number in range(3, 110)]
    assert len(stage.shop.check_runs()) == 1


def test_long_names(stage: Stage) -> None:
    pull = _opened(stage, 110, "x" * 180)
    assert check_of(pull).title == "110 warnings"
    assert GITHUB_TAKES - 4_000 < len(summary_of(pull)) <= GITHUB_TAKES
    assert re.search(r"and \d+ more; `partywall check` lists them all", summary_of(pull))
    stage.press(check_of(pull), "accept")
    assert check_of(pull).conclusion == "success"
    assert len(answers_of(pull)) == 1


def test_who_is_fixed_makes_room(stage: Stage) -> None:
    pull = _opened(stage, 5)
    first, second, third = findings_of(pull)
    assert len(check_of(pull).annotations) == 2
    stage.push(pull, {_module(0): None})
    assert [comment.path for comment in shown(pull)] == [_module(number) for number in (1, 2, 3)]
    stage.push(pull, {_module(1): None, _module(2): None})
    assert [comment.path for comment in shown(pull)] == [_module(number) for number in (3, 4)]
    stage.push(pull, {_module(number): IMPORT for number in range(3)})
    assert [comment.path for comment in shown(pull)] == [_module(number) for number in (0, 3, 4)]
    assert [note["path"] for note in check_of(pull).annotations] == [_module(1), _module(2)]
    assert (first.minimized, second.minimized, third.minimized) == (None, "resolved", "resolved")
    stage.reply(pull, first, "/partywall accept it is meant")
    assert [comment.path for comment in shown(pull)] == [_module(number) for number in (0, 1, 3, 4)]
    assert len(findings_of(pull)) == 5


def _finding(number: int, name: str) -> Finding:
    return Finding(
        id=f"{number:016x}",
        rule="boundaries/contract",
        level="error",
        path=f"{name}/{number}.py",
        start_line=1,
        end_line=2,
        message=f"`{name}` imports {name} {number}",
    )


@pytest.mark.parametrize("name", ["a", "n" * 900, "`@é<" * 60])
@pytest.mark.parametrize("count", [1, 200, 6_000])
def test_no_summary_is_too_long(count: int, name: str) -> None:
    findings = tuple(_finding(number, name) for number in range(count))
    report = Report(base="b" * 40, head="h" * 40, findings=findings)
    for accepted in ({}, {finding.id: "why " * 100 for finding in findings}):
        looked = Looked(report, Place("https://example.org/o/n", "h" * 40), accepted, (), (), ("error",))
        assert len(outcome(looked).summary) <= LONGEST < GITHUB_TAKES


def test_no_annotation_is_too_long() -> None:
    (note,) = as_annotations([_finding(1, "é" * 100_000)])
    assert len(str(note["message"]).encode()) <= GITHUB_TAKES


def test_the_button_accepts_no_more_than_a_comment_can_say(stage: Stage) -> None:
    findings = tuple(_finding(number, "a") for number in range(6_000))
    report = Report(base="b" * 40, head="h" * 40, findings=findings)
    pull = stage.open()
    check_of(pull).summary = outcome(
        Looked(report, Place("https://example.org/o/n", "h" * 40), {}, (), (), ("error",))
    ).summary
    stage.press(check_of(pull), "accept")
    (said,) = answers_of(pull)
    assert len(said.body) <= LONGEST_COMMENT
    assert finding_of(findings_of(pull)[0]) in summary_of(pull)
