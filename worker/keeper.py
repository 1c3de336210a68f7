"""What keeps the queue going beside the workers: tasks whose time has come, and tasks whose worker died.

RQ's own scheduler holds a lock for a minute after it was killed, and a killed worker's tasks come back only when RQ
looks for them, every ten minutes. This looks every second. RQ never finds what was taken from a list by a worker that
died before it wrote so down; this looks for such tasks, too.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import suppress

from redis import Redis
from rq.exceptions import NoSuchJobError
from rq.job import Job
from rq.rate_limit import RateLimitRegistry
from rq.registry import StartedJobRegistry
from rq.scheduler import RQScheduler
from rq.serializers import JSONSerializer
from rq.utils import as_text

from worker.lease import lease
from worker.processes import machine, process_exists
from worker.queue import ALIVE, QUEUES, Tasks

_SECONDS = 10
_AT_ONCE = 1_000


class Keeper:
    """Looks after the queues; any number of them on any number of machines may, one at a time does.

    `pause` is how many seconds it waits before it looks again for tasks that stand nowhere.
    """

    def __init__(self, redis: Redis, pause: float = 10) -> None:
        self._redis = redis
        self._tasks = Tasks(redis)
        self._pause = pause
        self._next_search = 0.0
        self._nowhere: dict[str, str] = {}
        self._scheduler = RQScheduler(list(QUEUES), redis, serializer=JSONSerializer, logging_level="WARNING")

    def tick(self) -> None:
        """Brings back what was abandoned and puts into the queues what is due. Takes milliseconds."""
        with lease(self._redis, "keeper", _SECONDS) as held:
            if held is None:
                return
            self._recover()
            if time.monotonic() >= self._next_search:
                self._find_lost()
                self._next_search = time.monotonic() + self._pause
            self._scheduler.prepare_registries(QUEUES)
            self._scheduler.enqueue_scheduled_jobs()  # type: ignore[no-untyped-call]

    def _recover(self) -> None:
        """Has RQ treat what dead workers ran as abandoned: it is tried again, or fails where it was tried enough."""
        for name in QUEUES:
            registry = StartedJobRegistry(name, connection=self._redis, serializer=JSONSerializer)
            dead = [run for run in self._runs(registry) if self._is_dead(run)]
            if dead:
                self._redis.zadd(registry.key, dict.fromkeys(dead, 1))
            registry.cleanup()

    def _find_lost(self) -> None:
        """Puts those tasks into their queue again that stood nowhere this time and the time before.

        Once is not enough: a task stands nowhere for a moment whenever it is taken or moved.
        """
        before, self._nowhere = self._nowhere, dict(self._standing_nowhere())
        for task, queue in self._nowhere.items() & before.items():
            with suppress(NoSuchJobError):
                job = Job.fetch(task, connection=self._redis, serializer=JSONSerializer)
                if job.has_rate_limit:
                    RateLimitRegistry.from_job(job).release_and_enqueue(task)
                self._tasks.queue(queue).enqueue_job(job)

    def _standing_nowhere(self) -> Iterator[tuple[str, str]]:
        """(task, queue) of what waits or runs by its own account, and is in no list of what waits or runs."""
        alive = list(self._alive())
        waiting = {task for limit in RateLimitRegistry.all(self._redis) for task in limit.get_rate_limited_job_ids()}
        for name in QUEUES:
            queue = self._tasks.queue(name)
            listed = waiting.union(
                queue.get_job_ids(),
                queue.scheduled_job_registry.get_job_ids(cleanup=False),
                queue.started_job_registry.get_job_ids(cleanup=False),
            )
            yield from ((task, origin) for task, origin in alive if origin == name and task not in listed)

    def _alive(self) -> Iterator[tuple[str, str]]:
        """(task, queue) of what waits or runs by its own account."""
        prefix = Job.redis_job_namespace_prefix
        keys = list(self._redis.scan_iter(f"{prefix}*", count=_AT_ONCE, _type="HASH"))
        with self._redis.pipeline(transaction=False) as pipeline:
            for key in keys:
                pipeline.hmget(key, ["status", "origin"])
            for key, (status, queue) in zip(keys, pipeline.execute(), strict=True):
                if status is not None and queue is not None and status.decode() in ALIVE:
                    yield key.decode().removeprefix(prefix), queue.decode()

    def _runs(self, registry: StartedJobRegistry) -> list[str]:
        """What is running: "task:execution" each."""
        return [as_text(run) for run in self._redis.zrange(registry.key, 0, -1) if isinstance(run, bytes | str)]

    def _is_dead(self, run: str) -> bool:
        """Whether the worker of a run is of this machine and gone; other machines' are given up by RQ in time."""
        worker = self._redis.hget(f"rq:execution:{run}", "worker_name")
        if worker is None:
            return False
        host, process = self._redis.hmget(f"rq:worker:{as_text(worker)}", ["hostname", "pid"])
        if not host or not process or as_text(host) != machine():
            return False
        return not process_exists(int(process))
