"""What the bot's processes write about what they do: a line for each event, for people or as JSON, without secrets.

A line says by itself what it is about: the delivery, the repository, the pull request, the commit. Whoever takes up a
piece of work names these once with `about`, and every line that is written meanwhile carries them.
"""

from __future__ import annotations

import base64
import json
import logging
import os
import re
import sys
import time
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from types import MappingProxyType
from urllib.parse import quote

Fields = Mapping[str, str | int]

FIELDS = ("delivery", "task", "installation", "repository", "pull_request", "sha")
"""What a line may be about, in the order in which they stand in a line for people."""

FORMATS = ("auto", "text", "json")
"""How lines may be written; "auto" is text on a terminal and JSON elsewhere."""

HIDDEN = "…"
_SHORTEST = 8
"""A shorter secret stands in a line by chance as well: nothing is hidden of it."""

_about: ContextVar[Fields] = ContextVar("about", default=MappingProxyType({}))
_lasting = set[str]()
_passing: deque[str] = deque(maxlen=200)

_SECRET = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----(?s:.*?)(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)"
    r"|\bgh[a-z]_[A-Za-z0-9_]{16,}"
    r"|\bgithub_pat_[A-Za-z0-9_]{16,}"
    r"|\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*"  # a signed token of the App
    r"|eC1hY2Nlc3MtdG9rZW46[A-Za-z0-9+/=]+"  # "x-access-token:", as git is given it
    r"|(?<=://)[^\s/'\"]+(?=@)"  # a user's name and password in an address
    r"|(?i:(?<=authorization)['\"]?\s*[:=]\s*['\"]?(?:\w+\s+)?[^\s'\"]+)"
)
"""What is a secret by its looks, whoever wrote it."""


@contextmanager
def about(fields: Fields) -> Iterator[None]:
    """Every line of this thread carries these fields while the context lasts; see FIELDS."""
    token = _about.set({**_about.get(), **fields})
    try:
        yield
    finally:
        _about.reset(token)


def current(field: str) -> str | int:
    """What lines carry in a field now, '' for nothing."""
    return _about.get().get(field, "")


def hide(*secrets: str) -> None:
    """From now on these never stand in a line. The process keeps them for as long as it lives."""
    _lasting.update(form for secret in secrets for form in _forms(secret))


def hide_token(token: str) -> None:
    """The same for a token of GitHub's, which is of use for an hour: only the latest are remembered."""
    _passing.extend(form for form in _forms(token) | _forms(basic(token)) if form not in _passing)


def basic(token: str) -> str:
    """A token of GitHub's in the form in which git carries it."""
    return base64.b64encode(f"x-access-token:{token}".encode()).decode()


def without_secrets(text: str) -> str:
    """A text in which secrets are replaced: those that were named, and whatever looks like one."""
    for secret in sorted((*_lasting, *_passing), key=len, reverse=True):
        text = text.replace(secret, HIDDEN)
    return _SECRET.sub(HIDDEN, text)


def log_to_stderr(environ: Mapping[str, str] = os.environ) -> None:
    """Sends the log of this process to standard error, in the format of PARTYWALL_LOG."""
    handler = logging.StreamHandler()
    handler.setFormatter(formatter(chosen(environ)))
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)


def chosen(environ: Mapping[str, str] = os.environ) -> str:
    """What PARTYWALL_LOG says: one of FORMATS; `bot.settings` refuses anything else."""
    return environ.get("PARTYWALL_LOG", "").strip() or FORMATS[0]


def formatter(form: str) -> logging.Formatter:
    """What makes lines out of events, in one of FORMATS."""
    if form == "auto":
        form = "text" if sys.stderr.isatty() else "json"
    return _JsonLines() if form == "json" else _TextLines()


class _TextLines(logging.Formatter):
    """Lines for people: when, who, how bad, what, and what it is about."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(name)s %(levelname)s %(message)s")

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - logging's name
        """The line, before an exception is put below it."""
        words = " ".join(f"{name}={value}" for name, value in _fields().items())
        return super().formatMessage(record) + (f" [{words}]" if words else "")

    def format(self, record: logging.LogRecord) -> str:
        """The line and the exception, without secrets."""
        return without_secrets(super().format(record))


class _JsonLines(logging.Formatter):
    """A JSON object in a line: time, level, logger, message, what it is about, and an exception as one field."""

    def format(self, record: logging.LogRecord) -> str:
        """The object, without secrets."""
        line: dict[str, str | int] = {
            "time": f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(record.created))}.{int(record.msecs):03d}Z",
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **_fields(),
        }
        if record.exc_info and record.exc_info[0] is not None:
            line["exception"] = self.formatException(record.exc_info)
        safe = {name: without_secrets(value) if isinstance(value, str) else value for name, value in line.items()}
        return json.dumps(safe, ensure_ascii=False)


def _fields() -> Fields:
    fields = _about.get()
    return {name: fields[name] for name in FIELDS if fields.get(name)}


def _forms(secret: str) -> set[str]:
    """A secret as it may stand in a line: whole and by its lines, as it is and as code, JSON and addresses write it."""
    parts = {secret, *(line.strip() for line in secret.splitlines() if not line.startswith("-----"))}
    forms = {form for part in parts for form in (part, repr(part)[1:-1], json.dumps(part)[1:-1], quote(part, safe=""))}
    return {form for form in forms if len(form) >= _SHORTEST}
