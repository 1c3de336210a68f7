"""What is certain about a condition before the program runs: `TYPE_CHECKING` is false then, and so is `False`."""

from __future__ import annotations

import re
from collections.abc import Collection

import tree_sitter

_NEVER = re.compile(r"False|0|(?:[A-Z]+_)*(?:TYPE_CHECKING|MYPY)(?:_[A-Z]+)*")
"""What is false at run time; type checkers take all but the first two as true, or are told to (`MYPY_CHECK_RUNNING`)."""

_DEEP = 20
"""Nobody guards an import with more operators than this."""


def outcome(condition: tree_sitter.Node, source: bytes, aliases: Collection[str] = (), depth: int = 0) -> bool | None:
    """Whether a condition holds at run time, None where that is open. aliases: other names of `TYPE_CHECKING`."""
    if depth > _DEEP:
        return None
    text = source[condition.start_byte : condition.end_byte].decode("utf-8", "replace")
    below = [outcome(child, source, aliases, depth + 1) for child in _operands(condition)]
    match condition.type:
        case "identifier" | "attribute" | "false" | "integer":
            return False if _NEVER.fullmatch(text.rpartition(".")[2]) or text in aliases else None
        case "true":
            return True
        case "parenthesized_expression" if len(below) == 1:
            return below[0]
        case "not_operator" if len(below) == 1:
            return None if below[0] is None else not below[0]
        case "boolean_operator":
            deciding = condition.child_by_field_name("operator")
            is_and = deciding is not None and deciding.type == "and"
            if (not is_and) in below:
                return not is_and
            return is_and if below == [is_and, is_and] else None
        case "comparison_operator" if len(below) == 2 and None not in below:
            signs = "".join(child.type for child in condition.children if not child.is_named)
            same = below[0] is below[1]
            return {"is": same, "==": same, "isnot": not same, "is not": not same, "!=": not same}.get(signs)
    return None


def _operands(condition: tree_sitter.Node) -> list[tree_sitter.Node]:
    if condition.type in ("parenthesized_expression", "not_operator", "boolean_operator", "comparison_operator"):
        return [child for child in condition.named_children if child.type != "comment"]
    return []
