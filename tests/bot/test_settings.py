"""What stops the start, and with which words."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from bot.settings import VARIABLES, load
from tests.bot.door import SECRET, environ
from tests.github.tokens import key_pair
from worker.errors import ReviewError

KEY = key_pair()[0]
GIVEN = environ("redis://localhost")


def test_defaults() -> None:
    found = load(GIVEN)
    assert (found.app_id, found.private_key, found.webhook_secret) == (4711, KEY.strip(), SECRET.encode())
    assert (found.redis_url, found.api) == ("redis://localhost", "https://api.github.com")
    assert found.data == Path.home() / ".local/share/partywall"
    assert (found.disk, found.shared_facts) == (20_000_000_000, 0)
    assert (found.time_limit, found.per_installation) == (900, 4)
    assert (found.write_interval, found.reconcile_interval) == (1.0, 600)


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("PARTYWALL_LOG", "JSON", "PARTYWALL_LOG is 'JSON'; it must be one of auto, text, json."),
        ("PARTYWALL_PAGES", "public", "PARTYWALL_PAGES is 'public'; it must be one of off, loopback, github."),
        ("PARTYWALL_PAGES", "github", "PARTYWALL_PAGES is 'github', and PARTYWALL_CLIENT_ID is not set; signing in needs the App's client id, a client secret (both are in the App's settings on GitHub) and the address of this server."),
        ("PARTYWALL_APP_ID", "", "PARTYWALL_APP_ID is not set; it must be a number of at least 1."),
        ("PARTYWALL_APP_ID", "Iv23abc", "PARTYWALL_APP_ID is 'Iv23abc'; it must be a number of at least 1."),
        ("PARTYWALL_APP_ID", "0", "PARTYWALL_APP_ID is '0'; it must be a number of at least 1."),
        ("PARTYWALL_APP_ID", "nan", "PARTYWALL_APP_ID is 'nan'; it must be a number of at least 1."),
        ("PARTYWALL_APP_ID", "inf", "PARTYWALL_APP_ID is 'inf'; it must be a number of at least 1."),
        ("PARTYWALL_APP_ID", "4711.5", "PARTYWALL_APP_ID is '4711.5'; it must be a whole number."),
        ("PARTYWALL_PRIVATE_KEY", "", "PARTYWALL_PRIVATE_KEY is not set; set it or PARTYWALL_PRIVATE_KEY_FILE."),
        ("PARTYWALL_PRIVATE_KEY", "key.pem", "PARTYWALL_PRIVATE_KEY is not a private key in PEM format; copy the whole file that GitHub gave."),
        ("PARTYWALL_WEBHOOK_SECRET", "", "PARTYWALL_WEBHOOK_SECRET is not set; set it or PARTYWALL_WEBHOOK_SECRET_FILE."),
        ("PARTYWALL_WEBHOOK_SECRET", " \n", "PARTYWALL_WEBHOOK_SECRET is not set; set it or PARTYWALL_WEBHOOK_SECRET_FILE."),
        ("REDIS_URL", "", "REDIS_URL is not set; name a Redis or Valkey server, or start everything with `partywall up`."),
        ("PARTYWALL_GITHUB_API", "api.github.com", "PARTYWALL_GITHUB_API is 'api.github.com'; it must be the address of an API, such as https://api.github.com."),
        ("PARTYWALL_GITHUB_API", "ftp://x", "PARTYWALL_GITHUB_API is 'ftp://x'; it must be the address of an API, such as https://api.github.com."),
        ("PARTYWALL_GITHUB_API", "https://", "PARTYWALL_GITHUB_API is 'https:'; it must be the address of an API, such as https://api.github.com."),
        ("PARTYWALL_GITHUB_API", "http://[", "PARTYWALL_GITHUB_API is 'http://['; it must be the address of an API, such as https://api.github.com."),
        ("PARTYWALL_DISK_MB", "0", "PARTYWALL_DISK_MB is '0'; it must be a number of at least 1."),
        ("PARTYWALL_SHARED_FACTS_MB", "-1", "PARTYWALL_SHARED_FACTS_MB is '-1'; it must be a number of at least 0."),
        ("PARTYWALL_DISK_MB", "much", "PARTYWALL_DISK_MB is 'much'; it must be a number of at least 1."),
        ("PARTYWALL_TIME_LIMIT", "-1", "PARTYWALL_TIME_LIMIT is '-1'; it must be a number of at least 1."),
        ("PARTYWALL_PER_INSTALLATION", "0", "PARTYWALL_PER_INSTALLATION is '0'; it must be a number of at least 1."),
        ("PARTYWALL_WRITE_INTERVAL", "-0.1", "PARTYWALL_WRITE_INTERVAL is '-0.1'; it must be a number of at least 0."),
        ("PARTYWALL_RECONCILE_MINUTES", "0", "PARTYWALL_RECONCILE_MINUTES is '0'; it must be a number of at least 0.0166667."),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named(name: str, value: str, words: str) -> None:
    with pytest.raises(ReviewError) as error:
        load({**GIVEN, name: value})
    assert str(error.value) == words


@pytest.mark.parametrize(
    ("name", "value", "field", "expected"),
    [
        ("PARTYWALL_GITHUB_API", "https://ghe.example/api/v3/", "api", "https://ghe.example/api/v3"),
        ("PARTYWALL_DATA", "~/reviews", "data", Path.home() / "reviews"),
        ("PARTYWALL_DISK_MB", "0.5e3", "disk", 500_000_000),
        ("PARTYWALL_SHARED_FACTS_MB", "50", "shared_facts", 50_000_000),
        ("PARTYWALL_WRITE_INTERVAL", "0", "write_interval", 0.0),
        ("PARTYWALL_RECONCILE_MINUTES", "0.5", "reconcile_interval", 30),
        ("PARTYWALL_PRIVATE_KEY", KEY.replace("\n", "\\n"), "private_key", KEY),
        ("PARTYWALL_APP_ID", " 12 ", "app_id", 12),
        ("UNKNOWN", "x", "app_id", 4711),
    ],
)
def test_what_is_set_counts(name: str, value: str, field: str, expected: object) -> None:
    assert getattr(load({**GIVEN, name: value}), field) == expected


@pytest.mark.parametrize(
    ("address", "password"),
    [("redis://:p%40ss@queue:1/0", {"p%40ss", "p@ss"}), ("redis://queue", {""}), ("redis://[queue", {""})],
)
def test_what_is_secret_in_the_settings(address: str, password: set[str]) -> None:
    found = load({**GIVEN, "REDIS_URL": address, "PARTYWALL_METRICS_TOKEN": "a token"})
    assert set(found.secrets) == {KEY.strip(), SECRET, "a token", *password}


@pytest.mark.parametrize("name", ["PARTYWALL_PRIVATE_KEY", "PARTYWALL_WEBHOOK_SECRET", "PARTYWALL_METRICS_TOKEN"])
def test_secrets_may_stand_in_files(name: str, tmp_path: Path) -> None:
    file = tmp_path / "secret"
    given = {**GIVEN, "PARTYWALL_METRICS_TOKEN": "a token"}
    file.write_text(f"{given[name]}\n\n", encoding="utf-8")
    without = {key: value for key, value in given.items() if key != name}
    assert load({**without, f"{name}_FILE": str(file)}) == load(given)
    assert load({**given, f"{name}_FILE": "/nowhere"}) == load(given)  # the variable itself counts first
    file.write_text("\n")
    for content, words in ((b"\n", f"{name} is not set"), (b"\xff\xfe", f"{name}_FILE cannot be read: ")):
        file.write_bytes(content)
        with pytest.raises(ReviewError, match=words):
            load({**without, f"{name}_FILE": str(file)})
    for missing in (tmp_path, tmp_path / "none"):
        with pytest.raises(ReviewError, match=f"{name}_FILE cannot be read: "):
            load({**without, f"{name}_FILE": str(missing)})


def test_signing_in_needs_all_three() -> None:
    given = {
        "PARTYWALL_CLIENT_ID": "Iv23abc",
        "PARTYWALL_CLIENT_SECRET": "a client secret",
        "PARTYWALL_URL": "https://partywall.example.com",
    }
    found = load({**GIVEN, **given, "PARTYWALL_PAGES": "github"})
    assert (found.pages, found.client_id, found.client_secret) == ("github", "Iv23abc", "a client secret")
    assert "a client secret" in found.secrets
    for name in given:
        with pytest.raises(ReviewError, match=f"{name} is not set"):
            load({**GIVEN, **given, "PARTYWALL_PAGES": "github", name: ""})


def test_secrets_are_left_out_of_the_text() -> None:
    found = load({**GIVEN, "REDIS_URL": "redis://:password@localhost", "PARTYWALL_CLIENT_SECRET": "a client secret"})
    for secret in (KEY, KEY.splitlines()[1], SECRET, "password", "a client secret"):
        assert secret not in repr(found)
        assert secret not in str(found)


def test_no_error_tells_a_secret() -> None:
    broken = "\n".join(KEY.splitlines()[1:-1])
    with pytest.raises(ReviewError) as error:
        load({**GIVEN, "PARTYWALL_PRIVATE_KEY": broken})
    assert broken[:20] not in str(error.value)


def test_every_variable_is_documented() -> None:
    text = Path(__file__, "../../../docs/deployment.md").resolve().read_text(encoding="utf-8")
    rows = re.findall(r"^\| (`(?:PARTYWALL_|REDIS_)[^|]*) \| ([^|]*?) ?\| ", text, re.MULTILINE)
    told = {name: default.strip("`") for names, default in rows for name in re.findall(r"`(\w+)`", names)}
    assert told == {variable.name: variable.default for variable in VARIABLES}
    assert all(variable.meaning for variable in VARIABLES)


@pytest.mark.parametrize("command", ["serve", "work", "up"])
def test_nothing_starts_without_a_secret(command: str) -> None:
    inherited = {key: value for key, value in os.environ.items() if not key.startswith(("PARTYWALL_", "REDIS_"))}
    done = subprocess.run(
        [sys.executable, "-m", "worker.cli", command],
        env={**inherited, **GIVEN, "PARTYWALL_WEBHOOK_SECRET": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (2, "")
    (line,) = done.stderr.splitlines()
    assert "PARTYWALL_WEBHOOK_SECRET is not set" in line
    assert "PRIVATE KEY" not in line


@pytest.mark.parametrize("command", ["serve", "work", "up", "status", "doctor"])
def test_what_is_not_installed_is_named(command: str) -> None:
    arguments = [command, *(["--debug"] if command == "serve" else [])]
    program = f"import sys; sys.modules['redis'] = None; from worker.cli import main; sys.exit(main({arguments}))"
    environ = {**os.environ, **GIVEN}
    done = subprocess.run([sys.executable, "-c", program], env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr == "partywall: redis is not installed; the bot needs `pip install 'partywall[bot]'`.\n"
