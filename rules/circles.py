"""Circles in rows of names: strongly connected components, and ranks that tell which imports cannot close one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Set
from typing import NamedTuple

from rules.rows import Rows, flooded, peeled

Circles = Mapping[str, frozenset[str]]
"""module -> the circle it is in, for all modules that are in one"""


def ranks(rows: Rows) -> dict[str, int]:
    """A rank for each module: what is imported has a higher one, or the same where both are in one circle."""
    found = dict[str, int]()
    for i, members in enumerate(components(sorted(rows), rows.__getitem__)):
        found.update(dict.fromkeys(members, len(rows) - i))
    return found


def circles_in(ranked: Mapping[str, int]) -> Circles:
    """The circles of the rows that some ranks are about."""
    together = defaultdict[int, list[str]](list)
    for module, rank in ranked.items():
        together[rank].append(module)
    found = (frozenset(members) for members in together.values() if len(members) > 1)
    return {module: members for members in found for module in members}


class Differing(NamedTuple):
    """Modules whose rows are not the same before and after, all rows before and after, and those after turned round."""

    modules: Collection[str]
    before: Rows
    after: Rows
    columns: Callable[[], Rows]


def circles_after(before: Circles, ranked: Mapping[str, int], differing: Differing, modules: Set[str]) -> Circles:
    """The circles once some rows are other ones.

    An import that leads to a higher rank is in no circle. So only between the ends of the others is searched, and in
    circles that lost an import.

    before, ranked: the circles and ranks of the rows before. modules: what there is after.
    """
    loose = _broken(before, differing, modules) | _closed(before, ranked, differing, modules)
    if not loose:
        return before
    kept = {module: members for module, members in before.items() if module not in loose and module in modules}
    found = map(frozenset, _circles_among(loose & modules, differing.after, differing.columns))
    return kept | {module: members for members in found for module in members}


def _broken(before: Circles, differing: Differing, modules: Set[str]) -> set[str]:
    """What is in a circle that a module or an import is gone of."""
    found = set[str]()
    for module in differing.modules:
        circle = before.get(module)
        if circle is None or module in found:
            continue
        gone = set(differing.before[module]).difference(differing.after[module] if module in modules else ())
        if module not in modules or not gone.isdisjoint(circle):
            found |= circle
    return found


def _closed(before: Circles, ranked: Mapping[str, int], differing: Differing, modules: Set[str]) -> set[str]:
    """What lies between the ends of imports that do not lead to a higher rank, within a circle or on the way to one."""
    unknown = [module for module in differing.modules if module in modules and module not in ranked]
    placed: dict[str, float] = dict(ranked)
    for module in unknown:
        placed[module] = min((placed.get(name, len(placed)) for name in differing.after[module]), default=0) - 0.5
    against = [
        (one, other)
        for one in differing.modules
        if one in modules
        for other in differing.after[one]
        if placed[one] >= placed[other] and (one not in before or before[one] is not before.get(other))
    ]
    if not against:
        return set()
    low, high = min(placed[other] for _, other in against), max(placed[one] for one, _ in against)
    within = {module for module in modules if low <= placed[module] <= high}
    ahead = flooded({other for _, other in against} & within, differing.after, within)
    return flooded({one for one, _ in against} & ahead, differing.columns(), ahead)


FEW = 64
"""Among so few modules circles are looked for one by one; among more the first one is taken out as a whole."""


def _circles_among(modules: set[str], rows: Rows, columns: Callable[[], Rows]) -> list[Iterable[str]]:
    """The circles that lie within some modules as a whole."""
    found = list[Iterable[str]]()
    left = peeled(modules, rows)
    if len(left) > FEW:
        left = peeled(left, columns())
        if left:
            pivot = [min(left)]
            found.append(flooded(pivot, rows, left) & flooded(pivot, columns(), left))
            left = peeled(left.difference(found[0]), rows)
    found += strong_components(sorted(left), lambda module: left.intersection(rows[module]))
    return [members for members in found if len(set(members)) > 1]


def rows_without_ancestors(rows: Rows) -> Iterator[tuple[str, Collection[str]]]:
    """The rows of modules without the packages that they lie in."""
    above: dict[str, frozenset[str]] = {}
    for module, row in rows.items():
        package = module.rpartition(".")[0]
        if package not in above:
            above[package] = frozenset(_ancestors(module))
        yield module, row if above[package].isdisjoint(row) else [name for name in row if name not in above[package]]


def _ancestors(module: str) -> Iterator[str]:
    while module := module.rpartition(".")[0]:
        yield module


def strong_components(roots: Iterable[str], successors: Callable[[str], Iterable[str]]) -> list[tuple[str, ...]]:
    """The strongly connected components of more than one node among what the roots reach, each sorted."""
    return [tuple(sorted(members)) for members in components(roots, successors) if len(members) > 1]


def components(roots: Iterable[str], successors: Callable[[str], Iterable[str]]) -> Iterator[list[str]]:
    """The strongly connected components of what the roots reach, each behind those that it leads to.

    Tarjan 1972, without recursion.
    """
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    open_nodes: list[str] = []
    is_open: set[str] = set()
    work: list[tuple[str, Iterator[str]]] = []

    def begin(node: str) -> None:
        index[node] = low[node] = len(index)
        open_nodes.append(node)
        is_open.add(node)
        work.append((node, iter(successors(node))))

    for root in roots:
        if root not in index:
            begin(root)
        while work:
            node, targets = work[-1]
            for target in targets:
                if target not in index:
                    begin(target)
                    break
                if target in is_open and index[target] < low[node]:
                    low[node] = index[target]
            else:
                work.pop()
                if work and low[node] < low[work[-1][0]]:
                    low[work[-1][0]] = low[node]
                if low[node] == index[node]:
                    members = list[str]()
                    while not members or members[-1] != node:
                        members.append(open_nodes.pop())
                    is_open.difference_update(members)
                    yield members
