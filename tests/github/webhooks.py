"""Webhooks: signed, kept, and delivered one after another by a thread."""

from __future__ import annotations

import hashlib
import hmac
import json
import queue
import threading
import time
import uuid
from dataclasses import dataclass
from http.client import HTTPException
from typing import TYPE_CHECKING, Any
from urllib.error import HTTPError
from urllib.request import Request as HttpRequest
from urllib.request import urlopen

from tests.github.model import Account, Installation, now, stamp
from tests.github.payloads import account_json, installation_json, repository_json

if TYPE_CHECKING:
    from tests.github.fake import FakeGitHub
    from tests.github.repository import Repository

_ALWAYS = ("installation", "installation_repositories", "check_suite", "ping")
_TIMEOUT = 10.0
"""Seconds that GitHub waits for an answer."""


@dataclass
class Delivery:
    """A webhook. `status` is what the app answered; None: lost, or nobody answered."""

    guid: str
    event: str
    action: str | None
    payload: bytes
    status: int | None = None
    seconds: float | None = None
    attempts: int = 0
    delivered_at: str | None = None

    @property
    def body(self) -> Any:
        return json.loads(self.payload)


class Webhooks:
    """The outgoing side of the fake."""

    def __init__(self, github: FakeGitHub) -> None:
        self.deliveries: list[Delivery] = []
        self._github = github
        self._waiting: queue.Queue[Delivery | None] = queue.Queue()
        self._thread = threading.Thread(target=self._deliver, name="webhooks")
        self._thread.start()

    def send(
        self,
        event: str,
        action: str | None,
        installation: Installation | None,
        sender: Account,
        repository: Repository | None,
        fields: dict[str, Any],
    ) -> None:
        """Records a webhook and queues it, if the app is installed and wants the event."""
        app = self._github.app
        if installation is None or (installation.suspended and event != "installation"):
            return
        if event not in _ALWAYS and event not in app.events:
            return
        payload: dict[str, Any] = {"action": action} if action else {}
        payload |= {**fields, "sender": account_json(sender)}
        if repository:
            payload["repository"] = repository_json(repository, full=event == "push")
        if event.startswith("installation"):
            payload["installation"] = installation_json(installation, app)
        else:
            payload["installation"] = {"id": installation.id, "node_id": f"I_{installation.id}"}
        self._github.check_webhook(event, action, payload)
        delivery = Delivery(str(uuid.uuid4()), event, action, json.dumps(payload).encode())
        self.deliveries.append(delivery)
        if not self._github.drop_webhooks:
            self._waiting.put(delivery)

    def redeliver(self, guid: str) -> None:
        """The same delivery once more, with the same id. Raises StopIteration for an unknown one."""
        self._waiting.put(next(each for each in self.deliveries if each.guid == guid))

    def settle(self) -> None:
        """Waits until everything queued was delivered."""
        self._waiting.join()

    def close(self) -> None:
        """What still waits is lost."""
        while True:
            try:
                self._waiting.get_nowait()
            except queue.Empty:
                break
            self._waiting.task_done()
        self._waiting.put(None)
        self._thread.join()

    def signed(self, event: str, payload: bytes, guid: str) -> dict[str, str]:
        """The headers of a delivery."""
        digest = hmac.new(self._github.app.webhook_secret.encode(), payload, hashlib.sha256).hexdigest()
        return {
            "Content-Type": "application/json",
            "User-Agent": "GitHub-Hookshot/fake",
            "X-GitHub-Delivery": guid,
            "X-GitHub-Event": event,
            "X-GitHub-Hook-ID": "1",
            "X-GitHub-Hook-Installation-Target-ID": str(self._github.app.id),
            "X-GitHub-Hook-Installation-Target-Type": "integration",
            "X-Hub-Signature-256": f"sha256={digest}",
        }

    def _deliver(self) -> None:
        while (delivery := self._waiting.get()) is not None:
            try:
                if hook := self._github.hook:
                    self._post(hook, delivery)
            finally:
                self._waiting.task_done()

    def _post(self, hook: str, delivery: Delivery) -> None:
        headers = self.signed(delivery.event, delivery.payload, delivery.guid)
        begun = time.monotonic()
        try:
            with urlopen(HttpRequest(hook, delivery.payload, headers), timeout=_TIMEOUT) as answer:  # noqa: S310
                delivery.status = answer.status
        except HTTPError as error:
            delivery.status = error.code
            error.close()
        except (OSError, HTTPException):
            delivery.status = None
        delivery.seconds = time.monotonic() - begun
        delivery.delivered_at = stamp(now())
        delivery.attempts += 1
