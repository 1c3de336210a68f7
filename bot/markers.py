"""What our comments and summaries carry unseen, by which the bot finds on GitHub what it did. Written and read here alone.

A comment may quote code that looks like one of these: ours stand at the end, and only there they count.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Literal

_LAST = r"(?!(?s:.*)<!-- partywall:finding=)"
_FINDING = re.compile(rf"<!-- partywall:finding=([0-9a-f]{{16}}) -->{_LAST}")
_FIXED = re.compile(rf"<!-- partywall:fixed=[0-9a-f]+ -->{_LAST}")
_ANSWER = re.compile(r"<!-- partywall:answer=([A-Za-z0-9-]+) -->\s*\Z")
_ACCEPTED = re.compile(r"<!-- partywall:accepted=([0-9a-f,]+) -->\s*<!-- partywall:answer=\S+ -->\s*\Z")
_STATE = re.compile(r"<!-- partywall:(paused|resumed) -->\s*<!-- partywall:answer=\S+ -->\s*\Z")
_OPEN = re.compile(r"<!-- partywall:open=([0-9a-f,]+) -->\s*\Z")


def finding(finding_id: str) -> str:
    """Ends a comment about a finding."""
    return f"<!-- partywall:finding={finding_id} -->"


def finding_in(body: str) -> str:
    """The id of the finding that a comment of ours is about, '' for none."""
    return _first(_FINDING, body)


def fixed(head: str) -> str:
    """Follows the finding's mark once the finding is gone at a head."""
    return f"<!-- partywall:fixed={head} -->"


def is_fixed(body: str) -> bool:
    """Whether a comment of ours says that its finding is gone."""
    return bool(_FIXED.search(body))


def answer(name: str) -> str:
    """Ends a comment that answers a command or the press of a button."""
    return f"<!-- partywall:answer={name} -->"


def answer_in(body: str) -> str:
    """What a comment of ours answers, '' for nothing."""
    return _first(_ANSWER, body)


def accepted(ids: Iterable[str]) -> str:
    """Stands before `answer` where a button accepted findings."""
    return f"<!-- partywall:accepted={','.join(ids)} -->"


def accepted_in(body: str) -> list[str]:
    """The findings that a comment of ours says are accepted."""
    return _ids(_ACCEPTED, body)


def state(word: Literal["paused", "resumed"]) -> str:
    """Stands before `answer` where a button paused or resumed the reviews."""
    return f"<!-- partywall:{word} -->"


def state_in(body: str) -> str:
    """What a comment of ours says about the reviews: paused, resumed, or '' for nothing."""
    return _first(_STATE, body)


def still_open(ids: Iterable[str]) -> str:
    """Ends a summary: the findings that the button accepts."""
    return f"<!-- partywall:open={','.join(ids)} -->"


def still_open_in(summary: str) -> list[str]:
    """The findings that a summary leaves open."""
    return _ids(_OPEN, summary)


def _first(pattern: re.Pattern[str], text: str) -> str:
    found = pattern.search(text)
    return found[1] if found else ""


def _ids(pattern: re.Pattern[str], text: str) -> list[str]:
    return [word for word in _first(pattern, text).split(",") if word]
