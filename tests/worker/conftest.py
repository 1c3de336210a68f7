from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis

from tests.support.githttp import Origin, serving


@pytest.fixture
def origin(tmp_path: Path) -> Iterator[Origin]:
    with serving(tmp_path / "served") as server:
        yield Origin(server)


@pytest.fixture(scope="session")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a queue server, one for all tests of a process."""
    from bot.service import QueueServer

    with QueueServer(tmp_path_factory.mktemp("queue")) as url:
        yield url


@pytest.fixture
def redis_url(redis_server: str) -> str:
    """The address of a queue server with nothing in it."""
    with Redis.from_url(redis_server) as redis:
        redis.flushall()
    return redis_server


@pytest.fixture
def redis(redis_url: str) -> Iterator[Redis]:
    """A queue server with nothing in it."""
    with Redis.from_url(redis_url) as connection:
        yield connection
