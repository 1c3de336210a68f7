"""The web application that is served: the set-up page until there is a GitHub App, from then on what takes webhooks."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from werkzeug.middleware.proxy_fix import ProxyFix

from bot.app import create_app
from bot.logs import log_to_stderr
from bot.settings import NotSetUpError, Settings, load, load_without_app
from bot.setup.app import create_setup_app, fixed_web_of
from bot.setup.pending import Pending
from worker.queue import connect

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


class Switch:
    """A WSGI application that looks for the App's credentials with each request, until it finds them."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self._lock = threading.Lock()
        self._ready: WSGIApplication | None = None
        self._setup: WSGIApplication | None = None
        self._current()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answers a request."""
        return (self._ready or self._current())(environ, start_response)

    def _current(self) -> WSGIApplication:
        with self._lock:
            if self._ready is None:
                try:
                    settings = load(self._environ)
                except NotSetUpError:
                    return self._setup_app()
                self._ready = _behind(settings, create_app(settings))
            return self._ready

    def _setup_app(self) -> WSGIApplication:
        if self._setup is None:
            settings = load_without_app(self._environ)
            self._setup = _behind(settings, create_setup_app(settings, fixed_web_of(self._environ)))
        return self._setup


def _behind(settings: Settings, app: Any) -> WSGIApplication:
    """An application behind as many proxies as the settings say; without any, nobody's X-Forwarded headers count."""
    number = settings.proxies
    return ProxyFix(app, number, number, number, 0, number)


def from_environment() -> Switch:
    """The application with the settings of the environment, as gunicorn asks for it."""
    log_to_stderr()
    return Switch(os.environ)


def tell_link(settings: Settings, host: str, port: int) -> None:
    """Tells on standard error where the App is set up. The link is a secret: it is told to nobody else."""
    shown = {"0.0.0.0": "localhost", "::": "localhost"}.get(host, host)  # noqa: S104 - what is listened on is told
    base = settings.url or f"http://{f'[{shown}]' if ':' in shown else shown}:{port}"
    key = Pending(connect(settings.redis_url)).key()
    print(f"No GitHub App is set up yet. To create one, open {base}/setup?key={key}", file=sys.stderr, flush=True)
