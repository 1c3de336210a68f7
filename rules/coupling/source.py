"""The text of one module: which names it takes from others and for what, and what its own definitions need."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator
from typing import NamedTuple

import tree_sitter

from rules.bindings import Binding, bindings
from rules.facts import to_utf8
from rules.grammar import parse
from rules.graph import DEFERRED
from rules.model import Edge, Facts
from rules.resolver import Resolver

_PLAIN = frozenset(
    ("staticmethod", "classmethod", "property", "abstractmethod", "abc.abstractmethod", "override", "contextmanager",
     "typing.override", "cached_property", "functools.cached_property", "contextlib.contextmanager", "overload")
)  # fmt: skip
"""Decorators that do not look at annotations."""

_MAKERS = frozenset(
    ("compile", "frozenset", "tuple", "TypeVar", "ParamSpec", "NewType", "namedtuple", "Path", "Decimal")
)
"""Calls that make the same wherever they stand."""

_NAME = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*")


class Use(NamedTuple):
    """Where a dotted name stands; `idle` in an annotation that nothing evaluates."""

    chain: tuple[str, ...]
    at: int
    idle: bool


class Taken(NamedTuple):
    """A name that a module takes from another; `idle` where only annotations use it."""

    name: str
    idle: bool


class Needs(NamedTuple):
    """What some definitions of a module cannot do without: others of its definitions, and edges to other modules."""

    names: frozenset[str]
    edges: tuple[Edge, ...]
    lines: int


class Source:
    """One module."""

    def __init__(self, path: str, source: bytes, facts: Facts, resolver: Resolver) -> None:
        text, _ = to_utf8(source)
        root = parse(text).root_node
        self.postponed = b"from __future__ import annotations" in text
        self.lines = facts.lines
        self._facts = facts
        self._uses = tuple(_uses(root))
        self._bindings = bindings(root, text)
        statements = _statements(root)
        self._spans = {name: [(n.start_byte, n.end_byte) for n in nodes] for name, nodes in statements.items()}
        made = {name: nodes for name, nodes in statements.items() if any(map(_calls, nodes))}
        self._own = {name for name, nodes in made.items() if any("__name__" in _text(node) for node in nodes)}
        self._state = made.keys() - self._own
        self._text = text
        locals_ = {(line, written): local for line, written, local in _imports(root)}
        self._imports = [
            (locals_.get((item.line, item.name or item.module)), reach)
            for item in facts.imports
            for reach in resolver.names(path, [item])
        ]

    def takes(self, imported: str) -> tuple[Taken, ...] | None:
        """What the module takes from another when it runs; None where that is not certain."""
        found: dict[str, bool] = {}
        for local, (edge, name) in self._imports:
            if edge.imported != imported or edge.scope not in DEFERRED:
                continue
            if local is None:
                return None
            uses = [use for use in self._uses if use.chain[: len(local)] == local]
            if any(not name and len(use.chain) == len(local) for use in uses) or not uses:
                return None
            for use in uses:
                taken = name or use.chain[len(local)]
                found[taken] = found.get(taken, True) and use.idle and not self._is_exported(local)
        return tuple(Taken(name, idle) for name, idle in sorted(found.items())) or None

    def users(self, targets: Collection[str]) -> frozenset[str] | None:
        """The definitions that use what the module takes from some others when it runs; None where others use it, too."""
        found = set[str]()
        for local, (edge, _) in self._imports:
            if edge.imported not in targets or edge.scope not in DEFERRED:
                continue
            places = [u.at for u in self._uses if local is not None and u.chain[: len(local)] == local and not u.idle]
            around = [self._around(at) for at in places]
            if not around or not all(around):
                return None
            found.update(around)
        return frozenset(found) or None

    def is_alone(self, names: Collection[str], name: str = "") -> bool:
        """Whether nothing but some definitions uses them, or one of them; what is exported is used."""
        wanted = {name} if name else set(names)
        return wanted.isdisjoint(self._facts.exports or ()) and all(
            self._around(use.at) in names for use in self._uses if use.chain[0] in wanted
        )

    @property
    def is_open(self) -> bool:
        """Whether nobody can tell what names the module has: it imports all that another one has."""
        return "*" in self._bindings

    def mentions(self, name: str) -> bool:
        """Whether a word stands anywhere in the module's text."""
        return name.encode() in self._text

    def _around(self, at: int) -> str:
        """The definition that a place lies in, '' where it lies in none."""
        return next((n for n, spans in self._spans.items() if any(start <= at < end for start, end in spans)), "")

    def defines(self, name: str) -> bool:
        """Whether the module itself certainly defines a name, at its top level."""
        return name in self._spans and {binding.kind for binding in self._bound(name)} <= {"definition", "value"}

    def passed_on(self, name: str) -> Edge | None:
        """The edge to the module that a name is imported from, under the same name and once; None where it is not so."""
        edges = {edge for local, (edge, taken) in self._imports if local == (name,) and taken == name}
        found = min(edges, default=None)
        return found if len(edges) == 1 and {binding.kind for binding in self._bound(name)} == {"import"} else None

    def needs(self, names: Iterable[str], stays: Callable[[str], bool] = lambda _: False) -> Needs | None:
        """What definitions of the module need; None where that is not certain. stays: what of it is taken from where it is.

        What a call has made is never certain: a registry, a router, a connection may know others and be known. But a
        logger of the module's own name is made anew wherever it is needed.
        """
        waiting, found, edges = list(names), set[str](), set[Edge]()
        while waiting:
            name = waiting.pop()
            if name in found:
                continue
            if self.is_open or not self.defines(name) or name in self._state:
                return None
            found.add(name)
            for start, end in self._spans[name]:
                used = {use.chain[0] for use in self._uses if start <= use.at < end}
                own = {other for other in used if other in self._spans and other not in self._own and other != name}
                waiting.extend(other for other in own if not stays(other))
                if any(self._is_uncertain(other) for other in used):
                    return None
                edges.update(self._edges(used, start, end))
        lines = sum(self._text.count(b"\n", *span) + 1 for name in found for span in self._spans[name])
        return Needs(frozenset(found), tuple(sorted(edges)), lines)

    def _edges(self, used: set[str], start: int, end: int) -> Iterator[Edge]:
        first, last = self._line(start), self._line(end)
        for local, (edge, _) in self._imports:
            inside = first <= edge.line <= last
            if inside or (local is not None and local[0] in used and edge.scope != "lazy"):
                yield edge

    def _line(self, at: int) -> int:
        return self._text.count(b"\n", 0, at) + 1

    def _bound(self, name: str) -> frozenset[Binding]:
        return self._bindings.get(name, frozenset())

    def _is_uncertain(self, name: str) -> bool:
        kinds = {binding.kind for binding in self._bound(name)}
        return "other" in kinds or len(kinds - {"value"}) > 1

    def _is_exported(self, local: tuple[str, ...]) -> bool:
        return local[0] in (self._facts.exports or ())


def _uses(root: tree_sitter.Node) -> Iterator[Use]:
    """All names that are used, in any order; a name that is bound counts as used."""
    waiting: list[tuple[tree_sitter.Node, bool, bool]] = [(root, True, False)]
    while waiting:
        node, harmless, idle = waiting.pop()
        kind = node.type
        if kind in ("import_statement", "import_from_statement", "future_import_statement"):
            continue
        if kind == "identifier":
            yield Use((_text(node),), node.start_byte, idle)
        elif kind == "attribute":
            chain = _chain(node)
            if chain is not None:
                yield Use(chain, node.start_byte, idle)
            elif (owner := node.child_by_field_name("object")) is not None:
                waiting.append((owner, harmless, idle))
        elif kind == "keyword_argument":
            if (value := node.child_by_field_name("value")) is not None:
                waiting.append((value, harmless, idle))
        elif kind == "string_content" and node.parent is not None and _in_type(node):
            yield from (Use(tuple(name.split(".")), node.start_byte, idle) for name in _NAME.findall(_text(node)))
        else:
            waiting.extend((child, *_state(node, child, harmless, idle)) for child in node.named_children)


def _state(node: tree_sitter.Node, child: tree_sitter.Node, harmless: bool, idle: bool) -> tuple[bool, bool]:
    """Whether annotations below a child are harmless, and whether it is inside a harmless one."""
    if node.type == "class_definition" and child.type == "block":
        return node.child_by_field_name("superclasses") is None and not _decorators(node), False
    if node.type == "function_definition":
        return child.type == "block" or _PLAIN.issuperset(_decorators(node)), idle or (
            child.type == "type" and _PLAIN.issuperset(_decorators(node))
        )
    return harmless, idle or (child.type == "type" and harmless)


def _decorators(definition: tree_sitter.Node) -> set[str]:
    outer = definition.parent
    if outer is None or outer.type != "decorated_definition":
        return set()
    return {_text(child).lstrip("@ ") for child in outer.named_children if child.type == "decorator"}


def _in_type(node: tree_sitter.Node) -> bool:
    """Whether a piece of a string is a quoted annotation."""
    string = node.parent
    while string is not None and string.type in ("string", "concatenated_string", "binary_operator", "type_parameter"):
        string = string.parent
    return string is not None and string.type in ("type", "generic_type", "union_type")


def _chain(attribute: tree_sitter.Node) -> tuple[str, ...] | None:
    """The parts of `a.b.c`; None where it does not begin with a name."""
    parts: list[str] = []
    node: tree_sitter.Node | None = attribute
    while node is not None and node.type == "attribute":
        name = node.child_by_field_name("attribute")
        parts.append(_text(name) if name is not None else "")
        node = node.child_by_field_name("object")
    return (_text(node), *reversed(parts)) if node is not None and node.type == "identifier" else None


def _imports(root: tree_sitter.Node) -> Iterator[tuple[int, str, tuple[str, ...]]]:
    """Line, what is imported as written, and the local name it is used by."""
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if node.type in ("import_statement", "import_from_statement"):
            plain = node.type == "import_statement"
            for item in node.children_by_field_name("name"):
                name, alias = item.child_by_field_name("name") or item, item.child_by_field_name("alias")
                written = _text(name)
                local = (_text(alias),) if alias is not None else tuple(written.split("."))
                yield (item if plain else name).start_point[0] + 1, written, local
        elif node.type != "expression_statement":
            waiting.extend(node.named_children)


def _statements(root: tree_sitter.Node) -> dict[str, list[tree_sitter.Node]]:
    """Top-level name -> the statements that define it: functions, classes and plain assignments."""
    found: dict[str, list[tree_sitter.Node]] = {}
    for statement in root.named_children:
        definition = statement.child_by_field_name("definition") or statement
        name = definition.child_by_field_name("name")
        if statement.type == "expression_statement" and statement.children[0].type == "assignment":
            name = statement.children[0].child_by_field_name("left")
        elif definition.type not in ("function_definition", "class_definition"):
            continue
        if name is not None and name.type == "identifier":
            found.setdefault(_text(name), []).append(statement)
    return found


def _calls(statement: tree_sitter.Node) -> bool:
    """Whether an assignment calls anything but what makes a constant, or says more about a type."""
    waiting = [statement] if statement.type == "expression_statement" else []
    while waiting:
        node = waiting.pop()
        if node.type == "subscript" and _text(node.child_by_field_name("value") or node).endswith("Annotated"):
            continue
        waiting.extend(node.named_children)
        function = node.child_by_field_name("function") if node.type == "call" else None
        if function is not None and _text(function).rpartition(".")[2] not in _MAKERS:
            return True
    return False


def _text(node: tree_sitter.Node) -> str:
    return (node.text or b"").decode("utf-8", "replace")
