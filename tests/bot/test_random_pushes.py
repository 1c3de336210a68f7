"""Whatever people do to a pull request, in whatever order: what must hold after each step."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.bot.harness import Bot
from tests.bot.stage import MESSAGES, ORDERS, Stage, check_of, finding_of, findings_of, summary_of
from tests.github.bare import Files
from tests.github.descriptions import Descriptions
from tests.github.fake import FakeGitHub
from tests.github.model import ReviewComment
from tests.github.pull import Pull
from tests.github.routing import Request
from worker.demo import BASE, CHANGE

MOST = 3
IMPORT = "from shop.web.views import order_page\n\nPAGE = order_page\n"
SHIFT = '"""One more line to read."""\n'


class Watch:
    """Sees every request. `late` are comments on what was not the head when they came."""

    def __init__(self, pull: Pull) -> None:
        self.late: list[int] = []
        self.during: Callable[[], object] | None = None
        """What happens in the middle of the next review."""
        self._pull = pull
        self._seen = {comment.id for comment in findings_of(pull)}

    def __call__(self, _: int, request: Request, phase: str) -> None:
        new = [comment for comment in findings_of(self._pull) if comment.id not in self._seen]
        self.late += [comment.id for comment in new if comment.original_commit != self._pull.head]
        self._seen.update(comment.id for comment in new)
        if self.during and phase == "before" and "/compare/" in request.path:
            act, self.during = self.during, None
            act()


class Scene(NamedTuple):
    """One pull request under test."""

    stage: Stage
    pull: Pull
    accepted: set[str]
    watch: Watch


def _change(files: Files) -> Callable[[Scene], object]:
    return lambda scene: scene.pull.push(files)


def _shift(scene: Scene) -> None:
    texts = {path: _text(scene, path) for path in (ORDERS, MESSAGES)}
    scene.pull.push({path: SHIFT + text for path, text in texts.items() if text is not None})


def _rename(scene: Scene) -> None:
    old, new = (MESSAGES, "shop/mail/texts.py")[:: 1 if _text(scene, MESSAGES) is not None else -1]
    text = _text(scene, old)
    if text is not None:
        scene.pull.push({old: None, new: text})


def _text(scene: Scene, path: str) -> str | None:
    try:
        return scene.stage.shop.git("show", f"{scene.pull.head}:{path}") + "\n"
    except ValueError:
        return None


def _force_push(scene: Scene) -> None:
    scene.pull.force_push(CHANGE)


def _two_at_once(scene: Scene) -> None:
    scene.pull.push(CHANGE)
    scene.pull.push({MESSAGES: None})


def _push_during_a_review(scene: Scene) -> None:
    scene.watch.during = lambda: scene.pull.push({MESSAGES: CHANGE[MESSAGES], _module("a"): IMPORT})
    scene.pull.push({_module("a"): None, _module("b"): IMPORT})


def _close_during_a_review(scene: Scene) -> None:
    scene.watch.during = scene.pull.close
    scene.pull.push({ORDERS: CHANGE[ORDERS]})
    scene.stage.bot.work_off()
    scene.pull.reopen()


def _accept(scene: Scene) -> None:
    if comments := _untold(scene):
        scene.accepted.add(finding_of(comments[0]))
        scene.pull.reply(comments[0].id, "alice", "/partywall accept it is meant")


def _answer(scene: Scene) -> None:
    if comments := _untold(scene):
        scene.pull.reply(comments[-1].id, "bob", "I am not sure.")


def _resolve(scene: Scene) -> None:
    if comments := _untold(scene):
        scene.pull.resolve("bob", comments[-1].id)


def _lose_the_queue(scene: Scene) -> None:
    scene.stage.flush()


def _untold(scene: Scene) -> list[ReviewComment]:
    """The comments that nobody said anything about."""
    return [
        comment
        for comment in findings_of(scene.pull)
        if len(scene.pull.thread_of(comment.id).comments) == 1 and not scene.pull.thread_of(comment.id).resolved_by
    ]


def _module(letter: str) -> str:
    return f"shop/core/{letter}.py"


ACTS: dict[str, Callable[[Scene], object]] = {
    **{f"break {letter}": _change({_module(letter): IMPORT}) for letter in "abcd"},
    **{f"mend {letter}": _change({_module(letter): None}) for letter in "abcd"},
    "break orders": _change({ORDERS: CHANGE[ORDERS]}),
    "mend orders": _change({ORDERS: BASE[ORDERS]}),
    "copy": _change({MESSAGES: CHANGE[MESSAGES]}),
    "remove the copy": _change({MESSAGES: None}),
    "break the syntax": _change({MESSAGES: "def broken(:\n"}),
    "shift": _shift,
    "rename": _rename,
    "force-push": _force_push,
    "two at once": _two_at_once,
    "push during a review": _push_during_a_review,
    "close during a review": _close_during_a_review,
    "review": lambda scene: scene.pull.comment("alice", "/partywall review"),
    "run again": lambda scene: scene.stage.github.rerequest(check_of(scene.pull)),
    "accept": _accept,
    "answer": _answer,
    "resolve": _resolve,
    "lose the queue": _lose_the_queue,
}


ONCE = {"accept", "answer", "resolve", "review", "run again"}
"""Leaves less to happen afterwards."""

NO_PUSH = {*ONCE, "close during a review", "lose the queue"}
STEPS = [*ACTS, *(name for name in ACTS if name not in ONCE), *(name for name in ACTS if name not in NO_PUSH)]
assert sum(name not in NO_PUSH for name in STEPS) >= 50


@given(st.permutations(STEPS))
@settings(max_examples=2, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
def test_whatever_happens(descriptions: Descriptions, redis_server: str, names: list[str]) -> None:
    with (
        tempfile.TemporaryDirectory() as folder,
        FakeGitHub(Path(folder) / "github", descriptions) as github,
        Bot(github, Path(folder) / "data", redis_server) as bot,
    ):
        stage = Stage(github, bot, github.create_repository("octo/shop", BASE))
        stage.flush()
        pull = stage.open()
        github.observe = watch = Watch(pull)
        scene = Scene(stage, pull, set(), watch)
        for number, name in enumerate(names):
            ACTS[name](scene)
            stage.finish()
            told = f"after {names[: number + 1]}"
            assert _broken(scene) == [], told
            assert github.problems == [], told


def _broken(scene: Scene) -> list[str]:
    """What does not hold of a pull request."""
    pull, found = scene.pull, []
    comments, run, text = findings_of(pull), check_of(pull), summary_of(pull)
    ids = [finding_of(comment) for comment in comments]
    found += [f"{finding} has {count} comments" for finding, count in Counter(ids).items() if count > 1]
    found += [f"{comment} is on an old head" for comment in scene.watch.late]
    here = text.partition("### Findings")[2].partition("### ")[0]
    levels = [line.split("**")[1] for line in here.split("\n") if line.startswith("- **")]
    threads = {comment.id: pull.thread_of(comment.id) for comment in comments}
    open_comments = [
        c for c in comments if finding_of(c) in here and c.minimized is None and not threads[c.id].resolved_by
    ]
    if len(open_comments) > MOST:
        found.append(f"{len(open_comments)} comments are open")
    expected = "failure" if "error" in levels else "neutral" if "warning" in levels else "success"
    if (run.status, run.conclusion) != ("completed", expected):
        found.append(f"the check is {run.status}, {run.conclusion} instead of {expected}")
    if any(finding in here for finding in scene.accepted):
        found.append("what was accepted is open")
    untouched = [c for c in comments if len(threads[c.id].comments) == 1 and not threads[c.id].resolved_by]
    gone = [c for c in untouched if finding_of(c) not in text and c.path not in text.partition("### Skipped")[2]]
    found += [f"{c.path} is mended, its comment stands open" for c in gone if c.minimized is None]
    if stage_left := scene.stage.scheduled() or [job.id for job in scene.stage.bot.shop.tasks.failed()]:
        found.append(f"left to do: {stage_left}")
    return found
