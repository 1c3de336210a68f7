"""coupling/reversal: a first import against an established direction."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import msgspec

from rules.change import Change
from rules.coupling.edges import WRITTEN, between, fresh_edges, knotted, knows, package_pair, program, starts_program
from rules.graph import DEFERRED
from rules.model import Edge, Finding, Level
from rules.rule import Example, import_finding


class ReversalOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab"):
    """Options of `coupling/reversal`. `weight` imports the other way make a direction established."""

    weight: int = 3


class ReversalRule:
    """A first import against an established direction.

    ## What it does
    Reports the first import from one package to another that already imports it, by at least three pairs of modules.
    Imports for type checkers count among themselves, as information. So does one that annotations alone use, one between
    modules that led to each other before, and one by a program's start, which nobody imports.

    Unless other import lines alone mend it, it is information, too, where nothing hangs on it: one of the two is a
    single module; the other direction stands on fewer than three imports at import time; the import leads to a module
    that imports nothing itself, or to where what it names was moved; or it comes from a module that puts a program
    together (it imports six packages side by side, and at most two modules import it) or that is used from third packages
    alone. So is an import inside a function, unless a move is known that keeps the direction.

    ## Why it matters
    So far one of the two could be understood, tested and replaced without the other. After the first import the
    other way round it cannot, and the second import follows easily.

    ## What to do
    What the finding advises, where one move keeps the direction; it was tried on the graph, see coupling/cycle. Else:
    move what is needed to the lower side, or pass it in from the upper one.

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
        for scopes, level in ((DEFERRED, self.level), (WRITTEN, "info")):
            first: dict[tuple[str, str], Edge] = {}
            for edge in fresh_edges(change, scopes):
                if (pair := package_pair(edge)) is not None:
                    first.setdefault(pair, edge)
            for pair, edge in first.items():
                if pair in told or knows(change.base_graph, *pair, scopes):
                    continue
                back = pair[1], pair[0]
                before, after = between(change.base_graph, *back, scopes), between(change.head.graph, *back, scopes)
                if change.whole and len(between(change.head.graph, *pair, scopes)) < len(after):
                    before = after
                if min(len(before), len(after)) >= options.weight:
                    told.add(pair)
                    yield self._finding(change, edge, level if _matters(change, edge) else "info", *pair, after)

    def _finding(
        self, change: Change, edge: Edge, level: Level, source: str, target: str, other_way: list[Edge]
    ) -> Finding:
        types = knows(change.base_graph, source, target, WRITTEN)
        news = "an import" if change.whole else "first import that runs" if types else "first import"
        quoted = ", ".join(f"{other.path}:{other.line}" for other in other_way[:3])
        return import_finding(
            self.name,
            level,
            f"{news} from `{source}` to `{target}`, which imports `{source}` {len(other_way)} times ({quoted})",
            f"Keep the direction: move what `{edge.importer}` needs down into `{source}`, or let `{target}` pass it in.",
            (edge, *other_way[:3]),
            (source, target),
        )


def _matters(change: Change, edge: Edge) -> bool:
    """Whether an import against a direction ties what was apart."""
    if change.whole:
        return True
    is_start = not change.head.graph.importers(DEFERRED).get(edge.importer) and (
        edge.importer in change.base_graph.modules or bool(program(change, edge.path))
    )
    return not is_start and not starts_program(change, edge) and not knotted(change, [edge])
