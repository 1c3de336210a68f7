"""Processes that die alone, and processes that are asked to stop."""

from __future__ import annotations

from pathlib import Path

import pytest
from rq.job import Job
from rq.serializers import JSONSerializer

from bot.dispatch import dispatch, review_task
from bot.events import Review, Target, version_of
from bot.status import state
from tests.bot.disasters import (
    Hold,
    assert_reviewed_once,
    children_of,
    finding_ids,
    kill,
    open_bot,
    open_pull,
    posts_comments,
    quiet,
    standing,
    wait_for_reviews,
)
from tests.bot.harness import PATIENCE, Bot, wait_for
from tests.github.descriptions import Descriptions
from tests.github.faults import Fault
from tests.github.pull import Pull
from tests.github.repository import Repository
from worker.demo import BASE
from worker.processes import process_exists
from worker.queue import Task


def target_of(repository: Repository) -> Target:
    assert repository.installation is not None
    return Target(repository.installation.id, repository.id, repository.full_name)


def task_of(pull: Pull) -> Task:
    """The task that reviews the head."""
    return review_task(target_of(pull.repository), pull.number, version_of(pull.head, pull.base_ref))


@pytest.mark.parametrize(
    "victims",
    [("horse",), ("worker",), ("supervisor",), ("worker", "horse"), ("supervisor", "worker")],
    ids="+".join,
)
def test_the_death_of_some_of_the_processes_costs_nothing_and_doubles_nothing(
    tmp_path: Path, descriptions: Descriptions, victims: tuple[str, ...]
) -> None:
    with open_bot(tmp_path, descriptions) as bot:
        hold = Hold(bot.github, posts_comments)
        pull = open_pull(bot.github.create_repository("octo/shop", BASE))
        supervisor = bot.workers()
        assert hold.reached.wait(PATIENCE)
        (worker,) = children_of(supervisor.pid)
        (horse,) = children_of(worker)
        kill(*({"supervisor": supervisor.pid, "worker": worker, "horse": horse}[victim] for victim in victims))
        if "supervisor" in victims:
            bot.workers()
        if "worker" in victims and "horse" not in victims:
            # The horse lives on, and others try the same review: they leave it to the horse.
            wait_for(lambda: retries(bot, pull) > 0)
        hold.released.set()
        wait_for_reviews(bot, pull)
        assert_reviewed_once(pull)


def test_workers_whose_parent_was_killed_finish_what_they_are_at_and_end(
    tmp_path: Path, descriptions: Descriptions
) -> None:
    """Whoever starts the parent again gets as many workers as were asked for, and no more."""
    with open_bot(tmp_path, descriptions) as bot:
        hold = Hold(bot.github, posts_comments)
        pull = open_pull(bot.github.create_repository("octo/shop", BASE))
        parent = bot.workers(2)
        assert hold.reached.wait(PATIENCE)
        wait_for(lambda: len(children_of(parent.pid)) == 2)
        workers = children_of(parent.pid)
        kill(parent.pid)
        # The one that reviews goes on; the other may have been at something of its own.
        wait_for(lambda: sum(map(process_exists, workers)) == 1)
        hold.released.set()
        wait_for(lambda: not any(map(process_exists, workers)))
        assert_reviewed_once(pull)
        assert state(bot.shop.tasks).workers == 0


def retries(bot: Bot, pull: Pull) -> int:
    """How often a review asked to be run again later."""
    job = Job.fetch(task_of(pull).id, connection=bot.shop.tasks.redis, serializer=JSONSerializer)
    return job.number_of_retries or 0


def test_workers_that_are_asked_to_stop_finish_what_they_are_at(tmp_path: Path, descriptions: Descriptions) -> None:
    with open_bot(tmp_path, descriptions) as bot:
        repository = bot.github.create_repository("octo/shop", BASE)
        fault = bot.github.fail(Fault(("GET", "/compare/"), "slow", seconds=2))
        pull = open_pull(repository)
        workers = bot.workers()
        wait_for(lambda: fault.times == 0)
        workers.terminate()
        assert workers.wait(PATIENCE) == 0
        assert_reviewed_once(pull)
        assert not bot.shop.tasks.is_alive(task_of(pull).id)


def test_forced_reviews_of_one_pull_request_come_one_after_the_other(
    tmp_path: Path, descriptions: Descriptions
) -> None:
    with open_bot(tmp_path, descriptions) as bot:
        pull = open_pull(bot.github.create_repository("octo/shop", BASE))
        bot.work_off()
        begun = len(bot.github.requests)
        bot.github.fail(Fault(("GET", "/compare/"), "slow", times=2, seconds=1))
        for run in ("one", "two"):
            dispatch(Review(target_of(pull.repository), pull.number, task_of(pull).version, run), bot.shop.tasks, "")
        bot.workers(2)
        wait_for(lambda: len(pull.repository.check_runs(pull.head)) == 3 and quiet(bot))
        assert {run.status for run in pull.repository.check_runs(pull.head)} == {"completed"}
        # Each attempt has a token of its own: who asks with it is one attempt.
        asked = [request.secret for request in bot.github.requests[begun:] if request.authorization != "jwt"]
        reviews = {
            request.secret
            for request in bot.github.requests[begun:]
            if request.method == "POST" and request.path.endswith("/check-runs")
        }
        turns = [secret for secret in asked if secret in reviews]
        assert len(reviews) == 2
        assert sorted(turns, key=turns.index) == turns
        assert len(finding_ids(pull)) == 2


def test_a_review_that_takes_too_long_says_so_and_is_not_tried_again(
    tmp_path: Path, descriptions: Descriptions
) -> None:
    with open_bot(tmp_path, descriptions, PARTYWALL_TIME_LIMIT="1") as bot:
        repository = bot.github.create_repository("octo/shop", BASE)
        fault = bot.github.fail(Fault(("GET", "/compare/"), "slow", times=9, seconds=3))
        pull = open_pull(repository)
        bot.workers()
        wait_for_reviews(bot, pull)
        ((status, conclusion, title, summary),) = standing(pull).checks
        assert (status, conclusion, title) == ("completed", "timed_out", "Could not review")
        assert "more than 1 seconds" in summary
        assert fault.times == 8
        (failed,) = bot.shop.tasks.failed()
        result = failed.latest_result()
        assert result is not None
        assert "JobTimeoutException" in (result.exc_string or "")
