"""What people may tell the bot in comments. Pure."""

from __future__ import annotations

import re
from typing import NamedTuple

COMMANDS = {
    "review": "review the pull request again, also a draft",
    "accept REASON": "as an answer to a finding: it is meant, and not raised again",
    "accept ID REASON": "the same, from anywhere",
    "explain": "as an answer to a finding, or with a rule's name: what the rule is about",
    "pause": "no reviews of this pull request until `resume`",
    "resume": "review this pull request again",
    "help": "this list",
}
"""The commands after `/partywall`, with what they do."""

NAMES = tuple(dict.fromkeys(usage.split()[0] for usage in COMMANDS))
_COMMAND = re.compile(r"\s*/partywall(?:[ \t]+(?P<name>[A-Za-z-]+))?(?P<rest>[^\r\n]*)")
_ID = re.compile(r"\s*`?([0-9a-f]{16})`?(?:\s+(.*))?$")


class Given(NamedTuple):
    """A command as it was given: its name in lower case ('' for none) and the rest of the line."""

    name: str
    rest: str

    def finding_and_reason(self) -> tuple[str, str]:
        """The finding that the rest begins with ('' for none) and what follows."""
        found = _ID.match(self.rest)
        return (found[1], (found[2] or "").strip()) if found else ("", self.rest)


def parse(body: str) -> Given | None:
    """The command in a comment's first line; None where it is no command. Quoted lines are no commands."""
    found = _COMMAND.match(body)
    if found is None or (found["name"] is None and found["rest"].strip()):
        return None
    return Given((found["name"] or "").lower(), found["rest"].strip())
