"""`make test-image`: the containers of compose.yaml review a pull request on the fake GitHub, then everything is stopped.

COMPOSE is the command to use, `docker compose` by default; COMPOSE_OPTIONS are further options of it. The image must be
there (`make image`).
"""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tests.demo import FIX, finished, wait_for
from tests.github.fake import FakeGitHub
from tests.github.model import CheckRun
from tests.github.pull import Pull
from tests.support.serving import answers, free_port, variables
from worker.demo import BASE, CHANGE

ROOT = Path(__file__).parents[2]
FILES = ("compose.yaml", "compose.secrets.yaml", "tests/containers/host.yaml")
PATIENCE = 120
PASSED_ON = {"PARTYWALL_APP_ID", "PARTYWALL_GITHUB_API", "PARTYWALL_WRITE_INTERVAL"}
"""What compose.yaml takes from the environment; secrets are files."""


def main() -> int:
    """Runs the test. The exit code is 0 where everything came as it should."""
    with tempfile.TemporaryDirectory(prefix="partywall-containers-") as folder, ExitStack() as stack:
        github = stack.enter_context(FakeGitHub(Path(folder, "github")))
        port, queue = free_port(), free_port()
        environ = secrets_in(Path(folder), github) | {
            **{name: value for name, value in variables(github, Path("/data")).items() if name in PASSED_ON},
            "PARTYWALL_TEST_PORT": str(port),
            "PARTYWALL_TEST_QUEUE": str(queue),
        }
        clock = Clock()
        stack.enter_context(composed(environ, workers=2))
        address = f"http://127.0.0.1:{port}"
        wait_for(lambda: answers(address), seconds=PATIENCE)
        clock.tell("the containers are up")
        github.hook = f"{address}/webhook"
        repository = github.create_repository("acme/shop", BASE)
        repository.push("topic", CHANGE)
        pull = repository.open_pull("topic", author="alice")
        expect(pull, "failure", open_comments=2)
        clock.tell("the first review is posted")
        pull.push(FIX)
        expect(pull, "success", open_comments=0)
        clock.tell("the fix is reviewed, its comments are closed")
        pulls = []
        for number in range(20):
            repository.push(f"topic-{number}", CHANGE)
            pulls.append(repository.open_pull(f"topic-{number}", author="alice"))
        compose(["restart", "worker"], environ)
        clock.tell("twenty more are opened, and the workers restarted while they review them")
        for each in pulls:
            expect(each, "failure", open_comments=2)
        clock.tell("all are reviewed, each once")
        github.hook = None
    return 0


def expect(pull: Pull, conclusion: str, *, open_comments: int) -> None:
    """Waits for the check of the head. Raises AssertionError where the outcome is another."""
    check: CheckRun = wait_for(lambda: finished(pull), seconds=PATIENCE)
    shown = [comment for comment in pull.review_comments if not comment.minimized]
    runs = pull.repository.check_runs(pull.head)
    if (check.conclusion, len(shown), len(runs)) != (conclusion, open_comments, 1):
        raise AssertionError(f"{check.conclusion}: {check.title}; {len(shown)} open comments, {len(runs)} checks")


def secrets_in(folder: Path, github: FakeGitHub) -> dict[str, str]:
    """The secrets as files that the containers' user can read, by the variables that name them."""
    secrets = {
        "PARTYWALL_PRIVATE_KEY_FILE": github.app.private_key,
        "PARTYWALL_WEBHOOK_SECRET_FILE": github.app.webhook_secret,
    }
    found = {}
    for variable, secret in secrets.items():
        path = folder / variable.lower()
        path.write_text(secret, encoding="ascii")
        path.chmod(0o644)
        found[variable] = str(path)
    return found


@contextmanager
def composed(environ: Mapping[str, str], workers: int) -> Iterator[None]:
    """The containers, up; in the end nothing of them is left. Their logs are printed where something fails."""
    try:
        compose(["up", "--detach", "--scale", f"worker={workers}"], environ)
        yield
    except BaseException:
        compose(["logs"], environ)
        raise
    finally:
        compose(["down", "--volumes", "--remove-orphans", "--timeout", "30"], environ)


def compose(arguments: Sequence[str], environ: Mapping[str, str]) -> None:
    """Runs the compose command."""
    command = [*shlex.split(os.environ.get("COMPOSE", "docker compose")), "--project-name", "partywall-test"]
    files = [option for file in FILES for option in ("--file", str(ROOT / file))]
    options = shlex.split(os.environ.get("COMPOSE_OPTIONS", ""))
    subprocess.run([*command, *options, *files, *arguments], env={**os.environ, **environ}, check=True)


class Clock:
    """Tells how long something took."""

    def __init__(self) -> None:
        self._last = time.monotonic()

    def tell(self, what: str) -> None:
        """Prints what is reached, and the seconds since the last time."""
        now = time.monotonic()
        print(f"{now - self._last:6.1f} s  {what}", flush=True)
        self._last = now


if __name__ == "__main__":
    sys.exit(main())
