"""Who is signed in: kept in the queue's server for an hour. The browser has a name for it that nobody can guess.

GitHub's token is not kept: what a person may see is asked once, and again when the hour is over.
"""

from __future__ import annotations

import hashlib
import json
import secrets

from redis import Redis
from rq.utils import as_text

from bot.pages.people import Person
from bot.pages.visitor import Visitor

SECONDS = 3_600
"""How long a person stays signed in, however busy they are."""

_LOCAL_TOKEN = "partywall:pages:token"  # noqa: S105 - where it is kept


class Sessions:
    """The sessions of all web processes."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    def begin(self, person: Person) -> str:
        """Signs somebody in; gives what the browser shows from then on."""
        name = secrets.token_urlsafe(32)
        kept = {
            "login": person.login,
            "token": secrets.token_urlsafe(32),
            "see": sorted(person.see),
            "write": sorted(person.write),
            "installations": sorted(person.installations),
            "complete": person.complete,
        }
        self._redis.set(_key(name), json.dumps(kept), ex=SECONDS)
        return name

    def find(self, name: str) -> Visitor | None:
        """Who shows this name, None for nobody, or nobody any more."""
        found = self._redis.get(_key(name)) if name else None
        if not found:
            return None
        kept = json.loads(as_text(found))
        for field in ("see", "write", "installations"):
            kept[field] = frozenset(kept[field])
        return Visitor(**kept)

    def end(self, name: str) -> None:
        """Signs out."""
        self._redis.delete(_key(name))

    def local(self) -> Visitor:
        """Who sits at this machine. What their forms carry is the same in all web processes."""
        self._redis.set(_LOCAL_TOKEN, secrets.token_urlsafe(32), nx=True)
        return Visitor("", as_text(self._redis.get(_LOCAL_TOKEN) or ""), None, None, None)


def _key(name: str) -> str:
    """Whoever reads the queue's server finds no name that a browser could show."""
    return f"partywall:pages:session:{hashlib.sha256(name.encode()).hexdigest()}"
