"""What the queue holds, for whoever runs the bot."""

from __future__ import annotations

from pathlib import Path

import pytest
from redis import Redis
from rq.serializers import JSONSerializer

from bot.status import lines, works_here
from worker.errors import ReviewError
from worker.queue import REVIEWS, UPKEEP, Limits, Task, Tasks
from worker.queue_server import QueueServer
from worker.workers import QueueWorker


def test_what_waits_and_what_is_held_back(redis_url: str, tmp_path: Path) -> None:
    with Redis.from_url(redis_url) as redis:
        tasks = Tasks(redis, Limits(per_tenant=1))
        for number in range(3):
            tasks.put(Task(f"review-{number}", REVIEWS, "bot.jobs.review", (), tenant="7"))
        tasks.put(Task("warm-1", UPKEEP, "bot.jobs.warm", ()))
    assert list(lines({"REDIS_URL": redis_url}, tmp_path)) == [
        "workers: 0",
        "commands: 0 waiting, 0 running, 0 to be tried again",
        "reviews: 1 waiting, 0 running, 0 to be tried again",
        "upkeep: 1 waiting, 0 running, 0 to be tried again",
        "held back, because their installation has enough running: 2",
        "given up: 0",
    ]


def test_the_own_queue_is_found_by_itself(tmp_path: Path) -> None:
    with pytest.raises(ReviewError, match="no queue server runs in"):
        list(lines({}, tmp_path))
    with QueueServer(tmp_path / "queue"):
        assert "workers: 0" in lines({}, tmp_path)
    with pytest.raises(ReviewError, match="no queue server runs in"):
        list(lines({}, tmp_path))


def test_a_worker_that_was_killed_is_none(redis_url: str, tmp_path: Path) -> None:
    with Redis.from_url(redis_url) as redis:
        worker = QueueWorker([REVIEWS], connection=redis, serializer=JSONSerializer)
        worker.register_birth()  # type: ignore[no-untyped-call]
        assert "workers: 1" in lines({"REDIS_URL": redis_url}, tmp_path)
        redis.delete(worker.key)
        assert "workers: 0" in lines({"REDIS_URL": redis_url}, tmp_path)


def test_whether_a_worker_of_this_machine_lives(redis_url: str, tmp_path: Path) -> None:
    environ = {"REDIS_URL": redis_url}
    with Redis.from_url(redis_url) as redis:
        ours, other = (QueueWorker([REVIEWS], connection=redis, serializer=JSONSerializer) for _ in range(2))
        other.hostname = "elsewhere.example"
        other.register_birth()  # type: ignore[no-untyped-call]
        assert not works_here(environ, tmp_path)
        ours.register_birth()  # type: ignore[no-untyped-call]
        assert works_here(environ, tmp_path)
        ours.register_death()  # type: ignore[no-untyped-call]
        assert not works_here(environ, tmp_path)
