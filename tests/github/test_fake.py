"""The fake refuses what GitHub refuses, and does what GitHub does."""

from __future__ import annotations

from typing import Any

import pytest
from github import Auth
from requests import request as http

from tests.github.api import SHOP, Api
from tests.github.conftest import CHANGED, LINES
from tests.github.fake import FakeGitHub
from tests.github.pull import Pull


@pytest.mark.parametrize(
    ("comment", "status"),
    [
        ({"path": "a.py", "line": 20, "side": "RIGHT"}, 200),
        ({"path": "a.py", "line": 17, "side": "RIGHT"}, 200),
        ({"path": "a.py", "line": 20, "side": "LEFT"}, 200),
        ({"path": "a.py", "start_line": 18, "start_side": "RIGHT", "line": 22, "side": "RIGHT"}, 200),
        ({"path": "old.py", "line": 1, "side": "LEFT"}, 200),
        ({"path": "a.py", "line": 16, "side": "RIGHT"}, 422),
        ({"path": "a.py", "start_line": 20, "line": 20, "side": "RIGHT"}, 422),
        ({"path": "a.py", "start_line": 3, "line": 20, "side": "RIGHT"}, 422),
        ({"path": "b.py", "line": 3, "side": "RIGHT"}, 422),
        ({"path": "b.py", "line": 1, "side": "LEFT"}, 422),
        ({"path": "old.py", "line": 1, "side": "RIGHT"}, 422),
        ({"path": "none.py", "line": 1, "side": "RIGHT"}, 422),
    ],
)
def test_comments_must_be_part_of_the_diff(
    github: FakeGitHub, pull: Pull, comment: dict[str, Any], status: int
) -> None:
    comments = [{"path": "b.py", "line": 1, "side": "RIGHT", "body": "fine"}, {**comment, "body": "perhaps"}]
    review = {"commit_id": pull.head, "event": "COMMENT", "body": "read", "comments": comments}
    got, answer = Api(github)("POST", f"{SHOP}/pulls/1/reviews", review)
    assert got == status, answer
    assert len(pull.review_comments) == (2 if status == 200 else 0)
    assert len(pull.reviews) == (status == 200)
    assert github.problems == []


@pytest.mark.parametrize(
    "change",
    [
        {"annotations": 51},
        {"actions": 4},
        {"label": "x" * 21},
        {"text": "x" * 65_536},
    ],
)
@pytest.mark.parametrize("described", [True, False])
def test_check_runs_have_limits(github: FakeGitHub, pull: Pull, change: dict[str, Any], described: bool) -> None:
    if not described:
        github.descriptions = None
    note = {"path": "a.py", "start_line": 1, "end_line": 1, "annotation_level": "notice", "message": "m"}
    action = {"label": change.get("label", "Do it"), "description": "d", "identifier": "i"}
    body = {
        "name": "partywall",
        "head_sha": pull.head,
        "output": {
            "title": "t",
            "summary": "s",
            "text": change.get("text", ""),
            "annotations": [note] * change.get("annotations", 50),
        },
        "actions": [action] * change.get("actions", 3),
    }
    status, _ = Api(github)("POST", f"{SHOP}/check-runs", body)
    assert status == 422
    assert pull.repository.check_runs() == []
    assert bool(github.problems) == described


def test_annotations_are_appended_and_a_conclusion_completes(github: FakeGitHub, pull: Pull) -> None:
    api = Api(github)
    note = {"path": "elsewhere.py", "start_line": 1, "end_line": 1, "annotation_level": "notice", "message": "m"}
    _, run = api("POST", f"{SHOP}/check-runs", {"name": "partywall", "head_sha": pull.head, "status": "in_progress"})
    output = {"title": "t", "summary": "s", "annotations": [note] * 50}
    for body in ({"output": output}, {"output": output, "conclusion": "neutral"}):
        assert api("PATCH", f"{SHOP}/check-runs/{run['id']}", body)[0] == 200
    (kept,) = pull.repository.check_runs(pull.head)
    assert (len(kept.annotations), kept.status, kept.conclusion) == (100, "completed", "neutral")
    assert len(api("GET", f"{SHOP}/check-runs/{run['id']}/annotations?per_page=60&page=2")[1]) == 40
    assert [run["number"] for run in run["pull_requests"]] == [1]
    assert github.problems == []


def test_tokens_reach_what_they_were_narrowed_to(github: FakeGitHub, pull: Pull) -> None:
    other = github.create_repository("octo/other", {"a.py": "1\n"})
    narrow = Api(github, repository_ids=[pull.repository.id], permissions={"contents": "read"})
    assert narrow("GET", SHOP)[0] == 200
    assert narrow("GET", "/repos/octo/other")[0] == 404
    assert narrow("GET", f"{SHOP}/compare/main...topic")[0] == 200
    assert narrow("GET", f"{SHOP}/pulls/1")[0] == 403
    status, answer = narrow("POST", f"{SHOP}/check-runs", {"name": "x", "head_sha": pull.head})
    assert (status, answer["message"]) == (403, "Resource not accessible by integration")
    names = [each["name"] for each in narrow("GET", "/installation/repositories")[1]["repositories"]]
    assert names == ["shop"]
    url = f"{github.url}/app/installations/{github.installations[0].id}/access_tokens"
    app = {"Authorization": f"Bearer {Auth.AppAuth(github.app.id, github.app.private_key).token}"}
    assert http("POST", url, json={"permissions": {"contents": "write"}}, headers=app, timeout=9).status_code == 422
    wide = Api(github)
    assert wide("GET", f"/repos/{other.full_name}")[0] == 200
    pull.repository.archive()
    assert wide("POST", f"{SHOP}/issues/1/comments", {"body": "hi"})[0] == 403
    github.suspend("octo")
    assert wide("GET", SHOP)[0] == 403
    github.uninstall("octo")
    assert wide("GET", SHOP)[0] == 401
    assert http("POST", url, headers=app, timeout=9).status_code == 404
    assert github.problems == []


def test_threads_follow_their_lines_until_these_change(github: FakeGitHub, pull: Pull) -> None:
    comments = [{"path": "a.py", "line": 20, "side": "RIGHT", "body": "hm"}]
    review = {"commit_id": pull.head, "event": "COMMENT", "body": "", "comments": comments}
    assert Api(github)("POST", f"{SHOP}/pulls/1/reviews", review)[0] == 200
    pull.push({"a.py": "first\n" + "".join(CHANGED)})
    (comment,) = pull.review_comments
    assert (comment.line, comment.commit, pull.threads[0].outdated) == (21, pull.head, False)
    pull.push({"a.py": "".join(LINES)})
    assert (comment.line, pull.threads[0].outdated) == (None, True)
    assert Api(github)("GET", f"{SHOP}/pulls/1/comments")[0] == 200
    assert github.problems == []


def test_pull_requests_from_forks_are_not_named_in_check_runs(github: FakeGitHub, pull: Pull) -> None:
    repository = pull.repository
    repository.push("feature", {"z.py": "1\n"})
    foreign = repository.open_pull("feature", author="mallory", fork=True)
    foreign.push({"z.py": "2\n"})
    assert "feature" not in repository.branches()
    assert repository.git("rev-parse", "refs/pull/2/head") == foreign.head
    api = Api(github)
    _, run = api("POST", f"{SHOP}/check-runs", {"name": "partywall", "head_sha": foreign.head})
    assert run["pull_requests"] == []
    assert [each["number"] for each in api("GET", f"{SHOP}/commits/{foreign.head}/pulls")[1]] == [2]
    assert api("GET", f"{SHOP}/pulls/2")[1]["head"]["repo"]["full_name"] == "mallory/shop"
    assert api("GET", f"{SHOP}/collaborators/mallory/permission")[1]["permission"] == "none"
    assert api("GET", f"{SHOP}/collaborators/alice/permission")[1]["permission"] == "write"
    assert github.problems == []


def test_reactions_are_not_doubled(github: FakeGitHub, pull: Pull) -> None:
    api, comment = Api(github), pull.comment("alice", "hi")
    path = f"{SHOP}/issues/comments/{comment.id}/reactions"
    assert [api("POST", path, {"content": "eyes"})[0] for _ in range(2)] == [201, 200]
    assert [each.content for each in comment.reactions] == ["eyes"]
    assert api("PATCH", f"{SHOP}/issues/comments/{comment.id}", {"body": "mine now"})[0] == 403
    assert github.problems == []


MUTATIONS = """
mutation($comment: ID!) {
  first: minimizeComment(input: {subjectId: $comment, classifier: RESOLVED}) { minimizedComment { isMinimized } }
  second: updatePullRequestReviewComment(input: {pullRequestReviewCommentId: $comment, body: "new"}) {
    pullRequestReviewComment { body isMinimized minimizedReason viewerDidAuthor author { __typename login } }
  }
}
"""


@pytest.mark.parametrize("described", [True, False])
def test_graphql(github: FakeGitHub, pull: Pull, described: bool) -> None:
    if not described:
        github.descriptions = None
    api = Api(github)
    review = {"event": "COMMENT", "comments": [{"path": "a.py", "line": 20, "side": "RIGHT", "body": "hm"}]}
    api("POST", f"{SHOP}/pulls/1/reviews", review)
    (comment,) = pull.review_comments
    data = api.graphql(MUTATIONS, comment=comment.node_id)["data"]
    assert data["first"]["minimizedComment"] == {"isMinimized": True}
    assert data["second"]["pullRequestReviewComment"] == {
        "body": "new", "isMinimized": True, "minimizedReason": "resolved", "viewerDidAuthor": True,
        "author": {"__typename": "Bot", "login": "partywall"},
    }  # fmt: skip
    thread = pull.threads[0].node_id
    forbidden = api.graphql(
        "mutation($t: ID!) { resolveReviewThread(input: {threadId: $t}) { thread { id } } }", t=thread
    )
    assert forbidden["errors"][0]["type"] == "FORBIDDEN"
    missing = api.graphql('{ repository(owner: "octo", name: "none") { id } }')
    assert (missing["data"], missing["errors"][0]["type"]) == ({"repository": None}, "NOT_FOUND")
    unbounded = api.graphql('{ repository(owner: "octo", name: "shop") { pullRequests { totalCount } } }')
    assert unbounded["errors"][0]["type"] == "MISSING_PAGINATION_BOUNDARIES"
    assert github.problems == []
    assert "data" not in api.graphql("{ nonsense }")
    assert len(github.problems) == 1
