"""The client: what it makes of GitHub's answers, what it sends twice, and what it never tells."""

from __future__ import annotations

import base64
import logging
import time
import traceback
from collections.abc import Callable
from typing import Any

import pytest

from bot import github as client_module
from bot.github import (
    PERMISSIONS,
    Access,
    App,
    Client,
    DeniedError,
    GitHubError,
    GoneError,
    LimitedError,
    RefusedError,
    UnansweredError,
    repository_path,
)
from bot.settings import Settings, load
from tests.bot.door import environ
from tests.github import graphql_server
from tests.github.fake import FakeGitHub
from tests.github.faults import SECONDARY, Fault
from tests.github.pull import Pull
from tests.github.routing import Answer

SHOP = "/repos/octo/shop"
COMMENTS = f"{SHOP}/issues/1/comments"
REPOSITORY = 'query($name: String!) { repository(owner: "octo", name: $name) { id } }'


@pytest.fixture
def pull(github: FakeGitHub) -> Pull:
    repository = github.create_repository("octo/shop", {"a.py": "1\n"})
    repository.push("topic", {"a.py": "2\n"})
    return repository.open_pull("topic")


def settings_of(github: FakeGitHub) -> Settings:
    return load(
        environ(
            "redis://unused",
            PARTYWALL_APP_ID=str(github.app.id),
            PARTYWALL_PRIVATE_KEY=github.app.private_key,
            PARTYWALL_GITHUB_API=github.url,
            PARTYWALL_WRITE_INTERVAL="0",
        )
    )


@pytest.fixture
def app(github: FakeGitHub) -> App:
    return App(settings_of(github))


@pytest.fixture
def access(github: FakeGitHub, app: App, pull: Pull) -> Access:
    return app.access(github.installations[0].id, pull.repository.id)


@pytest.fixture
def client(access: Access) -> Client:
    return access.client


@pytest.fixture
def awake(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody sleeps: whoever must wait says so, and the queue waits."""

    def slept(seconds: float) -> None:
        raise AssertionError(f"slept for {seconds} s")

    monkeypatch.setattr(time, "sleep", slept)


def sent(github: FakeGitHub, method: str, path: str) -> int:
    return sum(request.method == method and request.path == path for request in github.requests)


Write = tuple[str, str, Callable[[Client], Any]]
WRITES: list[Write] = [
    ("POST", COMMENTS, lambda client: client.post(COMMENTS, {"body": "hi"})),
    ("PATCH", f"{SHOP}/check-runs/1", lambda client: client.patch(f"{SHOP}/check-runs/1", {"status": "in_progress"})),
    ("POST", "/graphql", lambda client: client.graphql(REPOSITORY, {"name": "shop"})),
]


@pytest.mark.parametrize("write", WRITES, ids=lambda write: f"{write[0]} {write[1]}")
@pytest.mark.parametrize(
    "fault",
    [("status", 500), ("status", 502), ("status", 503), ("status", 504), ("close", 0), ("status_after", 502), ("close_after", 0), ("timeout", 0)],
    ids=lambda fault: f"{fault[0]} {fault[1] or ''}".strip(),
)  # fmt: skip
def test_what_changes_something_is_sent_once(
    github: FakeGitHub, client: Client, write: Write, fault: tuple[Any, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    method, path, send = write
    if fault[0] == "timeout":
        monkeypatch.setattr(client_module, "_TIMEOUT", 1)
        client = App(settings_of(github)).access(github.installations[0].id).client
    github.fail(Fault((method, f"{path}$"), fault[0], times=9, status=fault[1] or 502, seconds=60))
    with pytest.raises(UnansweredError):
        send(client)
    assert sent(github, method, path) == 1


@pytest.mark.parametrize("kind", ["status", "close"])
def test_what_is_only_read_is_asked_for_again(github: FakeGitHub, client: Client, kind: Any) -> None:
    github.fail(Fault(("GET", f"{SHOP}$"), kind, times=2))
    assert client.get(SHOP)["full_name"] == "octo/shop"
    assert sent(github, "GET", SHOP) == 3
    github.fail(Fault(("GET", f"{SHOP}$"), kind, times=9))
    with pytest.raises(UnansweredError):
        client.get(SHOP)
    assert sent(github, "GET", SHOP) == 6


def test_a_connection_that_was_closed_meanwhile_is_no_failure(github: FakeGitHub, client: Client, pull: Pull) -> None:
    client.post(COMMENTS, {"body": "one"})
    github._server._http.cut()
    client.post(COMMENTS, {"body": "two"})
    assert [comment.body for comment in pull.issue_comments] == ["one", "two"]


ASKED: dict[str, Callable[[Client], Any]] = {
    "get": lambda client: client.get(SHOP),
    "post": lambda client: client.post(COMMENTS, {"body": "hi"}),
    "graphql": lambda client: client.graphql(REPOSITORY, {"name": "shop"}),
}


def in_seconds(seconds: int) -> str:
    return str(int(time.time()) + seconds)


@pytest.mark.usefixtures("awake")
@pytest.mark.parametrize("ask", list(ASKED))
@pytest.mark.parametrize(
    ("status", "message", "headers", "least", "most"),
    [
        (403, "Forbidden", {"Retry-After": "7"}, 7, 7),
        (403, SECONDARY, {}, 60, 60),
        (403, SECONDARY, {"Retry-After": "30"}, 30, 30),
        (403, SECONDARY, {"Retry-After": "0"}, 0, 0),
        (429, "Too many", {}, 60, 60),
        (429, "Too many", {"Retry-After": "12"}, 12, 12),
        (429, "Too many", {"Retry-After": "99999"}, 3600, 3600),
        (429, "Too many", {"Retry-After": "Wed, 21 Oct 2026 07:28:00 GMT"}, 60, 60),
        (403, "API rate limit exceeded", {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "+90"}, 85, 90),
        (403, "API rate limit exceeded", {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "-90"}, 1, 1),
        (403, "API rate limit exceeded", {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "+9999"}, 3600, 3600),
    ],
)
def test_limits_are_waited_for_by_the_queue(
    github: FakeGitHub,
    client: Client,
    ask: str,
    status: int,
    message: str,
    headers: dict[str, str],
    least: int,
    most: int,
) -> None:
    told = {name: in_seconds(int(value)) if value[0] in "+-" else value for name, value in headers.items()}
    github.fail(Fault(lambda _: True, times=9, status=status, message=message, headers=told))
    before = len(github.requests)
    with pytest.raises(LimitedError) as error:
        ASKED[ask](client)
    assert least <= error.value.seconds <= most
    assert message in str(error.value)
    assert len(github.requests) == before + 1


def test_the_limit_of_an_hour(github: FakeGitHub, client: Client) -> None:
    github.limits.remaining = 0
    github.limits.reset = int(time.time()) + 50
    with pytest.raises(LimitedError) as error:
        client.get(SHOP)
    assert 45 <= error.value.seconds <= 50


@pytest.mark.usefixtures("awake")
@pytest.mark.parametrize(
    ("status", "message", "kind"),
    [
        (400, "Problems parsing JSON", RefusedError),
        (401, "Bad credentials", DeniedError),
        (401, "Requires authentication", DeniedError),
        (403, "Resource not accessible by integration", GoneError),
        (403, "Repository was archived so is read-only.", GoneError),
        (404, "Not Found", GoneError),
        (409, "Git Repository is empty.", RefusedError),
        (410, "Issues are disabled for this repo", GoneError),
        (422, "Validation Failed", RefusedError),
        (451, "Repository access blocked", GoneError),
        (500, "Server Error", UnansweredError),
        (502, "Bad Gateway", UnansweredError),
    ],
)
def test_refusals(github: FakeGitHub, client: Client, status: int, message: str, kind: type[GitHubError]) -> None:
    github.fail(Fault(lambda _: True, times=9, status=status, message=message))
    for ask in ("post", "graphql"):
        with pytest.raises(GitHubError) as error:
            ASKED[ask](client)
        assert type(error.value) is kind
        assert str(status) in str(error.value)


def test_a_refusal_says_why(client: Client) -> None:
    with pytest.raises(RefusedError, match="Body cannot be blank"):
        client.post(COMMENTS, {"body": " "})
    with pytest.raises(GoneError, match="404"):
        client.get("/repos/octo/none")


def test_graphql_tells_what_is_gone(client: Client) -> None:
    assert client.graphql(REPOSITORY, {"name": "shop"})["repository"]["id"]
    with pytest.raises(GoneError, match="Could not resolve to a Repository"):
        client.graphql(REPOSITORY, {"name": "none"})
    both = 'query { a: repository(owner: "octo", name: "x") { id } b: repository(owner: "octo", name: "y") { id } }'
    with pytest.raises(GoneError):
        client.graphql(both, {})


@pytest.mark.parametrize(
    ("problems", "kind"),
    [
        ([{"type": "NOT_FOUND", "message": "none"}], GoneError),
        ([{"type": "FORBIDDEN", "message": "not yours"}], GoneError),
        ([{"type": "RATE_LIMITED", "message": "API rate limit exceeded"}], LimitedError),
        ([{"type": "NOT_FOUND", "message": "none"}, {"type": "RATE_LIMITED", "message": "slow down"}], LimitedError),
        ([{"type": "UNPROCESSABLE", "message": "too long"}], RefusedError),
        ([{"message": "Something went wrong while executing your query"}], RefusedError),
    ],
)
def test_graphql_problems(
    client: Client, monkeypatch: pytest.MonkeyPatch, problems: list[dict[str, str]], kind: type[GitHubError]
) -> None:
    monkeypatch.setattr(graphql_server, "serve", lambda *_: Answer(200, {"data": None, "errors": problems}))
    with pytest.raises(GitHubError) as error:
        client.graphql(REPOSITORY, {"name": "shop"})
    assert type(error.value) is kind
    assert any(problem["message"] in str(error.value) for problem in problems)
    if isinstance(error.value, LimitedError):
        assert error.value.seconds == 60


@pytest.mark.parametrize("body", [b"{", b"<html>a proxy's page</html>", {"message": "odd"}, {"data": None}])
def test_an_answer_that_is_none(client: Client, monkeypatch: pytest.MonkeyPatch, body: Any) -> None:
    """What stands between us and GitHub may answer, too."""
    monkeypatch.setattr(graphql_server, "serve", lambda *_: Answer(200, body))
    with pytest.raises(UnansweredError):
        client.graphql(REPOSITORY, {"name": "shop"})


def test_tokens_are_narrowed(github: FakeGitHub, app: App, pull: Pull, access: Access) -> None:
    other = github.create_repository("octo/other", {"a.py": "1\n"})
    asked = [request.body for request in github.requests if request.path.endswith("/access_tokens")]
    assert asked == [{"permissions": PERMISSIONS, "repository_ids": [pull.repository.id]}]
    assert access.client.get(SHOP)["id"] == pull.repository.id
    with pytest.raises(GoneError):
        access.client.get("/repos/octo/other")
    with pytest.raises(GoneError):
        access.client.graphql(REPOSITORY, {"name": "other"})
    with pytest.raises(GoneError):
        access.client.post("/repos/octo/other/check-runs", {"name": "x", "head_sha": other.branches()["main"]})
    kind, _, secret = access.header.removeprefix("Authorization: ").partition(" ")
    user, _, token = base64.b64decode(secret).decode().partition(":")
    assert (kind, user) == ("Basic", "x-access-token")
    assert token == github.requests[-1].secret
    wide = app.access(github.installations[0].id)
    assert github.requests[-1].body == {"permissions": PERMISSIONS}
    assert wide.client.get("/repos/octo/other")["id"] == other.id


def test_what_the_app_may_no_longer_see(github: FakeGitHub, app: App, pull: Pull) -> None:
    number = github.installations[0].id
    github.create_repository("acme/web", {"a.py": "1\n"})
    assert list(app.installations()) == [each.id for each in github.installations]
    github.suspend("octo")
    assert list(app.installations()) == [github.installation("acme").id]
    with pytest.raises(GoneError):
        app.access(number)
    github.uninstall("octo")
    with pytest.raises(GoneError):
        app.access(number)
    with pytest.raises(GoneError):  # a repository that is not of this installation
        app.access(github.installation("acme").id, pull.repository.id)


def test_a_token_that_is_no_longer_good(github: FakeGitHub, client: Client) -> None:
    github.tokens.expire()
    with pytest.raises(DeniedError):
        client.get(SHOP)


@pytest.mark.parametrize(("count", "requests"), [(0, 1), (99, 1), (100, 2), (205, 3)])
def test_all_pages(github: FakeGitHub, client: Client, pull: Pull, count: int, requests: int) -> None:
    for number in range(count):
        pull.comment("alice", f"comment {number}")
    assert [each["body"] for each in client.pages(COMMENTS)] == [f"comment {number}" for number in range(count)]
    assert sent(github, "GET", COMMENTS) == requests
    assert [each["full_name"] for each in client.pages("/installation/repositories", "repositories")] == ["octo/shop"]


@pytest.mark.parametrize(
    ("name", "path"),
    [("octo/shop", "/repos/octo/shop"), ("octo/a.b", "/repos/octo/a.b"), ("octo/../x y", "/repos/octo/..%2Fx%20y")],
)
def test_names_are_no_paths(name: str, path: str) -> None:
    assert repository_path(name) == path


def test_secrets_are_in_no_text(github: FakeGitHub, app: App, pull: Pull, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    for name in ("github", "urllib3", "partywall", "requests"):
        caplog.set_level(logging.DEBUG, logger=name)
    errors: list[BaseException] = []

    def ask(send: Callable[[], object]) -> None:
        try:
            send()
        except GitHubError as error:
            errors.append(error)

    access = app.access(github.installations[0].id, pull.repository.id)
    client = access.client
    for kind, status in (("status", 401), ("status", 403), ("status", 422), ("status", 502), ("close", 0)):
        github.fail(Fault(lambda _: True, kind, status=status, times=4))  # type: ignore[arg-type]
        ask(lambda: client.post(COMMENTS, {"body": "hi"}))
        ask(lambda: client.graphql(REPOSITORY, {"name": "shop"}))
        ask(lambda: app.access(1))
        github.faults.clear()
    ask(lambda: client.get("/repos/octo/none"))
    client.get(SHOP)
    list(app.installations())
    assert len(errors) == 16
    texts = [caplog.text, *map(str, caplog.records), repr(access), repr(client), repr(app), repr(settings_of(github))]
    texts += [f"{access}", str(vars(app))]
    for error in errors:
        texts += [str(error), repr(error), "".join(traceback.format_exception(error)), str(vars(error))]
    key = github.app.private_key.splitlines()
    secrets = {request.secret for request in github.requests} | {access.header.split()[-1], *key[1:-1]}
    assert len(secrets) > len(key)
    for secret in secrets - {""}:
        assert not [text for text in texts if secret in text]
    assert any(record.name.startswith("urllib3") for record in caplog.records)


def test_the_log_that_prints_answers_is_off() -> None:
    """It has a level of its own, so that no level of others makes it talk."""
    assert not logging.getLogger("github.Requester").isEnabledFor(logging.DEBUG)
