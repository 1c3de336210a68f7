"""Workers are killed at every request of a review, before and after GitHub acts on it; nothing is missing or doubled."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Mapping, Sequence
from itertools import cycle, islice
from pathlib import Path
from typing import Literal, NamedTuple

import pytest

from tests.bot.disasters import FIX_AND_BREAK, MANY, Standing, open_bot, standing, wait_for_reviews
from tests.bot.harness import PATIENCE, Bot
from tests.github.descriptions import Descriptions
from tests.github.fake import FakeGitHub
from tests.github.pull import Pull
from tests.github.repository import Repository
from tests.github.routing import Request
from worker.demo import BASE

PARTS = 2
AT_ONCE = 7
"""So many reviews stand at their points when the workers are killed."""


class Point(NamedTuple):
    """A moment of a review: before or after GitHub acts on its nth request, git's counted."""

    request: int
    phase: Literal["before", "after"]


class Undisturbed(NamedTuple):
    """What two rounds of a review leave when nobody is killed, and how many requests each takes."""

    standing: tuple[Standing, Standing]
    requests: tuple[int, int]

    def points(self, number: int) -> list[Point]:
        return [
            Point(request, phase) for request in range(1, self.requests[number] + 1) for phase in ("before", "after")
        ]


class Trap:
    """Kills the workers when every review has come to its point. Points are by repository name."""

    def __init__(self, bot: Bot, workers: subprocess.Popen[bytes], points: Mapping[str, Point]) -> None:
        self.sprung = threading.Event()
        self._bot = bot
        self._workers = workers
        self._points = points
        self._requests = dict.fromkeys(points, 0)
        self._all_there = threading.Barrier(len(points), self._spring, PATIENCE)

    def observe(self, _number: int, request: Request, phase: Literal["before", "after"]) -> None:
        name = repository_of(self._bot.github, request)
        if name not in self._points or self.sprung.is_set():
            return
        self._requests[name] += phase == "before"
        if Point(self._requests[name], phase) == self._points[name]:
            self._all_there.wait()
            if phase == "before":
                raise ConnectionAbortedError("GitHub never hears of it")

    def _spring(self) -> None:
        self._bot.kill(self._workers)
        self.sprung.set()


def repository_of(github: FakeGitHub, request: Request) -> str:
    """The name of the repository that a request of a review is about, '' for other requests."""
    if request.authorization == "jwt":
        ids = (request.body or {}).get("repository_ids") or ()
    else:
        ids = github.tokens.find(request).repositories or ()
    return next((repository.name for repository in github.repositories if {repository.id} == set(ids)), "")


def open_pull(repository: Repository) -> Pull:
    repository.push("topic", MANY)
    return repository.open_pull("topic")


def undisturbed(bot: Bot, repository: Repository) -> Undisturbed:
    github, pull = bot.github, open_pull(repository)
    left, counts = list[Standing](), list[int]()
    for number in range(2):
        before = len(github.requests)
        if number:
            pull.push(FIX_AND_BREAK)
        bot.work_off()
        left.append(standing(pull))
        counts.append(sum(repository_of(github, request) == repository.name for request in github.requests[before:]))
    return Undisturbed((left[0], left[1]), (counts[0], counts[1]))


def batches(points: Sequence[Point], part: int) -> list[list[Point]]:
    """One part of the points, as many for each kill as reviews stand still for it; the first ones fill the last kill."""
    mine = points[part::PARTS]
    kills = -(-len(mine) // AT_ONCE)
    filled = list(islice(cycle(mine), kills * AT_ONCE))
    return [filled[start : start + AT_ONCE] for start in range(0, len(filled), AT_ONCE)]


@pytest.mark.parametrize("part", range(PARTS))
def test_workers_killed_at_any_request_leave_one_complete_review(
    tmp_path: Path, descriptions: Descriptions, part: int
) -> None:
    with open_bot(tmp_path, descriptions) as bot:
        github = bot.github
        expected = undisturbed(bot, github.create_repository("octo/quiet", BASE))
        workers = bot.workers(AT_ONCE)
        rounds = (batches(expected.points(number), part) for number in range(2))
        for kill, both in enumerate(zip(*rounds, strict=True)):
            # New ones each time: a mirror that holds the files already asks for less.
            repositories = [
                github.create_repository(f"octo{number % 2}/shop-{kill}-{number}", BASE) for number in range(AT_ONCE)
            ]
            names = [repository.name for repository in repositories]
            pulls = list[Pull]()
            for number, points in enumerate(both):
                trap = Trap(bot, workers, dict(zip(names, points, strict=True)))
                github.observe = trap.observe
                if number:
                    for pull in pulls:
                        pull.push(FIX_AND_BREAK)
                else:
                    pulls = [open_pull(repository) for repository in repositories]
                assert trap.sprung.wait(PATIENCE)
                workers = bot.workers(AT_ONCE)
                wait_for_reviews(bot, *pulls)
                assert {pull: standing(pull) for pull in pulls} == dict.fromkeys(pulls, expected.standing[number]), (
                    points
                )
        assert all(run.status == "completed" for repository in github.repositories for run in repository.runs)
        assert bot.shop.tasks.failed() == []


def test_the_points_are_many_and_the_rounds_hold_all_there_is_to_kill(
    tmp_path: Path, descriptions: Descriptions
) -> None:
    with open_bot(tmp_path, descriptions) as bot:
        expected = undisturbed(bot, bot.github.create_repository("octo/shop", BASE))
        assert sum(expected.requests) * 2 >= 50
        assert [len(each.annotations) > 50 for each in expected.standing] == [True, True]
        assert [sum(why == "resolved" for *_, why in each.comments) for each in expected.standing] == [0, 1]
        assert [len(each.comments) for each in expected.standing] == [3, 4]
