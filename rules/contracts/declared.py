"""Contracts as they are declared: plain values, one struct for each type."""

from __future__ import annotations

from typing import Literal

import msgspec

from rules.model import Level, Scope


class ContractException(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"importer": "from", "imported": "to"}
):
    """Imports that a contract leaves alone: both patterns name modules exactly, not what lies below them."""

    importer: str
    imported: str
    reason: str


class BaseContract(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab", tag_field="type", kw_only=True
):
    """What all contracts have: a name for people, the scopes of imports that count, a level, and exceptions.

    `advice` is what a finding tells the reader to do, instead of our own words.
    """

    name: str
    scopes: tuple[Scope, ...] = ("import", "lazy", "string")
    level: Level = "error"
    exceptions: tuple[ContractException, ...] = ()
    advice: str = ""


class Layer(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab", kw_only=True):
    """One layer of several siblings, or one with properties.

    `independent` siblings may not import each other. What is `optional` (all, or the names listed) need not exist.
    Higher layers may not import lower ones past a `closed` layer.
    """

    modules: tuple[str, ...]
    independent: bool = True
    optional: bool | tuple[str, ...] = False
    closed: bool = False


def modules_of(layer: str | tuple[str, ...] | Layer) -> tuple[str, ...]:
    """The modules of one layer, however it is written."""
    return layer.modules if isinstance(layer, Layer) else (layer,) if isinstance(layer, str) else layer


class Layers(BaseContract, frozen=True, tag="layers"):
    """`layers` from high to low: a lower one must not import a higher one, directly or through others.

    A list of names is a layer of independent siblings. With `containers`, the names of the layers are relative to
    each of them. If `exhaustive`, every child of a container is a layer, but for `exhaustive_ignores`.
    """

    layers: tuple[str | tuple[str, ...] | Layer, ...]
    containers: tuple[str, ...] = ()
    exhaustive: bool = False
    exhaustive_ignores: tuple[str, ...] = ()


class Forbidden(BaseContract, frozen=True, tag="forbidden"):
    """No module of `source` may import one of `target`, directly or (unless `direct_only`) through others.

    A target may lie outside the repository. Where a source and a target contain each other, the two are not kept
    apart. Unless `as_packages`, a name stands for that module alone.
    """

    source: tuple[str, ...]
    target: tuple[str, ...]
    direct_only: bool = False
    as_packages: bool = True


class Independent(BaseContract, frozen=True, tag="independent"):
    """None of `modules` may import another, directly or through others."""

    modules: tuple[str, ...]


class Allowed(BaseContract, frozen=True, tag="allowed"):
    """Of all that `modules` names, each may import only itself and what its own list names."""

    modules: dict[str, tuple[str, ...]]
    direct_only: bool = False


class Public(BaseContract, frozen=True, tag="public"):
    """From outside, only what `modules` publish may be imported.

    `names` are relative to the package, or "__all__" for what its `__all__` lists, or "package" for whatever its
    own `__init__` holds and no module below it. Packages in `without` are no part of it. `importers`, everybody by
    default and without `friends`, are who must keep to it.
    """

    modules: tuple[str, ...]
    names: tuple[str, ...] | Literal["__all__", "package"] = "package"
    without: tuple[str, ...] = ()
    importers: tuple[str, ...] = ()
    friends: tuple[str, ...] = ()


class Protected(BaseContract, frozen=True, tag="protected"):
    """Only `importers`, and the modules of the same package, may import `modules`."""

    modules: tuple[str, ...]
    importers: tuple[str, ...] = ()
    as_packages: bool = True


class Acyclic(BaseContract, frozen=True, tag="acyclic"):
    """The children of each of `parents` import each other in no circle, nor do those `depth` levels further down.

    The search does not go down into `skip`.
    """

    parents: tuple[str, ...]
    depth: int = 0
    skip: tuple[str, ...] = ()


class Frozen(BaseContract, frozen=True, tag="frozen"):
    """`modules` are on the way out: nobody new imports them, and nothing new is defined in them."""

    modules: tuple[str, ...]


class TachDependency(msgspec.Struct, frozen=True):
    """An entry of a module's `depends_on`: a module, or a glob. A `deprecated` one is told, as a warning."""

    path: str
    deprecated: bool = False


class TachModule(msgspec.Struct, frozen=True, kw_only=True):
    """A module as tach understands it: all below `path` (a name, a glob or `<root>`) that is in no closer module.

    `depends_on` is None where it may depend on everything.
    """

    path: str
    depends_on: tuple[TachDependency, ...] | None = ()
    cannot_depend_on: tuple[str, ...] = ()
    layer: str | None = None
    utility: bool = False
    unchecked: bool = False


class TachInterface(msgspec.Struct, frozen=True, kw_only=True):
    """What the modules that `modules` match (regular expressions, as in `expose`) show to those in `visibility`."""

    expose: tuple[str, ...]
    modules: tuple[str, ...]
    visibility: tuple[str, ...] | None = None
    exclusive: bool = False


class TachLayer(msgspec.Struct, frozen=True):
    """A layer of tach; no module above reaches one below it past a `closed` layer."""

    name: str
    closed: bool = False


class Tach(BaseContract, frozen=True, tag="tach"):
    """What a `tach.toml` says, with its domain files; it cannot be declared in our own configuration.

    `folder` is where the file lies; `roots` (globs) are its source roots, from the repository's root, `exclude`
    (globs as in a .gitignore) are relative to the folder. `scopes` has `typing` and `string` where those imports
    count. `explicit_layers`: lower layers have to be in `depends_on`, too. `checks_root`: what is in no module is a
    module itself. `local_imports`: the level of imports that stand in another statement.
    """

    folder: str
    roots: tuple[str, ...]
    exclude: tuple[str, ...]
    modules: tuple[TachModule, ...]
    interfaces: tuple[TachInterface, ...]
    layers: tuple[TachLayer, ...]
    explicit_layers: bool
    checks_root: bool
    local_imports: Level | Literal["off"]


Declared = Layers | Forbidden | Independent | Allowed | Public | Protected | Acyclic | Frozen
"""What can be declared in our own configuration."""

Contract = Declared | Tach

CONTRACTS: tuple[type[BaseContract], ...] = (
    Layers,
    Forbidden,
    Independent,
    Allowed,
    Public,
    Protected,
    Acyclic,
    Frozen,
)
