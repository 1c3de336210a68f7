"""coupling/cycle: a change closes an import cycle."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import msgspec
from msgspec.structs import replace

from rules.change import Change
from rules.coupling.edges import NoOptions, arrows, fresh_edges, knotted, starts_program
from rules.coupling.parts import PartCycle, part_cycles
from rules.graph import DEFERRED, RUNTIME, Scopes
from rules.model import Edge, Finding, Level
from rules.rule import Example, import_finding


class CycleRule:
    """A new import cycle.

    ## What it does
    Reports an import that the change adds and that closes a cycle between modules, or between components, which the
    base did not have. Imports that run at import time count first; then those inside functions, where the cycle has
    two modules (as a warning) or three (as information). One finding for each cycle, with the shortest way back.

    It is an error or a warning where a move is known for certain that takes the cycle away, and else only where two
    modules import each other at import time. The rest is information, and so is what the base leads one to expect:

    - all new imports join modules that led to each other before, function-level imports counted: the knot was there;
    - the importer and another module of the cycle led to each other at import time before, counting the packages that
      Python runs on the way to a module;
    - one of two modules is tied like this to two others beside the other one (backends and plug-ins are loaded so by
      design), or to three anywhere by imports inside its functions;
    - an import inside a function closes it, and the two packages import each other already, or modules of the same
      names do so in two other packages (a `models` and a `utils` in each);
    - an import inside a function came along with its function or class, out of a module that it tied likewise.

    Of the second to fourth it is told all the same where other import lines alone mend it. Where modules stay free of
    cycles and two packages do not (a module of one imports the other, and another module of that one the first, both at
    import time) it is a warning if a move is known, and no two pairs of packages beside them import each other as it is;
    else information.

    Imports for type checkers alone never run, and names in strings name no module for sure: they close no cycle,
    neither as the new import nor on the way back. To import what is only needed for types under `TYPE_CHECKING` is
    the way out of a cycle; it is not told, not even as information.

    An import of the package that the importer lies in is no part of a cycle: Python has imported it already. What
    stands under `if __name__ == "__main__":` closes none: nobody runs it who imports the module.

    ## Why it matters
    Modules in a cycle can only be understood, tested and moved together, and whether they can be imported at all
    depends on who is imported first.

    ## What to do
    What the finding advises: a move that was tried on the graph of the head, and after which this cycle is gone and no
    rule about imports has more to say. It is the first of these that holds: import names that only annotations use
    under `TYPE_CHECKING`; import names from where they come from, as far as that is public; move them to a module of
    their own, with what they need; move the functions that use them to a module of their own, where nothing else of
    their module needs them; do without the weakest link, where it stands on three names at most. It is searched
    for the ten worst findings of a review. Where none holds: move what both need to a module of its own, or turn the
    weaker direction round by passing the thing in as an argument.

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
            title="the name may be imported from its home",
            base={
                "shop/money.py": "def parse(text):\n    return int(text)\n",
                "shop/orders.py": "from shop.money import parse\nfrom shop.prices import p\n",
                "shop/prices.py": "p = 1\n",
            },
            head={
                "shop/money.py": "def parse(text):\n    return int(text)\n",
                "shop/orders.py": "from shop.money import parse\nfrom shop.prices import p\n",
                "shop/prices.py": "from shop.orders import parse\n\np = parse('1')\n",
            },
            findings=(("shop/prices.py", 1),),
        ),
        Example(
            title="the way back is for type checkers",
            base={
                "shop/orders.py": "if TYPE_CHECKING:\n    from shop.prices import Price\n",
                "shop/prices.py": "class Price: ...\n",
            },
            head={
                "shop/orders.py": "if TYPE_CHECKING:\n    from shop.prices import Price\n",
                "shop/prices.py": "from shop import orders\n\n\nclass Price: ...\n",
            },
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
        if not change.whole:
            cycles = list(part_cycles(change))
            knots = knotted(change, [cycle.new for cycle in cycles])
            yield from (_part_finding(change, cycle) for cycle in cycles if cycle.new not in knots)


SHORT, MUTUAL = 3, 2
"""A cycle that some function-level import closes is a warning if it has two modules and information if it has three;
in longer ones everything is connected with everything, and one more module does not matter."""

BETWEEN_PARTS = 0.9
"""Where it is told that an established direction turns, that comes first."""


def _merged(change: Change, scopes: Scopes, level: Level) -> Iterator[tuple[Finding, frozenset[str]]]:
    """A finding and the modules of each cycle in these scopes that a new edge makes out of what was apart."""
    base, head = change.cycle_graphs
    existing, split = base.modules, change.split
    new = [
        edge
        for edge in fresh_edges(change, scopes)
        if (edge.importer in existing or edge.imported in existing) and edge.imported in head.out(edge.importer, scopes)
    ]
    after = head.cycles(scopes)
    inside = [e for e in new if e.imported in after.get(e.importer, ()) and not starts_program(change, e)]
    before = base.cycles(scopes)
    closing: dict[frozenset[str], list[Edge]] = {}
    for edge in inside:
        importer, imported = split.get(edge.importer, edge.importer), split.get(edge.imported, edge.imported)
        if importer != imported and imported not in before.get(importer, ()):
            closing.setdefault(after[edge.importer], []).append(edge)
    knots = knotted(change, [edge for edges in closing.values() for edge in edges])
    for members, edges in closing.items():
        ways = [(edge, head.shortest_path(edge.imported, edge.importer, scopes) or ()) for edge in edges]
        edge, way = min(ways, key=lambda item: (len(item[1]), item[0]))
        if scopes == RUNTIME or len(way) < SHORT or change.whole:
            spoken = len(way) < MUTUAL or (scopes == RUNTIME and not knots.issuperset(edges))
            yield _cycle_finding(change, edge, way, level if spoken else "info"), members


def _cycle_finding(change: Change, edge: Edge, way: tuple[Edge, ...], level: Level) -> Finding:
    kind = " inside a function" if edge.scope == "lazy" else ""
    return import_finding(
        CycleRule.name,
        level,
        f"`{edge.importer}` {change.imports} `{edge.imported}`{kind}, which leads back to it: {arrows(edge, way)}",
        f"Move what `{edge.importer}` needs from `{edge.imported}` to a module that imports neither, or pass it in as an argument.",
        (edge, *way),
        (edge.importer, edge.imported),
    )


def _part_finding(change: Change, cycle: PartCycle) -> Finding:
    new, back = cycle.new, cycle.back
    finding = import_finding(
        CycleRule.name,
        "warning",
        f"`{new.importer}` {change.imports} `{new.imported}`, which ties `{cycle.source}` and `{cycle.target}` into a cycle: "
        f"`{back.importer}` imports `{back.imported}`",
        f"Keep one of the two directions: move what `{new.importer}` needs down into `{cycle.source}`, or pass it in.",
        (new, back),
        (new.importer, new.imported),
    )
    return replace(finding, confidence=BETWEEN_PARTS)
