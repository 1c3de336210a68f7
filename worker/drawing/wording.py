"""The words and kinds that all pictures share, and names of the repository made fit to print."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal
from unicodedata import category

from worker.drawing.picture import Link, Part

Kind = Literal["kept", "shrunk", "cycle", "grown", "added", "removed", "back", "closes"]
"""What a link is to the eye."""

KINDS: Mapping[Kind, str] = {
    "kept": "imports",
    "shrunk": "fewer imports",
    "cycle": "leads back in an import cycle",
    "grown": "more imports",
    "added": "new",
    "removed": "gone",
    "back": "way back of a new cycle",
    "closes": "new, closes a cycle",
}
"""What the kinds mean, in the order in which they are drawn: what matters most comes last, on top."""


def kind_of(link: Link, *, up: bool = False) -> Kind:
    """The kind of a link: the most important thing that there is to say about it.

    up: whether it is drawn upwards. Of a cycle that was there before only what leads up is shown as such.
    """
    if link.mark in ("closes", "back"):
        return link.mark
    if link.mark == "cycle" and up:
        return "cycle"
    if link.state != "kept":
        return link.state
    return "grown" if link.added else "shrunk" if link.removed else "kept"


def counts(link: Link) -> str:
    """How many pairs of modules a link stands for, and what came and went: `12 +3 −1`."""
    kept = link.count - link.added
    return " ".join(
        filter(
            None, (str(kept) * bool(kept), f"+{link.added}" * bool(link.added), f"−{link.removed}" * bool(link.removed))
        )
    )


def about_link(link: Link, kind: Kind) -> str:
    """A link in one line."""
    return f"{printable(link.importer)} → {printable(link.imported)}: {counts(link)} ({KINDS[kind]})"


def about_part(part: Part, *, in_cycle: bool) -> str:
    """A component or module in one line."""
    modules = f", {part.modules} modules" if part.modules > 1 else ""
    words = [part.state] * (part.state != "kept") + ["in an import cycle"] * in_cycle
    return printable(part.name) + modules + (f" ({', '.join(words)})" if words else "")


def printable(text: str) -> str:
    """The text without control characters and line ends of any kind: names are made of file names, which may hold any."""
    if text.isprintable():
        return text
    return "".join(
        "\ufffd" if category(letter) in ("Zl", "Zp") or category(letter)[0] == "C" else letter for letter in text
    )
