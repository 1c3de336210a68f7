"""What happened in a day of the benchmark, and the table of it."""

from __future__ import annotations

import statistics
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from bot import markers
from tests.bench.memory import KINDS, QUEUE
from tests.github.fake import FakeGitHub
from tests.github.model import CheckRun
from tests.github.pull import Pull
from tests.github.repository import Repository
from tests.github.routing import Request
from tests.github.smart_http import is_git

FIRST, SAME, OTHER = "first review", "push, same findings", "other push"
"""The kinds of heads. Before a push of the same findings, the head had been reviewed."""

_MOST_CALLS = {FIRST: 8, SAME: 6}
_FLAT = 1.1
"""The most by which memory may grow from the first third of the day to the last."""


@dataclass
class Life:
    """A pull request, the conclusion that its check must have, and what is still to happen: steps, the next one last.

    `asked` are the heads for which a person asked for one more review; a push may come before the answer.
    """

    pull: Pull
    expected: str
    steps: list[str]
    asked: Counter[str] = field(default_factory=Counter)

    @property
    def runs(self) -> list[CheckRun]:
        """The check runs of the head."""
        return self.pull.repository.check_runs(self.pull.head)


class Sample(NamedTuple):
    """One look at the machine: bytes of memory by kind of process, what the queue holds, bytes of disk."""

    memory: Counter[str]
    keys: int
    disk: int


@dataclass
class Day:
    """What happened. `heads` says of each commit what kind it was."""

    lives: list[Life] = field(default_factory=list)
    heads: dict[str, str] = field(default_factory=dict)
    events: Counter[str] = field(default_factory=Counter)
    killed: Counter[str] = field(default_factory=Counter)
    samples: list[Sample] = field(default_factory=list)

    def repositories(self) -> list[Repository]:
        """The repositories with pull requests."""
        return list(dict.fromkeys(life.pull.repository for life in self.lives))


def is_reviewed(life: Life) -> bool:
    """Whether the head has a finished check."""
    return any(run.status == "completed" for run in life.runs)


def is_settled(life: Life) -> bool:
    """Whether the head has a finished check, and none that is not."""
    return {run.status for run in life.runs} == {"completed"}


def report(github: FakeGitHub, day: Day, seconds: float, workers: int) -> int:
    """Prints the table; 1 where a head was missed or reviewed wrongly, something is doubled, or memory grew."""
    odd = list(oddities(day.lives))
    doubled = sum(comments_twice(life.pull) for life in day.lives)
    runs = [run for repository in day.repositories() for run in repository.runs]
    twice = sum(number - 1 for number in Counter(run.external_id for run in runs).values())
    reviews = sum(run.conclusion not in (None, "cancelled") for run in runs)
    print(f"{len(day.lives)} pull requests in {seconds / 60:.1f} minutes, {workers} workers, all on this machine")
    print(f"  what happened: {_listed(day.events)}; killed: {_listed(day.killed)}")
    print(f"  webhooks: {_webhooks(github)}")
    print(f"  last heads: {_checks(day.lives)}; wrong, missed or more than asked for: {len(odd)}")
    print(f"  of all heads: reviews that stand twice {twice}, comments that stand twice {doubled}")
    print(f"  {reviews} reviews, {60 * reviews / seconds / workers:.0f} a minute and worker")
    for line in (*_calls(github, day), *_memory(day.samples), *_disk(day.samples)):
        print(f"  {line}")
    print("".join(f"  {one}\n" for one in odd), end="")
    return int(bool(odd) or doubled > 0 or twice > 0 or not is_flat(day.samples))


def oddities(lives: Sequence[Life]) -> Iterator[str]:
    """The pull requests whose head was missed, reviewed twice without having been asked for, or wrongly."""
    for life in lives:
        done = [run for run in life.runs if run.status == "completed"]
        said = ", ".join(f"{run.status} {run.conclusion} {run.title!r}" for run in life.runs)
        place = f"{life.pull.repository.full_name}#{life.pull.number}, expected {life.expected}: {said}"
        if not done or done[-1].conclusion != life.expected:
            yield f"wrong: {place}"
        elif len(done) < len(life.runs):
            yield f"unfinished: {place}"
        elif len(done) > 1 + sum(life.asked.values()):
            yield f"twice: {place}"


def comments_twice(pull: Pull) -> int:
    """How many findings are told by two comments that are both open."""
    told = Counter(markers.finding_in(comment.body) for comment in pull.review_comments if comment.minimized is None)
    return sum(number > 1 for finding, number in told.items() if finding)


def is_flat(samples: Sequence[Sample]) -> bool:
    """Whether the bot's processes take at the end what they took in the beginning; the queue's server has a line of its own."""
    first, _, last = (sum(kind.values()) for kind in _medians(samples))
    return last <= _FLAT * first


def _checks(lives: Sequence[Life]) -> str:
    """How many finished checks the last heads have, without those that people asked for."""
    counted = Counter[int]()
    for life in lives:
        done = sum(run.status == "completed" for run in life.runs)
        by_hand = sum(len((run.external_id or "").split("/")) > 3 for run in life.runs)
        counted[max(done - by_hand, min(done, 1))] += 1
    return ", ".join(f"{number} with {checks} check{'s'[: checks != 1]}" for checks, number in sorted(counted.items()))


def _webhooks(github: FakeGitHub) -> str:
    times = sorted(1_000 * (each.seconds or 0) for each in github.deliveries if each.status)
    statuses = Counter(str(each.status) for each in github.deliveries if each.attempts)
    p99 = times[int(len(times) * 0.99) - 1]
    spread = f"p50 {statistics.median(times):.0f}, p99 {p99:.0f}, max {times[-1]:.0f}"
    return f"answers {_listed(statuses)}; acknowledged in ms: {spread}"


def _calls(github: FakeGitHub, day: Day) -> Iterator[str]:
    """What a review costs in API calls, by kind of head, of the reviews that one attempt did from beginning to end."""
    attempts = defaultdict[str, list[Request]](list)
    asked = [request for request in github.requests if not is_git(request.path)]
    for request in asked:
        attempts[request.secret].append(request)
    found = defaultdict[str, list[int]](list)
    failures = 0
    for requests in attempts.values():
        if kind := _kind(requests, day):
            failed = any((request.status or 500) >= 400 for request in requests)
            failures += failed
            if not failed:
                found[kind].append(len(requests) + 1)  # and one for the token
    for kind, calls in sorted(found.items()):
        most = _MOST_CALLS.get(kind)
        beyond = sum(count > most for count in calls) if most is not None else 0
        verdict = f", {beyond} of them MORE THAN {most}" if beyond else "" if most is None else f", within {most}"
        spread = f"median {statistics.median(calls):.0f}, mean {statistics.mean(calls):.1f}, most {max(calls)}{verdict}"
        yield f"API calls, {kind}: {spread} ({len(calls)} that met no fault)"
    yield f"API calls of everything, with faults and attempts that were killed: {len(asked)}; reviews that met a fault: {failures}"


def _kind(requests: Sequence[Request], day: Day) -> str:
    """What kind of head an attempt reviewed of itself and to the end; '' for none."""
    begun = [r.body for r in requests if r.method == "POST" and r.path.endswith("/check-runs") and r.body]
    ended = [r for r in requests if r.method == "PATCH" and (r.body or {}).get("conclusion") not in (None, "cancelled")]
    if not begun or not ended or len(str(begun[0].get("external_id")).split("/")) > 3:
        return ""
    return day.heads.get(begun[0]["head_sha"], "")


def _medians(samples: Sequence[Sample]) -> list[dict[str, float]]:
    """The bytes of each kind of process but the queue's server, in the first, the middle and the last third of the day."""
    third = max(1, len(samples) // 3)
    parts = (samples[:third], samples[third:-third] or samples, samples[-third:])
    return [{kind: statistics.median(each.memory[kind] for each in part) for kind in KINDS} for part in parts]


def _memory(samples: Sequence[Sample]) -> Iterator[str]:
    parts = _medians(samples)
    for kind in KINDS:
        yield f"memory of {kind} in MB, medians of thirds: {', '.join(f'{part[kind] / 1e6:.0f}' for part in parts)}"
    sums = ", ".join(f"{sum(part.values()) / 1e6:.0f}" for part in parts)
    yield f"memory of all of them in MB: {sums}: {'flat' if is_flat(samples) else 'GROWS'}"
    first, last = samples[0], samples[-1]
    grown = (last.memory[QUEUE] - first.memory[QUEUE]) / 1e6
    yield f"queue server: {last.memory[QUEUE] / 1e6:.0f} MB at the end, {grown:.0f} MB more than at first; {last.keys} keys"


def _disk(samples: Sequence[Sample]) -> Iterator[str]:
    thirds = [samples[min(len(samples) - 1, len(samples) * third // 3)].disk for third in (1, 2, 3)]
    yield f"disk in MB, at the ends of thirds: {', '.join(f'{each / 1e6:.0f}' for each in thirds)}"


def _listed(counts: Counter[str]) -> str:
    return ", ".join(f"{name.replace('_', ' ')} {number}" for name, number in counts.most_common()) or "nothing"
