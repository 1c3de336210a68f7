"""Webhook payloads -> what they ask for. Pure; unknown events, unknown fields and missing fields ask for nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from hashlib import blake2b
from typing import NamedTuple

import msgspec

from bot import markers, payloads


class Target(NamedTuple):
    """A repository as an installation sees it: two ids, and its name as owner/name."""

    installation: int
    repository: int
    name: str


class Review(NamedTuple):
    """Review a pull request. `version` is what is known of its head and base, '' for nothing.

    `run` tells a review that was asked for by hand from the one that each version gets anyway.
    """

    target: Target
    number: int
    version: str
    run: str = ""


class Cancel(NamedTuple):
    """Stop reviewing a pull request: it was closed."""

    target: Target
    number: int


class Find(NamedTuple):
    """Review the pull requests that have this head: GitHub does not say which those are."""

    target: Target
    head: str
    run: str


class Command(NamedTuple):
    """Somebody wrote a command in a comment.

    `thread` is the review comment that its thread begins with (perhaps itself), 0 in the conversation.
    """

    target: Target
    number: int
    comment: int
    thread: int
    author: str
    body: str


class Press(NamedTuple):
    """Somebody pressed a button of a check run; its external id says which pull request it is about."""

    target: Target
    external: str
    head: str
    button: str
    author: str
    delivery: str


class Warm(NamedTuple):
    """The default branch moved: read it before the next pull request needs it."""

    target: Target
    head: str


class Reconcile(NamedTuple):
    """Look for pull requests of an installation that have no review."""

    installation: int


class Forget(NamedTuple):
    """Repositories are no longer ours to read."""

    installation: int
    repositories: tuple[int, ...]


Work = Review | Find | Command | Press | Warm | Reconcile | Forget
"""What a worker has to do."""

Request = Work | Cancel


class PayloadError(Exception):
    """A payload that is no JSON object at all."""


_COMMIT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
SETTLED = "settled-"
"""How the run of a review begins that nobody asked for by hand: a person settled a thread, the summary is to say so."""

_OPENED = ("opened", "synchronize", "reopened", "ready_for_review")


def parse(event: str, payload: bytes, delivery: str, app: int) -> tuple[Request, ...]:
    """What a delivery asks the App with this id to do; nothing for what we do not know.

    `delivery` is its id, which tells apart what was asked for by hand. Raises PayloadError.
    """
    try:
        data = msgspec.json.decode(payload, type=payloads.Payload, strict=False)
    except msgspec.ValidationError:
        return ()
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise PayloadError(f"the payload is not JSON: {error}") from None
    if event in ("installation", "installation_repositories"):
        return _installation(data)
    if event not in _READERS or (target := _target(data)) is None:
        return ()
    if (check := data.check_run or data.check_suite) and check.app and check.app.id not in (None, app):
        return ()
    return _READERS[event](data, target, delivery)


def version_of(head: str, base: str) -> str:
    """What is reviewed, in one word of [a-z0-9-]: the head's commit and the name of the base branch."""
    return f"{head}-{blake2b(base.encode('utf-8', 'replace'), digest_size=4).hexdigest()}"


def _target(data: payloads.Payload) -> Target | None:
    if not data.installation or not data.installation.id or not data.repository:
        return None
    if not data.repository.id or not data.repository.full_name:
        return None
    return Target(data.installation.id, data.repository.id, data.repository.full_name)


def _review(target: Target, pull: payloads.Pull | None, run: str = "") -> tuple[Request, ...]:
    if pull is None or not pull.number:
        return ()
    head, base = _commit(pull.head.sha if pull.head else None), pull.base.ref if pull.base else None
    return (Review(target, pull.number, version_of(head, base) if head and base else "", run),)


def _commit(text: str | None) -> str:
    """A commit's id; '' for other text, and for the zeros that stand for no commit."""
    return text if text and _COMMIT.fullmatch(text) and set(text) != {"0"} else ""


def _pull_request(data: payloads.Payload, target: Target, _: str) -> tuple[Request, ...]:
    pull = data.pull_request
    if pull is None or not pull.number:
        return ()
    if data.action == "closed":
        return (Cancel(target, pull.number),)
    retargeted = data.action == "edited" and data.changes and data.changes.base
    return _review(target, pull) if data.action in _OPENED or retargeted else ()


def _check_run(data: payloads.Payload, target: Target, delivery: str) -> tuple[Request, ...]:
    check = data.check_run
    if check is None:
        return ()
    if data.action == "rerequested":
        if number := number_of(check.external_id or "", target):
            return (Review(target, number, "", delivery),)
        return _again(check, target, delivery)
    button = data.requested_action.identifier if data.requested_action else None
    author = data.sender.login if data.sender else None
    if data.action == "requested_action" and button and author:
        return (Press(target, check.external_id or "", check.head_sha or "", button, author, delivery),)
    return ()


def _check_suite(data: payloads.Payload, target: Target, delivery: str) -> tuple[Request, ...]:
    check = data.check_suite
    if check is None:
        return ()
    if data.action == "requested":
        return tuple(request for pull in _own(check, target) for request in _review(target, pull))
    return _again(check, target, delivery) if data.action == "rerequested" else ()


def _again(check: payloads.Check, target: Target, delivery: str) -> tuple[Request, ...]:
    """A second review of the pull requests a check belongs to; those of forks are not listed and must be found."""
    if own := tuple(_own(check, target)):
        return tuple(request for pull in own for request in _review(target, pull, delivery))
    head = _commit(check.head_sha)
    return (Find(target, head, delivery),) if head else ()


def _own(check: payloads.Check, target: Target) -> Iterator[payloads.Pull]:
    """The pull requests of this repository; those that its branches have opened elsewhere are listed among them."""
    for pull in check.pull_requests or ():
        into = pull.base.repo.id if pull.base and pull.base.repo else None
        if into in (None, target.repository):
            yield pull


def _issue_comment(data: payloads.Payload, target: Target, _: str) -> tuple[Request, ...]:
    if not data.issue or data.issue.pull_request is None or not data.issue.number:
        return ()
    return _command(data, target, data.issue.number, thread=0)


def _review_comment(data: payloads.Payload, target: Target, _: str) -> tuple[Request, ...]:
    if not data.pull_request or not data.pull_request.number or data.comment is None:
        return ()
    return _command(data, target, data.pull_request.number, data.comment.in_reply_to_id or data.comment.id or 0)


def _command(data: payloads.Payload, target: Target, number: int, thread: int) -> tuple[Request, ...]:
    comment = data.comment
    if data.action != "created" or comment is None or not comment.id or not comment.user or not comment.user.login:
        return ()
    if comment.user.type == "Bot" or not (comment.body or "").lstrip().startswith("/partywall"):
        return ()
    return (Command(target, number, comment.id, thread, comment.user.login, comment.body or ""),)


def _thread(data: payloads.Payload, target: Target, delivery: str) -> tuple[Request, ...]:
    """A person settled a conversation about a finding, or took it up again: the summary says so."""
    comments = data.thread.comments if data.thread else None
    ours = comments and markers.finding_in(comments[0].body or "")
    if data.action not in ("resolved", "unresolved") or not ours:
        return ()
    return _review(target, data.pull_request, f"{SETTLED}{delivery}")


def _push(data: payloads.Payload, target: Target, _: str) -> tuple[Request, ...]:
    default = data.repository.default_branch if data.repository else None
    head = _commit(data.after)
    return (Warm(target, head),) if head and data.ref == f"refs/heads/{default}" else ()


def _installation(data: payloads.Payload) -> tuple[Request, ...]:
    if not data.installation or not data.installation.id:
        return ()
    installation = data.installation.id
    if data.action in ("deleted", "suspend", "removed"):
        gone = data.repositories_removed if data.action == "removed" else data.repositories
        return (Forget(installation, tuple(repository.id for repository in gone or () if repository.id)),)
    if data.action in ("created", "unsuspend", "added", "new_permissions_accepted"):
        return (Reconcile(installation),)
    return ()


def external_id(target: Target, number: int, version: str, run: str) -> str:
    """What our check run of a review carries: for which pull request, which version, and which run by hand."""
    return "/".join(filter(None, (str(target.repository), str(number), version, run)))


def without_run(external: str) -> str:
    """The external id of the review that the version of a review gets anyway."""
    return "/".join(external.split("/")[:3])


def is_of(external: str, begun: str) -> bool:
    """Whether an external id is of the review `begun`; where that has no run, of any review of its version."""
    return f"{external}/".startswith(f"{begun}/")


def number_of(external: str, target: Target) -> int:
    """The pull request that a check run's external id names, 0 for none of this repository."""
    repository, _, rest = external.partition("/")
    number = rest.partition("/")[0]
    return int(number) if repository == str(target.repository) and re.fullmatch("[0-9]{1,18}", number) else 0


_READERS = {
    "pull_request": _pull_request,
    "check_run": _check_run,
    "check_suite": _check_suite,
    "issue_comment": _issue_comment,
    "pull_request_review_comment": _review_comment,
    "pull_request_review_thread": _thread,
    "push": _push,
}

SUBSCRIBED = tuple(_READERS)
"""The events that app.yml asks for; those about installations come unasked."""
