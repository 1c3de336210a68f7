"""The metrics as Prometheus reads them: the counters in Redis, and what the queue holds at the moment."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from itertools import accumulate

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector
from redis import Redis
from rq.job import Job
from rq.utils import as_text, utcparse

from bot.disk import disks
from bot.metrics import BETWEEN, COUNTERS, METRICS, limits, texts
from bot.status import alive, held_back, loads
from worker import shared
from worker.queue import QUEUES, Tasks

_Values = list[tuple[tuple[str, ...], float]]
_STATES = ("waiting", "running", "to be tried again", "given up")
"""What the numbers of a `Load` are called."""


def exposition(redis: Redis) -> bytes:
    """All metrics in Prometheus' text format. Raises RedisError."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Collector(redis))
    return generate_latest(registry)


class _Collector(Collector):
    """Reads the metrics of one moment."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._now = time.time()

    def describe(self) -> Iterable[Metric]:
        """Nothing: what is registered is read once."""
        return ()

    def collect(self) -> Iterator[Metric]:
        """All metrics, with what was counted so far and what there is now."""
        counted = _by_name(self._redis.hgetall(COUNTERS))
        gauges: dict[str, Callable[[], _Values]] = {
            "partywall_github_limit_left": self._limits,
            "partywall_queue_tasks": self._tasks,
            "partywall_queue_age_seconds": self._ages,
            "partywall_workers": lambda: [((), float(len(alive(self._redis))))],
            "partywall_shared_facts_bytes": lambda: [((), float(shared.size(self._redis)))],
            "partywall_disk_bytes": lambda: [(tuple(words), size) for *words, size in disks(self._redis)],
        }
        for name, metric in METRICS.items():
            if metric.kind == "histogram":
                yield _histogram(name, counted.get(name, {}))
            elif metric.kind == "counter":
                counter = CounterMetricFamily(name, metric.meaning, labels=metric.labels)
                for labels, number in sorted(counted.get(name, {}).items()):
                    counter.add_metric(labels, number)
                yield counter
            else:
                gauge = GaugeMetricFamily(name, metric.meaning, labels=metric.labels)
                for labels, number in sorted(gauges[name]()):
                    gauge.add_metric(labels, number)
                yield gauge

    def _limits(self) -> _Values:
        """The fewest requests left of any installation."""
        fewest: dict[str, float] = {}
        for limit in limits(self._redis, self._now):
            fewest[limit.resource] = min(float(limit.left), fewest.get(limit.resource, float("inf")))
        return [((resource,), number) for resource, number in fewest.items()]

    def _tasks(self) -> _Values:
        found: _Values = [(("reviews", "held back"), float(held_back(self._redis)))]
        for name, *numbers in loads(Tasks(self._redis)):
            found += [((name, state), float(number)) for state, number in zip(_STATES, numbers, strict=True)]
        return found

    def _ages(self) -> _Values:
        """A queue is worked off from its front: what stands there has waited longest."""
        found: _Values = []
        for name in QUEUES:
            first = Tasks(self._redis).queue(name).get_job_ids(0, 1)
            since = self._redis.hget(f"{Job.redis_job_namespace_prefix}{first[0]}", "enqueued_at") if first else None
            found.append(((name,), max(0.0, self._now - _moment(as_text(since))) if since else 0.0))
        return found


def _histogram(name: str, counted: Mapping[tuple[str, ...], float]) -> Metric:
    metric = METRICS[name]
    family = HistogramMetricFamily(name, metric.meaning, labels=metric.labels)
    ends = [*map(str, metric.buckets), "+Inf"]
    for labels in sorted({labels[:-1] for labels in counted}):
        numbers = accumulate(counted.get((*labels, str(place)), 0.0) for place in range(len(ends)))
        family.add_metric(labels, list(zip(ends, numbers, strict=True)), counted.get((*labels, "sum"), 0.0))
    return family


def _by_name(fields: Mapping[bytes | str, bytes | str]) -> dict[str, dict[tuple[str, ...], float]]:
    """Metric -> labels -> number. Of fields that an older version wrote otherwise, those that fit no metric go."""
    found: dict[str, dict[tuple[str, ...], float]] = {}
    for field, value in texts(fields):
        name, *labels = field.split(BETWEEN)
        metric = METRICS.get(name)
        if metric is not None and len(labels) == len(metric.labels) + (metric.kind == "histogram"):
            found.setdefault(name, {})[tuple(labels)] = float(value)
    return found


def _moment(text: str) -> float:
    moment: datetime = utcparse(text)
    return moment.timestamp()
