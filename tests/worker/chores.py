"""Tasks for the tests of the queue, workers that run them, and a process that holds a lease. Run as a program."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from redis import Redis
from rq import get_current_job
from rq.serializers import JSONSerializer
from rq.worker import SimpleWorker

from tests.support.processes import until
from worker.lease import lease
from worker.queue import QUEUES, later
from worker.workers import QueueWorker


def succeed() -> str:
    return "done"


def fail(reason: str) -> None:
    raise ValueError(reason)


def come_again(seconds: int) -> object:
    return later(seconds)


def wait(path: str) -> None:
    """Waits until there is a file."""
    Path(f"{path}.begun").touch()
    until(Path(path).exists)


def note(path: str) -> None:
    """Notes that it ran, in a line of a file."""
    job = get_current_job()
    with Path(path).open("a", encoding="utf-8") as notes:
        notes.write(f"{job.id if job else ''}\n")


class HereWorker(SimpleWorker):
    """Works in this process and leaves its signals alone."""

    def _install_signal_handlers(self) -> None:
        pass


def work(redis: Redis) -> None:
    """Does in this process what is in the queues."""
    HereWorker(list(QUEUES), connection=redis, serializer=JSONSerializer).work(burst=True, logging_level="CRITICAL")


class DiesWithItsTask(QueueWorker):
    """A worker that is killed after it took a task and before it wrote so down."""

    def execute_job(self, *_: Any) -> None:
        os.kill(os.getpid(), signal.SIGKILL)


def _run_worker(url: str, kind: type[QueueWorker] = QueueWorker) -> None:
    kind(list(QUEUES), connection=Redis.from_url(url), serializer=JSONSerializer).work(logging_level="CRITICAL")


def _run_holder(url: str, name: str) -> None:
    """Holds a lease until a line comes in."""
    with lease(Redis.from_url(url), name) as held:
        print("held" if held else "refused", flush=True)
        sys.stdin.readline()


_PROGRAMS: dict[str, Callable[..., None]] = {
    "worker": _run_worker,
    "dying": lambda url: _run_worker(url, DiesWithItsTask),
    "holder": _run_holder,
}


@contextmanager
def program(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    """One of the programs in a process of its own, killed in the end."""
    command = [sys.executable, "-m", "tests.worker.chores", *arguments]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


if __name__ == "__main__":
    _PROGRAMS[sys.argv[1]](*sys.argv[2:])
