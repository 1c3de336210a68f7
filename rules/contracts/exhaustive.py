"""Layers that leave nothing out: every child of a container has to be one of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec.structs import replace

from rules.change import Change
from rules.contracts.breach import Breach
from rules.contracts.declared import Contract, Layers, modules_of
from rules.contracts.patterns import matching
from rules.graph import Graph
from rules.model import Place

ADVICE = "Add it to the layers of the contract, or to what the contract leaves out."


def undeclared(contract: Layers, change: Change) -> Iterator[Breach]:
    """The children of containers that the change adds and that are no layer."""
    declared = {*names_of(contract), *contract.exhaustive_ignores}
    containers = {name for pattern in contract.containers for name in matching(pattern, change.names)}
    for container in sorted(containers):
        old = set() if change.whole else _children(change.base_graph, container)
        for child in sorted(_children(change.head.graph, container) - old):
            if child not in declared:
                yield _breach(contract, change.head.graph, container, f"{container}.{child}")


def _breach(contract: Layers, graph: Graph, container: str, module: str) -> Breach:
    path = graph.modules[next(name for name in graph.below(module))]
    message = (
        f"`{module}` is in no layer; contract {contract.name!r} says: whatever lies directly in {container} is a layer"
    )
    return Breach(Place(path, 1, 1, module), (container, module), message, ADVICE)


def _children(graph: Graph, container: str) -> set[str]:
    depth = container.count(".") + 1
    return {name.split(".")[depth] for name in graph.below(container) if name != container}


def names_of(contract: Layers) -> Iterator[str]:
    """The names of all layers."""
    return (name for layer in contract.layers for name in modules_of(layer))


def with_layers_of(contracts: Iterable[Contract], later: Iterable[Contract]) -> tuple[Contract, ...]:
    """Contracts that also leave out what the same contracts name later on.

    A change that adds a module and the layer for it does what an exhaustive contract asks for.
    """
    names = {one.name: [*names_of(one), *one.exhaustive_ignores] for one in later if isinstance(one, Layers)}
    return tuple(
        replace(one, exhaustive_ignores=(*one.exhaustive_ignores, *names.get(one.name, ())))
        if isinstance(one, Layers) and one.exhaustive
        else one
        for one in contracts
    )
