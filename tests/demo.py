"""`make demo`: the bot reviews a pull request on a fake GitHub, from the signed webhook to the closed comments."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from rich.console import Console
from rich.markdown import Markdown
from rich.padding import Padding

from tests.github.fake import FakeGitHub
from tests.github.model import CheckRun
from tests.github.pull import Pull
from tests.support.serving import answers, free_port, variables
from worker.demo import BASE, CHANGE

PATIENCE = 50
FIX = {
    "shop/mail/messages.py": '''\
"""Text messages to customers."""

from shop.core.orders import Order
from shop.core.phone import format_e164


def shipped(order: Order, recipient: str) -> tuple[str, str]:
    return format_e164(recipient, "DE"), f"{order.customer}, your order is on its way."
''',
    "shop/core/orders.py": BASE["shop/core/orders.py"],
}
Found = TypeVar("Found")
MESSAGE = "Send text messages, preview orders\n\nCo-authored-by: Claude <noreply@anthropic.com>"

console = Console(width=min(110, Console().width), highlight=False)


def main() -> int:
    """Runs the demo. The exit code is 0 where everything came as it should."""
    with tempfile.TemporaryDirectory(prefix="partywall-demo-") as folder, FakeGitHub(Path(folder, "github")) as github:
        say("A GitHub of our own on this machine, a queue, a worker and the bot are starting.")
        with running_bot(github, Path(folder, "data")) as address:
            repository = github.create_repository("acme/shop", BASE)
            github.hook = f"{address}/webhook"
            repository.push("topic", CHANGE, message=MESSAGE, author=("A code assistant", "noreply@anthropic.com"))
            pull = repository.open_pull("topic", title="Send text messages, preview orders", author="alice")
            say(f"alice opens pull request #{pull.number}; GitHub sends the bot a signed webhook.")
            show(pull, wait_for(lambda: finished(pull)))
            pull.push(FIX, message="Call the existing code")
            say("alice pushes a fix: the existing helper is called, and the core knows nobody above it again.")
            show(pull, wait_for(lambda: finished(pull)))
            closed = [comment for comment in pull.review_comments if comment.minimized]
            github.hook = None
    say(
        "Everything is stopped again. On GitHub you would find this under Checks, and at the lines under Files changed."
    )
    return 0 if len(closed) == len(pull.review_comments) == 2 else 1


@contextmanager
def running_bot(github: FakeGitHub, data: Path, processes: int = 1, **more: str) -> Iterator[str]:
    """`partywall up` for a fake GitHub, as its address; it uses REDIS_URL where that is set. `more` are settings."""
    port = free_port()
    environ = {**os.environ, **variables(github, data), **more}
    log = data.with_suffix(".log")
    options = ["--port", str(port), "--processes", str(processes), "--web-processes", "1"]
    command = [sys.executable, "-m", "worker.cli", "up", *options]
    with log.open("wb") as output:
        bot = subprocess.Popen(command, env=environ, stdout=output, stderr=output)
    try:
        address = f"http://127.0.0.1:{port}"
        wait_for(lambda: answers(address), lambda: bot.poll() is not None)
        yield address
    except BaseException:
        console.print(log.read_text(encoding="utf-8", errors="replace")[-4_000:], style="dim", markup=False)
        raise
    finally:
        bot.send_signal(signal.SIGTERM)
        bot.wait()


def finished(pull: Pull) -> CheckRun | None:
    """The finished check run of the head, if there is one."""
    runs = pull.repository.check_runs(pull.head)
    return next((run for run in runs if run.status == "completed"), None)


def wait_for(
    condition: Callable[[], Found | None], hopeless: Callable[[], bool] = lambda: False, seconds: float = PATIENCE
) -> Found:
    """What a condition gives once it gives something. Raises TimeoutError."""
    until = time.monotonic() + seconds
    while not (found := condition()):
        if hopeless() or time.monotonic() > until:
            raise TimeoutError("the bot did not do what it should; its log stands above")
        time.sleep(0.1)
    return found


def say(text: str) -> None:
    """One line about what happens."""
    console.print(f"\n[bold cyan]▶[/] [bold]{text}[/]")


def show(pull: Pull, check: CheckRun) -> None:
    """The pull request as it stands: the check, then the comments."""
    colour = {"success": "green", "failure": "red"}.get(check.conclusion or "", "yellow")
    console.print(
        f"\n  [bold]check {check.name}[/] at {pull.head[:12]}: [bold {colour}]{check.conclusion}[/] · {check.title}"
    )
    console.print(Padding(Markdown(plain(check.summary or "")), (0, 4)))
    for comment in pull.review_comments:
        console.print(
            f"\n  [bold]{comment.login}[/] on {comment.path}, line {comment.line or comment.place.line}", end=""
        )
        if comment.minimized:
            console.print(f" · [bold green]closed as {comment.minimized}[/]")
        else:
            console.print()
            console.print(Padding(Markdown(plain(comment.body)), (0, 4)))


def plain(text: str) -> str:
    """A comment's Markdown for a terminal: what GitHub folds or hides is left out, links are their text."""
    text = re.sub(r"<details><summary>(.*?)</summary>.*?</details>", r"*folded: \1*", text, flags=re.DOTALL)
    text = re.sub(r"<!--.*?-->", "", text, flags=re.DOTALL)
    return re.sub(r"\[(`[^`]*`)\]\([^)]*\)", r"\1", text).strip()


if __name__ == "__main__":
    sys.exit(main())
