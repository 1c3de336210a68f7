"""What the checks look at, each thing once, and what they say."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, NamedTuple, TypeVar

from github.Auth import AppAuth
from redis import Redis

from bot.github import Client, GitHubError
from bot.manifest import web_of
from bot.settings import Settings, data_folder, load, load_without_app
from bot.status import queue_server
from worker.errors import ReviewError

T = TypeVar("T")
State = Literal["ok", "note", "fail", "skip"]
"""As it should be; works, and yet; does not work; cannot be looked at."""

_DELIVERIES = 30


class Verdict(NamedTuple):
    """What one check found, in a sentence, and what to do about it. Holds no secrets."""

    state: State
    says: str
    mend: str = ""


class SkippedError(Exception):
    """A check has nothing to look at; the message says why."""


class Machine(NamedTuple):
    """What the checks know of this machine, apart from its network."""

    now: Callable[[], float] = time.time
    free: Callable[[Path], int] = lambda folder: shutil.disk_usage(folder).free
    """How many bytes are free where a folder is."""


class Patient:
    """A set-up as the environment describes it. What cannot be had raises ReviewError, GitHubError or SkippedError."""

    def __init__(self, environ: Mapping[str, str] = os.environ, machine: Machine | None = None) -> None:
        self.environ = environ
        self.machine = machine or Machine()
        self.data = data_folder(environ)

    @cached_property
    def settings(self) -> Settings:
        """All settings."""
        return load(self.environ, brings_queue=True)

    @cached_property
    def basics(self) -> Settings:
        """The settings without those of an App, where the others do not load."""
        try:
            return self.settings
        except ReviewError:
            return self._or_skip(lambda: load_without_app(self.environ, brings_queue=True), "the settings do not load")

    @cached_property
    def with_app(self) -> Settings:
        """All settings; there is nothing to ask GitHub with otherwise."""
        return self._or_skip(lambda: self.settings, "there are no credentials to ask GitHub with")

    @cached_property
    def client(self) -> Client:
        """GitHub as the App sees it."""
        if unreadable(self.with_app):
            raise SkippedError("the private key is damaged")
        return Client(self.with_app, AppAuth(self.with_app.app_id, self.with_app.private_key))

    @cached_property
    def _told(self) -> dict[str, Any] | GitHubError:
        """What GitHub tells of the App, or what went wrong: it is asked once."""
        try:
            return dict(self.client.get("/app"))
        except GitHubError as error:
            return error

    def introduce(self) -> dict[str, Any]:
        """What GitHub tells of the App, or the GitHubError that it gives instead."""
        if isinstance(self._told, GitHubError):
            raise self._told
        return self._told

    @cached_property
    def app(self) -> dict[str, Any]:
        """What GitHub tells of the App."""
        return self._or_skip(self.introduce, "GitHub tells nothing without the App's key")

    @cached_property
    def hook(self) -> dict[str, Any]:
        """How the App's webhook is configured."""
        return dict(self._asked("/app/hook/config"))

    @cached_property
    def deliveries(self) -> list[dict[str, Any]]:
        """The newest deliveries, the newest first."""
        return list(self._asked("/app/hook/deliveries", per_page=_DELIVERIES))

    @cached_property
    def installations(self) -> list[dict[str, Any]]:
        """Where the App is installed."""
        return list(self.client.pages("/app/installations")) if self.app else []

    @cached_property
    def _connected(self) -> Redis | ReviewError:
        """The queue's server, or what is wrong with it: it is waited for once."""
        try:
            return queue_server(self.environ, self.data)
        except ReviewError as error:
            return error

    @property
    def redis(self) -> Redis:
        """The queue's server."""
        if isinstance(self._connected, ReviewError):
            raise self._connected
        return self._connected

    @property
    def web(self) -> str:
        """The address of GitHub itself."""
        return web_of(self.basics.api)

    def _asked(self, path: str, **query: str | int) -> Any:
        """GitHub's answer to the App; nothing more is asked of a GitHub that does not know it."""
        return self.client.get(path, **query) if self.app else None

    def _or_skip(self, get: Callable[[], T], why: str) -> T:
        try:
            return get()
        except (ReviewError, GitHubError) as error:
            raise SkippedError(why) from error


def unreadable(settings: Settings) -> str:
    """What kind of error the private key gives, '' where it signs."""
    try:
        return "" if AppAuth(settings.app_id, settings.private_key).token else "empty"
    except Exception as error:
        return type(error).__name__
