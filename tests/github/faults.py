"""Faults: what the fake is told to do wrong, and limits."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from tests.github.routing import ApiError, Request

Kind = Literal["status", "status_after", "close", "close_after", "slow", "timeout"]
"""An error status before or after having acted, the connection closed without an answer before or after having acted,
an answer that trickles, and a request held without an answer (nothing is done)."""

Match = Callable[[Request], bool] | tuple[str, str]


@dataclass
class Fault:
    """Something that goes wrong with the next requests that match.

    `match` is a predicate, or a method and a regular expression found in the path. `times` counts down. `seconds` is
    how long a slow answer takes or a request is held.
    """

    match: Match
    kind: Kind = "status"
    times: int = 1
    status: int = 502
    message: str = "Server Error"
    headers: Mapping[str, str] = field(default_factory=dict)
    seconds: float = 1.0

    def matches(self, request: Request) -> bool:
        if isinstance(self.match, tuple):
            method, path = self.match
            return request.method == method and re.search(path, request.path) is not None
        return self.match(request)

    def error(self) -> ApiError:
        return ApiError(self.status, self.message, headers=self.headers)


SECONDARY = (
    "You have exceeded a secondary rate limit and have been temporarily blocked from content creation. "
    "Please retry your request again later."
)


def secondary_limit(match: Match, *, retry_after: int = 1, times: int = 1) -> Fault:
    """A refusal for too much created content, as GitHub words it."""
    return Fault(match, "status", times, 403, SECONDARY, {"Retry-After": str(retry_after)})


@dataclass
class Limits:
    """Limits of use. `content_per_minute`: how many requests may create content; None: any number."""

    content_per_minute: int | None = None
    retry_after: int = 60
    remaining: int = 5000
    reset: int = field(default_factory=lambda: int(time.time()) + 3600)
    created: int = 0
    _times: list[float] = field(default_factory=list)

    def count(self, request: Request, installation: int) -> None:
        """Counts a request. Raises ApiError 403 above a limit."""
        if self.remaining <= 0:
            words = f"API rate limit exceeded for installation ID {installation}."
            raise ApiError(403, words, headers=self.headers())
        self.remaining -= 1
        if not request.creates:
            return
        present = time.monotonic()
        self._times = [each for each in self._times if each > present - 60]
        if self.content_per_minute is not None and len(self._times) >= self.content_per_minute:
            raise ApiError(403, SECONDARY, headers={"Retry-After": str(self.retry_after)})
        self._times.append(present)
        self.created += 1

    def headers(self) -> dict[str, str]:
        numbers = {"Limit": 5000, "Remaining": self.remaining, "Used": 5000 - self.remaining, "Reset": self.reset}
        return {
            **{f"X-RateLimit-{name}": str(value) for name, value in numbers.items()},
            "X-RateLimit-Resource": "core",
        }
