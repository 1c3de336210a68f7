"""The way out of a copy: whether the counterpart may be imported from here, the call that replaces the copy, or a place for both."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence

from msgspec.structs import replace

from rules.change import Change
from rules.contracts import Walls
from rules.facts import MAX_NESTING
from rules.graph import RUNTIME
from rules.model import Definition, Edge, Facts, Finding, Suggestion
from rules.syntax import source_lines

_ABOUT_COPIES = ("duplication/copy", "duplication/reimplementation")

TOLD = 4
"""So many differences are told; a shared function with more parameters is no way out."""

LONG = 60
"""A difference of more characters is no value to pass."""


def with_way_out(change: Change, walls: Sequence[Walls], finding: Finding) -> Finding:
    """A finding about a copy, with advice that holds in this repository and, where it is certain, a suggestion.

    `walls` are the contracts that are in force. Findings without a counterpart stay as they are.
    """
    if finding.rule not in _ABOUT_COPIES or not finding.related:
        return finding
    sides = _Sides(change, finding)
    if sides.module == sides.other:
        return replace(finding, advice=_same_module(sides), suggestion=_suggestion(change, sides))
    if not all(name in change.head.graph.modules and _can_be_named(name) for name in (sides.module, sides.other)):
        return replace(finding, advice=f"Move what is shared to a module that both can import.{_parameters(sides)}")
    map_ = _Map(change, walls)
    obstacle = map_.obstacle(sides.module, sides.other)
    if obstacle is None:
        suggestion = _suggestion(change, sides)
        return replace(finding, advice=_import_it(sides, suggestion), suggestion=suggestion)
    if sides.both_new and map_.obstacle(sides.other, sides.module) is None:
        advice = f"Keep the one in {sides.module} and import it into {sides.other}; the other way round {obstacle}."
        return replace(finding, advice=f"{advice}{_parameters(sides)}")
    return replace(
        finding, advice=f"Do not import {sides.other} here: {obstacle}. {_shared(map_, sides)}{_parameters(sides)}"
    )


def _can_be_named(module: str) -> bool:
    """Whether an import statement can name a module; `daily-run.py` is a script."""
    return all(part.isidentifier() for part in module.split("."))


class _Sides:
    """The two places of a finding and what they hold."""

    def __init__(self, change: Change, finding: Finding) -> None:
        self.finding, self.counterpart = finding, finding.related[0]
        self.module, self.other = change.head.module(finding.path), change.head.module(self.counterpart.path)
        self.source, self.other_source = change.head.source(finding.path), change.head.source(self.counterpart.path)
        self.facts, self.other_facts = change.head.facts.get(finding.path), change.head.facts.get(self.counterpart.path)
        added = change.added(self.counterpart.path)
        self.both_new = self.counterpart.start_line in added and self.counterpart.end_line in added
        self.lines = finding.start_line, finding.end_line
        self.other_lines = self.counterpart.start_line, self.counterpart.end_line

    @property
    def name(self) -> str:
        """The counterpart, for a sentence."""
        return f"`{self.counterpart.symbol}`" if self.counterpart.symbol else "the code"

    @property
    def are_functions(self) -> bool:
        """Whether both places are whole functions."""
        return all(definition is not None and definition.kind == "function" for definition in self._definitions())

    @property
    def are_classes(self) -> bool:
        """Whether both places are whole classes."""
        return all(definition is not None and definition.kind == "class" for definition in self._definitions())

    @property
    def are_bilingual(self) -> bool:
        """Whether one of two functions is synchronous and the other is not."""
        one, other = (d is not None and "async" in d.traits for d in self._definitions())
        return one != other

    def _definitions(self) -> tuple[Definition | None, Definition | None]:
        return _definition(self.facts, self.lines), _definition(self.other_facts, self.other_lines)

    def code(self) -> tuple[str, str] | None:
        """The text of the two places, None where it cannot be read or libcst would not survive it."""
        if self.source is None or self.other_source is None or self.facts is None or self.other_facts is None:
            return None
        if max(self.facts.nesting, self.other_facts.nesting) >= MAX_NESTING:
            return None
        return _text(self.source, self.lines), _text(self.other_source, self.other_lines)


def _definition(facts: Facts | None, lines: tuple[int, int]) -> Definition | None:
    """The definition that stands on exactly these lines."""
    return next((d for d in (facts.definitions if facts else ()) if (d.start, d.end) == lines), None)


def _text(source: bytes, lines: tuple[int, int]) -> str:
    return textwrap.dedent("\n".join(source_lines(source)[lines[0] - 1 : lines[1]])) + "\n"


def _same_module(sides: _Sides) -> str:
    if sides.finding.symbol == sides.counterpart.symbol or not sides.are_functions:
        shared = "base class, or one mixin" if sides.are_classes else "function to call"
        return f"Give both places one {shared}.{_parameters(sides)}"
    if sides.are_bilingual:
        return "Move what neither of them awaits into a function that both call."
    return f"Call {sides.name} instead, or give both one function to call.{_parameters(sides)}"


def _import_it(sides: _Sides, suggestion: Suggestion | None) -> str:
    allowed = "that breaks no contract and closes no cycle"
    if suggestion is not None:
        return f"Import {sides.name} from {sides.other} and call it; {allowed}."
    top = sides.counterpart.symbol.rpartition(".")
    if sides.are_classes:
        return f"Import what both classes share from {sides.other}, as a base class or a mixin; {allowed}."
    if not sides.are_functions or top[0]:
        return (
            f"Move what is shared into a function of {sides.other} and import it here; {allowed}.{_parameters(sides)}"
        )
    public = "make it public, and " if top[2].startswith("_") else ""
    return f"Import {sides.name} from {sides.other}, {public}call it; {allowed}.{_parameters(sides)}"


def _parameters(sides: _Sides) -> str:
    """What a shared function would take: the places where the two differ."""
    from rules.differences import differences

    code = sides.code()
    found = differences(*code) if code is not None else None
    if not found or len(found) > TOLD or any(len(text) > LONG for difference in found for text in difference):
        return ""
    return f" They differ in {', '.join(f'{d.new} for {d.old}' for d in found)}: parameters of the shared one."


class _Map:
    """What may be imported from where."""

    def __init__(self, change: Change, walls: Sequence[Walls]) -> None:
        self._graph = change.cycle_graphs[1]
        self._walls = walls

    def obstacle(self, importer: str, imported: str) -> str | None:
        """Why the one must not import the other, None if it may. A module that does so already may."""
        if imported in self._graph.out(importer, RUNTIME):
            return None
        edge = Edge(importer, imported, self._graph.modules.get(importer, ""), 1, "import")
        for walls in self._walls:
            for breach in walls.breaches(self._graph, self._graph, [edge]):
                return f"contract {walls.contract.name!r} says that {breach.sentence}"
        way = self._graph.shortest_path(imported, importer, RUNTIME)
        if way:
            return f"it would close a cycle ({' → '.join([imported, *(step.imported for step in way)])})"
        return None

    def common_ground(self, one: str, other: str) -> str | None:
        """The lowest existing module that both may import: one that both import already, the nearest to them by name."""
        reached = set(self._graph.out(one, RUNTIME)) & set(self._graph.out(other, RUNTIME))
        free = [m for m in reached if self.obstacle(one, m) is None and self.obstacle(other, m) is None]
        return min(
            free,
            key=lambda m: (-_common(m, one) - _common(m, other), len(self._graph.out(m, RUNTIME)), m),
            default=None,
        )

    def may_live_in(self, package: str, importers: Iterable[str]) -> bool:
        """Whether no contract forbids these modules to import a new module of a package."""
        name = f"{package}.shared"
        parts = [(walls, walls.part(name)) for walls in self._walls]
        return not any(
            part is not None and source is not None and part != source and walls.is_illegal(source, part)
            for walls, part in parts
            for source in map(walls.part, importers)
        )


def _common(one: str, other: str) -> int:
    """How many leading parts two dotted names share."""
    pairs = zip(one.split("."), other.split("."), strict=False)
    return next((i for i, (a, b) in enumerate(pairs) if a != b), min(one.count("."), other.count(".")) + 1)


def _shared(map_: _Map, sides: _Sides) -> str:
    place = map_.common_ground(sides.module, sides.other)
    if place is not None:
        return f"Move what is shared to {place} or beside it, which both import already."
    package = ".".join(sides.module.split(".")[: _common(sides.module, sides.other)])
    if package and map_.may_live_in(package, (sides.module, sides.other)):
        return f"Move what is shared to a new module of {package} that imports neither."
    return "Move what is shared to a module below both, or have it passed in."


def _suggestion(change: Change, sides: _Sides) -> Suggestion | None:
    """The call instead of the copy, where the program certainly stays the same and all replaced lines are new."""
    if not sides.are_functions or sides.code() is None or sides.source is None or sides.other_source is None:
        return None
    from rules.rewrite import call_instead

    packages = _package(change, sides.finding.path), _package(change, sides.counterpart.path)
    found = call_instead(sides.source, sides.lines, sides.other_source, sides.other_lines, sides.other, packages)
    if found is None:
        return None
    added = change.added(sides.finding.path)
    if not all(line in added for line in range(found.start, found.end + 1)):
        return None
    return Suggestion(sides.finding.path, found.start, found.end, found.lines, found.import_line)


def _package(change: Change, path: str) -> str:
    module = change.head.module(path)
    return module if path.endswith("__init__.py") else module.rpartition(".")[0]
