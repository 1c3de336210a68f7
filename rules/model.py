"""The values that rules take and give: frozen, typed, free of paths to the outside world.

Lines are 1-based and inclusive everywhere; a `path` is relative to the repository's root with forward slashes.
"""

from __future__ import annotations

from typing import Literal

import msgspec

Scope = Literal["import", "lazy", "typing", "string"]
"""When an import runs: at import time, inside a function, only for type checkers, or through a name in a string."""

Mention = Literal["", "path", "label", "app"]
"""How an import names what it needs: as a statement does, as a dotted path in a string, as `"app.Model"` by the label of
a Django app; `app` declares such a label and needs nothing."""

Level = Literal["error", "warning", "info"]

LEVELS: tuple[Level, ...] = ("error", "warning", "info")
SCOPES: tuple[Scope, ...] = ("import", "lazy", "typing", "string")


class Import(msgspec.Struct, frozen=True, array_like=True):
    """One imported name as written: `from ..a import b` is `("a", 2, "b", …)`, `import a.b` is `("a.b", 0, "", …)`.

    `name` is empty for a plain `import` and `*` for a star import; `level` counts the leading dots.

    A string that may name something of this repository has a `mention`: `"shop.mail.send"` is `("shop.mail", 0, "send",
    …, "path")`, and `("shop.urls", 0, "", …, "path")` is a module and nothing in it; `ForeignKey("shop.Order")` is
    `("shop", 0, "Order", …, "label")`; an `AppConfig` is `("shop.orders", 0, <label>, …, "app")`.
    """

    module: str
    level: int
    name: str
    line: int
    scope: Scope
    mention: Mention = ""


class Definition(msgspec.Struct, frozen=True, array_like=True):
    """A function or class: `name` is qualified inside its file (`Class.method`), `start` is its first decorator's line.

    `body` is the first line of the body, `traits` are words such as `async`, `overload`, `abstract`, `property`, `stub`.
    """

    name: str
    kind: Literal["function", "class"]
    start: int
    line: int
    body: int
    end: int
    parameters: tuple[str, ...]
    bases: tuple[str, ...]
    traits: tuple[str, ...]


class Suppression(msgspec.Struct, frozen=True, array_like=True):
    """`# partywall: ignore[rules] reason` on `line`; a whole-line comment speaks for the next line of code too."""

    line: int
    rules: tuple[str, ...]
    reason: str
    alone: bool


class Assignment(msgspec.Struct, frozen=True, array_like=True):
    """A name bound at module level by an assignment."""

    name: str
    line: int


class Statements(msgspec.Struct, frozen=True, array_like=True):
    """The statements of a file in source order, as columns of equal length packed in native byte order.

    A long statement stands as several entries, its frame and its elements; what every program repeats is left out.
    `blind` (uint64) hashes the entry with local names and literals blanked, callees, attributes, keyword names and
    globals kept; `exact` (uint64) hashes its text without white space. `starts` and `ends` (uint32) are lines,
    `words` (uint16) counts names, literals and keywords, `owners` (uint16) is an index into the definitions plus
    one, 0 at module level, `kinds` (uint8) tells a statement or its frame (0) from an element of one (1) and from a
    line of a long string (2).
    """

    blind: bytes
    exact: bytes
    starts: bytes
    ends: bytes
    words: bytes
    owners: bytes
    kinds: bytes


class Features(msgspec.Struct, frozen=True, array_like=True):
    """What the functions of a file mention, and how they branch; see `rules.features`.

    `hashes` (uint64) and `owners` (uint16, as in `Statements`) are parallel, each pair stands once. `shapes` are
    eight counts (uint8) for each definition in order.
    """

    hashes: bytes
    owners: bytes
    shapes: bytes


class Facts(msgspec.Struct, frozen=True, array_like=True):
    """What one blob says, whatever its path: a pure function of its bytes.

    `problem` says why some or all of it could not be read; what could be read is there all the same.
    `exports` is `__all__` where it is a literal, `nesting` the deepest syntactic nesting.
    """

    lines: int
    imports: tuple[Import, ...]
    definitions: tuple[Definition, ...]
    statements: Statements
    features: Features
    suppressions: tuple[Suppression, ...]
    assignments: tuple[Assignment, ...]
    exports: tuple[str, ...] | None
    generated: bool
    nesting: int
    problem: str


class Edge(msgspec.Struct, frozen=True, order=True):
    """A dependency between two modules of the repository, at the line of `path` that makes it."""

    importer: str
    imported: str
    path: str
    line: int
    scope: Scope


class Hunk(msgspec.Struct, frozen=True, array_like=True):
    """A run of changed lines: `head_count` lines from `head_start` stand where `base_count` from `base_start` stood.

    A count of 0 means nothing stands there on that side; its start is then the line before.
    """

    base_start: int
    base_count: int
    head_start: int
    head_count: int


class Place(msgspec.Struct, frozen=True):
    """Lines of a file in the head tree, and the definition they stand in ('' at module level)."""

    path: str
    start_line: int
    end_line: int
    symbol: str


class Quote(msgspec.Struct, frozen=True):
    """Some lines of the head tree, quoted as evidence."""

    path: str
    start_line: int
    lines: tuple[str, ...]


class Suggestion(msgspec.Struct, frozen=True):
    """An edit that takes the finding away: `lines` instead of the lines from `start_line` to `end_line` of `path`.

    `import_line` must be added to the file's imports, '' if there is nothing to add.
    """

    path: str
    start_line: int
    end_line: int
    lines: tuple[str, ...]
    import_line: str


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One thing worth saying about a change. Lines are in the head tree.

    `key` is what the finding means, in names that survive moved lines: the id is made of it. `message` is one
    sentence naming both places, `advice` the way out, `confidence` in [0, 1], `quotes` the evidence to show,
    `suggestion` an edit that a person can apply as it is.
    """

    id: str = ""
    rule: str
    level: Level
    path: str
    start_line: int
    end_line: int
    symbol: str = ""
    message: str
    advice: str = ""
    confidence: float = 1.0
    related: tuple[Place, ...] = ()
    edges: tuple[Edge, ...] = ()
    key: tuple[str, ...] = ()
    quotes: tuple[Quote, ...] = ()
    suggestion: Suggestion | None = None

    @property
    def place(self) -> Place:
        """Where it stands."""
        return Place(self.path, self.start_line, self.end_line, self.symbol)


class Skipped(msgspec.Struct, frozen=True, order=True):
    """A file that could not be read, or not wholly, and why."""

    path: str
    reason: str


class Link(msgspec.Struct, frozen=True, order=True):
    """Imports that a change adds and removes between two components, counted in pairs of modules."""

    importer: str
    imported: str
    added: int
    removed: int


class Stats(msgspec.Struct, frozen=True):
    """What a review looked at. `cached` counts the files whose facts were known, `seconds` is wall time."""

    files: int = 0
    modules: int = 0
    edges: int = 0
    changed_files: int = 0
    cached: int = 0
    seconds: float = 0.0


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """The outcome of a review. `notes` are sentences about how it was done that a reader should know.

    `links` are the components that the change ties closer together or parts.
    """

    version: int = 1
    base: str
    head: str
    findings: tuple[Finding, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    notes: tuple[str, ...] = ()
    links: tuple[Link, ...] = ()
    stats: Stats = Stats()
