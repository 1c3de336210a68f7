"""The containers of compose.yaml for a test: up, looked at, and gone without a trace."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[2]
FILES = ("compose.yaml", "tests/containers/host.yaml")
SECRETS = "compose.secrets.yaml"


def missing() -> str:
    """Why no containers can run here, '' where they can."""
    words = _words()
    if shutil.which(words[0]) is None:
        return f"{words[0]} is not installed (COMPOSE names the command to use)"
    found = subprocess.run([*words, "version"], capture_output=True, text=True, check=False)
    return f"`{' '.join(words)} version` fails: {found.stderr.strip()[-200:]}" if found.returncode else ""


class Containers:
    """A project of compose.yaml, with what its files take from the environment."""

    def __init__(self, environ: Mapping[str, str], *files: str) -> None:
        self._environ = environ
        self._files = (*FILES, *files)

    @contextmanager
    def up(self, workers: int) -> Iterator[None]:
        """The containers run; in the end nothing of them is left. Their logs are printed where something fails."""
        try:
            self.run("up", "--detach", "--scale", f"worker={workers}")
            yield
        except BaseException:
            self.run("logs")
            raise
        finally:
            # podman-compose leaves what the second worker depends on; asked again, it takes that, too.
            for _ in range(2):
                self.run("down", "--volumes", "--remove-orphans", "--timeout", "30")

    def run(self, *arguments: str) -> None:
        """Runs the compose command."""
        subprocess.run(self._command(arguments), env={**os.environ, **self._environ}, check=True)

    def read(self, *arguments: str) -> str:
        """What the compose command prints, to either stream."""
        command, environ = self._command(arguments), {**os.environ, **self._environ}
        pipe, same = subprocess.PIPE, subprocess.STDOUT
        return subprocess.run(command, env=environ, check=True, text=True, stdout=pipe, stderr=same).stdout

    def _command(self, arguments: Sequence[str]) -> list[str]:
        files = [option for file in self._files for option in ("--file", str(ROOT / file))]
        options = shlex.split(os.environ.get("COMPOSE_OPTIONS", ""))
        return [*_words(), "--project-name", "partywall-test", *options, *files, *arguments]


def _words() -> list[str]:
    return shlex.split(os.environ.get("COMPOSE", "docker compose"))


class Clock:
    """Tells how long something took."""

    def __init__(self) -> None:
        self._last = time.monotonic()

    def tell(self, what: str) -> None:
        """Prints what is reached, and the seconds since the last time."""
        now = time.monotonic()
        print(f"{now - self._last:6.1f} s  {what}", flush=True)
        self._last = now
