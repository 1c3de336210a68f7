"""What presets are made of: the packages in question, contracts that may lack a part, and drafts of both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from msgspec.structs import replace

from rules.change import Change
from rules.contracts.declared import Contract, Forbidden, Layer
from rules.graph import Graph
from rules.inference.frameworks import library_users
from rules.inference.parts import ASIDE, children_of
from rules.inference.proposal import Draft, Open, Proposal, breaches_of, count
from rules.inference.roles import Match, Role

MANY = 20
"""A wall that more imports break today warns and does not block: it is an aim."""


FEW = 3
"""Beside more packages than this, a large one is a part like them."""


TOO_MANY = 200
"""What more imports break today is no wall yet."""


class Want(NamedTuple):
    """A contract that a preset wants, by its name; None where a part of it was not found.

    `missing` are the words for that, `example` the lines of a contract to fill in.
    """

    name: str
    contract: Contract | None
    missing: str
    example: tuple[str, ...]


def draft(tree: Change, recognized: Sequence[str], wants: Sequence[Want]) -> Draft:
    """The contracts that a tree has the parts for, and those that it has not."""
    proposals, unfinished = list[Proposal](), list[Open]()
    for want in wants:
        breaches = breaches_of(want.contract, tree) if want.contract is not None else None
        if want.contract is None or breaches is None:
            unfinished.append(Open(want.name, want.missing, want.example))
        elif len(breaches) > TOO_MANY:
            why = f"{count(len(breaches), 'import')} of today against it, too many for a wall"
            unfinished.append(Open(want.name, why, want.contract))
        elif len(breaches) > MANY:
            sentence = f"{count(len(breaches), 'import')} of today against it: it warns, until fewer are left"
            proposals.append(Proposal(replace(want.contract, level="warning"), (sentence,), breaches))
        else:
            sentence = f"{count(len(breaches), 'import')} of today against it"
            proposals.append(Proposal(want.contract, (sentence,), breaches))
    return Draft(tuple(proposals), tuple(recognized), tuple(unfinished))


def told(found: Mapping[Role, Sequence[Match]]) -> list[str]:
    """Sentences on which packages have which roles and what says so, and on the roles that nobody has."""
    sentences = list[str]()
    for role, matches in found.items():
        sentences.extend(f"{role.name}: {match.package}, by {match.evidence}" for match in matches)
        if not matches:
            sentences.append(f"{role.name}: not found")
    return sentences


def names(*groups: Sequence[Match]) -> tuple[str, ...]:
    """The packages of matches."""
    return tuple(sorted(match.package for group in groups for match in group))


Row = str | tuple[str, ...] | Layer
"""A layer, however it is written."""


def level(packages: Sequence[str]) -> Row:
    """Packages on one layer that may import each other."""
    return packages[0] if len(packages) == 1 else Layer(modules=tuple(packages), independent=False)


def known(graph: Graph, libraries: Sequence[str]) -> tuple[str, ...]:
    """Those of the libraries that the repository imports."""
    return tuple(sorted({name for used in library_users(graph, libraries).values() for name in used}))


def keep_out(name: str, source: tuple[Sequence[str], str], target: tuple[Sequence[str], str], missing: str) -> Want:
    """That no source imports a target itself. source, target: what there is, and an example where there is nothing."""
    there = source[0] and target[0]
    contract = (
        Forbidden(name=name, source=tuple(sorted(source[0])), target=tuple(sorted(target[0])), direct_only=True)
        if there
        else None
    )
    example = ('type = "forbidden"', f'source = ["{source[1]}"]', f'target = ["{target[1]}"]', "direct-only = true")
    return Want(name, contract, missing, example)


def candidates(graph: Graph, roles: Sequence[Role]) -> dict[str, int]:
    """The outermost packages and modules with their sizes, in which roles are looked for.

    One that holds most of a repository, with few packages beside it, stands for its children, unless its name tells a
    role.
    """
    children = children_of(graph)
    found, total = {name: size for name, size in children[""].items() if name not in ASIDE}, len(graph.modules)
    telling = frozenset[str]().union(*(role.names for role in roles))
    while sum(size > 1 for size in found.values()) <= FEW:
        large = (name for name, size in found.items() if name in children and 2 * size > total)
        whole = next((name for name in large if name.rpartition(".")[2] not in telling), None)
        if whole is None:
            break
        del found[whole]
        found.update(children[whole])
    return dict(sorted(found.items()))
