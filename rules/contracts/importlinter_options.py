"""The options of one section or table of import-linter's configuration, read as import-linter reads them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rules.contracts.declared import ContractException

_ANYWHERE = ("id", "name", "type")


class CannotEnforceError(Exception):
    """A contract, or a whole file, that cannot be enforced; the message says why, as the end of a sentence."""


class Options:
    """The values of one section by their keys: text, lists of text, and in TOML numbers and booleans."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self._values = values
        self._read = set(_ANYWHERE)

    def unread(self) -> list[str]:
        """The keys that nobody asked for."""
        return [key for key in self._values if key not in self._read]

    def lines(self, key: str) -> tuple[str, ...]:
        """A list of texts, without blank ones; a single text is a list of one."""
        value = self._get(key)
        items = [] if value is None else value if isinstance(value, list) else [value]
        if not all(isinstance(item, str) for item in items):
            raise CannotEnforceError(f"`{key}` takes text or a list of texts")
        return tuple(item.strip() for item in items if item.strip())

    def required(self, key: str) -> tuple[str, ...]:
        """A list of texts that has to be there."""
        if key not in self._values:
            raise CannotEnforceError(f"`{key}` is missing")
        return self.lines(key)

    def text(self, key: str) -> str | None:
        """A single text."""
        value = self._get(key)
        if isinstance(value, list):
            raise CannotEnforceError(f"`{key}` takes a single value")
        return None if value is None else str(value).strip()

    def flag(self, key: str, default: bool) -> bool:
        """True or false, however it is written."""
        text = self.text(key)
        if text is None:
            return default
        if text.lower() not in ("true", "false"):
            raise CannotEnforceError(f"`{key}` takes true or false, not {text!r}")
        return text.lower() == "true"

    def session_flag(self, key: str) -> bool:
        """True where it says so, false for whatever else it says."""
        return self.text(key) in ("True", "true")

    def number(self, key: str, default: int) -> int:
        """A number from 0 on."""
        text = self.text(key)
        if text is None:
            return default
        if not text.isdecimal():
            raise CannotEnforceError(f"`{key}` takes a number from 0 on, not {text!r}")
        return int(text)

    def word(self, key: str, words: Sequence[str], default: str) -> str:
        """One of some words."""
        text = self.text(key) or default
        if text not in words:
            raise CannotEnforceError(f"`{key}` takes {', '.join(words)}, not {text!r}")
        return text

    def modules(self, key: str) -> tuple[str, ...]:
        """Names of modules, with wildcards; the key has to be there."""
        return tuple(dict.fromkeys(map(_expression, self.required(key))))

    def optional_modules(self, key: str) -> tuple[str, ...]:
        """Names of modules, with wildcards."""
        return tuple(map(_expression, self.lines(key)))

    def exceptions(self, file: str) -> tuple[ContractException, ...]:
        """What `ignore_imports` leaves alone."""
        found = []
        for line in self.lines("ignore_imports"):
            importer, _, imported = (part.strip() for part in line.partition("->"))
            if not importer or not imported:
                raise CannotEnforceError(f"`ignore_imports` takes `package.importer -> package.imported`, not {line!r}")
            found.append(ContractException(_expression(importer), _expression(imported), f"ignored in {file}"))
        return tuple(found)

    def _get(self, key: str) -> Any:
        self._read.add(key)
        return self._values.get(key)


def _expression(name: str) -> str:
    last = ""
    for part in name.split("."):
        if "*" in part and part not in ("*", "**"):
            raise CannotEnforceError(
                f"in {name!r} a wildcard stands for a part of a name; it can only replace a whole one"
            )
        if (last == "**" and "*" in part) or (last == "*" and part == "**"):
            raise CannotEnforceError(f"in {name!r} wildcards that cannot stand side by side do")
        last = part
    return name
