"""Git over HTTP: `git http-backend` for those with a token."""

from __future__ import annotations

import re
import subprocess
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from tests.github.routing import Answer, ApiError, Request
from tests.github.tokens import check_reach
from tests.support.repositories import ENVIRONMENT

if TYPE_CHECKING:
    from tests.github.fake import FakeGitHub

_PATH = re.compile(r"/([^/]+)/([^/]+?)(?:\.git)?/(info/refs|git-upload-pack|git-receive-pack)")


def is_git(path: str) -> bool:
    return _PATH.fullmatch(path) is not None


def serve(github: FakeGitHub, request: Request) -> Answer:
    """Answers a request of git. Raises ApiError: 401 without a good token, 404 out of its reach, 403 for pushes."""
    match = _PATH.fullmatch(request.path)
    assert match is not None
    owner, name, service = match.groups()
    try:
        if request.authorization != "basic":
            raise ApiError(401, "Requires authentication")
        token = github.tokens.find(request)
    except ApiError as error:
        raise ApiError(401, error.message, headers={"WWW-Authenticate": 'Basic realm="GitHub"'}) from None
    try:
        repository = github.find_repository(owner, name)
        check_reach(token, repository, "contents:read", writing=False)
    except ApiError as error:
        raise ApiError(error.status, "Repository not found.") from None
    if "git-receive-pack" in (service, request.query.get("service")):
        raise ApiError(403, "Write access to repository not granted.")
    return _backend(repository.folder.as_posix(), request, service)


def _backend(folder: str, request: Request, service: str) -> Answer:
    environ = {
        **ENVIRONMENT,
        "GIT_PROJECT_ROOT": folder,
        "GIT_HTTP_EXPORT_ALL": "1",
        "PATH_INFO": f"/{service}",
        "REQUEST_METHOD": request.method,
        "QUERY_STRING": urlencode(request.query),
        "CONTENT_TYPE": request.headers.get("content-type", ""),
        "CONTENT_LENGTH": str(len(request.raw)),
        "HTTP_CONTENT_ENCODING": request.headers.get("content-encoding", ""),
        "GIT_PROTOCOL": request.headers.get("git-protocol", ""),
        "REMOTE_ADDR": "127.0.0.1",
    }
    done = subprocess.run(
        ["git", "-c", "safe.directory=*", "http-backend"],
        env=environ, input=request.raw, capture_output=True, check=False,
    )  # fmt: skip
    head, _, body = done.stdout.partition(b"\r\n\r\n")
    headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n") if ": " in line)
    status = int(headers.pop("Status", "200").split()[0])
    if not done.stdout:
        raise ApiError(500, done.stderr.decode("utf-8", "replace"))
    return Answer(status, body, headers)
