"""What makes two functions alike without one being a copy of the other: protocols, stubs, wrappers, twins of old."""

from __future__ import annotations

import re
from functools import cached_property

from rules.change import Change
from rules.clones import Unit, align_units
from rules.features import feature
from rules.model import Definition
from rules.tokens import canonical

WHOLE = 0.7
"""A unit of which so much is shared is a copy as a whole; below, a block of it is."""

_PROTOCOL = frozenset((
    "abs", "add", "aiter", "and", "anext", "await", "bool", "bytes", "ceil", "class_getitem", "complex", "contains",
    "copy", "deepcopy", "del", "delattr", "delete", "delitem", "dir", "divmod", "eq", "float", "floor", "floordiv",
    "format", "fspath", "ge", "get", "getattr", "getattribute", "getinitargs", "getitem", "getnewargs",
    "getnewargs_ex", "getstate", "gt", "hash", "iadd", "iand", "ifloordiv", "ilshift", "imatmul", "imod", "imul",
    "index", "init_subclass", "instancecheck", "int", "invert", "ior", "ipow", "irshift", "isub", "iter",
    "itruediv", "ixor", "le", "len", "length_hint", "lshift", "lt", "matmul", "missing", "mod", "mul", "ne", "neg",
    "next", "or", "pos", "pow", "prepare", "radd", "rand", "rdivmod", "reduce", "reduce_ex", "repr", "reversed",
    "rfloordiv", "rlshift", "rmatmul", "rmod", "rmul", "ror", "round", "rpow", "rrshift", "rshift", "rsub",
    "rtruediv", "rxor", "set", "set_name", "setattr", "setitem", "setstate", "sizeof", "str", "sub",
    "subclasscheck", "subclasshook", "truediv", "trunc", "xor",
))  # fmt: skip
"""Special methods whose shape the language prescribes (Python's data model), without their underscores."""

_SYNC = re.compile(r"(?<![a-z])a?sync_|_a?sync(?![a-z])")

_STUBS = frozenset(("overload", "typing.overload", "t.overload", "abstractmethod", "abc.abstractmethod", "stub"))


def is_prescribed(definition: Definition | None) -> bool:
    """Whether the shape of a function is not its author's choice: a protocol's method, an overload, a stub."""
    if definition is None:
        return False
    name = definition.name.rpartition(".")[2]
    special = name.startswith("__") and name.endswith("__") and name[2:-2] in _PROTOCOL
    return special or is_stub(definition)


def is_stub(definition: Definition | None) -> bool:
    """Whether a function is an overload, abstract or a stub: whatever stands in it says what others do."""
    return definition is not None and not _STUBS.isdisjoint(definition.traits)


def is_asynchronous(unit: Unit) -> bool:
    """Whether a unit is a function that its callers await."""
    return unit.definition is not None and "async" in unit.definition.traits


def says_asynchronous(one: str, other: str) -> bool:
    """Whether two functions or files have one name, but for a word that says which of them is asynchronous, or is not."""
    names = one.rpartition(".")[2].lower(), other.rpartition(".")[2].lower()
    bare, twin = (canonical(_SYNC.sub("", name).encode()) for name in names)
    return bare == twin and names[0] != names[1] and any("sync" in name for name in names)


def differ_by_an_a(one: str, other: str) -> bool:
    """Whether the name of one of two functions is that of the other after an `a`, as asynchronous ones are often named."""
    bare, twin = (canonical(name.rpartition(".")[2].encode()) for name in (one, other))
    return bare == b"a" + twin or twin == b"a" + bare


def are_twins(one: str, other: str) -> bool:
    """Whether the names of two functions say that they do the same for synchronous callers and for others."""
    return says_asynchronous(one, other) or differ_by_an_a(one, other)


def one_calls_the_other(one: Unit, other: Unit) -> bool:
    """Whether one of two functions is a wrapper of the other: it calls that name, which the other does not itself."""
    return one != other and (_calls(one, other) or _calls(other, one))


def both_forward(one: Unit, other: Unit) -> bool:
    """Whether two functions of one name both hand on to something of that name: overrides, proxies.

    Two functions that stand in no class override nothing: they are recursive, or two of one facade.
    """
    if _name(one) != _name(other) or _name(one) == "__init__" or one.symbol == other.symbol == _name(one):
        return False
    return _own_call(one) in one.features and _own_call(other) in other.features


def _calls(caller: Unit, callee: Unit) -> bool:
    call = _own_call(callee)
    return _name(callee) not in ("", "__init__") and call in caller.features and call not in callee.features


def _own_call(unit: Unit) -> int:
    return feature(canonical(_name(unit).encode()) + b"(")


def _name(unit: Unit) -> str:
    return unit.symbol.rpartition(".")[2]


def _hashes(unit: Unit) -> set[int]:
    return {entry.hash for entry in unit.entries}


class Origins:
    """Where the functions of the head stood in the base."""

    def __init__(self, change: Change) -> None:
        self._change = change
        self._by_path: dict[str, dict[str, Unit]] = {}

    def were_twins(self, one: Unit, other: Unit) -> bool:
        """Whether both stood in the base and were copies there already: keeping copies alike is no new copy."""
        before, counterpart = self.of(one), self.of(other)
        if before is None or counterpart is None or before == counterpart:
            return False
        return min(self._shares(before, counterpart)) >= WHOLE

    def were_edited_alike(self, one: Unit, other: Unit) -> bool:
        """Whether two functions of the base lost statements in common, and what both gained only takes their place."""
        before, counterpart = self.of(one), self.of(other)
        if before is None or counterpart is None or before == counterpart:
            return False
        known, shared = _hashes(before) & _hashes(counterpart), _hashes(one) & _hashes(other)
        lost = sum(entry.words for entry in before.entries if entry.hash in known - shared)
        return 2 * lost >= sum(entry.words for entry in one.entries if entry.hash in shared - known)

    def of(self, unit: Unit) -> Unit | None:
        """The function of the base that this one was: of the same name in the same file, or the one that it replaced.

        A file is followed by its rename, a function that moved or got another name by its statements.
        """
        if unit.definition is None:
            return None
        path = self._change.base_path(unit.path)
        known = self._by_path.get(path)
        if known is None:
            index = self._change.base.clones
            units = map(index.unit, reversed(index.in_file(path)))
            known = self._by_path[path] = {other.symbol: other for other in units}
        return known.get(unit.symbol) or self._replaced(unit)

    def _replaced(self, unit: Unit) -> Unit | None:
        hashes = _hashes(unit)
        found: Unit | None = None
        best = WHOLE
        for other in self.gone:
            if not hashes.isdisjoint(_hashes(other)):
                kept = self._shares(other, unit)[0]
                if kept > best or (found is None and kept == best):
                    found, best = other, kept
        return found

    def _shares(self, one: Unit, other: Unit) -> tuple[float, float]:
        """The share of each unit's words that the other has too."""
        pairs = align_units(self._change.base.clones, one, other).pairs
        return sum(one.entries[i].words for i, _ in pairs) / one.words, sum(
            other.entries[j].words for _, j in pairs
        ) / other.words

    @cached_property
    def gone(self) -> list[Unit]:
        """The functions of the base that the head does not have under their names."""
        change, found = self._change, list[Unit]()
        for file in change.files:
            if file.base_path in change.base.facts:
                facts = change.head.facts.get(file.path)
                stayed = {definition.name for definition in facts.definitions} if facts else set[str]()
                units = map(change.base.clones.unit, change.base.clones.in_file(file.base_path))
                found.extend(unit for unit in units if unit.definition and unit.symbol not in stayed)
        return found
