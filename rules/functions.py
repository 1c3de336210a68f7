"""Functions of a file as a caller sees them: where they stand, how they are called, what they take and give."""

from __future__ import annotations

from typing import NamedTuple

import tree_sitter

from rules.differences import Code, function_code
from rules.shapes import Shaper, is_string

_KINDS = {"staticmethod": "static", "classmethod": "class", "property": "property"}
_PARAMETER_KINDS = {"list_splat_pattern": "star", "dictionary_splat_pattern": "stars"}


class Parameter(NamedTuple):
    """`kind` is positional, plain, star, keyword or stars."""

    name: str
    kind: str
    default: bool


class Function(NamedTuple):
    """A function of a file, outermost or a method.

    `classes` are the names of the classes around it, `block` is the body of the innermost. `kind` is function, method,
    static, class, property, or decorated: no telling how it is called.
    """

    node: tree_sitter.Node
    outer: tree_sitter.Node
    classes: tuple[str, ...]
    block: tree_sitter.Node | None
    name: str
    kind: str
    decorators: tuple[str, ...]
    parameters: tuple[Parameter, ...]
    code: Code

    @property
    def is_async(self) -> bool:
        """Whether it is to be awaited."""
        return any(child.type == "async" for child in self.node.children)


def find_function(root: tree_sitter.Node, source: bytes, lines: tuple[int, int]) -> Function | None:
    """The function at some lines, 1-based and inclusive: at the top of the module or of a class there."""
    first, last = lines[0] - 1, lines[1] - 1
    classes, block = list[str](), root
    while True:
        outer = next((node for node in block.named_children if node.start_point[0] <= first <= node.end_point[0]), None)
        if outer is None:
            return None
        node = outer.child_by_field_name("definition") or outer
        body, name = node.child_by_field_name("body"), node.child_by_field_name("name")
        if body is None or name is None or any(child.type == "type_parameter" for child in node.children):
            return None
        if node.type == "class_definition":
            block = body
            classes.append(Shaper(source, exact=True).text(name))
        elif node.type == "function_definition" and (outer.start_point[0], node.end_point[0]) == (first, last):
            return _function(node, outer, tuple(classes), block, source)
        else:
            return None


def _function(
    node: tree_sitter.Node, outer: tree_sitter.Node, classes: tuple[str, ...], block: tree_sitter.Node, source: bytes
) -> Function:
    shaper, named = Shaper(source, exact=True), node.child_by_field_name("name")
    decorators = tuple(shaper.text(c)[1:].strip() for c in outer.named_children if c.type == "decorator")
    kind = "method" if classes else "function"
    if decorators:
        kind = _KINDS.get(decorators[0], "decorated") if classes and len(decorators) == 1 else "decorated"
    code = function_code(source, node, exact=True, method=bool(classes))
    if any(map(is_string, _statements(node)[:1])):
        code = code._replace(body=code.body[1:])
    return Function(
        node=node,
        outer=outer,
        classes=classes,
        block=block if classes else None,
        name=shaper.text(named) if named is not None else "",
        kind=kind,
        decorators=decorators,
        parameters=_parameters(node, shaper),
        code=code,
    )


def _parameters(function: tree_sitter.Node, shaper: Shaper) -> tuple[Parameter, ...]:
    found, kind = list[Parameter](), "plain"
    listed = function.child_by_field_name("parameters")
    for child in listed.named_children if listed is not None else ():
        node = child.named_children[0] if child.type == "typed_parameter" else child
        if child.type == "positional_separator":
            found = [parameter._replace(kind="positional") for parameter in found]
        elif child.type == "keyword_separator":
            kind = "keyword"
        elif node.type in _PARAMETER_KINDS:
            found.append(Parameter(shaper.text(node.named_children[0]), _PARAMETER_KINDS[node.type], default=False))
            kind = "keyword"
        elif child.type != "comment":
            name = node.child_by_field_name("name") or node
            found.append(Parameter(shaper.text(name), kind, node.type.endswith("default_parameter")))
    return tuple(found)


def statement_rows(function: tree_sitter.Node) -> tuple[int, int, int] | None:
    """Rows, from 0: where the header or docstring ends, where the first statement begins, where the last one ends."""
    nodes = _statements(function)
    header = next(child for child in reversed(function.children) if child.type == ":").end_point[0]
    if nodes and is_string(nodes[0]):
        header = nodes.pop(0).end_point[0]
    if not nodes or nodes[0].start_point[0] <= header:
        return None
    return header, nodes[0].start_point[0], nodes[-1].end_point[0]


def _statements(function: tree_sitter.Node) -> list[tree_sitter.Node]:
    block = function.child_by_field_name("body")
    return [node for node in block.named_children if node.type != "comment"] if block is not None else []


def returns(function: tree_sitter.Node) -> bool:
    """Whether the function itself returns something."""
    waiting = [child for child in function.children if child.type == "block"]
    while waiting:
        node = waiting.pop()
        if node.type == "return_statement" and node.named_children:
            return True
        if node.type not in ("function_definition", "class_definition"):
            waiting.extend(node.named_children)
    return False
