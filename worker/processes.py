"""Processes of this machine: whether one is there, since when, and how one is brought to an end."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
from contextlib import suppress
from pathlib import Path

PARENT = "PARTYWALL_PARENT"
"""The variable in which a process tells its id to a child that is to end with it."""

_LOOK = 1.0
"""Seconds after which such a child looks whether its parent lives still."""


def machine() -> str:
    """What a process id belongs to: the host's name and, where the system tells, its start and the id space on it.

    Two containers of one host, or two hosts of one name, have different ones.
    """
    boot, space = "", ""
    with suppress(OSError):
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()[:8]
        space = str(Path("/proc/self/ns/pid").readlink())
    return " ".join(filter(None, (socket.gethostname(), boot, space)))


def process_exists(process: int) -> bool:
    """Whether a process of this machine exists and is not merely waiting to be buried."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    fields = _stat(process)
    return not fields or fields[0] not in ("Z", "X")


def birth_of(process: int) -> str:
    """When a process began, in clock ticks since the machine started; '' where the system does not tell."""
    fields = _stat(process)
    return fields[19] if len(fields) > 19 else ""


def _stat(process: int) -> list[str]:
    """The fields behind the command's name in /proc/PID/stat (see proc(5)): state, parent, ..."""
    with suppress(OSError):
        return Path(f"/proc/{process}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    return []


def is_orphan(parent: int | None) -> bool:
    """Whether the process that started this one, which had this id, is gone; None: nobody that matters started it."""
    return parent is not None and os.getppid() != parent


def end_with_parent() -> bool:
    """Has this process send itself SIGTERM when its parent is gone, and says whether the parent asked for that.

    A process whose environment has no PARENT outlives whoever started it. Its own children do not inherit the wish.
    The signal is sent as soon as it is handled: unhandled, it would leave behind what the process started.
    """
    parent = os.environ.pop(PARENT, "")
    if not parent:
        return False

    def look(*_: object) -> None:
        if is_orphan(int(parent)) and signal.getsignal(signal.SIGTERM) != signal.SIG_DFL:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.raise_signal(signal.SIGTERM)

    # A timer and no thread, as the process will fork. A forked child has no timer.
    signal.signal(signal.SIGALRM, look)
    signal.setitimer(signal.ITIMER_REAL, _LOOK, _LOOK)
    return True


def stop_process(process: subprocess.Popen[bytes], seconds: float | None) -> None:
    """Asks a process to end and waits, for ever (None) or so long, before it is made to."""
    with suppress(ProcessLookupError):
        process.terminate()
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
