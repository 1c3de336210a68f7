"""Machines that share facts through the queue's server, as a review sees it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from redis import Redis
from rq.utils import as_text

from tests.bot.disasters import standing
from tests.bot.harness import Bot
from tests.bot.stage import HARMLESS
from tests.bot.test_metrics import counted
from tests.github.fake import FakeGitHub
from worker import shared
from worker.demo import BASE, CHANGE


class Machines(NamedTuple):
    """Two machines with workers and disks of their own. The first takes the webhooks."""

    first: Bot
    second: Bot

    @property
    def redis(self) -> Redis:
        """Their queue's server."""
        return self.first.shop.tasks.redis

    def outcomes(self) -> dict[str, int]:
        """What came of the facts that were asked of the server and given to it."""
        return {words[0]: int(number) for words, number in counted(self.redis, "partywall_shared_facts_total").items()}


def _two(github: FakeGitHub, folder: Path, redis_url: str, **variables: str) -> Iterator[Machines]:
    with Bot(github, folder / "first", redis_url, **variables) as first:
        second = Bot(github, folder / "second", redis_url, **variables)
        yield Machines(first, second)
        second.shop.tasks.redis.close()


@pytest.fixture
def machines(github: FakeGitHub, tmp_path: Path, redis_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Machines]:
    monkeypatch.setattr(shared, "WAIT", 30.0)  # a busy machine is no slow server
    yield from _two(github, tmp_path, redis_url, PARTYWALL_SHARED_FACTS_MB="1")


def test_what_the_first_machine_read_the_second_need_not(machines: Machines, github: FakeGitHub) -> None:
    shop = github.create_repository("octo/shop", BASE)
    shop.push("topic", CHANGE)
    one = shop.open_pull("topic")
    machines.first.work_off()
    files = machines.outcomes()["kept"]
    assert machines.outcomes() == {"kept": files, "unknown": files}
    assert counted(machines.redis, "partywall_shared_facts_bytes") == {(): shared.size(machines.redis)}
    shop.push("again", CHANGE)
    other = shop.open_pull("again")
    machines.second.work_off()
    assert machines.outcomes() == {"kept": files, "unknown": files, "found": files}
    assert standing(other) == standing(one)
    assert len(standing(other).comments) == 2
    other.push(HARMLESS)
    machines.second.work_off()
    assert machines.outcomes() == {"kept": files + 1, "unknown": files + 1, "found": files}


def test_a_neighbour_with_the_same_files_is_told_nothing(machines: Machines, github: FakeGitHub) -> None:
    for name in ("octo/shop", "eve/copy"):
        repository = github.create_repository(name, BASE)
        repository.push("topic", CHANGE)
        repository.open_pull("topic")
        (machines.first if name == "octo/shop" else machines.second).work_off()
    assert "found" not in machines.outcomes()


def test_a_repository_that_is_taken_away_takes_its_shared_facts_along(machines: Machines, github: FakeGitHub) -> None:
    gone, left = (github.create_repository(name, BASE) for name in ("octo/gone", "octo/left"))
    for repository, bot in ((gone, machines.first), (left, machines.second)):
        repository.push("topic", CHANGE)
        repository.open_pull("topic")
        bot.work_off()
    before = shared.size(machines.redis)
    github.remove_from_installation(gone)
    machines.second.work_off()
    (name,) = machines.redis.keys("partywall:facts:[0-9]*")
    assert as_text(name).split(":")[2] == str(left.id)
    assert shared.size(machines.redis) == before // 2


def test_nothing_is_shared_unless_it_is_asked_for(github: FakeGitHub, tmp_path: Path, redis_url: str) -> None:
    for machines in _two(github, tmp_path, redis_url):
        shop = github.create_repository("octo/shop", BASE)
        shop.push("topic", CHANGE)
        shop.open_pull("topic")
        machines.first.work_off()
        assert machines.outcomes() == {}
        assert machines.redis.keys("partywall:facts*") == []


def test_a_review_is_the_same_where_the_shared_facts_are_garbage(machines: Machines, github: FakeGitHub) -> None:
    shop = github.create_repository("octo/shop", BASE)
    shop.push("topic", CHANGE)
    one = shop.open_pull("topic")
    machines.first.work_off()
    (name,) = machines.redis.keys("partywall:facts:[0-9]*")
    for field in machines.redis.hkeys(name):
        machines.redis.hset(as_text(name), field, b"garbage")
    shop.push("again", CHANGE)
    other = shop.open_pull("again")
    machines.second.work_off()
    assert standing(other) == standing(one)
    files = machines.outcomes()["kept"] // 2
    assert machines.outcomes() == {"kept": 2 * files, "unknown": files, "not believed": files}
