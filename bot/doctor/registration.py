"""Checks of the App on GitHub: its key, what it may and hears, where it is installed; and the clocks."""

from __future__ import annotations

from collections.abc import Mapping
from email.utils import parsedate_to_datetime

import requests
from requests.exceptions import RequestException

from bot.doctor.patient import Patient, SkippedError, Verdict, unreadable
from bot.events import SUBSCRIBED
from bot.github import DeniedError, GoneError, UnansweredError
from bot.manifest import APP_PERMISSIONS, app_page

_LEVELS = ("none", "read", "write", "admin")
_SECONDS = 10
_ODD_SKEW, _LARGEST_SKEW = 10, 60
"""Seconds that clocks may differ: ours signs keys as a minute old, so GitHub takes what is not further ahead."""


def key(patient: Patient) -> Verdict:
    """Whether GitHub takes the private key for that of the App."""
    settings = patient.with_app
    if reason := unreadable(settings):
        mend = "copy the whole file that GitHub gave, or make another key among the App's settings on GitHub"
        return Verdict("fail", f"the private key is damaged ({reason})", mend)
    try:
        app = patient.introduce()
    except DeniedError:
        says = f"{patient.web} does not take it for a key of the App {settings.app_id}"
        mend = f"make another private key on {patient.web}/settings/apps or among the organization's, or correct the id"
        return Verdict("fail", says, f"{mend}; a wrong clock looks the same")
    except GoneError:
        return Verdict(
            "fail", f"{patient.web} knows no App {settings.app_id}", "correct the id or PARTYWALL_GITHUB_API"
        )
    except UnansweredError as error:
        return Verdict("fail", f"{settings.api}: {error}", "open the way to it, or correct PARTYWALL_GITHUB_API")
    return Verdict("ok", f"{patient.web} knows it as {app['name']}, of {(app.get('owner') or {}).get('login')}")


def clock(patient: Patient) -> Verdict:
    """Whether our clock and GitHub's agree: keys and tokens are good for minutes."""
    try:
        answer = requests.get(patient.basics.api, timeout=_SECONDS, allow_redirects=False)
        theirs = parsedate_to_datetime(answer.headers["Date"]).timestamp()
    except (RequestException, KeyError, ValueError) as error:
        raise SkippedError(f"{patient.basics.api} does not tell the time ({type(error).__name__})") from None
    skew = round(patient.machine.now() - theirs)
    says = f"{abs(skew)} s {'ahead of' if skew > 0 else 'behind'} GitHub's"
    if abs(skew) > _LARGEST_SKEW:
        return Verdict(
            "fail", says, "set the clock, and let NTP keep it: GitHub refuses keys that seem old or not yet valid"
        )
    if abs(skew) > _ODD_SKEW:
        return Verdict("note", says, "let NTP keep the clock")
    return Verdict("ok", "agrees with GitHub's")


def permissions(patient: Patient) -> Verdict:
    """Whether the App may do what app.yml asks for, and not more."""
    held = patient.app.get("permissions") or {}
    page = app_page(patient.web, patient.app, "permissions")
    if lacking := _lacking(held):
        return Verdict(
            "fail",
            f"missing: {_named(lacking)}",
            f"grant them on {page} (Repository permissions), then accept them where it is installed",
        )
    more = {name: level for name, level in held.items() if _rank(level) > _rank(APP_PERMISSIONS.get(name, "none"))}
    if more:
        return Verdict("note", f"more than a review needs: {_named(more)}", f"take them back on {page}")
    return Verdict("ok", _named(APP_PERMISSIONS))


def events(patient: Patient) -> Verdict:
    """Whether the App hears what app.yml asks for."""
    heard = set(patient.app.get("events") or ())
    if lacking := sorted(set(SUBSCRIBED) - heard):
        page = app_page(patient.web, patient.app, "permissions")
        return Verdict("fail", f"missing: {', '.join(lacking)}", f"tick them on {page} (Subscribe to events)")
    return Verdict("ok", f"all {len(SUBSCRIBED)} are subscribed to")


def installations(patient: Patient) -> Verdict:
    """Whether the App is installed somewhere, and whether what it asks for was accepted there."""
    found = patient.installations
    if not found:
        return Verdict("fail", "it is installed nowhere", f"install it: {patient.app['html_url']}/installations/new")
    for each in found:
        login = (each.get("account") or {}).get("login")
        if lacking := _lacking(each.get("permissions") or {}):
            says = f"{login} has not accepted: {_named(lacking)}"
            return Verdict("fail", says, f"an owner accepts it on {each.get('html_url')}")
    asleep = sum(bool(each.get("suspended_at")) for each in found)
    if asleep:
        says = f"{len(found)}, of which {asleep} are suspended"
        return Verdict("fail" if asleep == len(found) else "note", says, "their owners may let the App work again")
    names = ", ".join(str((each.get("account") or {}).get("login")) for each in found[:3])
    return Verdict("ok", f"{len(found)}: {names}{', …' if len(found) > 3 else ''}")


def _lacking(held: Mapping[str, str]) -> dict[str, str]:
    """What app.yml asks for and is not held."""
    return {name: level for name, level in APP_PERMISSIONS.items() if _rank(held.get(name, "none")) < _rank(level)}


def _rank(level: str) -> int:
    return _LEVELS.index(level) if level in _LEVELS else len(_LEVELS)


def _named(permissions: Mapping[str, str]) -> str:
    return ", ".join(f"{name}: {level}" for name, level in permissions.items())
