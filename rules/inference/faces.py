"""Public faces: packages that others import as a whole, and packages that only one other imports."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

from rules.change import Change
from rules.contracts.declared import Protected, Public
from rules.contracts.patterns import has_wildcard, within
from rules.inference.parts import SCOPES, Division, Weights, weigh
from rules.inference.proposal import Past, Proposal, breaches_of, count, listed

MIN_USERS = 10
MIN_PLACES = 2
"""A package has a public face where so many modules, out of so many other packages, use it."""

MIN_INSIDE = 3
"""And where it has so many modules below that could be imported past it."""

KEPT = 0.98
"""And where so large a share of the imports from outside keeps to it."""

PACKAGES = 8
"""So many packages with a public face are named, the most used first."""

MIN_GUARDED, MIN_FROM_ONE, MIN_BYSTANDERS = 5, 10, 4
"""A package is guarded by another where it has so many modules, and so many imports come from the other alone, out of
at least so many parts of this size that could import it, too."""


class _Use(NamedTuple):
    """What a module imports of a package it is not in: the module, and the name without the package's."""

    importer: str
    rest: str
    whole: bool


class Face(NamedTuple):
    """How a package is used from outside: whether as a whole or by its `__all__`, and how many imports keep to that."""

    package: str
    names: Literal["package", "__all__"]
    users: int
    kept: int
    broken: int


def propose_public(tree: Change, past: Sequence[Past]) -> list[Proposal]:
    """The packages that are imported through their face: one contract for each kind of face."""
    faces = sorted(_faces(tree), key=lambda face: (-face.users, face.package))
    outermost = [face for face in faces if not any(within(face.package, one.package) for one in faces if one != face)]
    chosen, rest = outermost[:PACKAGES], outermost[PACKAGES:]
    names: tuple[tuple[Literal["package", "__all__"], str], ...] = (
        ("package", "packages are imported as a whole"),
        ("__all__", "packages are imported by what they publish"),
    )
    found = []
    for kind, title in names:
        of_kind = sorted(face for face in chosen if face.names == kind)
        if of_kind:
            modules = tuple(face.package for face in of_kind)
            contract = Public(name=title, modules=modules, names=kind, level="warning")
            breaches = breaches_of(contract, tree)
            if breaches is not None:
                found.append(Proposal(contract, tuple(_sentence(face, past) for face in of_kind), breaches))
    if found and rest:
        more = f"so are {count(len(rest), 'package')} more, with fewer users: {listed(face.package for face in rest)}"
        found[-1] = found[-1]._replace(evidence=(*found[-1].evidence, more))
    return found


def _sentence(face: Face, past: Sequence[Past]) -> str:
    broken = f", {face.broken} past it" if face.broken else ", none past it"
    text = f"{face.package}: {count(face.kept, 'import')} of {count(face.users, 'module')} keep to it{broken}"
    for one in past:
        outside = [
            e
            for e in one.graph.edges()
            if e.scope in SCOPES and within(e.imported, face.package) and not within(e.importer, face.package)
        ]
        if outside and face.names == "package":
            past_it = sum(edge.imported != face.package for edge in outside)
            text += f"; {one.when} {past_it or 'none'} of {len(outside)} went past it"
    return text


def _faces(tree: Change) -> Iterator[Face]:
    graph, inside = tree.head.graph, dict[str, int]()
    for module in graph.modules:
        for package in _above(module):
            inside[package] = inside.get(package, 0) + 1
    for package, uses in sorted(_uses(tree).items()):
        if inside.get(package, 0) < MIN_INSIDE or has_wildcard(package):
            continue
        users = {use.importer for use in uses}
        if len(users) < MIN_USERS or len({user.rpartition(".")[0] for user in users}) < MIN_PLACES:
            continue
        facts = tree.head.facts.get(graph.modules.get(package, ""))
        exports = facts.exports if facts else None
        whole = sum(use.whole for use in uses)
        by_list = sum(use.rest.partition(".")[0] in (exports or ()) or not use.rest for use in uses)
        if whole >= KEPT * len(uses):
            yield Face(package, "package", len(users), whole, len(uses) - whole)
        elif exports and by_list >= KEPT * len(uses):
            yield Face(package, "__all__", len(users), by_list, len(uses) - by_list)


def _uses(tree: Change) -> dict[str, set[_Use]]:
    """Package with an `__init__` -> what modules outside take from it."""
    graph, resolver = tree.head.graph, tree.head.overlay.resolver
    found: dict[str, set[_Use]] = {}
    for importer, path in sorted(graph.modules.items()):
        facts = tree.head.facts.get(path)
        for edge, name in resolver.names(path, facts.imports) if facts else ():
            if edge.scope not in SCOPES:
                continue
            full = f"{edge.imported}.{name}" if name else edge.imported
            for package in (edge.imported, *_above(edge.imported)):
                if graph.modules.get(package, "").endswith("__init__.py") and not within(importer, package):
                    use = _Use(importer, full[len(package) + 1 :], edge.imported == package)
                    found.setdefault(package, set()).add(use)
    return found


def _above(module: str) -> Iterator[str]:
    while module := module.rpartition(".")[0]:
        yield module


def propose_protected(tree: Change, division: Division, past: Sequence[Past]) -> list[Proposal]:
    """The large parts that a single other part imports, always has, and many could."""
    large = [part for part in division.parts if division.sizes[part] >= MIN_GUARDED]
    if not past or len(large) < MIN_BYSTANDERS + 2:
        return []
    before = [weigh(one.graph, division.sizes) for one in past]
    found = []
    for part in large:
        users = _users(part, division.weights)
        if len(users) != 1 or sum(users.values()) < MIN_FROM_ONE:
            continue
        if any(_users(part, weights).keys() - users.keys() for weights in before):
            continue
        (guard,) = users
        contract = Protected(name=f"only {guard} imports {part}", modules=(part,), importers=(guard,))
        if breaches_of(contract, tree) == ():
            others = f"none out of {len(large) - 1 - (guard in large)} other parts of at least {MIN_GUARDED} modules"
            kept = [one.when for one, weights in zip(past, before, strict=True) if _users(part, weights)]
            so_it_was = (f"so it was {listed(kept)}",) if kept else ()
            sentences = (f"{count(users[guard], 'import')} out of {guard}, {others}", *so_it_was)
            found.append(Proposal(contract, sentences, ()))
    return found


def _users(part: str, weights: Weights) -> dict[str, int]:
    return {one: weight for (one, other), weight in weights.items() if other == part}
