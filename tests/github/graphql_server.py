"""POST /graphql: documents are validated and executed against GitHub's schema, or the part of it kept here."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from graphql import (
    GraphQLError,
    GraphQLResolveInfo,
    GraphQLSchema,
    build_schema,
    execute_sync,
    parse,
    validate,
)

from tests.github.graphql_views import AccountView, CommentView, ProblemError, RepositoryView, ThreadView, node
from tests.github.model import Comment, Thread, Token
from tests.github.pull import Pull
from tests.github.repository import Repository
from tests.github.routing import Answer, ApiError, Request
from tests.github.tokens import check_reach

if TYPE_CHECKING:
    from tests.github.fake import FakeGitHub

SDL = Path(__file__).with_name("schema.graphql")
_FORBIDDEN = "Resource not accessible by integration"


@cache
def small_schema() -> GraphQLSchema:
    """The part of GitHub's schema that the fake knows how to answer."""
    return build_schema(SDL.read_text())


def serve(github: FakeGitHub, request: Request) -> Answer:
    """Answers a document. Raises ApiError for what is wrong outside of it."""
    token = github.tokens.find(request)
    github.limits.count(request, token.installation.id)
    body = request.body
    if not isinstance(body, dict) or not isinstance(body.get("query"), str):
        raise ApiError(400, "Problems parsing JSON")
    schema = github.descriptions.graphql if github.descriptions else small_schema()
    try:
        document = parse(body["query"])
        wrong = validate(schema, document)
    except GraphQLError as unreadable:
        wrong = [unreadable]
    if wrong:
        github.problems += [f"GraphQL: {error.message}" for error in wrong]
        return Answer(200, {"errors": [_error_json(error) for error in wrong]})
    result = execute_sync(
        schema,
        document,
        root_value=Root(github, token),
        variable_values=body.get("variables"),
        operation_name=body.get("operationName"),
        field_resolver=_resolve,
        type_resolver=lambda value, *_: value.typename,
    )
    for error in result.errors or []:
        if "type" not in (error.extensions or {}):
            github.problems.append(f"GraphQL: {error.message}")
    errors = [_error_json(error) for error in result.errors or []]
    return Answer(200, {"data": result.data, **({"errors": errors} if errors else {})})


def _error_json(error: GraphQLError) -> dict[str, Any]:
    kind = (error.extensions or {}).get("type")
    return {
        **({"type": kind} if kind else {}),
        **({"path": error.path} if error.path else {}),
        "locations": [{"line": place.line, "column": place.column} for place in error.locations or []],
        "message": error.message,
    }


def _snake(name: str) -> str:
    return re.sub(r"(?<!^)([A-Z])", lambda match: f"_{match[1].lower()}", name)


def _resolve(source: Any, info: GraphQLResolveInfo[Any], **arguments: Any) -> Any:
    """The value of a field: of a mapping, an attribute, or what a method gives for the arguments."""
    name = _snake(info.field_name)
    if isinstance(source, dict):
        return source[name]
    value = getattr(source, name)
    return value(**{_snake(key): each for key, each in arguments.items()}) if callable(value) else value


class Root:
    """The fields of queries and mutations, for one token."""

    def __init__(self, github: FakeGitHub, token: Token) -> None:
        self._github = github
        self._token = token
        self.viewer = AccountView(github.account(github.app.login), as_user=True)

    def repository(self, owner: str, name: str, follow_renames: bool = True) -> RepositoryView:
        try:
            found = self._github.find_repository(owner, name)
            check_reach(self._token, found, "metadata:read", writing=False)
        except ApiError:
            words = f"Could not resolve to a Repository with the name '{owner}/{name}'."
            raise ProblemError("NOT_FOUND", words) from None
        return RepositoryView(found)

    def node(self, id: str) -> Any:  # noqa: A002
        return self._node(id)[0]

    def nodes(self, ids: list[str]) -> list[Any]:
        """Those found; the first that is not there is an error, as GitHub has it, but for one in a list it is null."""
        found: list[Any] = []
        for each in ids:
            try:
                found.append(self._node(each)[0])
            except ProblemError as problem:
                found.append(problem)
        return found

    def _node(self, node_id: str) -> tuple[Any, Repository]:
        found: tuple[Any, Repository] | None = node(self._github, node_id)
        if found is None or not self._token.reaches(found[1].id):
            raise ProblemError("NOT_FOUND", f"Could not resolve to a node with the global id of '{node_id}'.")
        return found

    def _writable(self, node_id: str, permission: str = "pull_requests:write") -> tuple[Any, Repository]:
        view, repository = self._node(node_id)
        try:
            check_reach(self._token, repository, permission, writing=True)
        except ApiError as error:
            raise ProblemError("FORBIDDEN", error.message) from None
        return view, repository

    def _comment(self, node_id: str) -> tuple[Comment, Pull]:
        view, _ = self._writable(node_id)
        if not isinstance(view, CommentView):
            raise ProblemError("NOT_FOUND", f"Could not resolve to a comment with the global id of '{node_id}'.")
        return view.comment_and_pull

    def _update(self, node_id: str, body: str) -> CommentView:
        comment, pull = self._comment(node_id)
        if comment.login != self._github.app.login:
            raise ProblemError("FORBIDDEN", _FORBIDDEN)
        if not body.strip() or len(body) > 65_536:
            raise ProblemError("UNPROCESSABLE", "Body is too long" if body.strip() else "Body cannot be blank")
        pull.edit_comment(comment, body)
        return CommentView(comment, pull)

    def update_issue_comment(self, input: dict[str, Any]) -> dict[str, Any]:  # noqa: A002
        return _payload(input, issue_comment=self._update(input["id"], input["body"]))

    def update_pull_request_review_comment(self, input: dict[str, Any]) -> dict[str, Any]:  # noqa: A002
        view = self._update(input["pullRequestReviewCommentId"], input["body"])
        return _payload(input, pull_request_review_comment=view)

    def minimize_comment(self, input: dict[str, Any]) -> dict[str, Any]:  # noqa: A002
        comment, pull = self._comment(input["subjectId"])
        comment.minimized = input["classifier"].lower().replace("_", "-")
        return _payload(input, minimized_comment=CommentView(comment, pull))

    def unminimize_comment(self, input: dict[str, Any]) -> dict[str, Any]:  # noqa: A002
        comment, pull = self._comment(input["subjectId"])
        comment.minimized = None
        return _payload(input, unminimized_comment=CommentView(comment, pull))

    def resolve_review_thread(self, input: dict[str, Any]) -> dict[str, Any]:  # noqa: A002
        thread, pull = self._thread(input["threadId"])
        pull.resolve(self._github.app.login, thread.comments[0].id)
        return _payload(input, thread=ThreadView(thread, pull))

    def unresolve_review_thread(self, input: dict[str, Any]) -> dict[str, Any]:  # noqa: A002
        thread, pull = self._thread(input["threadId"])
        pull.unresolve(self._github.app.login, thread.comments[0].id)
        return _payload(input, thread=ThreadView(thread, pull))

    def _thread(self, node_id: str) -> tuple[Thread, Pull]:
        """A thread that may be resolved: an app needs to be allowed to write contents for that."""
        view, _ = self._writable(node_id, "contents:write")
        if not isinstance(view, ThreadView):
            raise ProblemError("NOT_FOUND", f"Could not resolve to a thread with the global id of '{node_id}'.")
        return view.thread_and_pull


def _payload(asked: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {"client_mutation_id": asked.get("clientMutationId"), **fields}
