"""REST: the app, its installations and their tokens."""

from __future__ import annotations

from tests.github.model import Installation, stamp
from tests.github.payloads import app_json, installation_json, repository_json
from tests.github.routing import Answer, ApiError, Call, route

_LEVELS = ("read", "write", "admin")


def _installation(call: Call) -> Installation:
    for each in call.github.installations:
        if str(each.id) == call.names["installation_id"]:
            return each
    raise ApiError(404, "Not Found")


@route("GET", "/app", "jwt")
def get_app(call: Call) -> Answer:
    return Answer(200, app_json(call.github.app, call.github.owner))


@route("GET", "/app/installations", "jwt")
def list_installations(call: Call) -> Answer:
    items, headers = call.page(call.github.installations)
    return Answer(200, [installation_json(each, call.github.app) for each in items], headers)


@route("GET", "/app/installations/{installation_id}", "jwt")
def get_installation(call: Call) -> Answer:
    return Answer(200, installation_json(_installation(call), call.github.app))


@route("POST", "/app/installations/{installation_id}/access_tokens", "jwt")
def create_token(call: Call) -> Answer:
    installation = _installation(call)
    if installation.suspended:
        raise ApiError(403, "This installation has been suspended")
    permissions = call.optional("permissions")
    for name, level in (permissions or {}).items():
        held = installation.permissions.get(name)
        if held is None or _LEVELS.index(level) > _LEVELS.index(held):
            raise ApiError(422, "The permissions requested are not granted to this installation.")
    chosen = _chosen(call, installation)
    secret, token = call.github.tokens.create(installation, chosen, permissions)
    body = {"token": secret, "expires_at": stamp(token.expires), "permissions": token.permissions}
    if chosen is None:
        return Answer(201, {**body, "repository_selection": "selected"})
    told = [repository_json(each) for each in call.github.repositories if each.id in chosen]
    return Answer(201, {**body, "repository_selection": "selected", "repositories": told})


def _chosen(call: Call, installation: Installation) -> frozenset[int] | None:
    """The repositories the token is narrowed to."""
    ids, names = call.optional("repository_ids"), call.optional("repositories")
    if ids is None and names is None:
        return None
    reached = {each.id: each.name for each in call.github.repositories if each.id in installation.repositories}
    by_name = {name: key for key, name in reached.items()}
    if not set(ids or []) <= set(reached) or not set(names or []) <= set(by_name):
        words = "There is at least one repository that does not exist or is not accessible to the parent installation."
        raise ApiError(422, words)
    return frozenset([*(ids or []), *(by_name[name] for name in names or [])])


@route("GET", "/installation/repositories", "")
def list_repositories(call: Call) -> Answer:
    assert call.token is not None
    reached = [each for each in call.github.repositories if call.token.reaches(each.id)]
    items, headers = call.page(reached)
    body = {"total_count": len(reached), "repositories": [repository_json(each) for each in items]}
    return Answer(200, {**body, "repository_selection": "selected"}, headers)
