"""Finds pull requests that ought to have a review and have none: a webhook was lost, a worker or the queue died."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from bot.conversation import CHECK_NAME, CHECKS, checks_of, is_reviewed
from bot.dispatch import task_of
from bot.events import Find, Reconcile, Review, Target, external_id, number_of, version_of
from bot.github import Client
from bot.workshop import Workshop

_AT_ONCE = 10

_OPEN = (
    """
query Open($ids: [ID!]!, $app: Int!, $check: String!, $after: String) {
  nodes(ids: $ids) { ... on Repository {
    id databaseId nameWithOwner
    pullRequests(states: OPEN, first: 50, after: $after, orderBy: {field: UPDATED_AT, direction: DESC}) {
      pageInfo { hasNextPage endCursor }
      nodes { number isDraft baseRefName """
    + CHECKS
    + """ }
    }
  } }
}
"""
)
_WITH_HEAD = """
query WithHead($owner: String!, $name: String!, $head: GitObjectID!, $after: String) {
  repository(owner: $owner, name: $name) { object(oid: $head) { ... on Commit {
    associatedPullRequests(first: 100, after: $after) {
      pageInfo { hasNextPage endCursor }
      nodes { number state headRefOid baseRefName baseRepository { databaseId } }
    }
  } } }
}
"""


def reconcile_all(shop: Workshop) -> str:
    """Puts one task for each installation."""
    installations = list(shop.app.installations())
    for installation in installations:
        shop.tasks.put(task_of(Reconcile(installation)))
    return f"{len(installations)} installations"


def reconcile(shop: Workshop, installation: int) -> str:
    """Has those open pull requests of an installation reviewed whose head has no finished check of ours.

    Raises GitHubError.
    """
    client = shop.app.access(installation).client
    repositories = [
        item for item in client.pages("/installation/repositories", "repositories") if not item.get("archived")
    ]
    found = 0
    ids = [item["node_id"] for item in repositories]
    for start in range(0, len(ids), _AT_ONCE):
        for repository, pull in _open_pulls(client, ids[start : start + _AT_ONCE], shop.settings.app_id):
            target = Target(installation, repository["databaseId"], repository["nameWithOwner"])
            version = version_of(pull["headRefOid"], pull["baseRefName"])
            wanted = external_id(target, pull["number"], version, "")
            checks = list(checks_of(pull))
            # Of a draft there is nothing to do but to complete what was begun before it was one.
            of_this = (check for check in checks if number_of(check.external, target) == pull["number"])
            begun = any(not check.completed for check in of_this)
            if begun if pull["isDraft"] else not is_reviewed(checks, wanted):
                found += shop.tasks.put(task_of(Review(target, pull["number"], version)))
    return f"{len(repositories)} repositories, {found} pull requests without a review"


def _open_pulls(client: Client, ids: Sequence[str], app: int) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """(repository, pull request) of every open pull request, all pages."""
    todo: list[tuple[Sequence[str], str | None]] = [(ids, None)]
    while todo:
        some, after = todo.pop()
        answer = client.graphql(_OPEN, {"ids": list(some), "app": app, "check": CHECK_NAME, "after": after})
        for repository in filter(None, answer["nodes"]):
            yield from ((repository, pull) for pull in repository["pullRequests"]["nodes"])
            page = repository["pullRequests"]["pageInfo"]
            if page["hasNextPage"]:
                todo.append(([repository["id"]], page["endCursor"]))


def find(shop: Workshop, given: Find) -> str:
    """Has the open pull requests with a head reviewed again. Raises GitHubError."""
    client = shop.app.access(given.target.installation, given.target.repository).client
    owner, _, name = given.target.name.partition("/")
    variables: dict[str, object] = {"owner": owner, "name": name, "head": given.head, "after": None}
    found, more = 0, True
    while more:
        commit: Any = client.graphql(_WITH_HEAD, variables)["repository"]["object"]
        if not commit:
            break
        pulls = commit["associatedPullRequests"]
        for pull in pulls["nodes"]:
            ours = (pull["baseRepository"] or {}).get("databaseId") == given.target.repository
            if ours and pull["state"] == "OPEN" and pull["headRefOid"] == given.head:
                version = version_of(given.head, pull["baseRefName"])
                found += shop.tasks.put(task_of(Review(given.target, pull["number"], version, given.run)))
        more = pulls["pageInfo"]["hasNextPage"]
        variables["after"] = pulls["pageInfo"]["endCursor"]
    return f"{found} pull requests"
