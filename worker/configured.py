"""The configuration of one tree: our own, and the contracts in the files of other tools."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import NamedTuple

from msgspec.structs import replace

from rules import config as configuration
from rules.config import Config
from rules.contracts.adopted import Adopted
from rules.contracts.exhaustive import with_layers_of
from rules.contracts.tach_domain import DOMAIN_FILE
from rules.contracts.tools import FILES, adopted
from rules.selection import Selection
from worker.errors import ReviewError
from worker.objects import ObjectReader


class Configured(NamedTuple):
    """Our own configuration and the file that it is from, and the contracts of other tools."""

    config: Config
    file: str
    adopted: tuple[Adopted, ...]

    def edited(self, later: Configured, differing: Collection[str]) -> list[str]:
        """The files that say something else in another tree. differing: the files of configuration that are not the same."""
        ours, theirs = ({one.file: one for one in side.adopted} for side in (self, later))
        own = [later.file] if (self.config, self.file) != (later.config, later.file) else []
        foreign = {path for path in ours.keys() | theirs.keys() if ours.get(path) != theirs.get(path)}
        parts = [] if foreign.issubset(differing) else [path for path in differing if path.endswith(DOMAIN_FILE)]
        return list(dict.fromkeys([*own, *sorted(foreign.intersection(differing)), *sorted(parts)]))

    def with_layers_of(self, later: Configured) -> Configured:
        """The same, but a layer that another tree declares is none that an exhaustive contract misses."""
        theirs = {one.file: one.contracts for one in later.adopted}
        return Configured(
            replace(self.config, contracts=with_layers_of(self.config.contracts, later.config.contracts)),
            self.file,
            tuple(
                one._replace(contracts=with_layers_of(one.contracts, theirs.get(one.file, ()))) for one in self.adopted
            ),
        )


def is_configuration(path: str) -> bool:
    """Whether a file may hold configuration of ours or contracts of another tool."""
    return path in configuration.FILES or path.rpartition("/")[2] in FILES


def given(file: Path | None) -> Config | None:
    """The configuration in a file on disk, None where no file is given. Raises ReviewError."""
    if file is None:
        return None
    try:
        return configuration.parse(file.read_bytes(), str(file)) or Config()
    except OSError as error:
        raise ReviewError(f"{file} cannot be read: {error.strerror}.") from None


def read_configured(reader: ObjectReader, blobs: Mapping[str, str], file: Path | None) -> Configured:
    """The configuration in the files of one tree, by path. Raises ConfigError.

    file: one that replaces our own configuration.
    """
    read = dict(reader.read(blobs.values()))
    contents = {path: data for path, blob in blobs.items() if (data := read[blob]) is not None}
    ours = given(file)
    config, name = (ours, str(file)) if ours is not None else _first(contents)
    selection = Selection(config.exclude, config.include)
    files = {path: data for path, data in contents.items() if selection(f"{path.rpartition('/')[0]}/__init__.py")}
    return Configured(config, name, adopted(files, config.adopt))


def _first(contents: Mapping[str, bytes]) -> tuple[Config, str]:
    """The first configuration of ours, and its file; the defaults where there is none."""
    for name in configuration.FILES:
        if name in contents and (parsed := configuration.parse(contents[name], name)) is not None:
            return parsed, name
    return Config(), configuration.FILES[0]
