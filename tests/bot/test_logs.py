"""What the bot's processes write: what each line is about, as JSON and for people, and never a secret."""

from __future__ import annotations

import base64
import json
import logging
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import logs
from tests.bot.disasters import open_bot, wait_for_reviews
from tests.bot.door import SECRET, Door
from tests.bot.harness import PATIENCE, Bot, queue_server
from tests.github.descriptions import Descriptions
from tests.github.fake import FakeGitHub
from tests.github.faults import Fault
from tests.github.tokens import key_pair
from worker.demo import BASE, CHANGE

FORMS = ("text", "json")


@pytest.fixture(autouse=True)
def _nothing_to_hide(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every test begins without secrets of others."""
    monkeypatch.setattr(logs, "_lasting", set())
    logs._passing.clear()


def line(form: str, message: str, *arguments: object, error: BaseException | None = None) -> str:
    """What is written of an event."""
    record = logging.LogRecord("partywall.test", logging.INFO, __file__, 1, message, arguments, None)
    if error is not None:
        record.exc_info = (type(error), error, error.__traceback__)
    return logs.formatter(form).format(record)


def raised(message: str) -> ValueError:
    try:
        raise ValueError(message)
    except ValueError as error:
        return error


def test_a_line_as_json() -> None:
    with logs.about({"delivery": "d-1", "repository": "octo/shop"}), logs.about({"pull_request": 3, "sha": "abc"}):
        written = json.loads(line("json", "it is %s", "so", error=raised("no\nway")))
    assert list(written) == [
        *("time", "level", "logger", "message", "delivery", "repository", "pull_request", "sha", "exception")
    ]
    assert written["message"] == "it is so"
    assert (written["level"], written["logger"], written["pull_request"]) == ("info", "partywall.test", 3)
    assert written["exception"].startswith("Traceback")
    assert written["exception"].endswith("ValueError: no\nway")
    assert "\n" not in line("json", "one\ntwo", error=raised("three\nfour"))


def test_a_line_for_people() -> None:
    with logs.about({"delivery": "d-1", "repository": "octo/shop", "sha": ""}):
        written = line("text", "it is %s", "so")
    assert written.endswith(" partywall.test INFO it is so [delivery=d-1 repository=octo/shop]")
    assert line("text", "it is so").endswith("INFO it is so")


def test_what_a_line_is_about_ends_with_its_context() -> None:
    with logs.about({"delivery": "d-1"}):
        with logs.about({"delivery": "d-2"}):
            assert logs.current("delivery") == "d-2"
        assert logs.current("delivery") == "d-1"
    assert logs.current("delivery") == ""


def basic(secret: str) -> str:
    return base64.b64encode(f"x-access-token:{secret}".encode()).decode()


WAYS: tuple[Callable[[str], str], ...] = (
    lambda secret: secret,
    lambda secret: f"x{secret}y{secret}",
    repr,
    json.dumps,
    lambda secret: str({"said": secret}),
    lambda word: json.dumps({"said": word}, ensure_ascii=False),
    lambda secret: f"https://x-access-token:{quote(secret, safe='')}@github.com/octo/shop",
)
secrets = st.text(
    st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"], exclude_characters="…"), min_size=8
).filter(
    # Words that stand in every line cannot be hidden.
    lambda word: word not in "Traceback (most recent call last): exception repository pull_request partywall.test"
)


@given(secrets, secrets, st.sampled_from(WAYS), st.sampled_from(FORMS), st.text(max_size=20))
def test_no_secret_is_ever_written(lasting: str, token: str, way: Callable[[str], str], form: str, beside: str) -> None:
    logs._lasting.clear()
    logs._passing.clear()
    logs.hide(lasting)
    logs.hide_token(token)
    said = [way(secret) for secret in (lasting, token)]
    with logs.about({"repository": said[0]}):
        written = line(form, f"{beside} %s", said[0] + said[1], error=raised(said[1] + beside))
    for secret in (lasting, token, basic(token)):
        for shown in (secret, repr(secret)[1:-1], json.dumps(secret)[1:-1], quote(secret, safe="")):
            assert shown not in written
            if form == "json":
                assert all(shown not in str(value) for value in json.loads(written).values())


KEY = key_pair()[0]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("text", [KEY, repr(KEY), KEY.replace("\n", "\n    "), KEY.replace("\n", " "), KEY[200:900]])
def test_no_part_of_the_key_is_ever_written(form: str, text: str) -> None:
    logs.hide(KEY)
    written = line(form, "%s", text, error=raised(text))
    assert not any(part in written for part in KEY.splitlines()[1:-2])


@pytest.mark.parametrize(
    "text",
    [
        "Authorization: Basic SECRETSECRET",
        "{'Authorization': 'Bearer SECRETSECRET'}",
        '{"authorization": "token SECRETSECRET"}',
        "authorization=SECRETSECRET",
        "redis://:SECRETSECRET@queue:6379/0",
        "https://somebody:SECRETSECRET@github.com/octo/shop.git",
        "ghs_SECRETSECRETSECRETSECRET",
        "ghp_SECRETSECRETSECRETSECRET and more",
        "github_pat_SECRETSECRETSECRET_SECRET",
        "eyJhbGciOiJSUzI1NiJ9.SECRETSECRET.SECRETSECRET",
        "-----BEGIN RSA PRIVATE KEY-----\nSECRETSECRET\n-----END RSA PRIVATE KEY-----",
        "-----BEGIN PRIVATE KEY-----\nSECRETSECRET",
    ],
)
def test_what_looks_like_a_secret_is_hidden_unasked(text: str) -> None:
    for form in FORMS:
        written = line(form, "before %s after", text)
        assert "SECRET" not in written
        assert "before" in written


@pytest.mark.parametrize(
    "text", ["https://github.com/octo/shop.git", "a ghost_town", "authorization failed for octo", "you@example.com"]
)
def test_what_is_no_secret_is_written(text: str) -> None:
    assert text in line("text", "%s", text)


def lines_of(stderr: str) -> Iterator[dict[str, Any]]:
    """The lines of a process; each must be a JSON object."""
    for written in stderr.splitlines():
        parsed = json.loads(written)
        assert isinstance(parsed, dict)
        yield parsed


def test_every_line_of_a_task_says_what_it_is_about(tmp_path: Path, descriptions: Descriptions) -> None:
    """Also those of RQ, about a task that failed, and of a worker that is a process of its own."""
    with open_bot(tmp_path, descriptions, PARTYWALL_LOG="json") as bot, (tmp_path / "log").open("wb") as log:
        repository = bot.github.create_repository("octo/shop", BASE)
        bot.github.settle()
        bot.github.fail(Fault(("GET", "/compare/"), status=500, times=3))
        repository.push("topic", CHANGE)
        pull = repository.open_pull("topic")
        bot.github.settle()
        worker = subprocess.Popen(
            [sys.executable, "-m", "worker.cli", "work", "--processes", "1"],
            env={**os.environ, **bot.environ},
            stderr=log,
            start_new_session=True,
        )
        wait_for_reviews(bot, pull)
        worker.terminate()
        worker.wait(PATIENCE)
        delivery = next(each.guid for each in bot.github.deliveries if each.event == "pull_request")
        secrets = {request.secret for request in bot.github.requests} | {bot.github.app.webhook_secret}
    written = (tmp_path / "log").read_text(encoding="utf-8")
    of_review = [each for each in lines_of(written) if str(each.get("task", "")).startswith("review-")]
    assert {(each["delivery"], each["repository"], each["pull_request"], each["sha"]) for each in of_review} == {
        (delivery, "octo/shop", pull.number, pull.head)
    }
    assert {each["logger"] for each in of_review} == {"partywall.jobs", "rq.worker"}
    assert any("UnansweredError" in str(each) for each in of_review)
    assert not any(secret in written for secret in secrets if secret)
    assert not any(part in written for part in KEY.splitlines()[1:-2])


def test_what_follows_from_a_delivery_carries_it_on(door: Door, caplog: pytest.LogCaptureFixture) -> None:
    """The delivery travels in the task."""
    body = {
        "action": "opened",
        "installation": {"id": 7},
        "repository": {"id": 42, "full_name": "octo/shop"},
        "number": 3,
        "pull_request": {"number": 3, "draft": False, "head": {"sha": "a" * 40}, "base": {"ref": "main"}},
    }
    seen: list[str] = []
    handler = logging.Handler()
    handler.setFormatter(logs.formatter("json"))
    handler.emit = lambda record: seen.append(handler.format(record))  # type: ignore[method-assign]
    logging.getLogger("partywall.web").addHandler(handler)
    caplog.set_level(logging.INFO)
    try:
        assert door.post("pull_request", body, X_GitHub_Delivery="d-77").status_code == 202
    finally:
        logging.getLogger("partywall.web").removeHandler(handler)
    (written,) = map(json.loads, seen)
    expected = {"delivery": "d-77", "installation": 7, "repository": "octo/shop", "pull_request": 3, "sha": "a" * 40}
    assert expected.items() <= written.items()
    (task,) = door.waiting()
    job = door.tasks._job(task)
    assert job is not None
    assert job.meta == expected


def test_the_web_application_knows_what_it_has_to_hide(door: Door) -> None:
    for form in FORMS:
        written = line(form, "%s and %s", SECRET, KEY.splitlines()[3])
        assert SECRET not in written
        assert KEY.splitlines()[3] not in written


@pytest.fixture
def door(redis_url: str) -> Iterator[Door]:
    door = Door(redis_url)
    yield door
    door.close()


def test_a_process_without_a_terminal_writes_json(tmp_path: Path, descriptions: Descriptions) -> None:
    """Gunicorn's own lines, too: here that it cannot listen."""
    with FakeGitHub(tmp_path / "hub", descriptions) as github, queue_server(tmp_path / "queue") as url:
        bot = Bot(github, tmp_path / "data", url)
        command = [sys.executable, "-m", "worker.cli", "serve", "--host", "192.0.2.1", "--port", "1"]
        process = subprocess.Popen(command, env={**os.environ, **bot.environ}, stderr=subprocess.PIPE)
        assert process.stderr is not None
        first = process.stderr.readline()
        process.kill()
        process.communicate()
        bot.shop.tasks.redis.close()
    written = json.loads(first)
    assert written["logger"] == "gunicorn.error"
    assert "192.0.2.1" in written["message"]
