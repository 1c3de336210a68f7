from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import Literal

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from redis import Redis
from rq.job import Job
from rq.serializers import JSONSerializer

from tests.worker.chores import work
from worker.errors import ReviewError
from worker.queue import RETRY_AFTER, REVIEWS, UPKEEP, Limits, Task, Tasks, connect, jittered

State = Literal["queued", "scheduled", "rate_limited"]


def chore(
    task: str, name: str = "succeed", *arguments: str, subject: str = "", version: str = "", tenant: str = ""
) -> Task:
    return Task(task, REVIEWS, f"tests.worker.chores.{name}", arguments, subject, version, tenant)


def job_of(redis: Redis, task: str) -> Job:
    return Job.fetch(task, connection=redis, serializer=JSONSerializer)


def waits(tasks: Tasks) -> list[str]:
    return tasks.queue(REVIEWS).get_job_ids()


def test_a_task_is_put_once_while_it_waits(redis: Redis) -> None:
    tasks = Tasks(redis)
    assert [tasks.put(chore("a")), tasks.put(chore("a")), tasks.put(chore("b"))] == [True, False, True]
    assert waits(tasks) == ["a", "b"]


def test_a_task_is_put_once_by_many_at_once(redis: Redis) -> None:
    tasks = Tasks(redis)
    with ThreadPoolExecutor(16) as threads:
        put = list(threads.map(lambda number: tasks.put(chore("a"), f"delivery-{number}"), range(64)))
    assert sum(put) == 1
    assert waits(tasks) == ["a"]
    assert all(tasks.is_done(f"delivery-{number}") for number in range(64))


def test_a_task_waits_also_for_its_next_attempt(redis: Redis) -> None:
    tasks = Tasks(redis)
    tasks.put(chore("a", "fail", "not yet"))
    work(redis)
    assert job_of(redis, "a").get_status() == "scheduled"
    assert tasks.is_alive("a")
    assert not tasks.put(chore("a"))


@pytest.mark.parametrize("name", ["succeed", "fail"])
def test_a_task_that_ended_can_be_put_again(redis: Redis, name: str) -> None:
    tasks = Tasks(redis, Limits(attempts=1))
    for _ in range(2):
        assert tasks.put(chore("a", name, *(["for good"] if name == "fail" else [])))
        work(redis)
        assert not tasks.is_alive("a")
    assert len(tasks.failed()) == (name == "fail")


def test_given_up_tasks_are_listed_with_their_reason(redis: Redis) -> None:
    tasks = Tasks(redis, Limits(attempts=1))
    tasks.put(chore("good"))
    tasks.put(chore("bad", "fail", "the disk is full"))
    tasks.put(Task("worse", UPKEEP, "tests.worker.chores.fail", ("the moon is full",)))
    work(redis)
    reasons = {}
    for job in tasks.failed():
        result = job.latest_result()
        assert result is not None
        reasons[job.id] = (result.exc_string or "").splitlines()[-1]
    assert reasons == {"bad": "ValueError: the disk is full", "worse": "ValueError: the moon is full"}


def in_state(tasks: Tasks, task: Task, state: State) -> None:
    """Puts a task and brings it into a state."""
    tasks.put(task)
    if state == "scheduled":
        work(tasks.redis)
    assert job_of(tasks.redis, task.id).get_status() == state


@pytest.mark.parametrize("state", ["queued", "scheduled", "rate_limited"])
def test_a_new_version_drops_the_old_one_wherever_it_waits(redis: Redis, state: State) -> None:
    tasks = Tasks(redis, Limits(per_tenant=1))
    if state == "rate_limited":
        tasks.put(chore("first", tenant="someone"))
    old = chore("old", "fail", "no", subject="pull", version="1", tenant="someone")
    in_state(tasks, old, state)
    other = chore("other", subject="other", version="1")
    tasks.put(other)
    tasks.put(chore("new", subject="pull", version="2"))
    assert [tasks.is_alive(task) for task in ("old", "other", "new")] == [False, True, True]
    assert tasks.latest("pull") == "2"
    assert "old" not in [*waits(tasks), *tasks.queue(REVIEWS).scheduled_job_registry.get_job_ids()]
    tasks.put(chore("after", tenant="someone"))
    work(redis)
    assert not tasks.is_alive("after"), "what was dropped takes no place of its tenant"


def test_a_task_that_is_done_is_forgotten_soon(redis: Redis) -> None:
    Tasks(redis).put(chore("a"))
    work(redis)
    left = list(redis.scan_iter("rq:*:a"))
    assert left
    assert all(0 < redis.ttl(key) <= 60 for key in left)


def test_tasks_of_no_version_and_of_the_same_version_stay(redis: Redis) -> None:
    tasks = Tasks(redis)
    for task, version in (("any", ""), ("same", "2"), ("old", "1")):
        redis.delete("partywall:latest:pull")
        tasks._enqueue(chore(task, subject="pull", version=version))
    tasks.supersede("pull", "2")
    assert waits(tasks) == ["any", "same"]
    tasks.put(chore("forced", subject="pull"))
    assert waits(tasks) == ["any", "same", "forced"]
    assert tasks.latest("pull") == "2"
    tasks.drop("pull")
    assert waits(tasks) == []


def test_a_delivery_is_done_when_its_task_is(redis: Redis) -> None:
    tasks = Tasks(redis, Limits(attempts=1))
    assert not tasks.is_done("nobody knows it")
    tasks.put(chore("a", "fail", "no"), "one")
    assert tasks.is_done("one"), "its task waits"
    work(redis)
    assert not tasks.is_done("one"), "its task was given up: a redelivery shall try again"
    tasks.put(chore("a"), "one")
    tasks.put(chore("a"), "two")
    tasks.finish("a")
    work(redis)
    assert tasks.is_done("one")
    assert tasks.is_done("two")
    tasks.done_at_once("three")
    assert tasks.is_done("three")


def test_deliveries_of_dropped_tasks_are_done(redis: Redis) -> None:
    tasks = Tasks(redis)
    tasks.put(chore("old", subject="pull", version="1"), "one")
    tasks.put(chore("new", subject="pull", version="2"), "two")
    assert tasks.is_done("one")
    tasks.drop("pull")
    assert tasks.is_done("two")
    assert not tasks.is_alive("new")


def test_a_tenant_gets_its_share_and_the_others_go_on(redis: Redis) -> None:
    tasks = Tasks(redis, Limits(per_tenant=1))
    for number in range(3):
        tasks.put(chore(f"mine-{number}", tenant="mine"))
    tasks.put(chore("yours", tenant="yours"))
    tasks.put(chore("nobody"))
    assert waits(tasks) == ["mine-0", "yours", "nobody"]
    work(redis)
    assert not any(tasks.is_alive(task) for task in ("mine-0", "mine-1", "mine-2", "yours", "nobody"))


def test_a_task_that_comes_back_later_leaves_its_place_to_others(redis: Redis) -> None:
    tasks = Tasks(redis, Limits(per_tenant=1))
    tasks.put(Task("busy", REVIEWS, "tests.worker.chores.come_again", (60,), tenant="mine"))
    tasks.put(chore("next", tenant="mine"))
    work(redis)
    assert tasks.is_alive("busy")
    assert not tasks.is_alive("next")


def test_pauses_grow_and_vary(redis: Redis) -> None:
    tasks, seen = Tasks(redis), []
    for number in range(20):
        tasks.put(chore(f"task-{number}"))
        seen.append(tuple(job_of(redis, f"task-{number}").retry_intervals or ()))
    for pauses in seen:
        assert all(pause < longer for pause, longer in pairwise(pauses))
        assert [0.79 * due <= pause <= 1.21 * due for pause, due in zip(pauses, RETRY_AFTER, strict=True)]
    assert len(set(seen)) > 10
    assert {jittered(0) for _ in range(9)} == {1}


def test_what_stands_in_redis_is_json(redis: Redis) -> None:
    tasks = Tasks(redis)
    tasks.put(Task("a", REVIEWS, "tests.worker.chores.come_again", (60,)))
    tasks.put(chore("b", "fail", "naïve"))
    data = [redis.hget(f"rq:job:{task}", "data") for task in ("a", "b")]
    assert [json.loads(zlib.decompress(each)) for each in data if isinstance(each, bytes)] == [
        ["tests.worker.chores.come_again", None, [60], {}],
        ["tests.worker.chores.fail", None, ["naïve"], {}],
    ]
    work(redis)
    assert not [key for key, value in everything(redis).items() if b"\x80\x04" in value or b"\x80\x05" in value]


def everything(redis: Redis) -> Mapping[str, bytes]:
    """All that a server holds, by key, as it is dumped."""
    return {key.decode(): redis.dump(key) or b"" for key in redis.scan_iter()}


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("nonsense", "REDIS_URL is no address"),
        ("redis://127.0.0.1:1", "does not answer"),
        ("unix:///nowhere.sock", "does not answer"),
    ],
)
def test_an_address_where_nothing_answers(url: str, said: str) -> None:
    with pytest.raises(ReviewError, match=said):
        connect(url)


VERSIONS = st.sampled_from(["", "1", "2", "3"])


class Pulls(RuleBasedStateMachine):
    """Reviews of two pull requests as they are put, done and dropped, against a plain picture of the same."""

    redis: Redis

    def __init__(self) -> None:
        super().__init__()
        self.redis.flushall()
        self.tasks = Tasks(self.redis)
        self.waiting: list[tuple[str, str]] = []
        self.latest = {"a": "", "b": ""}
        self.asked: dict[str, tuple[str, str]] = {}
        self.done: set[str] = set()

    def task(self, subject: str, version: str) -> Task:
        return chore(f"{subject}-{version}", subject=subject, version=version)

    @rule(subject=st.sampled_from("ab"), version=VERSIONS)
    def put(self, subject: str, version: str) -> None:
        if version:
            self._supersede(subject, version)
        new = (subject, version) not in self.waiting
        delivery = f"delivery-{len(self.asked)}"
        assert self.tasks.put(self.task(subject, version), delivery) is new
        self.asked[delivery] = (subject, version)
        if new:
            self.waiting.append((subject, version))

    @rule(subject=st.sampled_from("ab"), version=VERSIONS.filter(bool))
    def supersede(self, subject: str, version: str) -> None:
        self._supersede(subject, version)
        self.tasks.supersede(subject, version)

    def _supersede(self, subject: str, version: str) -> None:
        self.latest[subject] = version
        for task in [each for each in self.waiting if each[0] == subject and each[1] not in ("", version)]:
            self._end(task)

    @rule(subject=st.sampled_from("ab"))
    def drop(self, subject: str) -> None:
        self.tasks.drop(subject)
        for task in [each for each in self.waiting if each[0] == subject]:
            self._end(task)

    @rule()
    def do_all(self) -> None:
        for task in list(self.waiting):
            self.tasks.finish(self.task(*task).id)
            self._end(task)
        self.tasks.queue(REVIEWS).delete(delete_jobs=True)

    def _end(self, task: tuple[str, str]) -> None:
        self.waiting.remove(task)
        self.done |= {delivery for delivery, asked in self.asked.items() if asked == task}

    @invariant()
    def the_queue_is_as_it_should_be(self) -> None:
        assert waits(self.tasks) == [self.task(*task).id for task in self.waiting]
        assert {subject: self.tasks.latest(subject) for subject in "ab"} == self.latest
        assert all(self.tasks.is_done(delivery) for delivery in self.asked)
        assert self.done | {each for each, asked in self.asked.items() if asked in self.waiting} == set(self.asked)


def test_any_order_of_pushes_and_reviews(redis: Redis) -> None:
    class OnThisServer(Pulls):
        pass

    OnThisServer.redis = redis
    run_state_machine_as_test(
        OnThisServer, settings=settings(max_examples=25, stateful_step_count=15, deadline=None, database=None)
    )
