"""A `tach.toml` or `tach.domain.toml` as it is written: bytes -> tables of values."""

from __future__ import annotations

import tomllib
from typing import Any, Literal, TypeVar

import msgspec

from rules.contracts.declared import TachDependency, TachLayer


class UnusableError(Exception):
    """A file that cannot be used; the message names it and says why."""

    def __init__(self, path: str, why: str) -> None:
        super().__init__(f"{path} could not be used: {why}")


class ModuleTable(msgspec.Struct, frozen=True):
    """An entry of `modules`, or the `root` of a domain."""

    path: str | None = None
    paths: tuple[str, ...] = ()
    depends_on: tuple[str | TachDependency, ...] | None = None
    cannot_depend_on: tuple[str | TachDependency, ...] = ()
    depends_on_external: tuple[str, ...] | None = None
    cannot_depend_on_external: tuple[str, ...] | None = None
    layer: str | None = None
    visibility: tuple[str, ...] | None = None
    utility: bool = False
    strict: bool = False
    unchecked: bool = False


class InterfaceTable(msgspec.Struct, frozen=True, rename={"modules": "from"}):
    """An entry of `interfaces`."""

    expose: tuple[str, ...]
    modules: tuple[str, ...] = (".*",)
    visibility: tuple[str, ...] | None = None
    data_types: str = "all"
    exclusive: bool = False


class RulesTable(msgspec.Struct, frozen=True):
    """The severities that matter to us; the rest of `rules` is about unused comments and packaging."""

    local_imports: Literal["error", "warn", "off"] = "error"
    require_ignore_directive_reasons: Literal["error", "warn", "off"] = "off"


class TachFile(msgspec.Struct, frozen=True):
    """A `tach.toml`, with tach's defaults."""

    modules: tuple[ModuleTable, ...] = ()
    interfaces: tuple[InterfaceTable, ...] = ()
    layers: tuple[str | TachLayer, ...] = ()
    exclude: tuple[str, ...] = ()
    source_roots: tuple[str, ...] = (".",)
    exact: bool = False
    ignore_type_checking_imports: bool = True
    include_string_imports: bool = False
    forbid_circular_dependencies: bool = False
    layers_explicit_depends_on: bool = False
    respect_gitignore: bool | str = True
    root_module: Literal["allow", "forbid", "ignore", "dependenciesonly"] = "ignore"
    rules: RulesTable = RulesTable()
    external: dict[str, Any] = {}
    plugins: dict[str, Any] = {}
    cache: dict[str, Any] = {}
    map: dict[str, Any] = {}


class DomainFile(msgspec.Struct, frozen=True):
    """A `tach.domain.toml`."""

    root: ModuleTable | None = None
    modules: tuple[ModuleTable, ...] = ()
    interfaces: tuple[InterfaceTable, ...] = ()


File = TypeVar("File", TachFile, DomainFile)


def parsed(path: str, data: bytes, kind: type[File]) -> tuple[File, list[str]]:
    """What the file at a path says, and notes on the keys in it that are not known. Raises UnusableError."""
    try:
        table = tomllib.loads(data.decode("utf-8"))
        file = msgspec.convert(table, kind)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UnusableError(path, f"it is not valid TOML: {error}") from None
    except msgspec.ValidationError as error:
        what, _, place = str(error).partition(" - at `$.")
        raise UnusableError(path, f"`{place.rstrip('`')}`: {what[:1].lower()}{what[1:]}") from None
    if any(module.path is None and not module.paths for module in file.modules):
        raise UnusableError(path, "an entry of `modules` has no `path`")
    unknown = _unknown(table, kind)
    return file, [f"{path}: `{key}` is no key of tach that is known here; it is not enforced" for key in unknown]


def _unknown(table: dict[str, Any], kind: type[msgspec.Struct]) -> list[str]:
    found = [key for key in table if key not in _keys(kind)]
    tables: dict[str, tuple[type[msgspec.Struct], Any]] = {
        "root": (ModuleTable, [table["root"]] if "root" in table and "root" not in found else ()),
        "modules": (ModuleTable, table.get("modules", ())),
        "interfaces": (InterfaceTable, table.get("interfaces", ())),
    }
    for name, (entry, given) in tables.items():
        keys = {key for one in given for key in one}
        found += [f"{name}.{key}" for key in sorted(keys - _keys(entry))]
    return found


def _keys(kind: type[msgspec.Struct]) -> set[str]:
    return {field.encode_name for field in msgspec.structs.fields(kind)}
