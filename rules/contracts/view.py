"""The imports of one tree that count for a contract: those in its scopes, without its exceptions."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable
from functools import cached_property

from msgspec.structs import replace

from rules.contracts.declared import BaseContract
from rules.contracts.patterns import compiled
from rules.graph import Graph, Row
from rules.model import Edge
from rules.rows import LazyRows, Rows

Pair = tuple[str, str]
"""An importer and what it imports."""


class Exceptions:
    """The exceptions of a contract."""

    def __init__(self, contract: BaseContract) -> None:
        self._pairs = [(compiled(one.importer), compiled(one.imported)) for one in contract.exceptions]
        self._by_importer: dict[str, list[re.Pattern[str]]] = {}

    def __bool__(self) -> bool:
        return bool(self._pairs)

    def cover(self, importer: str, imported: str) -> bool:
        """Whether some exception names this import."""
        return any(pattern.fullmatch(imported) for pattern in self._of(importer))

    def rest(self, importer: str, row: Collection[str]) -> Collection[str]:
        """What of a row of an importer no exception names."""
        patterns = self._of(importer)
        return [name for name in row if not any(p.fullmatch(name) for p in patterns)] if patterns else row

    def _of(self, importer: str) -> list[re.Pattern[str]]:
        known = self._by_importer.get(importer)
        if known is None:
            known = self._by_importer[importer] = [other for one, other in self._pairs if one.fullmatch(importer)]
        return known


class View:
    """The graph that a contract looks at.

    `outside` gives the node for a dotted name outside the repository, None where the contract does not care.
    """

    def __init__(
        self,
        graph: Graph,
        contract: BaseContract,
        outside: Callable[[str], str | None] | None = None,
        like: tuple[View, Iterable[str]] | None = None,
    ) -> None:
        """like: another view, and the importers whose edges are not the same there."""
        self.graph = graph
        self._like = like[0] if like else None
        self._differing = frozenset(like[1]) if like else frozenset()
        self._scopes = contract.scopes
        self._exceptions = Exceptions(contract)
        self._outside = outside
        self._is_plain = not self._exceptions and outside is None

    def out(self, importer: str) -> Row:
        """imported -> the first edge to it."""
        if self._is_plain:
            return self.graph.out(importer, self._scopes)
        return {imported: self.edge(importer, imported) for imported in self.targets[importer]}

    def edge(self, importer: str, imported: str) -> Edge:
        """The first edge from one module to what it imports."""
        found = self.graph.out(importer, self._scopes).get(imported)
        if found is not None:
            return found
        leaving = (edge for edge in self.graph.leaving(importer) if edge.scope in self._scopes)
        return replace(next(edge for edge in leaving if self._node(edge.imported) == imported), imported=imported)

    def _node(self, name: str) -> str | None:
        return self._outside(name) if self._outside else None

    @cached_property
    def targets(self) -> Rows:
        """importer -> what it imports. No edges are made for it."""
        targets = self.graph.targets(self._scopes)
        return targets if self._is_plain else LazyRows(lambda importer: self._row(importer, targets[importer]))

    def _row(self, importer: str, row: Collection[str]) -> Collection[str]:
        if self._outside:
            names = (edge.imported for edge in self.graph.leaving(importer) if edge.scope in self._scopes)
            nodes = (node for name in names if (node := self._node(name)) is not None)
            row = tuple(dict.fromkeys((*row, *nodes)))
        return self._exceptions.rest(importer, row)

    @cached_property
    def importers(self) -> Rows:
        """imported -> who imports it."""
        if self._like is not None:
            return LazyRows(self._column_like)
        return self.graph.importers(self._scopes) if self._is_plain else self._turned(self.graph.modules)

    def _column_like(self, imported: str) -> Collection[str]:
        assert self._like is not None
        column = self._like.importers.get(imported, ())
        if imported not in self._touched:
            return column
        return [*(name for name in column if name not in self._differing), *self._columns.get(imported, ())]

    @cached_property
    def _columns(self) -> Rows:
        """The modules that differ from the view like this one, by what they import."""
        return self._turned(module for module in self._differing if module in self.graph.modules)

    @cached_property
    def _touched(self) -> set[str]:
        """What the modules that differ import here or in the view like this one."""
        assert self._like is not None
        there = (self._like.targets[module] for module in self._differing if module in self._like.graph.modules)
        return set(self._columns).union(*there)

    def _turned(self, importers: Iterable[str]) -> Rows:
        columns: dict[str, list[str]] = defaultdict(list)
        for importer in importers:
            for imported in self.targets[importer]:
                columns[imported].append(importer)
        return columns

    def pairs_beyond(self, other: View, importers: Iterable[str]) -> list[Pair]:
        """The imports of some modules that the other view does not have."""
        return [
            (importer, imported)
            for importer in importers
            if importer in self.graph.modules
            for imported in self.targets[importer]
            if importer not in other.graph.modules or imported not in other.targets[importer]
        ]

    def edges_beyond(self, other: View, importers: Iterable[str]) -> list[Edge]:
        """The edges of some importers that the other view does not have."""
        return [self.edge(*pair) for pair in self.pairs_beyond(other, importers)]
