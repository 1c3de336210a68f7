"""REST: the App's webhook, and what was delivered."""

from __future__ import annotations

from tests.github.routing import Answer, Call, route
from tests.github.webhooks import Delivery

_WORDS = {None: "failed to connect to host", 401: "Invalid HTTP Response: 401", 503: "Invalid HTTP Response: 503"}


@route("GET", "/app/hook/config", "jwt")
def get_config(call: Call) -> Answer:
    github = call.github
    body = {
        "content_type": github.hook_type,
        "insecure_ssl": "0",
        "secret": "********",
        "url": github.hook_url or github.hook,
    }
    return Answer(200, body)


@route("GET", "/app/hook/deliveries", "jwt")
def list_deliveries(call: Call) -> Answer:
    """The newest first; those that were lost on purpose, GitHub does not know of."""
    sent = [each for each in call.github.deliveries if each.attempts]
    size = int(call.request.query.get("per_page", 30))
    return Answer(200, [_delivery_json(number, each) for number, each in enumerate(sent, 1)][::-1][:size])


def _delivery_json(number: int, delivery: Delivery) -> dict[str, object]:
    status = delivery.status or 0
    words = "OK" if 200 <= status < 300 else _WORDS.get(delivery.status, f"Invalid HTTP Response: {status}")
    return {
        "id": number,
        "guid": delivery.guid,
        "delivered_at": delivery.delivered_at,
        "redelivery": delivery.attempts > 1,
        "duration": round(delivery.seconds or 0, 2),
        "status": words,
        "status_code": status,
        "event": delivery.event,
        "action": delivery.action,
        "installation_id": delivery.body.get("installation", {}).get("id"),
        "repository_id": delivery.body.get("repository", {}).get("id"),
        "throttled_at": None,
    }
