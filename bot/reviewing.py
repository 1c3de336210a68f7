"""The review of one pull request, from its state on GitHub to the finished check run.

Every step may be the last one before the process dies, so each begins by looking at what stands on GitHub already: a
check run that is finished is a review that is done, a comment that is there is not written again.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import NamedTuple

from redis import RedisError
from redis.lock import Lock
from rq import Retry
from rq.timeouts import BaseTimeoutException

from bot import checks, comments, conversation, history, logs, stopping, unfinished
from bot.checks import Looked, Outcome
from bot.comments import Plan
from bot.conversation import CheckRun, Conversation
from bot.dispatch import CLOSED, subject_of
from bot.events import SETTLED, Target, external_id
from bot.github import Access, GitHubError, GoneError, LimitedError, UnansweredError
from bot.posting import Poster
from bot.records import Draft
from bot.tallying import Told, count_findings
from bot.workshop import Workshop
from rules.config import Config, blocking_levels
from rules.model import Finding, Hunk, Report
from rules.provenance import Provenance, provenance
from rules.review import REVIEW_RULES
from worker.ends import reviewed_hunks
from worker.errors import NothingToReviewError, ReviewError
from worker.fetch import FULL, DiskFullError, FetchError, Remote
from worker.lease import lease
from worker.pipeline import review_commits
from worker.queue import later

_BUSY = 2
"""Seconds until a review looks again whether another one of the same pull request is done."""

_LOOKS = 4
"""How often what stands on the pull request is read anew because a request had no clear answer."""


class _TakenOverError(UnansweredError):
    """Another process is at this review now, and says what comes of it."""


class StoppedError(Exception):
    """The review is of no use any more; the message says why."""


class Job(NamedTuple):
    """What to review, whether this is the last attempt, and what is told of it afterwards."""

    target: Target
    number: int
    run: str
    last: bool
    draft: Draft

    @property
    def subject(self) -> str:
        """The name under which the pull request is worked on."""
        return subject_of(self.target, self.number)

    @property
    def by_hand(self) -> bool:
        """Whether a person asked for this review."""
        return bool(self.run) and not self.run.startswith(SETTLED)


def review(shop: Workshop, job: Job) -> str | Retry:
    """Reviews a pull request as it stands now; says in a word what came of it, or asks to be run again later.

    Raises what should make the task fail and be tried again.
    """
    with lease(shop.tasks.redis, f"pull-{job.subject}") as lock:
        if lock is None:
            return later(_BUSY)
        access = shop.app.access(job.target.installation, job.target.repository)
        talk = conversation.read(access.client, job.target.name, job.number, shop.settings.app_id)
        _keep_on(lock)
        shop.tasks.supersede(job.subject, talk.pull.version if talk.pull.open and not talk.pull.archived else CLOSED)
        if talk.pull.archived:
            return "archived"
        poster = Poster(access.client, job.target.name, talk.pull, shop.rules, shop.settings.app_id)
        talk = stopping.with_hidden(shop, poster, job.target, talk)
        own = external_id(job.target, job.number, talk.pull.version, job.run)
        if word := _not_now(job, talk):
            stopping.stop_left(shop.tasks, poster, talk, job.target, own, word)
        else:
            job.draft.pull = talk.pull
            with logs.about({"sha": talk.pull.head}):
                word = _Review(shop, job, lock, access, talk, poster, own).run()
        # Last: where this fails and is tried again, the review is done already.
        if _is_ours(lock):
            stopping.stop_overtaken(shop, access.client, job.target, talk.pull)
        return word


def _is_ours(lock: Lock) -> bool:
    """Whether no other process took over while this one slept, as far as the queue tells: its silence is told on GitHub."""
    with suppress(RedisError):
        return lock.owned()
    return True


def _keep_on(lock: Lock) -> None:
    """Raises _TakenOverError where another process took over: the next attempt looks at what came of it."""
    if not _is_ours(lock):
        raise _TakenOverError("another process took over this review")


def _not_now(job: Job, talk: Conversation) -> str:
    """Why a pull request is not to be reviewed now, in a word; '' where it is."""
    if not talk.pull.open:
        return "closed"
    if talk.pull.draft and not job.by_hand:
        return "draft"
    return "paused" if talk.paused and job.run.startswith(SETTLED) else ""


class _Review:
    """One attempt at a review, whose check run carries the external id `own`."""

    def __init__(
        self, shop: Workshop, job: Job, lock: Lock, access: Access, talk: Conversation, poster: Poster, own: str
    ) -> None:
        self._shop = shop
        self._job = job
        self._lock = lock
        self._access = access
        self._talk = talk
        self._pull = talk.pull
        self._poster = poster
        self._external = own

    def run(self) -> str:
        """Reviews, unless that is done; leaves a finished check run behind whatever happens, but for failures to retry."""
        if conversation.is_reviewed(self._talk.checks, self._external):
            return "done already"
        begun = conversation.begun(self._talk.checks, self._external)
        if begun and begun.external != self._external and self._external in self._poster.finished_runs():
            # GitHub tells of the newest check run alone, and that is of a further review, which may be tried again.
            if not stopping.is_awaited(self._shop.tasks, self._job.target, begun):
                stopping.stop(self._poster, begun, stopping.GIVEN_UP)
            return "done already"
        redis, version = self._shop.tasks.redis, self._pull.version
        unfinished.note(redis, self._job.subject, version)
        check = self._poster.begin(self._external, begun)
        try:
            with self._said_on_failure(check):
                word = self._reviewed(check)
        except StoppedError as error:
            _keep_on(self._lock)
            self._job.draft.reason = str(error)
            stopping.stop(self._poster, check, str(error))
            word = "stopped"
        unfinished.forget(redis, self._job.subject, version)
        return word

    @contextmanager
    def _said_on_failure(self, check: CheckRun) -> Iterator[None]:
        """Says on the check run why there is no review, where there will be none."""
        head = self._pull.head
        try:
            yield
        except (StoppedError, LimitedError, _TakenOverError):
            raise
        except BaseTimeoutException:
            self._job.draft.reason = f"it took more than {self._shop.settings.time_limit} seconds."
            self._finish(check, checks.not_reviewed(self._job.draft.reason, head, "timed_out"))
            raise
        except Exception as error:
            self._job.draft.reason = _reason(error)
            _keep_on(self._lock)
            with suppress(GitHubError):
                # What is gone is not tried again; where GitHub still lets us write, the check says so.
                if self._job.last or isinstance(error, GoneError):
                    self._poster.finish(check, checks.not_reviewed(_reason(error), head))
                elif not isinstance(error, GitHubError):
                    self._poster.wait(check, checks.waiting(_reason(error), head))
            raise

    def _finish(self, check: CheckRun, outcome: Outcome, left: Sequence[Finding] = ()) -> None:
        """Completes the check run, unless another process took over: that one may have done so."""
        _keep_on(self._lock)
        self._poster.finish(check, outcome, left)

    def _reviewed(self, check: CheckRun) -> str:
        if self._talk.paused and not self._job.run:
            reason = "reviews of this pull request are paused; `/partywall resume` takes them up again."
            self._finish(check, checks.not_reviewed(reason, self._pull.head, "neutral"))
            return "paused"
        self._go_on()
        try:
            past = history.read(self._access.client, self._job.target.name, self._pull.base_name, self._pull.head)
            self._go_on()
            self._job.draft.base = past.base
            report, config, hunks = self._findings(past)
        except NothingToReviewError as error:
            self._job.draft.reason = str(error)
            self._finish(check, checks.not_reviewed(str(error), self._pull.head, "neutral"))
            return "nothing to review"
        except FetchError as error:
            raise _consequence(error) from None
        except ReviewError as error:
            self._job.draft.reason = str(error)
            self._finish(check, checks.not_reviewed(str(error), self._pull.head))
            return "could not review"
        plan, left = self._posted(report, hunks)
        self._job.draft.report, self._job.draft.accepted = report, self._talk.accepted.keys()
        names = {*self._shop.rules, *REVIEW_RULES}
        count_findings(self._shop.tally, self._job.subject, Told(report, plan, left, self._talk), names)
        authors = provenance(past.commits, config.policy.machines)
        self._finish(check, self._outcome(report, config, plan, authors), left)
        return checks.word(report)

    def _findings(self, past: history.History) -> tuple[Report, Config, dict[str, tuple[Hunk, ...]]]:
        base, head, remote = past.base, self._pull.head, Remote(f"{self._pull.url}.git", self._access.header)
        with self._shop.mirror(self._job.target.repository, remote, (base, head)) as repository:
            self._go_on()
            how = self._shop.how_to_review(self._job.target.repository)
            report, config = review_commits(repository, base, head, how, [commit.message for commit in past.commits])
            with self._shop.tally.step("read"):
                hunks = reviewed_hunks(repository, base, head)
        return report, config, hunks

    def _posted(self, report: Report, hunks: dict[str, tuple[Hunk, ...]]) -> tuple[Plan, list[Finding]]:
        """Writes what is to be written; gives back the plan and the findings that are left for annotations."""
        for look in range(_LOOKS):
            self._go_on()
            self._talk = self._fresh()
            plan = comments.plan(report, hunks, self._talk.remarks, self._talk.accepted)
            try:
                refused = self._poster.apply(plan)
            except UnansweredError:
                if look == _LOOKS - 1:
                    raise
                time.sleep(2**look)
                continue
            return plan, [*refused, *plan.annotations]
        raise AssertionError("the loop returns or raises")

    def _fresh(self) -> Conversation:
        """What stands on the pull request now. Raises StoppedError where it is no longer what is being reviewed."""
        client, name = self._access.client, self._job.target.name
        talk = conversation.read(client, name, self._job.number, self._shop.settings.app_id)
        if not talk.pull.open:
            raise StoppedError(stopping.CLOSED)
        if talk.pull.version != self._pull.version:
            raise StoppedError(stopping.overtaken(self._pull.head, talk.pull.head))
        return talk

    def _go_on(self) -> None:
        """Raises StoppedError where something newer came in, _TakenOverError where another process took over."""
        # First: who took over knows of what is newer, and does what is to be done.
        _keep_on(self._lock)
        latest = self._shop.tasks.latest(self._job.subject)
        if latest == CLOSED:
            raise StoppedError(stopping.CLOSED)
        if latest not in ("", self._pull.version):
            raise StoppedError(stopping.overtaken(self._pull.head, latest.partition("-")[0]))

    def _outcome(self, report: Report, config: Config, plan: Plan, authors: Provenance) -> Outcome:
        remarks = self._talk.remarks
        return checks.outcome(
            Looked(
                report=report,
                place=self._poster.place,
                accepted=self._talk.accepted,
                written={remark.finding for remark in remarks}
                | {note.finding.id for note in (*plan.review, *plan.files)},
                settled={remark.finding for remark in remarks if remark.resolved},
                blocking=blocking_levels(config, authors),
                authors=history.sentence(authors),
            )
        )


def _reason(error: Exception) -> str:
    """What a person is told of a failure."""
    if isinstance(error, ReviewError | GitHubError):
        return str(error)
    if isinstance(error, RedisError):
        return "the queue of Partywall does not answer."
    if isinstance(error, OSError) and error.errno in FULL:
        return str(DiskFullError())
    return "an error of Partywall's own; its log says more."


def _consequence(error: FetchError) -> Exception:
    """What follows from a failed fetch: a head that is gone was pushed over, a denied one is no longer ours."""
    if error.kind == "gone":
        return StoppedError("its commits are no longer there")
    return GoneError(str(error)) if error.kind == "denied" else error
