"""A planned picture as SVG. It needs no other program to be made, and nothing from the network to be seen."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from html import escape
from math import log2
from pathlib import Path

from worker.drawing.picture import Link, Part, Picture
from worker.drawing.places import Box, Point
from worker.drawing.plan import LETTER, MARGIN, PADDING, Plan
from worker.drawing.wording import KINDS, Kind, about_link, about_part, counts, kind_of, printable

FEW_LINKS = 30
"""With no more links than this each says how many pairs of modules it stands for."""

LOUD = ("added", "closes")
"""What is drawn thicker than the number of imports asks for."""

ORDER = {kind: i for i, kind in enumerate(KINDS)}

LINE = 22.0
"""The height of a line below the picture: the legend and the caption."""


def as_svg(picture: Picture, plan: Plan, caption: str) -> str:
    """The document. caption: a line below the picture."""
    return "\n".join(_document(picture, plan, caption)) + "\n"


def _document(picture: Picture, plan: Plan, caption: str) -> Iterator[str]:
    kind_by_link = {
        link: kind_of(link, up=_leads_up(plan.routes[link.importer, link.imported])) for link in picture.links
    }
    links = sorted(picture.links, key=lambda link: (ORDER[kind_by_link[link]], link))
    kinds = [kind for kind in KINDS if kind in kind_by_link.values()]
    letters = max(len(caption), sum(len(KINDS[kind]) + 8 for kind in kinds))
    width, height = _number(max(plan.width, LETTER * letters + 2 * MARGIN)), _number(plan.height + 2 * LINE + MARGIN)
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        'role="img">'
    )
    yield f"<title>{_text(caption)}</title>"
    yield f"<style>{_style()}</style>"
    yield f"<defs>{''.join(map(_arrow, kinds))}</defs>"
    for box, title in plan.frames:
        yield f'<rect class="frame" {_rectangle(box)} rx="6"/>'
        yield f'<text class="title" x="{_number(box.x + PADDING)}" y="{_number(box.y + 17)}">{_text(title)}</text>'
    yield from (_link(link, kind_by_link[link], plan) for link in links)
    in_cycle = {end for link in links if link.mark for end in (link.importer, link.imported)}
    colour: Kind = "closes" if picture.compared else "cycle"
    yield from (_part(part, plan, colour if part.name in in_cycle else None) for part in picture.parts)
    few = len(links) <= FEW_LINKS
    yield from _counts([link for link in reversed(links) if few or link.added or link.removed], plan)
    yield from _legend(kinds, plan.height)
    yield f'<text class="caption" x="{_number(MARGIN)}" y="{_number(plan.height + LINE * 2)}">{_text(caption)}</text>'
    yield "</svg>"


def _leads_up(points: Sequence[Point]) -> bool:
    return points[-1].y < points[0].y


def _style() -> str:
    return (Path(__file__).parent / "svg.css").read_text(encoding="utf-8")


def _arrow(kind: Kind) -> str:
    return (
        f'<marker id="{kind}" class="{kind}" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" '
        'markerUnits="userSpaceOnUse" orient="auto"><path d="M0 0.8L8 4L0 7.2z"/></marker>'
    )


def _part(part: Part, plan: Plan, cycle: Kind | None) -> str:
    """A box. cycle: its colour where it is in a cycle."""
    box = plan.boxes[part.name]
    x, y = box.x + box.width / 2, box.y + box.height / 2 + 4
    look = cycle if cycle and part.state == "kept" else part.state
    return (
        f'<g class="part {look}"><title>{_text(about_part(part, in_cycle=cycle is not None))}</title>'
        f'<rect {_rectangle(box)} rx="4"/><text x="{_number(x)}" y="{_number(y)}" text-anchor="middle">'
        f"{_text(plan.labels[part.name])}</text></g>"
    )


def _link(link: Link, kind: Kind, plan: Plan) -> str:
    pair = link.importer, link.imported
    quiet = " quiet" if kind == "kept" and pair in plan.quiet else ""
    thickness = _number(min(4.0, 1 + log2(max(1, link.count)) / 3) + (kind in LOUD))
    return (
        f'<path class="link {kind}{quiet}" stroke-width="{thickness}" marker-end="url(#{kind})" '
        f'd="{_curve(plan.routes[pair])}"><title>{_text(about_link(link, kind))}</title></path>'
    )


def _curve(points: Sequence[Point]) -> str:
    """From row to row in an S, straight through a row."""
    path = [f"M{_number(points[0].x)} {_number(points[0].y)}"]
    for i, (one, other) in enumerate(itertools.pairwise(points)):
        if i % 2:
            path.append(f"L{_number(other.x)} {_number(other.y)}")
        else:
            middle = _number((one.y + other.y) / 2)
            path.append(f"C{_number(one.x)} {middle} {_number(other.x)} {middle} {_number(other.x)} {_number(other.y)}")
    return "".join(path)


def _counts(links: Sequence[Link], plan: Plan) -> Iterator[str]:
    """How many pairs of modules each link stands for, near its beginning, where there is room for it."""
    taken: list[Box] = []
    for link in links:
        text = counts(link)
        first, second = plan.routes[link.importer, link.imported][:2]
        x, y = (first.x + second.x) / 2, (first.y + second.y) / 2
        box = Box(x - len(text) * LETTER / 2, y - 6, len(text) * LETTER, 12)
        if not any(_overlap(box, other) for other in taken):
            taken.append(box)
            yield f'<text class="count" x="{_number(x)}" y="{_number(y + 3)}">{text}</text>'


def _overlap(one: Box, other: Box) -> bool:
    return (
        one.x < other.x + other.width
        and other.x < one.x + one.width
        and one.y < other.y + other.height
        and other.y < one.y + one.height
    )


def _legend(kinds: Sequence[Kind], top: float) -> Iterator[str]:
    x, y = MARGIN, top + LINE - 4
    for kind in kinds:
        yield (
            f'<path class="link {kind}" stroke-width="2" marker-end="url(#{kind})" d="M{_number(x)} {_number(y)}h26"/>'
            f'<text class="caption" x="{_number(x + 32)}" y="{_number(y + 4)}">{KINDS[kind]}</text>'
        )
        x += 32 + LETTER * len(KINDS[kind]) + 20


def _rectangle(box: Box) -> str:
    return f'x="{_number(box.x)}" y="{_number(box.y)}" width="{_number(box.width)}" height="{_number(box.height)}"'


def _number(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


def _text(text: str) -> str:
    return escape(printable(text))
