"""What makes two functions alike without one being a copy of the other: protocols, stubs, wrappers, twins of old."""

from __future__ import annotations

import re

from rules.change import Change
from rules.clones import Unit, align_units
from rules.model import Definition
from rules.syntax import source_lines

WHOLE = 0.7
"""A unit of which so much is shared is a copy as a whole; below, a block of it is."""

_PROTOCOL = re.compile(r"__(?!init__|post_init__|call__|new__|a?enter__|a?exit__)\w+__$")
"""Methods whose shape the language prescribes."""

_STUBS = frozenset(("overload", "typing.overload", "t.overload", "abstractmethod", "abc.abstractmethod", "stub"))


def is_prescribed(definition: Definition | None) -> bool:
    """Whether the shape of a function is not its author's choice: a protocol's method, an overload, a stub."""
    return definition is not None and bool(_PROTOCOL.search(definition.name) or _STUBS.intersection(definition.traits))


def one_calls_the_other(change: Change, one: Unit, other: Unit) -> bool:
    """Whether one of two functions of the head is a wrapper of the other."""
    return one != other and (_calls(change, one, other) or _calls(change, other, one))


def _calls(change: Change, caller: Unit, callee: Unit) -> bool:
    data = change.head.source(caller.path)
    name = callee.symbol.rpartition(".")[2]
    if data is None or caller.definition is None or not name or name == "__init__":
        return False
    body = "\n".join(source_lines(data)[caller.definition.body - 1 : caller.definition.end])
    return re.search(rf"\b{re.escape(name)}\s*\(", body) is not None


def were_twins(change: Change, one: Unit, other: Unit) -> bool:
    """Whether both stood in the base and were copies there already: keeping copies alike is no new copy."""
    before, counterpart = in_base(change, one), in_base(change, other)
    if before is None or counterpart is None or before == counterpart:
        return False
    found = align_units(change.base.clones, before, counterpart)
    shares = (
        sum(unit.entries[pair[side]].words for pair in found.pairs) / unit.words
        for side, unit in enumerate((before, counterpart))
    )
    return min(shares) >= WHOLE


def in_base(change: Change, unit: Unit) -> Unit | None:
    """The function of the base that stands under the same name in the same file, by the file's name then."""
    if unit.definition is None:
        return None
    path, index = change.base_path(unit.path), change.base.clones
    units = (index.unit(number) for number in index.in_file(path))
    return next((other for other in units if other.symbol == unit.symbol), None)
