"""The way out of a copy: whether the counterpart may be imported from here, the call that replaces the copy, or a place for both."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence
from functools import cached_property

from msgspec.structs import replace

from rules.change import Change
from rules.contracts.breach import Enforced
from rules.deprecation import replaces
from rules.facts import MAX_NESTING
from rules.graph import RUNTIME, shared_parts
from rules.layout import can_be_imported
from rules.likeness import says_asynchronous
from rules.model import Definition, Facts, Finding, Suggestion
from rules.resolver import package_of
from rules.strangers import are_strangers, imports_from
from rules.syntax import source_lines

_ABOUT_COPIES = ("duplication/copy", "duplication/reimplementation")

TOLD = 4
"""So many differences are told; a shared function with more parameters is no way out."""

ALLOWED = "; that breaks no contract and closes no cycle"

_NO_HOME = frozenset(("object", "ABC", "abc.ABC", "Protocol", "typing.Protocol", "Generic", "typing.Generic"))
"""Bases that nobody here can put a method into."""

LONG = 60
"""A difference of more characters is no value to pass."""


def with_way_out(change: Change, walls: Sequence[Enforced], finding: Finding) -> Finding:
    """A finding about a copy, with advice that holds in this repository and, where it is certain, a suggestion.

    `walls` are the contracts that are in force. Findings without a counterpart stay as they are.
    """
    if finding.rule not in _ABOUT_COPIES or not finding.related:
        return finding
    sides, allowed_ = _Sides(change, finding), _Permissions(change, walls)
    if replaces(change, finding.place, sides.counterpart):
        advice = f"{sides.name} of {sides.other} is marked as deprecated or legacy. If it stays for long, let it call the new code"
        return replace(finding, advice=f"{advice[0].upper()}{advice[1:]}; else there is nothing to do.")
    if sides.module == sides.other:
        suggestion = _suggestion(change, sides)
        return replace(finding, advice=_do(sides, suggestion, "in this file"), suggestion=suggestion)
    if are_strangers(change.head, finding.path, sides.counterpart.path):
        advice = "Nothing ties the two source roots so far: share it only if one of them may depend on the other"
        return replace(finding, advice=f"{advice}, or both on a third.{_parameters(sides)}")
    if not all(name in change.head.graph.modules and can_be_imported(name) for name in (sides.module, sides.other)):
        return replace(finding, advice=_do(sides, None, "in a module that both can import", importable=False))
    if not imports_from(change.head, finding.path, sides.counterpart.path):
        is_possible = allowed_.obstacle(sides.other, sides.module) is None
        if sides.may_stay and is_possible and imports_from(change.head, sides.counterpart.path, finding.path):
            return replace(finding, advice=f"Keep the one in {sides.module} and import it into {sides.other}.")
        place = allowed_.common_ground(sides.module, sides.other) or "a module that both can import"
        return replace(finding, advice=_do(sides, None, f"in {place}", importable=False))
    obstacle = allowed_.obstacle(sides.module, sides.other)
    if obstacle is None:
        suggestion = _suggestion(change, sides)
        place = _near(allowed_.common_ground(sides.module, sides.other), sides) or sides.other
        return replace(finding, advice=_do(sides, suggestion, f"in {place}", ALLOWED), suggestion=suggestion)
    if sides.both_new and sides.may_stay and allowed_.obstacle(sides.other, sides.module) is None:
        return replace(
            finding,
            advice=f"Keep the one in {sides.module} and import it into {sides.other}: the other way round {obstacle}.",
        )
    advice = f"{sides.other} may not be imported here: {obstacle}. {_shared(allowed_, sides)}{_parameters(sides)}"
    return replace(finding, advice=advice)


def _do(sides: _Sides, suggestion: Suggestion | None, place: str, allowed: str = "", *, importable: bool = True) -> str:
    """What to do, as one or two sentences; `place` is where shared code may live, `allowed` why it may be imported."""
    if sides.are_bilingual:
        return "Move what neither of the two awaits into a function that both call."
    if sides.finding.rule != "duplication/copy":
        return f"Read {sides.name} first: call it, or widen it by what is missing{allowed}."
    if sides.are_classes and importable and sides.differences == ():
        source = f" and import it from `{sides.other}`" if sides.module != sides.other else ""
        return f"Keep {sides.name}{source}{allowed if source else ''}."
    if sides.are_classes:
        return f"Give both classes a base or a mixin for what they share{sides.base}."
    same = suggestion is not None or sides.differences == () or _parameters(sides) != ""
    if same and importable and sides.are_functions and sides.is_callable:
        source = f" from `{sides.other}`" if sides.module != sides.other else ""
        private = sides.counterpart.symbol.startswith("_") and bool(source)
        verb = "Import" if source else "Call"
        rest = ", make it public, and call it" if private else " and call it" if source else " instead"
        return f"{verb} {sides.name}{source}{rest}{allowed}.{_parameters(sides)}"
    if sides.are_methods and (sides.are_functions or sides.base):
        return f"Give both classes one method, in a base or a mixin{sides.base}.{_parameters(sides)}"
    return f"Make a function of what is shared, {place}, and call it from both.{_parameters(sides)}"


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
    def may_stay(self) -> bool:
        """Whether the new one can be imported by its name in place of the counterpart."""
        return (self.are_functions or self.are_classes) and not self.are_bilingual and "." not in self.finding.symbol

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
        """Whether one of two functions is synchronous and the other is not, or makes one that is not."""
        if says_asynchronous(self.finding.symbol, self.counterpart.symbol):
            return True
        one, other = (d is not None and d.kind == "function" and "async" in d.traits for d in self._around())
        return one != other

    @property
    def are_methods(self) -> bool:
        """Whether both places lie in methods, of different classes."""
        one, other = (d.name.rpartition(".")[0] if d else "" for d in self._around())
        return bool(one and other) and (self.module, one) != (self.other, other)

    @property
    def is_callable(self) -> bool:
        """Whether the counterpart can be called by its name: a function, or a method of the same class."""
        owner = self.counterpart.symbol.rpartition(".")[0]
        return not owner or (self.module == self.other and owner == self.finding.symbol.rpartition(".")[0])

    @property
    def base(self) -> str:
        """A class that both sides' classes name as their base, for a sentence."""
        one, other = (set(definition.bases) if definition else set() for definition in self._classes())
        shared = sorted(one & other - _NO_HOME)
        return f": both are `{shared[0]}`" if shared else ""

    @cached_property
    def differences(self) -> tuple[tuple[str, str], ...] | None:
        """Where the two differ, as pairs of texts; None where they are not of one shape."""
        from rules.differences import differences

        code = self.code()
        found = differences(*code) if code is not None else None
        return None if found is None else tuple((d.new, d.old) for d in found if d.new != d.old)

    def _around(self) -> tuple[Definition | None, Definition | None]:
        return _named(self.facts, self.finding.symbol), _named(self.other_facts, self.counterpart.symbol)

    def _classes(self) -> tuple[Definition | None, Definition | None]:
        if self.are_classes:
            return self._definitions()
        names = (self.finding.symbol.rpartition(".")[0], self.counterpart.symbol.rpartition(".")[0])
        return _named(self.facts, names[0]), _named(self.other_facts, names[1])

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


def _named(facts: Facts | None, name: str) -> Definition | None:
    """The definition of this name."""
    return next((d for d in (facts.definitions if facts else ()) if d.name == name), None)


def _text(source: bytes, lines: tuple[int, int]) -> str:
    return textwrap.dedent("\n".join(source_lines(source)[lines[0] - 1 : lines[1]])) + "\n"


def _parameters(sides: _Sides) -> str:
    """What a shared function would take: the places where the two differ."""
    found = sides.differences
    texts = [text for difference in found or () for text in difference]
    if not found or len(found) > TOLD or any(len(text) > LONG or "`" in text for text in texts):
        return ""
    return f" They differ in {', '.join(f'`{new}` for `{old}`' for new, old in found)}: parameters of the shared one."


class _Permissions:
    """What may be imported from where."""

    def __init__(self, change: Change, walls: Sequence[Enforced]) -> None:
        self._graph = change.cycle_graphs[1]
        self._walls = walls

    def obstacle(self, importer: str, imported: str) -> str | None:
        """Why the one must not import the other, None if it may. A module that does so already may."""
        if imported in self._graph.out(importer, RUNTIME):
            return None
        for walls in self._walls:
            says = walls.obstacle(importer, imported, self._graph) if "import" in walls.contract.scopes else None
            if says is not None:
                return f"contract {walls.contract.name!r} says that {says}"
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
            key=lambda m: (-shared_parts(m, one) - shared_parts(m, other), len(self._graph.out(m, RUNTIME)), m),
            default=None,
        )

    def may_live_in(self, package: str, importers: Iterable[str]) -> bool:
        """Whether no contract forbids these modules to import a new module of a package."""
        name = f"{package}.shared"
        return not any(walls.obstacle(importer, name) for walls in self._walls for importer in importers)


def _near(place: str | None, sides: _Sides) -> str | None:
    """A place for shared code, if it lies in the package of either side: elsewhere it has nothing to do with them."""
    packages = {name.rpartition(".")[0] for name in (sides.module, sides.other)}
    return place if place is not None and place.rpartition(".")[0] in packages else None


def _shared(allowed_: _Permissions, sides: _Sides) -> str:
    place = allowed_.common_ground(sides.module, sides.other)
    if place is not None:
        return f"Move what is shared to {place} or beside it, which both import already."
    package = ".".join(sides.module.split(".")[: shared_parts(sides.module, sides.other)])
    if package and allowed_.may_live_in(package, (sides.module, sides.other)):
        return f"Move what is shared to a new module of {package} that imports neither."
    return "Move what is shared to a module below both, or have it passed in."


def _suggestion(change: Change, sides: _Sides) -> Suggestion | None:
    """The call instead of the copy, where the program certainly stays the same and all replaced lines are new."""
    if not sides.are_functions or sides.code() is None or sides.source is None or sides.other_source is None:
        return None
    from rules.rewrite import call_instead

    packages = package_of(sides.module, sides.finding.path), package_of(sides.other, sides.counterpart.path)
    found = call_instead(sides.source, sides.lines, sides.other_source, sides.other_lines, sides.other, packages)
    if found is None:
        return None
    added = change.added(sides.finding.path)
    if not all(line in added for line in range(found.start, found.end + 1)):
        return None
    return Suggestion(sides.finding.path, found.start, found.end, found.lines, found.import_line)
