"""Presets: the walls of well-known shapes of repositories, with the packages that have the roles in them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Literal

from rules.change import Change
from rules.contracts.declared import Independent, Layers, Public
from rules.graph import Graph
from rules.inference import roles
from rules.inference.parts import Division, divisions
from rules.inference.proposal import Draft, listed
from rules.inference.wanted import Row, Want, candidates, draft, keep_out, known, level, names, told

MIN_MODULE = 3
"""A package is a module of a monolith where it has so many Python modules."""

FACES = ("api", "public", "interface", "interfaces", "facade", "contracts")
"""What the public face of a module of a monolith is called, where it is not the package itself."""


def by_preset(name: str, tree: Change) -> Draft:
    """The walls of a preset in a whole tree. name: one of PRESETS."""
    return PRESETS[name](tree)


def _django_services(tree: Change) -> Draft:
    graph = tree.head.graph
    sizes = {name: size for name, size in candidates(graph, roles.DJANGO_SERVICES).items() if size > 1}
    found = roles.find_roles(graph, sizes, roles.DJANGO_SERVICES)
    services, django, messaging, data = (names(found[role]) for role in roles.DJANGO_SERVICES)
    rows = [level(row) for row in ((*django, *services), messaging, data) if row]
    return draft(
        tree,
        told(found),
        [
            _layers(
                "web above messaging above data",
                rows,
                "fewer than two of these were found",
                '["<Django apps and services>", "<messaging>", "<data layer>"]',
            ),
            keep_out(
                "services do not know the Django core",
                (services, "<services>"),
                (django, "<Django apps>"),
                "one of the two was not found",
            ),
            keep_out(
                "the Django core does not know the services",
                (django, "<Django apps>"),
                (services, "<services>"),
                "one of the two was not found",
            ),
            keep_out(
                "data and messaging know no web framework",
                ((*messaging, *data), "<data layer>"),
                (known(graph, roles.WEB), "fastapi"),
                "neither was found, or no such framework is in use",
            ),
        ],
    )


def _pipeline(tree: Change) -> Draft:
    graph = tree.head.graph
    found = roles.find_roles(graph, candidates(graph, roles.PIPELINE), roles.PIPELINE)
    found.update({role: found[role][:1] for role in roles.STAGES})
    extract, transform, load, model = (names(found[role]) for role in roles.STAGES)
    stages = tuple(sorted((*extract, *transform, *load, *model)))
    above, below = ([level(row)] if (row := names(found[role])) else [] for role in (roles.CONDUCT, roles.SHARED))
    return draft(
        tree,
        told(found),
        [
            _layers(
                "stages stay separate",
                [*above, stages, *below] if len(stages) > 1 else [],
                "fewer than two stages were found",
                '["<orchestration>", ["<extract>", "<transform>", "<load>", "<model>"], "<shared>"]',
                least=1,
            ),
            keep_out(
                "transform and model fetch nothing",
                ((*transform, *model), "<transform>"),
                (known(graph, roles.NETWORK), "requests"),
                "neither was found, or no library for the network is in use",
            ),
            keep_out(
                "only the model knows what it learns with",
                ((*extract, *transform, *load), "<transform>"),
                (known(graph, roles.LEARNING), "torch"),
                "no other stage was found, or no such library is in use",
            ),
        ],
    )


def _modular_monolith(tree: Change) -> Draft:
    graph, division = tree.head.graph, _monolith(tree)
    if division is None:
        return draft(
            tree, ["no package with several packages of its own was found"], _monolith_wants(graph, [], (), ())
        )
    found = roles.find_roles(graph, division.sizes, roles.MONOLITH)
    entry, kernel = names(found[roles.ENTRY]), names(found[roles.SHARED])
    modules = tuple(
        name
        for name, size in sorted(division.sizes.items())
        if size >= MIN_MODULE and name not in (*entry, *kernel) and graph.modules.get(name, "").endswith("__init__.py")
    )
    tied = {name for pair in division.weights if set(pair) <= set(modules) for name in pair}
    apart = tuple(name for name in modules if name not in tied)
    first = f"modules of {division.package}: {listed(modules, 30) or 'none that has an `__init__`'}"
    rows = [level(row) for row in (entry, modules, kernel) if row] if modules else []
    return draft(tree, [first, *told(found)], _monolith_wants(graph, rows, modules, apart))


def _monolith(tree: Change) -> Division | None:
    """The largest package that has several packages of its own."""
    named = [division for division in divisions(tree) if division.package]
    return next((one for one in named if sum(size >= MIN_MODULE for size in one.sizes.values()) > 1), None)


def _monolith_wants(graph: Graph, rows: Sequence[Row], modules: tuple[str, ...], apart: tuple[str, ...]) -> list[Want]:
    face, alone = "modules are used through their public face", "modules that know nothing of each other"
    example = ('modules = ["<modules>"]',)
    return [
        _layers(
            "entry points above modules above the shared kernel",
            rows,
            "there are no modules, or neither of the others",
            '["<entry points>", { modules = ["<modules>"], independent = false }, "<kernel>"]',
        ),
        Want(
            face,
            Public(name=face, modules=modules, names=_face(graph, modules)) if modules else None,
            "there are no modules",
            ('type = "public"', *example),
        ),
        Want(
            alone,
            Independent(name=alone, modules=apart) if len(apart) > 1 else None,
            "today there are no two that neither import nor are imported",
            ('type = "independent"', *example),
        ),
    ]


def _face(graph: Graph, modules: Sequence[str]) -> tuple[str, ...] | Literal["package"]:
    """The names of modules that are the public face of most of the modules; the package itself where there are none."""
    present = tuple(face for face in FACES if any(f"{module}.{face}" in graph.modules for module in modules))
    having = sum(any(f"{module}.{face}" in graph.modules for face in present) for module in modules)
    return present if 2 * having >= len(modules) else "package"


def _layers(name: str, rows: Sequence[Row], missing: str, example: str, least: int = 2) -> Want:
    """Layers, if there are at least so many."""
    contract = Layers(name=name, layers=tuple(rows)) if len(rows) >= least else None
    return Want(name, contract, missing, ('type = "layers"', f"layers = {example}"))


PRESETS: Mapping[str, Callable[[Change], Draft]] = {
    "modular-monolith": _modular_monolith,
    "django-services": _django_services,
    "pipeline": _pipeline,
}
"""Name -> the walls that it draws."""
