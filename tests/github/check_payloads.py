"""Check runs, check suites and pushes as GitHub describes them in JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.github.model import CheckRun, CheckSuite, stamp
from tests.github.payloads import WEB, app_json

if TYPE_CHECKING:
    from tests.github.repository import Repository


def check_run_json(run: CheckRun, repository: Repository) -> dict[str, Any]:
    github = repository.github
    url = f"{repository.api}/check-runs/{run.id}"
    web = f"{WEB}/{repository.full_name}/runs/{run.id}"
    return {
        "id": run.id,
        "node_id": run.node_id,
        "name": run.name,
        "head_sha": run.head_sha,
        "external_id": run.external_id or "",
        "url": url,
        "html_url": web,
        "details_url": run.details_url or "https://example.org",
        "status": run.status,
        "conclusion": run.conclusion,
        "started_at": run.started,
        "completed_at": run.completed,
        "output": {
            "title": run.title,
            "summary": run.summary,
            "text": run.text,
            "annotations_count": len(run.annotations),
            "annotations_url": f"{url}/annotations",
        },
        "check_suite": {"id": run.suite.id},
        "app": app_json(github.app, github.owner),
        "pull_requests": _pulls_at(repository, run.head_sha),
    }


def check_suite_json(suite: CheckSuite, repository: Repository) -> dict[str, Any]:
    github, url = repository.github, f"{repository.api}/check-suites/{suite.id}"
    runs = [run for run in repository.runs if run.suite is suite]
    ends = [run.conclusion for run in runs]
    done = bool(runs) and None not in ends
    branch = next((name for name, sha in repository.branches().items() if sha == suite.head_sha), None)
    return {
        "id": suite.id,
        "node_id": f"CS_{suite.id}",
        "head_branch": branch,
        "head_sha": suite.head_sha,
        "status": "completed" if done else "queued",
        "conclusion": ("failure" if "failure" in ends else ends[-1]) if done else None,
        "url": url,
        "before": None,
        "after": suite.head_sha,
        "pull_requests": _pulls_at(repository, suite.head_sha),
        "app": app_json(github.app, github.owner),
        "created_at": stamp(suite.created),
        "updated_at": stamp(suite.created),
        "latest_check_runs_count": len(runs),
        "check_runs_url": f"{url}/check-runs",
        "head_commit": _head_commit(repository, suite.head_sha),
    }


def push_json(repository: Repository, branch: str, before: str | None, after: str, sender: str) -> dict[str, Any]:
    """A branch that moved; `before` is None for a new one."""
    old = before or "0" * 40
    return {
        "ref": f"refs/heads/{branch}",
        "before": old,
        "after": after,
        "created": before is None,
        "deleted": False,
        "forced": before is not None and not repository.bare.is_ancestor(before, after),
        "base_ref": None,
        "compare": f"{repository.html_url}/compare/{old[:12]}...{after[:12]}",
        "commits": [],
        "head_commit": None,
        "pusher": {"name": sender, "email": f"{sender}@example.org"},
    }


def _head_commit(repository: Repository, sha: str) -> dict[str, Any]:
    commit = repository.bare.commit_of(sha)
    return {
        "id": commit.sha,
        "tree_id": commit.tree,
        "message": commit.message,
        "timestamp": commit.author[2],
        "author": {"name": commit.author[0], "email": commit.author[1]},
        "committer": {"name": commit.committer[0], "email": commit.committer[1]},
    }


def _pulls_at(repository: Repository, sha: str) -> list[dict[str, Any]]:
    """The open pull requests a check run belongs to. GitHub does not name those from forks."""
    place = {"id": repository.id, "url": repository.api, "name": repository.name}
    return [
        {
            "id": pull.id,
            "number": pull.number,
            "url": f"{repository.api}/pulls/{pull.number}",
            "head": {"ref": pull.head_ref, "sha": pull.head, "repo": place},
            "base": {"ref": pull.base_ref, "sha": pull.base, "repo": place},
        }
        for pull in repository.pulls
        if pull.state == "open" and pull.head == sha and pull.head_repository is repository
    ]
