"""REST: pull requests, reviews, and comments on the diff."""

from __future__ import annotations

from typing import Any

from tests.github.model import Place
from tests.github.pull import Pull
from tests.github.pull_payloads import pull_json, review_comment_json, review_json
from tests.github.rest_repositories import file_json
from tests.github.routing import Answer, ApiError, Call, route

_BASE = "/repos/{owner}/{repo}/pulls"
_ONE = f"{_BASE}/{{pull_number}}"
_STATES = {"COMMENT": "COMMENTED", "APPROVE": "APPROVED", "REQUEST_CHANGES": "CHANGES_REQUESTED", "PENDING": "PENDING"}
LONGEST_BODY = 65_536


@route("GET", _BASE, "pull_requests:read")
def list_pulls(call: Call) -> Answer:
    query = call.request.query
    state, head, base = query.get("state", "open"), query.get("head"), query.get("base")
    found = [
        pull
        for pull in call.repository.pulls
        if state in ("all", pull.state)
        and head in (None, f"{pull.head_repository.owner.login}:{pull.head_ref}")
        and base in (None, pull.base_ref)
    ]
    ordered = query.get("direction", "desc" if query.get("sort", "created") == "created" else "asc")
    found.sort(key=lambda pull: pull.updated if query.get("sort") == "updated" else pull.created)
    items, headers = call.page(found[::-1] if ordered == "desc" else found)
    return Answer(200, [pull_json(each) for each in items], headers)


@route("GET", _ONE, "pull_requests:read")
def get_pull(call: Call) -> Answer:
    return Answer(200, pull_json(call.pull, full=True))


@route("GET", f"{_ONE}/files", "pull_requests:read")
def list_files(call: Call) -> Answer:
    pull = call.pull
    items, headers = call.page(list(pull.diff().values()))
    return Answer(200, [file_json(pull.repository, each, pull.head) for each in items], headers)


@route("GET", f"{_ONE}/comments", "pull_requests:read")
def list_comments(call: Call) -> Answer:
    items, headers = call.page(call.pull.review_comments)
    return Answer(200, [review_comment_json(each, call.pull) for each in items], headers)


@route("GET", f"{_ONE}/reviews", "pull_requests:read")
def list_reviews(call: Call) -> Answer:
    items, headers = call.page(call.pull.reviews)
    return Answer(200, [review_json(each, call.pull) for each in items], headers)


@route("POST", f"{_ONE}/reviews", "pull_requests:write")
def create_review(call: Call) -> Answer:
    """All or nothing: no review is made when one comment cannot stand where it is wanted."""
    pull, body = call.pull, call.optional("body") or ""
    event, comments = call.optional("event") or "PENDING", call.optional("comments") or []
    commit = _commit(pull, call.optional("commit_id") or pull.head)
    if event in ("COMMENT", "REQUEST_CHANGES") and not body and not comments:
        raise ApiError(422, "Unprocessable Entity", ["You need to leave a comment indicating the requested changes."])
    problems = [] if len(body) <= LONGEST_BODY else [_TOO_LONG]
    for each in comments:
        problems += _problems(pull, commit, each)
    if problems:
        raise ApiError(422, "Unprocessable Entity", sorted(set(problems)))
    review = pull.review(call.github.app.login, body, _STATES[event], commit)
    for each in comments:
        pull.add_comment(review, _place(each), each["body"])
    pull.place_comments()
    return Answer(200, review_json(review, pull))


@route("POST", f"{_ONE}/comments", "pull_requests:write")
def create_comment(call: Call) -> Answer:
    pull, body, asked = call.pull, call.given("body"), call.request.body
    commit = _commit(pull, call.given("commit_id"))
    if asked.get("in_reply_to"):
        return _reply(call, pull, asked["in_reply_to"], body)
    if problems := _problems(pull, commit, asked):
        resource = {
            "resource": "PullRequestReviewComment",
            "code": "custom",
            "field": "pull_request_review_thread.line",
        }
        raise ApiError(422, "Validation Failed", [{**resource, "message": each} for each in problems])
    review = pull.review(call.github.app.login, "", "COMMENTED", commit)
    comment = pull.add_comment(review, _place(asked), body)
    pull.place_comments()
    told = review_comment_json(comment, pull)
    return Answer(201, told, {"Location": told["url"]})


@route("POST", f"{_ONE}/comments/{{comment_id}}/replies", "pull_requests:write")
def create_reply(call: Call) -> Answer:
    return _reply(call, call.pull, int(call.names["comment_id"]), call.given("body"))


def _reply(call: Call, pull: Pull, comment_id: int, body: str) -> Answer:
    if len(body) > LONGEST_BODY:
        raise ApiError(422, "Validation Failed", [_TOO_LONG])
    try:
        comment = pull.reply(comment_id, call.github.app.login, body)
    except KeyError:
        raise ApiError(404, "Not Found") from None
    told = review_comment_json(comment, pull)
    return Answer(201, told, {"Location": told["url"]})


_OFF = "Pull request review thread line must be part of the diff"
_OFF_HUNK = "Pull request review thread start line must be part of the same hunk as the line."
_ORDER = "Pull request review thread start line must precede the end line."
_NO_PATH = "Path could not be resolved"
_EMPTY = "Body can't be blank"
_TOO_LONG = f"Body is too long (maximum is {LONGEST_BODY} characters)"


def _commit(pull: Pull, sha: str) -> str:
    if not pull.has_commit(sha):
        raise ApiError(422, "Unprocessable Entity", ["Commit is not part of the pull request"])
    return sha


def _place(asked: dict[str, Any]) -> Place:
    if asked.get("subject_type") == "file":
        return Place(asked["path"])
    side = asked.get("side") or "RIGHT"
    start = asked.get("start_line")
    return Place(asked["path"], asked["line"], side, start, (asked.get("start_side") or side) if start else None)


def _problems(pull: Pull, commit: str, asked: dict[str, Any]) -> list[str]:
    """Why a comment cannot stand where it is wanted."""
    body, found = asked.get("body") or "", []
    if not body.strip():
        found.append(_EMPTY)
    if len(body) > LONGEST_BODY:
        found.append(_TOO_LONG)
    shown = pull.diff(commit).get(asked.get("path") or "")
    if shown is None:
        return [*found, _NO_PATH]
    if asked.get("subject_type") == "file":
        return found
    if asked.get("line") is None:
        return [*found, _OFF]
    place = _place(asked)
    hunk = shown.hunk_of(place.side, asked["line"])
    if hunk is None:
        return [*found, _OFF]
    if place.start_line is not None:
        if place.start_side == place.side and place.start_line >= asked["line"]:
            found.append(_ORDER)
        elif shown.hunk_of(place.start_side or place.side, place.start_line) != hunk:
            found.append(_OFF_HUNK)
    return found
