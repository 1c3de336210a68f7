"""A day of an organization in compressed time, with things going wrong all along.

    python -m tests.bench.day [--pulls 5000] [--processes 2] [--kill-every 60]

Pull requests are opened, pushed to, fixed, broken again, commented on and closed; deliveries come twice or not at all;
of GitHub's answers 2 % are errors or limits; a worker is killed every minute, the queue server three times. In the end
every head must have one finished check with the right outcome, and no comment may stand twice.
"""

from __future__ import annotations

import argparse
import random
import statistics
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bot import markers
from tests.bot.disasters import kill, processes_of
from tests.bot.stage import FIX, HARMLESS
from tests.demo import running_bot
from tests.github.fake import FakeGitHub
from tests.github.faults import Fault, secondary_limit
from tests.github.pull import Pull
from tests.github.routing import Request
from tests.support.processes import arguments_of_all
from worker.demo import BASE, CHANGE
from worker.mirror import folder_size

_REPOSITORIES, _AT_ONCE, _WAITING, _PATIENCE = 40, 60, 40, 1_800
_BROKEN, _CLEAN = "failure", "success"


@dataclass
class Life:
    """A pull request, the conclusion that its check must have, and what is still to happen: steps, the next one last.

    `asked` are the heads for which a person asked for one more review; a push may come before the answer.
    """

    pull: Pull
    expected: str
    steps: list[str]
    asked: Counter[str] = field(default_factory=Counter)


@dataclass
class Day:
    """What happened, for the table at the end."""

    lives: list[Life] = field(default_factory=list)
    events: Counter[str] = field(default_factory=Counter)
    killed: Counter[str] = field(default_factory=Counter)
    memory: list[int] = field(default_factory=list)
    disk: list[int] = field(default_factory=list)


def main() -> int:
    """Prints the table. The exit code is 1 where a head was missed, reviewed twice or wrongly, or a comment doubled."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pulls", type=int, default=5_000)
    parser.add_argument("--processes", type=int, default=2, help="workers")
    parser.add_argument("--kill-every", type=float, default=60, help="seconds between two kills of a worker")
    options = parser.parse_args()
    chance, day = random.Random(7), Day()
    with tempfile.TemporaryDirectory(prefix="partywall-day-") as folder, FakeGitHub(Path(folder, "github")) as github:
        data = Path(folder, "data")
        with running_bot(github, data, options.processes, PARTYWALL_RECONCILE_MINUTES="1") as address:
            github.hook = f"{address}/webhook"
            github.limits.remaining = (
                10**9
            )  # GitHub's limit is for one installation, the fake's for all of them together
            misbehave(github, chance)
            started, done = time.monotonic(), threading.Event()
            chaos = threading.Thread(target=wreak, args=(data, day, options.kill_every, options.pulls, done))
            chaos.start()
            for _ in live(github, day, options.pulls, chance):
                pass
            github.settle()
            wait_until(day.lives)
            seconds = time.monotonic() - started
            done.set()
            chaos.join()
            github.hook = None
        return report(github, day, seconds, options.processes)


def misbehave(github: FakeGitHub, chance: random.Random) -> None:
    """Two of a hundred requests of the API fail, before or after GitHub acted, or meet a limit."""

    def now_and_then(share: float) -> object:
        return lambda request: is_api(request) and chance.random() < share

    always = 10**9
    github.fail(Fault(now_and_then(0.01), "status", always, 502))  # type: ignore[arg-type]
    github.fail(Fault(now_and_then(0.005), "status_after", always, 502))  # type: ignore[arg-type]
    github.fail(secondary_limit(now_and_then(0.005), times=always))  # type: ignore[arg-type]


def is_api(request: Request) -> bool:
    """Whether a request is of the API, not of git."""
    return ".git/" not in request.path


def live(github: FakeGitHub, day: Day, pulls: int, chance: random.Random) -> Iterator[None]:
    """Lets the day happen, a step at a time."""
    repositories = [github.create_repository(f"owner{i % 10}/shop{i}", BASE) for i in range(_REPOSITORIES)]
    active: list[Life] = []
    while active or len(day.lives) < pulls:
        while sum(not is_reviewed(life) for life in active) > _WAITING:
            time.sleep(0.05)
        if len(active) < _AT_ONCE and len(day.lives) < pulls:
            number = len(day.lives)
            repository = chance.choice(repositories)
            repository.push(f"topic{number}", {**CHANGE, "notes.txt": str(number)})
            life = Life(repository.open_pull(f"topic{number}"), _BROKEN, plan(chance))
            day.lives.append(life)
            active.append(life)
            day.events["opened"] += 1
        life = chance.choice(active)
        step = life.steps.pop() if life.steps else "end"
        if step == "end" and not is_reviewed(life):
            continue
        day.events[step] += 1
        act(github, life, step, chance)
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


def is_reviewed(life: Life) -> bool:
    """Whether the head has a finished check."""
    return any(run.status == "completed" for run in life.pull.repository.check_runs(life.pull.head))


def wait_until(lives: Sequence[Life]) -> None:
    """Waits until the head of each has a finished check, or patience ends."""
    until = time.monotonic() + _PATIENCE
    while not all(map(is_reviewed, lives)) and time.monotonic() < until:
        time.sleep(0.5)


def wreak(data: Path, day: Day, every: float, pulls: int, done: threading.Event) -> None:
    """Kills a worker now and then and the queue server three times, and measures memory and disk."""
    chance, next_kill, thirds = random.Random(8), time.monotonic() + every, [0.75, 0.5, 0.25]
    while not done.wait(1):
        names = {process: words for process, words in arguments_of_all().items() if process in processes_of(data)}
        workers = [process for process, words in names.items() if "\0work\0" in words]
        queue = [process for process, words in names.items() if "valkey" in words.partition("\0")[0]]
        day.memory.append(sum(map(resident, names)))
        day.disk.append(folder_size(data))
        if time.monotonic() > next_kill and workers:
            kill(chance.choice(workers))
            day.killed["worker"] += 1
            next_kill = time.monotonic() + every
        if thirds and queue and len(day.lives) > pulls * thirds[-1]:
            thirds.pop()
            kill(*queue)
            day.killed["queue server"] += 1


def resident(process: int) -> int:
    """The memory of a process in bytes, shared pages in equal parts (see proc(5)); 0 where it is gone."""
    try:
        rollup = Path(f"/proc/{process}/smaps_rollup").read_text(encoding="ascii")
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in rollup.splitlines() if line.startswith("Pss:")), 0)


def report(github: FakeGitHub, day: Day, seconds: float, processes: int) -> int:
    """Prints what happened; 1 where something is wrong with it."""
    finished = [
        [run for run in life.pull.repository.check_runs(life.pull.head) if run.status == "completed"]
        for life in day.lives
    ]
    odd = list(oddities(day.lives))
    heads = Counter(
        max(1, len(runs) - sum(life.asked.values())) if runs else 0
        for life, runs in zip(day.lives, finished, strict=True)
    )
    doubled = sum(comments_twice(life.pull) for life in day.lives)
    times = sorted(1_000 * (each.seconds or 0) for each in github.deliveries if each.status)
    statuses = Counter(each.status for each in github.deliveries if each.attempts)
    calls = sum(map(is_api, github.requests))
    reviews = sum(
        run.status == "completed"
        for repository in {life.pull.repository for life in day.lives}
        for run in repository.runs
    )
    third = max(1, len(day.memory) // 3)
    print(f"{len(day.lives)} pull requests in {seconds / 60:.1f} minutes, {processes} workers, all on this machine")
    print(f"  {dict(day.events)}")
    print(f"  killed: {dict(day.killed)}; answers to {len(times)} webhooks: {dict(statuses)}")
    print(
        f"  acknowledged in ms: p50 {statistics.median(times):.1f}, p99 {times[int(len(times) * 0.99) - 1]:.1f}, max {times[-1]:.1f}"
    )
    print(
        f"  finished checks of the last heads, but those asked for: {dict(heads)}, wrong ones {sum(one.startswith('wrong') for one in odd)}; comments that stand twice: {doubled}"
    )
    print(
        f"  {reviews} reviews, {60 * reviews / seconds / processes:.0f} a minute and worker; {calls / reviews:.1f} API calls each"
    )
    print(
        f"  memory in MB, medians of thirds: {[round(statistics.median(part) / 1e6) for part in (day.memory[:third], day.memory[third:-third], day.memory[-third:])]}, "
        f"disk in MB: {[round(part[-1] / 1e6) for part in (day.disk[:third], day.disk[:-third], day.disk)]}"
    )
    print("".join(f"  {one}\n" for one in odd), end="")
    return int(bool(odd) or doubled > 0)


def oddities(lives: Sequence[Life]) -> Iterator[str]:
    """The pull requests whose head was missed, reviewed twice without having been asked for, or wrongly."""
    for life in lives:
        runs = life.pull.repository.check_runs(life.pull.head)
        done = [run for run in runs if run.status == "completed"]
        said = ", ".join(f"{run.status} {run.conclusion} {run.title!r}" for run in runs)
        place = f"{life.pull.repository.full_name}#{life.pull.number}, expected {life.expected}: {said}"
        if not done or done[-1].conclusion != life.expected:
            yield f"wrong: {place}"
        elif len(done) > 1 + sum(life.asked.values()):
            yield f"twice: {place}"


def comments_twice(pull: Pull) -> int:
    """How many findings are told by two comments that are both open."""
    told = Counter(markers.finding_in(comment.body) for comment in pull.review_comments if comment.minimized is None)
    return sum(number > 1 for finding, number in told.items() if finding)


if __name__ == "__main__":
    raise SystemExit(main())
