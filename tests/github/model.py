"""What GitHub remembers, as plain records. Times are UTC, without fractions of a second."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, NamedTuple

REACTIONS = {
    "+1": "THUMBS_UP",
    "-1": "THUMBS_DOWN",
    "laugh": "LAUGH",
    "hooray": "HOORAY",
    "confused": "CONFUSED",
    "heart": "HEART",
    "rocket": "ROCKET",
    "eyes": "EYES",
}
"""The names of reactions: in REST, and in GraphQL."""


def now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


def stamp(time: datetime | None) -> str | None:
    """A time as GitHub writes it."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ") if time else None


class Account(NamedTuple):
    """A person, an organization or a bot. The login of a bot ends with `[bot]`."""

    login: str
    id: int
    type: str

    @property
    def node_id(self) -> str:
        return f"U_{self.id}"


@dataclass
class App:
    """The GitHub App under test: what it may do and which events it gets."""

    id: int
    slug: str
    private_key: str
    public_key: str
    webhook_secret: str
    permissions: dict[str, str]
    events: list[str]
    client_secret: str = "a client secret"  # noqa: S105 - of nobody
    callbacks: list[str] = field(default_factory=list)
    """Where people may be sent back to who sign in."""

    @property
    def client_id(self) -> str:
        return f"Iv23{self.id}"

    @property
    def login(self) -> str:
        return f"{self.slug}[bot]"


@dataclass
class Installation:
    """The app in one account. `repositories` are their ids."""

    id: int
    account: Account
    permissions: dict[str, str]
    repositories: set[int] = field(default_factory=set)
    suspended: bool = False
    created: datetime = field(default_factory=now)


@dataclass
class Token:
    """An installation token. It reaches `repositories` (None: all of the installation) with `permissions`."""

    installation: Installation
    repositories: frozenset[int] | None
    permissions: dict[str, str]
    expires: datetime

    def reaches(self, repository: int) -> bool:
        known = repository in self.installation.repositories
        return known and (self.repositories is None or repository in self.repositories)

    def allows(self, names: str, level: str) -> bool:
        """Whether one of the permissions (`a|b`) is granted at this level, `read` or `write`."""
        held = {self.permissions.get(name, "") for name in names.split("|")} | {"read" if names == "metadata" else ""}
        return bool(held & ({"read", "write", "admin"} if level == "read" else {"write", "admin"}))


class Reaction(NamedTuple):
    id: int
    user: Account
    content: str
    created: datetime


@dataclass
class Comment:
    """A comment in the conversation of a pull request."""

    id: int
    author: Account
    body: str
    created: datetime = field(default_factory=now)
    updated: datetime = field(default_factory=now)
    minimized: str | None = None
    """The reason it was minimized for, as GraphQL tells it (`resolved`, `outdated`); None: it is shown."""
    reactions: list[Reaction] = field(default_factory=list)

    @property
    def node_id(self) -> str:
        return f"IC_{self.id}"

    @property
    def login(self) -> str:
        return self.author.login


@dataclass(frozen=True)
class Place:
    """Where in a diff a comment stands. `line` is None for a comment on a whole file."""

    path: str
    line: int | None = None
    side: str = "RIGHT"
    start_line: int | None = None
    start_side: str | None = None

    @property
    def subject_type(self) -> str:
        return "file" if self.line is None else "line"


@dataclass
class ReviewComment(Comment):
    """A comment on the diff. `line` and `start_line` are None once the commented lines are no longer there."""

    review: int = 0
    place: Place = field(default_factory=lambda: Place(""))
    original_commit: str = ""
    commit: str = ""
    diff_hunk: str = ""
    reply_to: int | None = None
    line: int | None = None
    start_line: int | None = None

    @property
    def node_id(self) -> str:
        return f"PRRC_{self.id}"

    @property
    def path(self) -> str:
        return self.place.path

    @property
    def side(self) -> str:
        return self.place.side

    @property
    def subject_type(self) -> str:
        return self.place.subject_type


@dataclass
class Thread:
    """A comment on the diff with the replies to it."""

    id: int
    comments: list[ReviewComment]
    resolved_by: Account | None = None
    outdated: bool = False

    @property
    def node_id(self) -> str:
        return f"PRRT_{self.id}"


@dataclass
class Review:
    """A review. `state` is COMMENTED, APPROVED, CHANGES_REQUESTED or PENDING."""

    id: int
    author: Account
    body: str
    state: str
    commit: str
    submitted: datetime = field(default_factory=now)

    @property
    def node_id(self) -> str:
        return f"PRR_{self.id}"


@dataclass
class CheckSuite:
    """The check runs of one app on a commit; `ours` where that is the app of this fake, which alone may write."""

    id: int
    head_sha: str
    ours: bool = True
    created: datetime = field(default_factory=now)


@dataclass
class CheckRun:
    """A check run of the app. `annotations` and `actions` are as they were sent."""

    id: int
    suite: CheckSuite
    name: str
    status: str = "queued"
    conclusion: str | None = None
    external_id: str | None = None
    details_url: str | None = None
    started: str | None = None
    completed: str | None = None
    title: str | None = None
    summary: str | None = None
    text: str | None = None
    annotations: list[dict[str, Any]] = field(default_factory=list)
    actions: list[dict[str, Any]] = field(default_factory=list)

    @property
    def head_sha(self) -> str:
        return self.suite.head_sha

    @property
    def node_id(self) -> str:
        return f"CR_{self.id}"
