"""A plain client of the fake, for tests of the fake itself."""

from __future__ import annotations

from typing import Any

from github import Auth
from requests import request as http

from tests.github.fake import FakeGitHub

SHOP = "/repos/octo/shop"


class Api:
    """REST calls with an installation token."""

    def __init__(self, github: FakeGitHub, **narrowing: Any) -> None:
        self.github = github
        app = Auth.AppAuth(github.app.id, github.app.private_key)
        url = f"{github.url}/app/installations/{github.installations[0].id}/access_tokens"
        headers = {"Authorization": f"Bearer {app.token}"}
        self.token = http("POST", url, json=narrowing, headers=headers, timeout=9).json()["token"]

    def __call__(self, method: str, path: str, body: Any = None, timeout: float = 9) -> tuple[int, Any]:
        headers = {"Authorization": f"Bearer {self.token}"}
        answer = http(method, self.github.url + path, json=body, headers=headers, timeout=timeout)
        return answer.status_code, answer.json()

    def graphql(self, query: str, **variables: Any) -> Any:
        return self("POST", "/graphql", {"query": query, "variables": variables})[1]
