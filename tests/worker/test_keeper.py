from __future__ import annotations

import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from redis import Redis
from rq.job import Job
from rq.serializers import JSONSerializer
from rq.worker import Worker

from tests.support.processes import until
from tests.worker.chores import program, work
from worker.keeper import Keeper
from worker.queue import REVIEWS, Limits, Task, Tasks


def chore(name: str, *arguments: str, tenant: str = "") -> Task:
    return Task(f"chore-{name}", REVIEWS, f"tests.worker.chores.{name}", arguments, tenant=tenant)


def status(redis: Redis, task: Task) -> str:
    return str(Job.fetch(task.id, connection=redis, serializer=JSONSerializer).get_status().value)


def waits(redis: Redis) -> list[str]:
    """The tasks in the queue of reviews, each as often as it stands there."""
    return Tasks(redis).queue(REVIEWS).get_job_ids()


def tick_until_something_waits(redis: Redis, keeper: Keeper) -> None:
    def something_waits() -> list[str]:
        keeper.tick()
        return waits(redis)

    until(something_waits)


@contextmanager
def worker_at(tasks: Tasks, url: str, file: Path, tenant: str = "") -> Iterator[tuple[Task, subprocess.Popen[str]]]:
    """A worker process that is at a task which ends when there is a file."""
    # The horse of a killed worker lives on and ends in a later test: no two tests have the same task.
    task = chore("wait", str(file), tenant=tenant)._replace(id=file.parent.name)
    tasks.put(task)
    with program("worker", url) as worker:
        try:
            until(Path(f"{file}.begun").exists)
            yield task, worker
        finally:
            file.touch()


def test_a_task_whose_time_has_come_is_put_into_its_queue(redis: Redis) -> None:
    tasks, task = Tasks(redis), chore("fail", "not yet")
    tasks.put(task)
    work(redis)
    assert status(redis, task) == "scheduled"
    assert waits(redis) == []
    tick_until_something_waits(redis, Keeper(redis))
    assert waits(redis) == [task.id]


@pytest.mark.parametrize("tenant", ["", "someone"])
def test_what_a_killed_worker_was_at_is_tried_again(redis: Redis, redis_url: str, tmp_path: Path, tenant: str) -> None:
    tasks, keeper = Tasks(redis, Limits(per_tenant=1)), Keeper(redis)
    with worker_at(tasks, redis_url, tmp_path / "file", tenant) as (task, worker):
        keeper.tick()
        assert status(redis, task) == "started", "the worker lives"
        worker.kill()
        worker.wait()
        keeper.tick()
        assert status(redis, task) == "scheduled"
        tick_until_something_waits(redis, keeper)
        assert waits(redis) == [task.id]


def test_what_a_killed_worker_was_at_fails_where_it_was_tried_enough(
    redis: Redis, redis_url: str, tmp_path: Path
) -> None:
    tasks = Tasks(redis, Limits(attempts=1))
    with worker_at(tasks, redis_url, tmp_path / "file") as (task, worker):
        worker.kill()
        worker.wait()
        Keeper(redis).tick()
        (failed,) = tasks.failed()
        result = failed.latest_result()
        assert failed.id == task.id
        assert result is not None
        assert "Abandoned" in (result.exc_string or "")


def test_workers_of_other_machines_are_given_up_when_their_heartbeat_has_run_out(
    redis: Redis, redis_url: str, tmp_path: Path
) -> None:
    tasks, keeper = Tasks(redis), Keeper(redis)
    with worker_at(tasks, redis_url, tmp_path / "file") as (task, worker):
        (name,) = Worker.all_keys(connection=redis)
        redis.hset(name, "hostname", "elsewhere.example")
        worker.kill()
        worker.wait()
        keeper.tick()
        assert status(redis, task) == "started"
        registry = tasks.queue(REVIEWS).started_job_registry
        (run,) = registry.get_job_and_execution_ids(cleanup=False)
        redis.zadd(registry.key, {":".join(run): 1})
        keeper.tick()
        assert status(redis, task) == "scheduled"


@pytest.mark.parametrize("tenant", ["", "someone"])
def test_a_task_whose_worker_died_before_it_began_is_found(redis: Redis, redis_url: str, tenant: str) -> None:
    """No list of RQ's has it then, and it would be in the way of every later task of its name."""
    tasks, keeper, task = Tasks(redis, Limits(per_tenant=1)), Keeper(redis, pause=0), chore("succeed", tenant=tenant)
    tasks.put(task)
    with program("dying", redis_url) as worker:
        worker.wait()
    assert waits(redis) == []
    assert tasks.is_alive(task.id)
    keeper.tick()
    assert waits(redis) == [], "it may be on its way"
    keeper.tick()
    assert waits(redis) == [task.id]
    keeper.tick()
    keeper.tick()
    assert waits(redis) == [task.id]
    work(redis)
    assert status(redis, task) == "finished"
    if tenant:
        tasks.put(chore("fail", "no", tenant=tenant))
        assert waits(redis) == ["chore-fail"], "its tenant has its place back"


def test_tasks_that_wait_or_run_are_left_alone(redis: Redis, redis_url: str, tmp_path: Path) -> None:
    tasks, keeper = Tasks(redis, Limits(per_tenant=1)), Keeper(redis, pause=0)
    with worker_at(tasks, redis_url, tmp_path / "file") as (running, _):
        queued = chore("succeed", tenant="someone")
        limited = Task("limited", REVIEWS, queued.function, (), tenant="someone")
        tasks.put(queued)
        tasks.put(limited)
        for _ in range(3):
            keeper.tick()
        found = [status(redis, task) for task in (running, queued, limited)]
        assert found == ["started", "queued", "rate_limited"]
        assert waits(redis) == [queued.id]


def test_keepers_at_the_same_time_double_nothing(redis: Redis, redis_url: str, tmp_path: Path) -> None:
    tasks, notes = Tasks(redis), tmp_path / "notes"
    todo = [Task(f"note-{number}", REVIEWS, "tests.worker.chores.note", (str(notes),)) for number in range(20)]
    for task in todo:
        tasks.put(task)
        job = Job.fetch(task.id, connection=redis, serializer=JSONSerializer)
        queue = tasks.queue(REVIEWS)
        queue.remove(job)
        job.retry(queue, redis.pipeline())
        redis.zadd(queue.scheduled_job_registry.key, {task.id: 1})
    keepers, begin = [Keeper(redis) for _ in range(4)], threading.Barrier(4)

    def tick(keeper: Keeper) -> None:
        begin.wait()
        for _ in range(5):
            keeper.tick()

    threads = [threading.Thread(target=tick, args=(keeper,)) for keeper in keepers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(waits(redis)) == sorted(task.id for task in todo)
    work(redis)
    assert sorted(notes.read_text().split()) == sorted(task.id for task in todo)
