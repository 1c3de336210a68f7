"""An import graph as JSON, DOT or Mermaid."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from rules.components import ComponentGraph, find_components
from rules.graph import Graph
from rules.model import SCOPES


def as_json(graph: Graph) -> str:
    """`{"modules": […], "edges": [{"importer", "imported", "line", "scope"}]}`, sorted."""
    edges = [
        {"importer": edge.importer, "imported": edge.imported, "line": edge.line, "scope": edge.scope}
        for edge in graph.edges()
    ]
    return msgspec.json.format(
        msgspec.json.encode({"modules": sorted(graph.modules), "edges": edges}), indent=2
    ).decode()


def as_dot(graph: Graph, *, modules: bool) -> str:
    """Components with the number of imports between them, or modules, for Graphviz."""
    lines = [
        f'  "{_escaped(one)}" -> "{_escaped(other)}"{f" [label={weight}]" if not modules else ""};'
        for one, other, weight in _links(graph, modules=modules)
    ]
    nodes = [f'  "{_escaped(name)}";' for name in _nodes(graph, modules=modules)]
    return "\n".join(
        ["digraph imports {", "  rankdir=LR;", '  node [shape=box, fontname="Helvetica"];', *nodes, *lines, "}"]
    )


def as_mermaid(graph: Graph, *, modules: bool) -> str:
    """The same as a Mermaid flowchart."""
    names = list(_nodes(graph, modules=modules))
    keys = {name: f"n{i}" for i, name in enumerate(names)}
    nodes = [f'  {keys[name]}["{name}"]' for name in names]
    lines = [
        f"  {keys[one]} -->{f'|{weight}|' if not modules else ''} {keys[other]}"
        for one, other, weight in _links(graph, modules=modules)
    ]
    return "\n".join(["flowchart LR", *nodes, *lines])


def _nodes(graph: Graph, *, modules: bool) -> list[str]:
    if modules:
        return sorted(graph.modules)
    components = find_components(graph.modules)
    return sorted({components.of(module) for module in graph.modules})


def _links(graph: Graph, *, modules: bool) -> Iterable[tuple[str, str, int]]:
    if modules:
        return [(one, other, 1) for one in sorted(graph.modules) for other in sorted(graph.out(one, SCOPES))]
    weights = ComponentGraph(graph, find_components(graph.modules), SCOPES).weights
    return [(one, other, weight) for one in sorted(weights) for other, weight in sorted(weights[one].items())]


def _escaped(name: str) -> str:
    return name.replace("\\", "\\\\").replace('"', '\\"')
