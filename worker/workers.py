"""The worker process that runs tasks."""

from __future__ import annotations

import multiprocessing
from typing import Any

from rq import Queue
from rq.job import Job
from rq.worker import Worker

from worker.processes import is_orphan, machine

_WORKER_TTL, _HEARTBEAT, _MAINTENANCE = 60, 10, 60
_LOOK = 5
"""Seconds after which an idle worker looks whether its parent lives still."""


class QueueWorker(Worker):
    """A worker whose death is noticed within a minute from any machine; see `worker.keeper` for its own."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        intervals = {
            "worker_ttl": _WORKER_TTL,
            "job_monitoring_interval": _HEARTBEAT,
            "maintenance_interval": _MAINTENANCE,
        }
        super().__init__(*args, **{**kwargs, **intervals})
        # Containers may share a host's name, and see each other's process ids as nothing or as something else.
        self.hostname = machine()

    def work(self, *args: Any, **kwargs: Any) -> bool:
        """Works without RQ's scheduler: the keeper does that."""
        return super().work(*args, **{**kwargs, "with_scheduler": False})

    def dequeue_job_and_maintain_ttl(
        self, timeout: int | None, max_idle_time: int | None = None
    ) -> tuple[Job, Queue] | None:
        """The next task. None, which ends the worker, where its parent died: the next parent has workers of its own."""
        if timeout is None or max_idle_time is not None:
            return super().dequeue_job_and_maintain_ttl(timeout, max_idle_time)
        parent = multiprocessing.parent_process()
        while not is_orphan(parent.pid if parent else None):
            if (found := super().dequeue_job_and_maintain_ttl(timeout, _LOOK)) is not None:
                return found
        return None
