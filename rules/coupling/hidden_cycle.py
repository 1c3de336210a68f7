"""coupling/hidden-cycle: an import inside a function hides an import cycle."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import msgspec

from rules.change import Change
from rules.coupling.edges import NoOptions, arrows, fresh_edges, knotted, starts_program
from rules.graph import DEFERRED, RUNTIME
from rules.model import Edge, Finding, Level
from rules.rule import Example, import_finding


class HiddenCycleRule:
    """A cycle hidden inside a function.

    ## What it does
    Reports an import that the change adds inside a function and whose target reaches the importer at import time,
    unless the two lay in one import-time cycle before. It is information where no move is certain that takes it away,
    and where the base leads one to expect it; see coupling/cycle.

    ## Why it matters
    The import stands in the function because at the top of the file it would fail. The cycle is there all the same:
    it only shows later, in another place, to somebody else.

    ## What to do
    What the finding advises, which was tried on the graph; see coupling/cycle. Where nothing holds: move what is needed
    to a module that neither side imports at import time, or let the caller pass it in.

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
        new = [
            edge
            for edge in fresh_edges(change, DEFERRED)
            if edge.scope == "lazy"
            and edge.importer in base.modules
            and edge.imported in base.modules
            and edge.imported in head.out(edge.importer, DEFERRED)
        ]
        ways = {
            edge: way
            for edge in new
            if (way := head.shortest_path(edge.imported, edge.importer, RUNTIME)) and not starts_program(change, edge)
        }
        before = base.cycles(RUNTIME)
        hidden: dict[str, list[tuple[Edge, tuple[Edge, ...]]]] = {}
        for edge, way in ways.items():
            if edge.imported not in before.get(edge.importer, ()):
                hidden.setdefault(edge.importer, []).append((edge, way))
        knots = knotted(change, ways)
        for found in hidden.values():
            edge, way = min(found, key=lambda item: (len(item[1]) > 1 and item[0] in knots, len(item[1]), item[0]))
            more = f"; {len(found) - 1} more like it" if len(found) > 1 else ""
            yield import_finding(
                self.name,
                "info" if len(way) > 1 and edge in knots else self.level,
                f"`{edge.importer}` {change.imports} `{edge.imported}` inside a function, which hides the cycle {arrows(edge, way)}{more}",
                f"Move what both need to a module that imports neither, or pass it to `{edge.importer}` as an argument.",
                (edge, *way, *(other for other, _ in found if other != edge)),
                (edge.importer, edge.imported),
            )
