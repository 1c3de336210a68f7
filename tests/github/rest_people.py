"""REST: what the app sees when it asks for a person who signed in."""

from __future__ import annotations

from tests.github.model import Installation
from tests.github.payloads import account_json, installation_json, repository_json
from tests.github.repository import Repository
from tests.github.routing import Answer, ApiError, Call, route


@route("GET", "/user", "person")
def get_user(call: Call) -> Answer:
    assert call.person is not None
    unsaid = dict.fromkeys(("bio", "blog", "company", "email", "hireable", "location", "name"))
    counts = dict.fromkeys(("followers", "following", "public_gists", "public_repos"), 0)
    times = {"created_at": "2026-01-01T00:00:00Z", "updated_at": "2026-01-01T00:00:00Z"}
    about = {**account_json(call.person), **unsaid, "blog": "", **counts, **times}
    return Answer(200, {**about, "user_view_type": "public"})


@route("GET", "/user/installations", "person")
def list_installations(call: Call) -> Answer:
    found = [each for each in call.github.installations if _seen(call, each)]
    items, headers = call.page(found)
    listed = [installation_json(each, call.github.app) for each in items]
    return Answer(200, {"total_count": len(found), "installations": listed}, headers)


@route("GET", "/user/installations/{installation_id}/repositories", "person")
def list_repositories(call: Call) -> Answer:
    for each in call.github.installations:
        if str(each.id) == call.names["installation_id"] and (seen := _seen(call, each)):
            break
    else:
        raise ApiError(404, "Not Found")
    items, headers = call.page(seen)
    listed = [{**repository_json(one), "permissions": _permissions(call)} for one in items]
    return Answer(200, {"total_count": len(seen), "repository_selection": "selected", "repositories": listed}, headers)


def _seen(call: Call, installation: Installation) -> list[Repository]:
    """The repositories of an installation that the person has a right to, be they public or not."""
    assert call.person is not None
    github, login = call.github, call.person.login
    all_of_it = [each for each in github.repositories if each.id in installation.repositories]
    return [each for each in all_of_it if login in github.people or each.id in github.readers.get(login, ())]


def _permissions(call: Call) -> dict[str, bool]:
    assert call.person is not None
    writes = call.person.login in call.github.people
    return {"admin": False, "maintain": False, "push": writes, "triage": writes, "pull": True}
