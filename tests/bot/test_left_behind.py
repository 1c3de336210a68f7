"""Attempts that were broken off, and what is worth no further attempt: no check run is left in progress for ever."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace

import pytest

from bot.reconciling import reconcile
from tests.bot.disasters import wait_for_reviews
from tests.bot.harness import PATIENCE
from tests.bot.stage import HARMLESS, ORDERS, Stage, check_of, comment_on, summary_of
from tests.github.faults import Fault
from tests.github.model import CheckRun, CheckSuite
from tests.github.routing import Request
from worker.demo import CHANGE

BREAKS = {
    "while it reads": lambda: Fault(("GET", "/compare/"), status=403, message="No", headers={"Retry-After": "90"}),
    "with the check run begun and no answer": lambda: Fault(("POST", "/check-runs$"), "close_after"),
    "with comments written and no answer": lambda: Fault(("PATCH", "/check-runs/"), "close", times=2),
}


@pytest.fixture(params=BREAKS)
def broken(stage: Stage, request: pytest.FixtureRequest) -> Callable[[], None]:
    """Has the next attempt broken off."""
    return lambda: stage.github.faults.append(BREAKS[request.param]())


def _break(stage: Stage) -> None:
    stage.github.fail(BREAKS["while it reads"]())


def _said(run: CheckRun) -> tuple[str, str | None, str | None]:
    return run.status, run.conclusion, run.title


def _open_runs(stage: Stage) -> list[CheckRun]:
    return [run for run in stage.shop.check_runs() if run.status != "completed"]


STOPPED = ("completed", "cancelled", "Stopped")


def test_a_draft_again_while_the_review_waits_to_be_tried_again(stage: Stage, broken: Callable[[], None]) -> None:
    broken()
    pull = stage.open()
    assert len(_open_runs(stage)) == 1
    pull.to_draft()
    stage.finish()
    assert _said(check_of(pull)) == STOPPED
    assert "the pull request is a draft again" in summary_of(pull)
    pull.ready()
    stage.finish()
    assert [_said(run) for run in stage.shop.check_runs()] == [("completed", "failure", "1 error, 1 warning")]


def test_paused_while_a_settled_conversation_waits_for_its_review(stage: Stage) -> None:
    pull = stage.open()
    _break(stage)
    pull.resolve("bob", comment_on(pull, ORDERS).id)
    stage.bot.work_off()
    assert len(_open_runs(stage)) == 1
    stage.say(pull, "/partywall pause")
    stage.finish()
    assert _said(check_of(pull)) == ("completed", "failure", "1 error, 1 warning")
    assert summary_of(pull).startswith("Not reviewed again: reviews of this pull request are paused.")


def test_paused_while_the_first_review_waits(stage: Stage) -> None:
    _break(stage)
    pull = stage.open()
    stage.say(pull, "/partywall pause")
    stage.finish()
    assert [(run.status, run.conclusion) for run in stage.shop.check_runs()] == [("completed", "neutral")]
    assert "paused" in summary_of(pull)


def test_a_review_by_hand_of_a_draft_is_waited_for(stage: Stage) -> None:
    """Whatever else comes upon the draft in the meantime."""
    pull = stage.open(draft=True)
    stage.say(pull, "/partywall review")
    _break(stage)
    stage.say(pull, "/partywall review")
    pull.resolve("bob", comment_on(pull, ORDERS).id)
    stage.bot.work_off()
    (waiting,) = _open_runs(stage)
    stage.finish()
    assert _said(waiting) == ("completed", "failure", "1 error, 1 warning")
    assert "(settled in the conversation)" in (waiting.summary or "")


@pytest.mark.parametrize("force", [False, True], ids=["pushed", "force-pushed"])
def test_a_push_while_the_review_waits_to_be_tried_again(stage: Stage, broken: Callable[[], None], force: bool) -> None:
    broken()
    pull = stage.open()
    (left,) = _open_runs(stage)
    new = pull.force_push({**CHANGE, **HARMLESS}) if force else pull.push(HARMLESS)
    stage.finish()
    assert _said(left) == STOPPED
    assert f"there is a newer head, {new[:12]}" in (left.summary or "")
    assert _said(check_of(pull)) == ("completed", "failure", "1 error, 1 warning")
    assert len(stage.requests_of(lambda: pull.push({"shop/more.py": "MORE = 1\n"}))) <= 6


def test_a_push_while_a_further_review_waits(stage: Stage) -> None:
    pull = stage.open()
    _break(stage)
    stage.say(pull, "/partywall review")
    (left,) = _open_runs(stage)
    pull.push(HARMLESS)
    stage.finish()
    assert _said(left) == ("completed", "failure", "1 error, 1 warning")
    assert (left.summary or "").startswith("Not reviewed again: there is a newer head")


@pytest.mark.parametrize("phase", ["before", "after"])
@pytest.mark.parametrize(("method", "path"), [("POST", "/check-runs"), ("GET", "/compare/"), ("PATCH", "/check-runs/")])
def test_a_push_while_the_worker_lies_dead(stage: Stage, method: str, path: str, phase: str) -> None:
    """Killed before or after GitHub acted on a request."""
    killed, workers = threading.Event(), stage.bot.workers()

    def observe(_: int, request: Request, now: str) -> None:
        if (request.method, now) == (method, phase) and path in request.path and not killed.is_set():
            stage.bot.kill(workers)
            killed.set()
            if now == "before":
                raise ConnectionAbortedError("GitHub never hears of it")

    stage.github.observe = observe
    stage.shop.push("topic", CHANGE)
    pull = stage.shop.open_pull("topic")
    assert killed.wait(PATIENCE)
    old = pull.head
    pull.push(HARMLESS)
    stage.bot.workers()
    wait_for_reviews(stage.bot, pull)
    assert _open_runs(stage) == []
    finished = (method, phase) == ("PATCH", "after")
    begun = (method, phase) != ("POST", "before")
    assert [run.conclusion for run in stage.shop.check_runs(old)] == ["failure" if finished else "cancelled"] * begun
    assert _said(check_of(pull)) == ("completed", "failure", "1 error, 1 warning")


def test_pushed_over_and_closed_before_a_worker_comes(stage: Stage) -> None:
    _break(stage)
    pull = stage.open()
    (left,) = _open_runs(stage)
    pull.push(HARMLESS)
    pull.close()
    stage.finish()
    assert _said(left) == STOPPED


def test_pushed_over_as_a_draft(stage: Stage) -> None:
    _break(stage)
    pull = stage.open()
    (left,) = _open_runs(stage)
    pull.to_draft()
    pull.push(HARMLESS)
    stage.finish()
    assert _said(left) == STOPPED


def test_another_base_while_the_review_waits(stage: Stage) -> None:
    stage.shop.push("next", HARMLESS)
    _break(stage)
    pull = stage.open()
    (left,) = _open_runs(stage)
    pull.retarget("next")
    stage.finish()
    assert _said(left) == STOPPED
    assert "it is to be merged into another branch now" in (left.summary or "")
    assert _said(check_of(pull)) == ("completed", "failure", "1 error, 1 warning")


def test_the_check_of_another_pull_request_with_the_same_head_is_left_alone(stage: Stage) -> None:
    stage.shop.push("next", HARMLESS)
    pull = stage.open()
    _break(stage)
    stage.say(pull, "/partywall review")
    _break(stage)
    other = stage.shop.open_pull("topic", base="next")
    stage.bot.work_off()
    mine, others = _open_runs(stage)
    other.retarget("main")
    stage.bot.work_off()
    assert (mine.status, _said(others)) == ("in_progress", STOPPED)
    stage.finish()
    assert _open_runs(stage) == []


@pytest.mark.parametrize("status", ["completed", "in_progress"])
def test_the_check_of_another_app_of_our_name_is_not_ours(stage: Stage, status: str) -> None:
    """Such as a second Partywall, whose external ids are the same."""
    pull = stage.open()
    own, other_suite = check_of(pull), CheckSuite(stage.github.next_id(), pull.head, ours=False)
    other = replace(
        own, id=stage.github.next_id(), suite=other_suite, status=status, conclusion=None, title="Another's"
    )
    if status == "completed":
        other.conclusion = "success"
    stage.shop.suites.append(other_suite)
    stage.shop.runs.append(other)
    before = replace(other)
    _break(stage)
    stage.say(pull, "/partywall review")
    pull.push(HARMLESS)
    stage.finish()
    again = stage.shop.check_runs(own.head_sha)[-1]
    assert again not in (own, other)
    assert _said(again) == ("completed", "failure", "1 error, 1 warning")
    assert other == before


def test_a_commit_that_is_gone_holds_nothing_up(stage: Stage) -> None:
    _break(stage)
    pull = stage.open()
    stage.github.fail(Fault(("GET", f"/commits/{pull.head}/check-runs"), status=422, message="No commit found for SHA"))
    pull.force_push({**CHANGE, **HARMLESS})
    stage.finish()
    assert _said(check_of(pull)) == ("completed", "failure", "1 error, 1 warning")
    assert len(stage.requests_of(lambda: pull.push({"shop/more.py": "MORE = 1\n"}))) <= 6


def test_github_fails_while_the_old_check_is_looked_for(stage: Stage) -> None:
    _break(stage)
    pull = stage.open()
    (left,) = _open_runs(stage)
    stage.github.fail(Fault(("GET", f"/commits/{pull.head}/check-runs"), status=502, times=6))
    pull.push(HARMLESS)
    stage.finish()
    assert _said(left) == STOPPED
    assert _said(check_of(pull)) == ("completed", "failure", "1 error, 1 warning")


def test_the_review_of_a_newer_head_does_not_wait_for_an_older_ones_check(stage: Stage) -> None:
    _break(stage)
    pull = stage.open()
    (left,) = _open_runs(stage)
    stage.github.fail(Fault(("GET", f"/commits/{pull.head}/check-runs"), times=99))
    pull.push(HARMLESS)
    stage.finish()
    assert (left.status, check_of(pull).status) == ("in_progress", "completed")
    stage.github.faults.clear()
    stage.say(pull, "/partywall review")
    stage.finish()
    assert _said(left) == STOPPED


def test_closed_after_the_last_attempt_could_not_say_why(stage: Stage) -> None:
    stage.github.fail(Fault(("PATCH", "/check-runs/"), times=1000))
    pull = stage.open()
    stage.finish()
    assert len(stage.bot.shop.tasks.failed()) == 1
    stage.github.faults.clear()
    pull.close()
    stage.finish()
    assert _said(check_of(pull)) == STOPPED


def test_a_further_review_that_was_given_up_without_a_word(stage: Stage) -> None:
    """The reconciler comes upon it."""
    pull = stage.open()
    stage.github.fail(Fault(("PATCH", "/check-runs/"), times=1000))
    stage.say(pull, "/partywall review")
    stage.finish()
    stage.github.faults.clear()
    _reconcile(stage)
    assert _said(check_of(pull)) == ("completed", "failure", "1 error, 1 warning")
    assert summary_of(pull).startswith("Not reviewed again: it could not be done")
    assert _reconcile(stage) == "1 repositories, 0 pull requests without a review"


def test_the_check_of_a_draft_that_nobody_comes_back_to(stage: Stage) -> None:
    _break(stage)
    pull = stage.open()
    stage.flush()
    pull.to_draft()
    _reconcile(stage)
    assert _said(check_of(pull)) == STOPPED
    assert _reconcile(stage) == "1 repositories, 0 pull requests without a review"


def _reconcile(stage: Stage) -> str:
    assert stage.shop.installation is not None
    said = reconcile(stage.bot.shop, stage.shop.installation.id)
    stage.finish()
    return said


@pytest.mark.parametrize(("method", "path"), [("GET", "/compare/"), ("GET", "git/info/refs$"), ("POST", "/reviews$")])
def test_what_we_may_not_do(stage: Stage, method: str, path: str) -> None:
    """It is not tried again, and the check says so."""
    stage.github.fail(Fault((method, path), status=403, message="Resource not accessible", times=1000))
    pull = stage.open()
    assert stage.finish() == 0
    assert stage.bot.shop.tasks.failed() == []
    assert _said(check_of(pull)) == ("completed", "failure", "Could not review")
    assert _reconcile(stage) == "1 repositories, 0 pull requests without a review"
