"""Signing in elsewhere through the app: the pages that a browser sees, and the token for the code."""

from __future__ import annotations

import json
import secrets
from html import escape
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlencode

from tests.github.routing import Answer, Request, html_page

if TYPE_CHECKING:
    from tests.github.fake import FakeGitHub

_AUTHORIZE, _TOKEN = "/login/oauth/authorize", "/login/oauth/access_token"


def is_page(path: str) -> bool:
    """Whether a path is one of these."""
    return path in (_AUTHORIZE, _TOKEN)


def serve(github: FakeGitHub, request: Request) -> Answer:
    """What a browser, or the app, gets."""
    if request.path == _TOKEN:
        return _token(github, request)
    if request.method == "POST":
        form = {name: values[0] for name, values in parse_qs(request.raw.decode()).items()}
        code = secrets.token_hex(10)
        github.codes[code] = github.visitor
        answered = {"code": code, **({"state": form["state"]} if "state" in form else {})}
        return Answer(302, b"", {"Location": f"{form['redirect_uri']}?{urlencode(answered)}"})
    back = request.query.get("redirect_uri") or next(iter(github.app.callbacks), "")
    if request.query.get("client_id") != github.app.client_id:
        return html_page(404, "<h1>Not Found</h1>")
    if back not in github.app.callbacks:
        return html_page(200, "<h1>The redirect_uri is not associated with this application.</h1>")
    kept = {"redirect_uri": back, **{name: request.query[name] for name in ("state",) if name in request.query}}
    hidden = "".join(f'<input type="hidden" name="{name}" value="{escape(each)}">' for name, each in kept.items())
    button = f"<button>Authorize {escape(github.app.slug)}</button>"
    return html_page(
        200, f'<h1>{escape(github.visitor)}</h1><form method="post" action="{_AUTHORIZE}">{hidden}{button}</form>'
    )


def _token(github: FakeGitHub, request: Request) -> Answer:
    """A code is good once. What is wrong is said with 200, and as a form where nobody asks for JSON."""
    given = request.body if isinstance(request.body, dict) else {}
    if given.get("client_id") != github.app.client_id or given.get("client_secret") != github.app.client_secret:
        body = {
            "error": "incorrect_client_credentials",
            "error_description": "The client_id and/or client_secret passed are incorrect.",
        }
    elif (login := github.codes.pop(str(given.get("code")), None)) is None:
        body = {"error": "bad_verification_code", "error_description": "The code passed is incorrect or expired."}
    else:
        token = github.tokens.create_for(github.account(login))
        body = {"access_token": token, "scope": "", "token_type": "bearer"}
    if request.headers.get("accept") != "application/json":
        return Answer(200, urlencode(body).encode(), {"Content-Type": "application/x-www-form-urlencoded"})
    return Answer(200, json.dumps(body).encode(), {"Content-Type": "application/json; charset=utf-8"})
