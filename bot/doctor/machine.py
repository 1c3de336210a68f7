"""Checks of what runs here: settings, queue, workers, disk, git, and a review."""

from __future__ import annotations

import re
import stat
import subprocess
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from redis import RedisError
from rq.worker import Worker

from bot import credentials
from bot.doctor.patient import Patient, SkippedError, Verdict
from bot.settings import has_credentials
from worker.demo import CHANGE, build, review
from worker.errors import ReviewError
from worker.mirror import Mirrors
from worker.queue import Tasks

_OLDEST_GIT = (2, 32)
_LEAST_FREE = 500_000_000
_SILENT = timedelta(seconds=90)
"""How long a worker may be silent: an idle one tells that it lives every five seconds, one at work every ten."""


def settings(patient: Patient) -> Verdict:
    """Whether the settings load, and whether the stored credentials are for us alone."""
    found = patient.settings
    if has_credentials(patient.environ):
        return Verdict("ok", f"the App {found.app_id}, from the environment")
    file = credentials.file_in(patient.data)
    if stat.S_IMODE(file.stat().st_mode) & 0o077:
        return Verdict("fail", f"other users of this machine may read {file}", f"chmod 600 {file}")
    return Verdict("ok", f"the App {found.app_id}, from {file}")


def queue(patient: Patient) -> Verdict:
    """Whether the queue's server answers, and what was given up."""
    version = patient.redis.info("server").get("redis_version")
    if failed := len(Tasks(patient.redis).failed()):
        return Verdict("note", f"it answers (version {version}); tasks given up: {failed}", "see `partywall status`")
    return Verdict("ok", f"it answers (version {version})")


def workers(patient: Patient) -> Verdict:
    """Whether anybody takes what waits."""
    try:
        known = Worker.all(connection=patient.redis)
    except (ReviewError, RedisError):
        raise SkippedError("the queue's server does not answer") from None
    now = datetime.fromtimestamp(patient.machine.now(), UTC)
    alive = [each for each in known if each.last_heartbeat and now - each.last_heartbeat.astimezone(UTC) < _SILENT]
    if alive:
        return Verdict("ok", f"alive: {len(alive)}")
    silent = f"; {len(known)} were heard of before" if known else ""
    return Verdict("fail", f"none is alive{silent}", "start `partywall work` where it may reach the queue's server")


def disk(patient: Patient) -> Verdict:
    """Whether there is room, and whether we may write there."""
    limit = patient.basics.disk
    folder = next(each for each in (patient.data, *patient.data.absolute().parents) if each.exists())
    try:
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        says = f"{folder} cannot be written to ({error.strerror})"
        return Verdict("fail", says, "mend its rights, or set PARTYWALL_DATA")
    free = patient.machine.free(folder)
    says = f"{_size(free)} free in {folder}"
    if free < _LEAST_FREE:
        return Verdict("fail", says, f"make room, at least {_size(_LEAST_FREE)}, or set PARTYWALL_DATA to another disk")
    used = Mirrors(patient.data / "mirrors").size()
    if free + used < limit:
        mend = f"set PARTYWALL_DISK_MB to {max(1, (free + used - _LEAST_FREE) // 1_000_000)} or make room"
        return Verdict("note", f"{says}; the mirrors may grow to {_size(limit)}", mend)
    return Verdict("ok", f"{says}; the mirrors take {_size(used)} of {_size(limit)}")


def git(_: Patient) -> Verdict:
    """Whether git is there, and new enough to fetch what a review needs."""
    wanted = ".".join(map(str, _OLDEST_GIT))
    mend = f"install git {wanted} or newer"
    try:
        told = subprocess.run(["git", "version"], capture_output=True, text=True, check=True, timeout=10).stdout.strip()
    except (OSError, subprocess.SubprocessError):
        return Verdict("fail", "the command `git` does not work here", mend)
    match = re.search(r"(\d+)\.(\d+)[\w.]*", told)
    if match is None:
        return Verdict("fail", f"{told!r} names no version", mend)
    if (int(match[1]), int(match[2])) < _OLDEST_GIT:
        return Verdict("fail", f"git {match[0]} cannot fetch what a review needs", mend)
    return Verdict("ok", f"git {match[0]}")


def sample(_: Patient) -> Verdict:
    """Whether a change is reviewed that is known to have findings."""
    begun = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="partywall-doctor-") as folder:
        try:
            build(Path(folder))
        except (OSError, subprocess.SubprocessError) as error:
            return Verdict(
                "fail", f"no repository can be made ({type(error).__name__})", "see what is said of git and disk"
            )
        report = review(Path(folder))
    seconds = time.monotonic() - begun
    if {finding.path for finding in report.findings} != set(CHANGE):
        found = len(report.findings)
        return Verdict(
            "fail", f"a sample gave {found} findings, not its own", "install Partywall anew; its parts do not fit"
        )
    return Verdict("ok", f"a sample was reviewed in {seconds:.1f} s and gave its {len(report.findings)} findings")


def _size(number: int) -> str:
    return f"{number / 1e9:.1f} GB" if number >= 1e9 else f"{number / 1e6:.0f} MB"
