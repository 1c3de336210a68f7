"""Processes of this machine: whether one is there, since when, and how one is brought to an end."""

from __future__ import annotations

import os
import socket
import subprocess
from contextlib import suppress
from pathlib import Path


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


def stop_process(process: subprocess.Popen[bytes], seconds: float | None) -> None:
    """Asks a process to end and waits, for ever (None) or so long, before it is made to."""
    with suppress(ProcessLookupError):
        process.terminate()
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
