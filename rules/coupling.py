"""Coupling: a change closes a cycle, hides one, turns a direction round, or connects two parts for the first time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import msgspec

from rules.change import Change
from rules.components import ComponentGraph, find_components
from rules.graph import DEFERRED, RUNTIME, Graph, Scopes, shared_parts
from rules.model import SCOPES, Edge, Finding, Level
from rules.rule import Example, import_finding


class NoOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """This rule has no options."""


class CycleRule:
    """A new import cycle.

    ## What it does
    Reports an import that the change adds and that closes a cycle between modules, or between components, which the
    base did not have. Imports that run at import time count first; then those inside functions, where the cycle has
    two modules (as a warning) or three (as information). One finding for each cycle, with the shortest way back.
    Imports for type checkers alone never run and close no cycle.

    An import of the package that the importer lies in is no part of a cycle: Python has imported it already.

    ## Why it matters
    Modules in a cycle can only be understood, tested and moved together, and whether they can be imported at all
    depends on who is imported first.

    ## What to do
    Move the names that both need to a module of their own, or turn the weaker direction round by passing the thing
    in as an argument.

    ## When to say no
    Where two modules are one thing in two files: `# partywall: ignore[coupling/cycle] reason`.
    """

    name: ClassVar[str] = "coupling/cycle"
    level: ClassVar[Level] = "error"
    summary: ClassVar[str] = "a new import that closes a cycle"
    options: ClassVar[type[msgspec.Struct]] = NoOptions
    examples: ClassVar[tuple[Example, ...]] = (
        Example(
            title="two modules import each other",
            base={"shop/orders.py": "from shop import prices\n", "shop/prices.py": "p = 1\n"},
            head={
                "shop/orders.py": "from shop import prices\n",
                "shop/prices.py": "from shop import orders\n\np = 1\n",
            },
            findings=(("shop/prices.py", 1),),
        ),
        Example(
            title="a cycle that the base had already",
            base={
                "shop/orders.py": "from shop import prices\n",
                "shop/prices.py": "from shop import orders\n",
                "shop/tax.py": "",
            },
            head={
                "shop/orders.py": "from shop import prices, tax\n",
                "shop/prices.py": "from shop import orders\n",
                "shop/tax.py": "",
            },
        ),
    )

    def check(self, change: Change, _options: NoOptions) -> Iterator[Finding]:
        """One finding for each strongly connected component that the change creates or enlarges."""
        told = set[str]()
        for scopes, level in ((RUNTIME, self.level), (DEFERRED, "warning")):
            for finding, members in _merged(change, scopes, level):
                if not told.intersection(members):
                    yield finding
                told.update(members)


SHORT, MUTUAL = 3, 2
"""A cycle that some function-level import closes is a warning if it has two modules and information if it has three;
in longer ones everything is connected with everything, and one more module does not matter."""


def _merged(change: Change, scopes: Scopes, level: Level) -> Iterator[tuple[Finding, frozenset[str]]]:
    """A finding and the modules of each cycle in these scopes that a new edge makes out of what was apart."""
    base, head = change.cycle_graphs
    existing, split = base.modules, change.split
    new = [
        edge
        for edge in change.new_edges(scopes)
        if (edge.importer in existing or edge.imported in existing) and edge.imported in head.out(edge.importer, scopes)
    ]
    after = head.cycles((edge.imported for edge in new), scopes)
    inside = [edge for edge in new if edge.imported in after.get(edge.importer, ())]
    before = base.cycles((split.get(edge.importer, edge.importer) for edge in inside), scopes)
    closing: dict[frozenset[str], list[Edge]] = {}
    for edge in inside:
        importer, imported = split.get(edge.importer, edge.importer), split.get(edge.imported, edge.imported)
        if importer != imported and imported not in before.get(importer, ()):
            closing.setdefault(after[edge.importer], []).append(edge)
    for members, edges in closing.items():
        ways = [(edge, head.shortest_path(edge.imported, edge.importer, scopes) or ()) for edge in edges]
        edge, way = min(ways, key=lambda item: (len(item[1]), item[0]))
        if scopes == RUNTIME or len(way) < SHORT or change.whole:
            yield (
                _cycle_finding(change, edge, way, level if scopes == RUNTIME or len(way) < MUTUAL else "info"),
                members,
            )


def _cycle_finding(change: Change, edge: Edge, way: tuple[Edge, ...], level: Level) -> Finding:
    kind = " inside a function" if edge.scope == "lazy" else ""
    return import_finding(
        CycleRule.name,
        level,
        f"`{edge.importer}` {change.imports} `{edge.imported}`{kind}, which leads back to it: {_arrows(edge, way)}",
        f"Move what `{edge.importer}` needs from `{edge.imported}` to a module that imports neither, or pass it in as an argument.",
        (edge, *way),
        (edge.importer, edge.imported),
    )


def _arrows(edge: Edge, way: tuple[Edge, ...]) -> str:
    return " → ".join([edge.imported, *(step.imported for step in way)])


class HiddenCycleRule:
    """A cycle hidden inside a function.

    ## What it does
    Reports an import that the change adds inside a function and whose target reaches the importer at import time.

    ## Why it matters
    The import stands in the function because at the top of the file it would fail. The cycle is there all the same:
    it only shows later, in another place, to somebody else.

    ## What to do
    Move what is needed to a module that neither side imports at import time, or let the caller pass it in.

    ## When to say no
    For plug-in registries that must know their plug-ins: `# partywall: ignore[coupling/hidden-cycle] reason`.
    """

    name: ClassVar[str] = "coupling/hidden-cycle"
    level: ClassVar[Level] = "error"
    summary: ClassVar[str] = "a new import inside a function that hides a cycle"
    options: ClassVar[type[msgspec.Struct]] = NoOptions
    examples: ClassVar[tuple[Example, ...]] = (
        Example(
            title="the way back is taken inside a function",
            base={"shop/orders.py": "from shop import prices\n", "shop/prices.py": "p = 1\n"},
            head={
                "shop/orders.py": "from shop import prices\n",
                "shop/prices.py": "def total():\n    from shop import orders\n\n    return orders\n",
            },
            findings=(("shop/prices.py", 2),),
        ),
        Example(
            title="a lazy import of a module that does not lead back",
            base={"shop/orders.py": "o = 1\n", "shop/prices.py": "p = 1\n"},
            head={
                "shop/orders.py": "o = 1\n",
                "shop/prices.py": "def total():\n    from shop import orders\n\n    return orders\n",
            },
        ),
    )

    def check(self, change: Change, _options: NoOptions) -> Iterator[Finding]:
        """One finding for each existing module that hides cycles with others."""
        base, head = change.cycle_graphs
        hidden: dict[str, list[tuple[Edge, tuple[Edge, ...]]]] = {}
        for edge in change.new_edges(DEFERRED):
            known = edge.importer in base.modules and edge.imported in base.modules
            if known and edge.scope == "lazy" and edge.imported in head.out(edge.importer, DEFERRED):
                way = head.shortest_path(edge.imported, edge.importer, RUNTIME)
                if way:
                    hidden.setdefault(edge.importer, []).append((edge, way))
        for found in hidden.values():
            edge, way = min(found, key=lambda item: (len(item[1]), item[0]))
            more = f"; {len(found) - 1} more like it" if len(found) > 1 else ""
            yield import_finding(
                self.name,
                self.level,
                f"`{edge.importer}` {change.imports} `{edge.imported}` inside a function, which hides the cycle {_arrows(edge, way)}{more}",
                f"Move what both need to a module that imports neither, or pass it to `{edge.importer}` as an argument.",
                (edge, *way, *(other for other, _ in found if other != edge)),
                (edge.importer, edge.imported),
            )


class ReversalOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab"):
    """Options of `coupling/reversal`. `weight` imports the other way make a direction established."""

    weight: int = 3


class ReversalRule:
    """A first import against an established direction.

    ## What it does
    Reports the first import from one package to another that already imports it, by at least three pairs of modules.

    ## Why it matters
    So far one of the two could be understood, tested and replaced without the other. After the first import the
    other way round it cannot, and the second import follows easily.

    ## What to do
    Keep the direction: move what is needed to the lower side, or pass it in from the upper one.

    ## When to say no
    When the direction is meant to turn: `# partywall: ignore[coupling/reversal] reason`.
    """

    name: ClassVar[str] = "coupling/reversal"
    level: ClassVar[Level] = "warning"
    summary: ClassVar[str] = "a first import against an established direction"
    options: ClassVar[type[msgspec.Struct]] = ReversalOptions
    examples: ClassVar[tuple[Example, ...]] = (
        Example(
            title="the lower package imports the upper one",
            base={
                "shop/__init__.py": "",
                **{f"shop/web/v{i}.py": "from shop.core import prices\n" for i in range(3)},
                "shop/core/prices.py": "p = 1\n",
                "shop/mail/send.py": "",
            },
            head={
                "shop/__init__.py": "",
                **{f"shop/web/v{i}.py": "from shop.core import prices\n" for i in range(3)},
                "shop/core/prices.py": "p = 1\n",
                "shop/core/tax.py": "from shop.web import v1\n",
                "shop/mail/send.py": "",
            },
            findings=(("shop/core/tax.py", 1),),
        ),
        Example(
            title="one import is no established direction",
            base={
                "shop/__init__.py": "",
                "shop/web/v.py": "from shop.core import p\n",
                "shop/core/p.py": "",
                "shop/mail/s.py": "",
            },
            head={
                "shop/__init__.py": "",
                "shop/web/v.py": "from shop.core import p\n",
                "shop/core/p.py": "",
                "shop/core/tax.py": "from shop.web import v\n",
                "shop/mail/s.py": "",
            },
        ),
    )

    def check(self, change: Change, options: ReversalOptions) -> Iterator[Finding]:
        """One finding for each pair of packages."""
        told = set[tuple[str, str]]()
        for scopes, level in ((DEFERRED, self.level), (SCOPES, "info")):
            first: dict[tuple[str, str], Edge] = {}
            for edge in change.new_edges(scopes):
                if (between := _package_pair(edge)) is not None:
                    first.setdefault(between, edge)
            for pair, edge in first.items():
                if pair in told or _between(change.base_graph, *pair, scopes):
                    continue
                back = pair[1], pair[0]
                before, after = _between(change.base_graph, *back, scopes), _between(change.head.graph, *back, scopes)
                if change.whole and len(_between(change.head.graph, *pair, scopes)) < len(after):
                    before = after
                if min(len(before), len(after)) >= options.weight:
                    told.add(pair)
                    yield self._finding(change, edge, level, *pair, after)

    def _finding(
        self, change: Change, edge: Edge, level: Level, source: str, target: str, other_way: list[Edge]
    ) -> Finding:
        news = "an" if change.whole else "first"
        quoted = ", ".join(f"{other.path}:{other.line}" for other in other_way[:3])
        return import_finding(
            self.name,
            level,
            f"{news} import from `{source}` to `{target}`, which imports `{source}` {len(other_way)} times ({quoted})",
            f"Keep the direction: move what `{edge.importer}` needs down into `{source}`, or let `{target}` pass it in.",
            (edge, *other_way[:3]),
            (source, target),
        )


def _package_pair(edge: Edge) -> tuple[str, str] | None:
    """The two packages at the level where the names of importer and imported part; None where one contains the other."""
    one, other = edge.importer.split("."), edge.imported.split(".")
    apart = shared_parts(edge.importer, edge.imported) + 1
    return (".".join(one[:apart]), ".".join(other[:apart])) if apart <= min(len(one), len(other)) else None


def _between(graph: Graph, source: str, target: str, scopes: Scopes) -> list[Edge]:
    """One edge for each pair of modules that connects the first package to the second."""
    return [
        edge
        for importer in graph.below(source)
        for imported, edge in graph.out(importer, scopes).items()
        if imported == target or imported.startswith(target + ".")
    ]


class FirstEdgeOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab"):
    """Options of `coupling/first-edge`. A component that more than `hub` of the others import is everybody's."""

    hub: float = 0.3


class FirstEdgeRule:
    """The first dependency between two components.

    ## What it does
    Notes, in the summary only, the first import from one existing component to another one that is no hub.

    ## Why it matters
    New coupling stays: of 126 new dependencies between packages that were followed up, 98 were still there. The
    moment to think about it is before it exists.

    ## What to do
    Nothing, if it was meant.

    ## When to say no
    It never blocks and is never posted as a comment.
    """

    name: ClassVar[str] = "coupling/first-edge"
    level: ClassVar[Level] = "info"
    summary: ClassVar[str] = "the first dependency between two components"
    options: ClassVar[type[msgspec.Struct]] = FirstEdgeOptions
    examples: ClassVar[tuple[Example, ...]] = (
        Example(
            title="mail learns about prices",
            base={
                "shop/__init__.py": "",
                "shop/core/prices.py": "p = 1\n",
                "shop/mail/send.py": "",
                "shop/web/views.py": "",
                "shop/db/rows.py": "",
            },
            head={
                "shop/__init__.py": "",
                "shop/core/prices.py": "p = 1\n",
                "shop/mail/send.py": "from shop.core import prices\n",
                "shop/web/views.py": "",
                "shop/db/rows.py": "",
            },
            findings=(("shop/mail/send.py", 1),),
        ),
        Example(
            title="a new component may need what it needs",
            base={
                "shop/__init__.py": "",
                "shop/core/prices.py": "p = 1\n",
                "shop/web/views.py": "",
                "shop/db/rows.py": "",
            },
            head={
                "shop/__init__.py": "",
                "shop/core/prices.py": "p = 1\n",
                "shop/mail/send.py": "from shop.core import prices\n",
                "shop/web/views.py": "",
                "shop/db/rows.py": "",
            },
        ),
    )

    def check(self, change: Change, options: FirstEdgeOptions) -> Iterator[Finding]:
        """One finding for each pair of components."""
        new = change.new_edges(SCOPES)
        if not new or change.whole:
            return
        components = find_components(change.base_graph.modules)
        before = ComponentGraph(change.base_graph, components, SCOPES)
        existing = {components.of(module) for module in change.base_graph.modules}
        told = set[tuple[str, str]]()
        for edge in new:
            pair = components.of(edge.importer), components.of(edge.imported)
            source, target = pair
            if (
                source == target
                or pair in told
                or not existing.issuperset(pair)
                or target in before.weights.get(source, {})
            ):
                continue
            if before.importers(target) <= options.hub * max(1, len(existing) - 1):
                told.add(pair)
                yield import_finding(
                    self.name,
                    self.level,
                    f"first dependency of `{source}` on `{target}`: `{edge.importer}` imports `{edge.imported}`",
                    "",
                    (edge,),
                    pair,
                )
