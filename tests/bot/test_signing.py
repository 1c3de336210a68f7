"""Signing in through GitHub: who comes in, for how long, and what is told where it fails."""

from __future__ import annotations

from urllib.parse import parse_qs

import pytest

from tests.bot.guests import Guest, drafted, keep, token_in
from tests.bot.stage import Stage
from tests.github.faults import Fault


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
