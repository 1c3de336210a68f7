"""The call that could replace a copy: only where the program certainly stays the same.

That is so where the two bodies differ in the names of locals alone, every global name means the same in both files,
and nothing in them can tell from which function it runs.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from rules.bindings import BUILTINS, Binding, Module, absolute, bindings, read_module, same_global
from rules.differences import compare, renaming
from rules.facts import to_utf8
from rules.functions import Function, Parameter, find_function, returns, statement_rows
from rules.grammar import parse
from rules.layout import can_be_imported
from rules.scopes import NAME, Shape
from rules.shapes import ATTRIBUTE, KEYWORD, MODULE

_REFUSED = frozenset(
    ["yield", "class_definition", "type_alias_statement", "print_statement", "exec_statement", "wildcard_import"]
)
_FRAME_NAMES = frozenset(["locals", "vars", "dir", "globals", "eval", "exec", "breakpoint"])
_FRAME_ATTRIBUTES = frozenset(("_getframe", "currentframe", "stack", "stacklevel"))
"""What is asked of them depends on the function that asks."""

_CLASS_NAMES = frozenset(("super", "__class__"))
_IMPLICIT = frozenset(("__new__", "__init_subclass__", "__class_getitem__"))
"""Static methods and class methods that do not say so."""

_FITTING = {"method": ("method", "property"), "property": ("method", "property"), "class": ("class",)}
"""By the kind of an old method the kinds of new ones whose first parameter is the same."""

_COMPILED = re.compile(r"jit|vectorize|kernel")
"""Decorators that translate the body and may not know what it calls."""

_HARMLESS = frozenset(("function_definition", "import_statement", "import_from_statement", "comment"))
"""Statements that call nothing of the module when it is imported."""

_PRIVATE = re.compile(r"__\w*(?<!__)")


class Rewrite(NamedTuple):
    """What stands instead of some lines of a file, and the import that it needs ('' for none).

    `start` and `end` are 1-based and inclusive; `lines` are without line ends.
    """

    start: int
    end: int
    lines: tuple[str, ...]
    import_line: str


def call_instead(
    source: bytes,
    new: tuple[int, int],
    other: bytes,
    old: tuple[int, int],
    module: str,
    packages: tuple[str, str] = ("", ""),
) -> Rewrite | None:
    """A call of the function at the lines `old` of `other` instead of the body of the one at `new` of `source`.

    The lines are those of whole functions, decorators included. `module` is the dotted name of `other`; equal bytes
    are one file. `packages` are where the relative imports of the two files start, '' where that is not known: then
    no relative import is taken to be the same as another. None unless the program certainly stays the same.
    """
    try:
        return _Attempt(source, other, module, packages).rewrite(new, old)
    except RecursionError:
        return None


class _Attempt:
    def __init__(self, source: bytes, other: bytes, module: str, packages: tuple[str, str]) -> None:
        (self._source, problem), (self._other, problem_there) = to_utf8(source), to_utf8(other)
        self._same = self._source == self._other
        root = parse(self._source).root_node
        self._roots = root, root if self._same else parse(self._other).root_node
        self._sound = not (problem or problem_there or any(root.has_error for root in self._roots))
        self._module = module
        self._packages = packages

    def rewrite(self, new: tuple[int, int], old: tuple[int, int]) -> Rewrite | None:
        """As `call_instead`."""
        if not self._sound or not (self._same or can_be_imported(self._module)):
            return None
        one, other = find_function(self._roots[0], self._source, new), find_function(self._roots[1], self._other, old)
        if one is None or other is None or one.is_async != other.is_async or (self._same and new == old):
            return None
        names = renaming(one.code, other.code)
        if not one.code.body or compare(one.code, other.code, names) != () or not _fit(one, other, names):
            return None
        here = read_module(self._roots[0], self._source, "", self._packages[0])
        there = here if self._same else read_module(self._roots[1], self._other, self._module, self._packages[1])
        if not self._same_meaning(one, other, here, there):
            return None
        callee, import_line = self._callee(one, other, here, there) or ("", "")
        arguments = _arguments(one, other, names)
        if not callee or arguments is None:
            return None
        call = callee if other.kind == "property" else f"{callee}({', '.join(arguments)})"
        return self._result(one, call, import_line)

    def _same_meaning(self, new: Function, old: Function, here: Module, there: Module) -> bool:
        """Whether what the bodies do depends neither on the file nor on the class nor on the function they stand in."""
        parts = [part for shape in new.code.body for part in shape.walk()]
        names = {part.text for part in parts if part.kind == NAME and not part.local}
        if names & _FRAME_NAMES or not all(map(_is_free_of_frames, parts)):
            return False
        if not self._same_class(new, old):
            words = {part.text for part in parts if part.kind in (NAME, ATTRIBUTE, KEYWORD)}
            private = any(
                map(_PRIVATE.fullmatch, words | {parameter.name for parameter in old.parameters} | {old.name})
            )
            if names & _CLASS_NAMES or private:
                return False
        if self._same:
            return True
        modules = [part.text for part in parts if part.kind == MODULE]
        return all(absolute(m, here.package) == absolute(m, there.package) != "" for m in modules) and all(
            same_global(name, here, there) for name in names
        )

    def _same_class(self, new: Function, old: Function) -> bool:
        if not new.classes or not old.classes:
            return not new.classes and not old.classes
        return self._same and new.block == old.block

    def _callee(self, new: Function, old: Function, here: Module, there: Module) -> tuple[str, str] | None:
        """The old function as the new one would name it, and the import for that."""
        if old.kind == "function":
            return self._function(new, old, here, there)
        if old.block is None or not self._same_class(new, old) or {new.name, old.name} & _IMPLICIT:
            return None
        if len(bindings(old.block, self._other).get(old.name, ())) != 1:
            return None
        if old.kind == "static":
            top, taken = old.classes[0], {parameter.name for parameter in new.parameters}
            known = new.kind != "decorated" and len(here.bindings.get(top, ())) == 1 and top not in taken
            return (".".join((*old.classes, old.name)), "") if known else None
        if new.kind not in _FITTING.get(old.kind, ()):
            return None
        return f"{new.parameters[0].name}.{old.name}", ""

    def _function(self, new: Function, old: Function, here: Module, there: Module) -> tuple[str, str] | None:
        taken = {parameter.name for parameter in new.parameters}
        once = there.bindings.get(old.name) == frozenset([Binding("definition", old.outer.start_byte + 1)])
        if not once or any(map(_COMPILED.search, new.decorators)):
            return None
        if self._same:
            return (old.name, "") if old.name not in taken and self._stands_ready(new, old) else None
        if here.origin(old.name) == (self._module, old.name) and old.name not in taken:
            return old.name, ""
        taken |= here.bindings.keys() | BUILTINS
        name = next((name for name in (old.name, f"_{old.name}") if name not in taken), "")
        if not name or old.name.startswith("_"):
            return None
        alias = f" as {name}" if name != old.name else ""
        return name, f"from {self._module} import {old.name}{alias}"

    def _stands_ready(self, new: Function, old: Function) -> bool:
        """Whether nothing between the two could call the new function before the old one is there."""
        between = (
            node
            for node in self._roots[0].named_children
            if new.outer.start_byte < node.end_byte and node.start_byte < old.outer.start_byte
        )
        return all(node.type in _HARMLESS for node in between)

    def _result(self, new: Function, call: str, import_line: str) -> Rewrite | None:
        """The rewrite, if the statements stand on lines of their own and what comes out can be parsed."""
        import libcst

        place = statement_rows(new.node)
        if place is None:
            return None
        (header, first, last), text = place, self._source.decode("utf-8", "replace").split("\n")
        indent = text[first][: len(text[first]) - len(text[first].lstrip())]
        start = next(row for row in range(header + 1, first + 1) if text[row].strip())
        words = ["return"] * returns(new.node) + ["await"] * new.is_async + [call]
        line = indent + " ".join(words)
        above = text[new.outer.start_point[0] : start]
        frame = ["if True:"] if above[0].lstrip("\f")[:1].isspace() else []
        try:
            libcst.parse_module("\n".join([*import_line.splitlines(), *frame, *above, line, ""]))
        except (libcst.ParserSyntaxError, RecursionError):
            return None
        return Rewrite(start + 1, last + 1, (line,), import_line)


def _is_free_of_frames(part: Shape) -> bool:
    if part.kind in ("interpolation", "format_expression"):
        # f"{name=}" prints the name of a local.
        return all(child.kind != "=" for child in part.children)
    return part.kind not in _REFUSED and not (part.kind in (ATTRIBUTE, KEYWORD) and part.text in _FRAME_ATTRIBUTES)


def _fit(new: Function, old: Function, names: dict[str, str]) -> bool:
    """Whether parameters stand for parameters and the function's own name for the function's own name."""
    for one, other in names.items():
        if (one in new.code.parameters) != (other in old.code.parameters):
            return False
        if (one == new.code.name) != (other == old.code.name):
            return False
    # A function that calls itself relies on its own parameters, and on what its decorators make of it.
    calls_itself = bool(new.code.name) and new.code.name in names
    simple = new.parameters == old.parameters and not any(parameter.default for parameter in new.parameters)
    if calls_itself and (new.decorators or not simple):
        return False
    if old.kind not in ("method", "class", "property"):
        return True
    receivers = [function.parameters[:1] for function in (new, old)]
    if any(not found or found[0].kind not in ("plain", "positional") for found in receivers):
        return False
    (one,), (other,) = ((parameter.name for parameter in found) for found in receivers)
    return names.get(one) == other or (one not in names and other not in names.values())


def _arguments(new: Function, old: Function, names: dict[str, str]) -> list[str] | None:
    """What the new function hands on to the old one; None where something that it needs is missing."""
    skipped = old.kind in ("method", "class", "property")
    unused = {p.name: p for p in new.parameters[skipped:] if p.name not in names}
    given = {names[p.name]: p for p in new.parameters[skipped:] if p.name in names}
    found, gap = list[str](), False
    for parameter in old.parameters[skipped:]:
        source = given.get(parameter.name)
        if source is None and parameter.kind not in ("star", "stars") and not parameter.default:
            # What the body does not use may be anything: pass on what has its name.
            source = unused.get(parameter.name)
        if source is None:
            if parameter.kind not in ("star", "stars") and not parameter.default:
                return None
            gap = True
            continue
        by_keyword = parameter.kind == "keyword" or (gap and parameter.kind == "plain")
        if not by_keyword and gap and parameter.kind != "stars":
            return None
        if parameter.kind in ("star", "stars") and not _hands_on(new, old, source, parameter):
            return None
        prefix = {"star": "*", "stars": "**"}.get(parameter.kind, f"{parameter.name}=" if by_keyword else "")
        found.append(prefix + source.name)
    return found


def _hands_on(new: Function, old: Function, source: Parameter, parameter: Parameter) -> bool:
    """Whether `*args` or `**kwargs` of the new function arrive as those of the old one."""
    if source.kind != parameter.kind or parameter.kind == "star":
        return source.kind == parameter.kind
    # A name that only the old function knows would be taken out of the keywords.
    named = ("plain", "keyword")
    return {p.name for p in old.parameters if p.kind in named} <= {p.name for p in new.parameters if p.kind in named}
