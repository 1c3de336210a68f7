"""An import graph as JSON, and a picture as DOT or Mermaid."""

from __future__ import annotations

import re
from collections.abc import Mapping

import msgspec

from rules.model import Edge
from worker.drawing.picture import Picture, Sides, State, module_pairs
from worker.drawing.wording import Kind, counts, kind_of, printable

GREEN, VIOLET, RED = "#1a7f37", "#8250df", "#cf222e"

COLOURS: Mapping[Kind, str] = {"grown": GREEN, "added": GREEN, "removed": VIOLET, "back": RED, "closes": RED}
"""What a change does to a link; what it leaves as it was has no colour."""

PART_COLOURS: Mapping[State, str] = {"added": GREEN, "removed": VIOLET}


def as_json(sides: Sides) -> str:
    """`{"modules": […], "edges": [{"importer", "imported", "line", "scope"}]}`, sorted.

    Where something is compared, also `added` and `removed`: the edges of the head between modules that the base does
    not connect, and those of the base between modules that the head does not connect.
    """
    head = list(sides.head.edges())
    content: dict[str, object] = {"modules": sorted(sides.head.modules), "edges": [_edge(edge) for edge in head]}
    if sides.base is not None:
        pairs = module_pairs(sides)
        gone = (edge for edge in sides.base.edges() if (edge.importer, edge.imported) in pairs.removed)
        content["added"] = [_edge(edge) for edge in head if (edge.importer, edge.imported) in pairs.added]
        content["removed"] = [_edge(edge) for edge in gone]
    return msgspec.json.format(msgspec.json.encode(content), indent=2).decode()


def _edge(edge: Edge) -> dict[str, object]:
    return {"importer": edge.importer, "imported": edge.imported, "line": edge.line, "scope": edge.scope}


def as_dot(picture: Picture, *, counted: bool) -> str:
    """For Graphviz. counted: with the number of imports at each arrow."""
    lines = ["digraph imports {", "  rankdir=LR;", '  node [shape=box, fontname="Helvetica"];']
    lines += (
        f"  {_dot_string(part.name)}{_dot_style(part.state, PART_COLOURS.get(part.state))};" for part in picture.parts
    )
    for link in picture.links:
        text = counts(link) if counted else ""
        style = _dot_style(link.state, COLOURS.get(kind_of(link)), text)
        lines.append(f"  {_dot_string(link.importer)} -> {_dot_string(link.imported)}{style};")
    return "\n".join([*lines, "}"])


def _dot_style(state: State, colour: str | None, text: str = "") -> str:
    settings = [f"label={text if text.isdigit() else _dot_string(text)}"] if text else []
    if colour:
        settings += [f'color="{colour}"', f"style={'dashed' if state == 'removed' else 'bold'}"]
    return f" [{', '.join(settings)}]" if settings else ""


def _dot_string(text: str) -> str:
    escaped = printable(text).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def as_mermaid(picture: Picture, *, counted: bool) -> str:
    """The same as a Mermaid flowchart."""
    keys = {part.name: f"n{i}" for i, part in enumerate(picture.parts)}
    lines = ["flowchart LR", *(f'  {key}["{_mermaid_text(name)}"]' for name, key in keys.items())]
    for link in picture.links:
        text = counts(link)
        label = f"|{text}|" if text.isdigit() else f'|"{text}"|'
        arrow = "-.->" if link.state == "removed" else "-->"
        lines.append(f"  {keys[link.importer]} {arrow}{label * counted} {keys[link.imported]}")
    for i, link in enumerate(picture.links):
        if colour := COLOURS.get(kind_of(link)):
            lines.append(f"  linkStyle {i} stroke:{colour},stroke-width:2px")
    for part in picture.parts:
        if colour := PART_COLOURS.get(part.state):
            dashes = ",stroke-dasharray:5 3" if part.state == "removed" else ""
            lines.append(f"  style {keys[part.name]} stroke:{colour}{dashes}")
    return "\n".join(lines)


def _mermaid_text(text: str) -> str:
    """The text with everything but letters, digits and harmless marks as entity codes, which Mermaid shows as they are."""
    return re.sub(r"[^\w. /\ufffd-]", lambda match: f"#{ord(match[0])};", printable(text))
