"""The operator's pages: who sees what, what is kept of a review, and that what was given up can be done once more."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from html import unescape
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from redis import Redis
from requests import post
from rq.job import Job
from werkzeug.serving import make_server
from werkzeug.test import Client, TestResponse

from bot import records
from bot.app import create_app
from bot.conversation import Pull
from bot.events import Target
from bot.metrics import Tally
from bot.records import Draft
from bot.settings import Settings, load
from tests.bot.disasters import reviewed
from tests.bot.door import environ
from tests.bot.stage import FIX, MESSAGES, Stage, comment_on
from tests.github.fake import FakeGitHub
from tests.github.faults import Fault
from tests.support.browser import tab
from worker.demo import BASE
from worker.queue import UPKEEP, Limits, Task, Tasks, connect

PUBLIC = "https://partywall.example.com"
HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'&"


@pytest.fixture
def redis(redis_url: str) -> Iterator[Redis]:
    with connect(redis_url) as redis:
        yield redis


def at_this_machine(settings: Settings) -> Client:
    """A browser beside the server."""
    return create_app(replace(settings, pages="loopback")).test_client()


class Guest:
    """Somebody with a browser that knows no scripts, far from the server."""

    def __init__(self, stage: Stage, login: str) -> None:
        self.github = stage.github
        self.login = login
        github = stage.github
        github.app.callbacks = [f"{PUBLIC}/signin/back"]
        settings = replace(
            stage.bot.settings,
            pages="github",
            url=PUBLIC,
            client_id=github.app.client_id,
            client_secret=github.app.client_secret,
        )
        self.client = create_app(settings).test_client()

    def ask(self, path: str, **sent: Any) -> TestResponse:
        return self.client.open(path, base_url=PUBLIC, environ_overrides={"REMOTE_ADDR": "203.0.113.7"}, **sent)

    def sign_in(self) -> TestResponse:
        """Goes to GitHub and comes back."""
        asked = self.ask("/signin")
        assert asked.status_code == 303
        return self.ask(f"/signin/back?{self.authorized(asked.headers['Location'])}")

    def authorized(self, address: str) -> str:
        """What GitHub adds to the address that the browser is sent back to."""
        query = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        assert query["client_id"] == self.github.app.client_id
        self.github.visitor = self.login
        sent = post(address.partition("?")[0], data=query, allow_redirects=False, timeout=9)
        return sent.headers["Location"].partition("?")[2]


def token_in(answer: TestResponse) -> str:
    found = re.search(r'name="token" value="([^"]+)"', answer.text)
    assert found, answer.text
    return found[1]


def path_of(stage: Stage) -> str:
    """The address of the newest review."""
    (record, *_), _ = records.latest(stage.bot.shop.tasks.redis, None, 1)
    return f"/reviews/{record.key}"


def test_a_review_is_shown_with_its_findings_links_times_and_picture(stage: Stage) -> None:
    pull = stage.open()
    client = at_this_machine(stage.bot.settings)
    listed = client.get("/reviews")
    assert listed.status_code == 200
    assert f"octo/shop #{pull.number}" in listed.text
    assert ("1 error" in listed.text, "1 warning" in listed.text) == (True, True)
    shown = client.get(path_of(stage))
    text = unescape(shown.text)
    for words in ("boundaries/contract", "duplication/copy", f"{MESSAGES}:", "GitHub", "fetch", "data:image/svg+xml"):
        assert words in text
    web = stage.shop.html_url
    for link in (f"{web}/pull/{pull.number}", f"{web}/commit/{pull.head}", f"{web}/blob/{pull.head}/{MESSAGES}#L"):
        assert f'href="{link}' in text


def test_each_review_has_one_record_that_says_how_it_ended(stage: Stage) -> None:
    redis = stage.bot.shop.tasks.redis
    stage.github.fail(Fault(("GET", "/compare/"), status=502, times=4))
    pull = stage.open()
    ((failed,), _) = records.latest(redis, None, 9)
    assert (failed.outcome, failed.head) == ("failed", pull.head)
    assert "502" in failed.reason
    stage.finish()
    ((record,), _) = records.latest(redis, None, 9)
    assert (record.task, record.outcome, record.counts) == (failed.task, "reviewed", {"error": 1, "warning": 1})
    assert {"fetch", "read", "rules", "github"} == set(record.seconds)
    stage.reply(pull, comment_on(pull, MESSAGES), "/partywall accept it is meant")
    stage.push(pull, FIX)
    (newest, *_), _ = records.latest(redis, None, 9)
    assert (newest.outcome, newest.findings) == ("reviewed", ())
    pull.close()
    stage.bot.work_off()
    assert len(records.latest(redis, None, 99)[0]) == len(
        {record.task for record in records.latest(redis, None, 99)[0]}
    )


def drafted(number: int = 1, repository: int = 42, **report: Any) -> records.Record:
    from rules.model import Report

    draft = Draft(Target(7, repository, "octo/shop"), number)
    draft.pull = Pull(number, "https://github.com/octo/shop", True, False, "a" * 40, "main", False)
    draft.report = Report(base="b" * 40, head="a" * 40, **report)
    found = draft.record(f"review-{repository}-{number}-v", "reviewed", {"read": 1.0})
    assert found is not None
    return found


def keep(redis: Redis, *found: records.Record) -> None:
    tally = Tally()
    for record in found:
        tally.beside(records.writing(record))
    tally.hand_over(redis)


def hostile_findings(number: int) -> Any:
    from rules.model import Finding

    return [
        Finding(id=str(each), rule=HOSTILE, level="error", path=f"{HOSTILE}\udcff/{each}.py", start_line=3, end_line=4, message=HOSTILE * 200)
        for each in range(number)
    ]  # fmt: skip


def test_records_are_few_small_and_leave_in_time(redis: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    from rules.model import Link

    links = tuple(Link(f"{'x' * 900}{i}", f"y{i}", i, 1) for i in range(200))
    large = drafted(findings=tuple(hostile_findings(5_000)), links=links)
    keep(redis, large)
    assert sum(map(len, redis.hvals("partywall:records:content"))) < 100_000
    (found,), _ = records.latest(redis, None, 9)
    assert (len(found.findings), found.more, len(found.links), found.more_links) == (50, 4_950, 60, 140)
    keep(redis, *(drafted(number) for number in range(1, records.MOST + 50)))
    assert redis.hlen("partywall:records:content") == redis.zcard("partywall:records") == records.MOST
    (newest, *_), older = records.latest(redis, None, 50)
    assert (newest.number, older) == (records.MOST + 49, True)
    assert 0 < redis.ttl("partywall:records:content") <= records.DAYS * 86_400
    late = time.time() + (records.DAYS + 1) * 86_400
    monkeypatch.setattr("time.time", lambda: late)
    assert records.latest(redis, None, 50) == ([], False)
    keep(redis, drafted(1))
    assert redis.hlen("partywall:records:content") == 1


def test_the_list_goes_on_with_older_ones(redis_url: str, redis: Redis) -> None:
    keep(redis, *(drafted(number) for number in range(1, 71)))
    client = at_this_machine(load(environ(redis_url)))
    first = client.get("/reviews")
    assert ("octo/shop #70<" in first.text, "octo/shop #20<" in first.text) == (True, False)
    link = re.search(r'href="(\?before=[^"]+)"', first.text)
    assert link
    second = client.get(f"/reviews{link[1]}")
    assert re.findall(r"octo/shop #(\d+)<", second.text) == [str(number) for number in range(20, 0, -1)]


def test_nothing_secret_is_kept(stage: Stage) -> None:
    secret = "ghs_" + "a1B2" * 9
    draft = Draft(Target(7, 42, "octo/shop"), 1)
    draft.reason = f"fatal: https://x-access-token:{secret}@github.com says no"
    record = draft.record("review-42-1", "failed", {})
    assert record is not None
    keep(stage.bot.shop.tasks.redis, record)
    stage.open()
    kept = b"".join(stage.bot.shop.tasks.redis.hvals("partywall:records:content")).decode()
    assert "octo/shop" in kept
    for word in (secret, "ghs_", "PRIVATE KEY", stage.github.app.webhook_secret):
        assert word not in kept


def test_a_record_that_cannot_be_made_costs_no_review(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise ValueError("no record")

    monkeypatch.setattr("bot.records.Draft.record", fail)
    pull = stage.open()
    assert reviewed(pull)


def test_repositories_that_are_no_longer_ours_are_forgotten(stage: Stage) -> None:
    redis = stage.bot.shop.tasks.redis
    keep(redis, drafted(1, repository=42))
    stage.open()
    stage.github.remove_from_installation(stage.shop)
    stage.bot.work_off()
    assert [record.repository for record in records.latest(redis, None, 9)[0]] == [42]


def test_hostile_texts_stay_text(redis_url: str, redis: Redis) -> None:
    from rules.model import Link

    record = drafted(findings=tuple(hostile_findings(2)), links=(Link(HOSTILE, "b", 1, 0),))
    keep(redis, record)
    client = at_this_machine(load(environ(redis_url)))
    for path in ("/reviews", f"/reviews/{record.key}"):
        answer = client.get(path)
        assert answer.status_code == 200
        assert "<script" not in answer.text
        assert "<img src=x" not in answer.text
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "script-src" not in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert (answer.headers["Cache-Control"], answer.headers["X-Content-Type-Options"]) == ("no-store", "nosniff")
    assert "&lt;script&gt;" in answer.text


PAGES = ("/reviews", "/reviews/42/review-42-1-v", "/queue")


@pytest.mark.parametrize(
    ("environ_overrides", "headers", "status"),
    [
        ({}, {}, 200),
        ({"REMOTE_ADDR": "::1", "HTTP_HOST": "[::1]:8000"}, {}, 200),
        ({"REMOTE_ADDR": "::ffff:127.0.0.1"}, {}, 200),
        ({"REMOTE_ADDR": "10.0.0.8"}, {}, 403),
        ({"REMOTE_ADDR": "203.0.113.7"}, {}, 403),
        ({"REMOTE_ADDR": ""}, {}, 403),
        ({}, {"X-Forwarded-For": "127.0.0.1"}, 403),
        ({}, {"X-Forwarded-Proto": "https"}, 403),
        ({}, {"Forwarded": "for=127.0.0.1"}, 403),
        ({}, {"Via": "1.1 proxy"}, 403),
        ({}, {"X-Real-IP": "127.0.0.1"}, 403),
        ({"SERVER_PROTOCOL": "HTTP/1.0"}, {}, 403),
        ({"HTTP_HOST": "rebound.example:8000"}, {}, 403),
        ({"HTTP_HOST": "127.0.0.1.example"}, {}, 403),
    ],
)
def test_on_loopback_only_this_machine_sees_anything(
    redis_url: str, redis: Redis, environ_overrides: dict[str, str], headers: dict[str, str], status: int
) -> None:
    keep(redis, drafted())
    client = at_this_machine(load(environ(redis_url)))
    for path in PAGES:
        assert client.get(path, headers=headers, environ_overrides=environ_overrides).status_code == status, path
    retried = client.post("/queue/again", data={"task": "x"}, headers=headers, environ_overrides=environ_overrides)
    assert retried.status_code == 403


def test_a_proxy_that_is_believed_does_not_make_a_stranger_local(redis_url: str, redis: Redis) -> None:
    from bot.setup.switch import Switch

    keep(redis, drafted())
    given = environ(redis_url, PARTYWALL_PAGES="loopback", PARTYWALL_PROXIES="1")
    client = Client(Switch(given))
    sent = {"X-Forwarded-For": "127.0.0.1", "X-Forwarded-Host": "localhost"}
    for address in ("203.0.113.7", "127.0.0.1"):
        assert client.get("/reviews", headers=sent, environ_overrides={"REMOTE_ADDR": address}).status_code == 403
    here = {"REMOTE_ADDR": "127.0.0.1"}
    assert client.get("/reviews", base_url="http://localhost:8000", environ_overrides=here).status_code == 200


@pytest.mark.parametrize("variables", [{}, {"PARTYWALL_PAGES": "off"}])
def test_off_means_that_there_are_none(redis_url: str, variables: dict[str, str]) -> None:
    client = create_app(load(environ(redis_url, **variables))).test_client()
    for path in (*PAGES, "/signin", "/signin/back"):
        assert client.get(path).status_code == 404


def test_only_who_may_see_the_repository_sees_its_reviews(stage: Stage) -> None:
    other = stage.github.create_repository("acme/vault", BASE)
    stage.open()
    keep(stage.bot.shop.tasks.redis, drafted(9, other.id)), stage.bot.work_off()
    stage.github.readers["carol"] = {stage.shop.id}
    stage.github.readers["dave"] = {other.id}
    path = path_of_repository(stage, stage.shop.id)
    for login, sees in (("alice", True), ("carol", True), ("dave", False)):
        guest = Guest(stage, login)
        for page in ("/reviews", path, "/queue"):
            assert guest.ask(page).status_code == 401
        assert guest.sign_in().headers["Location"] == "../reviews"
        listed = guest.ask("/reviews")
        assert listed.status_code == 200
        assert (f"/{stage.shop.id}/" in listed.text) == sees, login
        assert guest.ask(path).status_code == (200 if sees else 404)
        assert (f"/{other.id}/" in listed.text) == (login != "carol")


def path_of_repository(stage: Stage, repository: int) -> str:
    (record, *_), _ = records.latest(stage.bot.shop.tasks.redis, {repository}, 1)
    return f"/reviews/{record.key}"


def test_strangers_see_nothing(stage: Stage) -> None:
    stage.open()
    path = path_of(stage)
    guest = Guest(stage, "mallory")
    guest.sign_in()
    for page in ("/reviews", path, "/queue"):
        answer = guest.ask(page)
        assert answer.status_code == 403
        assert "octo" not in answer.text
    for name in ("", "x", "é", "../x"):
        guest.client.set_cookie("partywall-session", name, domain="partywall.example.com")
        assert guest.ask("/reviews").status_code == 401


def test_a_session_is_a_cookie_that_nobody_else_can_use(stage: Stage) -> None:
    guest = Guest(stage, "alice")
    answer = guest.sign_in()
    (cookie,) = [each for each in answer.headers.getlist("Set-Cookie") if each.startswith("partywall-session=")]
    assert {"HttpOnly", "Secure", "SameSite=Lax", "Path=/", "Max-Age=3600"} <= set(cookie.split("; "))
    value = cookie.partition("=")[2].partition(";")[0]
    redis = stage.bot.shop.tasks.redis
    stored = {key: redis.get(key) for key in redis.scan_iter("partywall:pages:*")}
    assert stored
    told = repr(stored)
    assert value not in told
    assert "ghu_" not in told
    assert 0 < redis.ttl(next(iter(stored))) <= 3_600
    assert "alice" in guest.ask("/reviews").text
    token = token_in(guest.ask("/reviews"))
    assert guest.ask("/signout", method="POST", data={"token": "x"}).status_code == 403
    assert guest.ask("/signout", method="POST", data={"token": token}).status_code == 303
    guest.client.set_cookie("partywall-session", value, domain="partywall.example.com")
    assert guest.ask("/reviews").status_code == 401


def test_a_sign_in_ends_where_it_began(stage: Stage) -> None:
    guest, other = Guest(stage, "alice"), Guest(stage, "mallory")
    come = other.authorized(other.ask("/signin").headers["Location"])
    assert guest.ask(f"/signin/back?{come}").status_code == 400
    asked = guest.ask("/signin").headers["Location"]
    assert guest.ask(f"/signin/back?{come}").status_code == 400
    code = parse_qs(guest.authorized(asked))["code"][0]
    for state in ("", "x", "é"):
        assert guest.ask(f"/signin/back?code={code}&state={state}").status_code == 400
    assert guest.ask("/reviews").status_code == 401


@pytest.mark.parametrize(
    ("query", "fault", "status", "words"),
    [
        ("error=access_denied", None, 400, "GitHub did not sign you in"),
        ("code=wrong", None, 502, "bad_verification_code"),
        ("code=<script>", None, 400, "GitHub did not sign you in"),
        ("", Fault(("POST", "/access_token$"), status=502), 502, "GitHub did not say who you are"),
        ("", Fault(("GET", "^/user$"), status=401), 502, "GitHub did not say who you are"),
        ("", Fault(("GET", "/repositories$"), status=500, times=9), 502, "GitHub did not say who you are"),
    ],
)
def test_where_signing_in_fails_it_says_so_and_can_be_begun_again(
    stage: Stage, query: str, fault: Fault | None, status: int, words: str
) -> None:
    guest = Guest(stage, "alice")
    come = guest.authorized(guest.ask("/signin").headers["Location"])
    state = parse_qs(come)["state"][0]
    if fault:
        stage.github.fail(fault)
    answer = guest.ask(f"/signin/back?{query}&state={state}" if query else f"/signin/back?{come}")
    assert (answer.status_code, words in answer.text) == (status, True), answer.text
    assert 'href="../signin"' in answer.text
    assert guest.ask("/reviews").status_code == 401
    stage.github.faults.clear()
    assert guest.sign_in().status_code == 303


def test_all_pages_of_a_listing_count_and_what_is_too_much_is_said(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.github._PAGE", 2)
    last = [stage.github.create_repository(f"octo/r{number}", {"a": "b"}) for number in range(5)][-1]
    keep(stage.bot.shop.tasks.redis, drafted(1, last.id))
    guest = Guest(stage, "alice")
    guest.sign_in()
    listed = guest.ask("/reviews").text
    assert (f"/{last.id}/" in listed, "more repositories than" in listed) == (True, False)
    monkeypatch.setattr("bot.pages.people.MOST", 3)
    guest.sign_in()
    listed = guest.ask("/reviews").text
    assert (f"/{last.id}/" in listed, "more repositories than" in listed) == (False, True)


def given_up(stage: Stage, branch: str = "topic") -> Job:
    """A review that failed for good."""
    stage.github.fail(Fault(("GET", "/compare/"), status=502, times=99))
    stage.open(branch=branch)
    stage.finish()
    stage.github.faults.clear()
    (job,) = stage.bot.shop.tasks.failed()
    return job


def test_what_was_given_up_is_tried_again_once(stage: Stage) -> None:
    job = given_up(stage)
    client = at_this_machine(stage.bot.settings)
    shown = client.get("/queue")
    assert job.id in shown.text
    assert "502" in shown.text
    token = token_in(shown)
    for forged in ({}, {"token": ""}, {"token": "x"}, {"token": token[:-1]}):
        assert client.post("/queue/again", data={"task": job.id, **forged}).status_code == 403
    assert client.get("/queue/again").status_code == 405
    assert len(stage.bot.shop.tasks.failed()) == 1
    for outcome in ("put", "gone"):
        answer = client.post("/queue/again", data={"task": job.id, "token": token})
        assert (answer.status_code, answer.headers["Location"]) == (303, f"../queue?again={outcome}")
    assert "waits for a worker again" in client.get("/queue?again=put").text
    stage.bot.work_off()
    (pull,) = stage.shop.pulls
    assert reviewed(pull)
    assert len([run for run in stage.shop.check_runs(pull.head) if run.conclusion == "failure" and run.title and "error" in run.title]) == 1  # fmt: skip
    assert "Try again" not in client.get("/queue").text


@pytest.mark.parametrize(("login", "may"), [("alice", True), ("carol", False), ("dave", False)])
def test_only_who_may_write_has_it_tried_again(stage: Stage, login: str, may: bool) -> None:
    job = given_up(stage)
    other = stage.github.create_repository("acme/vault", BASE)
    stage.github.readers |= {"carol": {stage.shop.id}, "dave": {other.id}}
    guest = Guest(stage, login)
    guest.sign_in()
    shown = guest.ask("/queue")
    assert (job.id in shown.text) == (login != "dave")
    assert ("Try again" in shown.text) == may
    sent = guest.ask("/queue/again", method="POST", data={"task": job.id, "token": token_in(shown)})
    assert sent.status_code == {"alice": 303, "carol": 403, "dave": 303}[login]
    assert bool(stage.bot.shop.tasks.failed()) == (not may)


def test_other_tasks_keep_their_name_and_get_all_attempts(redis_url: str, redis: Redis) -> None:
    tasks = Tasks(redis, Limits(attempts=3))
    tasks.put(Task("reconcile-7", UPKEEP, "bot.jobs.reconcile", (7,)))
    job = Job.fetch("reconcile-7", connection=redis, serializer=tasks.queue(UPKEEP).serializer)
    tasks.queue(UPKEEP).pop_job_id()
    job.retries_left = 0
    job.set_status("failed")  # type: ignore[arg-type]
    job.save()
    tasks.queue(UPKEEP).failed_job_registry.add(job)
    client = at_this_machine(load(environ(redis_url)))
    shown = client.get("/queue")
    assert "no one repository" in shown.text
    client.post("/queue/again", data={"task": job.id, "token": token_in(shown)})
    assert tasks.queue(UPKEEP).job_ids == ["reconcile-7"]
    job.refresh()
    assert job.retries_left == 6
    assert not tasks.failed()


def test_limits_are_those_of_whom_one_may_see(stage: Stage) -> None:
    tally = Tally()
    mine, other = stage.github.installation("octo").id, 99
    for owner in ("app", str(mine), str(other)):
        tally.left("core", owner, "4321", str(int(time.time()) + 600))
    tally.hand_over(stage.bot.shop.tasks.redis)
    told = at_this_machine(stage.bot.settings).get("/queue").text
    assert all(f"installation {owner}" in told for owner in (mine, other))
    assert "4,321" in told
    guest = Guest(stage, "alice")
    guest.sign_in()
    told = guest.ask("/queue").text
    assert (f"installation {mine}" in told, f"installation {other}" in told) == (True, False)


@contextmanager
def served(settings: Settings) -> Iterator[str]:
    """The address of a server with these settings; {url} stands for it among them."""
    from werkzeug.serving import BaseWSGIServer

    server: BaseWSGIServer = make_server("127.0.0.1", 0, create_app(settings), threaded=True)
    base = f"http://127.0.0.1:{server.port}"
    server.app = create_app(replace(settings, url=base))
    Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield base
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1200])
def test_a_browser_goes_through_all_pages(stage: Stage, scheme: Any, width: int) -> None:
    pull = stage.open()
    github: FakeGitHub = stage.github
    secret = {"client_id": github.app.client_id, "client_secret": github.app.client_secret}
    with served(replace(stage.bot.settings, pages="github", **secret)) as base, tab(width, 844, scheme) as page:
        github.app.callbacks = [f"{base}/signin/back"]
        complaints: list[str] = []
        page.on("console", lambda message: complaints.append(message.text))
        page.goto(f"{base}/signin")
        page.get_by_role("button", name="Authorize partywall").click()
        page.wait_for_url("**/reviews")

        def fits() -> bool:
            return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))

        assert fits()
        page.get_by_role("link", name=f"octo/shop #{pull.number}").click()
        assert page.get_by_role("heading", name="Findings").is_visible()
        image = page.get_by_role("img", name="The components between which")
        assert image.evaluate("image => image.complete && image.naturalWidth > 0")
        assert fits()
        page.get_by_role("link", name="Queue").click()
        assert page.get_by_text("Given up").is_visible()
        assert fits()
        page.get_by_role("button", name="Sign out").click()
        assert page.get_by_role("link", name="Sign in with GitHub").is_visible()
        assert fits()
        assert [each for each in complaints if "401" not in each] == []
