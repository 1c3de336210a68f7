"""The command that the README names first."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.bot.harness import queue_server

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("own_server", [False, True])
def test_the_demo_shows_a_review_and_what_a_fix_does_to_it(tmp_path: Path, own_server: bool) -> None:
    environ = {name: value for name, value in os.environ.items() if not name.startswith("PARTYWALL_")}
    environ |= {"TMPDIR": str(tmp_path), "REDIS_URL": ""}
    with queue_server(tmp_path / "queue") as address:
        if own_server:
            environ["REDIS_URL"] = address
        done = subprocess.run(
            [sys.executable, "-m", "tests.demo"], cwd=ROOT, env=environ, capture_output=True, text=True, check=False
        )
    assert done.returncode == 0, done.stderr + done.stdout
    shown = done.stdout.split("pushes a fix")
    assert "failure · 1 error, 1 warning" in shown[0]
    assert "normalize_recipient repeats format_e164" in " ".join(shown[0].split())
    assert "success · Nothing to say" in shown[1]
    assert shown[1].count("closed as resolved") == 2
    assert [path.name for path in tmp_path.iterdir()] == ["queue"]
