"""`partywall up`: everything at once, ended in order, killed in part or altogether, and started again."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from redis import Redis

from bot.status import state
from tests.bot.disasters import (
    Hold,
    assert_reviewed_once,
    kill,
    kill_all,
    open_bot,
    open_pull,
    posts_comments,
    processes_of,
    reviewed,
    wait_for_reviews,
)
from tests.bot.harness import PATIENCE, wait_for
from tests.github.descriptions import Descriptions
from tests.github.fake import FakeGitHub
from tests.github.faults import Fault
from tests.support.serving import answers, free_port, variables
from worker import queue_server
from worker.demo import BASE
from worker.errors import ReviewError
from worker.lock import locked
from worker.processes import process_exists
from worker.queue_server import QueueServer


def inherited() -> dict[str, str]:
    """This process's environment without settings."""
    return {key: value for key, value in os.environ.items() if not key.startswith(("PARTYWALL_", "REDIS_"))}


@contextmanager
def up(github: FakeGitHub, data: Path, *, app: bool = True) -> Iterator[subprocess.Popen[bytes]]:
    """`partywall up` with its own queue server, taking the webhooks; in the end all its processes are killed."""
    port = free_port()
    given = variables(github, data) if app else {"PARTYWALL_DATA": str(data)}
    environ = {**inherited(), **given}
    command = [
        sys.executable,
        "-m",
        "worker.cli",
        "up",
        "--port",
        str(port),
        "--processes",
        "1",
        "--web-processes",
        "1",
    ]
    process = subprocess.Popen(command, env=environ, start_new_session=True)
    try:
        wait_for(lambda: answers(f"http://127.0.0.1:{port}"))
        github.hook = f"http://127.0.0.1:{port}/webhook"
        yield process
    finally:
        github.hook = None
        kill_all(data)
        process.wait()


def queue_servers(data: Path) -> list[int]:
    """The queue servers that write into the data folder."""
    return [process for process in processes_of(data) if Path(f"/proc/{process}/cwd").readlink() == data / "queue"]


def test_up_reviews_and_ends_with_all_its_processes(tmp_path: Path, descriptions: Descriptions) -> None:
    with FakeGitHub(tmp_path / "hub", descriptions) as github:
        repository = github.create_repository("octo/shop", BASE)
        with up(github, tmp_path / "data") as process:
            pull = open_pull(repository)
            wait_for(lambda: reviewed(pull))
            assert len(processes_of(tmp_path / "data")) >= 5
            process.terminate()
            assert process.wait(PATIENCE) == 0
            assert processes_of(tmp_path / "data") == []
        assert_reviewed_once(pull)
        assert github.problems == []


def test_up_starts_a_killed_queue_server_again_and_nothing_is_lost(tmp_path: Path, descriptions: Descriptions) -> None:
    data = tmp_path / "data"
    with FakeGitHub(tmp_path / "hub", descriptions) as github, up(github, data):
        repository = github.create_repository("octo/shop", BASE)
        hold = Hold(github, posts_comments)
        first, second = open_pull(repository, "one"), open_pull(repository, "two")
        github.settle()
        assert hold.reached.wait(PATIENCE)
        kill(*queue_servers(data))
        wait_for(lambda: queue_servers(data))
        hold.released.set()
        wait_for(lambda: reviewed(first, second))
        assert_reviewed_once(first)
        assert_reviewed_once(second)
        assert github.problems == []


@pytest.mark.parametrize("survivors", [False, True], ids=["all die", "only up itself dies"])
def test_up_goes_on_where_a_killed_one_stopped(tmp_path: Path, descriptions: Descriptions, survivors: bool) -> None:
    data = tmp_path / "data"
    with FakeGitHub(tmp_path / "hub", descriptions) as github:
        repository = github.create_repository("octo/shop", BASE)
        hold = Hold(github, posts_comments)
        with up(github, data) as process:
            pull = open_pull(repository)
            github.settle()
            assert hold.reached.wait(PATIENCE)
            first = processes_of(data)
            if survivors:
                kill(process.pid)
            else:
                kill_all(data)
            process.wait()
            with up(github, data):
                servers = queue_servers(data)
                hold.released.set()
                wait_for(lambda: reviewed(pull))
                wait_for(lambda: not any(map(process_exists, first)))
                assert queue_servers(data) == servers
                assert len(servers) == 1
        assert_reviewed_once(pull)
        assert github.problems == []


@pytest.mark.parametrize(
    ("app", "server"),
    [(True, True), (False, True), (True, False)],
    ids=["with an App", "without an App", "whose queue server is killed, too"],
)
def test_nothing_is_left_of_a_killed_up(tmp_path: Path, descriptions: Descriptions, app: bool, server: bool) -> None:
    data = tmp_path / "data"
    with FakeGitHub(tmp_path / "hub", descriptions) as github, up(github, data, app=app) as process:
        kill(process.pid, *([] if server else queue_servers(data)))
        wait_for(lambda: processes_of(data) == [])


def test_a_killed_up_finishes_its_review_and_its_queue_server_ends_last(
    tmp_path: Path, descriptions: Descriptions
) -> None:
    data = tmp_path / "data"
    with FakeGitHub(tmp_path / "hub", descriptions) as github:
        hold = Hold(github, posts_comments)
        repository = github.create_repository("octo/shop", BASE)
        with up(github, data) as process:
            pull = open_pull(repository)
            github.settle()
            assert hold.reached.wait(PATIENCE)
            web = github.hook
            assert web is not None
            kill(process.pid)
            wait_for(lambda: not answers(web.removesuffix("/webhook")))
            assert len(queue_servers(data)) == 1
            hold.released.set()
            wait_for(lambda: processes_of(data) == [])
        assert_reviewed_once(pull)
        assert github.problems == []


def test_what_a_shell_started_outlives_it(tmp_path: Path, descriptions: Descriptions) -> None:
    """`work` and `serve` end with `up` where that started them, and with nobody else."""
    port = free_port()
    script = '"$0" -m worker.cli work --processes 1 & "$0" -m worker.cli serve --port "$1" --web-processes 1 & read end'
    with open_bot(tmp_path, descriptions) as bot:
        command = ["sh", "-c", script, sys.executable, str(port)]
        shell = subprocess.Popen(command, env={**inherited(), **bot.environ}, stdin=subprocess.PIPE)
        try:
            wait_for(lambda: answers(f"http://127.0.0.1:{port}") and state(bot.shop.tasks).workers)
            shell.communicate()
            bot.github.hook = f"http://127.0.0.1:{port}/webhook"
            repository = bot.github.create_repository("octo/shop", BASE)
            # While the first review runs, there is time to notice that the shell is gone.
            bot.github.fail(Fault(("GET", "/compare/"), "slow", seconds=3))
            first = open_pull(repository, "one")
            wait_for_reviews(bot, first)
            second = open_pull(repository, "two")
            wait_for_reviews(bot, second)
        finally:
            kill_all(bot.settings.data)


def test_a_data_folder_is_for_one_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queue_server, "_FREE", 0)
    with QueueServer(tmp_path), pytest.raises(ReviewError, match="in use by another `partywall up`"):
        QueueServer(tmp_path).__enter__()


def test_up_waits_while_the_queue_server_of_a_killed_one_is_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with ExitStack() as other:
        other.enter_context(locked(tmp_path / "lock"))
        monkeypatch.setattr("worker.queue_server.time.sleep", lambda _: other.close())
        with QueueServer(tmp_path) as address, Redis.from_url(address) as redis:
            assert redis.ping()
