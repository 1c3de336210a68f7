"""A repository with the bot, and what a person sees there: for tests of conversations."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from rq import Queue
from rq.registry import ScheduledJobRegistry

from bot import markers
from tests.bot.harness import Bot
from tests.github.bare import Files
from tests.github.fake import FakeGitHub
from tests.github.model import CheckRun, Comment, ReviewComment
from tests.github.pull import Pull
from tests.github.repository import Repository
from tests.github.routing import Request
from tests.github.smart_http import is_git
from worker.demo import BASE, CHANGE
from worker.keeper import Keeper
from worker.queue import QUEUES

ORDERS, MESSAGES = "shop/core/orders.py", "shop/mail/messages.py"
"""The files of the sample change: the first breaks a contract (an error), the second is a copy (a warning)."""

FIX: Files = {ORDERS: BASE[ORDERS], MESSAGES: None}
"""Takes both findings away."""

HARMLESS: Files = {"shop/core/prices.py": '"""Prices."""\n\nCURRENCY = "EUR"\n'}
"""A change without findings."""

ROUNDS = 12
"""More often than a task is tried again."""


class Stage(NamedTuple):
    """A fake GitHub, a bot, and a repository where the bot is installed."""

    github: FakeGitHub
    bot: Bot
    shop: Repository

    def open(self, files: Files = CHANGE, branch: str = "topic", *, draft: bool = False, fork: bool = False) -> Pull:
        """A pull request with a change, worked on until nothing is left to do."""
        self.shop.push(branch, files)
        pull = self.shop.open_pull(branch, draft=draft, fork=fork, author="carol" if fork else "alice")
        self.bot.work_off()
        return pull

    def push(self, pull: Pull, files: Files, message: str = "a change") -> str:
        """One more commit on a pull request, worked off."""
        head = pull.push(files, message=message)
        self.bot.work_off()
        return head

    def say(self, pull: Pull, text: str, author: str = "alice") -> Comment:
        """A comment in the conversation, worked off."""
        comment = pull.comment(author, text)
        self.bot.work_off()
        return comment

    def reply(self, pull: Pull, comment: Comment, text: str, author: str = "alice") -> ReviewComment:
        """An answer to a comment on the diff, worked off."""
        answer = pull.reply(comment.id, author, text)
        self.bot.work_off()
        return answer

    def press(self, run: CheckRun, button: str, sender: str = "alice") -> None:
        """A press on a button of a check run, worked off."""
        self.github.request_action(run, button, sender)
        self.bot.work_off()

    def scheduled(self) -> list[str]:
        """The tasks that wait for their time."""
        return [task for registry in self.registries() for task in registry.get_job_ids()]

    def finish(self) -> int:
        """Works until nothing is left to do, without waiting for tasks' times; how often time had to be turned on."""
        self.bot.work_off()
        for turned in range(ROUNDS):
            if not self.scheduled():
                return turned
            self.turn_time()
        raise AssertionError(f"still scheduled after {ROUNDS} rounds: {self.scheduled()}")

    def turn_time(self) -> None:
        """What waits for its time is due now, and is worked off."""
        redis = self.bot.shop.tasks.redis
        for registry in self.registries():
            if waiting := registry.get_job_ids():
                redis.zadd(registry.key, dict.fromkeys(waiting, 1))
        Keeper(redis).tick()
        self.bot.work_off()

    def queues(self) -> list[Queue]:
        """The queues, in the order in which workers look at them."""
        return [self.bot.shop.tasks.queue(name) for name in QUEUES]

    def registries(self) -> list[ScheduledJobRegistry]:
        """Of each queue, the tasks that wait for their time."""
        return [queue.scheduled_job_registry for queue in self.queues()]

    def requests_of(self, act: Callable[[], object]) -> list[Request]:
        """What is asked of the API, apart from git, while something happens and is worked off."""
        before = len(self.github.requests)
        act()
        self.bot.work_off()
        return [request for request in self.github.requests[before:] if not is_git(request.path)]

    def flush(self) -> None:
        """The queue forgets everything."""
        self.bot.shop.tasks.redis.flushall()


def check_of(pull: Pull) -> CheckRun:
    """The newest check run on the head."""
    return pull.repository.check_runs(pull.head)[-1]


def summary_of(pull: Pull) -> str:
    """What the newest check run on the head says."""
    return check_of(pull).summary or ""


def findings_of(pull: Pull) -> list[ReviewComment]:
    """The bot's comments about findings, the oldest first."""
    return [comment for comment in pull.review_comments if is_ours(comment) and markers.finding_in(comment.body)]


def finding_of(comment: Comment) -> str:
    """The id of the finding that a comment is about."""
    return markers.finding_in(comment.body)


def shown(pull: Pull) -> list[ReviewComment]:
    """The bot's comments about findings that are not folded away."""
    return [comment for comment in findings_of(pull) if comment.minimized is None]


def comment_on(pull: Pull, path: str) -> ReviewComment:
    """The one comment of the bot on a file."""
    (comment,) = [comment for comment in findings_of(pull) if comment.path == path]
    return comment


def answers_of(pull: Pull) -> list[Comment]:
    """What the bot wrote in the conversation and as answers, without its comments about findings."""
    said: list[Comment] = [*pull.issue_comments, *(each for each in pull.review_comments if each.reply_to)]
    return [comment for comment in said if is_ours(comment)]


def is_ours(comment: Comment) -> bool:
    """Whether the bot wrote it."""
    return comment.login == "partywall[bot]"


def reactions_of(comment: Comment) -> list[str]:
    """The bot's reactions under a comment."""
    return [reaction.content for reaction in comment.reactions if reaction.user.login == "partywall[bot]"]
