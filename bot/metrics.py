"""What is counted and timed while the bot works, and where: in the queue's server, for all processes together.

Web processes and workers come and go, and a task's process lives for one task only. So each notes what happened in a
`Tally` of its own and adds it to the counters in Redis, in one go, when it is through. `bot.exposition` reads them.
"""

from __future__ import annotations

import threading
import time
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Literal, NamedTuple

from redis import Redis, RedisError
from redis.client import Pipeline
from rq.utils import as_text

COUNTERS, _LIMITS = "partywall:metrics", "partywall:metrics:limits"
"""Hashes in Redis: what was counted, and what GitHub said is left of its limits."""

REFUSED = "partywall:refused"
"""In Redis while GitHub does not accept the App's key: what it said."""

BETWEEN = "|"
_ONCE_SECONDS, _REFUSED_SECONDS = 30 * 86_400, 3_600

_ONCE = """
for i = 2, #ARGV, 2 do
  if redis.call('SADD', KEYS[2], ARGV[i]) == 1 then redis.call('HINCRBY', KEYS[1], ARGV[i + 1], 1) end
end
redis.call('EXPIRE', KEYS[2], ARGV[1])
"""


class Metric(NamedTuple):
    """A metric: its kind, its labels, what it says, and for a histogram the upper ends of its buckets."""

    kind: Literal["counter", "histogram", "gauge"]
    labels: tuple[str, ...]
    meaning: str
    buckets: tuple[float, ...] = ()


_QUICK = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_LONG = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 900.0)

METRICS = {
    "partywall_deliveries": Metric("counter", ("event", "outcome"), "webhooks, by event and what became of them"),
    "partywall_delivery_seconds": Metric("histogram", (), "seconds until a webhook is answered", _QUICK),
    "partywall_tasks": Metric("counter", ("task", "outcome"), "attempts at a task, by what came of them"),
    "partywall_reviews": Metric("counter", ("outcome",), "reviews that came to an end, by what came of them"),
    "partywall_step_seconds": Metric("histogram", ("task", "step"), "seconds of an attempt at a task, by step", _LONG),
    "partywall_findings": Metric(
        "counter", ("rule", "outcome"), "findings, each once for each thing that becomes of it"
    ),
    "partywall_github_calls": Metric("counter", ("kind", "outcome"), "requests to GitHub, by kind and answer"),
    "partywall_github_limit_left": Metric("gauge", ("resource",), "requests left, where the fewest are"),
    "partywall_queue_tasks": Metric("gauge", ("queue", "state"), "tasks in a queue, by state"),
    "partywall_queue_age_seconds": Metric("gauge", ("queue",), "how long the oldest waiting task has waited"),
    "partywall_workers": Metric("gauge", (), "workers alive"),
    "partywall_shared_facts": Metric(
        "counter", ("outcome",), "facts of files, shared among machines, by what came of it"
    ),
    "partywall_shared_facts_bytes": Metric("gauge", (), "what shared facts take in the queue's server"),
    "partywall_disk_bytes": Metric("gauge", ("machine", "what"), "disk of a machine with workers"),
}
"""Every metric there is. Prometheus is told a counter with _total, a histogram with _bucket, _sum and _count behind."""


class Limit(NamedTuple):
    """How many requests GitHub leaves an owner, an installation's number or `app`, until it renews them."""

    owner: str
    resource: str
    left: int
    until: float


class _Noted:
    """What was noted and is not handed over yet."""

    def __init__(self) -> None:
        self.counts = Counter[str]()
        self.seconds = defaultdict[str, float](float)
        self.once: dict[str, dict[str, str]] = {}
        self.limits: dict[str, str] = {}
        self.refused: str | None = None
        self.beside: list[Callable[[Pipeline], None]] = []

    def observe(self, name: str, seconds: float, *labels: str) -> None:
        """One more observation of a histogram."""
        self.counts[_field(name, *labels, str(bisect_left(METRICS[name].buckets, seconds)))] += 1
        self.seconds[_field(name, *labels, "sum")] += seconds

    def write(self, pipeline: Pipeline) -> None:
        """The commands that add it to what is in Redis."""
        for field, number in self.counts.items():
            pipeline.hincrby(COUNTERS, field, number)
        for field, seconds in self.seconds.items():
            pipeline.hincrbyfloat(COUNTERS, field, round(seconds, 6))
        for subject, things in self.once.items():
            words = [word for pair in things.items() for word in pair]
            pipeline.eval(_ONCE, 2, COUNTERS, f"partywall:metrics:once:{subject}", _ONCE_SECONDS, *words)
        for owner, left in self.limits.items():
            pipeline.hset(_LIMITS, owner, left)
        if self.refused:
            pipeline.set(REFUSED, self.refused, ex=_REFUSED_SECONDS)
        elif self.refused is not None:
            pipeline.delete(REFUSED)
        for write in self.beside:
            write(pipeline)


class Tally:
    """What happened in this process since it was last handed over. Threads may share it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._noted = _Noted()
        self._steps = defaultdict[str, float](float)

    def count(self, name: str, *labels: str, number: int = 1) -> None:
        """One more of a counter, or several; the labels in the metric's order."""
        with self._lock:
            self._noted.counts[_field(name, *labels)] += number

    def once(self, subject: str, thing: str, name: str, *labels: str) -> None:
        """One more of a counter, unless any process counted that of this thing of this subject in the last 30 days."""
        with self._lock:
            self._noted.once.setdefault(subject, {})[BETWEEN.join((thing, *labels))] = _field(name, *labels)

    def observe(self, name: str, seconds: float, *labels: str) -> None:
        """One more observation of a histogram."""
        with self._lock:
            self._noted.observe(name, seconds, *labels)

    def spend(self, step: str, seconds: float) -> None:
        """Seconds of a step of the task at hand; they are summed up until the task ends."""
        with self._lock:
            self._steps[step] += seconds

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Times a step of the task at hand."""
        started = time.perf_counter()
        try:
            yield
        finally:
            self.spend(name, time.perf_counter() - started)

    def end_task(self, task: str, outcome: str) -> dict[str, float]:
        """The task at hand ended: each of its steps is one observation. Gives the seconds by step."""
        with self._lock:
            self._noted.counts[_field("partywall_tasks", task, outcome)] += 1
            steps = dict(self._steps)
            self._steps.clear()
            for step, seconds in steps.items():
                self._noted.observe("partywall_step_seconds", seconds, task, step)
            return steps

    def left(self, resource: str, owner: str, remaining: str, until: str) -> None:
        """What GitHub says is left of a limit until a time, both as it says them."""
        if remaining.isdigit() and until.isdigit():
            with self._lock:
                self._noted.limits[BETWEEN.join((resource, owner))] = BETWEEN.join((remaining, until))

    def key(self, refused: str) -> None:
        """Whether GitHub accepted the App's key: '' if so, else what it said."""
        with self._lock:
            self._noted.refused = refused

    def beside(self, write: Callable[[Pipeline], None]) -> None:
        """What else is written in the same round trip; it is lost where Redis does not answer then."""
        with self._lock:
            self._noted.beside.append(write)

    def hand_over(self, redis: Redis) -> None:
        """Adds all to what is in Redis, in one round trip.

        Where it does not answer, counters and seconds are kept for next time; the rest is lost.
        """
        with self._lock:
            noted, self._noted = self._noted, _Noted()
        try:
            with redis.pipeline(transaction=False) as pipeline:
                noted.write(pipeline)
                if len(pipeline):
                    pipeline.execute()
        except RedisError:
            with self._lock:
                self._noted.counts.update(noted.counts)
                for field, seconds in noted.seconds.items():
                    self._noted.seconds[field] += seconds


def limits(redis: Redis, now: float) -> list[Limit]:
    """The limits that are in force; those that GitHub's clock has renewed are forgotten. Raises RedisError."""
    found, renewed = list[Limit](), list[str]()
    for field, value in texts(redis.hgetall(_LIMITS)):
        resource, _, owner = field.partition(BETWEEN)
        left, _, until = value.partition(BETWEEN)
        if float(until) < now:
            renewed.append(field)
        else:
            found.append(Limit(owner, resource, int(left), float(until)))
    if renewed:
        redis.hdel(_LIMITS, *renewed)
    return found


def texts(fields: Mapping[bytes | str, bytes | str]) -> list[tuple[str, str]]:
    """What a hash in Redis holds, as text."""
    return [(as_text(name), as_text(value)) for name, value in fields.items()]


def _field(name: str, *labels: str) -> str:
    return BETWEEN.join((name, *(label.replace(BETWEEN, "/") for label in labels)))
