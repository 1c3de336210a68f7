"""What the tests of survival share: a change with many findings, what stands on a pull request, and a quiet queue."""

from __future__ import annotations

import os
import re
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Literal, NamedTuple

from tests.bot.harness import PATIENCE, Bot, queue_server, wait_for
from tests.github.bare import Files
from tests.github.descriptions import Descriptions
from tests.github.fake import FakeGitHub
from tests.github.pull import Pull
from tests.github.repository import Repository
from tests.github.routing import Request
from worker.demo import BASE, CHANGE
from worker.processes import process_exists

MANY: Files = {
    **CHANGE,
    **{f"shop/web/page{number}.py": f"TITLE = {number}\n" for number in range(9)},
    **{
        f"shop/core/part{part}.py": "".join(f"import shop.web.page{number}\n" for number in range(9))
        for part in range(6)
    },
}
"""A change with more findings than GitHub takes annotations in one request."""

FIX_AND_BREAK: Files = {"shop/core/orders.py": BASE["shop/core/orders.py"], "shop/core/more.py": "import shop.mail\n"}
"""A push that mends what the first comment is about, and brings something new."""

_COMMIT = re.compile(r"[0-9a-f]{40}")


@contextmanager
def open_bot(folder: Path, descriptions: Descriptions, **variables: str) -> Iterator[Bot]:
    """A bot with a fake GitHub and a queue server. In the end nothing may have differed from GitHub's descriptions."""
    with (
        FakeGitHub(folder / "hub", descriptions) as github,
        queue_server(folder / "queue") as url,
        Bot(github, folder / "data", url, **variables) as bot,
    ):
        yield bot
        assert github.problems == []


class Standing(NamedTuple):
    """All that the bot left on a pull request, without what differs between pull requests of the same content."""

    checks: list[tuple[str, str | None, str | None, str]]
    """Of the head: status, conclusion, title, summary."""
    annotations: list[tuple[str, int, str]]
    comments: list[tuple[str, str, bool, str | None]]
    """The finding's id, the path, whether it says that it is fixed, why it is folded away."""


def standing(pull: Pull) -> Standing:
    runs = pull.repository.check_runs(pull.head)
    return Standing(
        [(run.status, run.conclusion, run.title, _plain(run.summary or "", pull.repository)) for run in runs],
        [(each["path"], each["start_line"], each["title"]) for run in runs for each in run.annotations],
        [
            (_marked("finding", each.body), each.path, bool(_marked("fixed", each.body)), each.minimized)
            for each in pull.review_comments
        ],
    )


def _plain(summary: str, repository: Repository) -> str:
    return _COMMIT.sub("COMMIT", summary).replace(repository.html_url, "REPOSITORY")


def _marked(name: str, body: str) -> str:
    found = re.search(rf"<!-- partywall:{name}=(\w+) -->", body)
    return found[1] if found else ""


def reviewed(*pulls: Pull) -> bool:
    """Whether the head of each has a finished check run."""
    return all(any(run.status == "completed" for run in pull.repository.check_runs(pull.head)) for pull in pulls)


def quiet(bot: Bot) -> bool:
    """Whether no task waits or runs. Not read from the lists: a task that a worker just took stands in none."""
    tasks, redis = bot.shop.tasks, bot.shop.tasks.redis
    ids = [key.decode().removeprefix("rq:job:") for key in redis.scan_iter("rq:job:*")]
    return not any(map(tasks.is_alive, ids))


def wait_for_reviews(bot: Bot, *pulls: Pull) -> None:
    """Waits until each has its review and nothing is left to do."""
    wait_for(lambda: reviewed(*pulls) and quiet(bot))


def finding_ids(pull: Pull) -> list[str]:
    """The findings that comments of the pull request are about, one for each comment."""
    return [finding for finding, *_ in standing(pull).comments]


def children_of(process: int) -> list[int]:
    """The living children of a process."""
    return [child for child, stat in _stats().items() if int(stat[1]) == process and process_exists(child)]


def _stats() -> dict[int, list[str]]:
    """The fields of /proc/PID/stat (see proc(5)) from the state on, of every process."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            stat = (folder / "stat").read_text(encoding="utf-8", errors="replace")
            found[int(folder.name)] = stat.rpartition(")")[2].split()
    return found


def processes_of(data: Path) -> list[int]:
    """The living processes of a `partywall up` with this data folder: it is in their environment, or where they are."""
    found, entry = [], f"PARTYWALL_DATA={data}".encode()
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            known = entry in (folder / "environ").read_bytes().split(b"\0")
            if (known or (folder / "cwd").readlink().is_relative_to(data)) and process_exists(int(folder.name)):
                found.append(int(folder.name))
    return found


def kill(*processes: int) -> None:
    """kill -9."""
    for process in processes:
        with suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)


def kill_all(data: Path) -> None:
    while living := processes_of(data):
        kill(*living)


def open_pull(repository: Repository, branch: str = "topic") -> Pull:
    repository.push(branch, CHANGE)
    return repository.open_pull(branch)


def posts_comments(request: Request) -> bool:
    return request.method == "POST" and request.path.endswith("/reviews")


def assert_reviewed_once(pull: Pull) -> None:
    """The sample change gives two comments and one check run."""
    left = standing(pull)
    assert [(status, conclusion) for status, conclusion, *_ in left.checks] == [("completed", "failure")]
    assert len(finding_ids(pull)) == 2 == len(set(finding_ids(pull)))
    assert left.annotations == []


class Hold:
    """Holds the first request that matches, before GitHub acts on it, until it is let go."""

    def __init__(self, github: FakeGitHub, matches: Callable[[Request], bool]) -> None:
        self.reached = threading.Event()
        self.released = threading.Event()
        self._matches = matches
        github.observe = self._observe

    def _observe(self, _number: int, request: Request, phase: Literal["before", "after"]) -> None:
        if phase == "before" and self._matches(request) and not self.reached.is_set():
            self.reached.set()
            self.released.wait(PATIENCE)
