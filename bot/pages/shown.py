"""What the pages look like: templates, the style, and how times and links are written."""

from __future__ import annotations

import base64
import time
from datetime import UTC, datetime
from importlib.resources import files
from urllib.parse import quote

from flask import Response, request

from bot.picturing import svg_of
from bot.records import LINKED, Noted, Record
from bot.settings import is_address
from bot.setup.pages import STYLE, Style, page

STEPS = {"fetch": "fetch", "read": "read", "rules": "rules", "github": "GitHub"}
"""The steps of a review, in the order in which they are drawn, by what people call them."""

_OURS = Style(STYLE.text + (files("bot.pages") / "templates" / "operator" / "style.css").read_text(encoding="utf-8"))
_LONGEST_PICTURE = 200_000
_UNITS = ((86_400, "day"), (3_600, "hour"), (60, "minute"))


def root() -> str:
    """The way from the page at hand to where the pages begin: behind a proxy nobody need know the prefix."""
    return "../" * (request.path.count("/") - 1) or "./"


def show(template: str, status: int = 200, **values: object) -> Response:
    """A page of the operator's."""
    return page(f"operator/{template}", status, "", _OURS, **{"root": root(), **_HELPERS, **values})


def lead_to(address: str) -> Response:
    """Leads the browser on to an address, which learns nothing of where it came from."""
    answer = Response("", 303, {"Location": address, "Cache-Control": "no-store", "Referrer-Policy": "no-referrer"})
    answer.autocorrect_location_header = False
    return answer


def moment(at: float) -> str:
    """A time as people read it, in UTC."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def since(at: float) -> str:
    """How long ago a time was, roughly."""
    gone = max(0.0, time.time() - at)
    for seconds, unit in _UNITS:
        if gone >= seconds:
            number = int(gone // seconds)
            return f"{number} {unit}{'s' if number != 1 else ''} ago"
    return "just now"


def bars(seconds: dict[str, float]) -> list[tuple[str, str, float, float, float]]:
    """Of each step: its kind, its name, its seconds, and where its part of a bar of 100 begins and how long it is."""
    known = [(step, seconds[step]) for step in STEPS if step in seconds]
    whole, begin, found = sum(spent for _, spent in known) or 1.0, 0.0, []
    for step, spent in known:
        part = 100 * spent / whole
        found.append((step, STEPS[step], spent, round(begin, 2), round(part, 2)))
        begin += part
    return found


def repository_link(record: Record) -> str:
    """A repository's address on GitHub, '' where it is not known."""
    return record.url if is_address(record.url) else ""


def place_link(record: Record, finding: Noted) -> str:
    """The lines of a finding on GitHub, '' where they are not known."""
    url = repository_link(record)
    return f"{url}/blob/{record.head}/{quote(finding.path)}#L{finding.line}" if url and record.head else ""


def picture(record: Record) -> str:
    """The picture of a change as the address of an image, '' where there is nothing to draw or too much."""
    if not record.links:
        return ""
    svg = svg_of(record.links, LINKED, "what comes and goes").encode("utf-8", "replace")
    if len(svg) > _LONGEST_PICTURE:
        return ""
    return f"data:image/svg+xml;base64,{base64.b64encode(svg).decode()}"


_HELPERS: dict[str, object] = {
    "steps": STEPS,
    "moment": moment,
    "since": since,
    "bars": bars,
    "repository_link": repository_link,
    "place_link": place_link,
}
