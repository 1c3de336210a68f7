"""All checks, one after the other: none is kept from its turn by another that fails."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping

from bot.doctor import hook, machine, registration
from bot.doctor.patient import Patient, SkippedError, Verdict
from bot.github import GitHubError
from worker.errors import ReviewError
from worker.render.text import printable

CHECKS: Mapping[str, Callable[[Patient], Verdict]] = {
    "settings": machine.settings,
    "key": registration.key,
    "clock": registration.clock,
    "permissions": registration.permissions,
    "events": registration.events,
    "installations": registration.installations,
    "webhook": hook.webhook,
    "reach": hook.reach,
    "deliveries": hook.deliveries,
    "queue": machine.queue,
    "workers": machine.workers,
    "disk": machine.disk,
    "git": machine.git,
    "sample": machine.sample,
}
_WIDTH = max(map(len, CHECKS))


def examine(patient: Patient) -> Iterator[tuple[str, Verdict]]:
    """The name of each check with what it found, as soon as it is found."""
    for name, check in CHECKS.items():
        yield name, _found(check, patient)


def _found(check: Callable[[Patient], Verdict], patient: Patient) -> Verdict:
    try:
        return check(patient)
    except SkippedError as error:
        return Verdict("skip", str(error))
    except ReviewError as error:
        says, _, mend = str(error).rstrip(".").partition("; ")
        return Verdict("fail", says, mend)
    except GitHubError as error:
        return Verdict("fail", str(error), "try again later; it is not about the set-up")
    except Exception as error:
        return Verdict(
            "fail", f"could not be looked at ({type(error).__name__})", "tell the people who write Partywall"
        )


def line(name: str, verdict: Verdict) -> str:
    """A verdict for people."""
    mend = f" → {verdict.mend}" if verdict.mend else ""
    return printable(f"{verdict.state:<4}  {name:<{_WIDTH}}  {verdict.says}{mend}")


def as_json(found: Mapping[str, Verdict]) -> str:
    """All verdicts for programs."""
    checks = [{"name": name, **verdict._asdict()} for name, verdict in found.items()]
    return json.dumps({"ok": is_well(found), "checks": checks}, indent=1, ensure_ascii=False)


def is_well(found: Mapping[str, Verdict]) -> bool:
    """Whether nothing fails."""
    return all(verdict.state != "fail" for verdict in found.values())
