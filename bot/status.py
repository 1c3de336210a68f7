"""What the queue holds, for whoever runs the bot: what waits, what runs, what was given up and why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from redis import Redis
from rq.job import Job
from rq.rate_limit import RateLimitRegistry
from rq.worker import Worker

from worker.errors import ReviewError
from worker.processes import machine
from worker.queue import QUEUES, Tasks, connect
from worker.queue_server import running_in
from worker.render.text import printable

_LONGEST = 200


def lines(environ: Mapping[str, str], data: Path) -> Iterator[str]:
    """The state of the queue in lines. Raises ReviewError where its server does not answer."""
    redis = _queue_server(environ, data)
    tasks = Tasks(redis)
    yield f"workers: {Worker.count(connection=redis)}"
    held = sum(registry.get_rate_limited_job_count() for registry in RateLimitRegistry.all(redis))
    for name in QUEUES:
        queue = tasks.queue(name)
        running, later = queue.started_job_registry.count, queue.scheduled_job_registry.count
        yield f"{name}: {queue.count} waiting, {running} running, {later} to be tried again"
    yield f"held back, because their installation has enough running: {held}"
    failed = tasks.failed()
    yield f"given up: {len(failed)}"
    yield from (f"  {job.id}: {_reason(job)}" for job in failed)


def works_here(environ: Mapping[str, str], data: Path) -> bool:
    """Whether a worker of this machine has given a sign of life lately. Raises ReviewError as `lines` does."""
    workers = Worker.all(connection=_queue_server(environ, data))
    return any(worker.hostname == machine() for worker in workers)


def _queue_server(environ: Mapping[str, str], data: Path) -> Redis:
    address = environ.get("REDIS_URL") or running_in(data)
    if not address:
        raise ReviewError(f"no queue server runs in {data}; set REDIS_URL or PARTYWALL_DATA to what the bot uses.")
    return connect(address)


def _reason(job: Job) -> str:
    result = job.latest_result()
    words = (result.exc_string or "").strip().splitlines() if result else []
    return printable(words[-1])[:_LONGEST] if words else "no reason is known"
