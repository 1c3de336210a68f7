"""GitHub fails, limits, or does not answer: in the end there is one finished check, and each comment once."""

from __future__ import annotations

import re
import time
from types import SimpleNamespace

import pytest

from tests.bot.stage import (
    FIX,
    HARMLESS,
    MESSAGES,
    ORDERS,
    Stage,
    check_of,
    comment_on,
    findings_of,
    shown,
    summary_of,
)
from tests.github.faults import Fault, Kind, secondary_limit
from tests.github.pull import Pull
from tests.github.routing import Request
from worker.demo import CHANGE

KINDS: tuple[Kind, ...] = ("status", "status_after", "close_after")


@pytest.fixture(autouse=True)
def _patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """A review that looks again does so at once."""
    clock = SimpleNamespace(sleep=lambda _: None, perf_counter=time.perf_counter)
    monkeypatch.setattr("bot.reviewing.time", clock)


def _is_write(request: Request) -> bool:
    return request.method in ("POST", "PATCH") and not request.path.endswith("/git-upload-pack")


def _nth_write(stage: Stage, position: int, kind: Kind, **details: int) -> Fault:
    """A fault of one of the next requests that are no plain reading, by its position."""
    seen: list[Request] = []

    def matches(request: Request) -> bool:
        if _is_write(request) and request not in seen:
            seen.append(request)
        return len(seen) == position + 1 and seen[-1] is request

    return stage.github.fail(Fault(matches, kind, **details))  # type: ignore[arg-type]


def _opened(stage: Stage) -> Pull:
    stage.shop.push("topic", CHANGE)
    return stage.shop.open_pull("topic")


def _assert_reviewed_once(stage: Stage, pull: Pull) -> None:
    (run,) = stage.shop.check_runs(pull.head)
    assert (run.status, run.conclusion, run.title) == ("completed", "failure", "1 error, 1 warning")
    assert [comment.path for comment in findings_of(pull)] == [ORDERS, MESSAGES]
    assert len(shown(pull)) == 2
    assert pull.issue_comments == []
    assert stage.bot.shop.tasks.failed() == []


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("position", range(6))
def test_every_request_of_a_first_review(stage: Stage, position: int, kind: Kind) -> None:
    """A token, the conversation, the check, the conversation again, the review, the finished check."""
    pull = _opened(stage)
    fault = _nth_write(stage, position, kind)
    assert stage.finish() <= 1
    assert fault.times == 0
    _assert_reviewed_once(stage, pull)
    assert len(pull.reviews) == 1


@pytest.mark.parametrize("kind", KINDS)
def test_folding_and_unfolding(stage: Stage, kind: Kind) -> None:
    pull = stage.open()
    bodies = [comment.body for comment in findings_of(pull)]
    for files, minimized in ((FIX, "resolved"), (CHANGE, None)):
        fault = stage.github.fail(Fault(lambda r: "mutation" in str(r.body), kind))
        head = stage.push(pull, files)
        assert stage.finish() == 0
        assert fault.times == 0
        assert [comment.minimized for comment in findings_of(pull)] == [minimized] * 2
        expected = [f"**Fixed** in {head[:12]}.\n\n{body}\n<!-- partywall:fixed={head} -->" for body in bodies]
        assert [comment.body for comment in findings_of(pull)] == (expected if minimized else bodies)
    assert len(stage.shop.check_runs()) == 3


@pytest.mark.parametrize("times", [3, 5])
def test_an_answer_that_never_comes_is_looked_for(stage: Stage, times: int) -> None:
    """Three times in one attempt; then the task is tried again later."""
    pull = _opened(stage)
    stage.github.fail(Fault(("POST", "/reviews$"), "close", times=times))
    assert stage.finish() == (times > 3)
    _assert_reviewed_once(stage, pull)


@pytest.mark.parametrize(
    "fault",
    [
        secondary_limit(("POST", "/reviews$"), retry_after=7, times=2),
        secondary_limit(("PATCH", "/check-runs/"), retry_after=7, times=2),
        Fault(("POST", "/graphql$"), status=429, message="Too many requests", times=2),
        Fault(("POST", "/check-runs$"), status=403, message="API rate limit exceeded for installation", times=2),
        Fault(("GET", "/compare/"), status=403, message="No", headers={"X-RateLimit-Remaining": "0"}, times=2),
        Fault(("POST", "/access_tokens$"), status=403, message="No", headers={"Retry-After": "90"}, times=2),
    ],
    ids=lambda fault: fault.match[1],
)
def test_limits_put_a_review_off(stage: Stage, fault: Fault) -> None:
    """However often: a limit is no failed attempt."""
    pull = _opened(stage)
    stage.github.fail(fault)
    stage.bot.work_off()
    (task,) = stage.scheduled()
    assert task.startswith(f"review-{stage.shop.id}-1-{pull.head}")
    assert all(run.status == "in_progress" for run in stage.shop.check_runs())
    assert stage.finish() == 2
    _assert_reviewed_once(stage, pull)


def test_more_limits_than_attempts(stage: Stage) -> None:
    pull = _opened(stage)
    stage.github.fail(secondary_limit(("POST", "/reviews$"), times=8))
    assert stage.finish() == 8
    _assert_reviewed_once(stage, pull)


def test_a_limit_is_waited_for_as_long_as_github_says(stage: Stage) -> None:
    _opened(stage)
    stage.github.fail(secondary_limit(("POST", "/reviews$"), retry_after=300))
    stage.bot.work_off()
    (due,) = [
        registry.get_scheduled_time(task).timestamp() - time.time()
        for registry in stage.registries()
        for task in registry.get_job_ids()
    ]
    assert 200 < due < 400


def test_a_review_that_is_refused_falls_back_to_single_comments(stage: Stage) -> None:
    pull = _opened(stage)
    stage.github.fail(Fault(("POST", "/reviews$"), status=422, message="Unprocessable Entity"))
    assert stage.finish() == 0
    _assert_reviewed_once(stage, pull)
    assert len(pull.reviews) == 2
    assert comment_on(pull, MESSAGES).line == 19


def test_then_to_comments_on_the_file(stage: Stage) -> None:
    pull = _opened(stage)
    for path in ("/reviews$", "/comments$"):
        stage.github.fail(Fault(("POST", path), status=422, message="Unprocessable Entity"))
    assert stage.finish() == 0
    _assert_reviewed_once(stage, pull)
    assert [comment.subject_type for comment in findings_of(pull)] == ["file", "line"]


def test_then_to_annotations(stage: Stage) -> None:
    pull = _opened(stage)
    stage.github.fail(Fault(("POST", "/(reviews|comments)$"), status=422, times=5))
    assert stage.finish() == 0
    assert findings_of(pull) == []
    assert [note["path"] for note in check_of(pull).annotations] == [ORDERS, MESSAGES]
    assert check_of(pull).conclusion == "failure"
    stage.push(pull, HARMLESS)
    assert len(shown(pull)) == 2


@pytest.mark.parametrize(("kind", "path"), [("slow", "/reviews$"), ("timeout", "/reviews$"), ("slow", "/check-runs$")])
def test_an_answer_that_takes_too_long(stage: Stage, monkeypatch: pytest.MonkeyPatch, kind: Kind, path: str) -> None:
    """A slow one takes 1.5 seconds for a twentieth of its text, and we wait for one."""
    monkeypatch.setattr("bot.github._TIMEOUT", 1)
    pull = _opened(stage)
    fault = stage.github.fail(Fault(("POST", path), kind, seconds=30 if kind == "slow" else 1.5))
    assert stage.finish() == (path == "/check-runs$")
    assert fault.times == 0
    _assert_reviewed_once(stage, pull)


@pytest.mark.parametrize(
    ("path", "status"),
    [("/access_tokens$", 404), ("/graphql$", 403), ("/check-runs$", 404), ("/reviews$", 403), ("/check-runs/", 403)],
)
def test_what_is_gone_is_left_alone(stage: Stage, path: str, status: int) -> None:
    pull = _opened(stage)
    gone = Fault(lambda request: bool(re.search(path, request.path)), status=status, message="Not for you", times=100)
    stage.github.fail(gone)
    assert stage.finish() == 0
    assert stage.bot.shop.tasks.failed() == []
    assert "success" not in {run.conclusion for run in stage.shop.check_runs(pull.head)}


def test_a_deleted_pull_request(stage: Stage) -> None:
    stage.shop.pulls.remove(_opened(stage))
    assert stage.finish() == 0
    assert (stage.shop.check_runs(), stage.bot.shop.tasks.failed()) == ([], [])


@pytest.mark.parametrize("deleted", [True, False])
def test_a_repository_that_is_no_longer_ours(stage: Stage, deleted: bool) -> None:
    _opened(stage)
    stage.github.remove_from_installation(stage.shop)
    if deleted:
        stage.github.repositories.remove(stage.shop)
    assert stage.finish() == 0
    assert (stage.shop.check_runs(), stage.bot.shop.tasks.failed()) == ([], [])


@pytest.mark.parametrize(
    ("match", "reason"),
    [
        (("POST", "/reviews$"), "GitHub answers 502: Server Error"),
        (("GET", "git/info/refs$"), "could not be fetched"),
    ],
)
def test_after_the_last_attempt_the_check_says_why(stage: Stage, match: tuple[str, str], reason: str) -> None:
    pull = _opened(stage)
    stage.github.fail(Fault(match, times=1000))
    assert stage.finish() == 6
    (run,) = stage.shop.check_runs()
    assert (run.status, run.conclusion, run.title) == ("completed", "failure", "Could not review")
    assert reason in (run.summary or "")
    assert len(stage.bot.shop.tasks.failed()) == 1
    stage.github.faults.clear()
    stage.say(pull, "/partywall review")
    assert check_of(pull).title == "1 error, 1 warning"
    assert len(findings_of(pull)) == 2


def test_who_lost_the_review_to_another_process_says_nothing_of_it(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not even at the last attempt: the check is the other's, and may say by now what it found."""
    asked = list[str]()
    stage.github.observe = lambda _, request, __: asked.append(request.path)
    monkeypatch.setattr("redis.lock.Lock.owned", lambda _: "/compare/" not in asked[-1])
    _opened(stage)
    assert stage.finish() == 6
    (run,) = stage.shop.check_runs()
    assert (run.status, run.conclusion) == ("in_progress", None)


def test_an_error_of_our_own_is_not_told_to_people(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise KeyError("a secret of the code")

    monkeypatch.setattr("bot.reviewing.review_commits", fail)
    pull = _opened(stage)
    assert stage.finish() == 6
    assert (check_of(pull).conclusion, check_of(pull).title) == ("failure", "Could not review")
    assert "an error of Partywall's own; its log says more." in summary_of(pull)
    assert "secret" not in summary_of(pull)


def test_a_review_that_takes_too_long(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    stage.bot.environ["PARTYWALL_TIME_LIMIT"] = "1"
    monkeypatch.setattr("bot.reviewing.review_commits", lambda *_: time.sleep(30))
    pull = _opened(stage)
    stage.github.settle()
    for job in (queue.fetch_job(name) for queue in stage.queues() for name in queue.job_ids):
        assert job is not None
        job.timeout = 1
        job.save()
    assert stage.finish() == 0
    assert (check_of(pull).conclusion, check_of(pull).title) == ("timed_out", "Could not review")
    assert "it took more than 1 seconds" in summary_of(pull)
