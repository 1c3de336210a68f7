"""What the set-up page has to remember, in the queue's server, so that every web process knows it."""

from __future__ import annotations

import hmac
import json
import secrets

from redis import Redis
from rq.utils import as_text

from bot.setup.offer import Offer

_KEY = "partywall:setup:key"
_KEY_SECONDS, _STATE_SECONDS = 86_400, 3_600
"""How long a set-up link is good, and how long GitHub takes a manifest's code back."""


class Pending:
    """The key of the set-up link, and the offers that GitHub was sent, each under a state that is good once."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    def key(self) -> str:
        """The key of the set-up link, made where there is none; all web processes have the same."""
        self._redis.set(_KEY, secrets.token_urlsafe(32), nx=True)
        self._redis.expire(_KEY, _KEY_SECONDS)
        return self._current()

    def is_key(self, given: str) -> bool:
        """Whether a text is the key, compared in constant time."""
        current = self._current()
        return bool(current) and hmac.compare_digest(current.encode(), given.encode("utf-8", "replace"))

    def _current(self) -> str:
        found = self._redis.get(_KEY)
        return as_text(found) if found else ""

    def remember(self, offer: Offer, state: str = "") -> str:
        """Keeps an offer for an hour, and gives the state under which it is found again."""
        state = state or secrets.token_urlsafe(32)
        self._redis.set(_state(state), json.dumps(offer), ex=_STATE_SECONDS)
        return state

    def take(self, state: str) -> Offer | None:
        """The offer of a state, which is forgotten with this; None where there is none, or no longer."""
        # In one step, so that two requests at once do not both get it; GETDEL is not in every server yet.
        with self._redis.pipeline() as pipeline:
            pipeline.get(_state(state))
            pipeline.delete(_state(state))
            found, _deleted = pipeline.execute()
        return Offer(*json.loads(as_text(found))) if found else None

    def close(self) -> None:
        """The set-up link is good no more."""
        self._redis.delete(_KEY)


def _state(state: str) -> str:
    return f"partywall:setup:state:{state}"
