"""What a rule is: one class with its name, level, documentation, options, examples and a pure `check`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, Protocol

import msgspec

from rules.change import Change
from rules.model import Edge, Finding, Level


class Example(msgspec.Struct, frozen=True, kw_only=True):
    """A change that shows a rule at work; it is documentation and test at once.

    `base` and `head` map paths to source; a file that only `base` has is deleted, one that both have and are equal
    is unchanged. `findings` are (path, line) of the findings expected in `head`, empty for a change rightly passed.
    `settings` is configuration as in partywall.toml.
    """

    title: str
    base: Mapping[str, str]
    head: Mapping[str, str]
    findings: tuple[tuple[str, int], ...] = ()
    settings: str = ""


class Rule(Protocol):
    """A rule looks at one change and yields findings. It keeps no state, prints nothing and opens nothing.

    The class docstring is its documentation, with the sections "What it does", "Why it matters", "What to do" and
    "When to say no". `options` is a msgspec struct with a default for every field.
    """

    name: ClassVar[str]
    level: ClassVar[Level]
    summary: ClassVar[str]
    options: ClassVar[type[msgspec.Struct]]
    examples: ClassVar[tuple[Example, ...]]

    def check(self, change: Change, options: Any, /) -> Iterator[Finding]:
        """The findings of this rule on this change, in any order; ids are set by the review."""
        ...


def import_finding(
    rule: str, level: Level, message: str, advice: str, edges: tuple[Edge, ...], key: tuple[str, ...]
) -> Finding:
    """A finding about an import: the first of `edges` is the new one and its line the place."""
    new = edges[0]
    return Finding(
        rule=rule,
        level=level,
        path=new.path,
        start_line=new.line,
        end_line=new.line,
        symbol=new.importer,
        message=message,
        advice=advice,
        edges=edges,
        key=key,
    )
