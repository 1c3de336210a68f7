"""What is kept of each review: one small record, for a while, and nothing secret."""

from __future__ import annotations

import time

import pytest
from redis import Redis
from rq.utils import as_text

from bot import records
from bot.events import Target
from bot.records import Draft
from rules.model import Link
from tests.bot.disasters import reviewed
from tests.bot.guests import drafted, hostile_findings, keep
from tests.bot.stage import FIX, MESSAGES, Stage, comment_on
from tests.github.faults import Fault


def test_each_review_has_one_record_that_says_how_it_ended(stage: Stage) -> None:
    redis = stage.bot.shop.tasks.redis
    stage.github.fail(Fault(("GET", "/compare/"), status=502, times=4))
    pull = stage.open()
    ((failed,), _) = records.latest(redis, None, 9)
    assert (failed.outcome, failed.head) == ("failed", pull.head)
    assert "502" in failed.reason
    stage.finish()
    ((record,), _) = records.latest(redis, None, 9)
    assert (record.task, record.outcome, record.counts) == (failed.task, "reviewed", {"error": 1, "warning": 1})
    assert {"fetch", "read", "rules", "github"} == set(record.seconds)
    stage.reply(pull, comment_on(pull, MESSAGES), "/partywall accept it is meant")
    stage.push(pull, FIX)
    (newest, *_), _ = records.latest(redis, None, 9)
    assert (newest.outcome, newest.findings) == ("reviewed", ())
    before = records.latest(redis, None, 99)
    pull.close()
    stage.bot.work_off()
    assert records.latest(redis, None, 99) == before


def test_records_are_few_small_and_leave_in_time(redis: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    links = tuple(Link(f"{'x' * 900}{i}", f"y{i}", i, 1) for i in range(200))
    large = drafted(findings=tuple(hostile_findings(5_000)), links=links)
    keep(redis, large)
    assert sum(map(len, redis.hvals("partywall:records:content"))) < 100_000
    (found,), _ = records.latest(redis, None, 9)
    assert (len(found.findings), found.more, len(found.links), found.more_links) == (50, 4_950, 60, 140)
    keep(redis, *(drafted(number) for number in range(1, records.MOST + 50)))
    assert redis.hlen("partywall:records:content") == redis.zcard("partywall:records") == records.MOST
    (newest, *_), older = records.latest(redis, None, 50)
    assert (newest.number, older) == (records.MOST + 49, True)
    assert 0 < redis.ttl("partywall:records:content") <= records.DAYS * 86_400
    late = time.time() + (records.DAYS + 1) * 86_400
    monkeypatch.setattr("time.time", lambda: late)
    assert records.latest(redis, None, 50) == ([], False)
    keep(redis, drafted(1))
    assert redis.hlen("partywall:records:content") == 1


def test_nothing_secret_is_kept(stage: Stage) -> None:
    secret = "ghs_" + "a1B2" * 9
    draft = Draft(Target(7, 42, "octo/shop"), 1)
    draft.reason = f"fatal: https://x-access-token:{secret}@github.com says no"
    record = draft.record("review-42-1", "failed", {})
    assert record is not None
    keep(stage.bot.shop.tasks.redis, record)
    stage.open()
    kept = "".join(map(as_text, stage.bot.shop.tasks.redis.hvals("partywall:records:content")))
    assert "octo/shop" in kept
    for word in (secret, "ghs_", "PRIVATE KEY", stage.github.app.webhook_secret):
        assert word not in kept


def test_a_record_that_cannot_be_made_costs_no_review(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise ValueError("no record")

    monkeypatch.setattr("bot.records.Draft.record", fail)
    pull = stage.open()
    assert reviewed(pull)


def test_repositories_that_are_no_longer_ours_are_forgotten(stage: Stage) -> None:
    redis = stage.bot.shop.tasks.redis
    keep(redis, drafted(1, repository=42))
    stage.open()
    stage.github.remove_from_installation(stage.shop)
    stage.bot.work_off()
    assert [record.repository for record in records.latest(redis, None, 9)[0]] == [42]
