"""What the queue holds, for whoever runs the bot: what waits, what runs, what was given up and why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from redis import Redis
from rq.job import Job
from rq.rate_limit import RateLimitRegistry
from rq.worker import BaseWorker, Worker

from worker.errors import ReviewError
from worker.processes import machine
from worker.queue import QUEUES, Tasks, connect
from worker.queue_server import running_in
from worker.render.text import printable

_LONGEST = 200


class Load(NamedTuple):
    """What a queue holds: how many tasks wait, run, wait to be tried again, and were given up."""

    queue: str
    waiting: int
    running: int
    later: int
    given_up: int


class State(NamedTuple):
    """What all queues hold. `held` tasks wait because their installation has enough running."""

    workers: int
    loads: tuple[Load, ...]
    held: int
    failed: tuple[tuple[Job, str], ...]
    """The tasks that were given up, and why."""


def state(tasks: Tasks) -> State:
    """What the queues hold now."""
    failed = tuple((job, _reason(job)) for job in tasks.failed())
    return State(len(alive(tasks.redis)), loads(tasks), held_back(tasks.redis), failed)


def loads(tasks: Tasks) -> tuple[Load, ...]:
    """What each queue holds now, in numbers."""
    return tuple(
        Load(
            queue.name,
            queue.count,
            queue.started_job_registry.count,
            queue.scheduled_job_registry.count,
            queue.failed_job_registry.count,
        )
        for queue in map(tasks.queue, QUEUES)
    )


def held_back(redis: Redis) -> int:
    """How many tasks wait because their installation has enough running."""
    return sum(registry.get_rate_limited_job_count() for registry in RateLimitRegistry.all(redis))


def lines(environ: Mapping[str, str], data: Path) -> Iterator[str]:
    """The state of the queue in lines. Raises ReviewError where its server does not answer."""
    found = state(Tasks(queue_server(environ, data)))
    yield f"workers: {found.workers}"
    for load in found.loads:
        yield f"{load.queue}: {load.waiting} waiting, {load.running} running, {load.later} to be tried again"
    yield f"held back, because their installation has enough running: {found.held}"
    yield f"given up: {len(found.failed)}"
    yield from (f"  {job.id}: {reason}" for job, reason in found.failed)


def works_here(environ: Mapping[str, str], data: Path) -> bool:
    """Whether a worker of this machine has given a sign of life lately. Raises ReviewError as `lines` does."""
    return any(worker.hostname == machine() for worker in alive(queue_server(environ, data)))


def alive(redis: Redis) -> list[BaseWorker]:
    """The workers that gave a sign of life lately. Those that did not are forgotten; `Worker.count` counts them."""
    return Worker.all(connection=redis)


def queue_server(environ: Mapping[str, str], data: Path) -> Redis:
    """The queue's server that the bot of this environment uses. Raises ReviewError where there is none, or no answer."""
    address = environ.get("REDIS_URL", "").strip() or running_in(data)
    if not address:
        raise ReviewError(
            f"no queue server runs in {data}; start `partywall up`, or set REDIS_URL or PARTYWALL_DATA to what the bot uses."
        )
    return connect(address)


def _reason(job: Job) -> str:
    result = job.latest_result()
    words = (result.exc_string or "").strip().splitlines() if result else []
    return printable(words[-1])[:_LONGEST] if words else "no reason is known"
