"""What keeps a worker's disk in order and its caches warm."""

from __future__ import annotations

from collections.abc import Sequence

from bot import records
from bot.events import Target
from bot.github import repository_path
from bot.workshop import Workshop
from worker import shared
from worker.errors import ReviewError
from worker.fetch import Remote
from worker.pipeline import review_commits


def warm(shop: Workshop, target: Target, head: str) -> str:
    """Reads a default branch that moved, where there is a mirror already: somebody opens pull requests there.

    Raises GitHubError and FetchError.
    """
    if not shop.mirrors.has(str(target.repository)):
        return "no mirror here"
    access = shop.app.access(target.installation, target.repository)
    url = access.client.get(repository_path(target.name))["html_url"]
    with shop.mirror(target.repository, Remote(f"{url}.git", access.header), (head,)) as repository:
        try:
            report, _config = review_commits(repository, head, head, shop.how_to_review(target.repository))
        except ReviewError as error:
            return f"could not be read: {error}"
    return f"{report.stats.files} files"


def forget(shop: Workshop, installation: int, repositories: Sequence[int]) -> str:
    """Removes the mirrors, records and shared facts of repositories that an installation no longer has."""
    records.forget(shop.tasks.redis, repositories)
    shared.forget(shop.tasks.redis, repositories)
    for repository in repositories:
        shop.mirrors.remove(str(repository))
    return f"{len(repositories)} repositories of installation {installation}"
