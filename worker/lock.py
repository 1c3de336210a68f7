"""An exclusive lock on a file, between threads and between processes, that ends with its holder."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_held: set[int] = set()
"""The descriptors of this process that carry a lock or wait for one."""


def _let_go() -> None:
    """A forked worker must not hold on to the lock when we die. Closing does not unlock: our own descriptor remains."""
    while _held:
        os.close(_held.pop())


os.register_at_fork(after_in_child=_let_go)


@contextmanager
def locked(path: Path, *, wait: bool = True) -> Iterator[int]:
    """Holds the lock on a file, which is made where there is none, and gives its descriptor.

    The holder may remove the file. A child that is given the descriptor holds the lock too, until we let go of it.
    Raises BlockingIOError where another holds the lock and we are not to wait.
    """
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        _held.add(descriptor)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
            if _is_at(path, descriptor):
                try:
                    yield descriptor
                finally:
                    fcntl.flock(descriptor, fcntl.LOCK_UN)
                return
        finally:
            _held.discard(descriptor)
            os.close(descriptor)


def _is_at(path: Path, descriptor: int) -> bool:
    """Whether the file that we locked is still there: whoever held the lock before may have removed it."""
    try:
        return os.path.samestat(path.stat(), os.fstat(descriptor))
    except FileNotFoundError:
        return False
