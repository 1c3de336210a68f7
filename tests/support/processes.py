"""What runs on this machine, as /proc shows it (nothing where there is no /proc), and waiting for it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path


def running(word: str) -> list[int]:
    """The processes with a word among their arguments."""
    return [pid for pid, arguments in arguments_of_all().items() if word in arguments]


def arguments_of_all() -> dict[int, str]:
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            found[int(folder.name)] = (folder / "cmdline").read_bytes().decode("utf-8", "replace")
        except OSError:
            continue
    return found


def until(condition: Callable[[], object], seconds: float = 30) -> None:
    """Waits for a condition, and fails when it does not come true."""
    end, pause = time.monotonic() + seconds, threading.Event()
    while not condition():
        assert time.monotonic() < end
        pause.wait(0.01)
