"""The web application: takes webhooks, checks who sent them, and hands them on. It does no work itself."""

from __future__ import annotations

import hashlib
import hmac
import logging
import re
import time

from flask import Flask, Response, request
from redis import RedisError
from werkzeug.exceptions import HTTPException

from bot import events, logs
from bot.dispatch import about, dispatch
from bot.metrics import Tally
from bot.operating import answer, routes
from bot.pages import views
from bot.settings import OFF, Settings
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
    logs.hide(*settings.secrets)
    app = Flask("partywall", static_folder=None)
    # One more than is taken: a body whose length is not told is cut there, without a word.
    app.config["MAX_CONTENT_LENGTH"] = MAX_BYTES + 1
    app.register_blueprint(pages)
    tasks = Tasks(connect(settings.redis_url), Limits(settings.time_limit, settings.per_installation))

    tally = Tally()
    app.register_blueprint(routes(settings, tasks))
    if settings.pages != OFF:
        app.register_blueprint(views.routes(settings, tasks))

    @app.post("/webhook")
    def webhook() -> Response:
        started = time.perf_counter()
        event, delivery = request.headers.get("X-GitHub-Event", ""), request.headers.get("X-GitHub-Delivery", "")
        with logs.about({"delivery": delivery if _DELIVERY.fullmatch(delivery) else ""}):
            try:
                outcome, given = receive(settings, tasks, event, delivery)
            except RedisError:
                _log.exception("the queue's server does not answer")
                tally.count("partywall_deliveries", _counted(event), "no queue")
                raise
        # Of what nobody signed not even the event is believed.
        tally.count("partywall_deliveries", "unknown" if given.status_code == 401 else _counted(event), outcome)
        tally.observe("partywall_delivery_seconds", time.perf_counter() - started)
        tally.hand_over(tasks.redis)
        return given

    @app.errorhandler(HTTPException)
    def refused(error: HTTPException) -> Response:
        return answer(error.code or 500, error.name.lower())

    @app.errorhandler(RedisError)
    def no_queue(_: RedisError) -> Response:
        return answer(503, "the queue does not answer; deliver again later")

    return app


def receive(settings: Settings, tasks: Tasks, event: str, delivery: str) -> tuple[str, Response]:
    """What became of a delivery, and the answer to it: 202 when it is taken, done already, or nothing to us."""
    if request.mimetype != "application/json":
        return "refused", answer(415, "the content type must be application/json")
    body = request.get_data(cache=False)
    if len(body) > MAX_BYTES:
        return "refused", answer(413, "the payload is too large")
    if not is_signed(settings.webhook_secret, body, request.headers.get("X-Hub-Signature-256", "")):
        _log.warning("a delivery without a valid signature was refused")
        return "unsigned", answer(401, "the signature is missing or wrong")
    if event == "ping":
        return "nothing to do", answer(200, "pong")
    if not _DELIVERY.fullmatch(delivery):
        return "refused", answer(400, "the delivery has no usable id")
    try:
        asked = events.parse(event, body, delivery, settings.app_id)
    except events.PayloadError as error:
        return "refused", answer(400, str(error))
    if not asked:
        return "nothing to do", answer(202, "nothing to do")
    named = [(one, f"{delivery}-{number}" if number else delivery) for number, one in enumerate(asked)]
    left = [(one, name) for one, name in named if not tasks.is_done(name)]
    with logs.about(about(asked[0])):
        for one, name in left:
            dispatch(one, tasks, name)
        _log.info("%s: %d of %d to do", event, len(left), len(asked))
    outcome = "taken" if left else "done already"
    return outcome, answer(202, outcome)


def _counted(event: str) -> str:
    """An event by its name, where it is one that we know: anything may stand in a header."""
    return event if event in (*events.SUBSCRIBED, "installation", "installation_repositories", "ping") else "other"


def is_signed(secret: bytes, body: bytes, signature: str) -> bool:
    """Whether a signature header is that of the body, compared in constant time."""
    ours = "sha256=" + hmac.new(secret, body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(ours.encode(), signature.encode("utf-8", "replace"))
