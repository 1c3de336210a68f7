"""When a pull request is reviewed, when not, and what becomes of reviews that are overtaken."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from tests.bot.harness import Bot
from tests.bot.stage import (
    FIX,
    HARMLESS,
    MESSAGES,
    ORDERS,
    Stage,
    check_of,
    finding_of,
    findings_of,
    shown,
    summary_of,
)
from tests.github.faults import Fault
from tests.github.pull import Pull
from tests.github.routing import Request
from worker.demo import CHANGE


def _once(stage: Stage, method: str, path: str, act: Callable[[], object], phase: str = "before") -> None:
    """Does something at the first request of a kind, and has the webhooks about it delivered."""

    def observe(_: int, request: Request, now: str) -> None:
        if (request.method, now) == (method, phase) and path in request.path:
            stage.github.observe = None
            act()
            stage.github.settle()

    stage.github.observe = observe


def test_drafts_wait_until_they_are_ready(stage: Stage) -> None:
    pull = stage.open(draft=True)
    assert stage.shop.check_runs() == []
    stage.push(pull, HARMLESS)
    assert stage.shop.check_runs() == []
    pull.ready()
    stage.bot.work_off()
    assert check_of(pull).conclusion == "failure"
    assert len(findings_of(pull)) == 2


def test_another_base(stage: Stage) -> None:
    stage.shop.push("next", {ORDERS: CHANGE[ORDERS]})
    pull = stage.open({MESSAGES: CHANGE[MESSAGES], ORDERS: CHANGE[ORDERS]})
    assert check_of(pull).title == "1 error, 1 warning"
    pull.retarget("next")
    stage.bot.work_off()
    assert len(stage.shop.check_runs(pull.head)) == 2
    assert len(findings_of(pull)) == 2
    pull.retarget("main")
    stage.bot.work_off()
    assert check_of(pull).title == "1 error, 1 warning"
    assert len(findings_of(pull)) == 2


def test_another_base_that_has_the_change_already(stage: Stage) -> None:
    pull = stage.open(CHANGE)
    stage.shop.git("branch", "next", pull.head)
    stage.push(pull, HARMLESS)
    pull.retarget("next")
    stage.bot.work_off()
    assert check_of(pull).conclusion == "success"
    assert f"against `{pull.base}`: 1 changed" in summary_of(pull)
    assert shown(pull) == []


def test_closed_before_the_review(stage: Stage) -> None:
    stage.shop.push("topic", CHANGE)
    pull = stage.shop.open_pull("topic")
    pull.close()
    assert stage.requests_of(lambda: None) == []
    pull.reopen()
    stage.bot.work_off()
    assert check_of(pull).conclusion == "failure"
    assert len(findings_of(pull)) == 2


@pytest.mark.parametrize(
    ("method", "path"), [("POST", "/check-runs"), ("GET", "/compare/"), ("POST", "git-upload-pack")]
)
def test_closed_during_the_review(stage: Stage, method: str, path: str) -> None:
    stage.shop.push("topic", CHANGE)
    pull = stage.shop.open_pull("topic")
    _once(stage, method, path, pull.close)
    stage.bot.work_off()
    assert (check_of(pull).conclusion, check_of(pull).title) == ("cancelled", "Stopped")
    assert "the pull request was closed" in summary_of(pull)
    assert findings_of(pull) == []
    pull.reopen()
    assert stage.finish() == 0
    (run,) = stage.shop.check_runs()
    assert run.conclusion == "failure"
    assert len(findings_of(pull)) == 2


@pytest.mark.parametrize(("method", "path"), [("POST", "/check-runs"), ("GET", "/compare/")])
def test_closed_during_a_further_review(stage: Stage, method: str, path: str) -> None:
    """What the review before said stands: the newest check run is what people see on the pull request."""
    pull = stage.open()
    before = check_of(pull)
    _once(stage, method, path, pull.close)
    stage.say(pull, "/partywall review")
    again = check_of(pull)
    assert again is not before
    assert (again.status, again.conclusion, again.title) == ("completed", "failure", "1 error, 1 warning")
    assert (again.summary or "").startswith("Not reviewed again: the pull request was closed.")
    assert (again.summary or "").endswith(before.summary or "-")
    assert len(findings_of(pull)) == 2


@pytest.mark.parametrize("again", [False, True], ids=["the first review", "a further one"])
def test_closed_while_a_review_waits_to_be_tried_again(stage: Stage, again: bool) -> None:
    """No check run is left in progress for ever."""
    pull = stage.open(HARMLESS) if again else None
    stage.github.fail(Fault(("GET", "/compare/"), status=403, message="No", headers={"Retry-After": "90"}))
    if pull is None:
        pull = stage.open(HARMLESS)
    else:
        stage.say(pull, "/partywall review")
    assert check_of(pull).status == "in_progress"
    pull.close()
    stage.finish()
    said = ("success", "Nothing to say") if again else ("cancelled", "Stopped")
    assert {run.status for run in stage.shop.check_runs()} == {"completed"}
    assert (check_of(pull).conclusion, check_of(pull).title) == said


def test_two_pushes_before_a_worker_comes(stage: Stage) -> None:
    stage.shop.push("topic", CHANGE)
    pull = stage.shop.open_pull("topic")
    old = pull.head
    pull.push(HARMLESS)
    stage.bot.work_off()
    assert stage.shop.check_runs(old) == []
    assert check_of(pull).conclusion == "failure"
    assert {comment.original_commit for comment in findings_of(pull)} == {pull.head}
    assert len(pull.reviews) == 1


@pytest.mark.parametrize(
    ("method", "path"), [("POST", "/check-runs"), ("GET", "/compare/"), ("POST", "git-upload-pack")]
)
def test_a_push_during_the_review(stage: Stage, method: str, path: str) -> None:
    """The older head gets no comments; the newest gets each once."""
    stage.shop.push("topic", CHANGE)
    pull = stage.shop.open_pull("topic")
    old = pull.head
    _once(stage, method, path, lambda: pull.push(HARMLESS))
    assert stage.finish() == 0
    (stopped,) = stage.shop.check_runs(old)
    said = f"there is a newer head, {pull.head[:12]}" in (stopped.summary or "")
    assert (stopped.conclusion, said) == ("cancelled", True)
    assert check_of(pull).conclusion == "failure"
    assert [comment.original_commit for comment in findings_of(pull)] == [pull.head] * 2


@pytest.mark.parametrize("told", [True, False])
def test_another_base_during_the_review(stage: Stage, told: bool) -> None:
    """Whether a webhook tells of it, or what stands on the pull request when the comments are to be written."""
    stage.shop.push("next", HARMLESS)
    stage.shop.push("topic", CHANGE)
    pull = stage.shop.open_pull("topic")
    stage.github.settle()
    stage.github.drop_webhooks = not told
    _once(stage, "GET", "/compare/", lambda: pull.retarget("next"))
    assert stage.finish() == 0
    stopped, *reviewed = stage.shop.check_runs(pull.head)
    assert (stopped.conclusion, [run.conclusion for run in reviewed]) == ("cancelled", ["failure"] * told)
    assert "it is to be merged into another branch now" in (stopped.summary or "")
    assert len(findings_of(pull)) == 2 * told


def test_a_force_push_while_comments_are_written(stage: Stage) -> None:
    """GitHub refuses comments on a commit that is no longer there: nothing late, and the newest head has them all."""
    stage.shop.push("topic", CHANGE)
    pull = stage.shop.open_pull("topic")
    _once(stage, "POST", "/reviews", lambda: pull.force_push({**CHANGE, **HARMLESS}))
    assert stage.finish() == 0
    assert [comment.original_commit for comment in findings_of(pull)] == [pull.head] * 2
    assert check_of(pull).conclusion == "failure"


@pytest.mark.parametrize("request_number", [0, 1, 2, 3, 4, 8, 9, 10])
def test_uninstalled_during_the_review(stage: Stage, request_number: int) -> None:
    """Whichever request finds the installation gone: it ends, and nothing is tried for ever."""
    stage.shop.push("topic", CHANGE)
    stage.shop.open_pull("topic")
    start = len(stage.github.requests)

    def observe(number: int, _: Request, phase: str) -> None:
        if (number, phase) == (start + 1 + request_number, "before"):
            stage.github.uninstall("octo")
            stage.github.settle()

    stage.github.observe = observe
    assert stage.finish() <= 1
    assert stage.github.installations == []
    assert stage.bot.shop.tasks.failed() == []
    assert "success" not in {run.conclusion for run in stage.shop.check_runs()}


def test_an_archived_repository(stage: Stage) -> None:
    stage.shop.push("topic", CHANGE)
    pull = stage.shop.open_pull("topic")
    stage.shop.archive()
    assert stage.finish() == 0
    assert (stage.shop.check_runs(), findings_of(pull)) == ([], [])


def test_archived_during_the_review(stage: Stage) -> None:
    stage.shop.push("topic", CHANGE)
    pull = stage.shop.open_pull("topic")
    _once(stage, "POST", "/reviews", stage.shop.archive)
    assert stage.finish() == 0
    assert findings_of(pull) == []
    assert stage.bot.shop.tasks.failed() == []


def test_a_pull_request_from_a_fork(stage: Stage) -> None:
    pull = stage.open(fork=True)
    assert check_of(pull).conclusion == "failure"
    assert len(findings_of(pull)) == 2
    stage.github.rerequest(check_of(pull))
    stage.bot.work_off()
    assert len(stage.shop.check_runs(pull.head)) == 2
    stage.github.rerequest_suite(pull.head)
    stage.bot.work_off()
    assert [run.conclusion for run in stage.shop.check_runs(pull.head)] == ["failure"] * 3
    assert not any(
        each.body["check_run"]["pull_requests"] for each in stage.github.deliveries if each.event == "check_run"
    )
    stage.push(pull, FIX)
    assert check_of(pull).conclusion == "success"
    assert shown(pull) == []
    assert len(findings_of(pull)) == 2


def test_run_again_from_the_checks(stage: Stage) -> None:
    pull = stage.open()
    stage.github.rerequest(check_of(pull))
    stage.bot.work_off()
    stage.github.rerequest_suite(pull.head)
    stage.bot.work_off()
    assert [run.conclusion for run in stage.shop.check_runs(pull.head)] == ["failure"] * 3
    assert len(findings_of(pull)) == 2


def test_asked_for_while_the_first_review_waits_to_be_tried_again(stage: Stage) -> None:
    """It goes on in the check run that is there: none is left in progress beside the finished one."""
    stage.github.fail(Fault(("GET", "/compare/"), status=403, message="No", headers={"Retry-After": "90"}))
    pull = stage.open()
    assert check_of(pull).status == "in_progress"
    stage.say(pull, "/partywall review")
    stage.finish()
    assert [(run.status, run.title) for run in stage.shop.check_runs()] == [("completed", "1 error, 1 warning")]
    assert len(findings_of(pull)) == 2


def test_told_again_while_a_review_by_hand_waits_to_be_tried_again(stage: Stage) -> None:
    pull = stage.open()
    stage.github.fail(Fault(("GET", "/compare/"), status=403, message="No", headers={"Retry-After": "90"}))
    stage.say(pull, "/partywall review")
    assert check_of(pull).status == "in_progress"
    pull.ready()
    stage.finish()
    assert {(run.status, run.title) for run in stage.shop.check_runs()} == {("completed", "1 error, 1 warning")}
    assert summary_of(pull).startswith("Reviewed ")
    assert len({run.external_id for run in stage.shop.check_runs()}) == len(stage.shop.check_runs()) == 2
    assert len(findings_of(pull)) == 2


def test_a_delivery_that_comes_again(stage: Stage) -> None:
    pull = stage.open()
    for delivery in list(stage.github.deliveries):
        if delivery.event not in ("installation", "push"):
            assert stage.requests_of(partial(stage.github.redeliver, delivery.guid)) == []
    assert len(stage.shop.check_runs()) == 1
    assert len(findings_of(pull)) == 2


def test_a_lost_delivery_that_comes_again(stage: Stage) -> None:
    stage.shop.push("topic", CHANGE)
    pull = stage.shop.open_pull("topic")
    stage.github.settle()
    stage.flush()
    assert stage.requests_of(lambda: None) == []
    opened = next(each for each in stage.github.deliveries if each.action == "opened")
    stage.github.redeliver(opened.guid)
    stage.bot.work_off()
    assert check_of(pull).conclusion == "failure"
    assert len(findings_of(pull)) == 2
    stage.flush()
    stage.github.redeliver(opened.guid)
    stage.bot.work_off()
    assert len(stage.shop.check_runs()) == 1
    assert len(findings_of(pull)) == 2


def test_a_bot_that_knows_nothing_goes_on(stage: Stage, tmp_path: Path) -> None:
    """All that counts is on GitHub: an empty queue and an empty data folder make no difference."""
    pull = stage.open()
    ids = [finding_of(comment) for comment in findings_of(pull)]
    stage.flush()
    with _other_bot(stage, tmp_path) as bot:
        fresh = Stage(stage.github, bot, stage.shop)
        fresh.push(pull, {MESSAGES: None})
        assert [comment.path for comment in shown(pull)] == [ORDERS]
        fresh.push(pull, CHANGE)
        assert [finding_of(comment) for comment in shown(pull)] == ids
    assert len(pull.reviews) == 1


def _other_bot(stage: Stage, tmp_path: Path) -> Bot:
    return Bot(stage.github, tmp_path / "other", stage.bot.environ["REDIS_URL"])


def test_two_pull_requests_of_one_branch(stage: Stage) -> None:
    """Each has a review of its own, also when all checks of their common head are run again."""
    stage.shop.push("next", HARMLESS)
    first = stage.open()
    second = stage.shop.open_pull("topic", base="next")
    stage.bot.work_off()
    assert [len(findings_of(pull)) for pull in (first, second)] == [2, 2]
    stage.github.rerequest_suite(first.head)
    stage.bot.work_off()
    assert [_checks(stage, pull) for pull in (first, second)] == [2, 2]


def _checks(stage: Stage, pull: Pull) -> int:
    wanted = f"{stage.shop.id}/{pull.number}/"
    return sum((run.external_id or "").startswith(wanted) for run in stage.shop.check_runs(pull.head))
