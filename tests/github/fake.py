"""A GitHub for tests: a server on this machine with accounts, repositories, pull requests, checks and webhooks."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal

from tests.github.bare import ALICE, Files
from tests.github.faults import Fault, Limits
from tests.github.manifests import Creation
from tests.github.model import Account, App, CheckRun, Installation
from tests.github.repository import MAIN, Repository
from tests.github.routing import ApiError, Request
from tests.github.server import Server
from tests.github.tokens import Tokens, key_pair
from tests.github.webhooks import Delivery, Webhooks

if TYPE_CHECKING:
    from tests.github.descriptions import Descriptions

PERMISSIONS = {"checks": "write", "contents": "read", "issues": "read", "metadata": "read", "pull_requests": "write"}
EVENTS = [
    "check_run",
    "check_suite",
    "issue_comment",
    "pull_request",
    "pull_request_review_comment",
    "pull_request_review_thread",
    "push",
    "repository",
]
Observer = Callable[[int, Request, Literal["before", "after"]], None]


class FakeGitHub:
    """GitHub as one app sees it. Use it as a context manager: it serves while it is open.

    `folder` (empty or missing) keeps the git repositories; `host` is the address of this machine to listen on. With
    `descriptions`, every request and answer is held against GitHub's own; what does not fit is in `problems`. Whoever is in `people` may write to any repository; `readers`
    may read some, by login. `visitor` is who is signed in to the browser that comes to sign in elsewhere.
    `hook` is where webhooks are sent, `hook_url` where the App's settings say that they are, if that differs.
    """

    def __init__(self, folder: Path, descriptions: Descriptions | None = None, host: str = "127.0.0.1") -> None:
        self.folder = folder
        self.descriptions = descriptions
        self.lock = threading.RLock()
        private, public = key_pair()
        self.app = App(4711, "partywall", private, public, "a webhook secret", dict(PERMISSIONS), list(EVENTS))
        self.hook: str | None = None
        self.hook_url: str | None = None
        self.hook_type = "json"
        self.creations: dict[str, Creation] = {}
        self.drop_webhooks = False
        self.people = {"alice", "bob"}
        self.readers: dict[str, set[int]] = {}
        self.visitor = "alice"
        self.codes: dict[str, str] = {}
        self.mails: dict[str, str] = {ALICE[1]: "alice"}
        self.problems: list[str] = []
        self.requests: list[Request] = []
        self.faults: list[Fault] = []
        self.limits = Limits()
        self.observe: Observer | None = None
        self.repositories: list[Repository] = []
        self.installations: list[Installation] = []
        self.tokens = Tokens(self)
        self._ids = count(1001)
        self._accounts: dict[str, Account] = {}
        self.owner = self.account("partywall-people")
        self._server = Server(self, host)
        self.url = self._server.url
        """The address of the REST API; GraphQL is at `/graphql`, repositories at `/OWNER/NAME.git`."""
        self.webhooks = Webhooks(self)

    def __enter__(self) -> FakeGitHub:
        self._server.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.webhooks.close()
        self._server.close()

    @property
    def deliveries(self) -> list[Delivery]:
        """Every webhook so far, also the lost ones."""
        return self.webhooks.deliveries

    def next_id(self) -> int:
        return next(self._ids)

    def next_number(self, repository: Repository) -> int:
        return max((pull.number for pull in repository.pulls), default=0) + 1

    def account(self, login: str | Account) -> Account:
        """The account with this login; a new one is a person, or a bot when the login ends with `[bot]`."""
        if isinstance(login, Account):
            return login
        if login not in self._accounts:
            kind = "Bot" if login.endswith("[bot]") else "User"
            self._accounts[login] = Account(login, self.next_id(), kind)
        return self._accounts[login]

    def account_of_mail(self, mail: str) -> Account | None:
        """Whose address this is: one of `mails`, or GitHub's own kind (`login@users.noreply.github.com`)."""
        local, _, domain = mail.partition("@")
        if domain == "users.noreply.github.com":
            return self.account(local.partition("+")[2] or local)
        return self.account(self.mails[mail]) if mail in self.mails else None

    def create_repository(
        self, full_name: str, files: Files, *, installed: bool = True, private: bool = True
    ) -> Repository:
        """A repository with one commit on `main`, where the app is installed (one installation for an owner)."""
        with self.lock:
            login, _, name = full_name.partition("/")
            owner = self._accounts.setdefault(login, Account(login, self.next_id(), "Organization"))
            repository = Repository(self, owner, name, private=private, parent=None)
            repository.bare.commit(f"refs/heads/{MAIN}", files, [], "the first commit", ALICE)
            self.repositories.append(repository)
            if installed:
                self.install(repository)
            return repository

    def install(self, repository: Repository) -> Installation:
        """Installs the app in the account, or adds the repository to the installation that is there."""
        sender = self.account("alice")
        for found in self.installations:
            if found.account == repository.owner:
                found.repositories.add(repository.id)
                self._tell_repositories(found, added=[repository], removed=[])
                return found
        new = Installation(self.next_id(), repository.owner, dict(self.app.permissions), {repository.id})
        self.installations.append(new)
        fields = {"repositories": [_short(repository)], "requester": None}
        self.webhooks.send("installation", "created", new, sender, None, fields)
        return new

    def remove_from_installation(self, repository: Repository) -> None:
        """The owner takes one repository away from the app."""
        with self.lock:
            installation = repository.installation
            assert installation is not None
            installation.repositories.discard(repository.id)
            self._tell_repositories(installation, added=[], removed=[repository])

    def _tell_repositories(self, found: Installation, *, added: list[Repository], removed: list[Repository]) -> None:
        fields: dict[str, Any] = {
            "repositories_added": [_short(each) for each in added],
            "repositories_removed": [_short(each) for each in removed],
            "repository_selection": "selected",
            "requester": None,
        }
        action = "added" if added else "removed"
        self.webhooks.send("installation_repositories", action, found, self.account("alice"), None, fields)

    def installation(self, login: str) -> Installation:
        """The installation of the app in an account. Raises StopIteration where it is not installed."""
        return next(each for each in self.installations if each.account.login == login)

    def uninstall(self, login: str) -> None:
        """Removes the app from an account; its tokens are no longer good."""
        with self.lock:
            gone = self.installation(login)
            self.installations.remove(gone)
            self.webhooks.send("installation", "deleted", gone, self.account("alice"), None, {"repositories": []})

    def suspend(self, login: str, *, suspended: bool = True) -> None:
        """Suspends the installation in an account, or lets it work again."""
        with self.lock:
            found = self.installation(login)
            found.suspended = suspended
            action = "suspend" if suspended else "unsuspend"
            self.webhooks.send("installation", action, found, self.account("alice"), None, {"repositories": []})

    def find_repository(self, owner: str, name: str) -> Repository:
        """A repository by its names. Raises ApiError 404."""
        for each in self.repositories:
            if each.full_name.lower() == f"{owner}/{name}".lower():
                return each
        raise ApiError(404, "Not Found")

    def _home(self, run: CheckRun) -> Repository:
        return next(each for each in self.repositories if run in each.runs)

    def rerequest(self, run: CheckRun, sender: str = "alice") -> None:
        """Someone presses “Re-run” of a check run."""
        self._home(run).rerequest(run, sender)

    def request_action(self, run: CheckRun, identifier: str, sender: str = "alice") -> None:
        """Someone presses a button of a check run."""
        self._home(run).request_action(run, identifier, sender)

    def rerequest_suite(self, sha: str, sender: str = "alice") -> None:
        """Someone presses “Re-run all checks” of a commit."""
        next(each for each in self.repositories if each.bare.resolve(sha)).rerequest_suite(sha, sender)

    def fail(self, fault: Fault) -> Fault:
        """Tells the fake to do something wrong."""
        self.faults.append(fault)
        return fault

    def redeliver(self, guid: str) -> None:
        """Sends a webhook once more."""
        self.webhooks.redeliver(guid)

    def settle(self) -> None:
        """Waits until all webhooks were delivered."""
        self.webhooks.settle()

    def signed(self, event: str, payload: bytes, guid: str) -> Mapping[str, str]:
        """The headers of a webhook with this payload."""
        return self.webhooks.signed(event, payload, guid)

    def check_webhook(self, event: str, action: str | None, payload: dict[str, Any]) -> None:
        if self.descriptions:
            self.problems += self.descriptions.webhook_problems(event, action, payload)


def _short(repository: Repository) -> dict[str, Any]:
    return {key: getattr(repository, key) for key in ("id", "node_id", "name", "full_name", "private")}
