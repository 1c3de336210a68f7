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


@pytest.fixture
def redis(redis_url: str) -> Iterator[Redis]:
    """A queue server with nothing in it."""
    with Redis.from_url(redis_url) as connection:
        yield connection
