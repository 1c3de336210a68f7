"""What a person chose on the set-up page, and what GitHub will be asked for."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import urlsplit

from bot.manifest import DOT_COM
from bot.settings import is_address

_LOGIN = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_-]{0,98}[A-Za-z0-9])?")
_HOST = re.compile(r"https://[A-Za-z0-9.-]+(?::\d{1,5})?")


class Offer(NamedTuple):
    """An App to be created: where GitHub reaches us, for whom ('' for the person's own account), on which GitHub."""

    url: str
    organization: str
    web: str
    show: bool = False
    """Whether the credentials are to be shown, for a secret store, and not to be kept here."""

    def problems(self, fixed_web: str = "") -> dict[str, str]:
        """What is wrong, by field; nothing where it can be offered. fixed_web: the GitHub that the settings name."""
        found = {}
        if reason := _unreachable(self.url, self.web):
            found["url"] = reason
        if self.organization and not _LOGIN.fullmatch(self.organization):
            found["organization"] = "This is no name of an organization: it is what stands in its address on GitHub."
        if self.web != fixed_web and not _HOST.fullmatch(self.web):
            found["web"] = (
                "Give the address of GitHub itself, such as https://github.com or https://github.example.com."
            )
        return found


def read(form: Mapping[str, str], url: str, fixed_web: str) -> Offer:
    """What a form says. url: what counts where it names no address. fixed_web: what the settings name, which counts."""
    web = fixed_web or form.get("web", "").strip().rstrip("/").lower() or DOT_COM
    return Offer(
        form.get("url", url).strip().rstrip("/").removesuffix("/webhook"),
        form.get("organization", "").strip().removeprefix("@"),
        web if "://" in web else f"https://{web}",
        bool(form.get("show")),
    )


def _unreachable(url: str, web: str) -> str:
    """Why GitHub will not deliver to an address; '' where it may."""
    if not url:
        return "Give the address under which GitHub reaches this server."
    parts = urlsplit(url) if is_address(url) else None
    if parts is None or parts.query or parts.fragment or parts.username or not re.fullmatch(r"[!-~]+", url):
        return "Give a whole address, such as https://partywall.example.com."
    host = (parts.hostname or "").lower()
    if host == "localhost" or host.endswith(".localhost"):
        return f"GitHub cannot reach {host}: that name means this machine alone."
    if web == DOT_COM and "." not in host and ":" not in host:
        return f"GitHub cannot reach {host}: that name is known inside a network alone."
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return ""
    if address.is_loopback or address.is_unspecified or (address.is_private and web == DOT_COM):
        return f"GitHub cannot reach {host}: that address is not on the public internet."
    return ""
