"""Contracts in force: from what is declared to what a change breaks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from rules.change import Change
from rules.config import ConfigError
from rules.contracts.acyclic import AcyclicChildren
from rules.contracts.adopted import Adopted
from rules.contracts.bounded import BoundedContract, change_seen_by
from rules.contracts.breach import Enforced
from rules.contracts.declared import Acyclic, Contract, Frozen, Protected, Public, Tach
from rules.contracts.frozen import FrozenPackages
from rules.contracts.patterns import Checker, LaterChecker, LenientChecker, compiled
from rules.contracts.protected import ProtectedPackages
from rules.contracts.public import PublicPackages
from rules.contracts.relations import relations
from rules.contracts.renamed import under_new_names
from rules.contracts.tach_walls import TachWalls
from rules.contracts.ways import Walls
from rules.graph import Graph


def enforce(
    contracts: Iterable[Contract], change: Change, file: str, adopted: Iterable[Adopted] = ()
) -> list[Enforced]:
    """The contracts as they apply to base and head, our own of `file` and those of other tools.

    Raises ConfigError where one of our own names what is in neither.
    """
    checker = Checker(change, file)
    own = [_enforced(under_new_names(contract, change), checker) for contract in contracts]
    return [*own, *(one for source in adopted for one in _adopted(source, change)[0])]


def left_behind(contracts: Iterable[Contract], change: Change, file: str) -> Iterator[str]:
    """Sentences about contracts that name what the change takes away.

    contracts: our own, as the head declares them.
    """
    if change.whole or change.base.graph.modules.keys() <= change.head.graph.modules.keys():
        return
    checker = LaterChecker(change, file)
    try:
        for contract in contracts:
            _enforced(contract, checker)
    except ConfigError as error:
        yield str(error)
    yield from checker.objections()


def _adopted(source: Adopted, change: Change) -> tuple[list[BoundedContract], LenientChecker]:
    """The contracts of another tool in force, and who knows what is wrong with them."""
    seen = change_seen_by(source, change)
    checker = LenientChecker(seen, source.file)
    found = [_enforced(under_new_names(contract, seen), checker) for contract in source.contracts]
    return [BoundedContract(one, seen, source.file) for one in found], checker


def _enforced(contract: Contract, checker: Checker) -> Enforced:
    match contract:
        case Public():
            return PublicPackages(contract, checker)
        case Protected():
            return ProtectedPackages(contract, checker)
        case Acyclic():
            return AcyclicChildren(contract, checker)
        case Frozen():
            return FrozenPackages(contract, checker)
        case Tach():
            return TachWalls(contract, checker)
        case _:
            return Walls(contract, relations(contract, checker))


def contract_notes(contracts: Sequence[Contract], change: Change, file: str) -> Iterator[str]:
    """What a reader should know of the contracts: how far what is frozen has gone, and exceptions of no use."""
    for enforced in enforce(contracts, change, file):
        if isinstance(enforced, FrozenPackages):
            yield enforced.progress(change)
        yield from _unused_exceptions(enforced.contract, change, file)


def adopted_notes(source: Adopted, change: Change) -> Iterator[str]:
    """What a reader should know of the contracts of another tool: what is wrong with them, and what is not enforced."""
    yield from source.notes
    enforced, checker = _adopted(source, change)
    yield from checker.objections()
    for one in enforced:
        if one.contract.name not in source.tolerant:
            yield from _unused_exceptions(one.contract, change_seen_by(source, change), source.file)


def _unused_exceptions(contract: Contract, change: Change, file: str) -> Iterator[str]:
    """The exceptions that name an import which neither the base nor the head has."""
    for exception in contract.exceptions:
        importer, imported = compiled(exception.importer), compiled(exception.imported)
        changed = (module for module in change.touched if module in change.base_graph.modules)
        sides = ((change.head.graph, change.head.graph.modules), (change.base_graph, changed))
        used = any(
            imported.fullmatch(name)
            for graph, modules in sides
            for module in modules
            if importer.fullmatch(module)
            for name in _imported_names(contract, change, graph, module)
        )
        if not used:
            yield (
                f"{file}: contract {contract.name!r} makes an exception from {exception.importer} to {exception.imported}, "
                "and no import needs it: remove it"
            )


def _imported_names(contract: Contract, change: Change, graph: Graph, module: str) -> Iterator[str]:
    """Everything that a module imports, in the scopes of a contract; for `public` the names in modules, too."""
    yield from graph.out(module, contract.scopes)
    yield from (edge.imported for edge in graph.leaving(module) if edge.scope in contract.scopes)
    if isinstance(contract, Public):
        side = change.head if graph is change.head.graph else change.base
        path = graph.modules[module]
        facts = side.facts.get(path)
        for edge, name in side.overlay.resolver.names(path, facts.imports) if facts else ():
            if name and edge.scope in contract.scopes:
                yield f"{edge.imported}.{name}"
