"""What the global names of a module are, as far as its text alone can tell, and whether two modules mean the same."""

from __future__ import annotations

import builtins
import re
from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

import tree_sitter

from rules.model import Import
from rules.resolver import absolute_name
from rules.scopes import NAME, Scope, Shape
from rules.shapes import ATTRIBUTE, Shaper, joined

BUILTINS = frozenset(name for name in dir(builtins) if not name.startswith("_"))

_GLOBAL = re.compile(rb"\bglobal\s+((?:\\\n|[^\n;#])+)")
_CONSTANT = frozenset(
    [
        "integer",
        "float",
        "true",
        "false",
        "none",
        "ellipsis",
        "string",
        "concatenated_string",
        "tuple",
        "unary_operator",
        "binary_operator",
    ]
)
_OF_PATTERN = ("call", "attribute", ATTRIBUTE, "keyword_argument")


class Binding(NamedTuple):
    """What binds a name: an import (of `name` from `module`, or of `module`), a definition, a value, or else.

    Only an import leaves `at` 0: importing a name twice is no second binding. `value` is what a constant says,
    '' for anything else, `needs` the module that must be imported under its own name for it to say that.
    """

    kind: str
    at: int = 0
    module: str = ""
    name: str = ""
    value: str = ""
    needs: str = ""


class Module(NamedTuple):
    """The bindings of a module. `name` is its dotted name, `package` where its relative imports start; '' is unknown."""

    name: str
    package: str
    bindings: dict[str, frozenset[Binding]]

    def origin(self, name: str) -> tuple[str, str] | None:
        """The module and name there that a global name stands for; None where several or none is certain."""
        (binding, *more) = self.bindings.get(name, ()) or (Binding("other"),)
        if more or binding.kind == "other":
            return None
        if binding.kind != "import":
            return (self.name, name) if self.name else None
        module = absolute(binding.module, self.package)
        return (module, binding.name) if module else None

    def constant(self, name: str) -> str:
        """The constant that a global name is bound to, once; '' for everything else."""
        (binding, *more) = self.bindings.get(name, ()) or (Binding("other"),)
        if more or (binding.needs and self.origin(binding.needs) != (binding.needs, "")):
            return ""
        return binding.value


def read_module(root: tree_sitter.Node, source: bytes, name: str = "", package: str = "") -> Module:
    """The bindings of a whole file."""
    return Module(name, package, bindings(root, source))


def bindings(block: tree_sitter.Node, source: bytes) -> dict[str, frozenset[Binding]]:
    """What the statements of a module or class bind; '*' stands for a star import."""
    found = defaultdict[str, set[Binding]](set)
    for statement in block.named_children:
        for name, binding in _bound_by(statement, source):
            found[name].add(binding)
    for match in _GLOBAL.finditer(source):
        for word in re.findall(rb"\w+", match[1]):
            found[word.decode("utf-8", "replace")].add(Binding("other", match.start()))
    return {name: frozenset(ways) for name, ways in found.items()}


def same_global(name: str, new: Module, old: Module) -> bool:
    """Whether a global name certainly means the same object, or an equal constant, in two modules."""
    if "*" in new.bindings or "*" in old.bindings:
        return False
    if name not in new.bindings and name not in old.bindings:
        return name in BUILTINS
    origin, constant = new.origin(name), new.constant(name)
    return (origin is not None and origin == old.origin(name)) or (constant != "" and constant == old.constant(name))


def absolute(module: str, package: str) -> str:
    """The absolute name of an imported module; '' for a relative one whose package is unknown or too shallow."""
    bare = module.lstrip(".")
    level = len(module) - len(bare)
    if level and (not package or level > package.count(".") + 1):
        return ""
    return absolute_name(package, True, Import(bare, level, "", 0, "import")) or ""


def _bound_by(statement: tree_sitter.Node, source: bytes) -> Iterator[tuple[str, Binding]]:
    kind, at, shaper, scope = statement.type, statement.start_byte + 1, Shaper(source, exact=True), Scope(None)
    target = statement.children[0] if kind == "expression_statement" and statement.children else None
    definition = statement.child_by_field_name("definition") or statement
    named = definition.child_by_field_name("name")
    if kind in ("import_statement", "import_from_statement"):
        yield from _imported(statement, shaper)
    elif definition.type in ("function_definition", "class_definition") and named is not None:
        yield shaper.text(named), Binding("definition", at)
    elif target is not None and target.type == "assignment" and (value := _simple(target)) is not None:
        constant, needs = _constant(shaper.shape(value, scope))
        yield shaper.text(target.children[0]), Binding("value", at, value=constant, needs=needs)
    else:
        shaper.shape(statement, scope)
        for name in scope.bound:
            yield name, Binding("other", at)


def _imported(statement: tree_sitter.Node, shaper: Shaper) -> Iterator[tuple[str, Binding]]:
    source = statement.child_by_field_name("module_name")
    module = joined(shaper.text(source)) if source is not None else ""
    for item in statement.children_by_field_name("name"):
        name, alias = item.child_by_field_name("name") or item, item.child_by_field_name("alias")
        written = joined(shaper.text(name))
        if source is not None:
            yield shaper.text(alias or name), Binding("import", module=module, name=written)
        elif alias is not None:
            yield shaper.text(alias), Binding("import", module=written)
        else:
            top = written.partition(".")[0]
            yield top, Binding("import", module=top)
    if any(child.type == "wildcard_import" for child in statement.named_children):
        yield "*", Binding("other")


def _simple(assignment: tree_sitter.Node) -> tree_sitter.Node | None:
    """The value of `NAME = value`; None for everything else."""
    left, right = assignment.child_by_field_name("left"), assignment.child_by_field_name("right")
    if left is None or right is None or left.type != "identifier" or right.type == "assignment":
        return None
    return right


def _constant(shape: Shape) -> tuple[str, str]:
    """What a constant expression says, and the module it needs for that.

    '' for other values, and for those that could be changed: two modules that hold equal lists hold two lists.
    """
    (value, *_) = shape.children or (shape,)
    is_pattern = value.kind == "call" and _is_compile(value.children[0])
    for part in value.walk():
        is_known = part.kind in _OF_PATTERN or (part.kind == NAME and part.text == "re")
        if part.kind == "interpolation" or (part.unit and part.kind not in _CONSTANT and not (is_pattern and is_known)):
            return "", ""
    return _spelled(value), "re" if is_pattern else ""


def _is_compile(function: Shape) -> bool:
    return [part.text for part in function.walk() if not part.children] == ["re", "compile"]


def _spelled(shape: Shape) -> str:
    return f"{shape.kind} {shape.text!r} ({' '.join(map(_spelled, shape.children))})"
