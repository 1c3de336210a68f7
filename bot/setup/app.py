"""The web application as long as there is no GitHub App: a page that creates one.

Whoever holds the link that the log tells may use it, and nobody else: a stranger who finds an open server cannot claim it.
The link is the proof, so the page needs no session, and a forged form fails for want of it.
"""

from __future__ import annotations

import json
import logging
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, Response, redirect, request
from redis import RedisError
from werkzeug.exceptions import HTTPException

from bot import credentials
from bot.credentials import Credentials
from bot.github import GitHubError, GoneError, RefusedError, convert_manifest, is_code
from bot.manifest import NAME, api_of, creation_page, manifest, web_of, webhook_of
from bot.operating import answer
from bot.settings import Settings
from bot.setup import offer as offers
from bot.setup.offer import Offer
from bot.setup.pages import page, pages
from bot.setup.pending import Pending
from worker.queue import connect

_log = logging.getLogger("partywall.setup")
_MAX_BYTES = 100_000


def create_setup_app(settings: Settings, fixed_web: str = "") -> Flask:
    """The WSGI application. fixed_web: the GitHub that the settings name; '' where the person may choose.

    Raises ReviewError where the queue's server does not answer.
    """
    app = Flask("partywall", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = _MAX_BYTES
    app.register_blueprint(pages)
    setup = _Setup(settings, fixed_web)
    app.add_url_rule("/setup", view_func=setup.choose, methods=["GET", "POST"])
    app.add_url_rule("/setup/created", view_func=setup.created)

    @app.get("/healthz")
    def healthz() -> Response:
        return answer(200, "alive")

    @app.get("/readyz")
    def readyz() -> Response:
        # What asks this sends nobody here who is not ready, and the page has to be reached.
        return answer(200, "ready to be set up")

    @app.post("/webhook")
    def webhook() -> Response:
        return answer(503, "no GitHub App is set up yet")

    @app.errorhandler(RedisError)
    def no_queue(_: RedisError) -> Response:
        _log.exception("the queue's server does not answer")
        return answer(503, "the queue does not answer; try again later")

    @app.errorhandler(HTTPException)
    def refused(error: HTTPException) -> Response:
        return answer(error.code or 500, error.name.lower())

    return app


class _Setup:
    """The two steps on our side: what is to be created, and what GitHub created."""

    def __init__(self, settings: Settings, fixed_web: str) -> None:
        self._settings = settings
        self._fixed_web = fixed_web
        self._pending = Pending(connect(settings.redis_url))

    def choose(self) -> Response:
        """The page with the button that leads to GitHub, and the form that changes what will be asked for."""
        key = request.values.get("key", "")
        if not self._pending.is_key(key):
            return page("closed.html", 403)
        reached = self._settings.url or request.root_url.rstrip("/")
        offer = offers.read(request.form, reached, self._fixed_web)
        problems = offer.problems(self._fixed_web)
        if problems and not request.form and not self._settings.url:
            # Where the browser came to is of no use to GitHub: it is not worth correcting.
            offer = offer._replace(url="")
        values: dict[str, Any] = {"key": key, "offer": offer, "fixed_web": self._fixed_web, "asked": bool(request.form)}
        if problems:
            return page("choose.html", 422 if request.form else 200, problems=problems, **values)
        name = f"{NAME} {offer.organization}".strip()
        given = manifest(offer.url, self._back(offer.url), name)
        target = creation_page(offer.web, offer.organization, self._pending.remember(offer))
        values |= {"target": target, "manifest": json.dumps(given), "given": given, "host": urlsplit(offer.web).netloc}
        return page("choose.html", web=offer.web, problems={}, **values)

    def _back(self, url: str) -> str:
        """Where GitHub sends the browser back: to where it is, under the address that we are known by.

        A proxy in front may have changed the scheme and the path, but a browser that came through a tunnel of its own
        need not reach the public address.
        """
        here = request.root_url.rstrip("/")
        return url if urlsplit(url).hostname == urlsplit(here).hostname else here

    def created(self) -> Response:
        """GitHub sends the browser here, with a code for the credentials of the App that it created."""
        state, code = request.args.get("state", ""), request.args.get("code", "")
        offer = self._pending.take(state) if state else None
        if offer is None or not is_code(code):
            return page("failed.html", 400, reason="stale")
        api = self._settings.api if self._fixed_web else api_of(offer.web)
        try:
            app = convert_manifest(api, code)
        except (GoneError, RefusedError) as error:
            return page("failed.html", 502, reason="refused", error=str(error), web=offer.web)
        except GitHubError as error:
            # The code may still be good: reloading the page asks once more.
            self._pending.remember(offer, state)
            return page("failed.html", 502, reason="unanswered", error=str(error))
        return self._finish(offer, app, api)

    def _finish(self, offer: Offer, app: dict[str, Any], api: str) -> Response:
        """Keeps the credentials and leads on to the installation; shows them where that was asked for, or must be."""
        told = {name: str(app.get(name) or "") for name in ("webhook_secret", "client_id", "client_secret")}
        found = Credentials(int(app["id"]), str(app["pem"]), api=api, url=offer.url, **told)
        install = f"{app['html_url']}/installations/new"
        reason = ""
        if not offer.show:
            try:
                file = credentials.write(self._settings.data, found)
            except OSError as error:
                reason = error.strerror or type(error).__name__
                _log.error("the credentials of the GitHub App %s could not be kept: %s", found.app_id, reason)
            else:
                _log.info(
                    "the GitHub App %s (%s) is set up; its credentials are in %s", app["name"], found.app_id, file
                )
                self._pending.close()
                if urlsplit(install).netloc == urlsplit(offer.web).netloc:
                    return redirect(install, 303)  # type: ignore[return-value]
                return page("created.html", install=install)
        return page("credentials.html", found=found, install=install, reason=reason, webhook=webhook_of(offer.url))


def fixed_web_of(environ: Any) -> str:
    """The GitHub whose API the environment names, '' where it names none."""
    api = environ.get("PARTYWALL_GITHUB_API", "").strip().rstrip("/")
    return web_of(api) if api else ""
