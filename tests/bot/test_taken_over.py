"""A worker that slept until its lease ran out, and another one took over: it leaves everything to that one."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable

import pytest

from tests.bot.disasters import Hold, assert_reviewed_once, wait_for_reviews
from tests.bot.harness import PATIENCE, wait_for
from tests.bot.stage import HARMLESS, Stage, check_of
from tests.github.faults import Fault
from tests.github.pull import Pull
from tests.github.routing import Request
from worker.demo import CHANGE


def _compares(request: Request) -> bool:
    return "/compare/" in request.path


def _opened(stage: Stage) -> Pull:
    stage.shop.push("topic", CHANGE)
    return stage.shop.open_pull("topic")


def _sleeps(stage: Stage, path: str, time: int, phase: str, meanwhile: Callable[[], object]) -> None:
    """Lets the worker of this process sleep in a request, so long that its lease runs out, while something happens."""
    left = [time]

    def observe(_: int, request: Request, now: str) -> None:
        if path in request.path and now == phase:
            left[0] -= 1
            if left[0] == 0:
                stage.github.observe = None
                stage.bot.shop.tasks.redis.delete(f"partywall:lease:pull-{stage.shop.id}-1")
                meanwhile()

    stage.github.observe = observe


def test_the_review_of_a_newer_head_goes_on(stage: Stage) -> None:
    pull = _opened(stage)
    old, holds = pull.head, list[Hold]()

    def pushed() -> None:
        pull.push(HARMLESS)
        stage.github.settle()
        holds.append(Hold(stage.github, _compares))
        stage.bot.workers()
        holds[0].reached.wait(PATIENCE)

    _sleeps(stage, "/compare/", 1, "before", pushed)
    stage.bot.work_off()
    seen = [run.status for run in stage.shop.check_runs(pull.head)]
    holds[0].released.set()
    assert (holds[0].reached.is_set(), seen) == (True, ["in_progress"])
    wait_for_reviews(stage.bot, pull)
    assert_reviewed_once(pull)
    (left,) = stage.shop.check_runs(old)
    assert (left.status, left.conclusion) == ("completed", "cancelled")
    assert f"there is a newer head, {pull.head[:12]}" in (left.summary or "")


def test_a_head_that_was_pushed_over_is_not_begun(stage: Stage) -> None:
    pull = _opened(stage)
    old = pull.head

    def pushed() -> None:
        pull.push(HARMLESS)
        stage.github.settle()
        stage.bot.workers()
        wait_for(lambda: any(run.status == "completed" for run in stage.shop.check_runs(pull.head)))

    _sleeps(stage, "/graphql", 1, "after", pushed)
    stage.bot.work_off()
    wait_for_reviews(stage.bot, pull)
    assert_reviewed_once(pull)
    assert stage.shop.check_runs(old) == []


ENDS: dict[str, tuple[str, int, int, Callable[[Pull], object]]] = {
    "may not do what it wants": ("/compare/", 1, 403, lambda _: None),
    "took too long": ("/compare/", 1, 200, lambda _: os.kill(os.getpid(), signal.SIGALRM)),
    "finds the pull request closed": ("/graphql", 2, 200, lambda pull: pull.close()),
}
"""In which request the worker sleeps, how that is answered, and what happens before."""


@pytest.mark.parametrize("end", ENDS)
def test_what_the_other_one_said_stands(stage: Stage, end: str) -> None:
    pull = _opened(stage)
    path, time, status, then = ENDS[end]
    stage.github.fail(Fault(("GET", path), status=status, message="Not for you", times=status == 403))

    def reviewed_by_hand() -> None:
        pull.comment("alice", "/partywall review")
        stage.github.settle()
        stage.bot.workers()
        wait_for(lambda: check_of(pull).status == "completed")
        stage.github.drop_webhooks = True
        then(pull)

    _sleeps(stage, path, time, "before", reviewed_by_hand)
    stage.bot.work_off()
    wait_for_reviews(stage.bot, pull)
    _assert_reviewed(stage, pull)


@pytest.mark.parametrize("end", [*ENDS][:2])
def test_where_nobody_took_over_it_is_tried_again(stage: Stage, end: str) -> None:
    pull = _opened(stage)
    path, time, status, then = ENDS[end]
    stage.github.fail(Fault(("GET", path), status=status, message="Not for you", times=status == 403))
    _sleeps(stage, path, time, "before", lambda: then(pull))
    assert stage.finish() == 1
    _assert_reviewed(stage, pull)


def _assert_reviewed(stage: Stage, pull: Pull) -> None:
    assert_reviewed_once(pull)
    assert check_of(pull).title == "1 error, 1 warning"
    assert stage.bot.shop.tasks.failed() == []
