"""The operator's pages by address, each for whom it is meant."""

from __future__ import annotations

import hmac
import logging
import time
from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any, NamedTuple

from flask import Blueprint, Response, request
from redis import Redis

from bot import failures, records, status
from bot.logs import without_secrets
from bot.metrics import Limit, limits
from bot.operating import answer
from bot.pages.sessions import Sessions
from bot.pages.shown import lead_to, picture, root, show
from bot.pages.signing import SESSION, Signing, cookie_path
from bot.pages.visitor import Visitor, is_from_here
from bot.settings import GITHUB, Settings
from worker.queue import Tasks

LISTED = 50
"""How many reviews stand on a page."""

_log = logging.getLogger("partywall.pages")


def routes(settings: Settings, tasks: Tasks) -> Blueprint:
    """The pages, for those whom PARTYWALL_PAGES names."""
    pages = Blueprint("operator", __name__, template_folder="templates")
    sessions = Sessions(tasks.redis)
    views = _Views(settings, tasks, sessions)
    pages.add_url_rule("/reviews", view_func=views.for_visitors(views.reviews))
    pages.add_url_rule("/reviews/<int:repository>/<task>", view_func=views.for_visitors(views.review))
    pages.add_url_rule("/queue", view_func=views.for_visitors(views.queue))
    pages.add_url_rule("/queue/again", view_func=views.for_visitors(views.again), methods=["POST"])
    if settings.pages == GITHUB:
        Signing(settings, sessions).add_to(pages)
        pages.add_url_rule("/signout", view_func=views.for_visitors(views.sign_out), methods=["POST"])
    return pages


class Failure(NamedTuple):
    """A task that was given up, as the page shows it."""

    task: str
    repository: str
    reason: str
    at: float
    may_retry: bool


class Running(NamedTuple):
    """A task that runs, as the page shows it."""

    task: str
    repository: str
    at: float


class _Views:
    def __init__(self, settings: Settings, tasks: Tasks, sessions: Sessions) -> None:
        self._signs_in = settings.pages == GITHUB
        self._cookie_path = cookie_path(settings)
        self._tasks = tasks
        self._sessions = sessions

    def for_visitors(self, view: Callable[..., Response]) -> Callable[..., Response]:
        """A view for those who may look; everybody else gets no further. Forms have to carry the visitor's token."""

        @wraps(view)
        def guarded(**names: object) -> Response:
            if not self._signs_in:
                if not is_from_here(request):
                    return answer(
                        403, "these pages are for this machine alone; PARTYWALL_PAGES=github lets people sign in"
                    )
                visitor = self._sessions.local()
            else:
                found = self._sessions.find(request.cookies.get(SESSION, ""))
                if found is None:
                    return show("signin.html", 401, problem="")
                visitor = found
            if request.method == "POST" and not _carries(visitor.token):
                return answer(403, "this form is not of the page, or of an older one; load the page again")
            if visitor.see is not None and not visitor.see and view != self.sign_out:
                return show("nothing.html", 403, visitor=visitor)
            return view(visitor, **names)

        return guarded

    def reviews(self, visitor: Visitor) -> Response:
        """The newest reviews; `before` in the address leads to older ones."""
        before = request.args.get("before", type=float)
        found, older = records.latest(self._tasks.redis, visitor.see, LISTED, before)
        return show(
            "reviews.html", visitor=visitor, records=found, older=older, before=before, here="reviews", kept=records
        )

    def review(self, visitor: Visitor, repository: int, task: str) -> Response:
        """One review. What one may not see is not there."""
        record = records.one(self._tasks.redis, repository, task) if visitor.may_see(repository) else None
        if record is None:
            return show("missing.html", 404, visitor=visitor, here="reviews", kept=records)
        return show("review.html", visitor=visitor, record=record, picture=picture(record), here="reviews")

    def queue(self, visitor: Visitor) -> Response:
        """What waits, what was given up, and what GitHub's limits leave."""
        state = status.state(self._tasks)
        told, running = list[Failure](), list[Running]()
        for job, reason in state.failed:
            number, name = failures.repository_of(job)
            if visitor.may_see(number):
                told.append(
                    Failure(job.id, name, without_secrets(reason), _seconds(job.ended_at), visitor.may_write(number))
                )
        for job in self._tasks.running():
            number, name = failures.repository_of(job)
            if visitor.may_see(number):
                running.append(Running(job.id, name, _seconds(job.started_at)))
        told.sort(key=lambda failure: -failure.at)
        running.sort(key=lambda task: task.at)
        left = _limits(self._tasks.redis, visitor)
        done = request.args.get("again", "")
        shown: dict[str, Any] = {"state": state, "failures": told, "running": running, "limits": left}
        return show("queue.html", visitor=visitor, done=done, here="queue", **shown)

    def again(self, visitor: Visitor) -> Response:
        """Does once more what was given up."""
        job = self._tasks.given_up(request.form.get("task", ""))
        repository, _name = failures.repository_of(job) if job else (None, "")
        if job is None or not visitor.may_see(repository):
            return lead_to(f"{root()}queue?again=gone")
        if not visitor.may_write(repository):
            return answer(403, "only people who may write to the repository have it tried again")
        failures.retry(self._tasks, job)
        _log.info("%s has %s tried again", visitor.login or "the operator", job.id)
        return lead_to(f"{root()}queue?again=put")

    def sign_out(self, _visitor: Visitor) -> Response:
        """Forgets who is signed in."""
        self._sessions.end(request.cookies.get(SESSION, ""))
        gone = lead_to(f"{root()}reviews")
        gone.delete_cookie(SESSION, self._cookie_path)
        return gone


def _seconds(at: datetime | None) -> float:
    return at.timestamp() if at else 0.0


def _carries(token: str) -> bool:
    given = request.form.get("token", "")
    return bool(token) and hmac.compare_digest(given.encode("utf-8", "replace"), token.encode())


def _limits(redis: Redis, visitor: Visitor) -> list[Limit]:
    """The limits that count at the moment, of the App and of the installations that the visitor may see."""
    found, seen = limits(redis, time.time()), visitor.installations
    mine = [each for each in found if seen is None or (each.owner.isdigit() and int(each.owner) in seen)]
    return sorted(mine, key=lambda limit: limit.left)
