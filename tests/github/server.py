"""The HTTP side of the fake: reads requests, keeps the log, does what it is told to do wrong, and answers."""

from __future__ import annotations

import json
import socket
import threading
import traceback
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

from tests.github import (
    graphql_server,
    manifests,
    oauth,
    rest_apps,
    rest_checks,
    rest_comments,
    rest_hook,
    rest_people,
    rest_pulls,
    rest_repositories,
    smart_http,
)
from tests.github.faults import Fault
from tests.github.routing import Answer, ApiError, Call, Request, find
from tests.github.tokens import check_reach, split

if TYPE_CHECKING:
    from tests.github.fake import FakeGitHub

ENDPOINTS = (manifests, rest_apps, rest_checks, rest_comments, rest_hook, rest_people, rest_pulls, rest_repositories)
"""The modules whose import fills the table of routes."""

_PIECES = 20


class _Dropped(Exception):  # noqa: N818
    """The connection is closed without an answer."""


class Server:
    """A threaded HTTP server."""

    def __init__(self, github: FakeGitHub, host: str) -> None:
        self.github = github
        self.closing = threading.Event()
        server = self

        class Handler(_Handler):
            fake = server

        self._http = _Http((host, 0), Handler)
        self.url = f"http://{host}:{self._http.server_address[1]}"
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.02,), name="github")

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        """Stops serving: open connections are cut, held requests let go."""
        self.closing.set()
        self._http.shutdown()
        self._thread.join()
        self._http.cut()
        self._http.server_close()

    def answer(self, request: Request) -> tuple[Answer, Fault | None]:
        """Acts on a request. Raises _Dropped where the connection is to be closed without an answer."""
        github = self.github
        fault = self._fault(request)
        kind = fault.kind if fault else ""
        self._observe(request, "before")
        if fault and kind == "timeout":
            self.closing.wait(fault.seconds)
        if kind in ("timeout", "close"):
            raise _Dropped
        if fault and kind == "status":
            return fault.error().answer(), fault
        try:
            answer = act(github, request)
        except ApiError as error:
            answer = error.answer()
        except Exception:
            github.problems.append(f"the fake failed: {request.method} {request.path}\n{traceback.format_exc()}")
            answer = ApiError(500, "the fake failed").answer()
        request.phase = "acted"
        self._observe(request, "after")
        if kind == "close_after":
            raise _Dropped
        if fault and kind == "status_after":
            answer = fault.error().answer()
        return answer, fault

    def _fault(self, request: Request) -> Fault | None:
        with self.github.lock:
            for fault in self.github.faults:
                if fault.times > 0 and fault.matches(request):
                    fault.times -= 1
                    return fault
        return None

    def _observe(self, request: Request, phase: Any) -> None:
        if self.github.observe:
            self.github.observe(request.number, request, phase)


def act(github: FakeGitHub, request: Request) -> Answer:
    """What GitHub does with a request. Raises ApiError."""
    if smart_http.is_git(request.path):
        return smart_http.serve(github, request)
    with github.lock:
        if request.path == "/graphql":
            return graphql_server.serve(github, request)
        if manifests.is_page(request.path):
            return manifests.serve(github, request)
        if oauth.is_page(request.path):
            return oauth.serve(github, request)
        return _rest(github, request)


def _rest(github: FakeGitHub, request: Request) -> Answer:
    described = github.descriptions
    if described and (problems := described.request_problems(request)):
        github.problems += problems
        raise ApiError(422, "Invalid request.\n\n" + "\n".join(problems))
    found, names = find(request.method, request.path)
    call = Call(github, request, names, None)
    if found.permission == "jwt":
        github.tokens.check_app(request)
    elif found.permission == "person":
        call.person = github.tokens.person(request)
    elif found.permission != "none":
        call.token = github.tokens.find(request)
        github.limits.count(request, call.token.installation.id)
        if "owner" in names:
            check_reach(call.token, call.repository, found.permission, writing=request.method not in ("GET", "HEAD"))
    answer = found.handler(call)
    if described:
        github.problems += described.answer_problems(request, answer)
    return answer


class _Http(ThreadingHTTPServer):
    daemon_threads = False
    block_on_close = True

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._open: set[socket.socket] = set()

    def process_request(self, request: Any, client_address: Any) -> None:
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self._open.discard(request)
        super().shutdown_request(request)

    def cut(self) -> None:
        for each in list(self._open):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is no news."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    fake: Server

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Quiet: the log is `github.requests`."""

    def do_GET(self) -> None:
        request = self._request()
        try:
            answer, fault = self.fake.answer(request)
        except _Dropped:
            self.close_connection = True
            return
        request.status = answer.status
        self._send(request, answer, fault if fault and fault.kind == "slow" else None)
        request.phase = "answered"

    do_POST = do_PATCH = do_PUT = do_DELETE = do_HEAD = do_GET  # noqa: N815

    def _request(self) -> Request:
        parts = urlsplit(self.path)
        headers = {name.lower(): value for name, value in self.headers.items()}
        kind, secret = split(headers.pop("authorization", ""))
        raw = self._body()
        body = None
        if raw and not smart_http.is_git(parts.path):
            with suppress(ValueError):
                body = json.loads(raw)
        github, peer = self.fake.github, self.client_address[0]
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        with github.lock:
            number = len(github.requests) + 1
            request = Request(
                number, self.command, parts.path, query, headers, raw, body, kind, secret=secret, peer=peer
            )
            github.requests.append(request)
        return request

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        parts = []
        while size := int(self.rfile.readline().split(b";")[0], 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(parts)

    def _send(self, request: Request, answer: Answer, slow: Fault | None) -> None:
        body = answer.body if isinstance(answer.body, bytes) else json.dumps(answer.body).encode()
        headers = {"Content-Type": "application/json; charset=utf-8", **self.fake.github.limits.headers()}
        headers |= {"X-GitHub-Request-Id": f"FAKE:{request.number}", "Content-Length": str(len(body)), **answer.headers}
        self.send_response(answer.status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        if request.method == "HEAD":
            return
        if slow is None:
            self.wfile.write(body)
            return
        size = max(1, -(-len(body) // _PIECES))
        for start in range(0, len(body), size):
            if self.fake.closing.wait(slow.seconds / _PIECES):
                self.close_connection = True
                return
            self.wfile.write(body[start : start + size])
