"""The queue's server dies, webhooks are lost: what was missed is made up for, once."""

from __future__ import annotations

import urllib.request
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from redis import Redis

from bot import reconciling
from tests.bot.disasters import finding_ids, kill, open_bot, reviewed, wait_for_reviews
from tests.bot.harness import Bot, wait_for
from tests.github.descriptions import Descriptions
from tests.github.fake import FakeGitHub
from tests.github.pull import Pull
from tests.github.repository import Repository
from tests.support.processes import running
from worker.demo import BASE, CHANGE
from worker.queue import REVIEWS
from worker.queue_server import QueueServer


def open_pulls(repository: Repository, *branches: str) -> list[Pull]:
    for branch in branches:
        repository.push(branch, CHANGE)
    return [repository.open_pull(branch) for branch in branches]


def times_reviewed(pull: Pull) -> int:
    """How many check runs the head has; none may be unfinished."""
    runs = pull.repository.check_runs(pull.head)
    assert all(run.status == "completed" for run in runs)
    return len(runs)


def kill_server(folder: Path) -> None:
    kill(*(process for process in running("valkey-server") if Path(f"/proc/{process}/cwd").readlink() == folder))


@contextmanager
def bot_and_server(folder: Path, descriptions: Descriptions) -> Iterator[tuple[Bot, QueueServer]]:
    """A bot, and its queue server to start again. In the end nothing may have differed from GitHub's descriptions."""
    server = QueueServer(folder / "queue")
    with (
        FakeGitHub(folder / "hub", descriptions) as github,
        server as url,
        Bot(github, folder / "data", url) as bot,
    ):
        yield bot, server
        assert github.problems == []


def test_the_queue_server_dies_while_deliveries_come_in(tmp_path: Path, descriptions: Descriptions) -> None:
    with bot_and_server(tmp_path, descriptions) as (bot, server):
        github = bot.github
        repository = github.create_repository("octo/shop", BASE)
        (before,) = open_pulls(repository, "before")
        github.settle()
        kill_server(tmp_path / "queue")
        github.drop_webhooks = True
        (meanwhile,) = open_pulls(repository, "meanwhile")
        github.drop_webhooks = False
        missed = next(
            each
            for each in github.deliveries
            if each.event == "pull_request" and each.body["number"] == meanwhile.number
        )
        github.redeliver(missed.guid)
        github.settle()
        assert missed.status == 503
        server.keep()
        github.redeliver(missed.guid)
        github.settle()
        assert missed.status == 202
        bot.workers()
        wait_for_reviews(bot, before, meanwhile)
        assert [times_reviewed(pull) for pull in (before, meanwhile)] == [1, 1]


def test_workers_find_a_queue_server_that_is_back(tmp_path: Path, descriptions: Descriptions) -> None:
    with bot_and_server(tmp_path, descriptions) as (bot, server):
        github = bot.github
        repository = github.create_repository("octo/shop", BASE)
        workers = bot.workers()
        (first,) = open_pulls(repository, "first")
        wait_for_reviews(bot, first)
        kill_server(tmp_path / "queue")
        github.drop_webhooks = True
        (second,) = open_pulls(repository, "second")
        server.keep()
        github.drop_webhooks = False
        (third,) = open_pulls(repository, "third")
        github.settle()
        wait_for_reviews(bot, first, third)
        # Nobody heard of the second one. A worker that starts has the reconciler look for such.
        assert not reviewed(second)
        assert workers.poll() is None
        bot.workers()
        wait_for_reviews(bot, second)
        assert [times_reviewed(pull) for pull in (first, second, third)] == [1, 1, 1]


def test_pull_requests_nobody_told_of_are_found_at_the_start_and_every_interval(
    tmp_path: Path, descriptions: Descriptions
) -> None:
    with open_bot(tmp_path, descriptions, PARTYWALL_RECONCILE_MINUTES=str(1 / 60)) as bot:
        github = bot.github
        shops = [github.create_repository(name, BASE) for name in ("octo/shop", "octo/mart", "umbrella/store")]
        (known,) = open_pulls(shops[0], "known")
        bot.work_off()
        github.drop_webhooks = True
        lost = [pull for shop in shops for pull in open_pulls(shop, "lost")]
        shops[0].push("draft", CHANGE)
        draft = shops[0].open_pull("draft", draft=True)
        bot.workers(2)
        wait_for_reviews_of_all(lost)
        lost[0].push({"shop/core/more.py": "import shop.mail\n"})
        wait_for_reviews_of_all(lost)
        assert [times_reviewed(pull) for pull in (known, *lost)] == [1] * 4
        assert times_reviewed(draft) == 0
        assert [len(finding_ids(pull)) for pull in (known, *lost)] == [2, 3, 2, 2]


def wait_for_reviews_of_all(pulls: list[Pull]) -> None:
    """The queue is never quiet where the reconciler looks every second."""
    wait_for(lambda: reviewed(*pulls))


def test_a_repository_with_more_open_pull_requests_than_a_page_holds(
    tmp_path: Path, descriptions: Descriptions
) -> None:
    with open_bot(tmp_path, descriptions) as bot:
        repository = bot.github.create_repository("octo/shop", BASE)
        other = bot.github.create_repository("octo/mart", BASE)
        bot.github.drop_webhooks = True
        tip = repository.push("topic", CHANGE)
        for number in range(60):
            repository.git("update-ref", f"refs/heads/topic{number}", tip)
            repository.open_pull(f"topic{number}", draft=number < 5)
        open_pulls(other, "topic")
        assert repository.installation is not None
        found = [reconciling.reconcile(bot.shop, repository.installation.id) for _ in range(2)]
        assert found == [
            "2 repositories, 56 pull requests without a review",
            "2 repositories, 0 pull requests without a review",
        ]
        assert len(bot.shop.tasks.queue(REVIEWS).job_ids) == bot.settings.per_installation


def test_the_web_application_is_alive_without_a_queue_server(tmp_path: Path, descriptions: Descriptions) -> None:
    """To start it again would not bring the queue back."""
    with (
        FakeGitHub(tmp_path / "hub", descriptions) as github,
        QueueServer(tmp_path / "queue") as url,
        Bot(github, tmp_path / "data", url),
    ):
        kill_server(tmp_path / "queue")
        assert github.hook is not None
        with urllib.request.urlopen(github.hook.replace("/webhook", "/healthz"), timeout=10) as answer:  # noqa: S310
            assert answer.status == 200


def test_nothing_secret_stands_in_the_queue(tmp_path: Path, descriptions: Descriptions) -> None:
    with open_bot(tmp_path, descriptions) as bot:
        repository = bot.github.create_repository("octo/shop", BASE)
        open_pulls(repository, "topic")
        bot.github.settle()
        redis = bot.shop.tasks.redis
        seen = [*contents(redis)]
        bot.work_off()
        seen += contents(redis)
        tokens = {request.secret for request in bot.github.requests}
        lines = bot.github.app.private_key.splitlines()[1:-1]
        assert tokens
        for secret in (*tokens, *lines, bot.github.app.webhook_secret):
            assert not any(secret.encode() in value for value in seen)


def contents(redis: Redis) -> Iterator[bytes]:
    """All that a queue server holds; what tasks are given is packed."""
    for key in redis.scan_iter():
        if redis.type(key) == b"hash":
            given = {name: value for name, value in redis.hgetall(key).items() if isinstance(value, bytes)}
            yield from (zlib.decompress(value) if name == b"data" else value for name, value in given.items())
        else:
            yield redis.dump(key) or b""
