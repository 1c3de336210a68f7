from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.bot.examples import Example, examples
from tests.bot.harness import Bot
from tests.bot.stage import Stage
from tests.github.descriptions import Descriptions
from tests.github.fake import FakeGitHub
from worker.demo import BASE


@pytest.fixture
def github(tmp_path: Path, descriptions: Descriptions) -> Iterator[FakeGitHub]:
    """A fake GitHub; everything that was said to it and by it must be as GitHub describes it."""
    with FakeGitHub(tmp_path / "github", descriptions) as fake:
        yield fake
        fake.settle()
    assert fake.problems == []


@pytest.fixture(scope="session")
def samples(pytestconfig: pytest.Config) -> list[Example]:
    """GitHub's own examples of deliveries."""
    assert pytestconfig.cache is not None
    return examples(pytestconfig.cache.mkdir("npm"))


@pytest.fixture
def stage(github: FakeGitHub, tmp_path: Path, redis_url: str) -> Iterator[Stage]:
    """The sample shop as a repository with the bot installed and nothing left to do."""
    shop = github.create_repository("octo/shop", BASE)
    github.settle()
    with Bot(github, tmp_path / "data", redis_url) as bot:
        yield Stage(github, bot, shop)
