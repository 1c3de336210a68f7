"""Who may deliver what: the webhook, from the raw body to the queue."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.app import MAX_BYTES, create_app, is_signed
from bot.events import SUBSCRIBED
from bot.settings import load
from bot.setup.switch import from_environment
from tests.bot.door import SECRET, Door, environ, headers, signature
from tests.bot.examples import Example
from tests.bot.harness import queue_server, wait_for
from tests.bot.mutations import mutated
from tests.support.serving import free_port
from worker.errors import ReviewError

HEAD = "a" * 40
OPENED = {
    "action": "opened",
    "installation": {"id": 7},
    "repository": {"id": 42, "full_name": "octo/shop"},
    "pull_request": {"number": 3, "head": {"sha": HEAD}, "base": {"ref": "main"}},
}
BODY = json.dumps(OPENED).encode()


@pytest.fixture(scope="module")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with queue_server(tmp_path_factory.mktemp("queue")) as url:
        yield url


@pytest.fixture(scope="module")
def _door(redis_url: str) -> Iterator[Door]:
    door = Door(redis_url)
    yield door
    door.close()


@pytest.fixture
def door(_door: Door) -> Door:
    _door.clear()
    return _door


def test_a_signed_delivery_is_taken_once(door: Door) -> None:
    assert door.post("pull_request", OPENED, X_GitHub_Delivery="one").status_code == 202
    (task,) = door.waiting()
    assert task.startswith(f"review-42-3-{HEAD}-")
    again = door.post("pull_request", OPENED, X_GitHub_Delivery="one")
    assert (again.status_code, again.text) == (202, "done already\n")
    assert door.post("pull_request", OPENED, X_GitHub_Delivery="two").status_code == 202
    assert door.waiting() == [task]


GOOD = signature(BODY)


@pytest.mark.parametrize(
    "given",
    [
        None,
        "",
        "sha256=",
        "sha256=0",
        GOOD.removeprefix("sha256="),
        GOOD.upper(),
        GOOD[:-1],
        GOOD + "0",
        f" {GOOD}x",
        GOOD.replace("sha256", "sha1"),
        signature(BODY, "another secret"),
        signature(BODY, ""),
        signature(BODY + b" "),
        "sha256=é" + GOOD[9:],
        "sha256=" + "\u0660" * 64,
        "sha256=" + "0" * 100_000,
    ],
)
def test_nothing_without_the_right_signature(door: Door, given: str | None) -> None:
    sent = headers("pull_request", BODY, X_Hub_Signature_256=None)
    environ = {} if given is None else {"HTTP_X_HUB_SIGNATURE_256": given.encode().decode("latin-1")}
    answer = door.send(BODY, sent, **environ)
    assert answer.status_code == 401
    assert SECRET not in answer.text
    assert door.waiting() == []


def test_the_signature_is_of_the_bytes_as_they_came(door: Door) -> None:
    """The same JSON written otherwise has another signature, and what is no JSON has one, too."""
    spaced = json.dumps(OPENED, indent=2).encode()
    assert door.post("pull_request", spaced, X_Hub_Signature_256=GOOD).status_code == 401
    assert door.post("pull_request", b"{", X_Hub_Signature_256=GOOD).status_code == 401
    assert door.post("pull_request", b"").status_code == 400
    assert door.post("pull_request", b"{").status_code == 400
    assert door.waiting() == []
    assert door.post("pull_request", spaced).status_code == 202
    assert len(door.waiting()) == 1


@settings(deadline=None)
@given(st.binary(max_size=200), st.binary(min_size=1, max_size=80), st.text(max_size=80))
def test_only_the_signature_itself_is_one(body: bytes, secret: bytes, other: str) -> None:
    from hashlib import sha256
    from hmac import new

    right = "sha256=" + new(secret, body, sha256).hexdigest()
    assert is_signed(secret, body, right)
    assert is_signed(secret, body, other) == (other == right)
    assert not is_signed(secret, body + b"x", right)


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("application/json", 202),
        ("application/json; charset=utf-8", 202),
        ("Application/JSON;charset=UTF-8", 202),
        ("application/x-www-form-urlencoded", 415),
        ("multipart/form-data; boundary=x", 415),
        ("text/plain", 415),
        ("application/json-seq", 415),
        ("nonsense", 415),
        (None, 415),
    ],
)
def test_only_json(door: Door, kind: str | None, status: int) -> None:
    assert door.post("pull_request", BODY, Content_Type=kind).status_code == status
    assert len(door.waiting()) == (status == 202)


def test_a_form_with_a_payload_is_refused(door: Door) -> None:
    """GitHub sends forms unless it is told to send JSON."""
    form = b"payload=%7B%7D"
    answer = door.post("pull_request", form, Content_Type="application/x-www-form-urlencoded")
    assert (answer.status_code, answer.text) == (415, "the content type must be application/json\n")


@pytest.mark.parametrize("told", [True, False], ids=["length told", "chunked"])
def test_nothing_is_too_large_but_what_is(door: Door, told: bool) -> None:
    """What is told to be too large is refused unread, what turns out to be is refused when it does."""
    # wsgi.input_terminated is how a server says that it ends a chunked body.
    chunked = {} if told else {"wsgi.input_terminated": True, "CONTENT_LENGTH": "", "HTTP_TRANSFER_ENCODING": "chunked"}
    for size, status in ((MAX_BYTES, 202), (MAX_BYTES + 1, 413)):
        body = BODY + b" " * (size - len(BODY))
        assert door.send(body, headers("pull_request", body), **chunked).status_code == status
    assert len(door.waiting()) == 1


@pytest.mark.parametrize(
    ("event", "delivery", "status"),
    [
        ("ping", "one", 200),
        ("ping", None, 200),
        ("pull_request", None, 400),
        ("pull_request", "", 400),
        ("pull_request", "a b", 400),
        ("pull_request", "../x", 400),
        ("pull_request", "x" * 65, 400),
        ("pull_request", "x" * 64, 202),
        ("pull_request", "72d3162e-cc78-11e3-81ab-4c9367dc0958", 202),
        ("sponsorship", "one", 202),
        ("nobody_knows", "one", 202),
        ("", "one", 202),
    ],
)
def test_events_and_deliveries(door: Door, event: str, delivery: str | None, status: int) -> None:
    assert door.post(event, OPENED, X_GitHub_Delivery=delivery).status_code == status
    assert len(door.waiting()) == (event == "pull_request" and status == 202)


def test_unknown_actions_are_taken_and_ask_for_nothing(door: Door) -> None:
    answer = door.post("pull_request", {**OPENED, "action": "enqueued"})
    assert (answer.status_code, answer.text) == (202, "nothing to do\n")
    assert door.waiting() == []


def test_other_ways_in_are_closed(door: Door) -> None:
    answers = {
        ("GET", "/webhook"): 405, ("PUT", "/webhook"): 405, ("DELETE", "/webhook"): 405, ("POST", "/"): 404,
        ("GET", "/"): 404, ("POST", "/webhook/"): 404, ("GET", "/static/x"): 404, ("GET", "/healthz"): 200,
        ("POST", "/healthz"): 405,
    }  # fmt: skip
    assert {(method, path): door.ask(method, path) for method, path in answers} == answers


def test_no_queue_no_receipt(tmp_path: Path) -> None:
    """GitHub shows a delivery that was not taken as failed, and it can be delivered again."""
    with queue_server(tmp_path) as url:
        door = Door(url)
        assert door.post("pull_request", OPENED, X_GitHub_Delivery="one").status_code == 202
    for body, status in ((BODY, 503), (b"{", 400)):
        assert door.post("pull_request", body, X_GitHub_Delivery="two").status_code == status
    assert door.ask("GET", "/healthz") == 200
    door.close()


@pytest.mark.parametrize("secret", ["", "   ", None])
def test_no_secret_no_application(redis_url: str, monkeypatch: pytest.MonkeyPatch, secret: str | None) -> None:
    given = environ(redis_url)
    for name, value in {**given, "PARTYWALL_WEBHOOK_SECRET": secret}.items():
        monkeypatch.delenv(name, raising=False)
        if value is not None:
            monkeypatch.setenv(name, value)
    with pytest.raises(ReviewError, match="PARTYWALL_WEBHOOK_SECRET is not set"):
        from_environment()


def test_an_empty_secret_is_none(redis_url: str) -> None:
    from dataclasses import replace

    with pytest.raises(ReviewError, match="secret"):
        create_app(replace(load(environ(redis_url)), webhook_secret=b""))


TAKEN = {
    "installation.created",
    "installation.deleted",
    "installation.new_permissions_accepted",
    "installation.suspend",
    "installation.unsuspend",
    "installation_repositories.added",
    "installation_repositories.removed",
    "pull_request.closed",
    "pull_request.opened",
    "pull_request.ready_for_review",
    "pull_request.reopened",
    "pull_request.synchronize",
    "push",
}
"""Which of GitHub's examples ask for something: those without an installation, and of other Apps, do not."""


def test_githubs_examples_are_all_taken(door: Door, samples: list[Example]) -> None:
    answers = [(example, door.post(*example)) for example in samples]
    statuses = Counter((example.event == "ping", answer.status_code) for example, answer in answers)
    assert statuses == {(True, 200): 4, (False, 202): 325}
    assert {example.name for example, answer in answers if answer.text == "taken\n"} == TAKEN


@settings(
    max_examples=150, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture], deadline=None
)
@given(data=st.data())
def test_odd_payloads_are_no_accident(door: Door, samples: list[Example], data: st.DataObject) -> None:
    wanted = [
        example for example in samples if example.event in (*SUBSCRIBED, "installation", "installation_repositories")
    ]
    event, payload = data.draw(mutated(wanted))
    payload.setdefault("installation", {"id": 7})
    for check in (payload.get("check_run"), payload.get("check_suite")):
        if isinstance(check, dict):
            check.pop("app", None)
    assert door.post(event, payload).status_code == 202


@pytest.fixture
def port(redis_url: str, tmp_path: Path) -> Iterator[int]:
    """The port of the web server as it is run for good."""
    number = free_port()
    command = [sys.executable, "-m", "worker.cli", "serve", "--port", str(number), "--web-processes", "1"]
    with (tmp_path / "log").open("wb") as log:
        server = subprocess.Popen(command, env=environ(redis_url, PATH="/usr/bin:/bin"), stdout=log, stderr=log)
    try:
        wait_for(lambda: _is_open(number))
        yield number
    finally:
        server.terminate()
        server.wait()
    assert SECRET not in (tmp_path / "log").read_text()


def _is_open(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _posted(port: int, body: bytes, sent: dict[str, str], *, chunked: bool) -> int:
    connection = HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        pieces = (body[start : start + 1_000_000] for start in range(0, len(body), 1_000_000))
        connection.request("POST", "/webhook", pieces if chunked else body, sent, encode_chunked=chunked)
        return connection.getresponse().status
    finally:
        connection.close()


def test_over_a_socket(door: Door, port: int) -> None:
    for chunked in (False, True):
        sent = headers("pull_request", BODY, **({"Transfer_Encoding": "chunked"} if chunked else {}))
        assert _posted(port, BODY, sent, chunked=chunked) == 202
        assert _posted(port, BODY + b" ", sent, chunked=chunked) == 401
    large = BODY + b" " * (MAX_BYTES + 1 - len(BODY))
    assert _posted(port, large, headers("pull_request", large, Transfer_Encoding="chunked"), chunked=True) == 413
    assert len(door.waiting()) == 1
