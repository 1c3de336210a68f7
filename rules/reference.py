"""A tree, read once and packed: module names, edges and the duplication index, as bytes that need no unpacking.

A review of a few changed files opens the reference of a tree nearby and lays the difference over it, so its cost does
not grow with the repository. The bytes can be mapped into memory; rows are decoded when they are asked for.
"""

from __future__ import annotations

import zlib
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from hashlib import blake2b
from itertools import accumulate, compress, pairwise

import msgspec

from rules.circles import ranks, rows_without_ancestors
from rules.clones import units_of
from rules.graph import DEFERRED, RUNTIME, Graph
from rules.layout import Layout
from rules.model import SCOPES, Edge, Facts, Scope
from rules.resolver import Reach, Resolver
from rules.rows import Table

VERSION = 5
"""Raise it whenever the same facts give other bytes."""

_MAGIC = b"partywall reference\n"
_COLUMNS = {
    "edge_rows": "I", "edge_targets": "I", "edge_lines": "I", "edge_scopes": "B",
    "leaving_rows": "I", "leaving_targets": "I", "leaving_lines": "I", "leaving_scopes": "B",
    "line_counts": "I", "rank_import": "I", "rank_lazy": "I",
    "miss_keys": "Q", "miss_paths": "I",
    "unit_rows": "I", "unit_starts": "I",
    "holder_keys": "Q", "holder_rows": "I", "holder_units": "I",
    "exact_keys": "Q", "exact_counts": "I",
}  # fmt: skip
"""Column -> array type code. A `rows` column holds, for each row and one past the last, where it begins."""


RANKED: Mapping[tuple[Scope, ...], str] = {RUNTIME: "rank_import", DEFERRED: "rank_lazy"}
"""The scopes that the ranks of modules are kept for -> the column."""


class _Header(msgspec.Struct, frozen=True, array_like=True):
    key: str
    paths: tuple[str, ...]
    blobs: tuple[str, ...]
    names: tuple[str, ...]
    shadowed: dict[str, str]
    local: dict[str, dict[str, str]]
    judged: tuple[str, ...]
    labels: dict[str, str]
    problems: dict[str, str]
    reaches: dict[str, tuple[tuple[Edge, str], ...]]
    outside: tuple[str, ...]
    columns: dict[str, tuple[int, int]]


class DamagedReferenceError(Exception):
    """The bytes are no reference, or not a whole one."""


def key_of(roots: Iterable[object]) -> str:
    """What must be equal for a reference to be of use: the versions and what module names depend on besides paths."""
    from rules import facts

    return blake2b(repr((VERSION, facts.VERSION, sorted(map(repr, roots)))).encode(), digest_size=16).hexdigest()


def name_hash(name: str) -> int:
    """A dotted name as it is kept among the misses."""
    return int.from_bytes(blake2b(name.encode(), digest_size=8).digest(), "little")


class Reference:
    """A packed tree over a buffer of bytes.

    `paths`, `blobs` and `names` (module names, '' for none) are parallel; `problems` and `reaches` are by path.
    """

    def __init__(self, buffer: bytes | memoryview) -> None:
        """Raises DamagedReferenceError."""
        view = memoryview(buffer)
        start = len(_MAGIC) + 8
        if bytes(view[: len(_MAGIC)]) != _MAGIC or len(view) < start:
            raise DamagedReferenceError
        length, check = (int.from_bytes(view[len(_MAGIC) + i : len(_MAGIC) + i + 4], "little") for i in (0, 4))
        if len(view) < start + length or zlib.crc32(view[start:]) != check:
            raise DamagedReferenceError
        try:
            header = msgspec.msgpack.decode(view[start : start + length], type=_Header)
        except msgspec.MsgspecError:
            raise DamagedReferenceError from None
        body = view[start + length :]
        self._columns = {name: _cast(body[begin:end], _COLUMNS[name]) for name, (begin, end) in header.columns.items()}
        self.key = header.key
        self.paths, self.blobs, self.names = header.paths, header.blobs, header.names
        self.shadowed, self.local, self.problems = header.shadowed, header.local, header.problems
        self.judged, self.labels = frozenset(header.judged), header.labels
        self.reaches = {path: tuple(Reach(*reach) for reach in reaches) for path, reaches in header.reaches.items()}
        self._outside = header.outside
        self._known_ranks: dict[tuple[Scope, ...], dict[str, int]] = {}
        self._known_edges: dict[tuple[str, int], tuple[Edge, ...]] = {}
        self.number = {path: i for i, path in enumerate(self.paths)}
        self.unit_count = len(self._columns["unit_starts"])
        self.edge_count = len(self._columns["edge_targets"])

    def layout(self) -> Layout:
        """The module names of the tree."""
        names = {path: name for path, name in zip(self.paths, self.names, strict=True) if name}
        return Layout(names, self.shadowed, self.local, self.judged, self.labels)

    def edges(self, number: int) -> tuple[Edge, ...]:
        """The edges of the module at path `number`."""
        return self._edges("edge", number, self.names)

    def leaving(self, number: int) -> tuple[Edge, ...]:
        """The imports that lead out of the repository, of the module at path `number`."""
        return self._edges("leaving", number, self._outside)

    def _edges(self, kind: str, number: int, names: Sequence[str]) -> tuple[Edge, ...]:
        known = self._known_edges.get((kind, number))
        if known is None:
            row = slice(*self._row(f"{kind}_rows", number))
            path, importer = self.paths[number], self.names[number]
            columns = (self._columns[f"{kind}_{column}"][row] for column in ("targets", "lines", "scopes"))
            known = self._known_edges[kind, number] = tuple(
                Edge(importer, names[target], path, line, SCOPES[scope])
                for target, line, scope in zip(*columns, strict=True)
            )
        return known

    @cached_property
    def graph(self) -> Graph:
        """The import graph of the tree."""
        number = {name: i for i, name in enumerate(self.names) if name}
        return Graph(
            {name: self.paths[i] for name, i in number.items()},
            lambda importer: self.edges(number[importer]) if importer in number else (),
            lambda importer: self.leaving(number[importer]) if importer in number else (),
            self._rows,
            ranks_of=self._ranks,
        )

    def _ranks(self, scopes: tuple[Scope, ...]) -> dict[str, int] | None:
        """The ranks of the graph without imports of packages by what lies below them, in the scopes of the cycle rules."""
        if scopes in RANKED and scopes not in self._known_ranks:
            column = self._columns[RANKED[scopes]]
            self._known_ranks[scopes] = {name: rank for name, rank in zip(self.names, column, strict=True) if name}
        return self._known_ranks.get(scopes)

    def _rows(self, scopes: tuple[Scope, ...]) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Module -> what its edges in these scopes lead to, each once and in their order."""
        return _rows_in(self._columns, self.names, scopes)

    def line_count(self, number: int) -> int:
        """How many lines the file at path `number` has."""
        return self._columns["line_counts"][number]

    def edge_span(self, number: int) -> int:
        """How many edges the module at path `number` has."""
        first, last = self._row("edge_rows", number)
        return last - first

    def importers(self, numbers: set[int]) -> set[int]:
        """The paths that have an edge to any of the modules at these paths."""
        if not numbers:
            return set()
        rows, targets = self._columns["edge_rows"].tolist(), self._columns["edge_targets"].tolist()
        return {i for i in range(len(self.paths)) if not numbers.isdisjoint(targets[rows[i] : rows[i + 1]])}

    def missed(self, name: str) -> list[int]:
        """The paths whose imports would mean the module `name` if there were one."""
        keys, paths, wanted = self._columns["miss_keys"], self._columns["miss_paths"], name_hash(name)
        found = []
        i = bisect_left(keys, wanted)
        while i < len(keys) and keys[i] == wanted:
            found.append(paths[i])
            i += 1
        return found

    def units(self, number: int) -> range:
        """The numbers of the units of the file at path `number`."""
        return range(*self._row("unit_rows", number))

    def unit_path(self, unit: int) -> int:
        """The number of the path that a unit is in."""
        return bisect_left(self._columns["unit_rows"], unit + 1) - 1

    def unit_start(self, unit: int) -> int:
        """The line that a unit's first statement begins on."""
        return int(self._columns["unit_starts"][unit])

    def holders(self, hash_: int) -> Sequence[int]:
        """The units that hold a statement, ascending."""
        i = _find(self._columns["holder_keys"], hash_)
        return self._columns["holder_units"][slice(*self._row("holder_rows", i))] if i >= 0 else ()

    def exact_count(self, hash_: int) -> int:
        """How many units hold an entry with this exact hash."""
        i = _find(self._columns["exact_keys"], hash_)
        return self._columns["exact_counts"][i] if i >= 0 else 0

    def _row(self, column: str, number: int) -> tuple[int, int]:
        rows = self._columns[column]
        return rows[number], rows[number + 1]


def _rows_in(
    columns: Mapping[str, memoryview[int]] | Mapping[str, array[int]], names: Sequence[str], scopes: tuple[Scope, ...]
) -> Iterator[tuple[str, tuple[str, ...]]]:
    wanted = bytes(scope in scopes for scope in SCOPES).ljust(256, b"\0")
    chosen = bytes(columns["edge_scopes"]).translate(wanted)
    counts = [0, *accumulate(chosen)]
    ends = [counts[i] for i in columns["edge_rows"].tolist()]
    targets = list(map(names.__getitem__, compress(columns["edge_targets"].tolist(), chosen)))
    for name, (start, end) in zip(names, pairwise(ends), strict=True):
        if name:
            yield name, tuple(dict.fromkeys(targets[start:end]))


def _cast(view: memoryview, code: str) -> memoryview[int]:
    return view.cast(code)  # type: ignore[call-overload, no-any-return]


def _find(keys: Sequence[int], wanted: int) -> int:
    i = bisect_left(keys, wanted)
    return i if i < len(keys) and keys[i] == wanted else -1


def build(key: str, blobs: Mapping[str, str], facts: Mapping[str, Facts], layout: Layout) -> bytes:
    """The reference of a tree. blobs: path -> blob id, of the files that have facts."""
    paths = sorted(facts)
    columns = {name: array(code) for name, code in _COLUMNS.items()}
    resolver = Resolver(layout)
    names = tuple(layout.names.get(path, "") for path in paths)
    _pack_edges(columns, paths, facts, layout, resolver)
    _pack_ranks(columns, names)
    outside = _pack_leaving(columns, paths, facts, resolver)
    _pack_units(columns, paths, facts)
    spans, size = {}, 0
    for name, column in columns.items():
        spans[name] = (size, size + len(column) * column.itemsize)
        size = spans[name][1]
    header = msgspec.msgpack.encode(
        _Header(
            key=key,
            paths=tuple(paths),
            blobs=tuple(blobs[path] for path in paths),
            names=names,
            shadowed=dict(layout.shadowed),
            local={root: dict(names) for root, names in layout.local.items()},
            judged=tuple(sorted(layout.judged)),
            labels=dict(layout.labels),
            problems={path: facts[path].problem for path in paths if facts[path].problem},
            reaches={path: found for path in paths if (found := resolver.reaches(path, facts[path].imports))},
            outside=outside,
            columns=spans,
        )
    )
    content = b"".join((header, *(column.tobytes() for column in columns.values())))
    return b"".join((_MAGIC, len(header).to_bytes(4, "little"), zlib.crc32(content).to_bytes(4, "little"), content))


def _pack_edges(
    columns: Mapping[str, array[int]],
    paths: Sequence[str],
    facts: Mapping[str, Facts],
    layout: Layout,
    resolver: Resolver,
) -> None:
    number = {layout.names[path]: i for i, path in enumerate(paths) if path in layout.names}
    scope_number = {scope: i for i, scope in enumerate(SCOPES)}
    misses: list[tuple[int, int]] = []
    for i, path in enumerate(paths):
        columns["edge_rows"].append(len(columns["edge_targets"]))
        for edge in resolver.edges(path, facts[path].imports):
            columns["edge_targets"].append(number[edge.imported])
            columns["edge_lines"].append(edge.line)
            columns["edge_scopes"].append(scope_number[edge.scope])
        misses.extend((name_hash(name), i) for name in resolver.misses(path, facts[path].imports))
    columns["edge_rows"].append(len(columns["edge_targets"]))
    misses.sort()
    columns["miss_keys"].extend(key for key, _ in misses)
    columns["miss_paths"].extend(path for _, path in misses)


def _pack_ranks(columns: Mapping[str, array[int]], names: Sequence[str]) -> None:
    for scopes, column in RANKED.items():
        found = ranks(Table(rows_without_ancestors(Table(_rows_in(columns, names, scopes)))))
        columns[column].extend(found.get(name, 0) for name in names)


def _pack_leaving(
    columns: Mapping[str, array[int]], paths: Sequence[str], facts: Mapping[str, Facts], resolver: Resolver
) -> tuple[str, ...]:
    """Packs what leads out of the repository, and the number of lines; returns the names outside, by number."""
    scope_number = {scope: i for i, scope in enumerate(SCOPES)}
    number: dict[str, int] = {}
    for path in paths:
        columns["line_counts"].append(facts[path].lines)
        columns["leaving_rows"].append(len(columns["leaving_targets"]))
        for edge in resolver.leaving(path, facts[path].imports):
            columns["leaving_targets"].append(number.setdefault(edge.imported, len(number)))
            columns["leaving_lines"].append(edge.line)
            columns["leaving_scopes"].append(scope_number[edge.scope])
    columns["leaving_rows"].append(len(columns["leaving_targets"]))
    return tuple(number)


def _pack_units(columns: Mapping[str, array[int]], paths: Sequence[str], facts: Mapping[str, Facts]) -> None:
    holders: dict[int, list[int]] = {}
    exact: dict[int, int] = {}
    unit_number = 0
    for path in paths:
        columns["unit_rows"].append(unit_number)
        for unit in units_of(path, facts[path]):
            columns["unit_starts"].append(unit.entries[0].start)
            for hash_ in unit.keys:
                holders.setdefault(hash_, []).append(unit_number)
            for hash_ in {entry.exact for entry in unit.entries}:
                exact[hash_] = exact.get(hash_, 0) + 1
            unit_number += 1
    columns["unit_rows"].append(unit_number)
    for key in sorted(holders):
        columns["holder_keys"].append(key)
        columns["holder_rows"].append(len(columns["holder_units"]))
        columns["holder_units"].extend(holders[key])
    columns["holder_rows"].append(len(columns["holder_units"]))
    columns["exact_keys"].extend(sorted(exact))
    columns["exact_counts"].extend(exact[key] for key in columns["exact_keys"])
