"""What is asked for becomes tasks: which, for whom, and which of them count no more."""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rq.utils import import_attribute

from bot.dispatch import CLOSED, dispatch, subject_of, task_of
from bot.events import (
    Cancel,
    Command,
    Find,
    Forget,
    Press,
    Reconcile,
    Request,
    Review,
    Target,
    Warm,
    Work,
    version_of,
)
from tests.bot.harness import queue_server
from worker.queue import COMMANDS, QUEUES, REVIEWS, UPKEEP, Task, Tasks, connect

TARGET = Target(7, 42, "octo/shop")
HEAD, NEXT = "a" * 40, "b" * 40
OLD, NEW = version_of(HEAD, "main"), version_of(NEXT, "main")


@pytest.mark.parametrize(
    ("request_", "task"),
    [
        (
            Review(TARGET, 3, OLD),
            Task(
                f"review-42-3-{OLD}", REVIEWS, "bot.jobs.review", (*TARGET, 3, ""), "42-3", OLD, "7"
            ),
        ),
        (
            Review(TARGET, 3, "", "d-1"),
            Task("review-42-3-d-1", REVIEWS, "bot.jobs.review", (*TARGET, 3, "d-1"), "42-3", "", "7"),
        ),
        (Find(TARGET, HEAD, "d-1"), Task("find-d-1", COMMANDS, "bot.jobs.find", (*TARGET, HEAD, "d-1"))),
        (
            Command(TARGET, 3, 99, 70, "alice", "/partywall help"),
            Task("command-42-99", COMMANDS, "bot.jobs.command", (*TARGET, 3, 99, 70, "alice", "/partywall help")),
        ),
        (
            Press(TARGET, "42/3/x", HEAD, "accept", "alice", "d-1"),
            Task("press-d-1", COMMANDS, "bot.jobs.press", (*TARGET, "42/3/x", HEAD, "accept", "alice", "d-1")),
        ),
        (
            Warm(TARGET, HEAD),
            Task(f"warm-42-{HEAD}", UPKEEP, "bot.jobs.warm", (*TARGET, HEAD), "warm-42", HEAD),
        ),
        (Reconcile(7), Task("reconcile-7", UPKEEP, "bot.jobs.reconcile", (7,))),
        (Forget(7, (42, 43)), Task("forget-d-1", UPKEEP, "bot.jobs.forget", (7, "42 43"))),
    ],
    ids=lambda value: type(value).__name__,
)  # fmt: skip
def test_tasks(request_: Work, task: Task) -> None:
    assert task_of(request_, "d-1")._replace(about=task.about) == task


targets = st.builds(Target, st.integers(1, 2**50), st.integers(1, 2**50), st.text(max_size=20))
commits = st.text("0123456789abcdef", min_size=40, max_size=40)
versions = st.just("") | st.builds(version_of, commits, st.text(max_size=20))
deliveries = st.from_regex(re.compile(r"[A-Za-z0-9_-]{1,64}"), fullmatch=True)
numbers = st.integers(-(2**70), 2**70)
requests: st.SearchStrategy[Work] = st.one_of(
    st.builds(Review, targets, numbers, versions, st.just("") | deliveries),
    st.builds(Find, targets, commits, deliveries),
    st.builds(Command, targets, numbers, numbers, numbers, st.text(), st.text()),
    st.builds(Press, targets, st.text(), st.text(), st.text(), st.text(), deliveries),
    st.builds(Warm, targets, commits),
    st.builds(Reconcile, numbers),
    st.builds(Forget, numbers, st.lists(numbers).map(tuple)),
)


@settings(deadline=None)
@given(requests, deliveries)
def test_every_task_can_be_queued_and_called(asked: Work, delivery: str) -> None:
    task = task_of(asked, delivery)
    assert re.fullmatch("[A-Za-z0-9_-]+", task.id)
    assert task.queue in QUEUES
    arguments = json.loads(json.dumps(task.arguments))
    assert tuple(arguments) == task.arguments
    inspect.signature(import_attribute(task.function)).bind(*arguments)


def test_every_request_is_one_of_these() -> None:
    kinds = {Review, Find, Command, Press, Warm, Reconcile, Forget}
    assert set(get_args(Work)) == kinds
    assert set(get_args(Request)) == {*kinds, Cancel}
    with pytest.raises(AssertionError):
        task_of(Cancel(TARGET, 3))  # type: ignore[arg-type]  # cancelling needs no worker


def test_long_comments_are_cut() -> None:
    task = task_of(Command(TARGET, 3, 99, 0, "alice", "/partywall accept " + "x" * 60_000))
    assert len(str(task.arguments[-1])) == 4_000


@pytest.fixture(scope="module")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder: Path = tmp_path_factory.mktemp("queue")
    with queue_server(folder) as url:
        yield url


@pytest.fixture
def tasks(redis_url: str) -> Iterator[Tasks]:
    with connect(redis_url) as redis:
        redis.flushall()
        yield Tasks(redis)


def waiting(tasks: Tasks) -> list[str]:
    return [task for name in QUEUES for task in tasks.queue(name).job_ids]


def test_two_events_of_one_head_are_one_review(tasks: Tasks) -> None:
    for delivery in ("d-1", "d-2"):
        dispatch(Review(TARGET, 3, OLD), tasks, delivery)
    assert waiting(tasks) == [f"review-42-3-{OLD}"]
    assert tasks.is_done("d-1")
    assert tasks.is_done("d-2")


def test_a_newer_head_drops_the_older_one(tasks: Tasks) -> None:
    dispatch(Review(TARGET, 3, OLD), tasks, "d-1")
    dispatch(Review(TARGET, 4, OLD), tasks, "d-2")
    dispatch(Review(TARGET, 3, NEW), tasks, "d-3")
    assert waiting(tasks) == [f"review-42-4-{OLD}", f"review-42-3-{NEW}"]
    assert tasks.latest(subject_of(TARGET, 3)) == NEW
    assert tasks.is_done("d-1")


def test_another_base_is_another_review(tasks: Tasks) -> None:
    dispatch(Review(TARGET, 3, OLD), tasks, "d-1")
    dispatch(Review(TARGET, 3, version_of(HEAD, "release")), tasks, "d-2")
    assert waiting(tasks) == [f"review-42-3-{version_of(HEAD, 'release')}"]


def test_a_review_by_hand_stands_beside_the_usual_one(tasks: Tasks) -> None:
    dispatch(Review(TARGET, 3, OLD), tasks, "d-1")
    dispatch(Review(TARGET, 3, "", "d-2"), tasks, "d-2")
    dispatch(Review(TARGET, 3, OLD, "d-3"), tasks, "d-3")
    assert len(waiting(tasks)) == 3


def test_closing_drops_what_waits(tasks: Tasks) -> None:
    dispatch(Review(TARGET, 3, OLD), tasks, "d-1")
    dispatch(Cancel(TARGET, 3), tasks, "d-2")
    assert waiting(tasks) == []
    assert tasks.latest(subject_of(TARGET, 3)) == CLOSED
    assert tasks.is_done("d-2")
    dispatch(Review(TARGET, 3, OLD), tasks, "d-3")  # opened again
    assert tasks.latest(subject_of(TARGET, 3)) == OLD
    assert waiting(tasks) == [f"review-42-3-{OLD}"]


def test_commands_come_first(tasks: Tasks) -> None:
    dispatch(Warm(TARGET, HEAD), tasks, "d-1")
    dispatch(Review(TARGET, 3, OLD), tasks, "d-2")
    dispatch(Command(TARGET, 3, 99, 0, "alice", "/partywall pause"), tasks, "d-3")
    assert [task.partition("-")[0] for task in waiting(tasks)] == ["command", "review", "warm"]


def test_only_the_newest_default_branch_is_read(tasks: Tasks) -> None:
    for number, head in enumerate((HEAD, NEXT)):
        dispatch(Warm(TARGET, head), tasks, f"d-{number}")
    assert waiting(tasks) == [f"warm-42-{NEXT}"]
