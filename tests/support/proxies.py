"""Proxies in front of the bot that end TLS and take a prefix off: those of docs/deployment.md, and one of our own."""

from __future__ import annotations

import getpass
import http.client
import os
import re
import shutil
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.support.processes import until
from tests.support.serving import free_port

HOST, PREFIX = "example.com", "/partywall"
"""What the snippets of the documentation are about."""

OURS = "ours"
PROXIES = ("nginx", "caddy", "haproxy", OURS)
_DOCUMENT = Path(__file__).parents[2] / "docs" / "deployment.md"


@contextmanager
def proxied(kind: str, folder: Path, port: int) -> Iterator[int]:
    """The port on which a proxy listens with TLS and leads to ours. Skips the test where the proxy is not installed."""
    certify(folder)
    listened = free_port()
    if kind == OURS:
        with _own(folder, listened, port):
            yield listened
        return
    program = shutil.which(kind, path=os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"]))
    if program is None:
        pytest.skip(f"{kind} is not installed")
    config = folder / f"{kind}.conf"
    config.write_text(_config(kind, folder, listened, port), encoding="utf-8")
    command = {
        "nginx": ["-e", "stderr", "-p", str(folder), "-c", str(config)],
        "caddy": ["run", "--adapter", "caddyfile", "--config", str(config)],
        "haproxy": ["-db", "-f", str(config)],
    }[kind]
    log = folder / f"{kind}.log"
    with log.open("wb") as output:
        process = subprocess.Popen([program, *command], stdout=output, stderr=output, env=_environ(folder))
    try:
        until(lambda: process.poll() is not None or _listens(listened))
        assert process.poll() is None, log.read_text(encoding="utf-8")
        yield listened
    finally:
        process.terminate()
        process.wait()


def _config(kind: str, folder: Path, listened: int, port: int) -> str:
    """The snippet of the documentation, with our ports and our certificate and without the machine's folders."""
    found = re.search(rf"```{kind}\n(.*?)```", _DOCUMENT.read_text(encoding="utf-8"), re.DOTALL)
    assert found, f"docs/deployment.md has no snippet for {kind}"
    text = found[1].replace("127.0.0.1:8000", f"127.0.0.1:{port}").replace("/etc/ssl/example.com", str(folder))
    if kind == "nginx":
        text = text.replace("listen 443", f"listen 127.0.0.1:{listened}")
        paths = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        kept = "".join(f"{name}_temp_path {folder}/{name};\n" for name in paths)
        user = f"user {getpass.getuser()};\n" if os.getuid() == 0 else ""
        begin = f"{user}daemon off;\npid {folder}/nginx.pid;\nworker_processes 1;\nevents {{}}\n"
        return f"{begin}http {{\naccess_log off;\n{kept}{text}}}\n"
    if kind == "caddy":
        ours = f"\n    bind 127.0.0.1\n    tls {folder}/certificate.pem {folder}/key.pem\n"
        options = f"{{\n    admin off\n    auto_https disable_redirects\n    https_port {listened}\n}}\n"
        return options + text.replace(f"{HOST} {{\n", f"{HOST} {{{ours}", 1)
    limits = "defaults\n    timeout connect 5s\n    timeout client 30s\n    timeout server 30s\n"
    return limits + text.replace("bind :443", f"bind 127.0.0.1:{listened}")


def _environ(folder: Path) -> dict[str, str]:
    return {**os.environ, "HOME": str(folder), "XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}


def _listens(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


def certify(folder: Path) -> None:
    """A certificate that signed itself, its key, and both in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name, now = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)]), datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(HOST)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    plain = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    texts = {
        "certificate.pem": certificate.public_bytes(serialization.Encoding.PEM),
        "key.pem": key.private_bytes(*plain),
    }
    for file, text in {**texts, "both.pem": b"".join(texts.values())}.items():
        (folder / file).write_bytes(text)


@contextmanager
def _own(folder: Path, listened: int, port: int) -> Iterator[None]:
    """A proxy of a few lines: where no other is installed, this one shows that ours can be behind one."""

    class Handler(_Handler):
        upstream = port

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "certificate.pem", folder / "key.pem")
    with ThreadingHTTPServer(("127.0.0.1", listened), Handler) as server:
        server.daemon_threads = True
        server.socket = context.wrap_socket(server.socket, server_side=True)
        serving = threading.Thread(target=server.serve_forever, args=(0.02,))
        serving.start()
        try:
            yield
        finally:
            server.shutdown()
            serving.join()


class _Handler(BaseHTTPRequestHandler):
    upstream = 0

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Quiet."""

    def do_GET(self) -> None:
        if not urlsplit(self.path).path.startswith(f"{PREFIX}/"):
            self.send_error(404)
            return
        headers = {name: value for name, value in self.headers.items() if not name.lower().startswith("x-forwarded-")}
        told = {"For": self.client_address[0], "Proto": "https", "Host": self.headers["Host"], "Prefix": PREFIX}
        headers |= {f"X-Forwarded-{name}": value for name, value in told.items()} | {"Connection": "close"}
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        connection = http.client.HTTPConnection("127.0.0.1", self.upstream, timeout=30)
        try:
            connection.request(self.command, self.path.removeprefix(PREFIX), body, headers)
            answer = connection.getresponse()
            content = answer.read()
        finally:
            connection.close()
        self.send_response_only(answer.status)
        for name, value in answer.getheaders():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    do_POST = do_GET  # noqa: N815
