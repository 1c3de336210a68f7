"""What webhook payloads may hold, as far as the bot reads it. Everything may be missing; what is not named here is skipped."""

from __future__ import annotations

import msgspec


class User(msgspec.Struct):
    """Who did something, or wrote it."""

    login: str | None = None
    type: str | None = None


class Repository(msgspec.Struct):
    """A repository."""

    id: int | None = None
    full_name: str | None = None
    default_branch: str | None = None


class Installation(msgspec.Struct):
    """The App in an account."""

    id: int | None = None


class Ref(msgspec.Struct):
    """The head or the base of a pull request."""

    ref: str | None = None
    sha: str | None = None
    repo: Repository | None = None


class Pull(msgspec.Struct):
    """A pull request."""

    number: int | None = None
    head: Ref | None = None
    base: Ref | None = None


class App(msgspec.Struct):
    """An App."""

    id: int | None = None


class Check(msgspec.Struct):
    """A check run or a check suite."""

    head_sha: str | None = None
    external_id: str | None = None
    app: App | None = None
    pull_requests: list[Pull] | None = None


class Button(msgspec.Struct):
    """A button of a check run."""

    identifier: str | None = None


class Comment(msgspec.Struct):
    """A comment, in the conversation or on lines."""

    id: int | None = None
    body: str | None = None
    user: User | None = None
    in_reply_to_id: int | None = None


class Issue(msgspec.Struct):
    """What an issue comment stands on; `pull_request` is there where that is one."""

    number: int | None = None
    pull_request: dict[str, object] | None = None


class Thread(msgspec.Struct):
    """A thread on lines."""

    comments: list[Comment] | None = None


class Changes(msgspec.Struct):
    """What an edit changed."""

    base: dict[str, object] | None = None


class Payload(msgspec.Struct):
    """A delivery of any event."""

    action: str | None = None
    installation: Installation | None = None
    repository: Repository | None = None
    repositories: list[Repository] | None = None
    repositories_removed: list[Repository] | None = None
    sender: User | None = None
    pull_request: Pull | None = None
    changes: Changes | None = None
    check_run: Check | None = None
    check_suite: Check | None = None
    requested_action: Button | None = None
    comment: Comment | None = None
    issue: Issue | None = None
    thread: Thread | None = None
    ref: str | None = None
    after: str | None = None
