"""REST: repositories, comparisons of commits, and what people may do."""

from __future__ import annotations

from typing import Any

from tests.github.bare import FileDiff
from tests.github.model import Account
from tests.github.payloads import account_json, commit_json, repository_json
from tests.github.pull_payloads import pull_json
from tests.github.repository import Repository
from tests.github.routing import Answer, ApiError, Call, route

_LARGEST_PAGE = 250


@route("GET", "/repos/{owner}/{repo}", "metadata:read")
def get_repository(call: Call) -> Answer:
    return Answer(200, repository_json(call.repository, full=True))


@route("GET", "/repos/{owner}/{repo}/compare/{basehead}", "contents:read")
def compare(call: Call) -> Answer:
    repository, (left, dots, right) = call.repository, call.names["basehead"].partition("...")
    bare = repository.bare
    base, head = (bare.resolve(name.rpartition(":")[2]) for name in (left, right))
    if not dots or base is None or head is None:
        raise ApiError(404, "Not Found")
    middle = bare.merge_base(base, head)
    if middle is None:
        raise ApiError(404, f"No common ancestor between {left} and {right}.")
    ahead, behind = bare.commits(base, head), bare.commits(head, base)
    shown, headers = call.page(ahead, _LARGEST_PAGE, _LARGEST_PAGE)
    state = ("diverged" if behind else "ahead") if ahead else ("behind" if behind else "identical")
    first = call.request.query.get("page", "1") == "1"
    url, web = f"{repository.api}/compare/{left}...{right}", f"{repository.html_url}/compare/{left}...{right}"
    body = {
        "url": url,
        "html_url": web,
        "permalink_url": web,
        "diff_url": f"{web}.diff",
        "patch_url": f"{web}.patch",
        "base_commit": commit_json(repository, bare.commit_of(base)),
        "merge_base_commit": commit_json(repository, bare.commit_of(middle)),
        "status": state,
        "ahead_by": len(ahead),
        "behind_by": len(behind),
        "total_commits": len(ahead),
        "commits": [commit_json(repository, each) for each in shown],
        "files": [file_json(repository, each, head) for each in bare.diff(base, head).values()][:300] if first else [],
    }
    return Answer(200, body, headers)


def file_json(repository: Repository, diff: FileDiff, head: str) -> dict[str, Any]:
    """A changed file as lists of files describe it."""
    lines = [line for _, shown in diff.hunks for line in shown]
    added, deleted = sum(line.old is None for line in lines), sum(line.new is None for line in lines)
    blob = None
    if diff.status != "removed":
        blob = repository.git("rev-parse", f"{head}:{diff.path}")
    return {
        "sha": blob,
        "filename": diff.path,
        "status": diff.status,
        "additions": added,
        "deletions": deleted,
        "changes": added + deleted,
        "blob_url": f"{repository.html_url}/blob/{head}/{diff.path}",
        "raw_url": f"{repository.html_url}/raw/{head}/{diff.path}",
        "contents_url": f"{repository.api}/contents/{diff.path}?ref={head}",
        **({"previous_filename": diff.old_path} if diff.status == "renamed" else {}),
        "patch": "\n".join(text for header, shown in diff.hunks for text in (header, *(line.text for line in shown))),
    }


@route("GET", "/repos/{owner}/{repo}/commits/{ref}", "contents:read")
def get_commit(call: Call) -> Answer:
    repository = call.repository
    sha = repository.bare.resolve(call.names["ref"])
    if sha is None:
        raise ApiError(422, f"No commit found for SHA: {call.names['ref']}")
    return Answer(200, commit_json(repository, repository.bare.commit_of(sha)))


@route("GET", "/repos/{owner}/{repo}/commits/{commit_sha}/pulls", "pull_requests:read")
def pulls_of_commit(call: Call) -> Answer:
    repository = call.repository
    sha = repository.bare.resolve(call.names["commit_sha"])
    if sha is None:
        raise ApiError(422, f"No commit found for SHA: {call.names['commit_sha']}")
    items, headers = call.page([pull for pull in repository.pulls if pull.has_commit(sha)])
    return Answer(200, [pull_json(each) for each in items], headers)


@route("GET", "/repos/{owner}/{repo}/collaborators/{username}/permission", "metadata:read")
def permission(call: Call) -> Answer:
    level = call.repository.permission(call.names["username"])
    user: Account = call.github.account(call.names["username"])
    rights = ("pull", "triage", "push", "maintain", "admin")
    reach = {"none": 0, "read": 1, "triage": 2, "write": 3, "maintain": 4, "admin": 5}[level]
    told = {
        **account_json(user),
        "permissions": {name: number < reach for number, name in enumerate(rights)},
        "role_name": level,
    }
    coarse = {"triage": "read", "maintain": "write"}.get(level, level)
    return Answer(200, {"permission": coarse, "role_name": level, "user": told})
