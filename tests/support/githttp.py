"""A git server over HTTP on loopback that asks for a password, and says what was asked of it."""

from __future__ import annotations

import base64
import gzip
import re
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import NamedTuple

from tests.support.repositories import ENVIRONMENT, Repo
from worker.fetch import Remote

TOKEN = "ghs_0123456789abcdefSECRET"  # noqa: S105 - opens nothing
ENCODED = base64.b64encode(f"x-access-token:{TOKEN}".encode()).decode()
HEADER = f"Authorization: Basic {ENCODED}"


class Request(NamedTuple):
    """What a client asked for: the path, and the ids it wants and has."""

    path: str
    wants: list[str]
    haves: list[str]


class GitServer(ThreadingHTTPServer):
    """Serves the repositories in a folder.

    `status`: another one than 200 is the answer to everything. `refusal`: so is git's own way to say no, with these
    words. `halfway` is called when half of a pack has been sent.
    """

    daemon_threads = True

    def __init__(self, folder: Path) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.folder = folder
        self.requests: list[Request] = []
        self.refusal = ""
        self.status = 200
        self.halfway: Callable[[], object] = lambda: None

    def url(self, name: str) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/{name}"

    def packs(self) -> list[Request]:
        """The requests for objects so far."""
        return [request for request in self.requests if request.wants]

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that went away is no news."""


class _Handler(BaseHTTPRequestHandler):
    server: GitServer
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._answer(b"")

    def do_POST(self) -> None:
        body = self._chunks() if self.headers.get("Transfer-Encoding") else self.rfile.read(self._length())
        self._answer(gzip.decompress(body) if self.headers.get("Content-Encoding") == "gzip" else body)

    def _length(self) -> int:
        return int(self.headers["Content-Length"])

    def _chunks(self) -> bytes:
        body = b""
        while size := int(self.rfile.readline(), 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return body

    def _answer(self, body: bytes) -> None:
        path, _, query = self.path.partition("?")
        ids = [
            [match.decode() for match in re.findall(word + rb" ([0-9a-f]{40,64})", body)] for word in (b"want", b"have")
        ]
        self.server.requests.append(Request(path, *ids))
        if self.server.status != 200:
            self._send(self.server.status, b"", "text/plain")
            return
        if self.headers.get("Authorization") != HEADER.partition(": ")[2]:
            self._send(401, b"who are you?\n", "text/plain")
            return
        if self.server.refusal:
            line = f"ERR {self.server.refusal}".encode()
            service = b"001e# service=git-upload-pack\n0000"
            self._send(200, service + b"%04x" % (len(line) + 4) + line, "application/x-git-upload-pack-advertisement")
            return
        variables = {
            "GIT_PROJECT_ROOT": str(self.server.folder),
            "GIT_HTTP_EXPORT_ALL": "1",
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "REQUEST_METHOD": self.command,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(len(body)),
            "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
            "REMOTE_USER": "x-access-token",
        }
        done = subprocess.run(
            ["git", "http-backend"], input=body, capture_output=True, env={**ENVIRONMENT, **variables}, check=False
        )
        head, _, content = done.stdout.partition(b"\r\n\r\n")
        status = re.search(rb"Status: (\d+)", head)
        kind = re.search(rb"Content-Type: (\S+)", head)
        self._send(int(status[1]) if status else 200, content, kind[1].decode() if kind else "text/plain")

    def _send(self, status: int, content: bytes, kind: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        if status == 301:
            self.send_header("Location", self.server.url("elsewhere") + "/info/refs?service=git-upload-pack")
        if status == 401:
            self.send_header("WWW-Authenticate", 'Basic realm="git"')
        self.end_headers()
        middle = len(content) // 2
        self.wfile.write(content[:middle])
        if self.server.requests[-1].wants:
            self.wfile.flush()
            self.server.halfway()
        self.wfile.write(content[middle:])

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is given
        """Nothing is logged."""


@contextmanager
def serving(folder: Path) -> Iterator[GitServer]:
    """A server for the repositories in a folder, while the context lasts."""
    server = GitServer(folder)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class Origin:
    """A repository on a server, and the remote that names it."""

    def __init__(self, server: GitServer, name: str = "origin", object_format: str = "sha1") -> None:
        self.server = server
        self.repo = Repo(server.folder / name, object_format=object_format)
        self.remote = Remote(server.url(name), HEADER)
        for setting in ("uploadpack.allowFilter", "uploadpack.allowAnySHA1InWant"):
            self.repo.git("config", setting, "true")

    def id(self, revision: str) -> str:
        return self.repo.git("rev-parse", revision)
