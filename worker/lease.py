"""A lease on a name, held in Redis by one process at a time, on however many machines the processes run.

It is renewed while it is held and runs out by itself when its holder's machine is gone. A holder that died on this
machine is noticed at once: a restarted worker need not wait for what its killed predecessor held.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from redis import Redis, RedisError
from redis.exceptions import LockError
from redis.lock import Lock

from worker.processes import birth_of, machine, process_exists

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
    """This process, told apart from every other now and before: machine, process id, and when the process began."""
    return f"{machine()}|{os.getpid()}|{birth_of(os.getpid())}|{threading.get_ident()}"


def is_alive(holder: str) -> bool:
    """Whether the process of an identity may still run; always True for one of another machine."""
    host, process, birth, *_ = (*holder.split("|"), "", "", "")
    if host != machine() or not process.isdigit():
        return True
    return process_exists(int(process)) and birth_of(int(process)) == birth


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
