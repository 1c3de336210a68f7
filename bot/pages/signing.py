"""Signing in through GitHub: the App's own web flow, from the button to a session of an hour."""

from __future__ import annotations

import hmac
import logging
import secrets
from urllib.parse import urlencode, urlsplit

from flask import Blueprint, Response, request

from bot.github import GitHubError, exchange_code, is_code
from bot.manifest import callback_of, web_of
from bot.pages.people import person
from bot.pages.sessions import SECONDS, Sessions
from bot.pages.shown import lead_to, root, show
from bot.settings import Settings

SESSION, STATE = "partywall-session", "partywall-state"
"""The names of our cookies."""

_STATE_SECONDS = 600
_log = logging.getLogger("partywall.pages")


class Signing:
    """The three steps: to GitHub, back with a code, out again."""

    def __init__(self, settings: Settings, sessions: Sessions) -> None:
        self._settings = settings
        self._sessions = sessions

    def add_to(self, pages: Blueprint) -> None:
        """Adds the addresses."""
        pages.add_url_rule("/signin", view_func=self.begin)
        pages.add_url_rule("/signin/back", view_func=self.back)

    def begin(self) -> Response:
        """Leads to GitHub. The browser remembers the state: nobody else can end what it began."""
        state = secrets.token_urlsafe(32)
        asked = {
            "client_id": self._settings.client_id,
            "redirect_uri": callback_of(self._settings.url),
            "state": state,
        }
        answer = lead_to(f"{web_of(self._settings.api)}/login/oauth/authorize?{urlencode(asked)}")
        self._set(answer, STATE, state, _STATE_SECONDS)
        return answer

    def back(self) -> Response:
        """GitHub sends the browser here, with a code for a token of the person's."""
        state, code = request.args.get("state", ""), request.args.get("code", "")
        ours = request.cookies.get(STATE, "")
        if not ours or not hmac.compare_digest(ours.encode(), state.encode("utf-8", "replace")):
            return show("signin.html", 400, problem="This sign-in was not begun in this browser, or too long ago.")
        if not is_code(code):
            return self._failed(400, "GitHub did not sign you in.")
        try:
            web = web_of(self._settings.api)
            token = exchange_code(web, self._settings.client_id, self._settings.client_secret, code)
            found = person(self._settings, token)
        except GitHubError as error:
            _log.warning("nobody could be signed in: %s", error)
            return self._failed(502, f"GitHub did not say who you are. {error}")
        _log.info("%s signed in, and may see %d repositories", found.login, len(found.see))
        answer = lead_to(f"{root()}reviews")
        answer.delete_cookie(STATE, cookie_path(self._settings))
        self._set(answer, SESSION, self._sessions.begin(found), SECONDS)
        return answer

    def _failed(self, status: int, problem: str) -> Response:
        answer = show("signin.html", status, problem=problem)
        answer.delete_cookie(STATE, cookie_path(self._settings))
        return answer

    def _set(self, answer: Response, name: str, value: str, seconds: int) -> None:
        secure = request.is_secure or urlsplit(self._settings.url).scheme == "https"
        path = cookie_path(self._settings)
        answer.set_cookie(name, value, max_age=seconds, path=path, secure=secure, httponly=True, samesite="Lax")


def cookie_path(settings: Settings) -> str:
    """Where our cookies are sent to: behind a prefix, what else is served under that host has no part in them."""
    return urlsplit(settings.url).path or "/"
