"""Which of the copies that a change makes are worth a comment, and which are information at most."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator

from msgspec.structs import replace

from rules.change import Change
from rules.likeness import are_twins
from rules.model import Finding
from rules.strangers import are_strangers

_HEAD_BYTES = 1_000
_TAKEN = re.compile(
    rb"(?:\b(?:copied|taken|adapted|vendored|borrowed|ported|lifted|forked|derived|modified)|^[#\s\"']*from)\b"
    rb"[^\n]{0,100}\n?[^\n]{0,100}"
    rb"https?://[^\s>)\"']+(?:/blob/|/tree/|/raw/|\.py\b)",
    re.IGNORECASE | re.MULTILINE,
)
"""A file says, before its code begins, that it was taken from another project, and from which file."""


def spoken(change: Change, findings: Iterable[Finding], most: int) -> Iterator[Finding]:
    """The findings that are told, surest first; all that are not worth a comment of their own are information.

    Warnings are at most `most`, one for each pair of folders whose files repeat each other one by one, and one for all
    functions that two files offer to synchronous callers and to others. Source roots that nothing ties together are
    left alone, and a file that was taken from another project repeats what its authors repeat: nothing is told about it.
    """
    told = set[tuple[str, str]]()
    for finding in findings:
        other = finding.related[0].path
        if _was_taken_over(change, finding.path):
            continue
        subject = _subject(finding)
        loud = finding.level != "info" and most > 0 and subject not in told
        if loud and not are_strangers(change.head, finding.path, other):
            most -= 1
            told.update({subject} if subject is not None else ())
            yield finding
        else:
            yield replace(finding, level="info")


def _subject(finding: Finding) -> tuple[str, str] | None:
    """What a finding shares with others: the folders of two files of one name, or the files that offer one name twice."""
    other = finding.related[0]
    if are_twins(finding.symbol, other.symbol):
        return finding.path, other.path
    (folder, name), (other_folder, other_name) = posixpath.split(finding.path), posixpath.split(other.path)
    return (folder, other_folder) if name == other_name and finding.path != other.path else None


def _was_taken_over(change: Change, path: str) -> bool:
    """Whether a file says in its first lines which file of another project it is."""
    head = (change.head.source(path) or b"")[:_HEAD_BYTES]
    begin = re.search(rb"^(?:import|from [\w.]+ import|class|def|async|@)\b", head, re.MULTILINE)
    return _TAKEN.search(head[: begin.start()] if begin else head) is not None
