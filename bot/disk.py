"""What the machines with workers say of their disks, for the metrics."""

from __future__ import annotations

import shutil
import socket
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from redis import Redis
from rq.utils import as_text

from bot.metrics import BETWEEN
from worker.mirror import Mirrors, folder_size

LOOK_AT_DISK = 60
"""Seconds between two looks of a machine at its disk."""

_MACHINES = "partywall:metrics:machines"
_SILENT = 5 * LOOK_AT_DISK
"""A machine that said nothing for so many seconds is gone."""

PARTS = ("mirrors", "facts", "free")


def note_disk(redis: Redis, data: Path) -> None:
    """Says how large mirrors and facts are on this machine, and what is free beside them. Raises RedisError."""
    sizes = [Mirrors(data / "mirrors").size(), folder_size(data / "facts"), 0]
    with suppress(OSError):
        # Before the first review there is no folder yet, only the place for it.
        sizes[-1] = shutil.disk_usage(next(place for place in (data, *data.absolute().parents) if place.exists())).free
    redis.hset(_MACHINES, socket.gethostname(), BETWEEN.join(map(str, (int(time.time()), *sizes))))


def disks(redis: Redis) -> Iterator[tuple[str, str, float]]:
    """(machine, one of PARTS, bytes) of every machine that said so lately. Raises RedisError."""
    for name, value in redis.hgetall(_MACHINES).items():
        at, *sizes = map(float, as_text(value).split(BETWEEN))
        if at > time.time() - _SILENT:
            yield from ((as_text(name), part, size) for part, size in zip(PARTS, sizes, strict=True))
        else:
            redis.hdel(_MACHINES, name)
