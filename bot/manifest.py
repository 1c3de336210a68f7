"""The App as app.yml describes it: what GitHub is given to create one, and where on GitHub it is looked after."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote, urlsplit

from bot.events import SUBSCRIBED
from bot.github import PERMISSIONS

NAME = "Partywall"
HOMEPAGE = "https://github.com/apps/partywall"
DESCRIPTION = "Architectural review of pull requests - duplication, boundary crossings and new coupling in Python code."

APP_PERMISSIONS = {**PERMISSIONS, "issues": "read"}
"""What an App has to be granted. GitHub lets an App hear of comments on pull requests only where it may read issues;
tokens are narrowed to what a review needs, and cannot."""

DOT_COM = "https://github.com"
_DOT_COM_API = "https://api.github.com"
_RESIDENCE = ".ghe.com"
"""Enterprise Cloud with data residency: the site is a host of its own, and the API another."""

_LONGEST_NAME = 34


def manifest(url: str, back: str, name: str = NAME) -> dict[str, Any]:
    """What GitHub creates an App from.

    url: the address under which GitHub reaches us. back: the one under which the browser of the person does.
    """
    return {
        "name": name[:_LONGEST_NAME],
        "url": HOMEPAGE,
        "description": DESCRIPTION,
        "public": False,
        # GitHub makes up the secret, and refuses a manifest that brings one.
        "hook_attributes": {"url": webhook_of(url), "active": True},
        "redirect_url": f"{back}/setup/created",
        # Where people come back to who sign in to the operator's pages.
        "callback_urls": [callback_of(url)],
        # Whoever installs the App later comes from elsewhere.
        "setup_url": f"{url}/setup/done",
        "default_permissions": APP_PERMISSIONS,
        "default_events": sorted(SUBSCRIBED),
    }


def webhook_of(url: str) -> str:
    """Where GitHub delivers to, of the address under which it reaches us."""
    return f"{url}/webhook"


def callback_of(url: str) -> str:
    """Where GitHub sends people back to who sign in."""
    return f"{url}/signin/back"


def creation_page(web: str, organization: str, state: str) -> str:
    """Where a browser posts a manifest to; '' for the account of the person who is signed in."""
    owner = f"/organizations/{quote(organization, safe='')}" if organization else ""
    return f"{web}{owner}/settings/apps/new?state={quote(state, safe='')}"


def app_page(web: str, app: dict[str, Any], part: str = "") -> str:
    """Where the owner of an App changes it; `app` is what GitHub tells about it. part: permissions, advanced, ..."""
    owner = app.get("owner") or {}
    place = f"/organizations/{owner.get('login')}" if owner.get("type") == "Organization" else ""
    return f"{web}{place}/settings/apps/{app.get('slug')}{part and '/'}{part}"


def api_of(web: str) -> str:
    """The address of the API that belongs to a GitHub's own address."""
    parts = urlsplit(web)
    if web == DOT_COM:
        return _DOT_COM_API
    if parts.netloc.endswith(_RESIDENCE):
        return f"{parts.scheme}://api.{parts.netloc}"
    return f"{web}/api/v3"


def web_of(api: str) -> str:
    """A GitHub's own address, of its API's."""
    parts = urlsplit(api)
    if api == _DOT_COM_API:
        return DOT_COM
    if parts.netloc.endswith(_RESIDENCE):
        return f"{parts.scheme}://{parts.netloc.removeprefix('api.')}"
    return f"{parts.scheme}://{parts.netloc}"
