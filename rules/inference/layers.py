"""Layers: the parts of a package in the order in which they import each other, where nearly all imports keep to it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from rules.change import Change
from rules.contracts.breach import Breach
from rules.contracts.declared import ContractException, Layer, Layers, modules_of
from rules.contracts.exhaustive import names_of
from rules.contracts.patterns import Parts
from rules.graph import Graph
from rules.inference.order import Group, comparable, levels
from rules.inference.parts import SCOPES, Division, crossings
from rules.inference.proposal import Past, Proposal, breaches_of, count, listed, over_time

MIN_AGREEING, MIN_AGREEING_WITHIN = 12, 30
"""So many imports must run down before a direction counts as one; more of them within a part of the whole."""

SHARE = 0.25
"""Layers that put only a smaller share of the imports between the parts in an order say too little."""

COMPARABLE = 0.6
"""A part has a place among the layers where imports put it above or below so many of the parts on other layers."""

MAX_BREACHES = 8
BROKEN = 0.02
"""Layers are proposed where so few imports, and so small a share of them, run against them."""

ENOUGH = 5
"""Siblings that do not import each other are taken to mean it where all have so many modules."""


def propose_layers(tree: Change, division: Division, past: Sequence[Past], *, whole: bool) -> Proposal | str | None:
    """The layers of a package, or a sentence on why there are none to propose; None where there is little to order.

    whole: the package holds most of the repository.
    """
    wanted = MIN_AGREEING if whole else MIN_AGREEING_WITHIN
    names, pinned, given_up = set(division.parts), set[str](), set[str]()
    if sum(_among(names, division).values()) < wanted:
        return None
    while len(names) > 1:
        weights = _among(names, division)
        rows = levels(names, weights)
        if len(rows) < 2:
            break
        loosest = _loosest(rows, weights, pinned, division)
        if loosest is not None:
            names.remove(loosest)
            continue
        contract = _contract(rows, division, tree.head.graph)
        agree, _ = _directions(contract, tree.head.graph)
        breaches = breaches_of(contract, tree)
        if breaches is None or agree < max(wanted, SHARE * sum(weights.values())):
            break
        around = _children(_around(breaches), division) - names - given_up
        if around:
            pinned |= around
            names |= around
        elif len(breaches) <= min(MAX_BREACHES, max(1, BROKEN * agree)):
            return Proposal(contract, _evidence(contract, tree, past, agree, len(breaches)), breaches)
        else:
            given_up.add(_worst(breaches, names, division))
            names -= given_up
    return (
        f"no layers for {division.package or 'the top packages'}: too few of the imports between its "
        f"{count(len(division.parts), 'part')} run in one direction"
    )


def _among(names: Iterable[str], division: Division) -> dict[tuple[str, str], int]:
    wanted = frozenset(names)
    return {pair: weight for pair, weight in division.weights.items() if wanted.issuperset(pair)}


def _loosest(
    rows: Sequence[Sequence[Group]], weights: dict[tuple[str, str], int], pinned: set[str], division: Division
) -> str | None:
    """The part that has the least place among the layers, None where all have one."""
    shares = {part: share for part, share in comparable(rows, weights).items() if part not in pinned}
    loosest = min(shares, key=lambda part: (shares[part], division.sizes[part], part), default=None)
    return loosest if loosest is not None and shares[loosest] < COMPARABLE else None


def _worst(breaches: Sequence[Breach], names: set[str], division: Division) -> str:
    """The part that breaks layers most for its size."""
    broken = Counter(name for breach in breaches for name in _children(breach.subject, division) & names)
    return max(sorted(names), key=lambda part: (broken[part] / division.sizes[part], part))


def _around(breaches: Iterable[Breach]) -> Iterable[str]:
    """The modules in no layer that ways against the layers lead through."""
    return (
        module
        for breach in breaches
        if len(breach.edges) > 1
        for e in breach.edges
        for module in (e.importer, e.imported)
    )


def _children(modules: Iterable[str], division: Division) -> set[str]:
    parts = Parts(tuple(division.sizes))
    return {part.root for module in modules if (part := parts.of(module)) is not None}


def _contract(rows: Sequence[Sequence[Group]], division: Division, graph: Graph) -> Layers:
    package = division.package
    gathers = any(imported.startswith(f"{package}.") for imported in graph.out(package, SCOPES)) if package else False
    front = ContractException(package, f"{package}.**", f"{package} itself gathers what lies below it")
    return Layers(
        name=f"{package or 'top packages'}: imports run one way",
        layers=tuple(_layer(row, rows, division) for row in rows),
        exceptions=(front,) if gathers else (),
    )


def _layer(row: Sequence[Group], rows: Sequence[Sequence[Group]], division: Division) -> str | tuple[str, ...] | Layer:
    parts = tuple(sorted(part for group in row for part in group.parts))
    if len(parts) == 1:
        return parts[0]
    above = [part for other in rows[: rows.index(row)] for group in other for part in group.parts]
    if len(parts) == len(row) and _are_apart(parts, above, division):
        return parts
    return Layer(modules=parts, independent=False)


def _are_apart(parts: Sequence[str], above: Sequence[str], division: Division) -> bool:
    """Whether siblings look as if they were kept apart: all are large, and mostly the same parts use them."""
    users = [{user for user in above if division.weights.get((user, part))} for part in parts]
    shared, either = set.intersection(*users), set.union(*users)
    return all(division.sizes[part] >= ENOUGH for part in parts) and bool(shared) and 2 * len(shared) >= len(either)


def _directions(contract: Layers, graph: Graph) -> tuple[int, int]:
    """How many imports of a graph run down between the layers, and how many up or between independent siblings."""
    level = {name: i for i, layer in enumerate(contract.layers) for name in modules_of(layer)}
    apart = {name for layer in contract.layers if isinstance(layer, tuple) for name in layer}
    down = up = 0
    for one, other, _ in crossings(graph, level):
        down += level[one] < level[other]
        up += level[one] > level[other] or (level[one] == level[other] and one in apart)
    return down, up


def _evidence(contract: Layers, tree: Change, past: Sequence[Past], agree: int, breaches: int) -> tuple[str, ...]:
    parts = Parts(tuple(names_of(contract)))
    modules = sum(parts.of(module) is not None for module in tree.head.graph.modules)
    today = f"{count(agree, 'import')} between these {count(modules, 'module')} run down, {breaches or 'none'} against"
    apart = [layer for layer in contract.layers if isinstance(layer, tuple)]
    siblings = tuple(f"{listed(layer)} are used side by side and do not import each other" for layer in apart)
    counted = [_directions(contract, one.graph) for one in past]
    return (today, *siblings, *over_time(past, counted, (agree, breaches)))
