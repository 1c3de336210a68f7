"""The versions of a pull request whose check run may be unfinished: noted before it is begun, until it is completed.

With a pull request GitHub shows the checks of its newest commit alone. So where an attempt died and its commit was pushed
over, nothing but this note leads to the check run that it left. The notes are kept in the queue's server.
"""

from __future__ import annotations

from typing import cast

from redis import Redis
from rq.utils import as_text

_SECONDS = 15 * 86_400
"""GitHub gives up a check run by itself after 14 days."""


def note(redis: Redis, subject: str, version: str) -> None:
    """A check run of a version is about to be begun."""
    with redis.pipeline() as pipeline:
        pipeline.sadd(_key(subject), version)
        pipeline.expire(_key(subject), _SECONDS)
        pipeline.execute()


def versions(redis: Redis, subject: str) -> list[str]:
    """The versions with a note."""
    return sorted(map(as_text, cast("set[bytes]", redis.smembers(_key(subject)))))


def forget(redis: Redis, subject: str, version: str) -> None:
    """No check run of a version is unfinished."""
    redis.srem(_key(subject), version)


def _key(subject: str) -> str:
    return f"partywall:unfinished:{subject}"
