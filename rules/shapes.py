"""Syntax as it is compared: layout, quotes and redundant parentheses gone, every name known as local or global.

Two views of the same source: the lenient one leaves out what does not matter to a reader who compares (annotations,
`await`, docstrings), the exact one only what does not matter to the interpreter.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

import tree_sitter

from rules.scopes import NAME, Scope, Shape

ATTRIBUTE, IMPORTED, KEYWORD, MODULE = "attribute name", "imported name", "keyword", "module name"
PARAMETER = "name that can be seen from outside"
"""Kinds of shapes that the grammar does not know; see also `rules.scopes.NAME`."""

_UNITS = frozenset(
    re.findall(
        r"\w+",
        "integer float true false none ellipsis string concatenated_string call subscript attribute binary_operator "
        "unary_operator boolean_operator not_operator comparison_operator conditional_expression lambda list tuple set "
        "dictionary list_comprehension set_comprehension dictionary_comprehension generator_expression pair await "
        "named_expression slice list_splat dictionary_splat keyword_argument",
    )
)
_COMPREHENSIONS = frozenset(
    ("list_comprehension", "set_comprehension", "dictionary_comprehension", "generator_expression")
)
_SPREADING = frozenset(
    re.findall(
        r"\w+",
        "pattern_list tuple_pattern list_pattern list_splat_pattern splat_pattern list_splat tuple list "
        "expression_list as_pattern_target delete_statement case_pattern union_pattern dict_pattern "
        "dictionary_splat_pattern",
    )
)
"""Where these stand as a target, what they hold are targets too."""

_TARGETS = frozenset(
    (
        ("assignment", "left"),
        ("augmented_assignment", "left"),
        ("for_statement", "left"),
        ("for_in_clause", "left"),
        ("named_expression", "name"),
    )
)
_ALWAYS_TARGETS = frozenset(("as_pattern_target", "delete_statement", "case_pattern"))
_TUPLES = frozenset(("tuple", "expression_list", "pattern_list", "tuple_pattern"))
_LISTS = _TUPLES | {"argument_list", "list", "set", "dictionary", "with_clause"}
"""Their commas say nothing; elsewhere a trailing one makes a tuple."""

_LAYOUT = frozenset(("comment", "line_continuation", ";"))
_PREFIX = re.compile(r"^[A-Za-z]*")


class Shaper:
    """Makes shapes of the syntax trees of one source."""

    def __init__(self, source: bytes, *, exact: bool) -> None:
        self._source = source
        self._exact = exact

    def text(self, node: tree_sitter.Node) -> str:
        """The source of a node."""
        return self._source[node.start_byte : node.end_byte].decode("utf-8", "replace")

    def parameters(self, node: tree_sitter.Node, inner: Scope, outer: Scope, *, strict: bool = False) -> list[Shape]:
        """The parameters of a function or lambda, bound in `inner`; defaults belong to `outer`.

        Where `strict`, the names of parameters belong to what is compared: they can be seen from outside.
        """
        found = list[Shape]()
        for child in node.children:
            if child.type in _LAYOUT or child.type in ("(", ")", ","):
                continue
            parts = list[Shape]()
            for part, field in _fields(child) if child.type.endswith("parameter") else [(child, "name")]:
                if field == "type" or part.type == ":":
                    parts.extend(self._parts(part, outer) if self._exact else ())
                elif field == "value":
                    parts.extend(self._parts(part, outer))
                elif part.type in _SPREADING or part.type == "identifier":
                    parts.extend(self._parts(part, inner, target=True))
            if strict:
                parts += [self._leaf(child, PARAMETER, shape.text) for shape in parts if shape.kind == NAME]
            kind = child.type.removeprefix("typed_")
            text = "" if child.children or child.type == "identifier" else self.text(child)
            found.append(Shape(kind, text, tuple(parts), child.start_byte, child.end_byte, unit=False))
        return found

    def statements(self, block: tree_sitter.Node, scope: Scope) -> tuple[Shape, ...]:
        """The statements of a block or module."""
        return tuple(
            shape
            for node in block.children
            if self._exact or not _says_nothing(node)
            for shape in self._parts(node, scope)
        )

    def shape(self, node: tree_sitter.Node, scope: Scope) -> Shape:
        """One node, whatever it is."""
        return Shape("", "", tuple(self._parts(node, scope)), node.start_byte, node.end_byte, unit=False)

    def _parts(self, node: tree_sitter.Node, scope: Scope, *, target: bool = False) -> list[Shape]:
        """A node as shapes: one, or none where it says nothing."""
        kind = node.type
        if kind in _LAYOUT or (not self._exact and kind in ("async", "type_parameter")):
            return []
        if kind == "parenthesized_expression" or (kind == "await" and not self._exact):
            inner = [child for child in node.named_children if child.type not in _LAYOUT]
            return [part for child in inner for part in self._parts(child, scope, target=target)]
        if kind == "identifier":
            return [self._name(node, scope, target=target)]
        if kind == "string":
            return [self._string(node, scope)._replace(unit=not target)]
        if kind in ("block", "module"):
            children = self.statements(node, scope)
        elif kind in _HANDLERS:
            children = tuple(_HANDLERS[kind](self, node, scope))
        elif kind in _COMPREHENSIONS:
            children = tuple(self._comprehension(node, scope))
        elif node.children:
            children = tuple(self._children(node, scope, target=target))
        else:
            return [self._leaf(node, kind, unit=kind in _UNITS and not target)]
        kind = "tuple" if kind in _TUPLES else kind
        unit = kind in _UNITS and not target
        return [Shape(kind, "", children, node.start_byte, node.end_byte, unit)]

    def _children(self, node: tree_sitter.Node, scope: Scope, *, target: bool) -> Iterator[Shape]:
        """The children of any node, and what the grammar left between them: nothing goes unseen."""
        kind, seen, is_alias = node.type, node.start_byte, False
        spread = kind in _ALWAYS_TARGETS or (target and kind in _SPREADING)
        for child, field in _fields(node):
            yield from self._gap(seen, child.start_byte, strip=kind != "format_specifier")
            seen = child.end_byte
            if self._is_silent(kind, field, child):
                continue
            names = spread or (kind, field) in _TARGETS or is_alias
            yield from self._parts(child, scope, target=names)
            is_alias = kind == "as_pattern" and child.type == "as"
        yield from self._gap(seen, node.end_byte, strip=kind != "format_specifier")

    def _gap(self, start: int, end: int, *, strip: bool) -> Iterator[Shape]:
        text = self._source[start:end].decode("utf-8", "replace")
        if text := text.strip(" \t\n\r\f\\") if strip else text:
            yield Shape("", text, (), start, end, unit=False)

    @staticmethod
    def _is_silent(kind: str, field: str, child: tree_sitter.Node) -> bool:
        if kind in _LISTS and child.type in ("(", ")", ","):
            return True
        return kind == "assignment" and (field == "type" or child.type == ":")

    def _leaf(self, node: tree_sitter.Node, kind: str, text: str | None = None, *, unit: bool = False) -> Shape:
        written = self.text(node) if text is None else text
        if kind in ("integer", "float"):
            written = written.replace("_", "").lower()
        return Shape(kind, written, (), node.start_byte, node.end_byte, unit)

    def _name(self, node: tree_sitter.Node, scope: Scope, *, target: bool, walrus: bool = False) -> Shape:
        text = unicodedata.normalize("NFKC", self.text(node))
        if target:
            scope.bind(text, walrus=walrus)
        return Shape(NAME, text, (), node.start_byte, node.end_byte, not target, scope)

    def _string(self, node: tree_sitter.Node, scope: Scope) -> Shape:
        """A string by its prefix and content. Quotes, and prefixes that change nothing, are left out."""
        first, *parts, last = node.children
        match = _PREFIX.match(self.text(first))
        prefix = "".join(sorted(match[0].lower() if match else "")).replace("u", "")
        written = self._source[first.end_byte : last.start_byte].decode("utf-8", "replace")
        if "\\" not in written:
            prefix = prefix.replace("r", "")
        if not re.search("[{}]", written):
            prefix = prefix.replace("f", "")
        inside, seen = list[Shape](), first.end_byte
        for part in parts:
            if part.type == "interpolation":
                inside += [*self._gap(seen, part.start_byte, strip=False), *self._parts(part, scope)]
                seen = part.end_byte
        if inside:
            inside += self._gap(seen, last.start_byte, strip=False)
        text = prefix + "'" + ("" if inside else written)
        return Shape("string", text, tuple(inside), node.start_byte, node.end_byte, unit=True)

    def _attribute(self, node: tree_sitter.Node, scope: Scope) -> Iterator[Shape]:
        value, name = node.child_by_field_name("object"), node.child_by_field_name("attribute")
        if value is not None and name is not None:
            yield from self._parts(value, scope)
            dot = next((child for child in node.children if child.type == "."), name)
            yield Shape(ATTRIBUTE, self.text(name), (), dot.start_byte, name.end_byte, unit=True)

    def _keyword(self, node: tree_sitter.Node, scope: Scope) -> Iterator[Shape]:
        """`name=value` in a call or in a pattern, where the value may be a target."""
        name, *rest = (child for child in node.named_children if child.type not in _LAYOUT)
        yield self._leaf(name, KEYWORD)
        for child in rest:
            if self.text(name) == "key" and child.type == "lambda":
                children = tuple(self._lambda(child, scope, strict=False))
                yield Shape("lambda", "", children, child.start_byte, child.end_byte, unit=True)
            else:
                yield from self._parts(child, scope, target=node.type == "keyword_pattern")

    def _walrus(self, node: tree_sitter.Node, scope: Scope) -> Iterator[Shape]:
        for child, field in _fields(node):
            if field == "name" and child.type == "identifier":
                yield self._name(child, scope, target=True, walrus=True)
            else:
                yield from self._parts(child, scope)

    def _lambda(self, node: tree_sitter.Node, scope: Scope, *, strict: bool = True) -> Iterator[Shape]:
        inner = Scope(scope)
        for child, field in _fields(node):
            if field == "parameters":
                yield from self.parameters(child, inner, scope, strict=strict and self._exact)
            else:
                yield from self._parts(child, inner)

    def _function(self, node: tree_sitter.Node, scope: Scope) -> Iterator[Shape]:
        inner = Scope(scope)
        for child, field in _fields(node):
            if field == "name":
                yield self._name(child, scope, target=True)
                if self._exact:
                    yield self._leaf(child, PARAMETER)
            elif field == "parameters":
                yield from self.parameters(child, inner, scope, strict=self._exact)
            elif field == "return_type" or child.type == "->":
                yield from self._parts(child, scope) if self._exact else ()
            else:
                yield from self._parts(child, inner)

    def _class(self, node: tree_sitter.Node, scope: Scope) -> Iterator[Shape]:
        inner = Scope(scope, "class")
        for child, field in _fields(node):
            yield from self._parts(child, inner if field == "body" else scope, target=field == "name")

    def _comprehension(self, node: tree_sitter.Node, scope: Scope) -> Iterator[Shape]:
        """The first iterable belongs to the scope around."""
        inner, first = Scope(scope, "comprehension"), True
        for child in node.children:
            if child.type != "for_in_clause":
                yield from self._parts(child, inner)
                continue
            parts = list[Shape]()
            for part, field in _fields(child):
                around = scope if first and field == "right" else inner
                parts.extend(self._parts(part, around, target=field == "left"))
            first = False
            yield Shape("for_in_clause", "", tuple(parts), child.start_byte, child.end_byte, unit=False)

    def _declaration(self, node: tree_sitter.Node, scope: Scope) -> Iterator[Shape]:
        for child in node.named_children:
            if child.type == "identifier":
                scope.declare(self.text(child), node.type)
                yield self._name(child, scope, target=False)

    def _import(self, node: tree_sitter.Node, scope: Scope) -> Iterator[Shape]:
        for child, field in _fields(node):
            if field == "name":
                name, alias = child.child_by_field_name("name") or child, child.child_by_field_name("alias")
                yield self._leaf(name, IMPORTED, joined(self.text(name)), unit=True)
                yield self._name(alias or name.named_children[0], scope, target=True)
            elif field == "module_name":
                yield self._leaf(child, MODULE, joined(self.text(child)), unit=True)
            elif child.type == "wildcard_import":
                yield self._leaf(child, child.type)

    def _dotted(self, node: tree_sitter.Node, scope: Scope) -> Iterator[Shape]:
        """A name in a pattern: alone it is bound, with dots it is read."""
        names = node.named_children
        yield self._name(names[0], scope, target=len(names) == 1)
        for name in names[1:]:
            yield self._leaf(name, ATTRIBUTE)

    def _class_pattern(self, node: tree_sitter.Node, scope: Scope) -> Iterator[Shape]:
        for i, child in enumerate(node.children):
            if i == 0:
                yield self._name(child.named_children[0], scope, target=False)
                yield from (self._leaf(name, ATTRIBUTE) for name in child.named_children[1:])
            else:
                yield from self._parts(child, scope)


_HANDLERS = {
    "attribute": Shaper._attribute,
    "keyword_argument": Shaper._keyword,
    "keyword_pattern": Shaper._keyword,
    "named_expression": Shaper._walrus,
    "lambda": Shaper._lambda,
    "function_definition": Shaper._function,
    "class_definition": Shaper._class,
    "global_statement": Shaper._declaration,
    "nonlocal_statement": Shaper._declaration,
    "import_statement": Shaper._import,
    "import_from_statement": Shaper._import,
    "dotted_name": Shaper._dotted,
    "class_pattern": Shaper._class_pattern,
}


def _fields(node: tree_sitter.Node) -> Iterator[tuple[tree_sitter.Node, str]]:
    for i, child in enumerate(node.children):
        yield child, node.field_name_for_child(i) or ""


def joined(text: str) -> str:
    """A dotted name as written over several lines, in one piece."""
    return re.sub(r"[\s\\]", "", text)


def is_string(node: tree_sitter.Node) -> bool:
    """Whether a statement is nothing but a string without interpolation: a docstring, or a comment."""
    if node.type != "expression_statement" or node.child_count != 1:
        return False
    value = node.children[0]
    strings = value.named_children if value.type == "concatenated_string" else [value]
    return all(part.type == "string" and all(c.type != "interpolation" for c in part.children) for part in strings)


def _says_nothing(node: tree_sitter.Node) -> bool:
    if node.type == "expression_statement" and node.child_count == 1 and node.children[0].type == "assignment":
        return node.children[0].child_by_field_name("right") is None
    return node.type == "pass_statement" or is_string(node)
