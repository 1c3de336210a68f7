"""Who looks at the operator's pages, and what is there to be seen."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

from redis import Redis
from requests import post
from werkzeug.test import Client, TestResponse

from bot import records
from bot.app import create_app
from bot.conversation import Pull
from bot.events import Target
from bot.metrics import Tally
from bot.records import Draft
from bot.settings import Settings
from rules.model import Finding, Report
from tests.bot.stage import Stage

PUBLIC = "https://partywall.example.com"
HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'&"


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


def drafted(number: int = 1, repository: int = 42, **report: Any) -> records.Record:
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
    return [
        Finding(id=str(each), rule=HOSTILE, level="error", path=f"{HOSTILE}\udcff/{each}.py", start_line=3, end_line=4, message=HOSTILE * 200)
        for each in range(number)
    ]  # fmt: skip
