"""What stands on a pull request: its state, our comments and what people did with them, our check runs.

All of it lives on GitHub, so another worker, or another installation of the bot, finds the same. An accepted finding is
a person's comment under which we put a thumb up, after looking whether that person may write to the repository.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from bot import markers
from bot.commands import parse
from bot.events import is_of, version_of, without_run
from bot.github import Client, GoneError

CHECK_NAME = "Partywall"

_THUMB = "THUMBS_UP"


class Pull(NamedTuple):
    """A pull request as it stands. `url` is its repository's address for people."""

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

    @property
    def counts(self) -> bool:
        """Whether it says what came of a review, and not only that one was begun or stopped."""
        return self.completed and self.conclusion != "cancelled"


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


CHECKS = """headRefOid commits(last: 1) { nodes { commit { oid
        checkSuites(first: 10, filterBy: {appId: $app}) { nodes {
          checkRuns(first: 20, filterBy: {checkName: $check}) { nodes {
            databaseId externalId status conclusion annotations(first: 1) { totalCount }
          } }
        } }
      } } }"""
"""What to ask of a pull request for `checks_of`."""

_COMMENT = """
        id databaseId body createdAt viewerDidAuthor
        reactionGroups { content viewerHasReacted }
"""
_QUERY = (
    """
query Conversation($owner: String!, $name: String!, $number: Int!, $app: Int!, $check: String!, $threads: String, $comments: String) {
  repository(owner: $owner, name: $name) {
    url isArchived
    pullRequest(number: $number) {
      number state isDraft baseRefName
      """
    + CHECKS
    + """
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
    variables: dict[str, object] = {"owner": owner, "name": own, "number": number, "app": app, "check": CHECK_NAME}
    pages = [_page(client, variables)]
    while after := _next(pages[-1]["pullRequest"]):
        pages.append(_page(client, {**variables, **after}))
    repository, pull = pages[0], pages[0]["pullRequest"]
    threads = [thread for page in pages for thread in page["pullRequest"]["reviewThreads"]["nodes"]]
    comments = [comment for page in pages for comment in page["pullRequest"]["comments"]["nodes"]]
    threads, comments = list(_once(threads)), list(_once(comments))
    written = [*comments, *(comment for thread in threads for comment in thread["comments"]["nodes"])]
    answers = (markers.answer_in(comment["body"]) for comment in written if comment["viewerDidAuthor"])
    accepted = {**dict(_accepted_in_threads(threads)), **dict(_accepted_below(comments))}
    return Conversation(
        Pull(
            number=number,
            url=repository["url"],
            open=pull["state"] == "OPEN",
            draft=pull["isDraft"],
            head=pull["headRefOid"],
            base_name=pull["baseRefName"],
            archived=repository["isArchived"],
        ),
        tuple(_remarks(threads)),
        tuple(sorted(checks_of(pull))),
        accepted,
        _is_paused(written),
        frozenset(filter(None, answers)),
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
        finding = markers.finding_in(first["body"]) if first.get("viewerDidAuthor") else ""
        if finding:
            yield Remark(
                finding=finding,
                node=first["id"],
                comment=first["databaseId"],
                path=thread["path"],
                body=first["body"],
                answered=any(not other["viewerDidAuthor"] for other in others),
                resolved=thread["isResolved"],
                minimized=first["isMinimized"],
                fixed=markers.is_fixed(first["body"]),
            )


def checks_of(pull: Mapping[str, Any]) -> Iterator[CheckRun]:
    """Our check runs on the head of a pull request that `CHECKS` was asked of."""
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


def is_reviewed(checks: Iterable[CheckRun], external: str) -> bool:
    """Whether a check run says what came of the review with this external id; without a run, of any run of its version."""
    return any(check.counts and is_of(check.external, external) for check in checks)


def begun(checks: Iterable[CheckRun], external: str) -> CheckRun | None:
    """The check run in which the review with this external id goes on: its own, or what another of its version left open.

    One review of a pull request runs at a time, so nobody is at what is open.
    """
    version = without_run(external)
    left = [check for check in checks if not check.completed and is_of(check.external, version)]
    own = [check for check in checks if check.external == external]
    return next(reversed([*left, *own]), None)


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
            yield from ((finding, "accepted on the check") for finding in markers.accepted_in(comment["body"]))
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
        state = markers.state_in(comment["body"]) if comment["viewerDidAuthor"] else ""
        command = None if comment["viewerDidAuthor"] else parse(comment["body"])
        if state:
            paused = state == "paused"
        elif command and command.name in ("pause", "resume") and _has_our_thumb(comment):
            paused = command.name == "pause"
    return paused


def _has_our_thumb(comment: Mapping[str, Any]) -> bool:
    groups = comment["reactionGroups"] or []
    return any(group["content"] == _THUMB and group["viewerHasReacted"] for group in groups)
