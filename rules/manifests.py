"""Packaging manifests -> the source roots they declare. What cannot be read declares nothing."""

from __future__ import annotations

import configparser
import posixpath
import tomllib
from collections.abc import Iterator, Mapping
from typing import Any

from rules.layout import Root

MANIFESTS = ("pyproject.toml", "setup.cfg", "setup.py", "tach.toml")
"""Files that make their folder the root of a distribution; all but setup.py can be read without running anything."""


def declared_roots(path: str, data: bytes) -> tuple[Root, ...]:
    """The mappings from folders to dotted names that a manifest at `path` declares."""
    folder, file = posixpath.split(path)
    try:
        if file == "pyproject.toml":
            found = list(_from_pyproject(tomllib.loads(data.decode("utf-8"))))
        elif file == "tach.toml":
            found = list(_from_tach(tomllib.loads(data.decode("utf-8"))))
        elif file == "setup.cfg":
            parser = configparser.ConfigParser(interpolation=None, strict=False)
            parser.read_string(data.decode("utf-8"))
            found = list(_from_setup_cfg(parser))
        else:
            found = []
    except (tomllib.TOMLDecodeError, configparser.Error, UnicodeDecodeError, AttributeError, TypeError):
        found = []
    roots = [Root(posixpath.normpath(posixpath.join(folder, directory)), prefix) for directory, prefix in found]
    return tuple(
        Root("" if root.directory == "." else root.directory, root.prefix)
        for root in roots
        if not root.directory.startswith("..")
    )


def _from_pyproject(table: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    tool = table.get("tool", {})
    setuptools = tool.get("setuptools", {})
    yield from ((directory, name) for name, directory in setuptools.get("package-dir", {}).items())
    packages = setuptools.get("packages", {})
    if isinstance(packages, dict):
        yield from ((where, "") for where in packages.get("find", {}).get("where", ()))
    wheel = tool.get("hatch", {}).get("build", {}).get("targets", {}).get("wheel", {})
    yield from ((posixpath.dirname(package), "") for package in wheel.get("packages", ()))
    sources = wheel.get("sources", ())
    if isinstance(sources, dict):
        yield from ((directory, name.strip("/").replace("/", ".")) for directory, name in sources.items())
    else:
        yield from ((directory, "") for directory in sources)
    for package in tool.get("poetry", {}).get("packages", ()):
        if "from" in package:
            yield package["from"], ""
    if "package-dir" in (pdm := tool.get("pdm", {}).get("build", {})):
        yield pdm["package-dir"], ""
    if "module-root" in (uv := tool.get("uv", {}).get("build-backend", {})):
        yield uv["module-root"], ""


def _from_tach(table: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The folder of the file itself is a root where it is no package; globs are left to what the tree shows."""
    roots = table.get("source_roots")
    for directory in roots if isinstance(roots, list) else ():
        if posixpath.normpath(directory) != "." and not set(directory) & set("*?[{"):
            yield directory, ""


def _from_setup_cfg(parser: configparser.ConfigParser) -> Iterator[tuple[str, str]]:
    for line in parser.get("options", "package_dir", fallback="").splitlines():
        name, equals, directory = line.partition("=")
        if equals:
            yield directory.strip(), name.strip()
    for where in parser.get("options.packages.find", "where", fallback="").split():
        yield where, ""
