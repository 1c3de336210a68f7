"""Programs of a few modules with random imports, as trees in memory, and what a careful person would do to them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from hypothesis import strategies as st

from rules.model import Scope

Import = tuple[str, str, Scope]
"""(importer, imported, scope)"""

MODULES = ("s.a.m", "s.a.n", "s.b.m", "s.b.n", "s.c.m", "s.c.n", "s.d", "s.e")
PARTS = ("one", "two")
"""Every module has two functions; what it imports is imported for one of the two."""


class Program(NamedTuple):
    """Modules, and imports with the number of the function that they are for."""

    modules: tuple[str, ...]
    imports: frozenset[tuple[Import, int]]

    def edges(self) -> frozenset[Import]:
        """The imports."""
        return frozenset(edge for edge, _ in self.imports)

    def tree(self) -> dict[str, str]:
        """Its files."""
        files = {path_of(module): source(module, self.of(module)) for module in self.modules}
        return {"s/__init__.py": "", **files}

    def of(self, module: str, parts: Iterable[int] = (0, 1)) -> list[Import]:
        """The imports of one module for some of its functions."""
        return sorted({edge for edge, part in self.imports if edge[0] == module and part in parts})

    def named(self, names: Mapping[str, str]) -> Program:
        """The same program with modules under other names; two under one name are one module then."""
        modules = sorted({names.get(module, module) for module in self.modules})
        moved = ((names.get(a, a), names.get(b, b), scope, part) for (a, b, scope), part in self.imports)
        return Program(tuple(modules), frozenset(((a, b, scope), part) for a, b, scope, part in moved if a != b))


def path_of(module: str) -> str:
    """The path of a module that is no package."""
    return f"{module.replace('.', '/')}.py"


def flat(module: str) -> str:
    """A module's name as part of another name."""
    return module.replace(".", "_")


def import_lines(edges: Iterable[Import]) -> list[str]:
    """Statements that make these imports; those inside a function use what they take."""
    lines = dict[Scope, list[str]]()
    for _, imported, scope in edges:
        lines.setdefault(scope, []).append(f"from {imported} import one_{flat(imported)}")
    inner = [f"    {line}" for line in lines.get("lazy", [])]
    typed = [f"    {line}" for line in lines.get("typing", [])]
    names = ", ".join(line.rpartition(" ")[2] for line in inner)
    return [
        *lines.get("import", []),
        *(["if TYPE_CHECKING:", *typed] if typed else []),
        *(["def later():", *inner, f"    return {names}"] if inner else []),
    ]


def source(module: str, edges: Iterable[Import], parts: Iterable[int] = (0, 1), origins: Iterable[str] = ()) -> str:
    """The text of a module that defines some functions of one or several modules of the base.

    The last of them uses what the module imports, some of it in annotations only.
    """
    edges, parts = list(edges), list(parts)
    lines = import_lines(edges)
    taken = sorted({imported for _, imported, scope in edges if scope == "import"})
    values = "".join(f", one_{flat(imported)}" for imported in taken if not imported.endswith("n"))
    types = ", ".join(f"x{i}: one_{flat(imported)}" for i, imported in enumerate(taken) if imported.endswith("n"))
    for origin in origins or [module]:
        for part in parts:
            uses = part == parts[-1]
            lines.append(f"def {PARTS[part]}_{flat(origin)}({types if uses else ''}):")
            lines.append(f"    return {part}{values if uses else ''}")
    return "\n".join(lines) + "\n"


SCOPES = st.sampled_from(("import", "import", "import", "lazy", "typing"))
IMPORTS = st.tuples(
    st.tuples(st.sampled_from(MODULES), st.sampled_from(MODULES), SCOPES).filter(lambda edge: edge[0] != edge[1]),
    st.integers(0, 1),
)
PROGRAMS = st.builds(Program, st.just(MODULES), st.frozensets(IMPORTS, max_size=14))
