"""Behind a proxy that ends TLS under a prefix: from the set-up page to the operator's pages, over real sockets."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any, cast

import pytest

from bot import credentials
from tests.bot.harness import wait_for
from tests.demo import finished
from tests.github.fake import FakeGitHub
from tests.support.forms import Browser, Page
from tests.support.proxies import HOST, PREFIX, PROXIES, proxied
from tests.support.serving import answers, free_port
from worker.demo import BASE, CHANGE

PUBLIC = f"https://{HOST}{PREFIX}"
LINK = re.compile(r"open (http://127\.0\.0\.1:\d+)(/setup\?key=\S+)")
FALSE = {f"X-Forwarded-{name}": "false.example" for name in ("Host", "For", "Prefix", "Proto")}


@contextmanager
def newly_up(github: FakeGitHub, folder: Path, redis_url: str, *command: str, **more: str) -> Iterator[tuple[int, str]]:
    """`partywall` without an App: the port it listens on, and the path of the link that it prints."""
    port = free_port()
    given = {"REDIS_URL": redis_url, "PARTYWALL_DATA": str(folder / "data"), "PARTYWALL_GITHUB_API": github.url}
    inherited = {key: value for key, value in os.environ.items() if not key.startswith(("PARTYWALL_", "REDIS_"))}
    environ = {**inherited, **given, "PARTYWALL_WRITE_INTERVAL": "0", **more}
    log = folder / "log"
    arguments = [sys.executable, "-m", "worker.cli", *command, "--port", str(port), "--web-processes", "1"]
    with log.open("wb") as output:
        process = subprocess.Popen(arguments, env=environ, stdout=output, stderr=output)
    try:
        wait_for(lambda: process.poll() is not None or answers(f"http://127.0.0.1:{port}"))
        found = LINK.search(log.read_text(encoding="utf-8"))
        assert found, log.read_text(encoding="utf-8")
        yield port, found[2]
    finally:
        process.terminate()
        process.wait()


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[FakeGitHub]:
    with FakeGitHub(tmp_path / "hub") as github:
        yield github
        github.hook = None


@pytest.fixture
def visitor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Browser:
    """A browser that trusts the proxy's certificate, as the fake GitHub's deliveries then do, too."""
    certificate = str(tmp_path / "certificate.pem")
    monkeypatch.setenv("SSL_CERT_FILE", certificate)
    return Browser(certificate)


def lead(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The public name leads to a port of this machine, for everybody in this process."""
    real = socket.getaddrinfo

    def found(name: Any, service: Any, *rest: Any, **more: Any) -> Any:
        return real(*(("127.0.0.1", port) if name == HOST else (name, service)), *rest, **more)

    monkeypatch.setattr(socket, "getaddrinfo", found)


def reviews_on(page: Page) -> list[str]:
    """Where the page links to a review."""
    return [each for each in page.links if "/reviews/" in each]


@pytest.mark.parametrize("kind", PROXIES)
def test_all_of_it_works_behind_a_proxy(
    kind: str, hub: FakeGitHub, visitor: Browser, tmp_path: Path, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    believed = {"PARTYWALL_PROXIES": "1", "PARTYWALL_PAGES": "github"}
    with (
        newly_up(hub, tmp_path, redis_url, "up", "--processes", "1", **believed) as (port, link),
        proxied(kind, tmp_path, port) as listened,
    ):
        lead(listened, monkeypatch)
        # What strangers say about where they come from and where they go to is the proxy's to say.
        assert "false.example" not in visitor.session.get(f"{PUBLIC}{link}", headers=FALSE, timeout=30).text
        page = visitor.press(visitor.open(f"{PUBLIC}{link}"), "Create it on")
        page = visitor.press(page, "Create GitHub App")
        assert page.address == f"{hub.url}/apps/partywall/installations/new"
        stored = credentials.read(tmp_path / "data")
        assert stored is not None
        assert (stored.url, hub.hook_url) == (PUBLIC, f"{PUBLIC}/webhook")
        assert hub.app.callbacks == [f"{PUBLIC}/signin/back"]
        assert visitor.open(f"{PUBLIC}/setup/done").status == 200

        large = b'{"zen": "%s"}' % (b"x" * 2_000_000)
        hook = f"{PUBLIC}/webhook"
        sent = visitor.session.post(hook, large, headers=hub.signed("ping", large, "large"), timeout=30)
        assert (sent.status_code, sent.text) == (200, "pong\n")
        forged = {**hub.signed("ping", large, "forged"), "X-Hub-Signature-256": "sha256=" + 64 * "0"}
        assert visitor.session.post(hook, large, headers=forged, timeout=30).status_code == 401
        hub.hook = hook
        shop = hub.create_repository("octo/shop", BASE)
        shop.push("topic", CHANGE)
        pull = shop.open_pull("topic", author="alice")
        wait_for(lambda: finished(pull))
        hub.settle()
        assert {delivery.status for delivery in hub.deliveries} == {202}

        assert visitor.open(f"{PUBLIC}/reviews").status == 401
        page = visitor.press(visitor.open(f"{PUBLIC}/signin"), "Authorize")
        assert (page.address, page.status) == (f"{PUBLIC}/reviews", 200)
        (cookie,) = cast("CookieJar", visitor.session.cookies)
        assert (cookie.name, cookie.path, cookie.secure, cookie.domain) == ("partywall-session", PREFIX, True, HOST)
        # The check stands a moment before the page knows of the review.
        wait_for(lambda: reviews_on(visitor.open(f"{PUBLIC}/reviews")))
        for address in (*reviews_on(visitor.open(f"{PUBLIC}/reviews")), f"{PUBLIC}/queue"):
            page = visitor.open(address)
            assert page.status == 200
            assert all(each.startswith((f"{PUBLIC}/", hub.url, "https://github.com/")) for each in page.links), page
        page = visitor.press(page, "Sign out")
        assert (page.address, page.status, len(visitor.session.cookies)) == (f"{PUBLIC}/reviews", 401, 0)


def test_where_no_proxy_is_told_of_nobody_is_believed(hub: FakeGitHub, tmp_path: Path, redis_url: str) -> None:
    """The web server of ours believes no headers of its own accord, either."""
    with newly_up(hub, tmp_path, redis_url, "serve") as (port, link):
        told = {
            "X-Forwarded-Proto": "https",
            "X-Forwarded-Ssl": "on",
            "X-Forwarded-Prefix": "/x",
            "SCRIPT_NAME": "/setup",
        }
        page = Browser().session.get(
            f"http://127.0.0.1:{port}{link}", headers={**told, "Host": "192.168.7.7"}, timeout=30
        )
        assert page.status_code == 200
        assert "http://192.168.7.7/setup/created" in page.text
