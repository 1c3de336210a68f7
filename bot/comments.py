"""What to write on a pull request, decided before anything is written. Pure.

Every anchor is checked against the lines that the change added, so that GitHub has nothing to refuse. What has no place
in the diff becomes a comment on its file, then an annotation, then a line in the summary.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from bot.conversation import Remark
from rules.model import Finding, Hunk, Report

MOST = 3
"""How many comments stand open on a pull request at a time."""


class Note(NamedTuple):
    """A comment to write. `line` 0 is about the whole file; `start_line` equals `line` for a single line.

    `suggest`: the lines are those that the finding's suggestion replaces, so that it can be applied with a click.
    """

    finding: Finding
    path: str
    start_line: int
    line: int
    suggest: bool = False


class Plan(NamedTuple):
    """What to do: comments to write in one review, comments on files, our comments to close or to open again.

    `annotations` are findings that go onto the check run instead.
    """

    review: tuple[Note, ...] = ()
    files: tuple[Note, ...] = ()
    close: tuple[Remark, ...] = ()
    reopen: tuple[Remark, ...] = ()
    annotations: tuple[Finding, ...] = ()

    @property
    def writes(self) -> bool:
        """Whether anything is to be written in the conversation."""
        return bool(self.review or self.files or self.close or self.reopen)


def plan(
    report: Report, hunks: Mapping[str, Sequence[Hunk]], existing: Sequence[Remark], accepted: Collection[str] = ()
) -> Plan:
    """What a report asks for on a pull request where `existing` stands.

    hunks: path in the head -> what changed there, for every file of the diff. accepted: ids that people accepted.
    A finding that was ever written about is not written about again: its comment is closed when it is gone and opened
    again when it is back, unless a person answered or settled it, or its file could not be read this time. The worst
    are opened again before new ones are written, and none of either beyond the most that stand open at a time.
    """
    present = {finding.id: finding for finding in report.findings}
    unread = {skipped.path for skipped in report.skipped}
    close = tuple(
        remark
        for remark in existing
        if remark.finding not in present and _is_ours_to_close(remark) and remark.path not in unread
    )
    open_findings = present.keys() - set(accepted)
    back = [remark for remark in existing if remark.finding in open_findings and remark.fixed and _is_untouched(remark)]
    standing = [
        remark
        for remark in existing
        if (remark.finding in open_findings or (remark.path in unread and remark.finding not in accepted))
        and not (remark.minimized or remark.resolved or remark in back)
    ]
    worst = list(present)
    back.sort(key=lambda remark: worst.index(remark.finding))
    room = max(0, MOST - len(standing))
    reopen = tuple(back[:room])
    known = {remark.finding for remark in existing} - {remark.finding for remark in back[room:]}
    worthy = [
        finding
        for finding in report.findings
        if finding.level != "info" and finding.id not in known and finding.id not in accepted
    ]
    folded = {remark.finding for remark in back}
    notes = [_anchored(finding, hunks) for finding in worthy if finding.id not in folded]
    written = [note for note in notes if note is not None][: room - len(reopen)]
    told = {note.finding.id for note in written}
    return Plan(
        review=tuple(note for note in written if note.line),
        files=tuple(note for note in written if not note.line),
        close=close,
        reopen=reopen,
        annotations=tuple(finding for finding in worthy if finding.id not in told),
    )


def _is_untouched(remark: Remark) -> bool:
    """Whether no person has said anything about it."""
    return not remark.answered and not remark.resolved


def _is_ours_to_close(remark: Remark) -> bool:
    return not remark.minimized and _is_untouched(remark)


def _anchored(finding: Finding, hunks: Mapping[str, Sequence[Hunk]]) -> Note | None:
    """Where a finding's comment goes; None where its file is not in the diff."""
    if finding.path not in hunks:
        return None
    added = [
        (hunk.head_start, hunk.head_start + hunk.head_count - 1) for hunk in hunks[finding.path] if hunk.head_count
    ]
    edit = finding.suggestion
    whole = edit is not None and edit.path == finding.path and not edit.import_line
    if edit and whole and any(first <= edit.start_line and edit.end_line <= last for first, last in added):
        return Note(finding, finding.path, edit.start_line, edit.end_line, suggest=True)
    shared = [(max(first, finding.start_line), min(last, finding.end_line)) for first, last in added]
    best = max(((last - first, -first, first, last) for first, last in shared if first <= last), default=None)
    return Note(finding, finding.path, best[2], best[3]) if best else Note(finding, finding.path, 0, 0)
