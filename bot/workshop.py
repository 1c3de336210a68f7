"""What the tasks of a worker share: settings, queue, GitHub, mirrors, facts and rules."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from functools import lru_cache
from typing import NamedTuple

from bot.github import App
from bot.metrics import Tally
from bot.settings import Settings, load
from rules.rule import Rule
from worker import pipeline
from worker.cache import FactsCache
from worker.commands import all_rules
from worker.fetch import Remote
from worker.git import Repository
from worker.mirror import Mirrors
from worker.queue import Limits, Tasks, connect


class Workshop(NamedTuple):
    """The tools of a worker. Everything in it may be shared by processes that fork."""

    settings: Settings
    tasks: Tasks
    app: App
    mirrors: Mirrors
    rules: Mapping[str, Rule]
    tally: Tally

    def how_to_review(self) -> pipeline.Settings:
        """All rules, and the facts kept on disk, which each task opens anew."""
        facts = FactsCache(self.settings.data / "facts")
        return pipeline.Settings(tuple(self.rules.values()), facts, timed=self.tally.spend)

    @contextmanager
    def mirror(self, repository: int, remote: Remote, commits: Sequence[str]) -> Iterator[Repository]:
        """The mirror of a repository with these commits, and how long they took to come. Raises FetchError."""
        with ExitStack() as stack:
            with self.tally.step("fetch"):
                opened = stack.enter_context(self.mirrors.open(str(repository), remote, commits))
            yield opened


def furnish(settings: Settings) -> Workshop:
    """The workshop that the settings describe. Raises ReviewError where something of it cannot be had."""
    tally = Tally()
    return Workshop(
        settings,
        Tasks(connect(settings.redis_url), Limits(settings.time_limit, settings.per_installation)),
        App(settings, tally),
        Mirrors(settings.data / "mirrors", settings.disk),
        {rule.name: rule for rule in all_rules()},
        tally,
    )


@lru_cache(1)
def workshop() -> Workshop:
    """The workshop of this process, from the environment."""
    return furnish(load())
