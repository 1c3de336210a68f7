from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis

from tests.bot.harness import Bot, queue_server
from tests.bot.stage import Stage
from tests.github.descriptions import Descriptions
from tests.github.fake import FakeGitHub
from worker.demo import BASE


@pytest.fixture(scope="session")
def redis_session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """One queue server for all tests of a process."""
    with queue_server(tmp_path_factory.mktemp("queue")) as url:
        yield url


@pytest.fixture
def redis_url(redis_session: str) -> str:
    """A queue server with nothing in it."""
    with Redis.from_url(redis_session) as redis:
        redis.flushall()
    return redis_session


@pytest.fixture
def github(tmp_path: Path, descriptions: Descriptions) -> Iterator[FakeGitHub]:
    """A fake GitHub; everything that was said to it and by it must be as GitHub describes it."""
    with FakeGitHub(tmp_path / "github", descriptions) as fake:
        yield fake
        fake.settle()
    assert fake.problems == []


@pytest.fixture
def stage(github: FakeGitHub, tmp_path: Path, redis_url: str) -> Iterator[Stage]:
    """The sample shop as a repository with the bot installed and nothing left to do."""
    shop = github.create_repository("octo/shop", BASE)
    github.settle()
    with Bot(github, tmp_path / "data", redis_url) as bot:
        yield Stage(github, bot, shop)
