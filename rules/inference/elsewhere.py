"""Contracts that a repository declares for other tools: which types of ours they speak of."""

from __future__ import annotations

import configparser
import tomllib
from collections.abc import Mapping
from typing import Any

FILES = (".importlinter", "setup.cfg", "pyproject.toml", "tach.toml")
"""Where import-linter and tach look, at the root of a repository."""

_OF_LINTER = {
    "layers": "layers",
    "forbidden": "forbidden",
    "independence": "independent",
    "protected": "protected",
    "acyclic_siblings": "acyclic",
}


def declared_elsewhere(files: Mapping[str, bytes]) -> dict[str, frozenset[str]]:
    """File -> the types of contracts that it declares, for those that declare any. files: name -> content."""
    found = {}
    for name in FILES:
        try:
            types = _types(name, files[name].decode("utf-8")) if name in files else frozenset()
        except (tomllib.TOMLDecodeError, configparser.Error, UnicodeDecodeError):
            continue
        if types:
            found[name] = types
    return found


def _types(name: str, text: str) -> frozenset[str]:
    if name == "tach.toml":
        return _of_tach(tomllib.loads(text))
    if name == "pyproject.toml":
        linter = tomllib.loads(text).get("tool", {}).get("importlinter", {})
        given = [str(contract.get("type")) for contract in linter.get("contracts", ())]
    else:
        parser = configparser.ConfigParser(interpolation=None, strict=False)
        parser.read_string(text)
        given = [parser[s].get("type", "") for s in parser.sections() if s.startswith("importlinter:contract")]
    return frozenset(_OF_LINTER[kind] for kind in given if kind in _OF_LINTER)


def _of_tach(table: Mapping[str, Any]) -> frozenset[str]:
    walls = (
        {"layers", "forbidden", "independent", "protected"} if table.get("modules") or table.get("layers") else set()
    )
    return frozenset(walls | ({"public"} if table.get("interfaces") else set()))
