"""What import-linter's configuration says, as contracts of ours.

The files of a folder are read in import-linter's order: the first that configures it counts.
"""

from __future__ import annotations

import configparser
import posixpath
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from rules.contracts.adopted import Adopted
from rules.contracts.declared import Contract
from rules.contracts.importlinter_options import CannotEnforceError, Options
from rules.contracts.importlinter_types import TYPES, Session
from rules.model import Scope

FILES = ("setup.cfg", ".importlinter", "pyproject.toml")

_SECTION = "importlinter"
_SESSION_OPTIONS = (
    "root_package", "root_packages", "include_external_packages", "exclude_type_checking_imports",
    "contract_types", "show_timings",
)  # fmt: skip


class _BrokenError(Exception):
    """A file that cannot be read; the message says why."""


def adopt(files: Mapping[str, bytes]) -> Iterator[Adopted]:
    """What the files of each folder say, for those that have something to say. files: path -> bytes."""
    for folder in sorted({posixpath.dirname(path) for path in files}):
        for path in (posixpath.join(folder, name) for name in FILES):
            found = _read(path, files[path]) if path in files else None
            if found is not None:
                yield found
                break


def _read(path: str, data: bytes) -> Adopted | None:
    """What one file says; None where it does not configure import-linter."""
    if _SECTION.encode() not in data and not path.endswith(".importlinter"):
        return None
    try:
        tables = (_toml if path.endswith(".toml") else _ini)(data)
    except _BrokenError as error:
        return Adopted(path, (), (f"{path}: its contracts are not enforced, because it cannot be read: {error}.",))
    if tables is None:
        return None
    return _translated(path, *tables)


def _ini(data: bytes) -> tuple[dict[str, Any], list[dict[str, Any]]] | None:
    parser = configparser.ConfigParser()
    try:
        parser.read_string(data.decode("utf-8"))
        if _SECTION not in parser.sections():
            return None
        tables = {name: {key: _lines(text) for key, text in parser[name].items()} for name in _sections(parser)}
    except (configparser.Error, UnicodeDecodeError) as error:
        raise _BrokenError(_in_one_line(error)) from None
    session = tables.pop(_SECTION)
    return session, [{"id": name.rpartition(":")[2], **table} for name, table in tables.items()]


def _sections(parser: configparser.ConfigParser) -> Iterable[str]:
    return (_SECTION, *(name for name in parser.sections() if name.startswith(f"{_SECTION}:")))


def _lines(text: str) -> str | list[str]:
    return text.strip().split("\n") if "\n" in text else text


def _toml(data: bytes) -> tuple[dict[str, Any], list[dict[str, Any]]] | None:
    try:
        tool = tomllib.loads(data.decode("utf-8")).get("tool", {})
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise _BrokenError(_in_one_line(error)) from None
    session = tool.get(_SECTION) if isinstance(tool, dict) else None
    if not session:
        return None
    contracts = session.pop("contracts", []) if isinstance(session, dict) else None
    if not isinstance(contracts, list) or not all(isinstance(table, dict) for table in contracts):
        raise _BrokenError("`tool.importlinter` takes a table, and `contracts` in it an array of tables")
    return session, contracts


def _in_one_line(error: Exception) -> str:
    return " ".join(str(error).split()).rstrip(".")


def _translated(path: str, settings: dict[str, Any], tables: list[dict[str, Any]]) -> Adopted:
    options = Options(settings)
    try:
        roots = tuple(options.lines("root_packages") or options.required("root_package"))
        scopes: tuple[Scope, ...] = ("import", "lazy")
        if not options.session_flag("exclude_type_checking_imports"):
            scopes = (*scopes, "typing")
        session = Session(path, roots, scopes, options.session_flag("include_external_packages"))
    except CannotEnforceError as error:
        return Adopted(path, (), (f"{path}: its contracts are not enforced: {error}.",))
    notes = [f"{path}: the option `{key}` is not known here" for key in settings if key not in _SESSION_OPTIONS]
    contracts, tolerant = list[Contract](), list[str]()
    for number, table in enumerate(tables, 1):
        contract = Options(table)
        name = _name(table, number)
        try:
            contracts.append(_contract(contract, name, session))
        except CannotEnforceError as error:
            notes.append(f"{path}: contract {name!r} is not enforced: {error}")
            continue
        if contract.word("unmatched_ignore_imports_alerting", ("none", "warn", "error"), "error") == "none":
            tolerant.append(name)
        notes.extend(f"{path}: contract {name!r} has an option `{key}`, not known here" for key in contract.unread())
    return Adopted(path, tuple(contracts), tuple(notes), roots, tuple(tolerant))


def _name(table: Mapping[str, Any], number: int) -> str:
    name = table.get("name") or table.get("id") or f"number {number}"
    return " ".join(name) if isinstance(name, list) else str(name)


def _contract(options: Options, name: str, session: Session) -> Contract:
    kind = options.text("type") or ""
    translate = TYPES.get(kind)
    if translate is None:
        raise CannotEnforceError(f"its type {kind!r} is not one of {', '.join(TYPES)}")
    return translate(options, name, session)
