"""What is kept of each review for the operator's pages: one small record in the queue's server, for two weeks at most.

A record is made when an attempt at a review ends and is written in the round trip in which the attempt's counters are.
Where that fails there is no record, and nothing else is lost. An attempt that follows replaces the record of the one
before. Nothing secret is in it: texts go through what keeps secrets out of the log.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import cast

import msgspec
from redis import Redis
from redis.client import Pipeline
from rq.utils import as_text

from bot.conversation import Pull
from bot.events import Target
from bot.logs import without_secrets
from bot.picturing import most_changed
from rules.model import Finding, Link, Report

MOST, DAYS = 1_000, 14
"""How many records are kept, the newest of all repositories together, and for how long."""

LISTED, LINKED = 50, 60
"""How many findings and links one record holds; how many more there were is said."""

_TEXT, _NAME = 500, 300
_SECONDS = DAYS * 86_400
_ORDER, _CONTENT = "partywall:records", "partywall:records:content"

_NOTHING_DONE = ("draft", "closed", "archived", "paused", "done already", "again")
"""How a task ends that came to review and had nothing to do, or not yet: no record is worth that."""

_WRITE = """
redis.call('ZADD', KEYS[1], ARGV[1], ARGV[2])
redis.call('HSET', KEYS[2], ARGV[2], ARGV[3])
for _, old in ipairs({redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', ARGV[4]),
                      redis.call('ZRANGE', KEYS[1], 0, -1 - tonumber(ARGV[5]))}) do
  for _, key in ipairs(old) do
    redis.call('ZREM', KEYS[1], key)
    redis.call('HDEL', KEYS[2], key)
  end
end
redis.call('EXPIRE', KEYS[1], ARGV[6])
redis.call('EXPIRE', KEYS[2], ARGV[6])
"""


class Noted(msgspec.Struct, frozen=True):
    """A finding as a record keeps it."""

    rule: str
    level: str
    path: str
    line: int
    message: str
    accepted: bool


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """A review: of what, when it ended (`at`) and how, and what it found.

    `url` is the repository's address for people; `head` and `base` are commits, '' where the review did not come so far.
    `seconds` are by step, `counts` by level. `more` and `more_links` are how many are not listed.
    """

    task: str
    at: float
    installation: int
    repository: int
    name: str
    number: int
    outcome: str
    reason: str = ""
    url: str = ""
    head: str = ""
    base: str = ""
    seconds: dict[str, float] = {}
    counts: dict[str, int] = {}
    findings: tuple[Noted, ...] = ()
    more: int = 0
    links: tuple[Link, ...] = ()
    more_links: int = 0

    @property
    def key(self) -> str:
        """The name of the record: repository/task."""
        return f"{self.repository}/{self.task}"


class Draft:
    """What a review tells about itself while it runs; it fills in what it gets to know."""

    def __init__(self, target: Target, number: int) -> None:
        self._target = target
        self._number = number
        self.pull: Pull | None = None
        self.base = ""
        self.reason = ""
        self.report: Report | None = None
        self.accepted: Collection[str] = ()

    def record(self, task: str, outcome: str, steps: Mapping[str, float]) -> Record | None:
        """The record of an attempt that ended; None where there was nothing to do."""
        if outcome in _NOTHING_DONE:
            return None
        pull, report = self.pull, self.report
        findings: Sequence[Finding] = report.findings if report else ()
        links: Sequence[Link] = report.links if report else ()
        # What counts for most comes first: the rest may not fit.
        chosen = most_changed(links, LINKED)
        return Record(
            task=task,
            at=time.time(),
            installation=self._target.installation,
            repository=self._target.repository,
            name=self._target.name,
            number=self._number,
            outcome=outcome,
            reason=_short(self.reason, _TEXT),
            url=pull.url if pull else "",
            head=pull.head if pull else "",
            base=self.base,
            seconds={step: round(seconds, 3) for step, seconds in steps.items()},
            counts=dict(Counter(finding.level for finding in findings)),
            findings=tuple(self._noted(finding) for finding in findings[:LISTED]),
            more=len(findings[LISTED:]),
            links=tuple(Link(_short(x.importer), _short(x.imported), x.added, x.removed) for x in chosen),
            more_links=len(links) - len(chosen),
        )

    def _noted(self, finding: Finding) -> Noted:
        return Noted(
            rule=finding.rule,
            level=finding.level,
            path=_short(finding.path),
            line=finding.start_line,
            message=_short(finding.message, _TEXT),
            accepted=finding.id in self.accepted,
        )


def _short(text: str, most: int = _NAME) -> str:
    # Names of files may hold bytes that are no text.
    text = without_secrets(text).encode("utf-8", "replace").decode()
    return text if len(text) <= most else f"{text[: most - 1]}…"


def writing(record: Record) -> Callable[[Pipeline], None]:
    """What keeps a record when it is given a pipeline, and drops the records that are too old or too many."""
    content = msgspec.json.encode(record)

    def write(pipeline: Pipeline) -> None:
        oldest = record.at - _SECONDS
        pipeline.eval(_WRITE, 2, _ORDER, _CONTENT, record.at, record.key, content, oldest, MOST, _SECONDS)

    return write


def latest(
    redis: Redis, repositories: Collection[int] | None, most: int, before: float | None = None
) -> tuple[list[Record], bool]:
    """The newest records of some repositories (None: of all) from before a time, and whether there are older ones."""
    until = f"({before!r}" if before is not None else "+inf"
    found = cast("list[bytes]", redis.zrevrangebyscore(_ORDER, until, time.time() - _SECONDS))
    keys = [as_text(key) for key in found]
    if repositories is not None:
        keys = [key for key in keys if _repository(key) in repositories]
    return _read(redis, keys[:most]), len(keys) > most


def one(redis: Redis, repository: int, task: str) -> Record | None:
    """One record, None where there is none."""
    return next(iter(_read(redis, [f"{repository}/{task}"])), None)


def forget(redis: Redis, repositories: Collection[int]) -> None:
    """Drops the records of repositories."""
    known = cast("list[bytes]", redis.zrange(_ORDER, 0, -1))
    gone = [key for key in known if _repository(as_text(key)) in repositories]
    if gone:
        redis.zrem(_ORDER, *gone)
        redis.hdel(_CONTENT, *gone)


def _repository(key: str) -> int:
    return int(key.partition("/")[0])


def _read(redis: Redis, keys: Sequence[str]) -> list[Record]:
    found = cast("list[bytes | None]", redis.hmget(_CONTENT, keys)) if keys else []
    records = []
    for content in found:
        if content is None:
            continue
        try:
            records.append(msgspec.json.decode(content, type=Record))
        except msgspec.MsgspecError:
            # Another version wrote it.
            continue
    return records
