"""Contracts that a repository has in other tools' files: which types of ours they speak of."""

from __future__ import annotations

from collections.abc import Iterable

from rules.contracts.adopted import Adopted
from rules.contracts.declared import Contract, Tach


def declared_elsewhere(found: Iterable[Adopted]) -> dict[str, frozenset[str]]:
    """File -> the types of contracts that are in force from it, for those that declare any."""
    types = {one.file: frozenset(kind for contract in one.contracts for kind in _types(contract)) for one in found}
    return {file: kinds for file, kinds in types.items() if kinds}


def _types(contract: Contract) -> tuple[str, ...]:
    if not isinstance(contract, Tach):
        return (str(contract.__struct_config__.tag),)
    walls = ("layers", "forbidden", "independent", "protected") if contract.modules or contract.layers else ()
    return (*walls, *(("public",) if contract.interfaces else ()))
