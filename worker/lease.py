"""A lease on a name, held in Redis by one process at a time, on however many machines the processes run.

It is renewed while it is held and runs out by itself when its holder's machine is gone. A holder that died on this
machine is noticed at once: a restarted worker need not wait for what its killed predecessor held.
"""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from redis import Redis, RedisError
from redis.exceptions import LockError
from redis.lock import Lock

_SECONDS = 30
_RENEWALS = 3


@contextmanager
def lease(redis: Redis, name: str, seconds: int = _SECONDS) -> Iterator[Lock | None]:
    """Holds `name` while the context lasts; None where somebody else holds it. Does not wait.

    The lock tells with `owned()` whether it is held still: a process that slept too long may have lost it.
    """
    key = f"partywall:lease:{name}"
    lock = Lock(redis, key, timeout=seconds, blocking=False, thread_local=False)
    mine = identity()
    if not lock.acquire(token=mine) and not (_holder_is_gone(redis, key) and lock.acquire(token=mine)):
        yield None
        return
    done = threading.Event()
    renewal = threading.Thread(target=_renew, args=(lock, done, seconds), daemon=True)
    renewal.start()
    try:
        yield lock
    finally:
        done.set()
        renewal.join()
        with suppress(LockError, RedisError):
            lock.release()


def identity() -> str:
    """This process, told apart from every other now and before: host, process id, and when the process began."""
    return f"{socket.gethostname()}|{os.getpid()}|{_birth(os.getpid())}|{threading.get_ident()}"


def is_alive(holder: str) -> bool:
    """Whether the process of an identity may still run; always True for one of another machine."""
    host, process, birth, *_ = (*holder.split("|"), "", "", "")
    if host != socket.gethostname() or not process.isdigit():
        return True
    return process_exists(int(process)) and _birth(int(process)) == birth


def process_exists(process: int) -> bool:
    """Whether a process of this machine exists and is not merely waiting to be buried."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    fields = _stat(process)
    return not fields or fields[0] not in ("Z", "X")


def _birth(process: int) -> str:
    """When a process began, in clock ticks since the machine started; '' where the system does not tell."""
    fields = _stat(process)
    return fields[19] if len(fields) > 19 else ""


def _stat(process: int) -> list[str]:
    """The fields behind the command's name in /proc/PID/stat (see proc(5)): state, parent, ..."""
    with suppress(OSError):
        return Path(f"/proc/{process}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    return []


def _holder_is_gone(redis: Redis, key: str) -> bool:
    """Takes the lease from a holder that died on this machine."""
    holder = redis.get(key)
    if not isinstance(holder, bytes) or is_alive(holder.decode("utf-8", "replace")):
        return False
    dead = Lock(redis, key, thread_local=False)
    dead.local.token = holder
    with suppress(LockError):
        dead.release()
    return True


def _renew(lock: Lock, done: threading.Event, seconds: int) -> None:
    while not done.wait(seconds / _RENEWALS):
        with suppress(LockError, RedisError):
            lock.extend(seconds, replace_ttl=True)
