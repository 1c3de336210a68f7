"""REST: comments in the conversation, edits of comments, and reactions."""

from __future__ import annotations

from typing import Any

from tests.github.model import Comment, Reaction, ReviewComment, now
from tests.github.pull import Pull
from tests.github.pull_payloads import issue_comment_json, reaction_json, review_comment_json
from tests.github.rest_pulls import LONGEST_BODY
from tests.github.routing import Answer, ApiError, Call, route

_BASE = "/repos/{owner}/{repo}"
_READ, _WRITE = "issues|pull_requests:read", "issues|pull_requests:write"


@route("GET", f"{_BASE}/issues/{{issue_number}}/comments", _READ)
def list_comments(call: Call) -> Answer:
    items, headers = call.page(call.pull.issue_comments)
    return Answer(200, [issue_comment_json(each, call.pull) for each in items], headers)


@route("POST", f"{_BASE}/issues/{{issue_number}}/comments", _WRITE)
def create_comment(call: Call) -> Answer:
    pull = call.pull
    told = issue_comment_json(pull.comment(call.github.app.login, _body(call)), pull)
    return Answer(201, told, {"Location": told["url"]})


@route("GET", f"{_BASE}/issues/comments/{{comment_id}}", _READ)
def get_comment(call: Call) -> Answer:
    return _told(*_find(call, on_diff=False))


@route("PATCH", f"{_BASE}/issues/comments/{{comment_id}}", _WRITE)
def edit_comment(call: Call) -> Answer:
    return _edit(call, on_diff=False)


@route("GET", f"{_BASE}/pulls/comments/{{comment_id}}", "pull_requests:read")
def get_review_comment(call: Call) -> Answer:
    return _told(*_find(call, on_diff=True))


@route("PATCH", f"{_BASE}/pulls/comments/{{comment_id}}", "pull_requests:write")
def edit_review_comment(call: Call) -> Answer:
    return _edit(call, on_diff=True)


@route("POST", f"{_BASE}/issues/comments/{{comment_id}}/reactions", _WRITE)
def react(call: Call) -> Answer:
    return _react(call, on_diff=False)


@route("POST", f"{_BASE}/pulls/comments/{{comment_id}}/reactions", "pull_requests:write")
def react_to_review_comment(call: Call) -> Answer:
    return _react(call, on_diff=True)


def _find(call: Call, *, on_diff: bool) -> tuple[Comment, Pull]:
    for pull in call.repository.pulls:
        comments: list[Any] = pull.review_comments if on_diff else pull.issue_comments
        for comment in comments:
            if str(comment.id) == call.names["comment_id"]:
                return comment, pull
    raise ApiError(404, "Not Found")


def _told(comment: Comment, pull: Pull) -> Answer:
    if isinstance(comment, ReviewComment):
        return Answer(200, review_comment_json(comment, pull))
    return Answer(200, issue_comment_json(comment, pull))


def _body(call: Call) -> str:
    body = str(call.given("body"))
    if not body.strip() or len(body) > LONGEST_BODY:
        problem = {"resource": "IssueComment", "code": "unprocessable", "field": "data"}
        words = (
            "Body cannot be blank" if not body.strip() else f"Body is too long (maximum is {LONGEST_BODY} characters)"
        )
        raise ApiError(422, "Validation Failed", [{**problem, "message": words}])
    return body


def _edit(call: Call, *, on_diff: bool) -> Answer:
    comment, pull = _find(call, on_diff=on_diff)
    if comment.login != call.github.app.login:
        raise ApiError(403, "Resource not accessible by integration")
    pull.edit_comment(comment, _body(call))
    return _told(comment, pull)


def _react(call: Call, *, on_diff: bool) -> Answer:
    comment, _ = _find(call, on_diff=on_diff)
    me, content = call.github.account(call.github.app.login), call.given("content")
    for each in comment.reactions:
        if each.user == me and each.content == content:
            return Answer(200, reaction_json(each))
    comment.reactions.append(Reaction(call.github.next_id(), me, content, now()))
    return Answer(201, reaction_json(comment.reactions[-1]))
