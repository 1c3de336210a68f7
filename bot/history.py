"""Where a pull request's work began, and who wrote its commits, as GitHub tells."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple
from urllib.parse import quote

from bot.github import Client, GoneError, repository_path
from rules.provenance import Commit, Provenance
from worker.errors import ReviewError
from worker.render.markdown import code

_PAGE = 250


class History(NamedTuple):
    """The commit that the work began at, and the commits since."""

    base: str
    commits: tuple[Commit, ...]


def read(client: Client, name: str, base: str, head: str) -> History:
    """The history of the commit `head` since it left the branch `base`, all pages of it.

    The branch counts as it is now: the commit that GitHub keeps with a pull request may be older than what was merged
    from the branch since. Shallow mirrors hold no history, so GitHub is asked for it. Raises GitHubError, and
    ReviewError where the two share no history.
    """
    path = f"{repository_path(name)}/compare/{quote(base, safe='')}...{head}"
    try:
        first = client.get(path, per_page=_PAGE, page=1)
    except GoneError as error:
        if "common ancestor" not in str(error):
            raise
        raise ReviewError("the two branches share no history; nothing tells what the change adds.") from None
    commits = list(first["commits"])
    page = 1
    while len(commits) < first["total_commits"]:
        page += 1
        more = client.get(path, per_page=_PAGE, page=page)["commits"]
        if not more:
            break
        commits += more
    return History(first["merge_base_commit"]["sha"], tuple(_commits(commits)))


def _commits(commits: list[dict[str, Any]]) -> Iterator[Commit]:
    for item in commits:
        own, account = item["commit"], item.get("author") or {}
        author, committer = own.get("author") or {}, own.get("committer") or {}
        yield Commit(
            sha=item["sha"],
            author_name=author.get("name") or "",
            author_email=author.get("email") or "",
            committer_name=committer.get("name") or "",
            login=account.get("login") or "",
            login_is_bot=account.get("type") == "Bot",
            message=own.get("message") or "",
        )


def sentence(provenance: Provenance) -> str:
    """Who wrote the commits, for the summary; '' where people did."""
    count = sum(one.writer == "machine" for one in provenance.commits)
    if not count:
        return ""
    of = f"{count} of {len(provenance.commits)} commit{'s' * (len(provenance.commits) != 1)}"
    return f"Written with a machine: {of}, by {', '.join(map(code, provenance.machines))}."
