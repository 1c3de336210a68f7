"""Fetching objects by id over HTTP with a token, through `git fetch`. Needs git 2.32 or newer.

The token reaches git in its environment only: never as an argument, never in a file, never in what is said of a
failure. Of the machine's own git settings, credential helpers, hooks and traces nothing takes part.
"""

from __future__ import annotations

import base64
import errno
import os
import re
import signal
import subprocess
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import Literal, NamedTuple
from urllib.parse import urlsplit

from worker.errors import GitError, ReviewError
from worker.git import Repository, environment

ALONE = {"GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull}
"""Keeps the settings of the machine and of its user away from git."""

# An empty GIT_ASKPASS also turns SSH_ASKPASS off; without a home folder there is no .netrc.
_OUTWARD = {"GIT_ALLOW_PROTOCOL": "http:https", "GIT_ASKPASS": "", "HOME": os.devnull}

_CERTIFICATES = ("GIT_SSL_CAINFO", "GIT_SSL_CAPATH")

# The remote is a promisor for the time of a fetch only: reading must never ask it for what is absent.
_SETTINGS = {
    "remote.origin.promisor": "true",
    "remote.origin.partialCloneFilter": "blob:none",
    "http.followRedirects": "false",
    "http.lowSpeedLimit": "100",
    "credential.helper": "",
    "gc.auto": "0",
    "maintenance.auto": "false",
}
_FETCH = (
    "fetch",
    "--quiet",
    "--no-tags",
    "--no-write-fetch-head",
    "--no-recurse-submodules",
    "--no-auto-maintenance",
    "--filter=blob:none",
    "--stdin",
)

_GONE = re.compile(r"(?:not our ref|couldn't find remote ref|unadvertised object) ([0-9a-f]{40,64})")
_DENIED = re.compile(
    r"returned error: (?!408|429)[34]\d\d|could not read (?:Username|Password)|Authentication failed"
    r"|unable to update url base from redirection|repository '.*' not found"
)
_NETWORK = re.compile(
    r"unable to access|RPC failed|early EOF|hung up|unexpected disconnect|remote error|protocol error"
    r"|expected '|expected flush|bad line length|timed out|not valid: is this a git repository"
)


class Remote(NamedTuple):
    """Where a repository is fetched from.

    url: http or https, without a user name. header: the HTTP header that lets us in, such as
    "Authorization: Basic …", '' for none.
    """

    url: str
    header: str

    def __repr__(self) -> str:
        return f"Remote({self.url!r})"


class Limits(NamedTuple):
    """How long a fetch may take, in seconds: at most `total`, and `stalled` of them with next to nothing coming in."""

    total: float = 900
    stalled: int = 60


LIMITS = Limits()

FULL = (errno.ENOSPC, errno.EDQUOT)
"""What the system says where nothing more can be written."""


class FetchError(ReviewError):
    """A fetch failed.

    kind: "gone": the repository does not have what was asked for (any more). "denied": it is not there, or not for
    this token. "temporary": anything that may be better later. refused: the id that is gone, where the server says so.
    """

    def __init__(
        self, message: str, kind: Literal["gone", "denied", "temporary"] = "temporary", refused: str = ""
    ) -> None:
        super().__init__(message)
        self.kind = kind
        self.refused = refused


class DiskFullError(FetchError):
    """There is no room left for what a review needs."""

    def __init__(self) -> None:
        super().__init__("the disk of the worker is full; whoever runs Partywall has to make room there.")


def check_disk(words: str) -> None:
    """Raises DiskFullError where git says that the disk is full."""
    if any(os.strerror(number) in words for number in FULL):
        raise DiskFullError


def check_remote(remote: Remote) -> None:
    """Raises ValueError for a remote whose address would carry a secret into arguments, or that is no HTTP."""
    parts = urlsplit(remote.url)
    if parts.scheme not in {"http", "https"} or not parts.hostname or "@" in parts.netloc:
        raise ValueError("the address of a remote is http:// or https://, without a user name.")
    if any(ord(char) < 32 for char in remote.url + remote.header):
        raise ValueError("the address or the header of a remote contains a control character.")


def fetch(
    repository: Repository, remote: Remote, ids: Iterable[str], options: Sequence[str], limits: Limits, lock: int
) -> None:
    """Brings objects by id, and what hangs on them except blobs, into a repository.

    options: more options of `git fetch`. lock: a file descriptor that git keeps open for as long as it runs, so that
    a lock on it outlives our own death. Raises FetchError, and GitError where the repository itself seems damaged.
    """
    names = "".join(f"{name}\n" for name in ids).encode()
    process = subprocess.Popen(
        repository.command(*_FETCH, *options, "origin"),
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env=environment({**repository.environ, **_outward(remote, limits)}),
        start_new_session=True,
        pass_fds=(lock,),
    )
    with process:
        try:
            words = process.communicate(names, timeout=limits.total)[1].decode("utf-8", "replace")
        except subprocess.TimeoutExpired:
            _kill(process)
            raise FetchError(
                f"{remote.url} did not deliver within {limits.total:g} seconds; try again later."
            ) from None
        except BaseException:
            _kill(process)
            raise
    if process.returncode:
        raise _failure(remote, words)


def _kill(process: subprocess.Popen[bytes]) -> None:
    """Ends git and the helpers it started: they are a session of their own."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def _outward(remote: Remote, limits: Limits) -> dict[str, str]:
    """The environment of a fetch. Its settings are there too, because other users can read arguments."""
    parts = urlsplit(remote.url)
    settings = {**_SETTINGS, "remote.origin.url": remote.url, "http.lowSpeedTime": str(limits.stalled)}
    if remote.header:
        settings[f"http.{parts.scheme}://{parts.netloc}/.extraHeader"] = remote.header
    certificates = {name: os.environ[name] for name in _CERTIFICATES if name in os.environ}
    numbered = {"GIT_CONFIG_COUNT": str(len(settings))}
    for number, (key, value) in enumerate(settings.items()):
        numbered |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": value}
    return {**ALONE, **_OUTWARD, **certificates, **numbered}


def _failure(remote: Remote, words: str) -> ReviewError:
    """What git's words on standard error mean; lines in which the server speaks freely are left aside.

    Raises DiskFullError where that is what they mean.
    """
    lines = [line for line in words.splitlines() if line.strip() and not line.startswith("remote:")]
    said = "\n".join(lines)
    if match := _GONE.search(said):
        return FetchError(f"{remote.url} does not have {match[1]} (any more).", "gone", match[1])
    if _DENIED.search(said):
        return FetchError(f"{remote.url} is not there, has moved, or is not open to this token.", "denied")
    check_disk(said)
    last = _without_secret(lines[-1].removeprefix("fatal: "), remote) if lines else "git fetch failed"
    if _NETWORK.search(said) or not lines:
        return FetchError(f"{remote.url} could not be fetched ({last}); try again later.")
    return GitError(f"git fetch from {remote.url} failed: {last}")


def _without_secret(text: str, remote: Remote) -> str:
    """A server may repeat the header in its words, as it came or decoded."""
    secrets = remote.header.split()[1:]
    for word in remote.header.split()[2:]:
        with suppress(ValueError):
            secrets += base64.b64decode(word, validate=True).decode().split(":", 1)
    for secret in sorted(secrets, key=len, reverse=True):
        if len(secret) > 6:
            text = text.replace(secret, "…")
    return text[:300]
