"""What tach reads on the lines of a file around its imports: `tach-ignore` comments, and where a statement stands."""

from __future__ import annotations

import re
from typing import NamedTuple

import tree_sitter

from rules.facts import to_utf8
from rules.grammar import kinds, parse

_IGNORE = re.compile(r"# *tach-ignore(?:\(([^)]*)\))?((?:\s+[\w.]+)*)\s*$")
_IMPORTS = frozenset(kinds("import_statement", "import_from_statement", "future_import_statement"))
_IF = frozenset(kinds("if_statement"))
_LOCAL = frozenset(
    kinds(
        *(f"{word}_statement" for word in ("if", "for", "while", "with", "try")),
        "function_definition",
        "class_definition",
    )
)
_TYPING = re.compile(rb"(?:.*\.\s*)?TYPE_CHECKING", re.DOTALL)


class Stand(NamedTuple):
    """Where an import statement begins, whether it stands in another statement, and whether under TYPE_CHECKING."""

    line: int
    is_local: bool
    is_typing: bool


class ImportLines:
    """The lines of one file."""

    def __init__(self, data: bytes) -> None:
        self._source, _ = to_utf8(data)
        self._root: tree_sitter.Node | None = None
        self._ignored = _ignored(self._source)

    def stand(self, line: int) -> Stand:
        """Where the import statement stands that a line is part of."""
        if self._root is None:
            self._root = parse(self._source).root_node
        node: tree_sitter.Node | None = self._root
        is_local = is_typing = False
        while node is not None and node.kind_id not in _IMPORTS:
            is_local = is_local or node.kind_id in _LOCAL
            is_typing = is_typing or (node.kind_id in _IF and self._is_typing(node))
            node = _child_at(node, line - 1)
        return Stand(node.start_point[0] + 1 if node is not None else line, is_local, is_typing)

    def _is_typing(self, node: tree_sitter.Node) -> bool:
        condition = node.child_by_field_name("condition")
        while condition is not None and condition.type == "parenthesized_expression":
            condition = next(iter(condition.named_children), None)
        if condition is None or condition.type not in ("identifier", "attribute"):
            return False
        return _TYPING.fullmatch(self._source, condition.start_byte, condition.end_byte) is not None

    def is_ignored(self, line: int, statement: int, name: str) -> bool:
        """Whether a `tach-ignore` speaks for the import of a dotted name on a line of a statement."""
        named = (self._ignored[at] for at in (line, statement) if at in self._ignored)
        return any(not names or name.endswith(names) for names in named)


def _child_at(node: tree_sitter.Node, row: int) -> tree_sitter.Node | None:
    around = [child for child in node.named_children if child.start_point[0] <= row <= child.end_point[0]]
    return next((child for child in around if child.kind_id in _IMPORTS), None) or next(
        (child for child in around if child.type != "comment"), None
    )


def _ignored(source: bytes) -> dict[int, tuple[str, ...]]:
    """Line -> the names that a comment on it or above it excepts, none for all. The first comment for a line counts."""
    found = dict[int, tuple[str, ...]]()
    if b"tach-ignore" not in source:
        return found
    for number, line in enumerate(source.decode("utf-8", "replace").split("\n"), 1):
        match = _IGNORE.search(line) if "tach-ignore" in line else None
        if match:
            found.setdefault(number + line.lstrip().startswith("#"), tuple(match[2].split()))
    return found
