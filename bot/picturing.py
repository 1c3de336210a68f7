"""What a change does to the components, as a picture: of the links of a report. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from rules.model import Link
from worker.drawing import picture as drawing


def most_changed(links: Sequence[Link], most: int) -> list[Link]:
    """Of the links at most so many, those that change most."""
    return sorted(links, key=lambda link: (-link.added, -link.removed, link))[:most]


def picture_of(links: Sequence[Link], most: int) -> drawing.Picture:
    """The components between which imports came or went; of the links at most so many, those that change most."""
    shown = most_changed(links, most)
    parts = sorted({name for link in shown for name in (link.importer, link.imported)})
    # What was there before and stays is not known here, and not drawn.
    arrows = [drawing.Link(link.importer, link.imported, link.added, link.added, link.removed, "") for link in shown]
    return drawing.Picture(tuple(drawing.Part(name, 1, "kept") for name in parts), tuple(arrows), compared=True)


def svg_of(links: Sequence[Link], most: int, caption: str) -> str:
    """The same as an SVG document. caption: a line below the picture."""
    from worker.drawing.plan import plan_components
    from worker.drawing.svg import as_svg

    picture = picture_of(links, most)
    return as_svg(picture, plan_components(picture), caption)
