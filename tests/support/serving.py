"""A bot in processes of its own: its settings, a port for it, whether it answers."""

from __future__ import annotations

import socket
from contextlib import suppress
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from tests.github.fake import FakeGitHub


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
