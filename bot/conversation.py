"""What stands on a pull request: its state, our comments and what people did with them, our check runs.

All of it lives on GitHub, so another worker, or another installation of the bot, finds the same. An accepted finding is
a person's comment under which we put a thumb up, after looking whether that person may write to the repository.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from bot.commands import parse
from bot.events import version_of
from bot.github import Client, GoneError

CHECK_NAME = "Partywall"

# A comment may quote code that looks like a marker: ours is the last one.
_LAST = r"(?!(?s:.*)<!-- partywall:finding=)"
FINDING = re.compile(rf"<!-- partywall:finding=([0-9a-f]{{16}}) -->{_LAST}")
FIXED = re.compile(rf"<!-- partywall:fixed=([0-9a-f]+) -->{_LAST}")
ACCEPTED = re.compile(r"<!-- partywall:accepted=([0-9a-f, ]+) -->\s*<!-- partywall:answer=\S+ -->\s*\Z")
ANSWER = re.compile(r"<!-- partywall:answer=([A-Za-z0-9-]+) -->\s*\Z")
STATE = re.compile(r"<!-- partywall:(paused|resumed) -->\s*<!-- partywall:answer=\S+ -->\s*\Z")
_THUMB = "THUMBS_UP"


class Pull(NamedTuple):
    """A pull request as it stands. `url` is its repository's address for people."""

    node: str
    number: int
    url: str
    open: bool
    draft: bool
    head: str
    base_name: str
    archived: bool

    @property
    def version(self) -> str:
        """What there is to review, in one word."""
        return version_of(self.head, self.base_name)


class Remark(NamedTuple):
    """A comment of ours about a finding, and what became of it.

    `answered`: a person wrote in its thread. `resolved`: a person marked the thread as resolved. `minimized`: it is
    folded away, `fixed` if by us because the finding was gone.
    """

    finding: str
    node: str
    comment: int
    path: str
    body: str
    answered: bool
    resolved: bool
    minimized: bool
    fixed: bool


class CheckRun(NamedTuple):
    """A check run of ours on the head. `annotations` is how many it has."""

    id: int
    external: str
    completed: bool
    conclusion: str
    annotations: int


class Conversation(NamedTuple):
    """All that stands on a pull request. `accepted` are finding ids with the reason a person gave.

    `answers` are the names of commands that we answered with a comment.
    """

    pull: Pull
    remarks: tuple[Remark, ...]
    checks: tuple[CheckRun, ...]
    accepted: Mapping[str, str]
    paused: bool
    answers: frozenset[str]


_COMMENT = """
        id databaseId body createdAt viewerDidAuthor
        reactionGroups { content viewerHasReacted }
"""
_QUERY = (
    """
query Conversation($owner: String!, $name: String!, $number: Int!, $app: Int!, $threads: String, $comments: String) {
  repository(owner: $owner, name: $name) {
    url isArchived
    pullRequest(number: $number) {
      id number state isDraft headRefOid baseRefName
      commits(last: 1) { nodes { commit { oid checkSuites(first: 20, filterBy: {appId: $app}) { nodes {
        checkRuns(first: 100, filterBy: {checkName: "Partywall"}) { nodes {
          databaseId externalId status conclusion annotations(first: 1) { totalCount }
        } }
      } } } } }
      reviewThreads(first: 100, after: $threads) {
        pageInfo { hasNextPage endCursor }
        nodes { isResolved path comments(first: 100) { nodes {"""
    + _COMMENT
    + """        isMinimized } } }
      }
      comments(first: 100, after: $comments) {
        pageInfo { hasNextPage endCursor }
        nodes {"""
    + _COMMENT
    + """}
      }
    }
  }
}
"""
)


def read(client: Client, name: str, number: int, app: int) -> Conversation:
    """The conversation of a pull request, all pages of it. Raises GitHubError; GoneError where it is not there."""
    owner, _, own = name.partition("/")
    variables: dict[str, object] = {"owner": owner, "name": own, "number": number, "app": app}
    pages = [_page(client, variables)]
    while after := _next(pages[-1]["pullRequest"]):
        pages.append(_page(client, {**variables, **after}))
    repository, pull = pages[0], pages[0]["pullRequest"]
    threads = [thread for page in pages for thread in page["pullRequest"]["reviewThreads"]["nodes"]]
    comments = [comment for page in pages for comment in page["pullRequest"]["comments"]["nodes"]]
    threads, comments = list(_once(threads)), list(_once(comments))
    accepted = {**dict(_accepted_in_threads(threads)), **dict(_accepted_below(comments))}
    return Conversation(
        Pull(
            node=pull["id"],
            number=number,
            url=repository["url"],
            open=pull["state"] == "OPEN",
            draft=pull["isDraft"],
            head=pull["headRefOid"],
            base_name=pull["baseRefName"],
            archived=repository["isArchived"],
        ),
        tuple(_remarks(threads)),
        tuple(sorted(_checks(pull))),
        accepted,
        _is_paused([*_of_threads_and(threads, comments)]),
        frozenset(answer for comment in _of_threads_and(threads, comments) for answer in _answers(comment)),
    )


def _page(client: Client, variables: Mapping[str, object]) -> dict[str, Any]:
    repository: dict[str, Any] | None = client.graphql(_QUERY, variables)["repository"]
    if repository is None or repository["pullRequest"] is None:
        raise GoneError("GitHub does not show the pull request to us")
    return repository


def _next(pull: Mapping[str, Any]) -> dict[str, object]:
    """Where the next page of each listing begins; empty after the last."""
    infos = {"threads": pull["reviewThreads"]["pageInfo"], "comments": pull["comments"]["pageInfo"]}
    if not any(info["hasNextPage"] for info in infos.values()):
        return {}
    return {key: info["endCursor"] for key, info in infos.items() if info["endCursor"]}


def _once(items: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Items without repetition: a listing that ended earlier than the other is asked for its end again."""
    seen = set()
    for item in items:
        first = item["comments"]["nodes"][:1] if "comments" in item else [item]
        key = first[0]["id"] if first else None
        if key not in seen:
            seen.add(key)
            yield item


def _remarks(threads: list[dict[str, Any]]) -> Iterator[Remark]:
    for thread in threads:
        first, *others = thread["comments"]["nodes"] or [{}]
        marker = FINDING.search(first.get("body", "")) if first.get("viewerDidAuthor") else None
        if marker:
            yield Remark(
                finding=marker[1],
                node=first["id"],
                comment=first["databaseId"],
                path=thread["path"],
                body=first["body"],
                answered=any(not other["viewerDidAuthor"] for other in others),
                resolved=thread["isResolved"],
                minimized=first["isMinimized"],
                fixed=bool(FIXED.search(first["body"])),
            )


def _checks(pull: Mapping[str, Any]) -> Iterator[CheckRun]:
    for node in pull["commits"]["nodes"]:
        commit = node["commit"]
        suites = commit["checkSuites"]["nodes"] if commit["checkSuites"] and commit["oid"] == pull["headRefOid"] else []
        for run in (run for suite in suites for run in suite["checkRuns"]["nodes"]):
            yield CheckRun(
                id=run["databaseId"],
                external=run["externalId"] or "",
                completed=run["status"] == "COMPLETED",
                conclusion=(run["conclusion"] or "").lower(),
                annotations=run["annotations"]["totalCount"] if run["annotations"] else 0,
            )


def _accepted_in_threads(threads: list[dict[str, Any]]) -> Iterator[tuple[str, str]]:
    """Findings accepted in answers to our comments about them, or by id in any thread."""
    for thread in threads:
        about = next((remark.finding for remark in _remarks([thread])), "")
        for comment in thread["comments"]["nodes"]:
            yield from _accepted_by(comment, about)


def _accepted_below(comments: list[dict[str, Any]]) -> Iterator[tuple[str, str]]:
    """Findings accepted by id in the conversation, or with the button of a check run."""
    for comment in comments:
        if comment["viewerDidAuthor"]:
            if found := ACCEPTED.search(comment["body"]):
                yield from ((finding.strip(), "accepted on the check") for finding in found[1].split(","))
        else:
            yield from _accepted_by(comment, "")


def _accepted_by(comment: Mapping[str, Any], about: str) -> Iterator[tuple[str, str]]:
    """The finding that a comment accepts, if it does so; `about` is the one it answers, '' for none."""
    command = None if comment["viewerDidAuthor"] else parse(comment["body"])
    if command and command.name == "accept" and _has_our_thumb(comment):
        finding, reason = command.finding_and_reason()
        if finding or about:
            yield finding or about, reason


def _is_paused(comments: list[dict[str, Any]]) -> bool:
    """What the newest word about it says."""
    paused = False
    for comment in sorted(comments, key=lambda comment: str(comment["createdAt"])):
        state = STATE.search(comment["body"]) if comment["viewerDidAuthor"] else None
        command = None if comment["viewerDidAuthor"] else parse(comment["body"])
        if state:
            paused = state[1] == "paused"
        elif command and command.name in ("pause", "resume") and _has_our_thumb(comment):
            paused = command.name == "pause"
    return paused


def _answers(comment: Mapping[str, Any]) -> Iterator[str]:
    if comment["viewerDidAuthor"] and (found := ANSWER.search(comment["body"])):
        yield found[1]


def _of_threads_and(threads: list[dict[str, Any]], comments: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    yield from comments
    for thread in threads:
        yield from thread["comments"]["nodes"]


def _has_our_thumb(comment: Mapping[str, Any]) -> bool:
    groups = comment["reactionGroups"] or []
    return any(group["content"] == _THUMB and group["viewerHasReacted"] for group in groups)
