"""The imports of one tree that count for a contract: those in its scopes, without its exceptions."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cached_property

from msgspec.structs import replace

from rules.contracts.declared import BaseContract
from rules.contracts.patterns import compiled
from rules.graph import Graph, Row
from rules.model import Edge


class Exceptions:
    """The exceptions of a contract."""

    def __init__(self, contract: BaseContract) -> None:
        self._pairs = [(compiled(one.importer), compiled(one.imported)) for one in contract.exceptions]

    def __bool__(self) -> bool:
        return bool(self._pairs)

    def cover(self, importer: str, imported: str) -> bool:
        """Whether some exception names this import."""
        return any(one.fullmatch(importer) and other.fullmatch(imported) for one, other in self._pairs)


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
        self._rows: dict[str, Row] = {}

    def out(self, importer: str) -> Row:
        """imported -> the first edge to it."""
        if self._is_plain:
            return self.graph.out(importer, self._scopes)
        row = self._rows.get(importer)
        if row is None:
            row = self._rows[importer] = self._row(importer)
        return row

    def _row(self, importer: str) -> Row:
        row = dict(self.graph.out(importer, self._scopes))
        for edge in self.graph.leaving(importer) if self._outside else ():
            node = self._outside(edge.imported) if self._outside and edge.scope in self._scopes else None
            if node is not None:
                row.setdefault(node, replace(edge, imported=node))
        if not self._exceptions:
            return row
        return {imported: edge for imported, edge in row.items() if not self._exceptions.cover(importer, imported)}

    def into(self, imported: str) -> Row:
        """importer -> its first edge to `imported`. The first call reads the whole graph, or that of a view like it."""
        if self._like is not None:
            column = self._like.into(imported)
            if imported not in self._touched:
                return column
            rest = {importer: edge for importer, edge in column.items() if importer not in self._differing}
            return {**rest, **self._columns.get(imported, {})}
        if imported not in self.graph.modules:
            return self._outer_columns.get(imported, {})
        column = self.graph.into(imported, self._scopes)
        if not self._exceptions:
            return column
        return {m: edge for m, edge in column.items() if not self._exceptions.cover(m, imported)}

    @cached_property
    def _columns(self) -> dict[str, Row]:
        """The edges of the modules that differ from the view like this one, by what they import."""
        return self._turned(module for module in self._differing if module in self.graph.modules)

    @cached_property
    def _touched(self) -> set[str]:
        """What the modules that differ import here or in the view like this one."""
        assert self._like is not None
        there = (
            name for module in self._differing if module in self._like.graph.modules for name in self._like.out(module)
        )
        return {*self._columns, *there}

    @cached_property
    def _outer_columns(self) -> dict[str, Row]:
        """The edges that lead out of the repository, by where they lead."""
        return self._turned(self.graph.modules if self._outside else ())

    def _turned(self, importers: Iterable[str]) -> dict[str, Row]:
        columns: dict[str, Row] = {}
        for importer in importers:
            for target, edge in self.out(importer).items():
                columns.setdefault(target, {})[importer] = edge
        return columns

    def edges_beyond(self, other: View, importers: Iterable[str]) -> list[Edge]:
        """The edges of some importers that the other view does not have."""
        return [
            edge
            for importer in importers
            if importer in self.graph.modules
            for imported, edge in self.out(importer).items()
            if importer not in other.graph.modules or imported not in other.out(importer)
        ]
