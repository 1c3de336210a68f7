"""A bot on a port: its settings, a server in this process, a port for one of its own, whether it answers."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.error import URLError
from urllib.request import urlopen

from werkzeug.serving import make_server

from tests.github.fake import FakeGitHub

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication


def variables(github: FakeGitHub, data: Path) -> dict[str, str]:
    """The settings of a bot of a fake GitHub, by the names of environment variables."""
    return {
        "PARTYWALL_APP_ID": str(github.app.id),
        "PARTYWALL_PRIVATE_KEY": github.app.private_key,
        "PARTYWALL_WEBHOOK_SECRET": github.app.webhook_secret,
        "PARTYWALL_GITHUB_API": github.url,
        "PARTYWALL_DATA": str(data),
        "PARTYWALL_WRITE_INTERVAL": "0",
    }


@contextmanager
def served(application: Callable[[str], WSGIApplication]) -> Iterator[str]:
    """The address at which an application is served in this process; the application is made for the address."""
    server = make_server("127.0.0.1", 0, lambda *_: (), threaded=True)
    address = f"http://127.0.0.1:{server.port}"
    server.app = application(address)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield address
    finally:
        server.shutdown()
        server.server_close()


def free_port() -> int:
    """A port on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        number: int = probe.getsockname()[1]
        return number


def answers(address: str) -> bool:
    """Whether the web application at an address is up."""
    with suppress(URLError, OSError), urlopen(f"{address}/healthz", timeout=10) as answer:  # noqa: S310 - our own address
        return bool(answer.status == 200)
    return False
