"""What code says in prose: docstrings and comments."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from inspect import cleandoc

import tree_sitter

from rules.change import Change
from rules.clones import Unit
from rules.facts import to_utf8
from rules.grammar import parse

LONG = 8
"""A docstring or comment of fewer words may be the same by chance."""


def docstring(body: Sequence[tree_sitter.Node]) -> str:
    """The docstring of what has these statements, cleaned as `inspect.cleandoc` does; '' where there is none."""
    first = next((node for node in body if node.type != "comment"), None)
    string = first.named_children[0] if first is not None and first.named_children else None
    if first is None or first.type != "expression_statement" or string is None or string.type != "string":
        return ""
    parts = (part.text or b"" for part in string.named_children if part.type == "string_content")
    return cleandoc(b"".join(parts).decode("utf-8", "replace"))


def say_the_same(change: Change, one: Unit, other: Unit) -> bool:
    """Whether two different functions of the head have a long docstring or comment in common, in whatever lines."""
    return one != other and not _prose(change, one).isdisjoint(_prose(change, other))


def _prose(change: Change, unit: Unit) -> set[tuple[str, ...]]:
    """The words of each long docstring and comment of a function."""
    source, definition = change.head.source(unit.path), unit.definition
    if source is None or definition is None:
        return set()
    node = _function(_root(source), definition.start, definition.end)
    block = node.child_by_field_name("body") if node is not None else None
    if node is None or block is None:
        return set()
    said = (tuple(passage.split()) for passage in (docstring(block.named_children), *_comments(node)))
    return {words for words in said if len(words) >= LONG}


@lru_cache(maxsize=16)
def _root(source: bytes) -> tree_sitter.Node:
    return parse(to_utf8(source)[0]).root_node


def _function(root: tree_sitter.Node, start: int, end: int) -> tree_sitter.Node | None:
    """The outermost function that ends at a line, 1-based, and begins at another one or below its decorators there."""
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if node.type == "function_definition" and node.end_point[0] == end - 1:
            return node
        waiting.extend(n for n in node.named_children if n.start_point[0] < end and n.end_point[0] >= start - 1)
    return None


def _comments(function: tree_sitter.Node) -> Iterator[str]:
    """The comments of a function; what stands in lines one below the other is one comment."""
    waiting, lines = [function], dict[int, str]()
    while waiting:
        node = waiting.pop()
        if node.type == "comment":
            lines[node.start_point[0]] = (node.text or b"").decode("utf-8", "replace").lstrip("#")
        waiting.extend(node.children)
    comment = list[str]()
    for row in sorted(lines):
        if comment and row - 1 not in lines:
            yield " ".join(comment)
            comment.clear()
        comment.append(lines[row])
    yield " ".join(comment)
