"""What was given up, and doing it once more."""

from __future__ import annotations

from rq.job import Job

from bot import dispatch
from bot.events import Review, Target
from worker.queue import Tasks

_REVIEW = "bot.jobs.review"
_OF_A_REPOSITORY = tuple(f"bot.jobs.{name}" for name in ("review", "command", "press", "find", "warm"))
"""The tasks whose arguments begin with installation, repository and the repository's name."""


def repository_of(job: Job) -> tuple[int | None, str]:
    """The repository that a task is about, by GitHub's number and by name; None and '' where it is about several or none."""
    if job.func_name not in _OF_A_REPOSITORY:
        return None, ""
    _installation, repository, name, *_ = job.args
    return int(repository), str(name)


def retry(tasks: Tasks, job: Job) -> None:
    """Does once more what was given up.

    A review is asked for anew, as by hand: the check run of the one that was given up says so and counts as an answer.
    """
    if job.func_name != _REVIEW:
        tasks.try_again(job)
        return
    installation, repository, name, number, _run = job.args
    # Of one failure comes one review, however often the button is pressed.
    run = f"again-{int(job.ended_at.timestamp()) if job.ended_at else 0}"
    tasks.put(dispatch.task_of(Review(Target(installation, repository, name), number, "", run)))
    job.delete()
