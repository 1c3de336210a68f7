from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import hypothesis
import pytest

from tests.support.npm import NotDeliveredError
from tests.support.repositories import Repo

if TYPE_CHECKING:
    from redis import Redis

    from tests.github.descriptions import Descriptions


hypothesis.settings.register_profile("steady", derandomize=True)
hypothesis.settings.register_profile("search", print_blob=True)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "steady"))
"""The same cases each time, so that a commit that passed passes; HYPOTHESIS_PROFILE=search looks for new ones."""


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Every test has a cache of its own."""
    folder = tmp_path_factory.mktemp("cache")
    monkeypatch.setenv("PARTYWALL_CACHE", str(folder))
    return folder


@pytest.fixture(scope="session")
def descriptions(pytestconfig: pytest.Config) -> Descriptions:
    """GitHub's descriptions of its interfaces. Skips where npm does not deliver them."""
    from tests.github.descriptions import Descriptions

    assert pytestconfig.cache is not None
    try:
        return Descriptions.load(pytestconfig.cache.mkdir("npm"))
    except NotDeliveredError as error:
        pytest.skip(str(error))


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    return Repo(tmp_path / "repo")


@pytest.fixture(scope="session")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a queue server, one for all tests of a process."""
    from worker.queue_server import QueueServer

    with QueueServer(tmp_path_factory.mktemp("queue")) as address:
        yield address


@pytest.fixture
def redis_url(redis_server: str) -> str:
    """The address of a queue server with nothing in it."""
    from redis import Redis

    with Redis.from_url(redis_server) as redis:
        redis.flushall()
    return redis_server


@pytest.fixture
def redis(redis_url: str) -> Iterator[Redis]:
    """A connection to a queue server with nothing in it."""
    from worker.queue import connect

    with connect(redis_url) as connection:
        yield connection
