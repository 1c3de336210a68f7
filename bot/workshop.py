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
from worker.shared import SharedFacts


class Workshop(NamedTuple):
    """The tools of a worker. Everything in it may be shared by processes that fork."""

    settings: Settings
    tasks: Tasks
    app: App
    mirrors: Mirrors
    rules: Mapping[str, Rule]
    tally: Tally
    shared: SharedFacts | None

    def how_to_review(self, repository: int) -> pipeline.Settings:
        """All rules, and the facts kept on disk, which each task opens anew, and those of the repository that are shared."""
        shared = self.shared.of(repository) if self.shared else None
        facts = FactsCache(self.settings.data / "facts", shared=shared)
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
        _shared(settings, tally),
    )


def _shared(settings: Settings, tally: Tally) -> SharedFacts | None:
    def count(outcome: str, files: int) -> None:
        tally.count("partywall_shared_facts", outcome, number=files)

    if not settings.shared_facts:
        return None
    return SharedFacts(settings.redis_url, settings.private_key, settings.shared_facts, count)


@lru_cache(1)
def workshop() -> Workshop:
    """The workshop of this process, from the environment."""
    return furnish(load())
