"""What the doctor says of set-ups: of one that works, and of those that are broken in one place."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from rq.worker import Worker

from bot import credentials
from bot.credentials import Credentials
from bot.doctor.patient import Machine, Patient, Verdict
from bot.doctor.report import CHECKS, as_json, examine, line
from tests.bot.harness import Bot
from tests.github.fake import FakeGitHub
from worker.demo import BASE
from worker.queue import QUEUES


@dataclass
class Ward:
    """A set-up that works, to be broken."""

    github: FakeGitHub
    bot: Bot
    environ: dict[str, str]
    machine: Machine
    worker: Worker

    def examine(self) -> dict[str, Verdict]:
        """What the doctor finds."""
        return dict(examine(Patient(self.environ, self.machine)))

    def deliver(self) -> None:
        """One more delivery."""
        self.github.repositories[0].push("other", {"a.py": f"{time.monotonic()}\n"})
        self.github.settle()


@pytest.fixture
def ward(github: FakeGitHub, tmp_path: Path, redis_url: str) -> Iterator[Ward]:
    with Bot(github, tmp_path / "data", redis_url) as bot:
        github.create_repository("octo/shop", BASE)
        github.settle()
        assert github.hook
        url = github.hook.removesuffix("/webhook")
        worker = Worker(list(QUEUES), connection=bot.shop.tasks.redis)
        worker.register_birth()  # type: ignore[no-untyped-call]
        yield Ward(github, bot, {**bot.environ, "PARTYWALL_URL": url}, Machine(), worker)


def test_a_set_up_that_works(ward: Ward) -> None:
    found = ward.examine()
    assert {name: verdict.state for name, verdict in found.items()} == dict.fromkeys(CHECKS, "ok")
    assert "knows it as Partywall, of partywall-people" in found["key"].says
    assert found["installations"].says == "1: octo"
    assert found["workers"].says == "alive: 1"
    assert all(not verdict.mend for verdict in found.values())


Break = Callable[[Ward, pytest.MonkeyPatch], object]


def _set(**variables: str) -> Break:
    return lambda ward, _: ward.environ.update(variables)


def _other_key() -> str:
    made = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    form = serialization.PrivateFormat.TraditionalOpenSSL
    return made.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()).decode()


def _wrong_secret(ward: Ward, _: pytest.MonkeyPatch) -> None:
    ward.github.app.webhook_secret = "another"  # noqa: S105
    ward.deliver()


def _failed_before(ward: Ward, _: pytest.MonkeyPatch) -> None:
    hook, ward.github.hook = ward.github.hook, "http://127.0.0.1:1/webhook"
    ward.deliver()
    ward.github.hook = ward.github.hook_url = hook
    ward.deliver()


def _nobody_there(ward: Ward, patch: pytest.MonkeyPatch) -> None:
    _deaf(ward, patch)
    ward.github.hook_url = "http://127.0.0.1:1/webhook"


def _no_worker(ward: Ward, _: pytest.MonkeyPatch) -> None:
    ward.worker.register_death()  # type: ignore[no-untyped-call]


def _deaf(ward: Ward, _: pytest.MonkeyPatch) -> None:
    hook, ward.github.hook = ward.github.hook, "http://127.0.0.1:1/webhook"
    ward.deliver()
    ward.github.hook = ward.github.hook_url = hook


def _silent_worker(ward: Ward, _: pytest.MonkeyPatch) -> None:
    ward.bot.shop.tasks.redis.hset(ward.worker.key, "last_heartbeat", "2026-01-01T00:00:00.000000Z")


def _git(script: str) -> Break:
    """Another command `git` stands in front of the machine's own."""

    def put(ward: Ward, patch: pytest.MonkeyPatch) -> None:
        folder = ward.bot.settings.data.parent / "bin"
        folder.mkdir()
        (folder / "git").write_text(f"#!/bin/sh\n{script}\n")
        (folder / "git").chmod(0o755)
        patch.setenv("PATH", f"{folder}:{os.environ['PATH']}")

    return put


def _old_git(told: str) -> Break:
    return _git(f'[ "$1" = version ] && echo "{told}" && exit 0; PATH="${{PATH#*:}}" exec git "$@"')


def _machine(**parts: Any) -> Break:
    return lambda ward, _: setattr(ward, "machine", Machine(**parts))


def _app(**changed: Any) -> Break:
    def change(ward: Ward, _: pytest.MonkeyPatch) -> None:
        for name, value in changed.items():
            setattr(ward.github.app, name, value)

    return change


GRANTED = {"checks": "write", "contents": "read", "issues": "read", "metadata": "read", "pull_requests": "write"}
HEARD = ["check_run", "check_suite", "issue_comment", "pull_request", "pull_request_review_comment", "pull_request_review_thread", "push"]  # fmt: skip
BROKEN: dict[str, tuple[Break, str, str, str]] = {
    "a damaged key": (_set(PARTYWALL_PRIVATE_KEY="-----BEGIN RSA PRIVATE KEY-----\nMII\n-----END RSA PRIVATE KEY-----"), "key", "the private key is damaged", "copy the whole file"),
    "another App's key": (lambda ward, _: ward.environ.update(PARTYWALL_PRIVATE_KEY=_other_key()), "key", "does not take it for a key of the App 4711", "make another private key on"),
    "GitHub away": (_set(PARTYWALL_GITHUB_API="http://127.0.0.1:1"), "key", "GitHub did not answer (ConnectionError)", "open the way to it"),
    "a permission is missing": (_app(permissions={**GRANTED, "checks": "read"}), "permissions", "missing: checks: write", "{apps}/partywall/permissions (Repository permissions)"),
    "more permissions than needed": (_app(permissions={**GRANTED, "contents": "write"}), "permissions", "more than a review needs: contents: write", "take them back on {apps}/partywall/permissions"),
    "an event is missing": (_app(events=HEARD[:-1]), "events", "missing: push", "{apps}/partywall/permissions (Subscribe to events)"),
    "not accepted where it is installed": (lambda ward, _: ward.github.installations[0].permissions.pop("checks"), "installations", "octo has not accepted: checks: write", "an owner accepts it on https://github.com/"),
    "installed nowhere": (lambda ward, _: ward.github.installations.clear(), "installations", "it is installed nowhere", "install it: https://github.com/apps/partywall/installations/new"),
    "suspended": (lambda ward, _: ward.github.suspend("octo"), "installations", "1, of which 1 are suspended", "their owners"),
    "another address": (_set(PARTYWALL_URL="https://other.example"), "webhook", "GitHub delivers to http://127.0.0.1:", "set it to https://other.example/webhook on {apps}/partywall"),
    "a form": (lambda ward, _: setattr(ward.github, "hook_type", "form"), "webhook", "GitHub delivers as form, which is refused", "set the content type to application/json"),
    "an address that nobody answers": (_nobody_there, "reach", "does not answer from here", "start `partywall serve`"),
    "the webhook's secret differs": (_wrong_secret, "deliveries", "failed: Invalid HTTP Response: 401", "the webhook's secret differs: set it on {apps}/partywall (Webhook secret) and in PARTYWALL_WEBHOOK_SECRET"),
    "GitHub does not get through": (_deaf, "deliveries", "failed: failed to connect to host", "GitHub does not reach the address"),
    "some were lost": (_failed_before, "deliveries", "2 failed (failed to connect to host)", "deliver them again on {apps}/partywall/advanced"),
    "nothing came yet": (lambda ward, _: ward.github.deliveries.clear(), "deliveries", "nothing was delivered yet", "open a pull request"),
    "no Redis": (_set(REDIS_URL="redis://127.0.0.1:1"), "queue", "the Redis server of REDIS_URL does not answer", "start it or correct the address"),
    "no worker": (_no_worker, "workers", "none is alive", "start `partywall work`"),
    "a silent worker": (_silent_worker, "workers", "none is alive; 1 were heard of before", "start `partywall work`"),
    "a full disk": (_machine(free=lambda _: 12_000_000), "disk", "12 MB free in", "make room, at least 500 MB"),
    "a small disk": (_machine(free=lambda _: 3_500_000_000), "disk", "the mirrors may grow to 20.0 GB", "set PARTYWALL_DISK_MB to 3000"),
    "a folder that is none": (_set(PARTYWALL_DATA="/dev/null"), "disk", "cannot be written to (Not a directory)", "PARTYWALL_DATA"),
    "a clock ahead": (_machine(now=lambda: time.time() + 90), "clock", "s ahead of GitHub's", "set the clock"),
    "a clock behind": (_machine(now=lambda: time.time() - 3600), "clock", "s behind GitHub's", "set the clock"),
    "a clock somewhat off": (_machine(now=lambda: time.time() - 30), "clock", "s behind GitHub's", "let NTP keep the clock"),
    "an old git": (_old_git("git version 2.17.1"), "git", "git 2.17.1 cannot fetch", "install git 2.32 or newer"),
    "a git of a distribution": (_old_git("git version 2.32.0 (Apple Git-132)"), "git", "git 2.32.0", ""),
    "a git that tells nothing": (_old_git("hm"), "git", "'hm' names no version", "install git 2.32 or newer"),
    "no git": (_git("exit 1"), "git", "the command `git` does not work here", "install git 2.32 or newer"),
    "a review that cannot be tried": (_git("exit 1"), "sample", "no repository can be made (CalledProcessError)", "see what is said of git"),
    "a setting": (_set(PARTYWALL_DISK_MB="much"), "settings", "PARTYWALL_DISK_MB is 'much'", "it must be a number"),
}  # fmt: skip

NOTES = {"more permissions than needed", "some were lost", "nothing came yet", "a small disk", "a clock somewhat off"}
"""What is said without failing."""


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_broken_is_named_with_the_mend(ward: Ward, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    apply, check, says, mend = BROKEN[name]
    before = ward.examine() if name in NOTES else {}
    apply(ward, monkeypatch)
    found = ward.examine()
    assert list(found) == list(CHECKS)
    verdict = found[check]
    assert says in verdict.says
    assert mend.format(apps=f"{ward.github.url}/settings/apps") in verdict.mend
    assert verdict.state == ("note" if name in NOTES else "ok" if name == "a git of a distribution" else "fail")
    if before:
        assert "fail" not in {each.state for each in found.values()}
    assert "could not be looked at" not in str(found)
    ward.github.problems.clear()


def test_one_that_fails_stops_no_other(ward: Ward) -> None:
    ward.environ |= {"REDIS_URL": "redis://127.0.0.1:1", "PARTYWALL_GITHUB_API": "http://127.0.0.1:1"}
    states = {name: verdict.state for name, verdict in ward.examine().items()}
    failed, skipped = {"key", "queue"}, {"clock", "permissions", "events", "installations", "webhook", "reach", "deliveries", "workers"}  # fmt: skip
    expected = {name: "fail" if name in failed else "skip" if name in skipped else "ok" for name in CHECKS}
    assert states == expected


def test_a_check_that_breaks_down_is_a_failure_of_its_own(ward: Ward, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.doctor.machine.review", lambda *_: 1 / 0)
    found = ward.examine()
    assert found["sample"] == (
        "fail",
        "could not be looked at (ZeroDivisionError)",
        "tell the people who write Partywall",
    )
    assert found["git"].state == "ok"


def test_stored_credentials_that_others_may_read(ward: Ward) -> None:
    app, data = ward.github.app, ward.bot.settings.data
    for name in list(ward.environ):
        if name.startswith(("PARTYWALL_APP", "PARTYWALL_PRIVATE", "PARTYWALL_WEBHOOK")):
            del ward.environ[name]
    kept = Credentials(app.id, app.private_key, app.webhook_secret, ward.github.url, "")
    file = credentials.write(data, kept)
    assert ward.examine()["settings"] == ("ok", f"the App {app.id}, from {file}", "")
    file.chmod(0o644)
    assert ward.examine()["settings"] == ("fail", f"other users of this machine may read {file}", f"chmod 600 {file}")


def test_without_credentials_it_says_what_it_can(tmp_path: Path, redis_url: str) -> None:
    found = dict(examine(Patient({"REDIS_URL": redis_url, "PARTYWALL_DATA": str(tmp_path / "none"), "PARTYWALL_GITHUB_API": "http://127.0.0.1:1"})))  # fmt: skip
    assert {name for name, verdict in found.items() if verdict.state == "ok"} == {"queue", "disk", "git", "sample"}
    assert {name for name, verdict in found.items() if verdict.state == "fail"} == {"settings", "workers"}
    assert "partywall up" in found["settings"].mend
    assert not (tmp_path / "none").exists()


def test_an_address_with_a_password_is_shown_without_it(ward: Ward) -> None:
    ward.github.hook_url = "http://me:pass-word@127.0.0.1:1/webhook"
    found = ward.examine()
    assert found["webhook"].says == "GitHub delivers to http://…@127.0.0.1:1/webhook"
    assert "pass-word" not in str(found)


def _doctor(environ: dict[str, str], *options: str) -> subprocess.CompletedProcess[str]:
    inherited = {key: value for key, value in os.environ.items() if not key.startswith(("PARTYWALL_", "REDIS_"))}
    command = [sys.executable, "-m", "worker.cli", "doctor", *options]
    return subprocess.run(command, env={**inherited, **environ}, capture_output=True, text=True, check=False)


def test_the_command_says_it_in_lines_and_in_json(ward: Ward) -> None:
    done = _doctor(ward.environ)
    assert (done.returncode, done.stderr) == (0, "")
    assert [each.split()[:2] for each in done.stdout.splitlines()] == [["ok", name] for name in CHECKS]
    ward.github.app.permissions = {**GRANTED, "checks": "read"}
    done = _doctor(ward.environ, "--json")
    assert done.returncode == 1
    told = json.loads(done.stdout)
    assert (told["ok"], len(told["checks"])) == (False, len(CHECKS))
    (failed,) = [check for check in told["checks"] if check["state"] == "fail"]
    assert (failed["name"], failed["says"]) == ("permissions", "missing: checks: write")
    assert "\n" not in line("permissions", Verdict("fail", "a\nb", "c"))


def test_secrets_are_never_told(ward: Ward) -> None:
    ward.environ["REDIS_URL"] = "redis://:pass-word@127.0.0.1:1"
    ward.environ["PARTYWALL_PRIVATE_KEY"] = _other_key()
    done = _doctor(ward.environ)
    assert done.returncode == 1
    said = done.stdout + done.stderr + as_json(ward.examine())
    for secret in ("pass-word", ward.github.app.webhook_secret, ward.environ["PARTYWALL_PRIVATE_KEY"].splitlines()[1]):
        assert secret not in said
    assert all(request.secret[-40:] not in said for request in ward.github.requests if request.secret)
    ward.github.problems.clear()
