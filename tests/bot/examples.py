"""GitHub's own examples of webhooks, as npm delivers them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

from tests.support.npm import npm_package

PACKAGE = ("@octokit/webhooks-examples", "7.6.1")


class Example(NamedTuple):
    """One payload of an event."""

    event: str
    payload: dict[str, Any]

    @property
    def name(self) -> str:
        """The event with its action, where it has one."""
        action = self.payload.get("action")
        return f"{self.event}.{action}" if action else self.event


def examples(cache: Path) -> list[Example]:
    """All payloads that github.com sends. Skips the test where npm does not deliver them."""
    listed = json.loads((npm_package(*PACKAGE, cache) / "api.github.com" / "index.json").read_bytes())
    return [Example(event["name"], payload) for event in listed for payload in event["examples"]]
