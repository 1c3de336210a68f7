"""The import graph as one HTML page to look around in: nothing is fetched, all that it needs stands in the file."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Mapping, Sequence
from hashlib import sha256
from html import escape
from pathlib import Path
from string import Template

from rules.model import Edge
from worker.drawing.groups import Group, layers_of, tree
from worker.drawing.layers import implied
from worker.drawing.picture import Pair, Picture, Sides, State, draw_components, draw_modules
from worker.drawing.plan import label_width, shortened
from worker.drawing.wording import KINDS, printable

SCRIPTS = ("places.js", "scene.js", "view.js", "page.js")

FILTERS = {"changes": "shrunk grown added removed back closes", "cycles": "cycle back closes"}
"""What the reader can choose to see alone, and the kinds of links that belong to it."""


def as_html(sides: Sides, caption: str, *, modules: bool) -> str:
    """The page. caption: what is drawn, in a line. modules: whether all components are open at the start."""
    components, inner = draw_components(sides), draw_modules(sides)
    script = "\n".join(map(_file, SCRIPTS))
    style = _file("page.css")
    compared = sides.base is not None
    kinds = [kind for kind in KINDS if kind == "kept" or (kind == "cycle") != compared]
    return Template(_file("page.html")).substitute(
        caption=escape(printable(caption)),
        style=style,
        style_hash=_hash(style),
        script=script,
        script_hash=_hash(script),
        filters="\n".join(
            f'<label><input type="checkbox" data-only="{FILTERS[name]}">only {name}</label>'
            for name in FILTERS
            if compared or name == "cycles"
        ),
        legend="\n".join(f'<span class="legend {kind}">{KINDS[kind]}</span>' for kind in kinds),
        data=_json(_data(sides, components, inner, caption, is_open=modules)),
    )


def _data(sides: Sides, components: Picture, inner: Picture, caption: str, *, is_open: bool) -> dict[str, object]:
    """What the scripts work on. Groups, modules and links are told by their number."""
    paths = sides.modules()
    number = {part.name: i for i, part in enumerate(inner.parts)}
    groups = tree(paths)
    places = _places(sides, {(link.importer, link.imported) for link in inner.links})
    top = {part.name: group for part, group in zip(components.parts, groups[0].children, strict=True)}
    return {
        "caption": printable(caption),
        "open": is_open,
        "kinds": KINDS,
        "modules": [[printable(part.name), printable(paths[part.name])] for part in inner.parts],
        "links": [
            [number[link.importer], number[link.imported], link.state, link.mark, places[link.importer, link.imported]]
            for link in inner.links
        ],
        "groups": _groups(groups, inner, number),
        "marks": {f"{top[link.importer]} {top[link.imported]}": link.mark for link in components.links},
    }


def _groups(groups: Sequence[Group], inner: Picture, number: Mapping[str, int]) -> list[dict[str, object]]:
    layers = layers_of(groups, [(link.importer, link.imported) for link in inner.links])
    states = _states(groups, {part.name: part.state for part in inner.parts})
    place = {child: i for group in groups for i, child in enumerate(group.children)}
    found: list[dict[str, object]] = []
    for i, group in enumerate(groups):
        inside = layers.get(i)
        shown = shortened(group.label)
        found.append(
            {
                "name": printable(group.name),
                "label": printable(shown),
                "width": round(label_width(shown), 1),
                "parent": group.parent,
                "place": place.get(i, 0),
                "children": group.children,
                "module": number[group.module] if group.module else -1,
                "state": states[i],
                "rows": inside.rows if inside else (),
                "routes": [[*pair, bends] for pair, bends in inside.routes.items()] if inside else (),
                "implied": [f"{one} {other}" for one, other in sorted(implied(inside))] if inside else (),
            }
        )
    return found


def _states(groups: Sequence[Group], states: Mapping[str, State]) -> list[State]:
    """A box is new, or gone, if all that is in it is."""
    found: list[State] = ["kept"] * len(groups)
    for i in range(len(groups) - 1, -1, -1):
        group = groups[i]
        inside = {states[group.module]} if group.module else {found[child] for child in group.children}
        found[i] = inside.pop() if len(inside) == 1 else "kept"
    return found


def _places(sides: Sides, pairs: set[Pair]) -> dict[Pair, list[tuple[int, str]]]:
    """The lines and scopes of the imports of each pair of modules: in the head, or in the base where it is gone."""
    found: dict[Pair, list[tuple[int, str]]] = {pair: [] for pair in pairs}
    edges: list[Edge] = list(sides.head.edges())
    here = {(edge.importer, edge.imported) for edge in edges}
    if sides.base is not None:
        edges += (edge for edge in sides.base.edges() if (edge.importer, edge.imported) not in here)
    for edge in edges:
        if (edge.importer, edge.imported) in found:
            found[edge.importer, edge.imported].append((edge.line, edge.scope))
    return found


def _json(content: Mapping[str, object]) -> str:
    """JSON in ASCII that can stand inside a script element, whatever the names in it."""
    text = json.dumps(content, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _hash(text: str) -> str:
    """What a content security policy calls an inline script or style."""
    return "sha256-" + b64encode(sha256(text.encode()).digest()).decode()


def _file(name: str) -> str:
    return (Path(__file__).parent / name).read_text(encoding="utf-8")
