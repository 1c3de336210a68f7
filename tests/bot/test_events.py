"""What a webhook asks for, event by event."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.events import (
    SUBSCRIBED,
    Cancel,
    Command,
    Find,
    Forget,
    PayloadError,
    Press,
    Reconcile,
    Request,
    Review,
    Target,
    Warm,
    external_id,
    number_of,
    parse,
    version_of,
)
from tests.bot.examples import Example
from tests.bot.mutations import mutated

APP, DELIVERY = 4711, "delivery-1"
HEAD, OTHER = "a" * 40, "b" * 40
TARGET = Target(7, 42, "octo/shop")
VERSION = version_of(HEAD, "main")
REPOSITORY = {"id": 42, "full_name": "octo/shop", "default_branch": "main", "private": True}
PULL = {
    "number": 3,
    "draft": False,
    "head": {"ref": "topic", "sha": HEAD, "repo": {"id": 42}},
    "base": {"ref": "main", "sha": OTHER, "repo": {"id": 42}},
}
ELSEWHERE = {**PULL, "number": 9, "base": {"ref": "main", "sha": OTHER, "repo": {"id": 1}}}
ALICE, ROBOT = {"login": "alice", "type": "User"}, {"login": "helper[bot]", "type": "Bot"}
REVIEW = Review(TARGET, 3, VERSION)
AGAIN = Review(TARGET, 3, VERSION, DELIVERY)
TOLD = Review(TARGET, 3, VERSION, f"settled-{DELIVERY}")


def asked(event: str, **fields: Any) -> tuple[Request, ...]:
    payload = {"installation": {"id": 7}, "repository": REPOSITORY, "sender": ALICE, **fields}
    return parse(event, json.dumps(payload).encode(), DELIVERY, APP)


@pytest.mark.parametrize(
    ("action", "fields", "expected"),
    [
        ("opened", {}, REVIEW),
        ("synchronize", {}, REVIEW),
        ("reopened", {}, REVIEW),
        ("ready_for_review", {}, REVIEW),
        ("opened", {"pull_request": {**PULL, "draft": True}}, REVIEW),  # a draft is told apart when it is looked at
        ("edited", {"changes": {"base": {"ref": {"from": "old"}, "sha": {"from": OTHER}}}}, REVIEW),
        ("edited", {"changes": {"title": {"from": "old"}}}, None),
        ("edited", {"changes": {}}, None),
        ("edited", {}, None),
        ("closed", {}, Cancel(TARGET, 3)),
        ("labeled", {}, None),
        ("converted_to_draft", {}, None),
        ("something_new", {}, None),
        (None, {}, None),
        ("opened", {"pull_request": None}, None),
        ("opened", {"pull_request": {}}, None),
        ("opened", {"pull_request": {"number": 3}}, Review(TARGET, 3, "")),
        ("opened", {"pull_request": {**PULL, "head": {"sha": "no commit"}}}, Review(TARGET, 3, "")),
        ("opened", {"installation": None}, None),
        ("opened", {"repository": None}, None),
        ("opened", {"repository": {"id": 42}}, None),
    ],
)
def test_pull_requests(action: str | None, fields: dict[str, Any], expected: Request | None) -> None:
    found = asked("pull_request", **{"action": action, "pull_request": PULL, **fields})
    assert found == (() if expected is None else (expected,))


OURS, THEIRS = {"id": APP}, {"id": 15368}
NAMED = external_id(TARGET, 5, VERSION, "")


@pytest.mark.parametrize(
    ("check", "expected"),
    [
        ({"external_id": NAMED, "pull_requests": [PULL]}, (Review(TARGET, 5, "", DELIVERY),)),
        ({"external_id": "", "pull_requests": [PULL]}, (AGAIN,)),
        ({"external_id": None, "pull_requests": []}, (Find(TARGET, HEAD, DELIVERY),)),
        ({"external_id": "1/5/x", "pull_requests": []}, (Find(TARGET, HEAD, DELIVERY),)),  # of another repository
        ({"external_id": "", "pull_requests": [ELSEWHERE, PULL]}, (AGAIN,)),
        ({"external_id": "", "pull_requests": [ELSEWHERE]}, (Find(TARGET, HEAD, DELIVERY),)),
        ({"external_id": NAMED, "app": THEIRS}, ()),
        ({"external_id": "", "head_sha": None}, ()),
    ],
)
def test_check_runs_are_asked_for_again(check: dict[str, Any], expected: tuple[Request, ...]) -> None:
    told = {"app": OURS, "head_sha": HEAD, "pull_requests": [], **check}
    assert asked("check_run", action="rerequested", check_run=told) == expected
    assert asked("check_run", action="created", check_run=told) == ()
    assert asked("check_run", action="completed", check_run=told) == ()


def test_buttons() -> None:
    check = {"app": OURS, "head_sha": HEAD, "external_id": NAMED, "pull_requests": []}
    press = {"action": "requested_action", "check_run": check, "requested_action": {"identifier": "accept"}}
    assert asked("check_run", **press) == (Press(TARGET, NAMED, HEAD, "accept", "alice", DELIVERY),)
    assert asked("check_run", **{**press, "requested_action": None}) == ()
    assert asked("check_run", **{**press, "sender": None}) == ()
    assert asked("check_run", **{**press, "check_run": {**check, "app": THEIRS}}) == ()


@pytest.mark.parametrize(
    ("action", "suite", "expected"),
    [
        ("requested", {"pull_requests": [PULL, {**PULL, "number": 4}]}, (REVIEW, Review(TARGET, 4, VERSION))),
        ("requested", {"pull_requests": [ELSEWHERE]}, ()),
        ("requested", {"pull_requests": []}, ()),  # of a fork: its pull_request event says it all
        ("requested", {"pull_requests": None}, ()),
        ("rerequested", {"pull_requests": [PULL]}, (AGAIN,)),
        ("rerequested", {"pull_requests": []}, (Find(TARGET, HEAD, DELIVERY),)),  # of a fork: it must be found
        ("rerequested", {"pull_requests": [], "head_sha": None}, ()),
        ("rerequested", {"pull_requests": [PULL], "app": THEIRS}, ()),
        ("requested", {"pull_requests": [PULL], "app": THEIRS}, ()),
        ("completed", {"pull_requests": [PULL]}, ()),
    ],
)
def test_check_suites(action: str, suite: dict[str, Any], expected: tuple[Request, ...]) -> None:
    told = {"app": OURS, "head_sha": HEAD, **suite}
    assert asked("check_suite", action=action, check_suite=told) == expected


TEXT = "/partywall accept because"


@pytest.mark.parametrize(
    ("fields", "obeyed"),
    [
        ({}, True),
        ({"comment": {"body": f"  \n {TEXT}"}}, True),
        ({"comment": {"body": f"please\n{TEXT}"}}, False),
        ({"comment": {"body": f"> {TEXT}"}}, False),
        ({"comment": {"body": "nice"}}, False),
        ({"comment": {"body": None}}, False),
        ({"comment": {"user": ROBOT}}, False),
        ({"comment": {"user": None}}, False),
        ({"comment": {"id": None}}, False),
        ({"action": "edited", "changes": {"body": {"from": "x"}}}, False),  # commands are given once
        ({"action": "deleted"}, False),
    ],
)
def test_commands(fields: dict[str, Any], obeyed: bool) -> None:
    comment = {"id": 99, "body": TEXT, "user": ALICE, **fields.get("comment", {})}
    told = {"action": "created", **fields, "comment": comment}
    body = comment["body"] or ""
    below = Command(TARGET, 3, 99, 0, "alice", body)
    issue = {"number": 3, "pull_request": {"url": "https://api.github.com/repos/octo/shop/pulls/3"}}
    assert asked("issue_comment", **told, issue=issue) == ((below,) if obeyed else ())
    assert asked("issue_comment", **told, issue={"number": 3}) == ()  # an issue is no pull request
    on_a_line = below._replace(thread=99)  # answers go below it
    assert asked("pull_request_review_comment", **told, pull_request=PULL) == ((on_a_line,) if obeyed else ())
    reply = {**told, "comment": {**comment, "in_reply_to_id": 70}}
    threaded = below._replace(thread=70)
    assert asked("pull_request_review_comment", **reply, pull_request=PULL) == ((threaded,) if obeyed else ())


@pytest.mark.parametrize(
    ("action", "bodies", "expected"),
    [
        ("resolved", ["**error** · x\n<!-- partywall:finding=00000000000000aa -->"], (TOLD,)),
        ("unresolved", ["x\n<!-- partywall:finding=00000000000000aa -->", "no"], (TOLD,)),
        ("resolved", ["what is this?", "<!-- partywall:finding=00000000000000aa -->"], ()),
        ("resolved", [None], ()),
        ("resolved", [], ()),
        ("something_new", ["<!-- partywall:finding=00000000000000aa -->"], ()),
    ],
)
def test_threads(action: str, bodies: list[str | None], expected: tuple[Request, ...]) -> None:
    thread = {"comments": [{"id": n, "body": body, "user": ROBOT} for n, body in enumerate(bodies, 1)]}
    assert asked("pull_request_review_thread", action=action, thread=thread, pull_request=PULL) == expected


@pytest.mark.parametrize(
    ("ref", "after", "expected"),
    [
        ("refs/heads/main", HEAD, (Warm(TARGET, HEAD),)),
        ("refs/heads/topic", HEAD, ()),
        ("refs/tags/main", HEAD, ()),
        ("refs/heads/main", "0" * 40, ()),
        ("refs/heads/main", None, ()),
        ("refs/heads/main", "no commit", ()),
        (None, HEAD, ()),
    ],
)
def test_pushes(ref: str | None, after: str | None, expected: tuple[Request, ...]) -> None:
    assert asked("push", ref=ref, after=after) == expected


SHORT = [{"id": 42, "full_name": "octo/shop"}, {"id": 43}, {"full_name": "no/id"}]


@pytest.mark.parametrize(
    ("event", "fields", "expected"),
    [
        ("installation", {"action": "created", "repositories": SHORT}, (Reconcile(7),)),
        ("installation", {"action": "unsuspend"}, (Reconcile(7),)),
        ("installation", {"action": "new_permissions_accepted"}, (Reconcile(7),)),
        ("installation", {"action": "deleted", "repositories": SHORT}, (Forget(7, (42, 43)),)),
        ("installation", {"action": "suspend", "repositories": SHORT}, (Forget(7, (42, 43)),)),
        ("installation", {"action": "deleted"}, (Forget(7, ()),)),
        ("installation", {"action": "something_new"}, ()),
        ("installation_repositories", {"action": "added", "repositories_added": SHORT}, (Reconcile(7),)),
        ("installation_repositories", {"action": "removed", "repositories_removed": SHORT}, (Forget(7, (42, 43)),)),
        ("installation_repositories", {"action": "removed", "repositories": SHORT}, (Forget(7, ()),)),
        ("installation", {"action": "created", "installation": None}, ()),
        ("installation_target", {"action": "renamed"}, ()),
        ("repository", {"action": "archived"}, ()),
        ("sponsorship", {"action": "created"}, ()),
        ("", {"action": "opened", "pull_request": PULL}, ()),
    ],
)
def test_installations_and_the_unknown(event: str, fields: dict[str, Any], expected: tuple[Request, ...]) -> None:
    assert asked(event, **{"repository": None, **fields}) == expected


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"{", id="cut off"),
        pytest.param(b"\xff", id="bytes"),
        pytest.param(b'{"action": "\xff"}', id="bytes in a text"),
        pytest.param(b'{"action": "\\ud800"}', id="half a character"),
        pytest.param(b'{"new": ' + b"[" * 200_000, id="deep"),
    ],
)
def test_what_is_no_json_is_told(body: bytes) -> None:
    for event in (*SUBSCRIBED, "installation", "sponsorship"):
        with pytest.raises(PayloadError):
            parse(event, body, DELIVERY, APP)


@pytest.mark.parametrize("body", [b"[]", b"null", b'"text"', b'{"action": 3, "pull_request": []}', b"{}"])
def test_other_json_asks_for_nothing(body: bytes) -> None:
    assert parse("pull_request", body, DELIVERY, APP) == ()


@settings(deadline=None)
@given(
    st.integers(1, 2**40), st.integers(1, 2**40), st.text("0123456789abcdef-", max_size=50), st.text("c019", max_size=9)
)
def test_external_ids_name_their_pull_request(repository: int, number: int, version: str, run: str) -> None:
    target = Target(1, repository, "o/n")
    external = external_id(target, number, version, run)
    assert number_of(external, target) == number
    assert number_of(external, target._replace(repository=repository + 1)) == 0


@pytest.mark.parametrize("external", ["", "/", "42", "42/", "42/x", "42//3", "42/-3", "42/²", "x/3"])
def test_other_external_ids_name_none(external: str) -> None:
    assert number_of(external, TARGET) == 0


@settings(deadline=None)
@given(st.text(), st.text(), st.text())
def test_versions_are_one_word_and_differ_by_base(head: str, one: str, other: str) -> None:
    assert (version_of(HEAD, one) == version_of(HEAD, other)) == (one == other)
    assert version_of(HEAD, head).startswith(f"{HEAD}-")
    assert set(version_of(HEAD, one)) <= set("0123456789abcdef-")


ASKED_BY_EXAMPLES = {
    "check_run.requested_action": {"Press"},
    "check_run.rerequested": {"Find"},
    "check_suite.rerequested": {"Review"},
    "installation.created": {"Reconcile"},
    "installation.deleted": {"Forget"},
    "installation.new_permissions_accepted": {"Reconcile"},
    "installation.suspend": {"Forget"},
    "installation.unsuspend": {"Reconcile"},
    "installation_repositories.added": {"Reconcile"},
    "installation_repositories.removed": {"Forget"},
    "pull_request.closed": {"Cancel"},
    "pull_request.opened": {"Review"},
    "pull_request.ready_for_review": {"Review"},
    "pull_request.reopened": {"Review"},
    "pull_request.synchronize": {"Review"},
    "push": {"Warm"},
}
"""Which of GitHub's examples ask for something, were the app ours that each is about."""


def test_githubs_examples(samples: list[Example]) -> None:
    found: dict[str, set[str]] = {}
    for example in samples:
        check = example.payload.get("check_run") or example.payload.get("check_suite") or {}
        app = check.get("app", {}).get("id", APP)
        payload = {"installation": {"id": 7}, **example.payload}
        for request in parse(example.event, json.dumps(payload).encode(), DELIVERY, app):
            found.setdefault(example.name, set()).add(type(request).__name__)
    assert found == ASKED_BY_EXAMPLES
    assert (len(samples), len({example.event for example in samples})) == (329, 58)


@settings(
    deadline=None, max_examples=400, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_no_payload_is_too_odd(samples: list[Example], data: st.DataObject) -> None:
    """Whatever is missing, null, of another type or new: nothing is raised."""
    wanted = [
        example for example in samples if example.event in (*SUBSCRIBED, "installation", "installation_repositories")
    ]
    event, payload = data.draw(mutated(wanted))
    payload.setdefault("installation", {"id": 7})
    check = payload.get("check_run") or payload.get("check_suite")
    app = check.get("app") if isinstance(check, dict) else None
    found = parse(event, json.dumps(payload).encode(), DELIVERY, app.get("id", APP) if isinstance(app, dict) else APP)
    assert isinstance(found, tuple)
