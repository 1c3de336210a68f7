"""What people press on a check run."""

from __future__ import annotations

import pytest

from tests.bot.stage import FIX, HARMLESS, Stage, answers_of, check_of, finding_of, findings_of, summary_of
from tests.github.faults import Fault


def test_review_again(stage: Stage) -> None:
    pull = stage.open()
    stage.press(check_of(pull), "review")
    assert [run.conclusion for run in stage.shop.check_runs()] == ["failure", "failure"]
    assert len(findings_of(pull)) == 2
    assert answers_of(pull) == []


def test_accept_what_is_open(stage: Stage) -> None:
    pull = stage.open()
    ids = [finding_of(comment) for comment in findings_of(pull)]
    stage.press(check_of(pull), "accept", "bob")
    (said,) = answers_of(pull)
    assert said.body.startswith(f"Accepted by `bob`: `{ids[0]}`, `{ids[1]}`.")
    assert check_of(pull).conclusion == "success"
    assert summary_of(pull).count("accepted on the check") == 2
    stage.push(pull, HARMLESS)
    assert check_of(pull).conclusion == "success"
    stage.press(check_of(pull), "accept", "bob")
    assert answers_of(pull) == [said]


def test_pause(stage: Stage) -> None:
    pull = stage.open()
    stage.press(check_of(pull), "pause")
    (said,) = answers_of(pull)
    assert said.body.startswith("Reviews are paused by `alice`.")
    stage.push(pull, FIX)
    assert (check_of(pull).conclusion, "paused" in summary_of(pull)) == ("neutral", True)
    stage.press(check_of(pull), "review")
    assert check_of(pull).conclusion == "success"
    stage.push(pull, HARMLESS)
    assert check_of(pull).conclusion == "neutral"
    stage.say(pull, "/partywall resume")
    assert check_of(pull).conclusion == "success"


@pytest.mark.parametrize("sender", ["eve", "stranger"])
def test_only_who_may_write_is_obeyed(stage: Stage, sender: str) -> None:
    pull = stage.open()
    stage.shop.set_permission("eve", "read")
    for button in ("review", "accept", "pause"):
        stage.press(check_of(pull), button, sender)
    assert answers_of(pull) == []
    assert len(stage.shop.check_runs()) == 1


def test_a_press_that_comes_again_counts_once(stage: Stage) -> None:
    pull = stage.open()
    stage.github.fail(Fault(("POST", r"/issues/1/comments$"), "status_after"))
    stage.press(check_of(pull), "accept")
    assert stage.finish() == 1
    delivery = next(each for each in stage.github.deliveries if each.action == "requested_action")
    stage.flush()
    stage.github.redeliver(delivery.guid)
    assert stage.finish() == 0
    assert len(answers_of(pull)) == 1
    assert [run.conclusion for run in stage.shop.check_runs()] == ["failure", "success"]
