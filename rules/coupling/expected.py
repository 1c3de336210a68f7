"""What makes a new cycle, or a turned direction, no news: the base is made so already, or nothing hangs on it."""

from __future__ import annotations

from collections.abc import Sequence

from rules.change import Change
from rules.coupling.edges import between, knows, package_pair, packages_on_the_way
from rules.graph import DEFERRED, RUNTIME, Graph, shared_parts
from rules.model import Edge
from rules.rows import LazyRows, Rows, flooded

ROOT_PARTS, ROOT_IMPORTERS = 6, 2
"""A module that imports so many packages side by side, and that no more modules import, puts a program together."""

ESTABLISHED = 2
"""So many pairs like it, of modules or packages, make one more no news."""

FIRM = 3
"""A direction stands on so many imports at import time."""

HABIT = 3
"""A module that is tied to so many others, wherever they lie, imports inside its functions by habit."""


def is_expected(change: Change, cycle: Sequence[Edge], run: Rows) -> bool:
    """Whether a cycle, the new edge first, only adds to what the base has. run: see `what_runs`, of the base.

    Two modules: where one of them is tied to several beside the other already. Else: where the importer and another
    module of the cycle led to each other at import time, counting the packages that Python runs on the way to a module.
    Any that an import inside a function closes: where their packages import each other already, or where modules of
    the same names import each other like this in other packages.
    """
    base, split, new = change.cycle_graphs[0], change.split, cycle[0]
    importer, imported = split.get(new.importer, new.importer), split.get(new.imported, new.imported)
    if any(edge.scope == "lazy" for edge in cycle) and (_is_between_tied(base, new) or _is_usual(base, new)):
        return True
    if len(cycle) == 2:
        return _is_one_of_several(base, *cycle) or any(
            imported in packages_on_the_way(base, importer, name) for name in base.targets(RUNTIME)[importer]
        )
    led_to = flooded([importer], run).intersection((imported, *(edge.imported for edge in cycle[:-1]))) - {importer}
    return any(importer in flooded([name], run) for name in led_to)


def came_along(change: Change, edge: Edge) -> bool:
    """Whether a function-level import came with its function or class from a module that it tied into a cycle as well."""
    if edge.scope != "lazy":
        return False
    facts, base = change.facts(edge.path), change.base_graph
    imported = change.split.get(edge.imported, edge.imported)
    around = (
        {d.name for d in facts.definitions if d.start <= edge.line <= d.end and "." not in d.name} if facts else set()
    )
    return any(
        around & names
        and imported in base.out(old, DEFERRED)
        and base.shortest_path(imported, old, DEFERRED) is not None
        for old, names in change.lost.items()
    )


def is_harmless(change: Change, edge: Edge, source: str, target: str) -> bool:
    """Whether nothing hangs on an import against a direction, from one package to another.

    One of the two is a single module, which may lie between the layers of the other; or the direction stands on
    imports inside functions. The import leads to a module that imports nothing itself, or to where what it names was
    moved. Or the import comes from a module that puts a program together, which imports many packages and hardly anybody
    imports, or that is used from third packages alone.
    """
    if _follows(change, edge):
        return True
    head = change.head.graph
    rows, users = head.targets(DEFERRED), head.importers(DEFERRED).get(edge.importer, ())
    if any(sum(1 for _ in head.below(part)) == 1 for part in (source, target)) or not rows[edge.imported]:
        return True
    if len(between(head, target, source, RUNTIME)) < FIRM:
        return True
    if users and not any(f"{user}.".startswith((f"{source}.", f"{target}.")) for user in users):
        return True
    above = f"{source.rpartition('.')[0]}.".lstrip(".")
    parts = {name[len(above) :].partition(".")[0] for name in rows[edge.importer] if name.startswith(above)}
    return len(users) <= ROOT_IMPORTERS and len(parts) >= ROOT_PARTS


def _follows(change: Change, edge: Edge) -> bool:
    """Whether a module imports from elsewhere what it defined itself before."""
    facts = change.facts(edge.path)
    names = {item.name for item in facts.imports if item.line == edge.line} if facts is not None else set[str]()
    return bool(names) and names.issubset(change.lost.get(edge.importer, ()))


def _is_one_of_several(base: Graph, new: Edge, back: Edge) -> bool:
    """Whether one of two modules is tied like this to several beside the other: backends and plug-ins are made so.

    Where both import at import time, so must those.
    """
    rows = base.targets(RUNTIME if new.scope == back.scope == "import" else DEFERRED)
    for hub, other in ((new.importer, new.imported), (new.imported, new.importer)):
        if sum(_beside(name, other) and hub in rows[name] for name in rows[hub]) >= ESTABLISHED:
            return True
    return new.scope == "lazy" and sum(new.importer in rows[name] for name in rows[new.importer]) >= HABIT


def _is_between_tied(base: Graph, new: Edge) -> bool:
    """Whether the packages that an import connects import each other already."""
    pair = package_pair(new)
    return pair is not None and knows(base, *pair, DEFERRED) and knows(base, *pair[::-1], DEFERRED)


def _is_usual(base: Graph, new: Edge) -> bool:
    """Whether an import stands in several other packages as well, between modules of the same names."""
    above = shared_parts(new.importer, new.imported)
    importer, imported = (".".join(name.split(".")[above:]) for name in (new.importer, new.imported))
    rows = base.targets(DEFERRED)
    found = (
        name != new.importer and f"{name.removesuffix(importer)}{imported}" in rows[name]
        for name in base.modules
        if name.endswith(f".{importer}")
    )
    return sum(found) >= ESTABLISHED


def _beside(one: str, other: str) -> bool:
    return one != other and one.rpartition(".")[0] == other.rpartition(".")[0] != ""


def what_runs(graph: Graph) -> Rows:
    """What modules run when they are imported: what they import, and the packages on the way to it."""
    targets = graph.targets(RUNTIME)

    def run_by(importer: str) -> set[str]:
        above = (packages_on_the_way(graph, importer, imported) for imported in targets[importer])
        return set(targets[importer]).union(*above)

    return LazyRows(run_by)
