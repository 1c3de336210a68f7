"""A progress bar for people who wait: only at a terminal, and only once it has taken a second."""

from __future__ import annotations

import time
from typing import IO, TYPE_CHECKING, Self

if TYPE_CHECKING:
    from rich.progress import Progress as RichProgress
    from rich.progress import TaskID

PATIENCE = 1.0
"""Seconds before a bar is worth showing."""


class Progress:
    """Shows how many files have been read. Use it as a context manager; the bar is gone afterwards."""

    def __init__(self, stream: IO[str]) -> None:
        self._stream = stream
        self._started = time.monotonic()
        self._bar: RichProgress | None = None
        self._task: TaskID | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.stop()

    def update(self, done: int, total: int) -> None:
        """Tells that `done` of `total` files are read."""
        if self._bar is None and self._stream.isatty() and time.monotonic() - self._started > PATIENCE:
            self._begin(total)
        if self._bar is not None and self._task is not None:
            self._bar.update(self._task, completed=done, refresh=True)

    def _begin(self, total: int) -> None:
        from rich.console import Console
        from rich.progress import Progress as RichProgress

        self._bar = RichProgress(console=Console(file=self._stream), transient=True, auto_refresh=False)
        self._task = self._bar.add_task("reading files", total=total)
        self._bar.start()
