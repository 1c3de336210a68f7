"""Pull requests, comments, reviews and check runs as GitHub describes them in JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.github.model import Comment, Reaction, Review, ReviewComment, Thread, stamp
from tests.github.payloads import account_json, repository_json

if TYPE_CHECKING:
    from tests.github.pull import Pull
    from tests.github.repository import Repository


def pull_json(pull: Pull, *, full: bool = False) -> dict[str, Any]:
    """A pull request; `full` adds what lists leave out."""
    api, web = pull.repository.api, pull.html_url
    url, issue = f"{api}/pulls/{pull.number}", f"{api}/issues/{pull.number}"
    links = {
        "self": url,
        "html": web,
        "issue": issue,
        "comments": f"{issue}/comments",
        "review_comments": f"{url}/comments",
        "review_comment": f"{api}/pulls/comments{{/number}}",
        "commits": f"{url}/commits",
        "statuses": f"{api}/statuses/{pull.head}",
    }
    simple: dict[str, Any] = {
        "id": pull.id,
        "node_id": pull.node_id,
        "number": pull.number,
        "state": pull.state,
        "locked": False,
        "title": pull.title,
        "body": pull.body,
        "user": account_json(pull.author),
        "draft": pull.draft,
        "url": url,
        "html_url": web,
        "diff_url": f"{web}.diff",
        "patch_url": f"{web}.patch",
        "issue_url": issue,
        **{f"{name}_url": links[name] for name in list(links)[3:]},
        "_links": {name: {"href": link} for name, link in links.items()},
        "created_at": stamp(pull.created),
        "updated_at": stamp(pull.updated),
        "closed_at": stamp(pull.closed),
        "merged_at": stamp(pull.closed) if pull.merged else None,
        "merge_commit_sha": pull.merge_commit,
        "assignee": None,
        "assignees": [],
        "requested_reviewers": [],
        "requested_teams": [],
        "labels": [],
        "milestone": None,
        "auto_merge": None,
        "active_lock_reason": None,
        "author_association": pull.repository.association(pull.author),
        "head": _side(pull.head_repository, pull.head_ref, pull.head),
        "base": _side(pull.repository, pull.base_ref, pull.base),
    }
    return {**simple, **(_details(pull) if full else {})}


def _side(repository: Repository, ref: str, sha: str) -> dict[str, Any]:
    return {
        "label": f"{repository.owner.login}:{ref}",
        "ref": ref,
        "sha": sha,
        "user": account_json(repository.owner),
        "repo": repository_json(repository),
    }


def _details(pull: Pull) -> dict[str, Any]:
    lines = [line for diff in pull.diff().values() for _, shown in diff.hunks for line in shown]
    return {
        "merged": pull.merged,
        "mergeable": None if pull.merged else True,
        "rebaseable": None,
        "mergeable_state": "unknown" if pull.merged else "clean",
        "merged_by": account_json(pull.author) if pull.merged else None,
        "maintainer_can_modify": False,
        "comments": len(pull.issue_comments),
        "review_comments": len(pull.review_comments),
        "commits": len(pull.repository.bare.commits(pull.base, pull.head)),
        "additions": sum(line.old is None for line in lines),
        "deletions": sum(line.new is None for line in lines),
        "changed_files": len(pull.diff()),
    }


def _common(comment: Comment, pull: Pull) -> dict[str, Any]:
    return {
        "id": comment.id,
        "node_id": comment.node_id,
        "body": comment.body,
        "user": account_json(comment.author),
        "created_at": stamp(comment.created),
        "updated_at": stamp(comment.updated),
        "author_association": pull.repository.association(comment.author),
    }


def issue_comment_json(comment: Comment, pull: Pull) -> dict[str, Any]:
    api = pull.repository.api
    return {
        **_common(comment, pull),
        "url": f"{api}/issues/comments/{comment.id}",
        "html_url": f"{pull.html_url}#issuecomment-{comment.id}",
        "issue_url": f"{api}/issues/{pull.number}",
        "performed_via_github_app": None,
        "reactions": _reactions(comment, f"{api}/issues/comments/{comment.id}/reactions"),
    }


def review_comment_json(comment: ReviewComment, pull: Pull) -> dict[str, Any]:
    api, place = pull.repository.api, comment.place
    url, web = f"{api}/pulls/comments/{comment.id}", f"{pull.html_url}#discussion_r{comment.id}"
    return {
        **_common(comment, pull),
        "subject_type": place.subject_type,
        "line": comment.line,
        "original_line": place.line,
        "side": place.side,
        "start_line": comment.start_line,
        "original_start_line": place.start_line,
        "start_side": place.start_side,
        "position": 1 if comment.line or place.line is None else None,
        "original_position": 1,
        "url": url,
        "html_url": web,
        "pull_request_url": f"{api}/pulls/{pull.number}",
        "_links": {
            "self": {"href": url},
            "html": {"href": web},
            "pull_request": {"href": f"{api}/pulls/{pull.number}"},
        },
        "pull_request_review_id": comment.review,
        "diff_hunk": comment.diff_hunk,
        "path": place.path,
        "commit_id": comment.commit,
        "original_commit_id": comment.original_commit,
        **({"in_reply_to_id": comment.reply_to} if comment.reply_to else {}),
        "reactions": _reactions(comment, f"{url}/reactions"),
    }


def _reactions(comment: Comment, url: str) -> dict[str, Any]:
    given = [reaction.content for reaction in comment.reactions]
    names = ("+1", "-1", "laugh", "hooray", "confused", "heart", "rocket", "eyes")
    return {"url": url, "total_count": len(given), **{name: given.count(name) for name in names}}


def reaction_json(reaction: Reaction) -> dict[str, Any]:
    return {
        "id": reaction.id,
        "node_id": f"REA_{reaction.id}",
        "user": account_json(reaction.user),
        "content": reaction.content,
        "created_at": stamp(reaction.created),
    }


def review_json(review: Review, pull: Pull) -> dict[str, Any]:
    web, url = f"{pull.html_url}#pullrequestreview-{review.id}", f"{pull.repository.api}/pulls/{pull.number}"
    return {
        "id": review.id,
        "node_id": review.node_id,
        "user": account_json(review.author),
        "body": review.body,
        "state": review.state,
        "html_url": web,
        "pull_request_url": url,
        "author_association": pull.repository.association(review.author),
        "_links": {"html": {"href": web}, "pull_request": {"href": url}},
        "submitted_at": stamp(review.submitted),
        "commit_id": review.commit,
    }


def thread_json(thread: Thread, pull: Pull) -> dict[str, Any]:
    return {"node_id": thread.node_id, "comments": [review_comment_json(each, pull) for each in thread.comments]}


def issue_json(pull: Pull) -> dict[str, Any]:
    """The pull request as the issue it also is."""
    api, web = pull.repository.api, pull.html_url
    url = f"{api}/issues/{pull.number}"
    return {
        "id": pull.id + 1,
        "node_id": pull.node_id,
        "number": pull.number,
        "state": pull.state,
        "state_reason": None,
        "title": pull.title,
        "body": pull.body,
        "user": account_json(pull.author),
        "draft": pull.draft,
        "url": url,
        "repository_url": api,
        "labels_url": f"{url}/labels{{/name}}",
        "comments_url": f"{url}/comments",
        "events_url": f"{url}/events",
        "timeline_url": f"{url}/timeline",
        "html_url": web,
        "labels": [],
        "assignee": None,
        "assignees": [],
        "milestone": None,
        "locked": False,
        "active_lock_reason": None,
        "comments": len(pull.issue_comments),
        "created_at": stamp(pull.created),
        "updated_at": stamp(pull.updated),
        "closed_at": stamp(pull.closed),
        "author_association": pull.repository.association(pull.author),
        "performed_via_github_app": None,
        "reactions": _reactions(Comment(0, pull.author, ""), f"{url}/reactions"),
        "pull_request": {
            "url": f"{api}/pulls/{pull.number}",
            "html_url": web,
            "diff_url": f"{web}.diff",
            "patch_url": f"{web}.patch",
            "merged_at": stamp(pull.closed) if pull.merged else None,
        },
    }
