"""What definitions and modules say about themselves: their docstrings."""

from __future__ import annotations

from collections.abc import Sequence
from inspect import cleandoc

import tree_sitter

from rules.change import Change
from rules.clones import Unit
from rules.facts import to_utf8
from rules.functions import find_function
from rules.grammar import parse

LONG = 8
"""A docstring of fewer words may be the same by chance."""


def docstring(body: Sequence[tree_sitter.Node]) -> str:
    """The docstring of what has these statements, cleaned as `inspect.cleandoc` does; '' where there is none."""
    first = next((node for node in body if node.type != "comment"), None)
    string = first.named_children[0] if first is not None and first.named_children else None
    if first is None or first.type != "expression_statement" or string is None or string.type != "string":
        return ""
    parts = (part.text or b"" for part in string.named_children if part.type == "string_content")
    return cleandoc(b"".join(parts).decode("utf-8", "replace"))


def say_the_same(change: Change, one: Unit, other: Unit) -> bool:
    """Whether two different functions of the head have the same docstring, and a long one."""
    if one == other:
        return False
    words = _words(change, one)
    return len(words) >= LONG and words == _words(change, other)


def _words(change: Change, unit: Unit) -> list[str]:
    source, definition = change.head.source(unit.path), unit.definition
    if source is None or definition is None:
        return []
    text, _ = to_utf8(source)
    found = find_function(parse(text).root_node, text, (definition.start, definition.end))
    block = found.node.child_by_field_name("body") if found is not None else None
    return docstring(block.named_children).split() if block is not None else []
