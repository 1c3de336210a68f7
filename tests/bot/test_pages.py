"""The operator's pages: who sees what, and that what was given up can be done once more."""

from __future__ import annotations

import re
import time
from dataclasses import replace
from html import unescape
from typing import Any

import pytest
from redis import Redis
from rq.job import Job
from werkzeug.test import Client

from bot import records
from bot.app import create_app
from bot.metrics import Tally
from bot.settings import load
from bot.setup.switch import Switch
from rules.model import Link
from tests.bot.disasters import reviewed
from tests.bot.door import environ
from tests.bot.guests import HOSTILE, Guest, at_this_machine, drafted, hostile_findings, keep, path_of, token_in
from tests.bot.stage import MESSAGES, Stage
from tests.github.fake import FakeGitHub
from tests.github.faults import Fault
from tests.support.browser import tab
from tests.support.serving import served
from worker.demo import BASE, CHANGE
from worker.queue import UPKEEP, Limits, Task, Tasks


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


def test_the_list_goes_on_with_older_ones(redis_url: str, redis: Redis) -> None:
    keep(redis, *(drafted(number) for number in range(1, 71)))
    client = at_this_machine(load(environ(redis_url)))
    first = client.get("/reviews")
    assert ("octo/shop #70<" in first.text, "octo/shop #20<" in first.text) == (True, False)
    link = re.search(r'href="(\?before=[^"]+)"', first.text)
    assert link
    second = client.get(f"/reviews{link[1]}")
    assert re.findall(r"octo/shop #(\d+)<", second.text) == [str(number) for number in range(20, 0, -1)]


def test_hostile_texts_stay_text(redis_url: str, redis: Redis) -> None:
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
    keep(stage.bot.shop.tasks.redis, drafted(9, other.id))
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
    job.refresh()  # type: ignore[no-untyped-call]
    assert job.retries_left == 6
    assert not tasks.failed()


def test_what_runs_is_listed_for_whom_it_concerns(stage: Stage) -> None:
    other = stage.github.create_repository("acme/vault", BASE)
    stage.github.readers["dave"] = {other.id}
    seen = dict[str, str]()

    def look(*_: object) -> None:
        if not seen:
            seen["alice"] = ""
            for login in ("alice", "dave"):
                guest = Guest(stage, login)
                guest.sign_in()
                seen[login] = guest.ask("/queue").text

    stage.shop.push("topic", CHANGE)
    stage.shop.open_pull("topic")
    stage.github.observe = lambda number, request, phase: look() if "/compare/" in request.path else None
    stage.bot.work_off()
    stage.github.observe = None
    (pull,) = stage.shop.pulls
    task = f"review-{stage.shop.id}-{pull.number}-"
    assert (task in seen["alice"], task in seen["dave"]) == (True, False)
    assert task not in at_this_machine(stage.bot.settings).get("/queue").text


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


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1200])
def test_a_browser_goes_through_all_pages(stage: Stage, scheme: Any, width: int) -> None:
    pull = stage.open()
    github: FakeGitHub = stage.github
    secret: dict[str, Any] = {"client_id": github.app.client_id, "client_secret": github.app.client_secret}
    settings = replace(stage.bot.settings, pages="github", **secret)
    with served(lambda base: create_app(replace(settings, url=base))) as base, tab(width, 844, scheme) as page:
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
