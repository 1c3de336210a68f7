"""A disk that is full as soon as git fetches something."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

WORDS = """\
fatal: write error: No space left on device
fatal: fetch-pack: invalid index-pack output
"""
"""What git 2.39 says while it receives a pack."""


class FullDisk:
    """A git before the real one that finds the disk full whenever it fetches, until it is told otherwise."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self._flag = folder / "full"
        folder.mkdir()
        script = f"""#!/bin/sh
case " $* " in *" fetch "*) if [ -e '{self._flag}' ]; then cat '{self._flag}' >&2; exit 128; fi;; esac
exec '{shutil.which("git")}' "$@"
"""
        (folder / "git").write_text(script)
        (folder / "git").chmod(0o755)
        monkeypatch.setenv("PATH", str(folder), prepend=os.pathsep)
        self.fill()

    def fill(self) -> None:
        """From now on there is no room."""
        self._flag.write_text(WORDS)

    def clear(self) -> None:
        """There is room again."""
        self._flag.unlink()
