"""Requests, answers and the table of REST routes."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar
from urllib.parse import unquote, urlencode

if TYPE_CHECKING:
    from tests.github.fake import FakeGitHub
    from tests.github.model import Account, Token
    from tests.github.pull import Pull
    from tests.github.repository import Repository

DOCUMENTATION = "https://docs.github.com/rest"

T = TypeVar("T")


class ApiError(Exception):
    """An answer that refuses: a status, GitHub's message, and perhaps details."""

    def __init__(
        self, status: int, message: str, errors: list[Any] | None = None, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.errors = errors
        self.headers = dict(headers or {})

    def answer(self) -> Answer:
        body = {"message": self.message, "documentation_url": DOCUMENTATION, "status": str(self.status)}
        return Answer(self.status, {**body, **({"errors": self.errors} if self.errors else {})}, self.headers)


class Answer(NamedTuple):
    """What goes back: `body` is JSON, or bytes with a content type in `headers`."""

    status: int
    body: Any
    headers: Mapping[str, str] = {}


def html_page(status: int, body: str) -> Answer:
    """One of GitHub's own pages, for people."""
    page = (
        f'<!doctype html><html lang="en"><link rel="icon" href="data:,"><title>GitHub</title><body>{body}</body></html>'
    )
    return Answer(status, page.encode(), {"Content-Type": "text/html; charset=utf-8"})


@dataclass
class Request:
    """A request of the log. `phase` tells how far it came: received, acted or answered."""

    number: int
    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    """By lower case name, without `authorization`."""
    raw: bytes
    body: Any
    authorization: str
    """`token`, `jwt`, `basic` or `none`: never the value."""
    status: int | None = None
    phase: str = "received"
    secret: str = field(default="", repr=False)
    peer: str = ""
    """The address that it came from."""

    @property
    def creates(self) -> bool:
        """Whether it counts against the limit of created content."""
        if self.path == "/graphql":
            return isinstance(self.body, dict) and bool(
                re.search(r"(^|\s)mutation\b", str(self.body.get("query") or ""))
            )
        return self.path.startswith("/repos/") and self.method not in ("GET", "HEAD")


@dataclass
class Call:
    """A REST call whose authorization was checked, with what its path names."""

    github: FakeGitHub
    request: Request
    names: dict[str, str]
    token: Token | None
    person: Account | None = None

    @property
    def repository(self) -> Repository:
        return self.github.find_repository(self.names["owner"], self.names["repo"])

    @property
    def pull(self) -> Pull:
        number = self.names.get("pull_number") or self.names["issue_number"]
        for pull in self.repository.pulls:
            if str(pull.number) == number:
                return pull
        raise ApiError(404, "Not Found")

    def given(self, name: str, resource: str = "Resource") -> Any:
        """A field of the body that must be there."""
        body = self.request.body
        if not isinstance(body, dict) or body.get(name) is None:
            problem = {"resource": resource, "code": "missing_field", "field": name}
            raise ApiError(422, "Invalid request.", [problem])
        return body[name]

    def optional(self, name: str) -> Any:
        return self.request.body.get(name) if isinstance(self.request.body, dict) else None

    def page(self, items: list[T], largest: int = 100, usual: int = 30) -> tuple[list[T], dict[str, str]]:
        """The items of the page asked for, and the Link header that leads to the other pages."""
        size = max(1, min(int(self.request.query.get("per_page", usual)), largest))
        page = max(1, int(self.request.query.get("page", 1)))
        last = max(1, -(-len(items) // size))
        links = {}
        if page < last:
            links = {"next": page + 1, "last": last}
        if page > 1:
            links |= {"prev": page - 1, "first": 1}
        header = ", ".join(f'<{self._link(number)}>; rel="{name}"' for name, number in links.items())
        return items[(page - 1) * size : page * size], {"Link": header} if header else {}

    def _link(self, page: int) -> str:
        query = urlencode({**self.request.query, "page": page})
        return f"{self.github.url}{self.request.path}?{query}"


class Route(NamedTuple):
    method: str
    pattern: re.Pattern[str]
    permission: str
    """`name:level`, several names divided by `|`; `jwt` where the app itself asks, `person` where it asks for
    somebody who signed in, `none` where anybody may; empty where
    any token will do."""
    handler: Callable[[Call], Answer]


ROUTES: list[Route] = []


def route(method: str, path: str, permission: str) -> Callable[[Callable[[Call], Answer]], Callable[[Call], Answer]]:
    """Registers the handler of a path with `{names}`."""
    pattern = re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", path))

    def register(handler: Callable[[Call], Answer]) -> Callable[[Call], Answer]:
        ROUTES.append(Route(method, pattern, permission, handler))
        return handler

    return register


def find(method: str, path: str) -> tuple[Route, dict[str, str]]:
    """The route of a request and what its path names. Raises ApiError 404."""
    for each in ROUTES:
        if each.method == method and (match := each.pattern.fullmatch(path)):
            return each, {name: unquote(value) for name, value in match.groupdict().items()}
    raise ApiError(404, "Not Found")
