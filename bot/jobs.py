"""The functions that workers run. Arguments are plain values; nothing secret is among them."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping

from rq import Retry, get_current_job
from rq.timeouts import BaseTimeoutException

from bot import answers, reconciling, records, reviewing, upkeep
from bot.events import Command, Find, Press, Target
from bot.github import GoneError, LimitedError
from bot.workshop import Workshop, workshop
from worker.queue import later

_log = logging.getLogger("partywall.jobs")


def review(installation: int, repository: int, name: str, number: int, run: str) -> str | Retry:
    """Reviews a pull request as it stands when the task runs, whatever it was when it was asked for."""
    target = Target(installation, repository, name)
    draft = records.Draft(target, number)

    def reviewed(shop: Workshop) -> str | Retry:
        came = reviewing.review(shop, reviewing.Job(target, number, run, _is_last_attempt(), draft))
        if isinstance(came, str):
            shop.tally.count("partywall_reviews", came.partition(":")[0])
        return came

    return _worked(reviewed, draft)


def command(
    installation: int, repository: int, name: str, number: int, comment: int, thread: int, author: str, body: str
) -> str | Retry:
    """Does what a comment says."""
    given = Command(Target(installation, repository, name), number, comment, thread, author, body)
    return _worked(lambda shop: answers.answer(shop, given))


def press(
    installation: int, repository: int, name: str, external: str, head: str, button: str, author: str, delivery: str
) -> str | Retry:
    """Does what a button of a check run says."""
    given = Press(Target(installation, repository, name), external, head, button, author, delivery)
    return _worked(lambda shop: answers.press(shop, given))


def find(installation: int, repository: int, name: str, head: str, run: str) -> str | Retry:
    """Has the open pull requests with a head reviewed again."""
    given = Find(Target(installation, repository, name), head, run)
    return _worked(lambda shop: reconciling.find(shop, given))


def reconcile(installation: int) -> str | Retry:
    """Has the pull requests of an installation reviewed that have no review."""
    return _worked(lambda shop: reconciling.reconcile(shop, installation))


def reconcile_all() -> str | Retry:
    """The same for every installation."""
    return _worked(reconciling.reconcile_all)


def warm(installation: int, repository: int, name: str, head: str) -> str | Retry:
    """Reads a default branch that moved, for the reviews to come."""
    return _worked(lambda shop: upkeep.warm(shop, Target(installation, repository, name), head))


def forget(installation: int, repositories: str) -> str | Retry:
    """Removes what is kept of repositories that are no longer ours to read."""
    return _worked(lambda shop: upkeep.forget(shop, installation, [int(word) for word in repositories.split()]))


def _worked(work: Callable[[Workshop], str | Retry], draft: records.Draft | None = None) -> str | Retry:
    """Runs a task, and notes when it is done for good: the deliveries that asked for it are then done, too.

    draft: what the task's record is made of, where it leaves one.
    """
    shop, job = workshop(), get_current_job()
    name, kind = (job.id, (job.func_name or "").rpartition(".")[2]) if job else ("-", "-")
    outcome, word = "failed", ""
    try:
        came, outcome = _outcome(work, shop)
        if isinstance(came, str):
            shop.tasks.finish(name)
            word = came.partition(":")[0]
            _log.info("%s: %s", name, came)
        return came
    except BaseTimeoutException:
        outcome = "timed out"
        if job is not None:
            job.retries_left = 0
        raise
    finally:
        steps = shop.tally.end_task(kind, outcome)
        _log.info(
            "%s took %s", name, ", ".join(f"{step} {seconds:.2f} s" for step, seconds in steps.items()) or "no time"
        )
        if draft is not None:
            _keep(shop, draft, name, word or outcome, steps)
        shop.tally.hand_over(shop.tasks.redis)


def _keep(shop: Workshop, draft: records.Draft, task: str, outcome: str, steps: Mapping[str, float]) -> None:
    """Has the record of a review written with the counters. Whatever is wrong with it, the review stands."""
    try:
        record = draft.record(task, outcome, steps)
        if record is not None:
            shop.tally.beside(records.writing(record))
    except Exception:
        _log.exception("no record of this review is kept")


def _outcome(work: Callable[[Workshop], str | Retry], shop: Workshop) -> tuple[str | Retry, str]:
    """What came of a task, and the same in a word of few."""
    try:
        came = work(shop)
    except GoneError as error:
        _log.info("%s", error)
        return "gone", "gone"
    except LimitedError as error:
        _log.warning("%s; again in %d s", error, error.seconds)
        return later(error.seconds), "limited"
    return came, "done" if isinstance(came, str) else "again"


def _is_last_attempt() -> bool:
    job = get_current_job()
    return job is None or not job.retries_left
