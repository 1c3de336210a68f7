"""Module patterns: which modules a name in a contract stands for.

`*` is one part of a dotted name, `**` one or more; a pattern stands for what it matches and everything below.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Sequence
from functools import cached_property, lru_cache
from typing import NamedTuple

from rules.change import Change, with_packages
from rules.config import ConfigError
from rules.contracts.declared import BaseContract
from rules.rows import Lazy


@lru_cache(maxsize=1024)
def compiled(pattern: str) -> re.Pattern[str]:
    """The expression for the dotted names that a pattern matches, without what lies below them."""
    parts = [{"*": r"[^.]+", "**": r"[^.]+(?:\.[^.]+)*"}.get(part) or re.escape(part) for part in pattern.split(".")]
    return re.compile(r"\.".join(parts))


def has_wildcard(pattern: str) -> bool:
    """Whether a pattern can match more than one name."""
    return "*" in pattern


def matching(pattern: str, names: Iterable[str]) -> list[str]:
    """The names that a pattern matches, sorted."""
    return sorted(filter(compiled(pattern).fullmatch, names))


def within(module: str, package: str) -> bool:
    """Whether a module is a package or lies below it."""
    return module == package or module.startswith(package + ".")


def overlap(one: str, other: str) -> bool:
    """Whether one of two packages contains the other."""
    return within(one, other) or within(other, one)


class Part(NamedTuple):
    """What a module belongs to: the number of the pattern, and the name that the pattern matched."""

    number: int
    root: str


class Parts:
    """Divides modules by patterns: the one that names a module most closely decides, of equals the first."""

    def __init__(self, patterns: Sequence[str], *, exact: bool = False) -> None:
        """exact: a pattern stands for the module alone, not for what lies below it."""
        self.patterns = patterns
        self._names = {pattern: i for i, pattern in reversed([*enumerate(patterns)]) if not has_wildcard(pattern)}
        self._wild = [(i, compiled(pattern)) for i, pattern in enumerate(patterns) if has_wildcard(pattern)]
        self._exact = exact
        self.of = Lazy(self._find).__getitem__
        """module -> the part that it is in, None if it is in none"""

    def _find(self, module: str) -> Part | None:
        number = (
            min((i for i, pattern in self._wild if pattern.fullmatch(module)), default=None) if self._wild else None
        )
        named = self._names.get(module)
        if named is not None and (number is None or named < number):
            number = named
        if number is not None:
            return Part(number, module)
        package = "" if self._exact else module.rpartition(".")[0]
        return self.of(package) if package else None


class Checker:
    """Holds the patterns of contracts against the dotted names of a repository: what matches nothing is an error."""

    def __init__(self, change: Change, file: str) -> None:
        """file: where the contracts were declared."""
        self.names = change.names
        self.file = file
        self.manifests = change.head.overlay.manifests
        self._change = change

    @cached_property
    def files(self) -> dict[str, str]:
        """Module -> path, for all modules of base and head; in the head where it is there."""
        return {**self._change.base_graph.modules, **self._change.head.graph.modules}

    def require(self, contract: BaseContract, patterns: Iterable[str]) -> None:
        """Raises ConfigError where there are no patterns, or one matches nothing."""
        patterns = list(patterns)
        if not patterns:
            raise ConfigError(f"{self.file}: contract {contract.name!r} names no module.")
        for pattern in patterns:
            if not self.exists(pattern):
                raise ConfigError(self.unknown(contract, pattern))

    def unknown(self, contract: BaseContract, pattern: str) -> str:
        """A sentence about a pattern that matches nothing."""
        hint = self._hint(pattern)
        return f"{self.file}: contract {contract.name!r} names {pattern!r}, which is no module here{hint}"

    def exists(self, pattern: str) -> bool:
        """Whether a pattern matches a module or a package."""
        if not has_wildcard(pattern):
            return pattern in self.names
        return any(map(compiled(pattern).fullmatch, self.names))

    def outside(self, patterns: Iterable[str]) -> list[str]:
        """The patterns that mean something outside of the bounds that the contracts have, none where they have none."""
        return [pattern for pattern in patterns if self._change.bounds is not None and self.is_outside(pattern)]

    def is_outside(self, pattern: str) -> bool:
        """Whether a pattern means something outside the repository: nothing here bears its first name.

        A mere folder of that name is no hindrance where imports go past it.
        """
        if self._change.bounds is not None:
            return not has_wildcard(pattern) and not self._change.bounds.hold(pattern)
        top, graph = pattern.partition(".")[0], self._change.head.graph
        if has_wildcard(pattern) or top in graph.modules or top in self._change.base_graph.modules:
            return False
        return top not in self.names or any(
            within(edge.imported, pattern) for module in graph.modules for edge in graph.leaving(module)
        )

    def _hint(self, pattern: str) -> str:
        nearest = difflib.get_close_matches(pattern, sorted(self.names), 1)
        if nearest:
            return f"; did you mean {nearest[0]!r}?"
        return "; give the dotted name of a module or package of this repository."


class LenientChecker(Checker):
    """For contracts of another tool, which are in force without what matches nothing. Wildcards may match nothing."""

    def __init__(self, change: Change, file: str) -> None:
        super().__init__(change, file)
        self._missing: list[tuple[BaseContract, str]] = []

    def require(self, contract: BaseContract, patterns: Iterable[str]) -> None:
        """Takes note of names that no module bears."""
        named = (pattern for pattern in patterns if not has_wildcard(pattern))
        self._missing.extend((contract, pattern) for pattern in named if not self.exists(pattern))

    def objections(self) -> list[str]:
        """A sentence about each name that no module bears."""
        return [self.unknown(contract, pattern) for contract, pattern in self._missing]


class LaterChecker(LenientChecker):
    """For contracts as they will be read once the change is merged: only the modules of the head are there."""

    def __init__(self, change: Change, file: str) -> None:
        super().__init__(change, file)
        self.names = with_packages(change.head.graph.modules)

    def require(self, contract: BaseContract, patterns: Iterable[str]) -> None:
        """Takes note of patterns that will match nothing."""
        self._missing.extend((contract, pattern) for pattern in patterns if not self.exists(pattern))

    def unknown(self, contract: BaseContract, pattern: str) -> str:
        """A sentence about a pattern that will match nothing."""
        return (
            f"{self.file}: after this change, contract {contract.name!r} names {pattern!r}, which is no module any more; "
            "edit the contract in the same change, else no review after it can be made"
        )
