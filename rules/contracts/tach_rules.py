"""What tach says about one import: whose module it is in, whose module it takes, and what the two may."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import NamedTuple

from msgspec.structs import replace

from rules.contracts.declared import Tach, TachInterface, TachModule
from rules.contracts.tach_globs import module_glob
from rules.model import Level

ROOT = "<root>"
"""The module that everything is in which is in no other."""


class Verdict(NamedTuple):
    """One thing that tach says against an import; `kind` is its name for it."""

    kind: str
    level: Level
    says: str
    advice: str


class TachRules:
    """The modules of a tach.toml that a repository has, and what they may."""

    def __init__(self, contract: Tach, names: Collection[str], files: Collection[str]) -> None:
        """names: of all modules and packages of the repository. files: the modules that have a file tach looks at."""
        self._contract = contract
        self._order = {layer.name: i for i, layer in enumerate(contract.layers)}
        self._modules = _named(contract, files)
        self._absent = {m.path: m for m in self._modules.values() if m.path not in names}
        self.has_absent = bool(self._absent)
        self._interfaces = [_Interface(interface) for interface in contract.interfaces]
        self._root = self._modules.get(ROOT, TachModule(path=ROOT))
        self._known: dict[str, TachModule] = {}
        self._shown: dict[tuple[str, str], list[_Interface]] = {}

    def module_of(self, name: str) -> TachModule:
        """The module that a dotted name belongs to."""
        known = self._known.get(name)
        if known is None:
            known = self._known[name] = _nearest(self._modules, name) or self._root
        return known

    def absent(self, name: str) -> TachModule | None:
        """The module that a dotted name belongs to among those of which the repository shows no Python file."""
        return _nearest(self._absent, name)

    def is_checked(self, module: TachModule) -> bool:
        """Whether tach looks at the imports of a module."""
        return not module.unchecked and (module.path != ROOT or self._contract.checks_root)

    def verdicts(self, own: TachModule, target: TachModule, name: str) -> Iterator[Verdict]:
        """What is against the import of a dotted name, which is of module `target`, by module `own`."""
        if own.path == target.path or (target.path == ROOT and not self._contract.checks_root):
            return
        against = self._against_dependency(own, target)
        if against is not None:
            yield against
        against = self._against_name(own, target, name)
        if against is not None:
            yield against

    def _against_dependency(self, own: TachModule, target: TachModule) -> Verdict | None:
        one, other = own.path, target.path
        if own.layer is not None and target.layer is not None and own.layer != target.layer:
            if own.layer not in self._order or target.layer not in self._order:
                return None
            high, low = self._order[own.layer], self._order[target.layer]
            if high > low:
                says = f"{one} is in the layer {own.layer}, {other} in the higher layer {target.layer}"
                return _error("layer", says, _MOVE)
            closed = next((layer.name for layer in self._contract.layers[high + 1 : low] if layer.closed), None)
            if closed is not None:
                says = f"{one} reaches {other}, in the layer {target.layer}, only through the layer {closed}"
                return _error("closed-layer", says, _MOVE)
            if not self._contract.explicit_layers or target.utility:
                return None
        if any(_matches(path, other) for path in own.cannot_depend_on):
            return _error("forbidden", f"`cannot_depend_on` of {one} names {other}", _MOVE)
        if own.depends_on is None or target.utility:
            return None
        entry = next((entry for entry in own.depends_on if _matches(entry.path, other)), None)
        if entry is None:
            return _error("undeclared", f"`depends_on` of {one} does not name {other}", _DECLARE.format(other))
        if entry.deprecated:
            return Verdict("deprecated", "warning", f"{one} should no longer depend on {other}", _DEPRECATED)
        return None

    def _against_name(self, own: TachModule, target: TachModule, name: str) -> Verdict | None:
        member = name[len(target.path) + 1 :] if name.startswith(target.path + ".") else ""
        shown = self._interfaces_of(target.path, own.path) if member else []
        if not shown or any(interface.exposes(member) for interface in shown):
            return None
        advice = f"Import what `{target.path}` exposes, or expose `{member}` there in a change of its own."
        return _error("private", f"no interface of {target.path} exposes {member} to {own.path}", advice)

    def _interfaces_of(self, module: str, importer: str) -> list[_Interface]:
        """The interfaces of a module that another one sees; an exclusive one that it sees is the only one."""
        shown = self._shown.get((module, importer))
        if shown is None:
            shown = [interface for interface in self._interfaces if interface.shows(module, importer)]
            alone = next((interface for interface in shown if interface.exclusive), None)
            shown = self._shown[module, importer] = [alone] if alone else shown
        return shown


_MOVE = "Move what is needed to where both sides may import it, or have the caller pass it in."
_DECLARE = (
    _MOVE.replace(", or", ",") + " If the dependency is meant, name `{0}` in `depends_on` in a change of its own."
)
_DEPRECATED = "This dependency is on its way out: use what takes its place."


def _error(kind: str, says: str, advice: str) -> Verdict:
    return Verdict(kind, "error", says, advice)


class _Interface:
    def __init__(self, interface: TachInterface) -> None:
        self._modules = [re.compile(f"^{pattern}$") for pattern in interface.modules]
        self._members = [re.compile(f"^{pattern}$") for pattern in interface.expose]
        self._visibility = interface.visibility
        self.exclusive = interface.exclusive

    def shows(self, module: str, importer: str) -> bool:
        if self._visibility is not None and importer not in self._visibility:
            return False
        return any(pattern.search(module) for pattern in self._modules)

    def exposes(self, member: str) -> bool:
        return any(pattern.search(member) for pattern in self._members)


def _matches(entry: str, module: str) -> bool:
    glob = module_glob(entry)
    return entry == module if glob is None else glob.fullmatch(module) is not None


def _named(contract: Tach, files: Collection[str]) -> dict[str, TachModule]:
    """The modules by their names: a glob is many, a later one stands for an earlier one, a name for a glob.

    A plain name counts though no Python file bears it: stubs and compiled modules are imported, too.
    """
    found, literal = dict[str, TachModule](), set[str]()
    for module in contract.modules:
        glob = module_glob(module.path)
        if glob is None:
            found[module.path] = module
            literal.add(module.path)
        else:
            matches = (name for name in files if glob.fullmatch(name) and name not in literal)
            found.update((name, replace(module, path=name)) for name in matches)
    return found


def _nearest(modules: dict[str, TachModule], name: str) -> TachModule | None:
    while name and modules:
        if name in modules:
            return modules[name]
        name = name.rpartition(".")[0]
    return None
