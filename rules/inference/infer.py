"""The walls of a repository, as its import graph and its history suggest them."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from rules.boundaries import PrivateOptions
from rules.change import Change
from rules.components import find_components
from rules.contracts.declared import Layers
from rules.inference.faces import propose_protected, propose_public
from rules.inference.frameworks import propose_forbidden
from rules.inference.layers import propose_layers
from rules.inference.parts import Division, divisions
from rules.inference.proposal import Draft, Past, Proposal, count, listed
from rules.inference.siblings import propose_acyclic, propose_independent


def infer(tree: Change, past: Sequence[Past], covered: Collection[str] = ()) -> Draft:
    """What a whole tree, and older ones, suggest: few contracts that hold, the most general first.

    covered: the types of contracts that the repository declares elsewhere; none of these are proposed.
    """
    proposals, remarks = list[Proposal](), list[str]()
    parts = divisions(tree)
    for division in parts:
        whole = _is_whole(division, tree)
        layers = propose_layers(tree, division, past, whole=whole) if "layers" not in covered else None
        if isinstance(layers, Proposal):
            proposals.append(layers)
        elif layers is not None and whole:
            remarks.append(layers)
        if whole and "forbidden" not in covered and division.package:
            proposals.extend(propose_forbidden(tree, division, past))
        if "protected" not in covered:
            proposals.extend(propose_protected(tree, division, past))
        independent = propose_independent(tree, division, past) if "independent" not in covered else None
        if independent is not None:
            proposals.append(independent)
    if "public" not in covered:
        proposals.extend(propose_public(tree, past))
    named = [one.contract.name for one in proposals if isinstance(one.contract, Layers)]
    ordered = [division.package for division in parts if f"{division.package}: imports run one way" in named]
    acyclic = propose_acyclic(tree, past, ordered) if "acyclic" not in covered else None
    if acyclic is not None:
        proposals.append(acyclic)
    where = listed(division.package or "the top packages" for division in parts) or "no package: none is large enough"
    return Draft(
        tuple(proposals),
        (f"layers and independent siblings were looked for in {where}", *remarks, private_names(tree)),
    )


def _is_whole(division: Division, tree: Change) -> bool:
    """Whether a package holds most of the repository."""
    return sum(division.sizes.values()) > len(tree.head.graph.modules) / 2


def private_names(tree: Change) -> str:
    """A sentence on how the convention of private names is kept between components."""
    graph = tree.head.graph
    components = find_components(graph.modules)
    across = sum(components.of(edge.importer) != components.of(edge.imported) for edge in graph.edges())
    reaches = {reach.meaning for reach in tree.head.overlay.reaches}
    broken = sum(components.of(importer) != components.of(imported) for importer, imported, _ in reaches)
    if not across:
        return "private names: no component imports another, so there is nothing to say about them"
    kept = broken <= PrivateOptions().tolerated * across
    return (
        f"private names: {broken or 'none'} of {count(across, 'import')} between components reach for a `_name` or "
        f"`_module`, so boundaries/private, which needs no contract, {'reports new ones' if kept else 'stays silent'}"
    )
