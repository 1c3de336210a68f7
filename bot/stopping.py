"""What a check run says of a review that is of no use any more.

GitHub shows people the newest check run of a name, and none can be taken back. So where an earlier review of the same
commit came to an end, the one that was stopped says again what that one said.
"""

from __future__ import annotations

from bot import checks
from bot.checks import Outcome
from bot.conversation import CheckRun, Conversation
from bot.events import Target, number_of
from bot.posting import Poster

CLOSED = "the pull request was closed"


def stop(poster: Poster, check: CheckRun, reason: str) -> None:
    """Completes the check run of a stopped review. Raises GitHubError."""
    before = _said_before(poster, check)
    outcome = checks.not_again(before, reason) if before else checks.stopped(reason, poster.place.head)
    poster.finish(check, outcome)


def stop_all(poster: Poster, talk: Conversation, target: Target) -> None:
    """Completes what attempts that were broken off left unfinished on a closed pull request. Raises GitHubError."""
    for check in talk.checks:
        if not check.completed and number_of(check.external, target) == talk.pull.number:
            stop(poster, check, CLOSED)


def _said_before(poster: Poster, check: CheckRun) -> Outcome | None:
    """What the newest finished review of the same version said; only a further one has any before it."""
    repository, number, version, *run = check.external.split("/")
    known = poster.finished_runs() if run else {}
    of_version = f"{repository}/{number}/{version}/"
    return next((said for external, said in known.items() if f"{external}/".startswith(of_version)), None)
