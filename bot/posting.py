"""Carries out what was planned: comments, closed comments, check runs. One request for each thing, and none twice."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bot.checks import MOST_ANNOTATIONS, Outcome, as_annotations
from bot.comments import Note, Plan
from bot.conversation import CHECK_NAME, CheckRun, Pull, Remark
from bot.github import Client, RefusedError, repository_path
from bot.wording import Place, comment, fixed_text, reopened_text
from rules.model import Finding
from rules.rule import Rule

BUTTONS = (
    {"label": "Review again", "identifier": "review", "description": "Review this pull request once more"},
    {"label": "Accept findings", "identifier": "accept", "description": "They are meant; don't raise them again"},
    {"label": "Pause reviews", "identifier": "pause", "description": "Until /partywall resume"},
)
"""What people can press on a check run; GitHub shows three at most."""


class Poster:
    """Writes on one pull request, as the App with this id. Every method raises GitHubError."""

    def __init__(self, client: Client, name: str, pull: Pull, rules: Mapping[str, Rule], app: int) -> None:
        self._client = client
        self._path = repository_path(name)
        self._pull = pull
        self._rules = rules
        self._app = app
        self.place = Place(pull.url, pull.head)

    def apply(self, plan: Plan) -> tuple[Finding, ...]:
        """Writes what is planned in the conversation; gives back what GitHub would not take."""
        self._fold(plan.close, plan.reopen)
        refused = list[Finding]()
        if plan.review:
            try:
                self._review(plan.review)
            except RefusedError:
                refused += [note.finding for note in plan.review if not self._alone(note)]
        refused += [note.finding for note in plan.files if not self._on_file(note)]
        return tuple(refused)

    def _review(self, notes: Sequence[Note]) -> None:
        listed = [{**_anchor(note), "body": self._text(note)} for note in notes]
        body = {"commit_id": self._pull.head, "event": "COMMENT", "comments": listed}
        self._client.post(f"{self._path}/pulls/{self._pull.number}/reviews", body)

    def _alone(self, note: Note) -> bool:
        """One comment by itself: of a review, GitHub refuses all for the sake of one and does not say which."""
        try:
            self._comment({**_anchor(note), "body": self._text(note)})
        except RefusedError:
            return self._on_file(note._replace(start_line=0, line=0, suggest=False))
        return True

    def _on_file(self, note: Note) -> bool:
        try:
            self._comment({"path": note.path, "subject_type": "file", "body": self._text(note)})
        except RefusedError:
            return False
        return True

    def _comment(self, body: Mapping[str, object]) -> None:
        path = f"{self._path}/pulls/{self._pull.number}/comments"
        self._client.post(path, {"commit_id": self._pull.head, **body})

    def _text(self, note: Note) -> str:
        return comment(note, self.place, self._rules)

    def _fold(self, close: Sequence[Remark], reopen: Sequence[Remark]) -> None:
        """Folds the comments whose findings are gone, and unfolds those that are back: one request for them all."""
        parts, variables = list[str](), dict[str, object]()
        for number, remark in enumerate((*close, *reopen)):
            gone = number < len(close)
            if gone and not remark.fixed:
                text = fixed_text(remark.body, self._pull.head)
            else:
                text = remark.body if gone else reopened_text(remark.body)
            variables |= {f"i{number}": remark.node, f"b{number}": text}
            parts.append(
                f"u{number}: updatePullRequestReviewComment(input: {{pullRequestReviewCommentId: $i{number}, "
                f"body: $b{number}}}) {{ clientMutationId }}"
            )
            fold = "minimizeComment" if gone else "unminimizeComment"
            why = ", classifier: RESOLVED" if gone else ""
            parts.append(f"m{number}: {fold}(input: {{subjectId: $i{number}{why}}}) {{ clientMutationId }}")
        if parts:
            kinds = ", ".join(f"${name}: {'ID' if name[0] == 'i' else 'String'}!" for name in variables)
            self._client.mutate(f"mutation Fold({kinds}) {{ {' '.join(parts)} }}", variables)

    def begin(self, external: str, old: CheckRun | None) -> CheckRun:
        """The check run of this review, in progress: a new one, or the one that an interrupted attempt left.

        What another review left becomes this one's when it is finished.
        """
        if old is not None and not old.completed:
            return old._replace(external=external)
        body: dict[str, object] = {
            "status": "in_progress",
            "output": {"title": "Reviewing", "summary": "The review is under way."},
        }
        if old is not None:
            self._client.patch(f"{self._path}/check-runs/{old.id}", body)
            return old._replace(completed=False, conclusion="")
        answer = self._client.post(
            f"{self._path}/check-runs",
            {"name": CHECK_NAME, "head_sha": self._pull.head, "external_id": external, **body},
        )
        return CheckRun(answer["id"], external, completed=False, conclusion="", annotations=0)

    def wait(self, check: CheckRun, said: tuple[str, str]) -> None:
        """Says on an unfinished check run why it takes longer: a title and a summary."""
        self._update(check, {"output": {"title": said[0], "summary": said[1]}})

    def finish(self, check: CheckRun, outcome: Outcome, findings: Sequence[Finding] = ()) -> None:
        """Completes a check run. Annotations go in batches, from where an interrupted attempt left off."""
        left = as_annotations(findings)[check.annotations :]
        output = {"title": outcome.title, "summary": outcome.summary}
        while len(left) > MOST_ANNOTATIONS:
            batch, left = left[:MOST_ANNOTATIONS], left[MOST_ANNOTATIONS:]
            self._update(check, {"output": {**output, "annotations": batch}})
        body = {"status": "completed", "conclusion": outcome.conclusion, "actions": list(BUTTONS)}
        self._update(check, {"external_id": check.external, **body, "output": {**output, "annotations": left}})

    def finished_runs(self) -> dict[str, Outcome]:
        """What our check runs on the head say that came to an end, by external id, the newest first."""
        found: dict[str, Outcome] = {}
        for run in sorted(self._runs(), key=lambda run: int(run["id"]), reverse=True):
            if run["conclusion"] not in (None, "cancelled"):
                said = Outcome(run["conclusion"], run["output"]["title"] or "", run["output"]["summary"] or "")
                found.setdefault(run["external_id"] or "", said)
        return found

    def unfinished_runs(self) -> list[CheckRun]:
        """Our check runs on the head that are not completed."""
        return [
            CheckRun(run["id"], run["external_id"] or "", False, "", run["output"]["annotations_count"])
            for run in self._runs()
            if run["status"] != "completed"
        ]

    def _runs(self) -> Iterator[dict[str, Any]]:
        path = f"{self._path}/commits/{self._pull.head}/check-runs"
        return self._client.pages(path, "check_runs", check_name=CHECK_NAME, filter="all", app_id=self._app)

    def _update(self, check: CheckRun, body: Mapping[str, object]) -> None:
        self._client.patch(f"{self._path}/check-runs/{check.id}", body)


def _anchor(note: Note) -> dict[str, object]:
    anchor: dict[str, object] = {"path": note.path, "line": note.line, "side": "RIGHT"}
    if note.start_line < note.line:
        anchor |= {"start_line": note.start_line, "start_side": "RIGHT"}
    return anchor
