"""The tokens of statements as the duplication index sees them, and the names that they bind.

What is the same for a reader becomes the same token: `await` and `async` are dropped, names lose case, outer
underscores and the mark of an async twin, strings and numbers become one stand-in each, annotations are left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

import tree_sitter

from rules.grammar import kinds

CLAUSES = ("elif_clause", "else_clause", "except_clause", "finally_clause", "case_clause")
BODIES = ("block", *CLAUSES)
"""Where statements of their own begin inside a compound statement."""

LONG_STRING = 2
"""From so many line ends on the lines of a string (a prompt, a query, a template) are compared one by one."""

LITERAL_CHARACTERS = 60
"""Longer strings are text, and reworded more often than not."""

LOCAL, STRING, NUMBER = b"V", b"S", b"N"
"""Stand-ins: a local name, a string, a number. Canonical names are lower case, so none can be mistaken for one."""

_LEAF, _IDENTIFIER, _STRING, _PART, _NUMBER, _DROPPED, _PARAMETERS = range(7)
_TARGET, _PATTERN, _GROUP, _CASE, _DOTTED, _KEYWORD, _TOP = range(7, 14)
"""What a node means here; what comes before _TARGET is not entered."""

_TARGET_FIELDS = ("left", "name")
_PLAIN_STRING = 3
"""A string without interpolation has three children: its start, its content, its end."""

_CODES: dict[int, int] = {
    number: code
    for code, names in {
        _IDENTIFIER: ("identifier",),
        _STRING: ("string",),
        _PART: ("string_start", "string_content", "string_end", "type_conversion"),
        _NUMBER: ("integer", "float"),
        _DROPPED: ("type", "type_parameter", "comment", "line_continuation", "format_specifier", "async", *BODIES),
        _PARAMETERS: ("parameters", "lambda_parameters"),
        _TARGET: ("assignment", "augmented_assignment", "for_statement", "for_in_clause", "named_expression"),
        _PATTERN: ("pattern_list", "tuple_pattern", "list_pattern", "list_splat_pattern", "as_pattern_target"),
        _GROUP: ("parenthesized_expression", "tuple"),
        _CASE: ("case_pattern",),
        _DOTTED: ("dotted_name",),
        _KEYWORD: ("keyword_argument", "keyword_pattern"),
    }.items()
    for number in kinds(*names)
}


@lru_cache(maxsize=1 << 16)
def canonical(name: bytes) -> bytes:
    """A name without case, outer underscores and the mark of its async twin."""
    bare = name.strip(b"_").lower() or b"_"
    if bare.startswith(b"async") and len(bare) > 6:
        bare = bare[5:].strip(b"_")
    return bare.removesuffix(b"_async")


class Tokens:
    """The tokens of one statement: texts and byte offsets side by side.

    `plain` are the indices of identifiers that may turn out to be local names; their texts are as written.
    `depth` is the deepest nesting seen, `long_strings` the byte ranges of strings of several lines, `literals` the
    numbers and short strings as written.
    """

    __slots__ = ("_bound", "_keyword", "_source", "depth", "literals", "long_strings", "offsets", "plain", "texts")

    def __init__(self, top: tree_sitter.Node, source: bytes, bound: set[bytes]) -> None:
        """Reads the statement `top`, of a compound one its header, and adds the names that it binds to `bound`."""
        self.texts: list[bytes] = []
        self.offsets: list[int] = []
        self.plain: list[int] = []
        self.long_strings: list[tuple[int, int]] = []
        self.literals: list[bytes] = []
        self.depth = 0
        self._source = source
        self._bound = bound
        self._keyword = False
        self._walk(top)

    def _walk(self, top: tree_sitter.Node) -> None:
        cursor = top.walk()
        down, across, up = cursor.goto_first_child, cursor.goto_next_sibling, cursor.goto_parent
        codes = [_TARGET if _CODES.get(top.kind_id) == _TARGET else _TOP] if down() else []
        enter_node, leaf, code_of = self._enter, self._leaf, _CODES.get
        deepest = self.depth = len(codes)
        while codes:
            node = cursor.node
            if node is None:
                return
            code, parent = code_of(node.kind_id, _LEAF), codes[-1]
            if parent == _TARGET and cursor.field_name in _TARGET_FIELDS:
                parent = _PATTERN
            enter = True
            if code != _LEAF:
                code, enter = enter_node(node, code, parent)
            if enter and down():
                codes.append(code)
                if len(codes) > deepest:
                    deepest = self.depth = len(codes)
                continue
            if code == _LEAF:
                leaf(node, parent)
            while codes and not across():
                codes.pop()
                if codes:
                    up()

    def _enter(self, node: tree_sitter.Node, code: int, parent: int) -> tuple[int, bool]:
        """Notes what a node says by itself. Returns its code for its children, and whether they are to be read."""
        if code == _IDENTIFIER:
            self._identifier(node, parent)
        elif code == _STRING:
            return code, self._string(node)
        elif code == _NUMBER:
            self._append(NUMBER, node.start_byte)
            self.literals.append(self._source[node.start_byte : node.end_byte])
        elif code == _PARAMETERS:
            self._bound.update(self._source[name.start_byte : name.end_byte] for name in parameter_names(node))
        elif code == _KEYWORD:
            self._keyword = True
            return code, True
        elif (code == _GROUP and parent == _PATTERN) or (code == _DOTTED and parent == _CASE and node.child_count == 1):
            return _PATTERN, True
        return code, code >= _TARGET

    def _append(self, text: bytes, offset: int) -> None:
        self.texts.append(text)
        self.offsets.append(offset)

    def _identifier(self, node: tree_sitter.Node, parent: int) -> None:
        text = self._source[node.start_byte : node.end_byte]
        if self._keyword or (self.texts and self.texts[-1] == b"."):
            self._keyword = False
            self._append(canonical(text), node.start_byte)
            return
        self.plain.append(len(self.texts))
        self.texts.append(text)
        self.offsets.append(node.start_byte)
        if parent == _PATTERN:
            self._bound.add(text)

    def _string(self, node: tree_sitter.Node) -> bool:
        start, end = node.start_byte, node.end_byte
        if not self.texts or self.texts[-1] != STRING:
            self._append(STRING, start)
        if self._source.count(b"\n", start, end) >= LONG_STRING:
            self.long_strings.append((start, end))
        elif end - start <= LITERAL_CHARACTERS:
            self.literals.append(self._source[start:end])
        return node.child_count > _PLAIN_STRING

    def _leaf(self, node: tree_sitter.Node, parent: int) -> None:
        start = node.start_byte
        text = self._source[start : node.end_byte]
        if text and text != b"await" and not (parent == _GROUP and text in b"()"):
            self.texts.append(text)
            self.offsets.append(start)


def parameter_names(parameters: tree_sitter.Node) -> Iterator[tree_sitter.Node]:
    """The identifiers that a parameter list binds, in order."""
    for child in parameters.named_children:
        node: tree_sitter.Node | None = child
        while node is not None and node.type != "identifier":
            node = node.child_by_field_name("name") or (node.named_children[0] if node.named_children else None)
        if node is not None:
            yield node
