"""Siblings: packages side by side that know nothing of each other, and packages whose children form no circle."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence

from rules.change import Change
from rules.circles import strong_components
from rules.contracts.declared import Acyclic, Independent
from rules.contracts.patterns import within
from rules.inference.parts import Division, Weights, children_of, weigh
from rules.inference.proposal import Past, Proposal, breaches_of, count, listed

MIN_SIBLINGS = 3
MIN_SIZE = 2
MIN_MODULES = 12
"""Packages are taken to be meant as independent where they are so many, of so many modules each, and so many in all."""

MOST_OF_THEM = 0.6
"""And where so many of the packages beside them keep to it."""

MANY, NEARLY_ALL = 6, 0.8
"""So many siblings are of one kind; fewer are where so large a share of them uses the same part beside them."""

MIN_CHILDREN, MIN_LINKS = 6, 10
"""A package without a circle says something where it has so many children, with so many imports between them."""

PARENTS = 6
"""So many packages without circles are named, those with the most imports first."""


def propose_independent(tree: Change, division: Division, past: Sequence[Past]) -> Proposal | None:
    """The sub-packages of a package that import each other in no way, where most of them keep to that."""
    large = [part for part in division.parts if division.sizes[part] >= MIN_SIZE]
    if len(large) < MIN_SIBLINGS:
        return None
    group = _apart(large, division.weights)
    while len(group) >= max(MIN_SIBLINGS, MOST_OF_THEM * len(large)):
        if sum(division.sizes[part] for part in group) < MIN_MODULES or not _are_alike(group, division):
            return None
        where = division.package or "the top packages"
        contract = Independent(name=f"{where}: siblings know nothing of each other", modules=tuple(group))
        breaches = breaches_of(contract, tree)
        if breaches is None:
            return None
        if not breaches:
            return Proposal(contract, _evidence(group, large, division, past), ())
        involved = Counter(
            name for breach in breaches for edge in breach.edges for name in (edge.importer, edge.imported)
        )
        tangled = max(group, key=lambda part: (sum(n for m, n in involved.items() if within(m, part)), part))
        group.remove(tangled)
    return None


def _apart(parts: Collection[str], weights: Weights) -> list[str]:
    """The parts without those that import others or are imported, the most tied first, until none is left."""
    left = sorted(parts)
    while True:
        ties = Counter(part for one, other in weights if one in left and other in left for part in (one, other))
        if not ties:
            return left
        left.remove(max(sorted(ties), key=lambda part: ties[part]))


def _are_alike(group: Sequence[str], division: Division) -> bool:
    """Whether siblings are of one kind: they are many, or nearly all of them use one and the same part beside them."""
    used = Counter(other for one, other in division.weights if one in group)
    return len(group) >= MANY or max(used.values(), default=0) >= NEARLY_ALL * len(group)


def _evidence(group: Sequence[str], large: Sequence[str], division: Division, past: Sequence[Past]) -> tuple[str, ...]:
    modules = sum(division.sizes[part] for part in group)
    sentences = [f"{count(len(group), 'package')} of {count(modules, 'module')} in all, not one import between them"]
    rest = sorted(set(large).difference(group))
    if rest:
        sentences.append(f"left out, because others import them or they import others: {listed(rest)}")
    kept = []
    for one in past:
        known = [part for part in group if any(True for _ in one.graph.below(part))]
        between = sum(weigh(one.graph, known).values()) if len(known) > 1 else 0
        if between:
            sentences.append(f"{one.when}: {count(between, 'import')} between them; repaired since")
        elif len(known) > 1:
            kept.append(f"{one.when} ({len(known)} of them)")
    return (*sentences, *((f"so it was {listed(kept)}",) if kept else ()))


def propose_acyclic(tree: Change, past: Sequence[Past], covered: Collection[str]) -> Proposal | None:
    """The packages whose children import each other in no circle, today and before; `covered` have walls already.

    Not even imports inside functions close one; but those that do later are for coupling/hidden-cycle to report.
    """
    found: dict[str, tuple[int, int]] = {}
    graph = tree.head.graph
    before = [(one.graph, children_of(one.graph)) for one in past]
    for package, children in children_of(graph).items():
        if not package or package in covered or len(children) < MIN_CHILDREN:
            continue
        links = weigh(graph, children)
        if sum(links.values()) < MIN_LINKS or _circle(children, links):
            continue
        if not any(
            _circle(there[package], weigh(older, there[package])) for older, there in before if package in there
        ):
            found[package] = len(children), sum(links.values())
    parents = sorted(found, key=lambda package: (-found[package][1], package))[:PARENTS]
    if not parents:
        return None
    contract = Acyclic(name="siblings form no circle", parents=tuple(sorted(parents)), scopes=("import",))
    breaches = breaches_of(contract, tree)
    if breaches is None or breaches:
        return None
    sentences = [
        f"{package}: {count(found[package][1], 'import')} between {found[package][0]} children, no circle"
        for package in sorted(parents)
    ]
    if len(found) > len(parents):
        sentences.append(f"so are {len(found) - len(parents)} more, with fewer imports between their children")
    if past:
        sentences.append(f"nor was there one in the older trees: {listed(one.when for one in past)}")
    sentences.append("only imports that run at import time count here; coupling/hidden-cycle reports the others")
    return Proposal(contract, tuple(sentences), ())


def _circle(children: Mapping[str, int], links: Weights) -> bool:
    rows: dict[str, list[str]] = {child: [] for child in children}
    for one, other in sorted(links):
        rows[one].append(other)
    return bool(strong_components(sorted(rows), lambda child: rows[child]))
