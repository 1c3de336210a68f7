"""tach's configuration -> contracts: the topmost `tach.toml` of a tree (or several), with its domain files."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping

from msgspec.structs import replace

from rules.contracts.adopted import Adopted
from rules.contracts.declared import Tach, TachDependency, TachInterface, TachLayer, TachModule
from rules.contracts.tach_domain import DOMAIN_FILE, domains_of
from rules.contracts.tach_file import InterfaceTable, ModuleTable, TachFile, UnusableError, parsed
from rules.contracts.tach_notes import notes_on
from rules.contracts.tach_project import Project
from rules.model import Scope
from rules.selection import Selection

FILES = ("tach.toml", DOMAIN_FILE)
"""The names of tach's files, in whatever folder."""


def adopt(files: Mapping[str, bytes]) -> Iterator[Adopted]:
    """What tach enforces, as contracts of each `tach.toml`.

    files: path -> bytes of every `tach.toml` and `tach.domain.toml` of a tree. Others are ignored, and so is a
    `tach.toml` below another one, or among tests, examples and documentation.
    """
    is_reviewed = Selection()
    found = [path for path in files if posixpath.basename(path) == FILES[0] and is_reviewed(_beside(path, "x.py"))]
    folders = {posixpath.dirname(path) for path in found}
    top = sorted(path for path in found if folders.isdisjoint(_above(path)))
    for path in top:
        try:
            contracts, notes = _adopted(path, files)
        except UnusableError as error:
            contracts, notes = [], [str(error)]
        yield Adopted(path, tuple(contracts), tuple(notes))


def _above(path: str) -> Iterator[str]:
    """The folders above the one that a file lies in."""
    folder = posixpath.dirname(path)
    while folder:
        folder = posixpath.dirname(folder)
        yield folder


def _beside(path: str, name: str) -> str:
    return posixpath.join(posixpath.dirname(path), name)


def _adopted(path: str, files: Mapping[str, bytes]) -> tuple[list[Tach], list[str]]:
    file, unknown = parsed(path, files[path], TachFile)
    folder = posixpath.dirname(path)
    roots = tuple(_joined(folder, root) for root in file.source_roots)
    try:
        project = Project(folder, roots, file.exclude)
        domains = list(domains_of(files, project))
        modules = [*file.modules, *(module for domain in domains for module in domain.modules)]
        interfaces = [*file.interfaces, *(interface for domain in domains for interface in domain.interfaces)]
        notes = [*unknown, *(note for domain in domains for note in domain.notes)]
        notes += notes_on(path, file, modules, interfaces)
    except re.error as error:
        raise UnusableError(path, f"it has a pattern that cannot be read: {error}") from None
    local = file.rules.local_imports
    contract = Tach(
        name=path,
        scopes=_scopes(file),
        folder=folder,
        roots=roots,
        exclude=file.exclude,
        modules=tuple(one for module in modules for one in _modules(module)),
        interfaces=tuple(map(_interface, interfaces)),
        layers=tuple(TachLayer(layer) if isinstance(layer, str) else layer for layer in file.layers),
        explicit_layers=file.layers_explicit_depends_on,
        checks_root=file.root_module != "ignore",
        local_imports="warning" if local == "warn" else local,
    )
    warns = local == "warn" or any(entry.deprecated for one in contract.modules for entry in one.depends_on or ())
    return [contract, replace(contract, level="warning")] if warns else [contract], notes


def _joined(folder: str, root: str) -> str:
    joined = posixpath.normpath(posixpath.join(folder, root))
    return "" if joined == "." else joined


def _modules(table: ModuleTable) -> Iterator[TachModule]:
    for path in table.paths or (table.path or "",):
        yield TachModule(
            path=path,
            depends_on=None if table.depends_on is None else tuple(map(_dependency, table.depends_on)),
            cannot_depend_on=tuple(_dependency(entry).path for entry in table.cannot_depend_on),
            layer=table.layer,
            utility=table.utility,
            unchecked=table.unchecked,
        )


def _dependency(entry: str | TachDependency) -> TachDependency:
    return TachDependency(entry) if isinstance(entry, str) else entry


def _interface(table: InterfaceTable) -> TachInterface:
    return TachInterface(
        expose=table.expose, modules=table.modules, visibility=table.visibility, exclusive=table.exclusive
    )


def _scopes(file: TachFile) -> tuple[Scope, ...]:
    typing: tuple[Scope, ...] = () if file.ignore_type_checking_imports else ("typing",)
    string: tuple[Scope, ...] = ("string",) if file.include_string_imports else ()
    return ("import", "lazy", *typing, *string)
