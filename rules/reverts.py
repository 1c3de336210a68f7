"""What a change brings back: a revert restores what stood before, with the copies that stood in it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from msgspec.structs import replace

from rules.change import Change
from rules.model import Finding

_REVERT = re.compile(r"(?:\w+(?:\([^)]*\))?!?: )?(?:revert(?:s|ed|ing)?|re-?apply|back(?:s|ed)? out)\b", re.IGNORECASE)


def is_revert(messages: Iterable[str]) -> bool:
    """Whether all commits of a change say, in their first words, that they take back others, or bring them back; merges say nothing."""
    subjects = [message for message in messages if not message.startswith("Merge ")]
    return bool(subjects) and all(_REVERT.match(subject) for subject in subjects)


def restored(change: Change, findings: Iterable[Finding]) -> Iterator[Finding]:
    """The findings; those about duplication are information where the change is a revert.

    Whoever takes something back is not the one to tidy up what stood there before.
    """
    for finding in findings:
        if finding.rule.startswith("duplication/") and finding.level != "info" and is_revert(change.messages):
            yield replace(
                finding,
                level="info",
                message=f"{finding.message}; the change says that it brings back what stood before",
            )
        else:
            yield finding
