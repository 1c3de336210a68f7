"""How two pieces of code that are copies of each other differ: what a shared function would take as parameters."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import tree_sitter

from rules.grammar import parse
from rules.scopes import NAME, Scope, Shape
from rules.shapes import Shaper

MOST = 6
"""With more differences nobody wants the function that takes them all."""

_RECEIVERS = ("self", "cls")


class Difference(NamedTuple):
    """What stands in one place of the two, as written: an expression, or `.name` for an attribute."""

    new: str
    old: str


class Code(NamedTuple):
    """A function's parameters and body, or a run of statements. `name` is '' where the code cannot call itself by it."""

    source: bytes
    name: str
    parameters: frozenset[str]
    body: tuple[Shape, ...]


def differences(new: str, old: str) -> tuple[Difference, ...] | None:
    """What differs between two functions, or two runs of statements, each as dedented source.

    Local names may differ if they do so one to one; names and order of parameters do not count. Every pair stands
    once, in source order. None where the two are not of one shape, cannot be read, or differ in more than MOST places.
    """
    try:
        one, other = _read(new), _read(old)
        if one is None or other is None:
            return None
        found = compare(one, other, renaming(one, other))
    except RecursionError:
        return None
    return None if found is None or len(found) > MOST else found


def function_code(source: bytes, function: tree_sitter.Node, *, exact: bool, method: bool = False) -> Code:
    """A function of a source as it is compared."""
    shaper, named = Shaper(source, exact=exact), function.child_by_field_name("name")
    block, listed = function.child_by_field_name("body"), function.child_by_field_name("parameters")
    outer = Scope(None)
    inner = Scope(outer)
    if listed is not None:
        shaper.parameters(listed, inner, outer)
    parameters, name = frozenset(inner.bound), shaper.text(named) if named is not None and not method else ""
    if name:
        outer.bind(name)
    return Code(source, name, parameters, shaper.statements(block, inner) if block is not None else ())


def renaming(new: Code, old: Code) -> dict[str, str]:
    """Which local name of the old code each of the new one stands for: one to one, by how often they meet."""
    votes = Counter(_meetings(new.body, old.body))
    found = dict[str, str]()
    taken = set[str]()
    for (one, other), _ in sorted(votes.items(), key=lambda vote: (-vote[1], vote[0][0] != vote[0][1])):
        if one not in found and other not in taken:
            found[one] = other
            taken.add(other)
    return found


def _meetings(new: Sequence[Shape], old: Sequence[Shape]) -> Iterator[tuple[str, str]]:
    if len(new) != len(old):
        return
    for one, other in zip(new, old, strict=True):
        if one.kind == other.kind == NAME and one.local and other.local:
            yield one.text, other.text
        elif one.kind == other.kind:
            yield from _meetings(one.children, other.children)


def compare(new: Code, old: Code, names: dict[str, str]) -> tuple[Difference, ...] | None:
    """The differences that remain where local names are taken for each other as `names` says; None as above."""
    pairs = _compare(new.body, old.body, names)
    if pairs is None:
        return None
    found = (Difference(_quote(new.source, one), _quote(old.source, other)) for one, other in pairs)
    return tuple(dict.fromkeys(found))


_Pairs = list[tuple[Shape, Shape]]


def _compare(new: Sequence[Shape], old: Sequence[Shape], names: dict[str, str]) -> _Pairs | None:
    if len(new) != len(old):
        return None
    found = _Pairs()
    for one, other in zip(new, old, strict=True):
        inside: _Pairs | None = None
        if one.kind == other.kind == NAME and one.local and other.local:
            inside = [] if names.get(one.text) == other.text else None
        elif (one.kind, one.text, one.local) == (other.kind, other.text, other.local):
            inside = _compare(one.children, other.children, names)
        if inside is None:
            # What cannot be told apart further is told apart as a whole, if it is an expression.
            if not (one.unit and other.unit):
                return None
            inside = [(one, other)]
        found += inside
    return found


def _quote(source: bytes, shape: Shape) -> str:
    return re.sub(r"\s*\n\s*", " ", source[shape.start : shape.end].decode("utf-8", "replace"))


def _read(text: str) -> Code | None:
    source = text.encode("utf-8", "replace")
    root = parse(source).root_node
    if root.has_error:
        return None
    nodes = [child for child in root.named_children if child.type != "comment"]
    function: tree_sitter.Node | None = nodes[0] if len(nodes) == 1 else None
    if function is not None and function.type == "decorated_definition":
        function = function.child_by_field_name("definition")
    if function is None or function.type != "function_definition":
        return Code(source, "", frozenset(), Shaper(source, exact=False).statements(root, Scope(None)))
    code = function_code(source, function, exact=False)
    if not code.parameters.isdisjoint(_RECEIVERS):
        code = function_code(source, function, exact=False, method=True)
    return code
