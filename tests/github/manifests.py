"""Creating an App from a manifest: the pages that a browser sees, and the API that hands out the credentials.

What GitHub has against a manifest is what its users report: an event without its permission, an event that comes
unasked, a webhook without an address, with a secret of its own, or on a machine that is not on the public internet.
"""

from __future__ import annotations

import json
import re
import secrets
from html import escape
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import parse_qs, urlencode, urlsplit

from tests.github.model import App
from tests.github.payloads import app_json
from tests.github.routing import Answer, ApiError, Call, Request, html_page, route
from tests.github.tokens import key_pair

if TYPE_CHECKING:
    from tests.github.fake import FakeGitHub

_PAGE = re.compile(r"(?:/organizations/(?P<owner>[\w-]+))?/settings/apps(?P<new>/new)?")
_KEYS = frozenset(
    (
        "name",
        "url",
        "hook_attributes",
        "redirect_url",
        "callback_urls",
        "setup_url",
        "description",
        "public",
        "default_events",
        "default_permissions",
        "request_oauth_on_install",
        "setup_on_update",
    )
)
_NEEDED = {
    "check_run": "checks",
    "check_suite": "checks",
    "issue_comment": "issues",
    "issues": "issues",
    "pull_request": "pull_requests",
    "pull_request_review_comment": "pull_requests",
    "pull_request_review_thread": "pull_requests",
    "push": "contents",
    "repository": "metadata",
}
"""The permission without which an App may not hear of an event."""


class Creation(NamedTuple):
    """A manifest that GitHub took, and for whom."""

    manifest: dict[str, Any]
    owner: str
    state: str


def is_page(path: str) -> bool:
    """Whether a path is one of these pages."""
    return _PAGE.fullmatch(path) is not None or re.fullmatch(r"/apps/[\w-]+/installations/new", path) is not None


def serve(github: FakeGitHub, request: Request) -> Answer:
    """What a browser gets that is signed in as alice."""
    match = _PAGE.fullmatch(request.path)
    if match is None:
        return html_page(200, f"<h1>Install {escape(request.path.split('/')[2])}</h1>")
    form = {name: values[0] for name, values in parse_qs(request.raw.decode()).items()}
    if request.method != "POST":
        return html_page(200, "<h1>Register new GitHub App</h1>")
    owner = match["owner"] or ""
    if match["new"]:
        return _ask(owner, form.get("manifest", ""), request.query.get("state", ""))
    return _create(github, Creation(json.loads(form["manifest"]), owner, form["state"]), form["name"])


def _ask(owner: str, text: str, state: str) -> Answer:
    """The page where a person sees what will be created, and may change the name."""
    manifest, problem = _read(text)
    if problem:
        return html_page(422, f"<h1>Invalid GitHub App configuration</h1><p>Error {escape(problem)}</p>")
    hidden = {"manifest": text, "state": state}
    fields = "".join(f'<input type="hidden" name="{name}" value="{escape(each)}">' for name, each in hidden.items())
    place = f"/organizations/{owner}/settings/apps" if owner else "/settings/apps"
    name = f'<input name="name" value="{escape(manifest.get("name", ""))}">'
    button = f"<button>Create GitHub App for {owner or 'alice'}</button>"
    return html_page(
        200, f'<h1>Create GitHub App</h1><form method="post" action="{place}">{fields}{name}{button}</form>'
    )


def _read(text: str) -> tuple[dict[str, Any], str]:
    """A manifest, and what GitHub has against it."""
    try:
        manifest = json.loads(text)
    except ValueError:
        return {}, "the manifest is no JSON"
    return manifest, next(_problems(manifest), "")


def _problems(manifest: dict[str, Any]) -> Any:
    hook = manifest.get("hook_attributes")
    if not manifest.get("url") or (hook is not None and not hook.get("url")):
        yield '"url" wasn\'t supplied.'
    if (
        unknown := {*manifest, *(f"hook_attributes/{key}" for key in hook or ())}
        - _KEYS
        - {
            "hook_attributes/url",
            "hook_attributes/active",
        }
    ):
        yield f"not permitted: {sorted(unknown)}"
    if hook and urlsplit(hook["url"]).hostname in ("localhost", "127.0.0.1"):
        yield "Hook url is not supported because it isn't reachable over the public Internet"
    if len(manifest.get("name", "")) > 34:
        yield "Name is too long (maximum is 34 characters)"
    events, permissions = manifest.get("default_events", []), manifest.get("default_permissions", {})
    if unsupported := [each for each in events if each not in _NEEDED]:
        yield f"Default events unsupported: {' and '.join(unsupported)}"
    if barred := [each for each in events if _NEEDED[each] not in permissions]:
        yield f"Default events are not supported by permissions: {' and '.join(barred)}"


def _create(github: FakeGitHub, creation: Creation, name: str) -> Answer:
    code = secrets.token_hex(20)
    github.creations[code] = creation._replace(manifest={**creation.manifest, "name": name})
    query = urlencode({"code": code, **({"state": creation.state} if creation.state else {})})
    return Answer(302, b"", {"Location": f"{creation.manifest['redirect_url']}?{query}"})


@route("POST", "/app-manifests/{code}/conversions", "none")
def convert(call: Call) -> Answer:
    """The App behind a code, once. From then on it is the App of this GitHub."""
    creation = call.github.creations.pop(call.names["code"], None)
    if creation is None:
        raise ApiError(404, "Not Found")
    manifest, github = creation.manifest, call.github
    slug = re.sub(r"[^a-z0-9]+", "-", manifest["name"].lower()).strip("-")
    private, public = key_pair()
    permissions, events = dict(manifest["default_permissions"]), list(manifest["default_events"])
    github.app = App(github.next_id(), slug, private, public, secrets.token_hex(20), permissions, events)
    github.hook_url = manifest["hook_attributes"]["url"]
    github.app.callbacks = list(manifest.get("callback_urls", []))
    github.app.client_secret = secrets.token_hex(20)
    if creation.owner:
        github.owner = github.account(creation.owner)._replace(type="Organization")
    body = app_json(github.app, github.owner) | {
        "name": manifest["name"],
        "description": manifest.get("description"),
        "external_url": manifest["url"],
        "html_url": f"{github.url}/apps/{slug}",
        "client_secret": github.app.client_secret,
        "webhook_secret": github.app.webhook_secret,
        "pem": private,
    }
    return Answer(201, body)
