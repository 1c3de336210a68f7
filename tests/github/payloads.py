"""Accounts, apps, installations, repositories and commits as GitHub describes them in JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.github.bare import Commit
from tests.github.model import Account, App, Installation, stamp

if TYPE_CHECKING:
    from tests.github.repository import Repository

API = "https://api.github.com"
WEB = "https://github.com"

_ACCOUNT_LINKS = {
    "followers": "followers",
    "following": "following{/other_user}",
    "gists": "gists{/gist_id}",
    "starred": "starred{/owner}{/repo}",
    "subscriptions": "subscriptions",
    "organizations": "orgs",
    "repos": "repos",
    "events": "events{/privacy}",
    "received_events": "received_events",
}

_REPOSITORY_LINKS = {
    "archive": "{archive_format}{/ref}",
    "assignees": "assignees{/user}",
    "blobs": "git/blobs{/sha}",
    "branches": "branches{/branch}",
    "collaborators": "collaborators{/collaborator}",
    "comments": "comments{/number}",
    "commits": "commits{/sha}",
    "compare": "compare/{base}...{head}",
    "contents": "contents/{+path}",
    "contributors": "contributors",
    "deployments": "deployments",
    "downloads": "downloads",
    "events": "events",
    "forks": "forks",
    "git_commits": "git/commits{/sha}",
    "git_refs": "git/refs{/sha}",
    "git_tags": "git/tags{/sha}",
    "hooks": "hooks",
    "issue_comment": "issues/comments{/number}",
    "issue_events": "issues/events{/number}",
    "issues": "issues{/number}",
    "keys": "keys{/key_id}",
    "labels": "labels{/name}",
    "languages": "languages",
    "merges": "merges",
    "milestones": "milestones{/number}",
    "notifications": "notifications{?since,all,participating}",
    "pulls": "pulls{/number}",
    "releases": "releases{/id}",
    "stargazers": "stargazers",
    "statuses": "statuses/{sha}",
    "subscribers": "subscribers",
    "subscription": "subscription",
    "tags": "tags",
    "teams": "teams",
    "trees": "git/trees{/sha}",
}


def account_json(account: Account) -> dict[str, Any]:
    url = f"{API}/users/{account.login}"
    return {
        "login": account.login,
        "id": account.id,
        "node_id": account.node_id,
        "avatar_url": f"https://avatars.githubusercontent.com/u/{account.id}",
        "gravatar_id": "",
        "url": url,
        "html_url": f"{WEB}/{account.login}",
        **{f"{name}_url": f"{url}/{path}" for name, path in _ACCOUNT_LINKS.items()},
        "type": account.type,
        "site_admin": False,
    }


def app_json(app: App, owner: Account) -> dict[str, Any]:
    return {
        "id": app.id,
        "slug": app.slug,
        "client_id": app.client_id,
        "node_id": f"A_{app.id}",
        "owner": account_json(owner),
        "name": app.slug.capitalize(),
        "description": "",
        "external_url": "https://example.org",
        "html_url": f"{WEB}/apps/{app.slug}",
        "created_at": "2026-01-01T00:00:00Z",
        "updated_at": "2026-01-01T00:00:00Z",
        "permissions": app.permissions,
        "events": app.events,
    }


def installation_json(installation: Installation, app: App) -> dict[str, Any]:
    account = installation.account
    return {
        "id": installation.id,
        "account": account_json(account),
        "repository_selection": "selected",
        "access_tokens_url": f"{API}/app/installations/{installation.id}/access_tokens",
        "repositories_url": f"{API}/installation/repositories",
        "html_url": f"{WEB}/settings/installations/{installation.id}",
        "app_id": app.id,
        "client_id": app.client_id,
        "app_slug": app.slug,
        "target_id": account.id,
        "target_type": account.type,
        "permissions": installation.permissions,
        "events": app.events,
        "created_at": stamp(installation.created),
        "updated_at": stamp(installation.created),
        "single_file_name": None,
        "has_multiple_single_files": False,
        "single_file_paths": [],
        "suspended_by": account_json(account) if installation.suspended else None,
        "suspended_at": stamp(installation.created) if installation.suspended else None,
    }


def repository_json(repository: Repository, *, full: bool = False) -> dict[str, Any]:
    """A repository; `full` adds what only GET /repos/{owner}/{repo} tells."""
    url, web = repository.api, f"{WEB}/{repository.full_name}"
    opened = sum(pull.state == "open" for pull in repository.pulls)
    return {
        "id": repository.id,
        "node_id": repository.node_id,
        "name": repository.name,
        "full_name": repository.full_name,
        "private": repository.private,
        "owner": account_json(repository.owner),
        "html_url": web,
        "description": None,
        "fork": repository.parent is not None,
        "url": url,
        **{f"{name}_url": f"{url}/{path}" for name, path in _REPOSITORY_LINKS.items()},
        "clone_url": f"{repository.github.url}/{repository.full_name}.git",
        "git_url": f"git://github.com/{repository.full_name}.git",
        "ssh_url": f"git@github.com:{repository.full_name}.git",
        "svn_url": web,
        "mirror_url": None,
        "homepage": None,
        "language": None,
        "license": None,
        "visibility": "private" if repository.private else "public",
        "default_branch": repository.default_branch,
        "archived": repository.archived,
        "disabled": False,
        "is_template": False,
        "web_commit_signoff_required": False,
        "allow_forking": True,
        "topics": [],
        "has_issues": True,
        "has_projects": False,
        "has_wiki": False,
        "has_pages": False,
        "has_downloads": False,
        "has_discussions": False,
        "size": 1,
        "created_at": stamp(repository.created),
        "updated_at": stamp(repository.created),
        "pushed_at": stamp(repository.created),
        "open_issues": opened,
        "open_issues_count": opened,
        **dict.fromkeys(("forks", "forks_count", "stargazers_count", "watchers", "watchers_count"), 0),
        **(dict.fromkeys(("network_count", "subscribers_count"), 0) if full else {}),
    }


def commit_json(repository: Repository, commit: Commit) -> dict[str, Any]:
    url = f"{repository.api}/commits/{commit.sha}"
    git = f"{repository.api}/git/commits/{commit.sha}"
    web = f"{WEB}/{repository.full_name}/commit"
    return {
        "sha": commit.sha,
        "node_id": f"C_{commit.sha}",
        "commit": {
            "author": dict(zip(("name", "email", "date"), commit.author, strict=True)),
            "committer": dict(zip(("name", "email", "date"), commit.committer, strict=True)),
            "message": commit.message,
            "tree": {"sha": commit.tree, "url": f"{repository.api}/git/trees/{commit.tree}"},
            "url": git,
            "comment_count": 0,
            "verification": {
                "verified": False,
                "reason": "unsigned",
                "signature": None,
                "payload": None,
                "verified_at": None,
            },
        },
        "url": url,
        "html_url": f"{web}/{commit.sha}",
        "comments_url": f"{url}/comments",
        "author": _writer(repository, commit.author[1]),
        "committer": _writer(repository, commit.committer[1]),
        "parents": [
            {"sha": sha, "url": f"{repository.api}/commits/{sha}", "html_url": f"{web}/{sha}"} for sha in commit.parents
        ],
    }


def _writer(repository: Repository, mail: str) -> dict[str, Any] | None:
    account = repository.github.account_of_mail(mail)
    return account_json(account) if account else None
