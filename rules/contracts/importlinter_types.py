"""import-linter's types of contracts, translated one by one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from rules.contracts.declared import Acyclic, Contract, Forbidden, Independent, Layer, Layers, Protected
from rules.contracts.importlinter_options import CannotEnforceError, Options
from rules.contracts.patterns import has_wildcard, within
from rules.model import Scope


class Session(NamedTuple):
    """What a file says about all its contracts."""

    file: str
    roots: tuple[str, ...]
    scopes: tuple[Scope, ...]
    has_external: bool


def _common(options: Options, name: str, session: Session) -> dict[str, Any]:
    """What contracts of all types have."""
    return {
        "name": name,
        "scopes": session.scopes,
        "exceptions": options.exceptions(session.file),
        "advice": " ".join(" ".join(options.lines("broken_contract_guidance")).split()),
    }


def _layers(options: Options, name: str, session: Session) -> Layers:
    layers = tuple(map(_layer, options.required("layers")))
    repeated = [
        name for name, count in Counter(name for layer in layers for name in layer.modules).items() if count > 1
    ]
    if repeated:
        raise CannotEnforceError(f"{repeated[0]!r} is more than one layer")
    containers = options.optional_modules("containers")
    exhaustive = options.flag("exhaustive", False)
    if exhaustive and not containers:
        raise CannotEnforceError("`exhaustive` needs `containers`")
    for container in containers:
        if not has_wildcard(container) and not _is_inside(container, session):
            raise CannotEnforceError(f"the container {container!r} does not lie in {' or '.join(session.roots)}")
    return Layers(
        layers=layers,
        containers=containers,
        exhaustive=exhaustive,
        exhaustive_ignores=options.lines("exhaustive_ignores"),
        **_common(options, name, session),
    )


def _layer(line: str) -> Layer:
    """`a | b` are independent siblings, `a : b` are not, `(a)` need not exist."""
    if "|" in line and ":" in line:
        raise CannotEnforceError(f"the layer {line!r} mixes `|` and `:`")
    written = [name.strip() for name in line.split("|" if "|" in line else ":")]
    names = {name[1:-1] if _is_optional(name) else name: _is_optional(name) for name in written}
    if len(names) < len(written):
        raise CannotEnforceError(f"the layer {line!r} names a module twice")
    for name in names:
        if has_wildcard(name):
            raise CannotEnforceError(f"the layer {name!r} has a wildcard; layers take none")
    return Layer(
        modules=tuple(names),
        independent=":" not in line,
        optional=tuple(name for name, optional in names.items() if optional),
    )


def _is_optional(name: str) -> bool:
    return name.startswith("(") and name.endswith(")")


def _independence(options: Options, name: str, session: Session) -> Independent:
    return Independent(modules=options.modules("modules"), **_common(options, name, session))


def _forbidden(options: Options, name: str, session: Session) -> Forbidden:
    target = options.modules("forbidden_modules")
    for module in target:
        if not has_wildcard(module) and not _is_inside(module, session):
            if not session.has_external:
                raise CannotEnforceError(f"{module!r} is an external package, which needs `include_external_packages`")
            if "." in module:
                raise CannotEnforceError(
                    f"{module!r} lies in an external package; only the whole package can be forbidden"
                )
    return Forbidden(
        source=options.modules("source_modules"),
        target=target,
        direct_only=options.flag("allow_indirect_imports", False),
        as_packages=options.flag("as_packages", True),
        **_common(options, name, session),
    )


def _protected(options: Options, name: str, session: Session) -> Protected:
    return Protected(
        modules=options.modules("protected_modules"),
        importers=options.modules("allowed_importers"),
        as_packages=options.flag("as_packages", True),
        **_common(options, name, session),
    )


def _acyclic(options: Options, name: str, session: Session) -> Acyclic:
    parents, skip = options.modules("ancestors"), options.optional_modules("skip_descendants")
    both = [module for module in parents if module in skip]
    if both:
        raise CannotEnforceError(f"{both[0]!r} is an ancestor and skipped")
    return Acyclic(parents=parents, skip=skip, depth=options.number("depth", _DEPTH), **_common(options, name, session))


_DEPTH = 10
"""So many levels below the ancestors are looked at where a contract does not say how many."""


def _is_inside(module: str, session: Session) -> bool:
    return any(within(module, root) for root in session.roots)


TYPES: Mapping[str, Callable[[Options, str, Session], Contract]] = {
    "layers": _layers,
    "independence": _independence,
    "forbidden": _forbidden,
    "protected": _protected,
    "acyclic_siblings": _acyclic,
}
