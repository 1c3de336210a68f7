from __future__ import annotations

import io
import os
from collections.abc import Iterator

import pytest

from worker import progress
from worker.progress import Progress


@pytest.fixture
def terminal() -> Iterator[tuple[int, io.TextIOWrapper]]:
    """What a person would see, and a real terminal to write to."""
    seen, device = os.openpty()
    with os.fdopen(device, "w") as stream:
        yield seen, stream
    os.close(seen)


def shown(seen: int, stream: io.TextIOWrapper) -> str:
    stream.write("end")
    stream.flush()
    text = b""
    while not text.endswith(b"end"):
        text += os.read(seen, 65_536)
    return text.decode()


@pytest.mark.parametrize(("patience", "visible"), [(0.0, True), (3600.0, False)])
def test_a_bar_is_shown_to_those_who_wait(
    terminal: tuple[int, io.TextIOWrapper], monkeypatch: pytest.MonkeyPatch, patience: float, *, visible: bool
) -> None:
    monkeypatch.setattr(progress, "PATIENCE", patience)
    monkeypatch.setenv("TERM", "xterm")
    with Progress(terminal[1]) as bar:
        bar.update(10, 40)
        bar.update(20, 40)
    text = shown(*terminal)
    assert ("reading files" in text) == visible
    assert ("50%" in text) == visible


def test_nothing_is_written_where_nobody_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "PATIENCE", 0.0)
    stream = io.StringIO()
    with Progress(stream) as bar:
        bar.update(10, 40)
    assert stream.getvalue() == ""
