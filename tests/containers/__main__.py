"""`make test-image`: the containers of compose.yaml work on the fake GitHub, then everything is stopped.

COMPOSE is the command to use, `docker compose` by default; COMPOSE_OPTIONS are further options of it. The image must be
there (`make image`). Where there is no such command, nothing is tested, and that is said.
"""

from __future__ import annotations

import re
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

from tests.containers.composing import SECRETS, Clock, Containers, missing
from tests.demo import FIX, finished, wait_for
from tests.github.fake import FakeGitHub
from tests.github.model import CheckRun
from tests.github.pull import Pull
from tests.support.forms import Browser
from tests.support.serving import answers, free_port, variables
from worker.demo import BASE, CHANGE

PATIENCE = 120
PASSED_ON = {"PARTYWALL_GITHUB_API", "PARTYWALL_WRITE_INTERVAL"}
"""What compose.yaml takes from the environment; secrets are files."""

PUBLIC = "https://partywall.example.com"
LINK = re.compile(r"open http://\S+(/setup\?key=[\w-]+)")


class Ground(NamedTuple):
    """What a test begins with: a fake GitHub, where the containers' web process will listen, and their environment."""

    github: FakeGitHub
    folder: Path
    address: str
    environ: dict[str, str]


def main() -> int:
    """Runs the tests. The exit code is 0 where everything came as it should, and where there is nothing to test with."""
    if reason := missing():
        print(f"skipped: {reason}")
        return 0
    for test in (set_up_and_review, review_under_restarts):
        print(f"{test.__name__.replace('_', ' ')}:")
        with tempfile.TemporaryDirectory(prefix="partywall-containers-") as folder, ExitStack() as stack:
            github = stack.enter_context(FakeGitHub(Path(folder, "github")))
            port, queue = free_port(), free_port()
            environ = {name: value for name, value in variables(github, Path("/data")).items() if name in PASSED_ON}
            environ |= {"PARTYWALL_TEST_PORT": str(port), "PARTYWALL_TEST_QUEUE": str(queue)}
            test(Ground(github, Path(folder), f"http://127.0.0.1:{port}", environ))
            github.hook = None
    return 0


def set_up_and_review(ground: Ground) -> None:
    """Without an App: the set-up page, an App that GitHub creates, its credentials in the volume, a first review."""
    github, clock, containers = ground.github, Clock(), Containers(ground.environ)
    with containers.up(workers=1):
        wait_for(lambda: answers(ground.address), seconds=PATIENCE)
        clock.tell("the containers are up, without an App")
        link = wait_for(lambda: LINK.search(containers.read("logs", "web")), seconds=PATIENCE)[1]
        browser = Browser()
        expect(browser.open(f"{ground.address}/setup").status, 403)
        page = browser.press(browser.open(f"{ground.address}{link}"), "Continue", url=PUBLIC)
        page = browser.press(browser.press(page, "Create it on"), "Create GitHub App")
        expect(page.address, f"{github.url}/apps/partywall/installations/new")
        expect(github.hook_url, f"{PUBLIC}/webhook")
        kept = containers.read("exec", "-T", "web", "stat", "--format", "kept: %a %u %n", "/data/credentials.json")
        expect("kept: 600 10001 /data/credentials.json" in kept, True)
        expect(browser.open(f"{ground.address}{link}").status, 404)
        clock.tell("the App is created, its credentials are kept for their user alone, the page is closed")
        github.hook = f"{ground.address}/webhook"
        repository = github.create_repository("acme/shop", BASE)
        repository.push("topic", CHANGE)
        expect_review(repository.open_pull("topic", author="alice"), "failure", open_comments=2)
        clock.tell("the first review is posted")
        containers.run("exec", "-T", "worker", "partywall", "status", "--here")


def review_under_restarts(ground: Ground) -> None:
    """With an App: a review, a fix, twenty more while the workers are restarted."""
    github, clock = ground.github, Clock()
    given = secrets_in(ground.folder, github) | {"PARTYWALL_APP_ID": str(github.app.id)}
    containers = Containers({**ground.environ, **given}, SECRETS)
    with containers.up(workers=2):
        wait_for(lambda: answers(ground.address), seconds=PATIENCE)
        clock.tell("the containers are up")
        github.hook = f"{ground.address}/webhook"
        repository = github.create_repository("acme/shop", BASE)
        repository.push("topic", CHANGE)
        pull = repository.open_pull("topic", author="alice")
        expect_review(pull, "failure", open_comments=2)
        clock.tell("the first review is posted")
        pull.push(FIX)
        expect_review(pull, "success", open_comments=0)
        clock.tell("the fix is reviewed, its comments are closed")
        pulls = []
        for number in range(20):
            repository.push(f"topic-{number}", CHANGE)
            pulls.append(repository.open_pull(f"topic-{number}", author="alice"))
        containers.run("restart", "worker")
        clock.tell("twenty more are opened, and the workers restarted while they review them")
        for each in pulls:
            expect_review(each, "failure", open_comments=2)
        clock.tell("all are reviewed, each once")


def expect(found: object, wanted: object) -> None:
    """Raises AssertionError where something is not as it should be."""
    if found != wanted:
        raise AssertionError(f"{found!r} instead of {wanted!r}")


def expect_review(pull: Pull, conclusion: str, *, open_comments: int) -> None:
    """Waits for the check of the head. Raises AssertionError where the outcome is another."""
    check: CheckRun = wait_for(lambda: finished(pull), seconds=PATIENCE)
    shown = [comment for comment in pull.review_comments if not comment.minimized]
    runs = pull.repository.check_runs(pull.head)
    expect((check.conclusion, len(shown), len(runs), check.title), (conclusion, open_comments, 1, check.title))


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


if __name__ == "__main__":
    sys.exit(main())
