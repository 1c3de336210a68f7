"""Contracts as a partition of modules and a relation between the parts: who may not import whom.

A contract assigns some modules to parts. An edge between two parts may be illegal; so may be a way that leads
from one part to another through modules that are in no part.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator
from functools import cache, lru_cache
from typing import NamedTuple

from rules.config import ConfigError, Contract, Forbidden, Independent, Layers
from rules.graph import Graph
from rules.model import Edge


class Breach(NamedTuple):
    """A way from a module to one that it must not depend on; one of its edges is new."""

    importer: str
    imported: str
    way: tuple[Edge, ...]
    sentence: str


class Walls:
    """One contract applied to the modules of a tree."""

    def __init__(self, contract: Contract, modules: Iterable[str], file: str) -> None:
        """Raises ConfigError where a pattern of the contract matches no module."""
        self.contract = contract
        self._patterns = [(pattern, _compile(pattern)) for pattern in _patterns(contract)]
        known = sorted(modules)
        for pattern, regex in self._patterns:
            if not any(map(regex.match, known)):
                nearest = difflib.get_close_matches(pattern, known, 1)
                hint = (
                    f"; did you mean {nearest[0]!r}?"
                    if nearest
                    else "; give the dotted name of a module or package of this repository."
                )
                raise ConfigError(
                    f"{file}: contract {contract.name!r} names {pattern!r}, which is no module here{hint}"
                )

    @cache  # noqa: B019 - lives as long as one review
    def part(self, module: str) -> int | None:
        """The number of the part that a module is in: the position of the first pattern that matches it."""
        return next((i for i, (_, regex) in enumerate(self._patterns) if regex.match(module)), None)

    def is_illegal(self, importer: int, imported: int) -> bool:
        """Whether the first part must not depend on the second."""
        match self.contract:
            case Layers():
                return importer > imported
            case Forbidden(source=source):
                return importer < len(source) <= imported
            case Independent():
                return importer != imported

    def forbids(self, importer: str, imported: str) -> bool:
        """Whether a module, existing or not, must not import another directly."""
        one, other = self.part(importer), self.part(imported)
        return one is not None and other is not None and one != other and self.is_illegal(one, other)

    def sentence(self, importer: int, imported: int) -> str:
        """What the contract says about two parts."""
        one, other = self._patterns[importer][0], self._patterns[imported][0]
        match self.contract:
            case Layers():
                return f"{one} is a lower layer than {other}"
            case Forbidden():
                return f"{one} must not depend on {other}"
            case Independent():
                return f"{one} and {other} are independent"

    def breaches(self, head: Graph, base: Graph, new_edges: Iterable[Edge]) -> Iterator[Breach]:
        """The illegal ways that new edges open: directly, or through modules that are in no part.

        A way between two modules that were connected like this in the base already is old.
        """
        scopes = self.contract.scopes
        for edge in new_edges:
            if edge.scope not in scopes:
                continue
            sources = self._ends(head, edge.importer, backwards=True)
            targets = self._ends(head, edge.imported, backwards=False)
            for source, before in sources.items():
                for target, after in targets.items():
                    one, other = self.part(source), self.part(target)
                    if (
                        one is not None
                        and other is not None
                        and source != target
                        and self.is_illegal(one, other)
                        and not self._connected(base, source, target)
                    ):
                        yield Breach(source, target, (*before, edge, *after), self.sentence(one, other))

    def _ends(self, graph: Graph, start: str, *, backwards: bool) -> dict[str, tuple[Edge, ...]]:
        """The modules in a part that are reached from `start` through modules in none, with the edges on the way."""
        if self.part(start) is not None:
            return {start: ()}
        if isinstance(self.contract, Forbidden) and self.contract.direct_only:
            return {}
        links = graph.into if backwards else graph.out
        found: dict[str, tuple[Edge, ...]] = {}
        seen, waiting = {start}, [(start, tuple[Edge, ...]())]
        for module, way in waiting:
            for other, edge in sorted(links(module, self.contract.scopes).items()):
                if other in seen:
                    continue
                seen.add(other)
                longer = (edge, *way) if backwards else (*way, edge)
                if self.part(other) is not None:
                    found[other] = longer
                else:
                    waiting.append((other, longer))
        return found

    def _connected(self, graph: Graph, source: str, target: str) -> bool:
        """Whether `target` is reached from `source` through modules in no part."""
        seen, waiting = {source}, [source]
        while waiting:
            for other in graph.out(waiting.pop(), self.contract.scopes):
                if other == target:
                    return True
                if other not in seen and self.part(other) is None:
                    seen.add(other)
                    waiting.append(other)
        return False


def _patterns(contract: Contract) -> tuple[str, ...]:
    match contract:
        case Layers(layers=layers):
            return layers
        case Forbidden(source=source, target=target):
            return (*source, *target)
        case Independent(modules=modules):
            return modules


@lru_cache(maxsize=256)
def _compile(pattern: str) -> re.Pattern[str]:
    """A module pattern matches the module it names and everything below; `*` is one part of a name, `**` one or more."""
    parts = [{"*": r"[^.]+", "**": r"[^.]+(?:\.[^.]+)*"}.get(part) or re.escape(part) for part in pattern.split(".")]
    return re.compile(r"\.".join(parts) + r"(?:\.|\Z)")
