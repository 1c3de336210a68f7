"""The bot's processes: the web server, the workers, and both with a queue server of our own."""

from __future__ import annotations

import importlib
import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import FrameType
from typing import Any

from redis import Redis, RedisError
from rq import Queue
from rq.job import Job
from rq.serializers import JSONSerializer
from rq.worker_pool import WorkerPool

from bot import logs
from bot.disk import LOOK_AT_DISK, note_disk
from bot.settings import Settings
from worker.keeper import Keeper
from worker.processes import PARENT, stop_process
from worker.queue import QUEUES, UPKEEP, Task, Tasks, connect
from worker.queue_server import QueueServer, folder_in
from worker.workers import QueueWorker

_log = logging.getLogger("partywall.service")
_NEEDED = ("bot.jobs", "libcst", "rules.differences", "rules.rewrite")
"""What tasks need is read once, before the workers fork; some of it stands where a command would not need it."""

_THREADS = 8


def serve(host: str, port: int, processes: int) -> None:
    """Becomes gunicorn, serving the web application. Does not return."""
    shared = ["--worker-tmp-dir", "/dev/shm"] if Path("/dev/shm").is_dir() else []  # noqa: S108 - gunicorn's heartbeat
    command = [sys.executable, "-m", "gunicorn", "--bind", f"{host}:{port}", "--workers", str(processes)]
    options = ["--worker-class", "gthread", "--threads", str(_THREADS), *shared]
    logged = ["--log-level", "warning", "--config", "python:bot.gunicorn_hooks"]
    # Which proxies are believed is for PARTYWALL_PROXIES to say; gunicorn would believe those of this machine.
    unbelieved = ["--forwarded-allow-ips", ""]
    os.execv(sys.executable, [*command, *options, *logged, *unbelieved, "bot.setup.switch:from_environment()"])  # noqa: S606 - no shell is meant


def work(settings: Settings, processes: int) -> None:
    """Runs workers until SIGTERM or SIGINT; what they are at is finished first."""
    logs.hide(*settings.secrets)
    for module in _NEEDED:
        importlib.import_module(module)
    redis = connect(settings.redis_url)
    pool = _Pool(
        list(QUEUES),
        redis,
        num_workers=processes,
        worker_class=_Worker,
        serializer=JSONSerializer,
        upkeep=_Upkeep(redis, settings),
    )
    _log.info("%d workers", processes)
    # Until the pool handles it: an orderly exit would wait for workers that nobody asked to end.
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    pool.start(logging_level="WARNING")


class _Worker(QueueWorker):
    """A worker that says in its log what a task is about."""

    def execute_job(self, job: Job, queue: Queue) -> None:
        """Runs a task; what is written meanwhile, by us and by RQ, says what it is about."""
        with logs.about({**job.meta, "task": job.id}):
            super().execute_job(job, queue)


class _Upkeep:
    """What happens beside the workers, every second."""

    def __init__(self, redis: Redis, settings: Settings) -> None:
        self._keeper = Keeper(redis)
        self._tasks = Tasks(redis)
        self._settings = settings
        self._started = False
        self._next_look = 0.0

    def tick(self) -> None:
        """Keeps the queue, and has missing reviews looked for: at the start, and every interval on one machine of all."""
        try:
            self._keeper.tick()
            due = self._tasks.redis.set("partywall:reconciled", 1, nx=True, ex=self._settings.reconcile_interval)
            if due or not self._started:
                self._tasks.put(Task("reconcile-all", UPKEEP, "bot.jobs.reconcile_all", ()))
                self._started = True
            if time.monotonic() >= self._next_look:
                self._next_look = time.monotonic() + LOOK_AT_DISK
                note_disk(redis=self._tasks.redis, data=self._settings.data)
        except RedisError as error:
            _log.warning("the queue's server does not answer: %s", error)


class _Pool(WorkerPool):
    """Workers that are started again when they die, and the upkeep beside them."""

    def __init__(self, *args: Any, upkeep: _Upkeep, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._upkeep = upkeep

    def check_workers(self, respawn: bool = True) -> None:
        """Replaces dead workers, and sees to the upkeep."""
        super().check_workers(respawn)
        self._upkeep.tick()


def up(environ: Mapping[str, str], data: Path, serve_options: Sequence[str], processes: int) -> int:
    """Runs web server, workers and, without REDIS_URL, a queue server, until SIGTERM or SIGINT. Returns the exit code.

    Raises ReviewError where the queue server does not start or the data folder is in use.
    """
    stop = _Stop()
    with ExitStack() as stack:
        queue = None
        if not environ.get("REDIS_URL", "").strip():
            queue = QueueServer(folder_in(data))
            environ = {**environ, "REDIS_URL": stack.enter_context(queue)}
        command = [sys.executable, "-m", "worker.cli"]
        children = [
            stack.enter_context(_Child([*command, "work", "--processes", str(processes)], environ)),
            stack.enter_context(_Child([*command, "serve", *serve_options], environ)),
        ]
        while not stop.asked:
            if queue is not None:
                queue.keep()
            for child in children:
                child.keep()
            time.sleep(0.2)
    return 0


class _Stop:
    """Whether we were asked to stop."""

    def __init__(self) -> None:
        self.asked = False
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, self._ask)

    def _ask(self, _number: int, _frame: FrameType | None) -> None:
        self.asked = True


class _Child:
    """A process that is started again when it ends, and stopped with the context, or when we are killed."""

    def __init__(self, command: Sequence[str], environ: Mapping[str, str]) -> None:
        self._command = command
        self._environ = {**environ, PARENT: str(os.getpid())}
        self._process: subprocess.Popen[bytes] | None = None
        self._again = 0.0

    def __enter__(self) -> _Child:
        self.keep()
        return self

    def keep(self) -> None:
        """Starts the process where it does not run, a second after it ended."""
        if self._process is not None and self._process.poll() is None:
            return
        if self._process is not None and not self._again:
            _log.error("%s ended with %s; it is started again", self._command[3], self._process.returncode)
            self._again = time.monotonic() + 1
        if time.monotonic() >= self._again:
            # A group of its own: Ctrl+C reaches us alone, and we stop the children in order.
            self._process = subprocess.Popen(self._command, env=self._environ, start_new_session=True)
            self._again = 0.0

    def __exit__(self, *_: object) -> None:
        if self._process is not None:
            stop_process(self._process, None)
