"""What GraphQL shows of the records: one view for a type, with the fields in snake case.

A field is an attribute, or a method that takes the field's arguments in snake case.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from graphql import GraphQLError

from tests.github.model import REACTIONS, Account, CheckRun, CheckSuite, Comment, ReviewComment, Thread, stamp

if TYPE_CHECKING:
    from tests.github.fake import FakeGitHub
    from tests.github.pull import Pull
    from tests.github.repository import Repository

_LARGEST = 100


class ProblemError(GraphQLError):
    """An error with GitHub's `type`: NOT_FOUND, FORBIDDEN, …"""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message, extensions={"type": kind})


class ConnectionView:
    """A page of a list. GitHub wants to be told how many: `first` or `last`, from 1 to 100."""

    def __init__(
        self, items: Sequence[Any], first: int | None = None, after: str | None = None, last: int | None = None
    ) -> None:
        size = first if first is not None else last
        if size is None:
            raise ProblemError(
                "MISSING_PAGINATION_BOUNDARIES", "You must provide a `first` or `last` value to properly paginate."
            )
        if not 1 <= size <= _LARGEST:
            raise ProblemError(
                "EXCESSIVE_PAGINATION", f"Requesting {size} records exceeds the `first` limit of {_LARGEST} records."
            )
        start = int(base64.b64decode(after).decode().partition(":")[2]) if after else 0
        if first is None:
            start = max(0, len(items) - size)
        self.total_count = len(items)
        self.nodes = items[start : start + size]
        end = start + len(self.nodes)
        self.page_info = {"has_next_page": end < len(items), "end_cursor": _cursor(end) if self.nodes else None}


def _cursor(position: int) -> str:
    return base64.b64encode(f"cursor:{position}".encode()).decode()


class AccountView:
    def __init__(self, account: Account, *, as_user: bool = False) -> None:
        self.typename = "User" if as_user else account.type
        self.id = account.node_id
        self.login = account.login if as_user else account.login.removesuffix("[bot]")


class RepositoryView:
    typename = "Repository"

    def __init__(self, repository: Repository) -> None:
        self._repository = repository
        self.id = repository.node_id
        self.database_id = repository.id
        self.name = repository.name
        self.name_with_owner = repository.full_name
        self.url = repository.html_url
        self.is_archived = repository.archived
        self.is_private = repository.private
        self.default_branch_ref = {"id": f"REF_{repository.id}", "name": repository.default_branch}

    def pull_request(self, number: int) -> PullView:
        for pull in self._repository.pulls:
            if pull.number == number:
                return PullView(pull)
        raise ProblemError("NOT_FOUND", f"Could not resolve to a PullRequest with the number of {number}.")

    def pull_requests(
        self,
        states: list[str] | None = None,
        order_by: dict[str, str] | None = None,
        head_ref_name: str | None = None,
        base_ref_name: str | None = None,
        **page: Any,
    ) -> ConnectionView:
        views = [PullView(pull) for pull in self._repository.pulls]
        views = [view for view in views if not states or view.state in states]
        views = [view for view in views if head_ref_name in (None, view.head_ref_name)]
        views = [view for view in views if base_ref_name in (None, view.base_ref_name)]
        if order_by:
            by_update = order_by["field"] == "UPDATED_AT"
            views.sort(key=lambda view: (view.updated_at, view.number) if by_update else ("", view.number))
            views = views[::-1] if order_by["direction"] == "DESC" else views
        return ConnectionView(views, **page)

    def object(self, oid: str | None = None, expression: str | None = None) -> CommitView | None:
        sha = self._repository.bare.resolve(oid or expression or "")
        return CommitView(self._repository, sha) if sha else None


class PullView:
    typename = "PullRequest"

    def __init__(self, pull: Pull) -> None:
        self._pull = pull
        self.id = pull.node_id
        self.database_id = pull.id
        self.number = pull.number
        self.url = pull.html_url
        self.title = pull.title
        self.state = "MERGED" if pull.merged else pull.state.upper()
        self.is_draft = pull.draft
        self.merged = pull.merged
        self.head_ref_oid = pull.head
        self.head_ref_name = pull.head_ref
        self.base_ref_oid = pull.base
        self.base_ref_name = pull.base_ref
        self.is_cross_repository = pull.head_repository is not pull.repository
        self.updated_at = stamp(pull.updated)
        self.author = AccountView(pull.author)

    def repository(self) -> RepositoryView:
        return RepositoryView(self._pull.repository)

    base_repository = repository

    def commits(self, **page: Any) -> ConnectionView:
        repository = self._pull.repository
        commits = repository.bare.commits(self._pull.base, self._pull.head)
        nodes = [{"id": f"PRC_{each.sha}", "commit": CommitView(repository, each.sha)} for each in commits]
        return ConnectionView(nodes, **page)

    def review_threads(self, **page: Any) -> ConnectionView:
        return ConnectionView([ThreadView(thread, self._pull) for thread in self._pull.threads], **page)

    def comments(self, **page: Any) -> ConnectionView:
        return ConnectionView([CommentView(comment, self._pull) for comment in self._pull.issue_comments], **page)


class CommitView:
    typename = "Commit"

    def __init__(self, repository: Repository, sha: str) -> None:
        self._repository = repository
        self.id = f"C_{sha}"
        self.oid = sha

    def message(self) -> str:
        return self._repository.bare.commit_of(self.oid).message

    def associated_pull_requests(self, order_by: dict[str, str] | None = None, **page: Any) -> ConnectionView:
        """The pull requests that bring this commit, in the order they were opened in."""
        pulls = [PullView(pull) for pull in self._repository.pulls if pull.has_commit(self.oid)]
        return ConnectionView(pulls, **page)

    def check_suites(self, filter_by: dict[str, Any] | None = None, **page: Any) -> ConnectionView:
        wanted = (filter_by or {}).get("appId")
        suites = [each for each in self._repository.suites if each.head_sha == self.oid]
        own = wanted == self._repository.github.app.id
        shown = [each for each in suites if wanted is None or (own and each.ours)]
        return ConnectionView([SuiteView(each, self._repository) for each in shown], **page)


class SuiteView:
    typename = "CheckSuite"

    def __init__(self, suite: CheckSuite, repository: Repository) -> None:
        self._suite = suite
        self._repository = repository
        self.id = f"CS_{suite.id}"
        self.database_id = suite.id

    def check_runs(self, filter_by: dict[str, Any] | None = None, **page: Any) -> ConnectionView:
        """GitHub shows the latest run of a name unless told otherwise."""
        wanted = filter_by or {}
        runs = {run.name: run for run in self._repository.runs if run.suite is self._suite}
        shown = [
            RunView(run)
            for run in runs.values()
            if wanted.get("checkName") in (None, run.name) and wanted.get("status") in (None, run.status.upper())
        ]
        return ConnectionView(shown, **page)


class RunView:
    typename = "CheckRun"

    def __init__(self, run: CheckRun) -> None:
        self._run = run
        self.id = run.node_id
        self.database_id = run.id
        self.name = run.name
        self.external_id = run.external_id
        self.status = run.status.upper()
        self.conclusion = run.conclusion.upper() if run.conclusion else None
        self.title, self.summary, self.text = run.title, run.summary, run.text

    def annotations(self, **page: Any) -> ConnectionView:
        return ConnectionView(self._run.annotations, **page)


class ThreadView:
    typename = "PullRequestReviewThread"

    def __init__(self, thread: Thread, pull: Pull) -> None:
        self.thread_and_pull = (thread, pull)
        first = thread.comments[0]
        self.id = thread.node_id
        self.is_resolved = thread.resolved_by is not None
        self.is_outdated = thread.outdated
        self.path = first.path
        self.line = first.line
        self.start_line = first.start_line
        self.original_line = first.place.line
        self.subject_type = first.subject_type.upper()
        self.resolved_by = AccountView(thread.resolved_by, as_user=True) if thread.resolved_by else None

    def comments(self, **page: Any) -> ConnectionView:
        thread, pull = self.thread_and_pull
        return ConnectionView([CommentView(comment, pull) for comment in thread.comments], **page)


class CommentView:
    """A comment of either kind."""

    def __init__(self, comment: Comment, pull: Pull) -> None:
        github = pull.github
        on_diff = isinstance(comment, ReviewComment)
        self.comment_and_pull = (comment, pull)
        self._viewer = github.app.login
        self.typename = "PullRequestReviewComment" if on_diff else "IssueComment"
        self.id = comment.node_id
        self.database_id = comment.id
        self.body = comment.body
        self.url = f"{pull.html_url}#{'discussion_r' if on_diff else 'issuecomment-'}{comment.id}"
        self.created_at = stamp(comment.created)
        self.updated_at = stamp(comment.updated)
        self.author = AccountView(comment.author)
        self.viewer_did_author = comment.login == self._viewer
        self.is_minimized = comment.minimized is not None
        self.minimized_reason = comment.minimized
        self.path = comment.path if isinstance(comment, ReviewComment) else None

    def reply_to(self) -> CommentView | None:
        comment, pull = self.comment_and_pull
        found = comment.reply_to if isinstance(comment, ReviewComment) else None
        return CommentView(pull.thread_of(found).comments[0], pull) if found else None

    def reaction_groups(self) -> list[dict[str, Any]]:
        mine = {each.content for each in self.comment_and_pull[0].reactions if each.user.login == self._viewer}
        return [{"content": name, "viewer_has_reacted": key in mine} for key, name in REACTIONS.items()]


def node(github: FakeGitHub, node_id: str) -> Any:
    """The view of what has this id, with the repository it belongs to; None if there is nothing."""
    for repository in github.repositories:
        if repository.node_id == node_id:
            return RepositoryView(repository), repository
        for pull in repository.pulls:
            views: list[Any] = [PullView(pull)]
            views += [ThreadView(each, pull) for each in pull.threads]
            views += [CommentView(each, pull) for each in (*pull.review_comments, *pull.issue_comments)]
            for view in views:
                if view.id == node_id:
                    return view, repository
        for run in repository.runs:
            if run.node_id == node_id:
                return RunView(run), repository
    return None
