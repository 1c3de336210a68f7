"""Which names are local: the scopes of a piece of code, and its syntax as shapes whose names know their scope."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

NAME = "name"
"""The kind of a shape that stands for a variable; the others are made by `rules.shapes`."""


class Scope:
    """The names that one function, comprehension or class binds."""

    __slots__ = ("_elsewhere", "_globals", "_kind", "_parent", "bound")

    def __init__(self, parent: Scope | None, kind: str = "function") -> None:
        self.bound: set[str] = set()
        self._parent = parent
        self._kind = kind
        self._globals: set[str] = set()
        self._elsewhere: set[str] = set()

    def bind(self, name: str, *, walrus: bool = False) -> None:
        """Notes a binding. One by `:=` belongs to the first scope that is no comprehension."""
        scope = self
        while walrus and scope._kind == "comprehension" and scope._parent is not None:
            scope = scope._parent
        scope.bound.add(name)

    def declare(self, name: str, statement: str) -> None:
        """Notes a `global` or `nonlocal` statement."""
        (self._globals if statement == "global_statement" else self._elsewhere).add(name)

    def holds(self, name: str) -> bool:
        """Whether a name used here is local to this scope or to one around it. To be asked when all is read."""
        scope: Scope | None = self
        while scope is not None and name not in scope._globals:
            if name in scope.bound and name not in scope._elsewhere and (scope is self or scope._kind != "class"):
                return True
            scope = scope._parent
        return False


class Shape(NamedTuple):
    """One node: its text if it is a leaf, its bytes in the source, its scope if it is a name.

    A `unit` is an expression: something that a parameter could stand for.
    """

    kind: str
    text: str
    children: tuple[Shape, ...]
    start: int
    end: int
    unit: bool
    scope: Scope | None = None

    @property
    def local(self) -> bool:
        """Whether it is a local variable."""
        return self.scope is not None and self.scope.holds(self.text)

    def walk(self) -> Iterator[Shape]:
        """It and everything below, in source order."""
        waiting = [self]
        while waiting:
            shape = waiting.pop()
            yield shape
            waiting.extend(reversed(shape.children))
