"""What goes over the wire: git, faults, webhooks, and a real client."""

from __future__ import annotations

import gzip
import json
import subprocess
from base64 import b64encode
from email.message import Message
from http.client import RemoteDisconnected
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

from github import Auth, Github, GithubIntegration
from requests import ConnectionError as LostConnectionError
from requests import request as http
from requests.exceptions import ReadTimeout

from tests.github import FakeGitHub, Fault
from tests.github.api import SHOP, Api
from tests.github.faults import secondary_limit
from tests.github.pull import Pull
from tests.support.repositories import ENVIRONMENT


def test_git_serves_any_commit_without_blobs(github: FakeGitHub, pull: Pull, tmp_path: Path) -> None:
    api, clone = Api(github, permissions={"contents": "read"}), tmp_path / "clone"
    old, new = pull.head, pull.force_push({"b.py": "z\n"})

    def git(*arguments: str, token: str = api.token) -> subprocess.CompletedProcess[str]:
        login = b64encode(f"x-access-token:{token}".encode()).decode()
        config = {
            "http.extraHeader": f"Authorization: Basic {login}",
            "remote.origin.url": f"{github.url}/octo/shop.git",
        }
        environ = {**ENVIRONMENT, "GIT_TERMINAL_PROMPT": "0", "GIT_CONFIG_COUNT": str(len(config))}
        for number, (key, value) in enumerate(config.items()):
            environ |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": value}
        return subprocess.run(["git", *arguments], cwd=clone, env=environ, capture_output=True, text=True, check=False)

    clone.mkdir()
    git("init", "--quiet")
    done = git("fetch", "--quiet", "--filter=blob:none", "origin", old, new)
    assert done.returncode == 0, done.stderr
    listed = git("rev-list", "--objects", "--missing=print", old, new).stdout.split()
    assert old in listed
    assert any(each.startswith("?") for each in listed)
    assert "403" in git("push", "origin", f"{old}:refs/heads/evil").stderr
    assert git("fetch", "origin", old, token="wrong").returncode != 0  # noqa: S106
    wanted = gzip.compress(b"0014command=ls-refs\n0000")
    headers = {
        "Content-Encoding": "gzip",
        "Git-Protocol": "version=2",
        "Content-Type": "application/x-git-upload-pack-request",
    }
    url, login = f"{github.url}/octo/shop.git/git-upload-pack", ("x-access-token", api.token)
    for body in (wanted, iter([wanted[:9], wanted[9:]])):
        answer = http("POST", url, data=body, headers=headers, auth=login, timeout=9)
        assert new.encode() in answer.content
    assert http("GET", f"{github.url}/octo/shop.git/info/refs?service=git-upload-pack", timeout=9).status_code == 401


def test_faults(github: FakeGitHub, pull: Pull) -> None:
    api, path = Api(github), f"{SHOP}/issues/1/comments"
    seen: list[tuple[int, str]] = []
    github.observe = lambda number, request, phase: seen.append((number, phase))

    def comments_after(fault: Fault) -> tuple[Any, int]:
        before = len(pull.issue_comments)
        github.fail(fault)
        try:
            result: Any = api("POST", path, {"body": "hi"}, timeout=2)[0]
        except (LostConnectionError, RemoteDisconnected, ReadTimeout) as error:
            result = type(error).__name__
        return result, len(pull.issue_comments) - before

    match = ("POST", "/comments$")
    assert comments_after(Fault(match, status=500)) == (500, 0)
    assert comments_after(secondary_limit(match)) == (403, 0)
    assert comments_after(Fault(match, "status_after")) == (502, 1)
    assert comments_after(Fault(match, "close")) == ("ConnectionError", 0)
    assert comments_after(Fault(match, "close_after")) == ("ConnectionError", 1)
    assert comments_after(Fault(match, "slow", seconds=0.2)) == (201, 1)
    assert comments_after(Fault(match, "timeout", seconds=60)) == ("ReadTimeout", 0)
    assert comments_after(Fault(lambda request: request.body == {"body": "other"})) == (201, 1)
    first = seen[0][0]
    assert [phase for number, phase in seen if number == first] == ["before"]
    assert [phase for number, phase in seen if number == first + 2] == ["before", "after"]
    github.limits.content_per_minute = 0
    assert api("POST", path, {"body": "hi"})[0] == 403
    github.limits.remaining = 0
    assert api("GET", path)[0] == 403


class _Hook(BaseHTTPRequestHandler):
    received: list[tuple[Message, bytes]]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.received.append((self.headers, body))
        self.send_response(202)
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        pass


def test_webhooks_come_in_order_and_signed(github: FakeGitHub, pull: Pull) -> None:
    received: list[tuple[Message, bytes]] = []
    with HTTPServer(("127.0.0.1", 0), type("Hook", (_Hook,), {"received": received})) as server:
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        github.settle()
        github.hook = f"http://127.0.0.1:{server.server_address[1]}/webhook"
        pull.push({"c.py": "1\n"})
        github.drop_webhooks = True
        pull.to_draft()
        github.drop_webhooks = False
        pull.comment("alice", "/partywall help")
        github.redeliver(github.deliveries[-1].guid)
        github.settle()
        server.shutdown()
        thread.join()
    events = [headers["X-GitHub-Event"] for headers, _ in received]
    assert events == ["push", "pull_request", "check_suite", "issue_comment", "issue_comment"]
    for headers, body in received:
        signed = github.signed(headers["X-GitHub-Event"], body, headers["X-GitHub-Delivery"])
        assert signed["X-Hub-Signature-256"] == headers["X-Hub-Signature-256"]
    synchronize = json.loads(received[1][1])
    assert (synchronize["action"], synchronize["after"]) == ("synchronize", pull.head)
    assert synchronize["installation"]["id"] == github.installations[0].id
    assert github.deliveries[-1].status == 202
    assert github.deliveries[-1].attempts == 2
    assert github.problems == []


def test_every_webhook_is_as_github_describes_it(github: FakeGitHub, pull: Pull) -> None:
    api, repository = Api(github), pull.repository
    _, run = api("POST", f"{SHOP}/check-runs", {"name": "partywall", "head_sha": pull.head})
    api("PATCH", f"{SHOP}/check-runs/{run['id']}", {"conclusion": "success"})
    body = {"path": "b.py", "subject_type": "file", "body": "whole", "commit_id": pull.head}
    _, comment = api("POST", f"{SHOP}/pulls/1/comments", body)
    api("PATCH", f"{SHOP}/pulls/comments/{comment['id']}", {"body": "other"})
    answer = pull.reply(comment["id"], "alice", "why?")
    for done in (pull.resolve, pull.unresolve):
        done("alice", comment["id"])
    pull.delete_comment(answer)
    pull.delete_comment(pull.comment("alice", "hi"))
    (kept,) = repository.check_runs(pull.head)
    github.rerequest(kept)
    github.request_action(kept, "fix")
    github.rerequest_suite(pull.head)
    for step in (pull.to_draft, pull.ready, pull.close, pull.reopen):
        step()
    repository.push("other", {"q.py": "1\n"})
    pull.retarget("other")
    pull.edit("Another title")
    pull.merge()
    second = github.create_repository("octo/second", {"a.py": "1\n"})
    github.remove_from_installation(second)
    repository.rename("store")
    repository.archive()
    github.suspend("octo")
    github.suspend("octo", suspended=False)
    github.uninstall("octo")
    assert len({(each.event, each.action) for each in github.deliveries}) > 25
    assert github.problems == []


def test_pygithub_talks_to_it(github: FakeGitHub, pull: Pull) -> None:
    swift: dict[str, Any] = {"base_url": github.url, "seconds_between_requests": 0, "seconds_between_writes": 0}
    app = GithubIntegration(auth=Auth.AppAuth(github.app.id, github.app.private_key), **swift)
    (installation,) = app.get_installations()
    with Github(auth=Auth.Token(app.get_access_token(installation.id).token), **swift) as client:
        repository = client.get_repo("octo/shop")
        assert repository.get_pull(1).head.sha == pull.head
        for number in range(35):
            pull.comment("alice", str(number))
        listed = repository.get_pull(1).get_issue_comments()
        bodies = [each.body for each in listed]
        assert bodies == [str(number) for number in range(35)]
        compared = repository.compare("main", "topic")
        assert (compared.total_commits, compared.merge_base_commit.sha) == (1, pull.base)
        _, answer = repository.requester.graphql_query("{ viewer { login } }", {})
        assert answer["data"]["viewer"]["login"] == "partywall[bot]"
    app.close()
    assert github.problems == []
