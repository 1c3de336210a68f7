"""The command line, run in this process."""

from __future__ import annotations

import pytest

from worker.cli import main


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """The exit code, what is printed, and what is said beside."""
    code = main(arguments)
    captured = capsys.readouterr()
    return code, captured.out, captured.err
