"""Who looks at the operator's pages, and what they may see."""

from __future__ import annotations

import ipaddress
from typing import NamedTuple

from flask import Request


class Visitor(NamedTuple):
    """Somebody who may look. `see` and `write` are GitHub's numbers of repositories, None for all there are.

    `login` is '' where nobody signed in. `token` has to come back with every form. `complete` is whether GitHub was asked
    about all that the person may see.
    """

    login: str
    token: str
    see: frozenset[int] | None
    write: frozenset[int] | None
    installations: frozenset[int] | None
    complete: bool = True

    def may_see(self, repository: int | None) -> bool:
        """Whether a repository's reviews are shown; None stands for what is about several or none."""
        return self.see is None or repository in self.see

    def may_write(self, repository: int | None) -> bool:
        """Whether what was given up may be done once more."""
        return self.write is None or repository in self.write


_FORWARDING = ("FORWARDED", "VIA", "X_REAL_IP", "X_CLIENT_IP", "CF_CONNECTING_IP", "TRUE_CLIENT_IP")


def is_from_here(request: Request) -> bool:
    """Whether a request comes straight from this machine, and was meant for it by name.

    A proxy on this machine comes from here, too, with what strangers ask: it is known by the headers that it adds, or by
    HTTP 1.0, which browsers do not speak. A page elsewhere whose name suddenly leads here is known by that name.
    """
    # What stood there before somebody's word on another address was taken.
    original = {**request.environ, **request.environ.get("werkzeug.proxy_fix.orig", {})}
    forwarded = any(
        name.startswith("HTTP_X_FORWARDED_") or name.removeprefix("HTTP_") in _FORWARDING for name in request.environ
    )
    name = (original.get("HTTP_HOST") or "").lower()
    return (
        not forwarded
        and request.environ.get("SERVER_PROTOCOL") != "HTTP/1.0"
        and _is_loopback(original.get("REMOTE_ADDR") or "")
        and (_host(name) == "localhost" or _is_loopback(_host(name)))
    )


def _host(name: str) -> str:
    """A host without its port."""
    if name.startswith("["):
        return name[1:].partition("]")[0]
    return name.partition(":")[0]


def _is_loopback(address: str) -> bool:
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    mapped = getattr(found, "ipv4_mapped", None)
    return (mapped or found).is_loopback
