"""What a reader should know of a tach.toml: the keys that are not enforced, and what tach itself refuses."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from rules.circles import strong_components
from rules.contracts.declared import TachDependency
from rules.contracts.tach_file import InterfaceTable, ModuleTable, TachFile
from rules.contracts.tach_globs import module_glob, path_glob
from rules.contracts.tach_rules import ROOT


def notes_on(
    path: str, file: TachFile, modules: Sequence[ModuleTable], interfaces: Sequence[InterfaceTable]
) -> Iterator[str]:
    """Sentences about a file; modules and interfaces are those of its domain files, too. Raises re.error."""
    for interface in interfaces:
        for pattern in (*interface.modules, *interface.expose):
            re.compile(f"^{pattern}$")
    keys = list(_not_enforced(file, modules, interfaces))
    if keys:
        yield f"{path}: not enforced here but by tach itself: {', '.join(f'`{key}`' for key in keys)}"
    for why in _refused(file, modules):
        yield f"{path}: tach refuses this configuration: {why}"


def _not_enforced(
    file: TachFile, modules: Sequence[ModuleTable], interfaces: Sequence[InterfaceTable]
) -> Iterator[str]:
    if file.exact:
        yield "exact"
    if file.include_string_imports:
        yield "include_string_imports (other strings than the names of imported modules)"
    if file.rules.require_ignore_directive_reasons != "off":
        yield "rules.require_ignore_directive_reasons"
    if file.plugins:
        yield "plugins"
    if any(module.strict for module in modules):
        yield "modules.strict"
    for key in ("depends_on_external", "cannot_depend_on_external"):
        if any(getattr(module, key) is not None for module in modules):
            yield f"modules.{key}"
    if any(interface.data_types != "all" for interface in interfaces):
        yield "interfaces.data_types"


def _refused(file: TachFile, modules: Sequence[ModuleTable]) -> Iterator[str]:
    named = [(name, module) for module in modules for name in module.paths or (module.path or "",)]
    plain = [name for name, _ in named if module_glob(name) is None]
    for name in sorted({name for name in plain if plain.count(name) > 1}):
        yield f"there are two modules {name}"
    layers = {layer if isinstance(layer, str) else layer.name for layer in file.layers}
    for name, module in named:
        if module.layer is not None and module.layer not in layers:
            yield f"{name} is in the layer {module.layer}, which `layers` does not name"
    visible = {name: module.visibility for name, module in named if module.visibility is not None and name != ROOT}
    for name, module in named:
        as_seen = "." if name == ROOT else name
        for entry in _entries(module):
            patterns = visible.get(entry)
            if patterns is not None and not any(re.fullmatch(path_glob(pattern), as_seen) for pattern in patterns):
                yield f"{name} depends on {entry}, and `visibility` of {entry} does not name it"
            if entry == ROOT and file.root_module in ("forbid", "dependenciesonly"):
                yield f"{name} depends on {ROOT}, and `root_module` is {file.root_module!r}"
        if name == ROOT and file.root_module == "forbid":
            yield f"{ROOT} is a module, and `root_module` is 'forbid'"
    if file.forbid_circular_dependencies:
        known = dict(named)
        circles = strong_components(known, lambda name: _entries(known[name]) if name in known else ())
        yield from (f"{' and '.join(circle)} depend on each other in a circle" for circle in circles)


def _entries(module: ModuleTable) -> list[str]:
    return [entry.path if isinstance(entry, TachDependency) else entry for entry in module.depends_on or ()]
