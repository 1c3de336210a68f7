"""The bot against the fake GitHub: a real queue server, the web application on a port, and workers."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from rq.serializers import JSONSerializer
from rq.worker import SimpleWorker
from werkzeug.serving import BaseWSGIServer, make_server

from bot.app import create_app
from bot.settings import Settings, load
from bot.workshop import Workshop, furnish, workshop
from tests.github.fake import FakeGitHub
from tests.support import serving
from worker.processes import process_exists, stop_process
from worker.queue import QUEUES
from worker.queue_server import QueueServer

PATIENCE = 60
"""Seconds until a test gives up waiting for something that takes a moment."""


class Bot:
    """A bot for one fake GitHub. Use it as a context manager: the web application serves while it is open.

    Work is done by `work_off` in this process, or by worker processes of their own (`workers`). `variables` are settings
    that differ from the usual ones.
    """

    def __init__(self, github: FakeGitHub, folder: Path, redis_url: str, **variables: str) -> None:
        self.github = github
        self.environ = {**serving.variables(github, folder), "REDIS_URL": redis_url, **variables}
        self.settings: Settings = load(self.environ)
        self.shop: Workshop = furnish(self.settings)
        self._server: BaseWSGIServer | None = None
        self._workers: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> Bot:
        logging.getLogger("werkzeug").setLevel(logging.ERROR)
        self._server = make_server("127.0.0.1", 0, create_app(self.settings), threaded=True)
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        self.github.hook = f"http://127.0.0.1:{self._server.port}/webhook"
        return self

    def __exit__(self, *_: object) -> None:
        self.github.settle()
        self.github.hook = None
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
        for worker in [*self._workers]:
            self.kill(worker)
        self.shop.tasks.redis.close()

    def work_off(self) -> None:
        """Does in this process what waits, and what comes of it, without waiting for what is to be tried later."""
        self.github.settle()
        with self._as_workshop():
            queues = [self.shop.tasks.queue(name) for name in QUEUES]
            while any(queue.job_ids for queue in queues):
                worker = _HereWorker(queues, connection=self.shop.tasks.redis, serializer=JSONSerializer)
                worker.work(burst=True, logging_level="WARNING")
                self.github.settle()

    @contextmanager
    def _as_workshop(self) -> Iterator[None]:
        """The tasks of this process find our settings in its environment."""
        with pytest.MonkeyPatch.context() as patch:
            for name, value in self.environ.items():
                patch.setenv(name, value)
            workshop.cache_clear()
            yield
            workshop.cache_clear()

    def workers(self, processes: int = 1) -> subprocess.Popen[bytes]:
        """Worker processes of their own, in a process group of their own."""
        inherited = {key: value for key, value in os.environ.items() if not key.startswith(("PARTYWALL_", "REDIS_"))}
        command = [sys.executable, "-m", "worker.cli", "work", "--processes", str(processes)]
        worker = subprocess.Popen(command, env={**inherited, **self.environ}, start_new_session=True)
        self._workers.append(worker)
        return worker

    def kill(self, worker: subprocess.Popen[bytes]) -> None:
        """Kills workers and all their children at once, as a machine that loses power does."""
        while living := _session(worker.pid):
            for process in living:
                with suppress(ProcessLookupError):
                    os.kill(process, signal.SIGKILL)
        worker.wait()
        if worker in self._workers:
            self._workers.remove(worker)

    def stop(self, worker: subprocess.Popen[bytes]) -> None:
        """Asks workers to finish what they are at."""
        stop_process(worker, PATIENCE)
        self._workers.remove(worker)


class _HereWorker(SimpleWorker):
    """Works in this process and leaves its signals alone."""

    def _install_signal_handlers(self) -> None:
        pass


def _session(leader: int) -> list[int]:
    """The living processes of a session: RQ gives each running task a process group of its own, so groups do not do."""
    found = [leader]
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(ProcessLookupError):
            if os.getsid(int(folder.name)) == leader:
                found.append(int(folder.name))
    return [process for process in dict.fromkeys(found) if process_exists(process)]


def wait_for(condition: Callable[[], object], seconds: float = PATIENCE) -> None:
    """Waits until something is true. Fails the test where it does not become so."""
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "it did not happen"
        time.sleep(0.05)


@contextmanager
def queue_server(folder: Path) -> Iterator[str]:
    """The address of a queue server."""
    with QueueServer(folder) as address:
        yield address
