"""GitHub's API, through PyGithub: as the App, and as one of its installations narrowed to one repository.

Requests that change something are sent once. When such a request ends without a clear answer it may have been carried
out: `UnansweredError` says so, and the caller looks before it asks again. PyGithub's own retries would post twice.
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple
from urllib.parse import quote

import github
from github.Auth import AppAuth, Token
from github.GithubException import BadCredentialsException, GithubException
from github.Requester import Requester
from requests.exceptions import RequestException
from urllib3.util.retry import Retry

from bot.logs import basic, hide_token
from bot.metrics import Tally
from bot.settings import Settings

PERMISSIONS = {"contents": "read", "pull_requests": "write", "checks": "write", "metadata": "read"}
"""What a review needs; tokens are narrowed to it."""

# PyGithub's own log would print answers whole, tokens among them, wherever somebody turns logs on.
logging.getLogger("github.Requester").setLevel(logging.INFO)

_PAGE = 100
_WAIT = 60
_LONGEST_WAIT = 3_600
_TIMEOUT = 30


class GitHubError(Exception):
    """GitHub did not do what was asked; the message is its own or names what happened, `word` says which kind it is."""

    word = "error"


class GoneError(GitHubError):
    """What was asked for is not there, or no longer ours: uninstalled, deleted, archived, forbidden."""

    word = "gone"


class DeniedError(GitHubError):
    """Our credentials were not accepted: the settings are wrong, or a token was taken back."""

    word = "denied"


class RefusedError(GitHubError):
    """GitHub found the request wrong (422)."""

    word = "refused"


class UnansweredError(GitHubError):
    """No clear answer: a request that changes something may have been carried out."""

    word = "unanswered"


class LimitedError(GitHubError):
    """A rate limit: ask again after `seconds`."""

    word = "limited"

    def __init__(self, message: str, seconds: float) -> None:
        super().__init__(message)
        self.seconds = seconds


class Client:
    """What one token may ask. Every method raises GitHubError."""

    def __init__(
        self, settings: Settings, auth: AppAuth | Token, tally: Tally | None = None, owner: str = "app"
    ) -> None:
        """tally: where requests are counted. owner: whose limits they count against."""
        self._tally = tally or Tally()
        self._owner = owner
        # A GraphQL query is a POST to PyGithub, and would have to wait between writes: it goes with the reads.
        self._reads = _requester(settings, auth, 0)
        self._writes = _requester(settings, auth, settings.write_interval)

    def get(self, path: str, **query: str | int) -> Any:
        """What stands at a path of the API."""
        return self._ask("GET", path, query, None)

    def post(self, path: str, body: Mapping[str, object]) -> Any:
        """Creates something; sent once."""
        return self._ask("POST", path, {}, body)

    def patch(self, path: str, body: Mapping[str, object]) -> Any:
        """Changes something; sent once."""
        return self._ask("PATCH", path, {}, body)

    def graphql(self, query: str, variables: Mapping[str, object]) -> Any:
        """The data a GraphQL query asks for."""
        return self._run(self._reads, query, variables)

    def mutate(self, mutation: str, variables: Mapping[str, object]) -> Any:
        """Carries out a GraphQL mutation; sent once."""
        return self._run(self._writes, mutation, variables)

    def _run(self, requester: Requester, document: str, variables: Mapping[str, object]) -> Any:
        kind = "query" if requester is self._reads else "mutation"
        with self._counted(kind), _translated():
            headers, answer = requester.graphql_query(document, dict(variables))
            self._note_limit(headers)
        if not isinstance(answer.get("data"), dict):
            raise UnansweredError("GitHub's answer to a GraphQL document has no data")
        return answer["data"]

    def pages(self, path: str, key: str = "", **query: str | int) -> Iterator[Any]:
        """The items of a listing, all pages; `key` is where an answer keeps them if it is no list itself."""
        page = 1
        while True:
            answer = self.get(path, per_page=_PAGE, page=page, **query)
            items = answer[key] if key else answer
            yield from items
            if len(items) < _PAGE:
                return
            page += 1

    def _ask(self, verb: str, path: str, query: Mapping[str, str | int], body: Mapping[str, object] | None) -> Any:
        requester = self._reads if verb == "GET" else self._writes
        kind = "token" if path.endswith("/access_tokens") else "read" if verb == "GET" else "write"
        with self._counted(kind), _translated():
            headers, data = requester.requestJsonAndCheck(
                verb, path, parameters=dict(query), input=dict(body) if body is not None else None
            )
            self._note_limit(headers)
            return data

    @contextmanager
    def _counted(self, kind: str) -> Iterator[None]:
        try:
            with self._tally.step("github"):
                yield
        except GitHubError as error:
            self._tally.count("partywall_github_calls", kind, error.word)
            raise
        self._tally.count("partywall_github_calls", kind, "ok")

    def _note_limit(self, headers: Mapping[str, Any]) -> None:
        told = {name: str(headers.get(f"x-ratelimit-{name}", "")) for name in ("resource", "remaining", "reset")}
        self._tally.left(told["resource"] or "core", self._owner, told["remaining"], told["reset"])


def _requester(settings: Settings, auth: AppAuth | Token, write_interval: float) -> Requester:
    retry = Retry(
        total=2,
        status_forcelist=(500, 502, 503, 504),
        allowed_methods=("GET",),
        backoff_factor=0.3,
        respect_retry_after_header=False,
        raise_on_status=False,
    )
    return github.Github(
        auth=auth,
        base_url=settings.api,
        timeout=_TIMEOUT,
        retry=retry,
        per_page=_PAGE,
        lazy=True,
        seconds_between_requests=0,
        seconds_between_writes=write_interval,
    ).requester


def is_code(text: str) -> bool:
    """Whether a text looks like a code that GitHub gives to be exchanged for something."""
    return re.fullmatch(r"[A-Za-z0-9_-]{1,200}", text) is not None


def convert_manifest(api: str, code: str) -> dict[str, Any]:
    """The App that GitHub created from a manifest, with its secrets, for the code that it gave. Raises GitHubError.

    The code is good for an hour and, where GitHub's answer arrives, once.
    """
    with _translated():
        requester = github.Github(base_url=api, timeout=_TIMEOUT, retry=None, lazy=True).requester
        _headers, answer = requester.requestJsonAndCheck("POST", f"/app-manifests/{quote(code, safe='')}/conversions")
    return dict(answer)


def exchange_code(web: str, client_id: str, client_secret: str, code: str) -> str:
    """The token of a person who signed in, for the code that GitHub sent them back with. Raises GitHubError.

    web: GitHub's own address, not its API's.
    """
    given = {"client_id": client_id, "client_secret": client_secret, "code": code}
    with _translated():
        requester = github.Github(base_url=web, timeout=_TIMEOUT, retry=None, lazy=True).requester
        # A GitHub that is not told otherwise answers with a form, and says what is wrong with 200.
        _headers, answer = requester.requestJsonAndCheck(
            "POST", "/login/oauth/access_token", headers={"Accept": "application/json"}, input=given
        )
    token = answer.get("access_token") if isinstance(answer, dict) else None
    if not token:
        problem = answer.get("error") if isinstance(answer, dict) else ""
        raise RefusedError(f"GitHub gives no token for the code: {str(problem or 'no reason given')[:100]}")
    hide_token(str(token))
    return str(token)


class Access(NamedTuple):
    """A narrowed token, as a client of the API and as the header that git needs. Never printed, logged or kept."""

    client: Client
    header: str

    def __repr__(self) -> str:
        return "Access(…)"


class App:
    """The App itself: it may list its installations and get tokens for them."""

    def __init__(self, settings: Settings, tally: Tally | None = None) -> None:
        """tally: where requests are counted."""
        self._settings = settings
        self._tally = tally or Tally()
        self._client = Client(settings, AppAuth(settings.app_id, settings.private_key), self._tally)

    def access(self, installation: int, repository: int | None = None) -> Access:
        """A token of an installation for one repository (None: all of them), good for an hour."""
        body: dict[str, object] = {"permissions": PERMISSIONS}
        if repository is not None:
            body["repository_ids"] = [repository]
        try:
            answer = self._client.post(f"/app/installations/{installation}/access_tokens", body)
        except RefusedError as error:
            # A repository that was deleted or taken from the installation is refused, not missing.
            raise (GoneError(str(error)) if "repository" in str(error) else error) from None
        except DeniedError as error:
            self._tally.key(refused=str(error))
            raise
        self._tally.key(refused="")
        secret = answer["token"]
        hide_token(secret)
        client = Client(self._settings, Token(secret), self._tally, str(installation))
        return Access(client, f"Authorization: Basic {basic(secret)}")

    def installations(self) -> Iterator[int]:
        """The ids of the installations that are not suspended."""
        for installation in self._client.pages("/app/installations"):
            if not installation.get("suspended_at"):
                yield int(installation["id"])


def repository_path(name: str) -> str:
    """The path of a repository of the API; `name` is owner/name."""
    owner, _, own = name.partition("/")
    return f"/repos/{quote(owner, safe='')}/{quote(own, safe='')}"


@contextmanager
def _translated() -> Iterator[None]:
    """Turns what PyGithub and requests raise into GitHubError, without headers or tokens.

    A ValueError is an answer that is not what it says it is, such as a proxy's.
    """
    try:
        yield
    except BadCredentialsException:
        raise DeniedError("GitHub does not accept our credentials (401)") from None
    except GithubException as error:
        raise _error(error) from None
    except (RequestException, ValueError) as error:
        raise UnansweredError(f"GitHub did not answer ({type(error).__name__})") from None


def _error(error: GithubException) -> GitHubError:
    status, headers = error.status, {key.lower(): value for key, value in (error.headers or {}).items()}
    text = error.data.get("message") if isinstance(error.data, dict) else None
    message = f"GitHub answers {status}: {str(text or error.message or 'no reason given')[:300]}"
    if status == 429 or (status == 403 and _is_limit(headers, message)):
        return LimitedError(message, _wait(headers))
    if status == 401:
        return DeniedError(message)
    if status in (403, 404, 410, 451):
        return GoneError(message)
    if status >= 500:
        return UnansweredError(message)
    if status == 400 and isinstance(error.data, dict) and (problems := error.data.get("errors")):
        return _graphql_error(problems)
    return RefusedError(f"{message} {_details(error.data)}".strip())


def _graphql_error(problems: list[dict[str, Any]]) -> GitHubError:
    kinds = {str(problem.get("type")) for problem in problems}
    message = "GitHub answers: " + "; ".join(str(problem.get("message"))[:200] for problem in problems[:3])
    if "RATE_LIMITED" in kinds:
        return LimitedError(message, _WAIT)
    return GoneError(message) if kinds & {"NOT_FOUND", "FORBIDDEN"} else RefusedError(message)


def _details(data: object) -> str:
    problems = data.get("errors") if isinstance(data, dict) else None
    return str(problems)[:300] if problems else ""


def _is_limit(headers: Mapping[str, str], message: str) -> bool:
    return "retry-after" in headers or headers.get("x-ratelimit-remaining") == "0" or "rate limit" in message.lower()


def _wait(headers: Mapping[str, str]) -> float:
    """Seconds until it is worth asking again: what GitHub says, else a minute."""
    told = headers.get("retry-after", "")
    if told.isdigit():
        return min(int(told), _LONGEST_WAIT)
    reset = headers.get("x-ratelimit-reset", "")
    if headers.get("x-ratelimit-remaining") == "0" and reset.isdigit():
        return min(max(int(reset) - time.time(), 1), _LONGEST_WAIT)
    return _WAIT
