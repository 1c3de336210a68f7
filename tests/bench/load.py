"""Loads the whole bot: web processes, queue, workers, against a fake GitHub on the same machine.

    python -m tests.bench.load [PATH] [--deliveries 1000] [--processes 1] [--reviews 20]

First a burst: so many pull requests, each announced once, as fast as eight senders can. Then, with the git directory of
a real repository, its youngest commits as pull requests, one after another. The fake GitHub, the senders and the bot share
the machine's cores, so this says what the bot does at least.
"""

from __future__ import annotations

import argparse
import http.client
import statistics
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

from tests.demo import running_bot
from tests.github.fake import FakeGitHub
from tests.github.pull import Pull
from tests.github.smart_http import is_git
from tests.github.webhooks import Delivery
from worker.demo import BASE, CHANGE
from worker.mirror import folder_size

_SENDERS = 8
_REPOSITORIES = 20
_PATIENCE = 3_600


def main() -> None:
    """Prints one table for the burst and one for the repository."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("path", nargs="?", type=Path, help="a git directory: reviews a minute on its youngest commits")
    parser.add_argument("--deliveries", type=int, default=1_000)
    parser.add_argument("--no-burst", action="store_true", help="the repository only")
    parser.add_argument("--processes", type=int, default=1, help="workers")
    parser.add_argument("--reviews", type=int, default=20, help="commits of the repository to review")
    options = parser.parse_args()
    if not options.no_burst:
        burst(options.deliveries, options.processes)
    if options.path:
        reviews(options.path, options.reviews, options.processes)


def burst(deliveries: int, processes: int) -> None:
    """Many pull requests at once: how fast webhooks are acknowledged, and whether each is reviewed once."""
    with tempfile.TemporaryDirectory(prefix="partywall-load-") as folder, FakeGitHub(Path(folder, "github")) as github:
        pulls = many_pulls(github, deliveries)
        github.settle()
        opened = [d for d in github.deliveries if (d.event, d.action) == ("pull_request", "opened")]
        with running_bot(github, Path(folder, "data"), processes) as address:
            started = time.perf_counter()
            with ThreadPoolExecutor(_SENDERS) as senders:
                answers = list(senders.map(lambda delivery: send(github, address, delivery), opened))
            sent = time.perf_counter() - started
            wait_until_reviewed(pulls)
            seconds = time.perf_counter() - started
        print_burst(pulls, answers, sent, seconds, processes)
        requests = Counter("git" if is_git(request.path) else "API" for request in github.requests)
        print(f"  requests a review: {requests['API'] / deliveries:.1f} API, {requests['git'] / deliveries:.1f} git")


def many_pulls(github: FakeGitHub, number: int) -> list[Pull]:
    """Pull requests with one and the same change, spread over repositories of several owners."""
    github.limits.remaining = 10**9  # GitHub's limit is for one installation, the fake's for all of them together
    github.drop_webhooks = True
    repositories = [github.create_repository(f"owner{i}/shop", BASE) for i in range(min(_REPOSITORIES, number))]
    pulls = []
    for i in range(number):
        repository = repositories[i % len(repositories)]
        repository.push(f"topic{i}", {**CHANGE, "notes.txt": str(i)})
        pulls.append(repository.open_pull(f"topic{i}"))
    github.drop_webhooks = False
    return pulls


def send(github: FakeGitHub, address: str, delivery: Delivery) -> tuple[int, float]:
    """Sends a delivery over a connection of its own: (status, seconds to the answer)."""
    target = urlsplit(address)
    headers = github.signed(delivery.event, delivery.payload, delivery.guid)
    started = time.perf_counter()
    connection = http.client.HTTPConnection(target.hostname or "", target.port, timeout=60)
    try:
        connection.request("POST", "/webhook", delivery.payload, headers)
        status = connection.getresponse().status
    finally:
        connection.close()
    return status, time.perf_counter() - started


def wait_until_reviewed(pulls: Sequence[Pull]) -> None:
    """Waits until every head has a finished check run."""
    until = time.monotonic() + _PATIENCE
    left = list(pulls)
    while left and time.monotonic() < until:
        left = [
            pull for pull in left if not any(run.status == "completed" for run in pull.repository.check_runs(pull.head))
        ]
        time.sleep(0.2)


def print_burst(
    pulls: Sequence[Pull], answers: Sequence[tuple[int, float]], sent: float, seconds: float, processes: int
) -> None:
    """The table of the burst."""
    times = sorted(1_000 * took for _, took in answers)
    checks = Counter(len(pull.repository.check_runs(pull.head)) for pull in pulls)
    comments = Counter(len(pull.review_comments) for pull in pulls)
    print(f"burst of {len(pulls)} deliveries, {_SENDERS} senders, {processes} workers, all on this machine")
    print(f"  answers: {dict(Counter(status for status, _ in answers))}, all within {sent:.1f} s")
    print(
        f"  acknowledged in ms: p50 {statistics.median(times):.1f}, p99 {times[int(len(times) * 0.99) - 1]:.1f}, max {times[-1]:.1f}"
    )
    print(f"  check runs a head: {dict(checks)}; comments a pull request: {dict(comments)}")
    print(
        f"  all reviewed after {seconds:.0f} s: {60 * len(pulls) / seconds / processes:.0f} reviews a minute and worker"
    )


def reviews(path: Path, number: int, processes: int) -> None:
    """The youngest commits of a repository as pull requests: how many are reviewed in a minute."""
    with tempfile.TemporaryDirectory(prefix="partywall-load-") as folder, FakeGitHub(Path(folder, "github")) as github:
        repository = github.create_repository("owner/real", {"README.md": ""})
        lent = subprocess.run(
            ["git", "-C", str(path), "rev-parse", "--path-format=absolute", "--git-path", "objects", "HEAD"],
            capture_output=True,
            text=True,
            check=True,
        )
        objects, head = lent.stdout.split()
        Path(repository.folder, "objects", "info", "alternates").write_text(f"{objects}\n", encoding="utf-8")
        commits = repository.git("rev-list", "--first-parent", f"--max-count={number}", head).split()
        github.drop_webhooks = True
        for commit in commits:
            repository.git("update-ref", f"refs/heads/base-{commit[:9]}", f"{commit}^1")
            repository.git("update-ref", f"refs/heads/topic-{commit[:9]}", commit)
        pulls = [repository.open_pull(f"topic-{commit[:9]}", base=f"base-{commit[:9]}") for commit in commits]
        github.settle()
        github.drop_webhooks = False
        opened = [d for d in github.deliveries if (d.event, d.action) == ("pull_request", "opened")]
        with running_bot(github, Path(folder, "data"), processes) as address:
            times = []
            for pull, delivery in zip(pulls, opened, strict=True):
                started = time.perf_counter()
                send(github, address, delivery)
                wait_until_reviewed([pull])
                times.append(time.perf_counter() - started)
            folders = {each.name: folder_size(each) for each in Path(folder, "data").iterdir() if each.is_dir()}
        print(
            f"{number} commits of {path.resolve().parent.name if path.name in ('repo', '.git') else path.name} as pull requests, one after another"
        )
        print(
            f"  the first (nothing is here yet) {times[0]:.1f} s, the others: median {statistics.median(times[1:]):.2f} s, max {max(times[1:]):.2f} s"
        )
        print(f"  {60 / statistics.median(times[1:]):.0f} reviews a minute and worker")
        print(f"  disk in MB: { {name: round(taken / 1e6, 1) for name, taken in folders.items()} }")


if __name__ == "__main__":
    main()
