"""coupling/first-edge: the first dependency between two components."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import msgspec

from rules.change import Change
from rules.components import Components
from rules.coupling.edges import VERBS, fresh_edges
from rules.graph import Graph
from rules.model import SCOPES, Finding, Level
from rules.rows import neighbours
from rules.rule import Example, import_finding


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
        new = fresh_edges(change, SCOPES)
        if not new or change.whole:
            return
        components = change.components
        existing = {components.of(module) for module in change.base_graph.modules}
        told, users = set[tuple[str, str]](), dict[str, set[str]]()
        for edge in new:
            pair = components.of(edge.importer), components.of(edge.imported)
            source, target = pair
            if source == target or pair in told or not existing.issuperset(pair):
                continue
            if target not in users:
                users[target] = _users(change.base_graph, components, target)
            if source not in users[target] and len(users[target]) <= options.hub * max(1, len(existing) - 1):
                told.add(pair)
                yield import_finding(
                    self.name,
                    self.level,
                    f"first dependency of `{source}` on `{target}`: `{edge.importer}` {VERBS[edge.scope]} `{edge.imported}`",
                    "",
                    (edge,),
                    pair,
                )


def _users(graph: Graph, components: Components, target: str) -> set[str]:
    """The other components that import one."""
    inside = (module for module in graph.below(target) if components.of(module) == target)
    found = set(map(components.of, neighbours(inside, graph.importers(SCOPES))))
    return found - {target}
