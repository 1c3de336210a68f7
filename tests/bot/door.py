"""The web application behind a test client, in front of a real queue server."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from itertools import count
from typing import Any

from werkzeug.test import TestResponse

from bot.app import create_app
from bot.settings import load
from tests.github.tokens import key_pair
from worker.queue import QUEUES, Tasks, connect

APP, SECRET = 4711, "a secret with an é"
_deliveries = count(1)


def environ(redis_url: str, **more: str) -> dict[str, str]:
    """The settings of an App that need not be there."""
    return {
        "PARTYWALL_APP_ID": str(APP),
        "PARTYWALL_PRIVATE_KEY": key_pair()[0],
        "PARTYWALL_WEBHOOK_SECRET": SECRET,
        "REDIS_URL": redis_url,
        **more,
    }


def signature(body: bytes, secret: str = SECRET) -> str:
    """The signature that GitHub puts on a body."""
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def headers(event: str, body: bytes, **changed: str | None) -> dict[str, str]:
    """The headers of a delivery; those of `changed` replace them (with _ for -), None leaves one out."""
    sent: dict[str, str | None] = {
        "Content-Type": "application/json",
        "X-GitHub-Event": event,
        "X-GitHub-Delivery": f"delivery-{next(_deliveries)}",
        "X-Hub-Signature-256": signature(body),
        **{name.replace("_", "-"): value for name, value in changed.items()},
    }
    return {name: value for name, value in sent.items() if value is not None}


class Door:
    """Posts deliveries, and looks at what waits for the workers."""

    def __init__(self, redis_url: str) -> None:
        self.tasks = Tasks(connect(redis_url))
        self._client = create_app(load(environ(redis_url))).test_client()

    def post(self, event: str, body: bytes | Mapping[str, Any], **changed: str | None) -> TestResponse:
        """Delivers a payload, signed."""
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.send(data, headers(event, data, **changed))

    def send(self, data: bytes, sent: Mapping[str, str], **environ: Any) -> TestResponse:
        """Delivers as told."""
        return self._client.post("/webhook", data=data, headers=sent, environ_overrides=environ)

    def ask(self, method: str, path: str) -> int:
        """The status of any request."""
        return self._client.open(path, method=method).status_code

    def waiting(self) -> list[str]:
        """The ids of the tasks that wait."""
        return [task for name in QUEUES for task in self.tasks.queue(name).job_ids]

    def clear(self) -> None:
        """Forgets all tasks and deliveries."""
        self.tasks.redis.flushall()

    def close(self) -> None:
        """Lets go of the queue server."""
        self.tasks.redis.close()
