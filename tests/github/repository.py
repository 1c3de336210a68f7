"""A repository of the fake: branches, pull requests and check runs, and what people do there."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.github.bare import ALICE, Bare, Files
from tests.github.check_payloads import check_run_json, check_suite_json, push_json
from tests.github.model import Account, CheckRun, CheckSuite, Installation, now
from tests.github.pull import Pull

if TYPE_CHECKING:
    from tests.github.fake import FakeGitHub

MAIN = "main"


class Repository:
    """A repository. People act here through methods; the app through the server."""

    def __init__(self, github: FakeGitHub, owner: Account, name: str, *, private: bool, parent: Repository | None):
        self.github = github
        self.owner = owner
        self.name = name
        self.private = private
        self.parent = parent
        self.id = github.next_id()
        self.bare = Bare(github.folder / owner.login / f"{name}.git")
        self.default_branch = MAIN
        self.archived = False
        self.created = now()
        self.pulls: list[Pull] = []
        self.runs: list[CheckRun] = []
        self.suites: list[CheckSuite] = []
        self._permissions: dict[str, str] = {owner.login: "admin"}

    @property
    def full_name(self) -> str:
        return f"{self.owner.login}/{self.name}"

    @property
    def node_id(self) -> str:
        return f"R_{self.id}"

    @property
    def api(self) -> str:
        """The REST address of the repository."""
        return f"{self.github.url}/repos/{self.full_name}"

    @property
    def html_url(self) -> str:
        return f"{self.github.url}/{self.full_name}"

    @property
    def folder(self) -> Path:
        """The bare git repository."""
        return self.bare.folder

    @property
    def installation(self) -> Installation | None:
        """The installation of the app that reaches this repository."""
        for each in self.github.installations:
            if self.id in each.repositories:
                return each
        return None

    def git(self, *arguments: str) -> str:
        """Any git command on the bare repository. No webhooks are sent."""
        return self.bare.git(*arguments)

    def branches(self) -> dict[str, str]:
        """The tips of the branches, by name."""
        out = self.git("for-each-ref", "--format=%(refname:lstrip=2) %(objectname)", "refs/heads/")
        return dict(line.rsplit(" ", 1) for line in out.splitlines())

    def push(
        self,
        branch: str,
        files: Files,
        *,
        message: str = "a change",
        author: tuple[str, str] = ALICE,
        force: bool = False,
        onto: str | None = None,
    ) -> str:
        """One commit on a branch, pushed; `files` are contents by path (None deletes). Returns the commit.

        A new branch starts at `onto` (the default branch); `force` starts an existing one there anew.
        """
        with self.github.lock:
            before = self.branches().get(branch)
            start = before if before and not force else self.bare.resolve(onto or self.default_branch)
            sha = self.bare.commit(f"refs/heads/{branch}", files, [start] if start else [], message, author)
            self.pushed(branch, before, sha)
            return sha

    def pushed(self, branch: str, before: str | None, after: str, sender: str = "alice") -> None:
        """Tells of a branch that moved (whoever moved it): webhooks, and the pull requests it heads."""
        with self.github.lock:
            self.send("push", None, sender, **push_json(self, branch, before, after, sender))
            for repository in self.github.repositories:
                for pull in repository.pulls:
                    if pull.head_repository is self and pull.head_ref == branch and pull.state == "open":
                        pull.synchronize(after, sender)
            if self.installation:
                self.send("check_suite", "requested", sender, check_suite=check_suite_json(self.suite(after), self))

    def send(self, event: str, action: str | None, sender: str | Account, **fields: Any) -> None:
        """A webhook about this repository, to the app if it is installed here."""
        with self.github.lock:
            self.github.webhooks.send(event, action, self.installation, self.github.account(sender), self, fields)

    def suite(self, sha: str) -> CheckSuite:
        """The app's check suite of a commit, made when it is not there yet."""
        for each in self.suites:
            if each.head_sha == sha and each.ours:
                return each
        self.suites.append(CheckSuite(self.github.next_id(), sha))
        return self.suites[-1]

    def check_runs(self, sha: str | None = None) -> list[CheckRun]:
        """The check runs of a commit (or all), the oldest first."""
        return [run for run in self.runs if sha in (None, run.head_sha)]

    def rerequest(self, run: CheckRun, sender: str = "alice") -> None:
        """Someone presses “Re-run” of one check run."""
        self.send("check_run", "rerequested", sender, check_run=self._told(run))

    def request_action(self, run: CheckRun, identifier: str, sender: str = "alice") -> None:
        """Someone presses a button of a check run."""
        action = {"identifier": identifier}
        self.send("check_run", "requested_action", sender, check_run=self._told(run), requested_action=action)

    def rerequest_suite(self, sha: str, sender: str = "alice") -> None:
        """Someone presses “Re-run all checks”."""
        self.send("check_suite", "rerequested", sender, check_suite=check_suite_json(self.suite(sha), self))

    def _told(self, run: CheckRun) -> dict[str, Any]:
        return {**check_run_json(run, self), "check_suite": check_suite_json(run.suite, self)}

    def open_pull(
        self,
        branch: str,
        *,
        base: str | None = None,
        title: str = "A change",
        body: str | None = None,
        author: str = "alice",
        draft: bool = False,
        fork: bool = False,
    ) -> Pull:
        """Opens a pull request. With `fork`, the branch is moved to the author's fork first."""
        with self.github.lock:
            base = base or self.default_branch
            head_repository = self._moved_to_fork(branch, author) if fork else self
            number = self.github.next_number(self)
            pull = Pull(self, head_repository, number, branch, base, title, self.github.account(author))
            pull.draft, pull.body = draft, body
            self.pulls.append(pull)
            pull.send("opened", author)
            return pull

    def fork(self, owner: str) -> Repository:
        """The fork in another account, where the app is not installed."""
        with self.github.lock:
            for each in self.github.repositories:
                if each.parent is self and each.owner.login == owner:
                    return each
            copy = Repository(self.github, self.github.account(owner), self.name, private=self.private, parent=self)
            copy.git("fetch", "--quiet", str(self.folder), f"+refs/heads/{MAIN}:refs/heads/{MAIN}")
            self.github.repositories.append(copy)
            return copy

    def _moved_to_fork(self, branch: str, owner: str) -> Repository:
        fork = self.fork(owner)
        if branch in self.branches():
            fork.git("fetch", "--quiet", str(self.folder), f"+refs/heads/{branch}:refs/heads/{branch}")
            self.git("update-ref", "-d", f"refs/heads/{branch}")
        return fork

    def set_permission(self, login: str, permission: str) -> None:
        """What a person may do here: admin, write, read or none."""
        self._permissions[login] = permission

    def permission(self, login: str) -> str:
        """The permission of a person: as set, else `write` for those the fake lists, else read (none if private)."""
        known = self.github.people if not self.parent else ()
        usual = "write" if login in known else "none" if self.private else "read"
        return self._permissions.get(login, usual)

    def association(self, account: Account) -> str:
        """How GitHub describes the author of a comment to the app."""
        if account == self.owner:
            return "OWNER"
        return "COLLABORATOR" if self.permission(account.login) in ("write", "admin") else "NONE"

    def archive(self) -> None:
        self.archived = True
        self.send("repository", "archived", self.owner)

    def rename(self, name: str) -> None:
        """Renames the repository; the old name is then unknown (GitHub would redirect)."""
        with self.github.lock:
            old, self.name = self.name, name
            folder = self.folder.with_name(f"{name}.git")
            self.folder.rename(folder)
            self.bare.folder = folder
            self.send("repository", "renamed", self.owner, changes={"repository": {"name": {"from": old}}})
