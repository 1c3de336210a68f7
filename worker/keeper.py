"""What keeps the queue going beside the workers: tasks whose time has come, and tasks whose worker died.

RQ's own scheduler holds a lock for a minute after it was killed, and a killed worker's tasks come back only when RQ
looks for them, every ten minutes. This looks every second.
"""

from __future__ import annotations

import socket
from contextlib import suppress

from redis import Redis
from rq.registry import StartedJobRegistry
from rq.scheduler import RQScheduler
from rq.serializers import JSONSerializer

from worker.lease import lease, process_exists
from worker.queue import QUEUES

_SECONDS = 10


class Keeper:
    """Looks after the queues; any number of them on any number of machines may, one at a time does."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._scheduler = RQScheduler(list(QUEUES), redis, serializer=JSONSerializer, logging_level="WARNING")

    def tick(self) -> None:
        """Brings back what was abandoned and puts into the queues what is due. Takes milliseconds."""
        with lease(self._redis, "keeper", _SECONDS) as held:
            if held is None:
                return
            self._recover()
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

    def _runs(self, registry: StartedJobRegistry) -> list[str]:
        """What is running: "task:execution" each."""
        return [run.decode() if isinstance(run, bytes) else str(run) for run in self._redis.zrange(registry.key, 0, -1)]

    def _is_dead(self, run: str) -> bool:
        """Whether the worker of a run is of this machine and gone; other machines' are given up by RQ in time."""
        worker = self._redis.hget(f"rq:execution:{run}", "worker_name")
        if worker is None:
            return False
        name = worker.decode() if isinstance(worker, bytes) else worker
        host, process = self._redis.hmget(f"rq:worker:{name}", ["hostname", "pid"])
        if not isinstance(host, bytes) or not isinstance(process, bytes) or host.decode() != socket.gethostname():
            return False
        with suppress(ValueError):
            return not process_exists(int(process))
        return False
