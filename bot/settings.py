"""What the bot has to be told, from environment variables; `VARIABLES` is the whole list."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from bot import credentials
from bot.logs import FORMATS
from worker.errors import ReviewError


class Variable(NamedTuple):
    """An environment variable: its name, what it is when it is not set ('' for nothing), and what it is for."""

    name: str
    default: str
    meaning: str


VARIABLES = (
    Variable("PARTYWALL_APP_ID", "", "the App's id, a number"),
    Variable("PARTYWALL_PRIVATE_KEY", "", "the App's private key (PEM); or PARTYWALL_PRIVATE_KEY_FILE, its path"),
    Variable("PARTYWALL_PRIVATE_KEY_FILE", "", "the path of the App's private key"),
    Variable("PARTYWALL_WEBHOOK_SECRET", "", "the webhook's secret; or PARTYWALL_WEBHOOK_SECRET_FILE, its path"),
    Variable("PARTYWALL_WEBHOOK_SECRET_FILE", "", "the path of a file with the webhook's secret"),
    Variable("REDIS_URL", "", "the queue's server; `partywall up` brings its own where this is not set"),
    Variable("PARTYWALL_DATA", "~/.local/share/partywall", "where mirrors, facts and the App's credentials are kept"),
    Variable("PARTYWALL_URL", "", "the address under which GitHub reaches this server"),
    Variable("PARTYWALL_PROXIES", "0", "how many proxies stand in front, whose X-Forwarded headers are believed"),
    Variable(
        "PARTYWALL_GITHUB_API",
        "https://api.github.com",
        "the API's address; https://HOST/api/v3 for an Enterprise host",
    ),
    Variable("PARTYWALL_DISK_MB", "20000", "how large the mirrors may grow together, in megabytes"),
    Variable(
        "PARTYWALL_SHARED_FACTS_MB", "0", "megabytes of the queue's server for facts that machines share; 0: none"
    ),
    Variable("PARTYWALL_TIME_LIMIT", "900", "seconds that a review may take"),
    Variable(
        "PARTYWALL_PER_INSTALLATION", "4", "how many reviews of one installation run or wait for a worker at once"
    ),
    Variable("PARTYWALL_WRITE_INTERVAL", "1", "seconds between two writes to GitHub, which asks for one"),
    Variable("PARTYWALL_RECONCILE_MINUTES", "10", "minutes between two looks for pull requests that nobody told us of"),
    Variable("PARTYWALL_LOG", "auto", "text or json; auto is text on a terminal and JSON elsewhere"),
    Variable(
        "PARTYWALL_METRICS_TOKEN", "", "what Prometheus has to show for /metrics; or PARTYWALL_METRICS_TOKEN_FILE"
    ),
    Variable("PARTYWALL_METRICS_TOKEN_FILE", "", "the path of a file with the token for /metrics"),
    Variable("PARTYWALL_PAGES", "off", "who sees the operator's pages: off, loopback or github"),
    Variable("PARTYWALL_CLIENT_ID", "", "the App's client id, for PARTYWALL_PAGES=github"),
    Variable("PARTYWALL_CLIENT_SECRET", "", "a client secret of the App; or PARTYWALL_CLIENT_SECRET_FILE, its path"),
    Variable("PARTYWALL_CLIENT_SECRET_FILE", "", "the path of a file with a client secret of the App"),
)


_CREDENTIALS = tuple(variable.name for variable in VARIABLES[:5])
"""The variables that name the App and its secrets."""


OFF, LOOPBACK, GITHUB = "off", "loopback", "github"
PAGES = (OFF, LOOPBACK, GITHUB)
"""Who may see the operator's pages: nobody, whoever sits at this machine, or who may see a repository on GitHub."""


@dataclass(frozen=True)
class Settings:
    """The bot's settings. Intervals are in seconds, `disk` and `shared_facts` in bytes. Secrets are left out of its text."""

    app_id: int
    private_key: str = field(repr=False)
    webhook_secret: bytes = field(repr=False)
    redis_url: str = field(repr=False)
    data: Path
    api: str
    url: str
    proxies: int
    disk: int
    shared_facts: int
    time_limit: int
    per_installation: int
    write_interval: float
    reconcile_interval: int
    metrics_token: str = field(default="", repr=False)
    pages: str = OFF
    client_id: str = ""
    client_secret: str = field(default="", repr=False)

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must never be written anywhere."""
        try:
            password = urlsplit(self.redis_url).password or ""
        except ValueError:  # `connect` says what is wrong with the address
            password = ""
        signing_in = (self.client_secret,) if self.client_secret else ()
        return (
            self.private_key,
            self.webhook_secret.decode(),
            self.metrics_token,
            *signing_in,
            password,
            unquote(password),
        )


class NotSetUpError(ReviewError):
    """There is no App yet: neither the environment nor the data folder has credentials."""

    def __init__(self) -> None:
        super().__init__(
            "no GitHub App is set up; start `partywall up` and open the link that it prints, "
            "or set PARTYWALL_APP_ID, PARTYWALL_PRIVATE_KEY and PARTYWALL_WEBHOOK_SECRET."
        )


def load(environ: Mapping[str, str] = os.environ, *, brings_queue: bool = False) -> Settings:
    """The settings in an environment, with the credentials that the set-up page stored where it has none.

    brings_queue: the caller starts a queue server of its own where REDIS_URL names none. Raises ReviewError that names
    the variable which is missing or wrong, and NotSetUpError where nothing else is.
    """
    given = _given(environ)
    found = load_without_app(environ, brings_queue=brings_queue)
    if has_credentials(environ):
        secret = _secret(given, "PARTYWALL_WEBHOOK_SECRET")
        key = _secret(given, "PARTYWALL_PRIVATE_KEY").replace("\\n", "\n")
        if "PRIVATE KEY" not in key:
            raise ReviewError(
                "PARTYWALL_PRIVATE_KEY is not a private key in PEM format; copy the whole file that GitHub gave."
            )
        app_id = _whole(given, "PARTYWALL_APP_ID")
        return _checked(replace(found, app_id=app_id, private_key=key, webhook_secret=secret.encode()))
    stored = credentials.read(found.data)
    if stored is None:
        raise NotSetUpError
    loaded = replace(
        found,
        app_id=stored.app_id,
        private_key=stored.private_key,
        webhook_secret=stored.webhook_secret.encode(),
        api=found.api if environ.get("PARTYWALL_GITHUB_API", "").strip() else stored.api,
        url=found.url or stored.url,
    )
    if not found.client_id:
        loaded = replace(loaded, client_id=stored.client_id, client_secret=found.client_secret or stored.client_secret)
    return _checked(loaded)


def _checked(found: Settings) -> Settings:
    """Settings that fit together. Raises ReviewError."""
    if found.pages == GITHUB:
        for name, value in (("CLIENT_ID", found.client_id), ("CLIENT_SECRET", found.client_secret), ("URL", found.url)):
            if not value:
                raise ReviewError(
                    f"PARTYWALL_PAGES is 'github', and PARTYWALL_{name} is not set; signing in needs the App's client id, "
                    "a client secret (both are in the App's settings on GitHub) and the address of this server."
                )
    return found


def load_without_app(environ: Mapping[str, str] = os.environ, *, brings_queue: bool = False) -> Settings:
    """The same, without what belongs to an App: its id is 0, its secrets are empty."""
    given = _given(environ)
    if not given["REDIS_URL"] and not brings_queue:
        raise ReviewError(
            "REDIS_URL is not set; name a Redis or Valkey server, or start everything with `partywall up`."
        )
    api, url = given["PARTYWALL_GITHUB_API"].rstrip("/"), given["PARTYWALL_URL"].rstrip("/")
    if not is_address(api):
        raise ReviewError(
            f"PARTYWALL_GITHUB_API is {api!r}; it must be the address of an API, such as https://api.github.com."
        )
    if url and not is_address(url):
        raise ReviewError(f"PARTYWALL_URL is {url!r}; it must be an address, such as https://partywall.example.com.")
    if given["PARTYWALL_LOG"] not in FORMATS:
        raise ReviewError(f"PARTYWALL_LOG is {given['PARTYWALL_LOG']!r}; it must be one of {', '.join(FORMATS)}.")
    if given["PARTYWALL_PAGES"] not in PAGES:
        raise ReviewError(f"PARTYWALL_PAGES is {given['PARTYWALL_PAGES']!r}; it must be one of {', '.join(PAGES)}.")
    return Settings(
        app_id=0,
        private_key="",
        webhook_secret=b"",
        redis_url=given["REDIS_URL"],
        data=data_folder(environ),
        api=api,
        url=url,
        proxies=_whole(given, "PARTYWALL_PROXIES", 0),
        disk=int(_number(given, "PARTYWALL_DISK_MB", 1) * 1_000_000),
        shared_facts=int(_number(given, "PARTYWALL_SHARED_FACTS_MB", 0) * 1_000_000),
        time_limit=_whole(given, "PARTYWALL_TIME_LIMIT"),
        per_installation=_whole(given, "PARTYWALL_PER_INSTALLATION"),
        write_interval=_number(given, "PARTYWALL_WRITE_INTERVAL", 0),
        reconcile_interval=int(_number(given, "PARTYWALL_RECONCILE_MINUTES", 1 / 60) * 60),
        metrics_token=_secret(given, "PARTYWALL_METRICS_TOKEN", needed=False),
        pages=given["PARTYWALL_PAGES"],
        client_id=given["PARTYWALL_CLIENT_ID"],
        client_secret=_secret(given, "PARTYWALL_CLIENT_SECRET", needed=False),
    )


def has_credentials(environ: Mapping[str, str] = os.environ) -> bool:
    """Whether an environment names an App, be it in part: then it counts, and what is stored does not."""
    return any(environ.get(name, "").strip() for name in _CREDENTIALS)


def data_folder(environ: Mapping[str, str] = os.environ) -> Path:
    """Where mirrors, facts and the queue of `partywall up` are kept."""
    return Path(_given(environ)["PARTYWALL_DATA"]).expanduser()


def _given(environ: Mapping[str, str]) -> dict[str, str]:
    return {variable.name: environ.get(variable.name, "").strip() or variable.default for variable in VARIABLES}


def _secret(given: Mapping[str, str], name: str, *, needed: bool = True) -> str:
    """A secret from its variable or from the file that the variable with _FILE names."""
    text = given[name]
    if not text and (file := given[f"{name}_FILE"]):
        try:
            text = Path(file).expanduser().read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise ReviewError(f"{name}_FILE cannot be read: {error}.") from None
    if not text and (needed or given[f"{name}_FILE"]):
        raise ReviewError(f"{name} is not set; set it or {name}_FILE.")
    return text


def is_address(text: str) -> bool:
    """Whether a text is the address of something on the web."""
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in ("https", "http") and bool(parts.netloc)


def _whole(given: Mapping[str, str], name: str, least: int = 1) -> int:
    number = _number(given, name, least)
    if number != int(number):
        raise ReviewError(f"{name} is {given[name]!r}; it must be a whole number.")
    return int(number)


def _number(given: Mapping[str, str], name: str, least: float) -> float:
    try:
        number = float(given[name])
    except ValueError:
        number = float("nan")
    if not least <= number < float("inf"):
        what = f"{given[name]!r}" if given[name] else "not set"
        raise ReviewError(f"{name} is {what}; it must be a number of at least {least:g}.")
    return number
