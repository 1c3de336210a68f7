"""Which part of a repository must not depend on which: layers, forbidden, independent and allowed as one kind of thing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from rules.config import ConfigError
from rules.contracts.declared import Allowed, Forbidden, Independent, Layer, Layers, modules_of
from rules.contracts.patterns import Checker, Part, Parts, matching, overlap

WayContract = Layers | Forbidden | Independent | Allowed


class Relation(Protocol):
    """Parts of a repository, and which of them must not depend on which others."""

    direct_only: bool
    outside: Callable[[str], str | None] | None
    """Gives the target that a dotted name outside the repository belongs to; None where there are no such targets."""

    def source(self, module: str) -> Part | None:
        """The part that a module is in, if that part must not depend on something."""
        ...

    def target(self, module: str) -> Part | None:
        """The part that a module is in, if something must not depend on that part."""
        ...

    def forbids(self, source: Part, target: Part) -> bool:
        """Whether the first part must not depend on the second."""
        ...

    def passes(self, source: Part | None, module: str) -> bool:
        """Whether ways from a part, or from any part, may lead on through a module."""
        ...

    def says(self, source: Part, target: Part) -> str:
        """What the contract says about two parts."""
        ...


class Partition:
    """Parts that are sources and targets alike. Ways lead through modules that are in none."""

    direct_only = False

    def __init__(self, patterns: Sequence[str], outside: Sequence[str] = ()) -> None:
        """outside: the patterns that mean something outside the repository."""
        self.source = self.target = Parts(patterns).of
        self.outside = nodes_outside(outside)

    def passes(self, _source: Part | None, module: str) -> bool:
        """Ways lead through modules that are in no part."""
        return self.source(module) is None


class LayerRelation(Partition):
    """The layers of one container, from high to low."""

    def __init__(self, layers: Sequence[Layer], outside: Sequence[str] = ()) -> None:
        super().__init__([name for layer in layers for name in layer.modules], outside)
        self._layers = layers
        self._level = [level for level, layer in enumerate(layers) for _ in layer.modules]

    def forbids(self, source: Part, target: Part) -> bool:
        """Upwards, between independent siblings, and downwards past a closed layer."""
        one, other = self._level[source.number], self._level[target.number]
        if one == other:
            return self._layers[one].independent and source.root != target.root
        return one > other or self._closed_between(one, other) is not None

    def _closed_between(self, high: int, low: int) -> Layer | None:
        return next((layer for layer in self._layers[high + 1 : low] if layer.closed), None)

    def says(self, source: Part, target: Part) -> str:
        """What the contract says about two parts."""
        one, other = self._level[source.number], self._level[target.number]
        if one == other:
            return f"{source.root} and {target.root} are independent"
        closed = self._closed_between(one, other)
        if closed is not None:
            return f"{source.root} reaches {target.root} only through {' or '.join(closed.modules)}"
        return f"{source.root} is a lower layer than {target.root}"


class IndependentRelation(Partition):
    """Parts that know nothing of each other."""

    def forbids(self, source: Part, target: Part) -> bool:
        """Between any two."""
        return source.root != target.root

    def says(self, source: Part, target: Part) -> str:
        """What the contract says about two parts."""
        return f"{source.root} and {target.root} are independent"


class AllowedRelation(Partition):
    """Parts that each name what they may depend on."""

    def __init__(self, contract: Allowed) -> None:
        super().__init__(tuple(contract.modules))
        self.direct_only = contract.direct_only
        self._allowed = [tuple(allowed) for allowed in contract.modules.values()]
        self._lists = [Parts(allowed, exact=True) for allowed in self._allowed]

    def forbids(self, source: Part, target: Part) -> bool:
        """Whatever is not named."""
        return source.root != target.root and self._lists[source.number].of(target.root) is None

    def says(self, source: Part, target: Part) -> str:
        """What the contract says about two parts."""
        return f"{source.root} may import {' and '.join(self._allowed[source.number]) or 'none of the others'}, not {target.root}"


class ForbiddenRelation:
    """Sources and targets; a module may be both. Ways lead through everything that is neither this source nor its target."""

    def __init__(self, contract: Forbidden, outside: Sequence[str]) -> None:
        """outside: the targets that lie outside the repository."""
        self.direct_only = contract.direct_only
        self.source = Parts(contract.source, exact=not contract.as_packages).of
        self.target = Parts(contract.target, exact=not contract.as_packages).of
        self._as_packages = contract.as_packages
        self.outside = nodes_outside(outside)

    def forbids(self, source: Part, target: Part) -> bool:
        """Every source and every target, unless one contains the other."""
        if not self._as_packages:
            return source.root != target.root
        return not overlap(source.root, target.root)

    def passes(self, source: Part | None, module: str) -> bool:
        """Whether ways from a source may lead on through a module."""
        if source is None:
            return True
        target = self.target(module)
        return self.source(module) != source and (target is None or not self.forbids(source, target))

    def says(self, source: Part, target: Part) -> str:
        """What the contract says about two parts."""
        return f"{source.root} must not depend on {target.root}"


def nodes_outside(patterns: Sequence[str]) -> Callable[[str], str | None] | None:
    """Gives the node for a dotted name outside the repository: what a pattern names, None for what none names."""
    if not patterns:
        return None
    parts = Parts(patterns)

    def node(name: str) -> str | None:
        part = parts.of(name)
        return part.root if part else None

    return node


def relations(contract: WayContract, checker: Checker) -> list[Relation]:
    """What a contract says in this repository: one relation, or one for each container. Raises ConfigError."""
    match contract:
        case Layers():
            return _layer_relations(contract, checker)
        case Forbidden(source=source, target=target):
            outside = [pattern for pattern in target if checker.is_outside(pattern)]
            inside = [pattern for pattern in target if pattern not in outside]
            checker.require(contract, source)
            if inside or not outside:
                checker.require(contract, inside)
            return [ForbiddenRelation(contract, outside)]
        case Independent(modules=modules):
            outside = checker.outside(modules)
            checker.require(contract, [name for name in modules if name not in outside])
            return [IndependentRelation(modules, outside)]
        case Allowed(modules=table):
            checker.require(contract, table)
            for allowed in table.values():
                if allowed:
                    checker.require(contract, allowed)
            return [AllowedRelation(contract)]


def _layer_relations(contract: Layers, checker: Checker) -> list[Relation]:
    layers = [_layer(layer) for layer in contract.layers]
    if not contract.containers:
        if contract.exhaustive:
            raise ConfigError(
                f"{checker.file}: contract {contract.name!r} is exhaustive; `exhaustive` needs `containers`."
            )
        return [_layers_in("", layers, contract, checker)]
    checker.require(contract, contract.containers)
    containers = {name for pattern in contract.containers for name in matching(pattern, checker.names)}
    return [_layers_in(f"{container}.", layers, contract, checker) for container in sorted(containers)]


def _layer(given: str | tuple[str, ...] | Layer) -> Layer:
    if isinstance(given, Layer):
        return given
    return Layer(modules=modules_of(given), independent=not isinstance(given, str))


def _layers_in(prefix: str, layers: Sequence[Layer], contract: Layers, checker: Checker) -> Relation:
    found = []
    required = list[str]()
    for layer in layers:
        optional = layer.modules if layer.optional is True else layer.optional or ()
        required.extend(prefix + name for name in layer.modules if name not in optional)
        found.append(
            Layer(
                modules=tuple(prefix + name for name in layer.modules),
                independent=layer.independent,
                closed=layer.closed,
            )
        )
    outside = checker.outside(name for layer in found for name in layer.modules)
    required = [name for name in required if name not in outside]
    if required or not any(layer.modules for layer in layers):
        checker.require(contract, required)
    return LayerRelation(found, outside)
