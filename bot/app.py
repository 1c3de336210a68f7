"""The web application: takes webhooks, checks who sent them, and hands them on. It does no work itself."""

from __future__ import annotations

import hashlib
import hmac
import logging
import re

from flask import Flask, Response, request
from redis import RedisError
from werkzeug.exceptions import HTTPException

from bot import events
from bot.dispatch import dispatch
from bot.logs import log_to_stderr
from bot.settings import Settings, load
from bot.setup.pages import pages
from worker.errors import ReviewError
from worker.queue import Limits, Tasks, connect

MAX_BYTES = 25_000_000
"""The largest payload; GitHub sends none larger."""

_log = logging.getLogger("partywall.web")
_DELIVERY = re.compile(r"[A-Za-z0-9_-]{1,64}")


def create_app(settings: Settings) -> Flask:
    """The WSGI application. Raises ReviewError without a secret, and where the queue's server does not answer."""
    if not settings.webhook_secret:
        raise ReviewError("PARTYWALL_WEBHOOK_SECRET is empty; without a secret anybody could deliver.")
    app = Flask("partywall", static_folder=None)
    # One more than is taken: a body whose length is not told is cut there, without a word.
    app.config["MAX_CONTENT_LENGTH"] = MAX_BYTES + 1
    app.register_blueprint(pages)
    tasks = Tasks(connect(settings.redis_url), Limits(settings.time_limit, settings.per_installation))

    @app.post("/webhook")
    def webhook() -> Response:
        return receive(settings, tasks)

    @app.get("/healthz")
    def healthz() -> Response:
        return _answer(200, "alive")

    @app.errorhandler(HTTPException)
    def refused(error: HTTPException) -> Response:
        return _answer(error.code or 500, error.name.lower())

    @app.errorhandler(RedisError)
    def no_queue(_: RedisError) -> Response:
        _log.exception("the queue's server does not answer")
        return _answer(503, "the queue does not answer; deliver again later")

    return app


def from_environment() -> Flask:
    """The WSGI application with the settings of the environment, as gunicorn asks for it."""
    log_to_stderr()
    return create_app(load())


def receive(settings: Settings, tasks: Tasks) -> Response:
    """Answers a delivery: 202 when it is taken, done already, or nothing to us."""
    if request.mimetype != "application/json":
        return _answer(415, "the content type must be application/json")
    body = request.get_data(cache=False)
    if len(body) > MAX_BYTES:
        return _answer(413, "the payload is too large")
    if not is_signed(settings.webhook_secret, body, request.headers.get("X-Hub-Signature-256", "")):
        _log.warning("a delivery without a valid signature was refused")
        return _answer(401, "the signature is missing or wrong")
    event, delivery = request.headers.get("X-GitHub-Event", ""), request.headers.get("X-GitHub-Delivery", "")
    if event == "ping":
        return _answer(200, "pong")
    if not _DELIVERY.fullmatch(delivery):
        return _answer(400, "the delivery has no usable id")
    try:
        asked = events.parse(event, body, delivery, settings.app_id)
    except events.PayloadError as error:
        return _answer(400, str(error))
    if not asked:
        return _answer(202, "nothing to do")
    named = [(one, f"{delivery}-{number}" if number else delivery) for number, one in enumerate(asked)]
    left = [(one, name) for one, name in named if not tasks.is_done(name)]
    for one, name in left:
        dispatch(one, tasks, name)
    _log.info("delivery %s: %s, %d of %d to do", delivery, event, len(left), len(asked))
    return _answer(202, "taken" if left else "done already")


def is_signed(secret: bytes, body: bytes, signature: str) -> bool:
    """Whether a signature header is that of the body, compared in constant time."""
    ours = "sha256=" + hmac.new(secret, body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(ours.encode(), signature.encode("utf-8", "replace"))


def _answer(status: int, text: str) -> Response:
    return Response(text + "\n", status, mimetype="text/plain", headers={"X-Content-Type-Options": "nosniff"})
