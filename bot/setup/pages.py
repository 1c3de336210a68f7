"""The pages of the set-up: rendered here, without scripts and without anything from elsewhere."""

from __future__ import annotations

import base64
import hashlib
from importlib.resources import files

from flask import Blueprint, Response, render_template
from markupsafe import Markup


class Style:
    """The one style sheet of a page, which stands in the page itself; `hash` is what names it in the page's policy."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.hash = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


STYLE = Style((files("bot.setup") / "templates" / "style.css").read_text(encoding="utf-8"))

pages = Blueprint("setup", __name__, template_folder="templates")
"""The templates, and the page that GitHub leads to after an installation, which tells nothing to anybody."""


@pages.get("/setup/done")
def done() -> Response:
    """Where GitHub sends a person after the App was installed."""
    return page("done.html")


def page(template: str, status: int = 200, web: str = "", style: Style = STYLE, **values: object) -> Response:
    """A page from a template. web: the GitHub that its forms may be sent to."""
    text = render_template(template, style=Markup(style.text), **values)  # noqa: S704 - our own file
    answer = Response(text, status, mimetype="text/html")
    answer.headers.update(
        {
            "Content-Security-Policy": (
                f"default-src 'none'; style-src 'sha256-{style.hash}'; img-src data:; form-action 'self' {web}".rstrip()
                + "; frame-ancestors 'none'; base-uri 'none'"
            ),
            "Cache-Control": "no-store",
            "Cross-Origin-Opener-Policy": "same-origin",
            # The address of the page holds the key: GitHub may learn where it came from, and no more.
            "Referrer-Policy": "strict-origin",
            "X-Content-Type-Options": "nosniff",
            "X-Frame-Options": "DENY",
        }
    )
    return answer
