"""Setting up the App: who may, what GitHub is asked for, what is kept, and that work begins without a restart."""

from __future__ import annotations

import json
import os
import re
import stat
import subprocess
import sys
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from werkzeug.test import Client, TestResponse

from bot import credentials
from bot.credentials import Credentials
from bot.manifest import api_of, app_page, creation_page, web_of
from bot.settings import NotSetUpError, load
from bot.setup.pending import Pending
from bot.setup.switch import Switch
from tests.bot.disasters import kill_all, open_pull, reviewed
from tests.bot.door import environ, headers
from tests.bot.harness import queue_server, wait_for
from tests.github.descriptions import Descriptions
from tests.github.fake import FakeGitHub
from tests.github.faults import Fault
from tests.github.tokens import key_pair
from tests.support.browser import tab
from tests.support.serving import answers, free_port, served
from worker.demo import BASE
from worker.errors import ReviewError
from worker.queue import connect

PUBLIC = "https://partywall.example.com"


class Newcomer:
    """A server without an App, and the person who runs it, with a browser that knows no scripts."""

    def __init__(self, github: FakeGitHub, data: Path, redis_url: str, **variables: str) -> None:
        given = {"REDIS_URL": redis_url, "PARTYWALL_DATA": str(data), "PARTYWALL_GITHUB_API": github.url, **variables}
        self.environ = {name: value for name, value in given.items() if value}
        self.github = github
        self.data = data
        self.pending = Pending(connect(redis_url))
        self.key = self.pending.key()
        self.client = Client(Switch(self.environ))

    def ask(self, path: str, **sent: Any) -> TestResponse:
        """What a path answers."""
        return self.client.open(path, base_url="http://127.0.0.1:8000", **sent)

    def offered(self, **form: str) -> tuple[str, dict[str, Any]]:
        """Where the form with the manifest goes, and the manifest."""
        answer = self.ask("/setup", method="POST", data={"key": self.key, "url": PUBLIC, **form})
        assert answer.status_code == 200, answer.text
        target = re.search(r'<form action="(http[^"]*)" method="post">', answer.text)
        hidden = re.search(r'name="manifest" value="([^"]*)"', answer.text)
        assert target
        assert hidden
        return unescape(target[1]), json.loads(unescape(hidden[1]))

    def created(self, state: str, manifest: dict[str, Any]) -> TestResponse:
        """GitHub creates the App and sends the browser back with a code."""
        self.github.creations["c0de"] = _creation(manifest, state)
        return self.ask(f"/setup/created?code=c0de&state={state}")

    def state(self, **form: str) -> tuple[str, dict[str, Any]]:
        """A state that the page gave out, and its manifest."""
        target, manifest = self.offered(**form)
        return parse_qs(urlsplit(target).query)["state"][0], manifest


def _creation(manifest: dict[str, Any], state: str) -> Any:
    from tests.github.manifests import Creation

    return Creation(manifest, "", state)


@pytest.fixture
def newcomer(github: FakeGitHub, tmp_path: Path, redis_url: str) -> Newcomer:
    return Newcomer(github, tmp_path / "data", redis_url)


@pytest.mark.parametrize("key", ["", "x", "{key}x", "{short}", "é"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_only_who_has_the_link_gets_in(newcomer: Newcomer, key: str, method: str) -> None:
    given = key.format(key=newcomer.key, short=newcomer.key[:-1])
    sent: dict[str, Any] = (
        {"data": {"key": given, "url": PUBLIC}} if method == "POST" else {"query_string": {"key": given}}
    )
    answer = newcomer.ask("/setup", method=method, **sent)
    assert answer.status_code == 403
    assert newcomer.key not in answer.text
    assert "manifest" not in answer.text
    assert newcomer.ask("/setup", query_string={"key": newcomer.key}).status_code == 200


def test_until_then_nothing_else_is_served(newcomer: Newcomer) -> None:
    found = {
        path: newcomer.ask(path).status_code
        for path in ("/healthz", "/readyz", "/", "/setup/", "/static/x", "/webhook")
    }
    assert found == {"/healthz": 200, "/readyz": 200, "/": 404, "/setup/": 404, "/static/x": 404, "/webhook": 405}
    assert newcomer.ask("/webhook", method="POST", json={}).status_code == 503


@pytest.mark.parametrize(
    ("path", "status"),
    [("/setup?key={key}", 200), ("/setup", 403), ("/setup/done", 200), ("/setup/created?code=a&state=b", 400)],
)
def test_pages_carry_the_usual_headers_and_fetch_nothing(newcomer: Newcomer, path: str, status: int) -> None:
    answer = newcomer.ask(path.format(key=newcomer.key))
    assert answer.status_code == status
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "frame-ancestors 'none'; base-uri 'none'" in policy
    assert "script" not in policy + answer.text
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "strict-origin"
    assert re.findall(r'(?:src|href)="(?!data:)', answer.text) == []


def test_forms_may_go_to_the_chosen_github_alone(github: FakeGitHub, tmp_path: Path, redis_url: str) -> None:
    person = Newcomer(github, tmp_path, redis_url, PARTYWALL_GITHUB_API="")
    for web, api in (("https://github.com", "https://github.com"), ("git.example.org", "https://git.example.org")):
        answer = person.ask("/setup", method="POST", data={"key": person.key, "url": PUBLIC, "web": web})
        assert f"form-action 'self' {api}; frame" in answer.headers["Content-Security-Policy"]
    bad = person.ask("/setup", method="POST", data={"key": person.key, "url": PUBLIC, "web": "https://x; script-src *"})
    assert bad.status_code == 422
    assert "form-action 'self'; frame" in bad.headers["Content-Security-Policy"]


def test_what_github_is_asked_for(newcomer: Newcomer) -> None:
    target, manifest = newcomer.offered(organization="@octo")
    parts = urlsplit(target)
    assert target.startswith(f"{newcomer.github.url}/organizations/octo/settings/apps/new?state=")
    assert len(parse_qs(parts.query)["state"][0]) >= 32
    assert manifest["name"] == "Partywall octo"
    assert manifest["hook_attributes"] == {"url": f"{PUBLIC}/webhook", "active": True}
    # The browser came through a tunnel: it goes back where it came from.
    assert manifest["redirect_url"] == "http://127.0.0.1:8000/setup/created"
    assert manifest["setup_url"] == f"{PUBLIC}/setup/done"
    assert (manifest["public"], manifest["default_permissions"]["checks"]) == (False, "write")
    target, manifest = newcomer.offered(url=f"{PUBLIC}/webhook")
    assert target.startswith(f"{newcomer.github.url}/settings/apps/new?state=")
    assert (manifest["name"], manifest["hook_attributes"]["url"]) == ("Partywall", f"{PUBLIC}/webhook")


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"url": ""}, "Give the address under which GitHub reaches this server."),
        ({"url": "partywall.example.com"}, "Give a whole address"),
        ({"url": "https://a b"}, "Give a whole address"),
        ({"url": "https://me:secret@example.com"}, "Give a whole address"),
        ({"url": "https://example.com/?x"}, "Give a whole address"),
        ({"url": "http://localhost:8000"}, "GitHub cannot reach localhost"),
        ({"url": "http://127.0.0.1:8000"}, "GitHub cannot reach 127.0.0.1"),
        ({"url": "http://[::1]:8000"}, "GitHub cannot reach ::1"),
        ({"url": "http://0.0.0.0"}, "GitHub cannot reach 0.0.0.0"),
        ({"url": "http://partywall:8000"}, "GitHub cannot reach partywall: that name is known inside a network alone."),
        ({"url": "http://192.168.1.5"}, "GitHub cannot reach 192.168.1.5"),
        ({"organization": "a/b"}, "This is no name of an organization"),
        ({"organization": "-x"}, "This is no name of an organization"),
        ({"web": "http://git.example.org"}, "Give the address of GitHub itself"),
        ({"web": "https://git.example.org/api/v3"}, "Give the address of GitHub itself"),
    ],
)
def test_what_cannot_work_is_said_before_github_is_asked(
    github: FakeGitHub, tmp_path: Path, redis_url: str, form: dict[str, str], words: str
) -> None:
    person = Newcomer(github, tmp_path, redis_url, PARTYWALL_GITHUB_API="")
    answer = person.ask("/setup", method="POST", data={"key": person.key, "url": PUBLIC, **form})
    assert answer.status_code == 422
    assert words in unescape(answer.text)
    assert 'name="manifest"' not in answer.text
    for value in form.values():
        assert f'value="{value}"' in unescape(answer.text)


def test_an_enterprise_host_may_deliver_inside(github: FakeGitHub, tmp_path: Path, redis_url: str) -> None:
    person = Newcomer(github, tmp_path, redis_url, PARTYWALL_GITHUB_API="")
    target, manifest = person.offered(url="http://10.0.0.7:8000", web="https://git.example.org/")
    assert target.startswith("https://git.example.org/settings/apps/new?")
    assert manifest["hook_attributes"]["url"] == "http://10.0.0.7:8000/webhook"


def test_the_app_is_kept_for_us_alone_and_the_page_closes(newcomer: Newcomer) -> None:
    state, manifest = newcomer.state()
    answer = newcomer.created(state, manifest)
    app = newcomer.github.app
    assert (answer.status_code, answer.location) == (303, f"{newcomer.github.url}/apps/partywall/installations/new")
    file = newcomer.data / "credentials.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [each.name for each in newcomer.data.iterdir()] == ["credentials.json"]
    found = load(newcomer.environ)
    assert (found.app_id, found.private_key) == (app.id, app.private_key)
    assert (found.webhook_secret, found.url) == (app.webhook_secret.encode(), PUBLIC)
    for path in (f"/setup?key={newcomer.key}", "/setup/created?code=c0de&state=x"):
        assert newcomer.ask(path).status_code == 404
    assert not newcomer.pending.is_key(newcomer.key)
    assert newcomer.ask("/setup/done").status_code == 200


def test_every_web_process_takes_webhooks_from_then_on(newcomer: Newcomer) -> None:
    other = Client(Switch(newcomer.environ))
    body = b'{"zen": "Speak like a human."}'
    assert other.post("/webhook", data=body, headers=headers("ping", body)).status_code == 503
    newcomer.created(*newcomer.state())
    sent = newcomer.github.signed("ping", body, "one")
    for client in (other, newcomer.client):
        assert client.post("/webhook", data=body, headers=dict(sent)).status_code == 200


@pytest.mark.parametrize("state", ["", "x", "{state}x", "used", "expired"])
def test_a_state_is_good_once_and_for_an_hour(newcomer: Newcomer, state: str, redis_url: str) -> None:
    right, manifest = newcomer.state(show="1")
    with connect(redis_url) as redis:
        assert 3500 < redis.ttl(f"partywall:setup:state:{right}") <= 3600
        if state == "expired":
            redis.delete(f"partywall:setup:state:{right}")
    if state == "used":
        assert newcomer.created(right, manifest).status_code == 200
    wrong = right if state in ("used", "expired") else state.format(state=right)
    before = len(newcomer.github.requests)
    answer = newcomer.created(wrong, manifest)
    assert answer.status_code == 400
    assert "This step is over" in answer.text
    assert len(newcomer.github.requests) == before
    assert not (newcomer.data / "credentials.json").exists()


@pytest.mark.parametrize("code", ["", "../x", "a/b", "x" * 201, "é"])
def test_odd_codes_are_not_passed_on(newcomer: Newcomer, code: str) -> None:
    state, _ = newcomer.state()
    answer = newcomer.ask("/setup/created", query_string={"code": code, "state": state})
    assert answer.status_code == 400
    assert newcomer.github.requests == []


def test_credentials_are_shown_where_that_was_asked_for(newcomer: Newcomer) -> None:
    answer = newcomer.created(*newcomer.state(show="1"))
    app = newcomer.github.app
    assert answer.status_code == 200
    for shown in (
        str(app.id),
        app.webhook_secret,
        app.private_key,
        app.client_id,
        app.client_secret,
        f"{newcomer.github.url}/apps/partywall/installations/new",
    ):
        assert shown in unescape(answer.text)
    assert not (newcomer.data / "credentials.json").exists()
    with pytest.raises(NotSetUpError):
        load(newcomer.environ)


def test_credentials_are_shown_where_they_cannot_be_kept(newcomer: Newcomer) -> None:
    newcomer.data.write_text("in the way")
    answer = newcomer.created(*newcomer.state())
    assert answer.status_code == 200
    assert "They could not be kept on this server (" in answer.text
    assert newcomer.github.app.webhook_secret in answer.text


@pytest.mark.parametrize(
    ("fault", "words", "again"),
    [
        (Fault(("POST", "/conversions$"), status=502), "GitHub did not answer", 303),
        (Fault(("POST", "/conversions$"), "close"), "GitHub did not answer", 303),
        (Fault(("POST", "/conversions$"), status=404, message="Not Found"), "GitHub does not hand out the key", 400),
    ],
    ids=["502", "closed", "404"],
)
def test_where_github_fails_the_page_may_be_loaded_again(
    newcomer: Newcomer, fault: Fault, words: str, again: int
) -> None:
    state, manifest = newcomer.state()
    newcomer.github.fail(fault)
    answer = newcomer.created(state, manifest)
    assert answer.status_code == 502
    assert words in answer.text
    assert newcomer.ask(f"/setup/created?code=c0de&state={state}").status_code == again


def test_what_was_set_up_meanwhile_is_not_overwritten(tmp_path: Path) -> None:
    first = Credentials(1, key_pair()[0], "s", "https://api.github.com", PUBLIC)
    credentials.write(tmp_path, first)
    with pytest.raises(FileExistsError):
        credentials.write(tmp_path, Credentials(2, "", "", "", ""))
    assert credentials.read(tmp_path) == first
    assert len(list(tmp_path.iterdir())) == 1
    assert key_pair()[0][40:60] not in repr(first)


def test_the_environment_wins(tmp_path: Path) -> None:
    credentials.write(tmp_path, Credentials(1, key_pair()[0], "stored", "https://git.example.org/api/v3", PUBLIC))
    bare = {"REDIS_URL": "redis://localhost", "PARTYWALL_DATA": str(tmp_path)}
    stored = load(bare)
    assert (stored.app_id, stored.api, stored.url) == (1, "https://git.example.org/api/v3", PUBLIC)
    assert load({**bare, "PARTYWALL_GITHUB_API": "https://x.example/api/v3"}).api == "https://x.example/api/v3"
    assert load({**bare, "PARTYWALL_URL": "https://other.example/"}).url == "https://other.example"
    ours = load(environ("redis://localhost", PARTYWALL_DATA=str(tmp_path)))
    assert (ours.app_id, ours.api, ours.url) == (4711, "https://api.github.com", "")
    with pytest.raises(ReviewError, match="PARTYWALL_PRIVATE_KEY is not set"):
        load({**bare, "PARTYWALL_APP_ID": "1", "PARTYWALL_WEBHOOK_SECRET": "s"})


def test_people_can_sign_in_to_what_the_page_set_up(newcomer: Newcomer) -> None:
    state, manifest = newcomer.state()
    assert manifest["callback_urls"] == [f"{PUBLIC}/signin/back"]
    assert newcomer.created(state, manifest).status_code == 303
    found, app = load({**newcomer.environ, "PARTYWALL_PAGES": "github"}), newcomer.github.app
    assert (found.client_id, found.client_secret, found.url) == (app.client_id, app.client_secret, PUBLIC)
    older = {
        key: value
        for key, value in json.loads((newcomer.data / "credentials.json").read_text()).items()
        if "client" not in key
    }
    (newcomer.data / "credentials.json").write_text(json.dumps(older))
    assert load(newcomer.environ).app_id == app.id
    with pytest.raises(ReviewError, match="PARTYWALL_CLIENT_ID is not set"):
        load({**newcomer.environ, "PARTYWALL_PAGES": "github"})


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"app_id": 1}', '{"app_id": "1", "private_key": "SECRET", "webhook_secret": "SECRET", "api": "a", "url": "b"}', "SECRET"])  # fmt: skip
def test_a_damaged_file_is_named_and_not_shown(tmp_path: Path, content: str) -> None:
    (tmp_path / "credentials.json").write_text(content)
    with pytest.raises(ReviewError, match=r"credentials\.json .*set up again") as error:
        load({"REDIS_URL": "redis://localhost", "PARTYWALL_DATA": str(tmp_path)})
    assert "SECRET" not in str(error.value)


@pytest.mark.parametrize(
    ("web", "api"),
    [
        ("https://github.com", "https://api.github.com"),
        ("https://octo.ghe.com", "https://api.octo.ghe.com"),
        ("https://git.example.org:8443", "https://git.example.org:8443/api/v3"),
    ],
)
def test_each_github_has_its_api(web: str, api: str) -> None:
    assert (api_of(web), web_of(api)) == (api, web)
    assert creation_page(web, "octo", "a&b") == f"{web}/organizations/octo/settings/apps/new?state=a%26b"
    owned = {"slug": "pw", "owner": {"login": "octo", "type": "Organization"}}
    assert app_page(web, owned, "permissions") == f"{web}/organizations/octo/settings/apps/pw/permissions"
    assert app_page(web, {"slug": "pw", "owner": {"login": "a", "type": "User"}}) == f"{web}/settings/apps/pw"


FORWARDED = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "pw.example.org", "X-Forwarded-Prefix": "/wall"}


@pytest.mark.parametrize(("proxies", "webhook"), [("1", "https://pw.example.org/wall/webhook"), ("0", ""), ("", "")])
def test_proxies_are_believed_where_the_settings_say_so(
    github: FakeGitHub, tmp_path: Path, redis_url: str, proxies: str, webhook: str
) -> None:
    person = Newcomer(github, tmp_path, redis_url, PARTYWALL_PROXIES=proxies)
    answer = person.ask(f"/setup?key={person.key}", headers=FORWARDED)
    assert ("pw.example.org" in answer.text) == bool(webhook)
    assert webhook in answer.text
    assert ("https://pw.example.org/wall/setup/created" in unescape(answer.text)) == bool(webhook)


def test_behind_a_proxy_that_tells_nothing_the_setting_counts(
    github: FakeGitHub, tmp_path: Path, redis_url: str
) -> None:
    person = Newcomer(github, tmp_path, redis_url, PARTYWALL_URL="https://pw.example.org/wall/")
    answer = person.client.get(f"/setup?key={person.key}", base_url="http://pw.example.org")
    manifest = json.loads(unescape(re.findall(r'name="manifest" value="([^"]*)"', answer.text)[0]))
    assert manifest["hook_attributes"]["url"] == "https://pw.example.org/wall/webhook"
    assert manifest["redirect_url"] == "https://pw.example.org/wall/setup/created"
    assert 'action="setup"' in answer.text


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_browser_goes_all_the_way(newcomer: Newcomer, scheme: Any) -> None:
    with served(lambda _: Switch(newcomer.environ)) as base, tab(390, 844, scheme) as page:
        complaints: list[str] = []
        page.on("console", lambda message: complaints.append(message.text))
        page.goto(f"{base}/setup?key={newcomer.key}")
        page.get_by_label("Address of this server").fill(PUBLIC)
        page.get_by_label("Organization").fill("octo")
        page.get_by_role("button", name="Continue").click()
        assert page.get_by_text(f"{PUBLIC}/webhook").is_visible()
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        page.get_by_role("button", name=re.compile("Create it on")).click()
        page.get_by_role("button", name="Create GitHub App for octo").click()
        page.wait_for_url("**/apps/partywall-octo/installations/new")
        page.goto(f"{base}/setup/done")
        assert page.get_by_role("heading", name="Partywall is installed").is_visible()
        assert complaints == []
    assert load(newcomer.environ).app_id == newcomer.github.app.id
    assert newcomer.github.owner.login == "octo"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"default_permissions": {"checks": "write", "contents": "read", "pull_requests": "write"}}, "not supported by permissions: issue_comment"),
        ({"default_events": ["installation"]}, "Default events unsupported: installation"),
        ({"hook_attributes": {"active": False}}, "&quot;url&quot; wasn&#x27;t supplied"),
        ({"hook_attributes": {"url": "https://x.example", "secret": "s"}}, "not permitted"),
        ({"hook_attributes": {"url": "http://localhost/webhook"}}, "public Internet"),
        ({}, "Create GitHub App for alice"),
    ],
)  # fmt: skip
def test_the_fake_refuses_the_manifests_that_github_refuses(
    newcomer: Newcomer, change: dict[str, Any], words: str
) -> None:
    from requests import post

    target, manifest = newcomer.offered()
    answer = post(target, data={"manifest": json.dumps({**manifest, **change})}, timeout=9)
    assert words in answer.text
    assert answer.status_code == (422 if change else 200)


def test_up_without_an_app_is_set_up_from_a_browser_and_reviews(tmp_path: Path, descriptions: Descriptions) -> None:
    """The whole way: the link in the log, GitHub, the installation, a reviewed pull request; and no restart."""
    data, log = tmp_path / "data", tmp_path / "log"
    inherited = {key: value for key, value in os.environ.items() if not key.startswith(("PARTYWALL_", "REDIS_"))}
    options = ["--port", "0", "--processes", "1", "--web-processes", "2"]
    with FakeGitHub(tmp_path / "hub", descriptions) as github, log.open("wb") as stream:
        port = free_port()
        options[1] = str(port)
        given = {"PARTYWALL_GITHUB_API": github.url, "PARTYWALL_DATA": str(data), "PARTYWALL_WRITE_INTERVAL": "0"}
        command = [sys.executable, "-m", "worker.cli", "up", *options]
        process = subprocess.Popen(command, env={**inherited, **given}, start_new_session=True, stderr=stream)
        try:
            wait_for(lambda: answers(f"http://127.0.0.1:{port}"))
            (link,) = re.findall(rb"open (http://127\.0\.0\.1:\d+/setup\?key=\S+)", log.read_bytes())
            with tab() as page:
                page.goto(link.decode())
                page.get_by_label("Address of this server").fill(PUBLIC)
                page.get_by_role("button", name="Continue").click()
                page.get_by_role("button", name=re.compile("Create it on")).click()
                page.get_by_role("button", name="Create GitHub App for alice").click()
                page.wait_for_url("**/apps/partywall/installations/new")
            github.hook = f"http://127.0.0.1:{port}/webhook"
            pull = open_pull(github.create_repository("octo/shop", BASE))
            wait_for(lambda: reviewed(pull))
            process.terminate()
            assert process.wait(60) == 0
        finally:
            github.hook = None
            kill_all(data)
            process.wait()
        assert github.problems == []
        text = log.read_text()
        assert github.app.webhook_secret not in text
        assert "PRIVATE KEY" not in text


def test_without_a_queue_server_it_says_so(github: FakeGitHub, tmp_path: Path) -> None:
    with queue_server(tmp_path / "queue") as url:
        person = Newcomer(github, tmp_path / "data", url)
    answer = person.ask(f"/setup?key={person.key}")
    assert (answer.status_code, answer.text) == (503, "the queue does not answer; try again later\n")
    assert person.ask("/healthz").status_code == 200
