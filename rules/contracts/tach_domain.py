"""The `tach.domain.toml` files of a project: what they say, with all names from the source root."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from msgspec.structs import replace

from rules.contracts.declared import TachDependency
from rules.contracts.tach_file import DomainFile, InterfaceTable, ModuleTable, UnusableError, parsed
from rules.contracts.tach_project import Project

DOMAIN_FILE = "tach.domain.toml"
_DOMAIN_ROOT = "<domain_root>"


class Domain(NamedTuple):
    """One file's modules and interfaces, and notes on keys that are not known."""

    modules: list[ModuleTable]
    interfaces: list[InterfaceTable]
    notes: list[str]


def domains_of(files: Mapping[str, bytes], project: Project) -> Iterator[Domain]:
    """The domains below the source roots of a project, by path. Raises UnusableError."""
    for path in sorted(files):
        root = project.root_of(path) if posixpath.basename(path) == DOMAIN_FILE else None
        if root is None or not project.holds(path):
            continue
        folder = posixpath.dirname(path)
        if folder == root:
            raise UnusableError(path, "a source root is no domain")
        file, notes = parsed(path, files[path], DomainFile)
        yield _located(file, folder.removeprefix(f"{root}/").replace("/", "."), notes)


def _located(file: DomainFile, domain: str, notes: list[str]) -> Domain:
    modules = [_module(module, domain) for module in file.modules]
    if file.root is not None:
        modules.insert(0, replace(_module(file.root, domain), path=domain, paths=()))
    return Domain(modules, [_interface(interface, domain) for interface in file.interfaces], notes)


def _module(table: ModuleTable, domain: str) -> ModuleTable:
    names = table.visibility
    return replace(
        table,
        path=None if table.path is None else f"{domain}.{table.path}",
        paths=tuple(f"{domain}.{path}" for path in table.paths),
        depends_on=None if table.depends_on is None else tuple(_entry(entry, domain) for entry in table.depends_on),
        cannot_depend_on=tuple(_entry(entry, domain) for entry in table.cannot_depend_on),
        visibility=None if names is None else tuple(_name(name, domain) for name in names),
    )


def _interface(table: InterfaceTable, domain: str) -> InterfaceTable:
    names = table.visibility
    return replace(
        table,
        modules=tuple(domain if name == _DOMAIN_ROOT else f"{domain}.{name}" for name in table.modules),
        visibility=None if names is None else tuple(_name(name, domain) for name in names),
    )


def _entry(entry: str | TachDependency, domain: str) -> str | TachDependency:
    if isinstance(entry, str):
        return _name(entry, domain)
    return TachDependency(_name(entry.path, domain), entry.deprecated)


def _name(name: str, domain: str) -> str:
    """A name in a domain file: `//` begins one from the source root."""
    if name.startswith("//"):
        return name.removeprefix("//")
    return domain if name == _DOMAIN_ROOT else f"{domain}.{name}"
