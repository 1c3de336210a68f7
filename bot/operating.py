"""What whoever runs the bot asks the web application: whether it is alive, ready, and what it counted."""

from __future__ import annotations

import hmac
import logging
from functools import lru_cache

from flask import Blueprint, Response, request
from github.Auth import AppAuth
from prometheus_client import CONTENT_TYPE_LATEST
from redis import RedisError
from rq.utils import as_text

from bot.exposition import exposition
from bot.metrics import REFUSED
from bot.settings import Settings
from worker.queue import Tasks

_log = logging.getLogger("partywall.web")


def routes(settings: Settings, tasks: Tasks) -> Blueprint:
    """/healthz, /readyz and /metrics."""
    pages = Blueprint("operating", __name__)

    @pages.get("/healthz")
    def healthz() -> Response:
        return answer(200, "alive")

    @pages.get("/readyz")
    def readyz() -> Response:
        problems = [problem for problem in (_queue_problem(tasks), _key_problem(settings)) if problem]
        return answer(503, "; ".join(problems)) if problems else answer(200, "ready")

    @pages.get("/metrics")
    def metrics() -> Response:
        if not settings.metrics_token:
            return answer(404, "closed; set PARTYWALL_METRICS_TOKEN to open it")
        shown = request.headers.get("Authorization", "").encode("utf-8", "replace")
        if not hmac.compare_digest(shown, f"Bearer {settings.metrics_token}".encode()):
            return answer(401, "the token of PARTYWALL_METRICS_TOKEN is needed, as `Authorization: Bearer TOKEN`")
        return Response(exposition(tasks.redis), content_type=CONTENT_TYPE_LATEST)

    return pages


def answer(status: int, text: str) -> Response:
    """An answer in plain text, and in nothing else."""
    return Response(text + "\n", status, mimetype="text/plain", headers={"X-Content-Type-Options": "nosniff"})


def _queue_problem(tasks: Tasks) -> str:
    """Why the queue cannot be used; GitHub's refusal of our key stands there, too, when a worker met it."""
    try:
        refused = tasks.redis.get(REFUSED)
    except RedisError as error:
        _log.warning("the queue's server does not answer: %s", error)
        return "the queue does not answer"
    return f"the App's key is of no use: {as_text(refused)}" if refused else ""


@lru_cache(1)
def _key_problem(settings: Settings) -> str:
    """Why nothing can be signed with the App's key. GitHub is not asked: deliveries are taken while it fails."""
    try:
        AppAuth(settings.app_id, settings.private_key).create_jwt()
    except Exception as error:
        _log.warning("the App's key does not sign: %s", type(error).__name__)
        return "PARTYWALL_PRIVATE_KEY cannot be used to sign; copy the whole file that GitHub gave"
    return ""
