"""Processes that die alone, processes that are asked to stop, and everything at once with `partywall up`."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import pytest
from rq.job import Job
from rq.serializers import JSONSerializer

from bot.dispatch import dispatch, review_task
from bot.events import Review, Target, version_of
from bot.status import state
from tests.bot.disasters import (
    children_of,
    finding_ids,
    kill,
    open_bot,
    processes_of,
    quiet,
    reviewed,
    standing,
    wait_for_reviews,
)
from tests.bot.harness import PATIENCE, Bot, wait_for
from tests.github.descriptions import Descriptions
from tests.github.fake import FakeGitHub
from tests.github.faults import Fault
from tests.github.pull import Pull
from tests.github.repository import Repository
from tests.github.routing import Request
from tests.support.serving import answers, free_port, variables
from worker.demo import BASE, CHANGE
from worker.processes import process_exists
from worker.queue import Task


def open_pull(repository: Repository, branch: str = "topic") -> Pull:
    repository.push(branch, CHANGE)
    return repository.open_pull(branch)


def target_of(repository: Repository) -> Target:
    assert repository.installation is not None
    return Target(repository.installation.id, repository.id, repository.full_name)


def task_of(pull: Pull) -> Task:
    """The task that reviews the head."""
    return review_task(target_of(pull.repository), pull.number, version_of(pull.head, pull.base_ref))


def posts_comments(request: Request) -> bool:
    return request.method == "POST" and request.path.endswith("/reviews")


def assert_reviewed_once(pull: Pull) -> None:
    """The sample change gives two comments and one check run."""
    left = standing(pull)
    assert [(status, conclusion) for status, conclusion, *_ in left.checks] == [("completed", "failure")]
    assert len(finding_ids(pull)) == 2 == len(set(finding_ids(pull)))
    assert left.annotations == []


class Hold:
    """Holds the first request that matches, before GitHub acts on it, until it is let go."""

    def __init__(self, github: FakeGitHub, matches: Callable[[Request], bool]) -> None:
        self.reached = threading.Event()
        self.released = threading.Event()
        self._matches = matches
        github.observe = self._observe

    def _observe(self, _number: int, request: Request, phase: Literal["before", "after"]) -> None:
        if phase == "before" and self._matches(request) and not self.reached.is_set():
            self.reached.set()
            self.released.wait(PATIENCE)


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
        (idle,) = [worker for worker in workers if not children_of(worker)]
        kill(parent.pid)
        wait_for(lambda: not process_exists(idle))
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


@contextmanager
def up(github: FakeGitHub, data: Path) -> Iterator[subprocess.Popen[bytes]]:
    """`partywall up` with its own queue server, taking the webhooks; in the end all its processes are killed."""
    port = free_port()
    inherited = {key: value for key, value in os.environ.items() if not key.startswith(("PARTYWALL_", "REDIS_"))}
    environ = {**inherited, **variables(github, data)}
    command = [
        sys.executable,
        "-m",
        "worker.cli",
        "up",
        "--port",
        str(port),
        "--processes",
        "1",
        "--web-processes",
        "1",
    ]
    process = subprocess.Popen(command, env=environ, start_new_session=True)
    try:
        wait_for(lambda: answers(f"http://127.0.0.1:{port}"))
        github.hook = f"http://127.0.0.1:{port}/webhook"
        yield process
    finally:
        github.hook = None
        kill_all(data)
        process.wait()


def kill_all(data: Path) -> None:
    while living := processes_of(data):
        kill(*living)


def queue_servers(data: Path) -> list[int]:
    """The queue servers that write into the data folder."""
    return [process for process in processes_of(data) if Path(f"/proc/{process}/cwd").readlink() == data / "queue"]


def test_up_reviews_and_ends_with_all_its_processes(tmp_path: Path, descriptions: Descriptions) -> None:
    with FakeGitHub(tmp_path / "hub", descriptions) as github:
        repository = github.create_repository("octo/shop", BASE)
        with up(github, tmp_path / "data") as process:
            pull = open_pull(repository)
            wait_for(lambda: reviewed(pull))
            assert len(processes_of(tmp_path / "data")) >= 5
            process.terminate()
            assert process.wait(PATIENCE) == 0
            assert processes_of(tmp_path / "data") == []
        assert_reviewed_once(pull)
        assert github.problems == []


def test_up_starts_a_killed_queue_server_again_and_nothing_is_lost(tmp_path: Path, descriptions: Descriptions) -> None:
    data = tmp_path / "data"
    with FakeGitHub(tmp_path / "hub", descriptions) as github, up(github, data):
        repository = github.create_repository("octo/shop", BASE)
        hold = Hold(github, posts_comments)
        first, second = open_pull(repository, "one"), open_pull(repository, "two")
        github.settle()
        assert hold.reached.wait(PATIENCE)
        kill(*queue_servers(data))
        wait_for(lambda: queue_servers(data))
        hold.released.set()
        wait_for(lambda: reviewed(first, second))
        assert_reviewed_once(first)
        assert_reviewed_once(second)
        assert github.problems == []


@pytest.mark.parametrize("survivors", [False, True], ids=["all die", "only up itself dies"])
def test_up_goes_on_where_a_killed_one_stopped(tmp_path: Path, descriptions: Descriptions, survivors: bool) -> None:
    data = tmp_path / "data"
    with FakeGitHub(tmp_path / "hub", descriptions) as github:
        repository = github.create_repository("octo/shop", BASE)
        hold = Hold(github, posts_comments)
        with up(github, data) as process:
            pull = open_pull(repository)
            github.settle()
            assert hold.reached.wait(PATIENCE)
            if survivors:
                kill(process.pid)
            else:
                kill_all(data)
            hold.released.set()
            process.wait()
            with up(github, data):
                wait_for(lambda: reviewed(pull))
                assert len(queue_servers(data)) == 1
        assert_reviewed_once(pull)
        assert github.problems == []
