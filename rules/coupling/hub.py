"""coupling/hub: a module that a change makes everybody's dependency."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import msgspec

from rules.change import Change, Snapshot
from rules.components import Components
from rules.coupling.edges import fresh_edges
from rules.graph import DEFERRED
from rules.identity import defined
from rules.model import Edge, Finding, Level
from rules.rule import Example, import_finding

_PARTS = ("api", "web", "mail", "jobs", "db")


def _shop(users: tuple[str, ...], settings: str = "debug = False\n") -> dict[str, str]:
    files = {f"shop/{part}/main.py": "" for part in _PARTS}
    files |= {f"shop/{part}/main.py": "from shop.core.settings import debug\n" for part in users}
    return {"shop/__init__.py": "", "shop/core/__init__.py": "", "shop/core/settings.py": settings, **files}


class HubOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab"):
    """Options of `coupling/hub`.

    A module that more than `hub` of the other components import is everybody's; it must have gained at least
    `importers` of them in this change.
    """

    hub: float = 0.3
    importers: int = 3


class HubRule:
    """A module that becomes everybody's dependency.

    ## What it does
    Notes, in the summary only, a module that in the base at most 30 % of the other components imported, and that
    now more of them do, by at least three more in this one change. Only components that existed before count, and
    only what they did not import from elsewhere before: a module that was renamed, moved, split or merged brings its
    importers along, and so does a name that found a new home. A package's `__init__` that only passes names on is no
    dependency of its own.

    ## Why it matters
    What everybody imports can hardly be changed by anybody, and all that it imports itself comes along.

    ## What to do
    Keep it small and let it import nothing that changes, or let the parts that know the answer pass it in.

    ## When to say no
    It never blocks and is never posted as a comment.
    """

    name: ClassVar[str] = "coupling/hub"
    level: ClassVar[Level] = "info"
    summary: ClassVar[str] = "a module that becomes everybody's dependency"
    options: ClassVar[type[msgspec.Struct]] = HubOptions
    examples: ClassVar[tuple[Example, ...]] = (
        Example(
            title="four of five parts read the settings now",
            base=_shop(("api",)),
            head=_shop(("api", "web", "mail", "jobs")),
            findings=(("shop/jobs/main.py", 1),),
        ),
        Example(
            title="everybody imported it before",
            base=_shop(("api", "web")),
            head=_shop(("api", "web", "mail", "jobs", "db")),
        ),
        Example(
            title="what everybody imports has moved",
            base=_shop(("api", "web", "mail", "jobs")),
            head={
                path.replace("core", "base"): text.replace("core", "base")
                for path, text in _shop(("api", "web", "mail", "jobs")).items()
            },
        ),
    )

    def check(self, change: Change, options: HubOptions) -> Iterator[Finding]:
        """One finding for each module."""
        if change.whole:
            return
        found: dict[str, list[Edge]] = {}
        for edge in fresh_edges(change, DEFERRED):
            found.setdefault(edge.imported, []).append(edge)
        crowded = {target: edges for target, edges in found.items() if len(edges) >= options.importers}
        if not crowded:
            return
        components = change.components
        existing = {components.of(module) for module in change.base_graph.modules}
        for target, edges in sorted(crowded.items()):
            others = existing - {components.of(target)}
            before, after = (_importers(change, target, components, head=head) & others for head in (False, True))
            gained = _gained(change, edges, components, after - before)
            enough = options.hub * len(others)
            if len(before) <= enough < len(after) and len(gained) >= options.importers and _is_source(change, target):
                yield import_finding(
                    self.name,
                    self.level,
                    f"`{target}` becomes everybody's dependency: {len(after)} of {len(others)} other components import it "
                    f"now, {len(before)} before",
                    "Keep it small, and what it imports stable: what everybody imports can hardly be changed.",
                    tuple(gained[part] for part in sorted(gained)),
                    (target,),
                )


def _importers(change: Change, target: str, components: Components, *, head: bool) -> set[str]:
    graph = change.head.graph if head else change.base_graph
    name = target if head else change.split.get(target, target)
    return {components.of(importer) for importer in graph.into(name, DEFERRED)}


def _gained(change: Change, edges: list[Edge], components: Components, wanted: set[str]) -> dict[str, Edge]:
    """Component -> its first new import of a module, of what it did not import from elsewhere before."""
    old_paths = {change.moved.get(name, name): path for path, name in change.base.layout.names.items()}
    found: dict[str, Edge] = {}
    for edge in edges:
        part = components.of(edge.importer)
        if part not in wanted or part in found:
            continue
        taken = _taken(change.head, edge.path, edge.imported)
        old = old_paths.get(change.split.get(edge.importer, edge.importer), "")
        if taken and not taken & _taken(change.base, old, ""):
            found[part] = edge
    return found


def _taken(side: Snapshot, path: str, imported: str) -> set[str]:
    """What a file imports from one module, or from any: names, and the last part of the name of a whole module."""
    facts = side.facts.get(path)
    reaches = side.overlay.resolver.names(path, facts.imports) if facts else ()
    return {name or edge.imported.rpartition(".")[2] for edge, name in reaches if imported in ("", edge.imported)}


def _is_source(change: Change, target: str) -> bool:
    """Whether a module defines something itself, and does not only pass on what others define."""
    path = change.head.graph.modules[target]
    return not path.endswith("__init__.py") or bool(defined(change.head.facts.get(path)))
