"""What a webhook asks for -> tasks for the workers."""

from __future__ import annotations

from typing import assert_never

from bot import logs, unfinished
from bot.events import (
    Cancel,
    Command,
    Find,
    Forget,
    Press,
    Reconcile,
    Request,
    Review,
    Target,
    Warm,
    Work,
    number_of,
)
from worker.queue import COMMANDS, REVIEWS, UPKEEP, Task, Tasks

CLOSED = "closed"
"""The version of a pull request that is closed: nothing of it is worth reviewing."""


def dispatch(request: Request, tasks: Tasks, delivery: str) -> None:
    """Hands what a delivery asks for to the workers."""
    match request:
        case Cancel(target, number):
            subject = subject_of(target, number)
            tasks.supersede(subject, CLOSED)
            if unfinished.versions(tasks.redis, subject):
                tasks.put(review_task(target, number, CLOSED)._replace(about={"delivery": delivery, **about(request)}))
            tasks.done_at_once(delivery)
        case _:
            tasks.put(task_of(request, delivery), delivery)


def subject_of(target: Target, number: int) -> str:
    """The name under which one pull request is worked on by one task at a time."""
    return f"{target.repository}-{number}"


def task_of(request: Work, delivery: str = "") -> Task:
    """The task that does what is asked for."""
    return _task_of(request, delivery)._replace(
        about={"delivery": delivery or logs.current("delivery"), **about(request)}
    )


def about(request: Request) -> logs.Fields:
    """What the log says of something that is asked for."""
    match request:
        case Review(target, number, version):
            return {**_about(target), "pull_request": number, "sha": version.partition("-")[0]}
        case Cancel(target, number) | Command(target, number):
            return {**_about(target), "pull_request": number}
        case Press(target, external, head):
            return {**_about(target), "pull_request": number_of(external, target), "sha": head}
        case Find(target, head) | Warm(target, head):
            return {**_about(target), "sha": head}
        case Reconcile(installation) | Forget(installation):
            return {"installation": installation}
        case _:
            assert_never(request)


def _about(target: Target) -> logs.Fields:
    return {"installation": target.installation, "repository": target.name}


def _task_of(request: Work, delivery: str) -> Task:
    match request:
        case Review(target, number, version, run):
            return review_task(target, number, version, run)
        case Find(target, head, run):
            return Task(f"find-{run}", COMMANDS, "bot.jobs.find", (*target, head, run))
        case Command(target, number, comment, thread, author, body):
            arguments = (*target, number, comment, thread, author, body[:4_000])
            return Task(f"command-{target.repository}-{comment}", COMMANDS, "bot.jobs.command", arguments)
        case Press(target, external, head, button, author, press):
            return Task(f"press-{press}", COMMANDS, "bot.jobs.press", (*target, external, head, button, author, press))
        case Warm(target, head):
            return Task(
                f"warm-{target.repository}-{head}",
                UPKEEP,
                "bot.jobs.warm",
                (*target, head),
                subject=f"warm-{target.repository}",
                version=head,
            )
        case Reconcile(installation):
            return Task(f"reconcile-{installation}", UPKEEP, "bot.jobs.reconcile", (installation,))
        case Forget(installation, repositories):
            # Ids only, and as text: an installation may hold thousands of repositories.
            listed = " ".join(map(str, repositories))
            return Task(f"forget-{delivery or installation}", UPKEEP, "bot.jobs.forget", (installation, listed))
        case _:
            assert_never(request)


def review_task(target: Target, number: int, version: str, run: str = "") -> Task:
    """The review of one version of a pull request; `run` makes it another than the one each version gets anyway."""
    subject = subject_of(target, number)
    return Task(
        "-".join(filter(None, ("review", subject, version, run))),
        REVIEWS,
        "bot.jobs.review",
        (*target, number, run),
        subject=subject,
        version=version,
        tenant=str(target.installation),
    )
