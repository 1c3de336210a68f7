"""What GitHub says of a person who signs in: who it is, and which repositories of our installations they may see."""

from __future__ import annotations

from typing import Any, NamedTuple

from github.Auth import Token

from bot.github import Client, GoneError
from bot.settings import Settings

MOST = 5_000
"""About so many repositories GitHub is asked at most; the pages say so where there are more."""


class Person(NamedTuple):
    """Somebody on GitHub. `see` and `write` are numbers of repositories where the App is installed."""

    login: str
    see: frozenset[int]
    write: frozenset[int]
    installations: frozenset[int]
    complete: bool


def person(settings: Settings, token: str) -> Person:
    """Who a token of GitHub belongs to, and what they may see. Raises GitHubError."""
    client = Client(settings, Token(token), owner="person")
    login = str(client.get("/user")["login"])
    see, write, installations, complete = set[int](), set[int](), set[int](), True
    for installation in client.pages("/user/installations", "installations"):
        # GitHub tells of this App's installations alone; an enterprise's answer is not trusted to.
        if installation.get("app_id") != settings.app_id or installation.get("suspended_at"):
            continue
        installations.add(int(installation["id"]))
        try:
            for repository in client.pages(
                f"/user/installations/{int(installation['id'])}/repositories", "repositories"
            ):
                if len(see) >= MOST:
                    complete = False
                    break
                see.add(int(repository["id"]))
                if _may_push(repository):
                    write.add(int(repository["id"]))
        except GoneError:
            # It was removed meanwhile, or a sign-on of the organization is missing: nothing of it is shown.
            installations.discard(int(installation["id"]))
    return Person(login, frozenset(see), frozenset(write), frozenset(installations), complete)


def _may_push(repository: dict[str, Any]) -> bool:
    return (repository.get("permissions") or {}).get("push") is True
