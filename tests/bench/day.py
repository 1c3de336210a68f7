"""A day of an organization in compressed time, with things going wrong all along.

    python -m tests.bench.day [--pulls 5000] [--minutes 240] [--processes 2] [--kill-every 60]

Pull requests are opened, pushed to, fixed, broken again, commented on and closed; deliveries come twice or not at all;
of GitHub's answers 2 % are errors or limits; a worker is killed every minute, the queue server three times. In the end
every head must have one finished check with the right outcome, no comment may stand twice, and memory must be flat.
"""

from __future__ import annotations

import argparse
import math
import random
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from redis import Redis, RedisError

from tests.bench.ledger import FIRST, OTHER, SAME, Day, Life, Sample, is_reviewed, is_settled, report
from tests.bench.memory import memory_of
from tests.bot.disasters import kill, processes_of
from tests.bot.stage import FIX, HARMLESS
from tests.demo import running_bot
from tests.github.fake import FakeGitHub
from tests.github.faults import Fault, secondary_limit
from tests.github.smart_http import is_git
from tests.support.processes import arguments_of_all
from worker.demo import BASE, CHANGE
from worker.mirror import folder_size
from worker.queue_server import running_in

_REPOSITORIES, _AT_ONCE, _WAITING, _PATIENCE = 40, 60, 40, 300
_LOOK = 5
_BROKEN, _CLEAN = "failure", "success"


class Clock:
    """How far the day is: it ends with so many pull requests, or after so many minutes."""

    def __init__(self, day: Day, pulls: int, minutes: float = math.inf) -> None:
        self._day = day
        self._pulls = pulls
        self._seconds = 60 * minutes
        self._started = time.monotonic()

    @property
    def seconds(self) -> float:
        """Since the day began."""
        return time.monotonic() - self._started

    @property
    def share(self) -> float:
        """How much of the day is over, from 0 to 1."""
        return max(len(self._day.lives) / self._pulls, self.seconds / self._seconds)


def main() -> int:
    """Prints the table. The exit code is 1 where something of it is not as it should be."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pulls", type=int, default=5_000)
    parser.add_argument("--minutes", type=float, default=240, help="after so many, no more pull requests are opened")
    parser.add_argument("--processes", type=int, default=2, help="workers")
    parser.add_argument("--kill-every", type=float, default=60, help="seconds between two kills of a worker")
    options = parser.parse_args()
    chance, day = random.Random(7), Day()
    with tempfile.TemporaryDirectory(prefix="partywall-day-") as folder, FakeGitHub(Path(folder, "github")) as github:
        data = Path(folder, "data")
        with running_bot(github, data, options.processes, PARTYWALL_RECONCILE_MINUTES="1") as address:
            github.hook = f"{address}/webhook"
            # GitHub's limit is for one installation, the fake's for all of them together.
            github.limits.remaining = 10**9
            misbehave(github, chance)
            clock, done = Clock(day, options.pulls, options.minutes), threading.Event()
            others = [
                threading.Thread(target=wreak, args=(data, day, clock, options.kill_every, done)),
                threading.Thread(target=watch, args=(data, day, done)),
            ]
            for other in others:
                other.start()
            for _ in live(github, day, clock, chance):
                pass
            github.settle()
            wait_until(day.lives)
            seconds = clock.seconds
            done.set()
            for other in others:
                other.join()
            github.hook = None
        return report(github, day, seconds, options.processes)


def misbehave(github: FakeGitHub, chance: random.Random) -> None:
    """Two of a hundred requests of the API fail, before or after GitHub acted, or meet a limit."""

    def now_and_then(share: float) -> object:
        return lambda request: not is_git(request.path) and chance.random() < share

    always = 10**9
    github.fail(Fault(now_and_then(0.01), "status", always, 502))  # type: ignore[arg-type]
    github.fail(Fault(now_and_then(0.005), "status_after", always, 502))  # type: ignore[arg-type]
    github.fail(secondary_limit(now_and_then(0.005), times=always))  # type: ignore[arg-type]


def live(github: FakeGitHub, day: Day, clock: Clock, chance: random.Random) -> Iterator[None]:
    """Lets the day happen, a step at a time."""
    repositories = [github.create_repository(f"owner{i % 10}/shop{i}", BASE) for i in range(_REPOSITORIES)]
    active: list[Life] = []
    while active or clock.share < 1:
        while sum(not is_reviewed(life) for life in active) > _WAITING:
            time.sleep(0.2)
        if len(active) < _AT_ONCE and clock.share < 1:
            number = len(day.lives)
            repository = chance.choice(repositories)
            repository.push(f"topic{number}", {**CHANGE, "notes.txt": str(number)})
            life = Life(repository.open_pull(f"topic{number}"), _BROKEN, plan(chance))
            day.lives.append(life)
            active.append(life)
            day.heads[life.pull.head] = FIRST
            day.events["opened"] += 1
        life = chance.choice(active)
        step = life.steps.pop() if life.steps else "end"
        if step == "end" and not is_reviewed(life):
            continue
        day.events[step] += 1
        head, expected, reviewed = life.pull.head, life.expected, is_reviewed(life)
        act(github, life, step, chance)
        if life.pull.head != head:
            day.heads[life.pull.head] = SAME if reviewed and life.expected == expected else OTHER
        if step in {"end", "close", "merge"}:
            active.remove(life)
        yield


def plan(chance: random.Random) -> list[str]:
    """What happens to a pull request after it was opened, the last thing first."""
    kinds = ("fix", "break", "push", "chat", "ask", "redeliver", "lose")
    return chance.choices(kinds, (20, 10, 25, 15, 8, 15, 2), k=chance.choice((0, 1, 1, 2, 3, 4)))


def act(github: FakeGitHub, life: Life, step: str, chance: random.Random) -> None:
    """One step in the life of a pull request."""
    pull = life.pull
    files = {"fix": FIX, "break": CHANGE, "push": HARMLESS, "lose": {"notes.txt": str(chance.random())}}
    if step in files:
        github.drop_webhooks = step == "lose"
        pull.push({**files[step], "count.txt": str(chance.random())})
        github.drop_webhooks = False
        life.expected = {"fix": _CLEAN, "break": _BROKEN}.get(step, life.expected)
    elif step == "chat":
        pull.comment("alice", "Looks good to me, thanks.")
    elif step == "ask":
        pull.comment("alice", "/partywall review")
        life.asked[pull.head] += 1
    elif step == "redeliver":
        github.redeliver(chance.choice(github.deliveries[-200:]).guid)
    elif step == "end" and chance.random() < 0.7:
        pull.close()


def wait_until(lives: Sequence[Life]) -> None:
    """Waits until the head of each has a finished check and none that is under way, or patience ends."""
    until = time.monotonic() + _PATIENCE
    while not all(map(is_settled, lives)) and time.monotonic() < until:
        time.sleep(1)


def wreak(data: Path, day: Day, clock: Clock, every: float, done: threading.Event) -> None:
    """Kills a worker, its parent or its task now and then, and the queue server three times."""
    chance, next_kill, quarters = random.Random(8), every, [0.75, 0.5, 0.25]
    while not done.wait(1):
        ours = set(processes_of(data))
        names = {process: words for process, words in arguments_of_all().items() if process in ours}
        workers = [process for process, words in names.items() if "\0work\0" in words]
        queue = [process for process, words in names.items() if "valkey" in words.partition("\0")[0]]
        if clock.seconds > next_kill and workers:
            kill(chance.choice(workers))
            day.killed["worker"] += 1
            next_kill = clock.seconds + every
        if quarters and queue and clock.share > quarters[-1]:
            quarters.pop()
            kill(*queue)
            day.killed["queue server"] += 1


def watch(data: Path, day: Day, done: threading.Event) -> None:
    """Notes memory and disk from time to time."""
    while not done.wait(_LOOK):
        keys = 0
        with suppress(RedisError), Redis.from_url(running_in(data) or "unix:///nowhere") as redis:
            keys = redis.dbsize()
        day.samples.append(Sample(memory_of(data), keys, folder_size(data)))


if __name__ == "__main__":
    raise SystemExit(main())
