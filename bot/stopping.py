"""What a check run says of a review that is of no use any more, and which check runs such reviews left unfinished.

GitHub shows people the newest check run of a name, and none can be taken back. So where an earlier review of the same
commit came to an end, the one that was stopped says again what that one said.
"""

from __future__ import annotations

from contextlib import suppress

from bot import checks, unfinished
from bot.checks import Outcome
from bot.conversation import CheckRun, Conversation, Pull
from bot.dispatch import review_task, subject_of
from bot.events import Target, external_id, is_of, number_of, without_run
from bot.github import Client, GoneError, RefusedError
from bot.posting import Poster
from bot.workshop import Workshop
from worker.queue import Tasks

CLOSED = "the pull request was closed"
GIVEN_UP = "it could not be done"

_REASONS = {
    "closed": CLOSED,
    "draft": "the pull request is a draft again",
    "paused": "reviews of this pull request are paused",
}


def overtaken(old: str, head: str) -> str:
    """Why the review of the head `old` is of no use any more, where another version with `head` is there."""
    return "it is to be merged into another branch now" if old == head else f"there is a newer head, {head[:12]}"


def stop(poster: Poster, check: CheckRun, reason: str) -> None:
    """Completes the check run of a stopped review. Raises GitHubError."""
    before = _said_before(poster, check)
    outcome = checks.not_again(before, reason) if before else checks.stopped(reason, poster.place.head)
    poster.finish(check, outcome)


def stop_left(tasks: Tasks, poster: Poster, talk: Conversation, target: Target, own: str, word: str) -> None:
    """Completes what attempts that were broken off left unfinished on a head that is not reviewed now.

    `word` says why it is not: closed, draft or paused. Where it is not closed, a check run is left to the review that
    comes back to it, unless that is the one with the external id `own`. Raises GitHubError.
    """
    for check in talk.checks:
        if check.completed or number_of(check.external, target) != talk.pull.number:
            continue
        if word == "closed" or check.external == own or not is_awaited(tasks, target, check):
            stop(poster, check, _REASONS[word])


def is_awaited(tasks: Tasks, target: Target, check: CheckRun) -> bool:
    """Whether the review that began a check run waits to be tried again, or runs."""
    _, _, version, run, *_ = (*check.external.split("/"), "", "")
    number = number_of(check.external, target)
    # Who asks for a review does not always know the version.
    return any(tasks.is_alive(review_task(target, number, known, run).id) for known in (version, ""))


def with_hidden(shop: Workshop, poster: Poster, target: Target, talk: Conversation) -> Conversation:
    """The conversation with unfinished check runs that newer ones hide, such as those of another pull request.

    Asks GitHub nothing where no attempt at this version was broken off, or what it left is shown. Raises GitHubError.
    """
    redis, subject, version = shop.tasks.redis, subject_of(target, talk.pull.number), talk.pull.version
    begun = external_id(target, talk.pull.number, version, "")
    shown = any(not check.completed and is_of(check.external, begun) for check in talk.checks)
    if shown or version not in unfinished.versions(redis, subject):
        return talk
    hidden = [check for check in poster.unfinished_runs() if is_of(check.external, begun)]
    if not hidden:
        unfinished.forget(redis, subject, version)
    return talk._replace(checks=tuple(sorted([*talk.checks, *hidden])))


def stop_overtaken(shop: Workshop, client: Client, target: Target, pull: Pull) -> None:
    """Completes what attempts at older versions of a pull request left unfinished; nobody comes back to them.

    Nobody else may be at the pull request. Asks GitHub nothing where nothing was left. Raises GitHubError.
    """
    redis, subject = shop.tasks.redis, subject_of(target, pull.number)
    for version in unfinished.versions(redis, subject):
        if version == pull.version:
            continue
        old = pull._replace(head=version.partition("-")[0])
        poster = Poster(client, target.name, old, shop.rules, shop.settings.app_id)
        begun = external_id(target, pull.number, version, "")
        # A commit that is gone took its checks along.
        with suppress(GoneError, RefusedError):
            for check in poster.unfinished_runs():
                if is_of(check.external, begun):
                    stop(poster, check, overtaken(old.head, pull.head))
        unfinished.forget(redis, subject, version)


def _said_before(poster: Poster, check: CheckRun) -> Outcome | None:
    """What the newest finished review of the same version said; only a further one has any before it."""
    version = without_run(check.external)
    known = poster.finished_runs() if check.external != version else {}
    return next((said for external, said in known.items() if is_of(external, version)), None)
