"""The queue of tasks: RQ on Redis with the JSON serializer, each task once, the newest for its subject.

A *subject* is what one task at a time may work on (a pull request), a *version* what a task is about (its head). A task
of a new version drops those of older versions that wait, and tells the one that runs to stop. A *tenant* shares the
workers with others and gets a few of them at most.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from contextlib import suppress
from types import MappingProxyType
from typing import NamedTuple

from redis import Redis
from redis.backoff import ExponentialBackoff
from redis.exceptions import ConnectionError as NoConnectionError
from redis.retry import Retry as RedisRetry
from rq import Queue, Retry
from rq.exceptions import InvalidJobOperation, NoSuchJobError
from rq.job import Job, JobStatus
from rq.rate_limit import RateLimit
from rq.serializers import JSONSerializer
from rq.utils import as_text

from worker.errors import ReviewError

COMMANDS, REVIEWS, UPKEEP = "commands", "reviews", "upkeep"
QUEUES = (COMMANDS, REVIEWS, UPKEEP)
"""The queues in the order in which workers look at them."""

RETRY_AFTER = (1, 10, 60, 300, 900, 1800)
"""Seconds to wait before a failed task is tried again, each time; a fifth more or less at random."""

_MINUTE, _DAY = 60, 86_400
_SUBJECT_DAYS, _DELIVERY_DAYS, _FAILURE_DAYS = 2, 4, 7
ALIVE = (JobStatus.QUEUED, JobStatus.STARTED, JobStatus.SCHEDULED, JobStatus.DEFERRED, JobStatus.RATE_LIMITED)
"""What RQ calls a task that waits, runs, or waits to be tried again."""

_WAITING = tuple(status for status in ALIVE if status is not JobStatus.STARTED)


class Task(NamedTuple):
    """Something to do once. `function` is a dotted name, `arguments` are its arguments, plain enough for JSON.

    `id` is of [A-Za-z0-9_-]; a task with the id of one that waits or runs is the same task. `version` '' is about no
    version in particular. `tenant` '' shares with nobody. `about` is what the log is to say of the task.
    """

    id: str
    queue: str
    function: str
    arguments: tuple[str | int, ...]
    subject: str = ""
    version: str = ""
    tenant: str = ""
    about: Mapping[str, str | int] = MappingProxyType({})


class Limits(NamedTuple):
    """Seconds a task may run, how many tasks of one tenant wait for a worker or run, and how often one is tried."""

    seconds: int = 900
    per_tenant: int = 4
    attempts: int = len(RETRY_AFTER) + 1


class Tasks:
    """The tasks of one installation of the bot."""

    def __init__(self, redis: Redis, limits: Limits | None = None) -> None:
        self.redis = redis
        self._limits = limits or Limits()

    def put(self, task: Task, delivery: str = "") -> bool:
        """Makes a task wait for a worker, unless it does so already or runs; tells whether it was put.

        `delivery` names what asked for it (see `is_done`).
        """
        if delivery:
            self.redis.set(_delivery(delivery), task.id, ex=_DELIVERY_DAYS * _DAY)
            self.redis.sadd(_deliveries(task.id), delivery)
            self.redis.expire(_deliveries(task.id), _DELIVERY_DAYS * _DAY)
        if task.subject and task.version:
            self.supersede(task.subject, task.version)
        if not self.redis.set(f"partywall:putting:{task.id}", 1, nx=True, ex=10):
            return False
        try:
            if self.is_alive(task.id):
                return False
            self._enqueue(task)
        finally:
            self.redis.delete(f"partywall:putting:{task.id}")
        return True

    def _enqueue(self, task: Task) -> None:
        if (old := self._job(task.id)) is not None:
            old.delete()
        if task.subject:
            self.redis.hset(_subject(task.subject), task.id, task.version)
            self.redis.expire(_subject(task.subject), _SUBJECT_DAYS * _DAY)
        again = self._limits.attempts - 1
        pauses = [jittered(seconds) for seconds in RETRY_AFTER[:again]]
        self.queue(task.queue).enqueue_call(
            task.function,
            args=task.arguments,
            job_id=task.id,
            timeout=self._limits.seconds,
            result_ttl=_MINUTE,
            failure_ttl=_FAILURE_DAYS * _DAY,
            description=task.id,
            meta=dict(task.about),
            retry=Retry(max=again, interval=pauses) if again else None,
            rate_limit=RateLimit(f"tenant-{task.tenant}", self._limits.per_tenant) if task.tenant else None,
        )

    def queue(self, name: str) -> Queue:
        """An RQ queue by name."""
        return Queue(name, connection=self.redis, serializer=JSONSerializer)

    def is_alive(self, task: str) -> bool:
        """Whether a task with this id waits, runs, or waits to be tried again."""
        job = self._job(task)
        return job is not None and job.get_status(refresh=False) in ALIVE

    def supersede(self, subject: str, version: str) -> None:
        """From now on `version` is what counts for a subject: what waits for another goes, what runs is told to stop."""
        self.redis.set(_latest(subject), version, ex=_SUBJECT_DAYS * _DAY)
        self.drop(subject, keep=("", version))

    def drop(self, subject: str, keep: Sequence[str] = ()) -> None:
        """Drops the tasks that wait about a subject, but for those of the versions to keep."""
        for name, about in self.redis.hgetall(_subject(subject)).items():
            task, version = as_text(name), as_text(about)
            job = self._job(task)
            if job is not None and job.get_status(refresh=False) in ALIVE:
                if version in keep or job.get_status(refresh=False) not in _WAITING:
                    continue
                job.delete()
                self.finish(task)
            self.redis.hdel(_subject(subject), task)

    def latest(self, subject: str) -> str:
        """The version that counts for a subject, '' where nothing is known."""
        found = self.redis.get(_latest(subject))
        return as_text(found) if found else ""

    def is_done(self, delivery: str) -> bool:
        """Whether what a delivery asked for is done, or will be: its task waits or runs."""
        found = self.redis.get(_delivery(delivery))
        return found is not None and (not found or self.is_alive(as_text(found)))

    def finish(self, task: str) -> None:
        """Notes that a task is done: deliveries that asked for it need not be worked on again."""
        with self.redis.pipeline() as pipeline:
            for delivery in self.redis.smembers(_deliveries(task)):
                pipeline.set(_delivery(as_text(delivery)), "", ex=_DELIVERY_DAYS * _DAY)
            pipeline.delete(_deliveries(task))
            pipeline.execute()

    def done_at_once(self, delivery: str) -> None:
        """Notes that a delivery asked for nothing that is left to do."""
        self.redis.set(_delivery(delivery), "", ex=_DELIVERY_DAYS * _DAY)

    def failed(self) -> list[Job]:
        """The tasks that were given up, with the reason in their last result."""
        ids = [task for name in QUEUES for task in self.queue(name).failed_job_registry.get_job_ids()]
        return [job for job in map(self._job, ids) if job is not None]

    def running(self) -> list[Job]:
        """The tasks that run."""
        ids = [task for name in QUEUES for task in self.queue(name).started_job_registry.get_job_ids()]
        return [job for job in map(self._job, ids) if job is not None]

    def given_up(self, task: str) -> Job | None:
        """A task that was given up, None where there is none of this id."""
        job = self._job(task)
        return job if job is not None and job.get_status(refresh=False) is JobStatus.FAILED else None

    def try_again(self, job: Job) -> None:
        """Makes a task that was given up wait for a worker once more, with all its attempts."""
        job.retries_left = self._limits.attempts - 1
        job.save()
        # Somebody else was quicker.
        with suppress(InvalidJobOperation):
            self.queue(job.origin).failed_job_registry.requeue(job)

    def _job(self, task: str) -> Job | None:
        try:
            return Job.fetch(task, connection=self.redis, serializer=JSONSerializer)
        except NoSuchJobError:
            return None


def connect(url: str) -> Redis:
    """A connection to the Redis or Valkey server at `url` (redis://, rediss:// or unix://).

    Raises ReviewError where nothing answers.
    """
    retry = RedisRetry(ExponentialBackoff(cap=1, base=0.05), 6)
    try:
        redis = Redis.from_url(url, retry=retry, retry_on_error=[NoConnectionError], health_check_interval=30)
        redis.ping()
    except ValueError as error:
        raise ReviewError(f"REDIS_URL is no address of a Redis server: {error}.") from None
    except NoConnectionError as error:
        raise ReviewError(
            f"the Redis server of REDIS_URL does not answer ({error}); start it or correct the address."
        ) from None
    return redis


def jittered(seconds: float) -> int:
    """About so many seconds, at least one: many who wait for the same thing do not all come back at once."""
    return max(1, round(seconds * random.uniform(0.8, 1.2)))  # noqa: S311 - not for secrets


def later(seconds: float) -> Retry:
    """What a task returns to be run again after about so many seconds, however often."""
    return Retry(max=1_000_000, interval=jittered(seconds))


def _subject(name: str) -> str:
    return f"partywall:subject:{name}"


def _latest(name: str) -> str:
    return f"partywall:latest:{name}"


def _delivery(name: str) -> str:
    return f"partywall:delivery:{name}"


def _deliveries(task: str) -> str:
    return f"partywall:deliveries:{task}"
