"""The worker process that runs tasks."""

from __future__ import annotations

from typing import Any

from rq.worker import Worker

from worker.processes import machine

_WORKER_TTL, _HEARTBEAT, _MAINTENANCE = 60, 10, 60


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
