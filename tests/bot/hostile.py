"""Texts that want to be more than text, and what a reader gets to see of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from rules.model import Edge, Finding, Place, Quote, Suggestion

_PIECES = (
    "@octocat", "@octo/team", "<img src=x onerror=alert(1)>", "<script>", "</details>", "<b", "&lt;", "<!--", "-->", "--!>",
    "<!-- partywall:finding=0123456789abcdef -->", "<!-- partywall:fixed=0123 -->", "<!-- partywall:open=0123 -->",
    "[x](javascript:alert(1))", "![x](https://evil.example/x.png)", "[x]: https://evil.example", "<https://evil.example>",
    "#1", "octo/shop#1", "`", "``", "```", "````", "~~~", "```suggestion", "\n", "\r", "\n\n", "\n- ", "\n# ", "\n    ",
    "\n> ", "\n---\n", "|a|b|\n|-|-|", "\\", "\\`", "*", "**", "_", "~~", "\u202e", "\u2066", "\x00", "\u0085", "\t", " ",
    "a", "é", "shop.core", ":", ".", "'", '"', "$x$",
)  # fmt: skip
TEXTS = st.lists(st.sampled_from(_PIECES), max_size=7).map("".join) | st.text(max_size=12)
"""Texts made of what means something to Markdown, to HTML, to GitHub, to us, or to nobody."""

_IDS = st.integers(0, 2**64 - 1).map("{:016x}".format)
_STARTS = st.integers(1, 9)
_PLACES = st.builds(lambda path, start: Place(path, start, start + 2, "f"), TEXTS, _STARTS)
_EDGES = st.builds(Edge, TEXTS, TEXTS, TEXTS, _STARTS, st.just("import"))
_QUOTES = st.builds(Quote, TEXTS, _STARTS, st.lists(TEXTS, max_size=3).map(tuple))
_SUGGESTIONS = st.builds(
    lambda path, start, lines, needed: Suggestion(path, start, start + 1, lines, needed),
    TEXTS,
    _STARTS,
    st.lists(TEXTS, max_size=3).map(tuple),
    TEXTS,
)


@st.composite
def findings(draw: st.DrawFn) -> Finding:
    """A finding with such texts in every field that holds one; some of its places are named in its message."""
    related = tuple(draw(st.lists(_PLACES, max_size=3)))
    named = [f"{spot.path}:{spot.start_line}-{spot.end_line}" for spot in related]
    pieces = draw(st.lists(TEXTS | st.sampled_from(named), max_size=4) if named else st.lists(TEXTS, max_size=4))
    start = draw(_STARTS)
    return Finding(
        id=draw(_IDS),
        rule=draw(TEXTS | st.just("duplication/copy")),
        level=draw(st.sampled_from(["error", "warning", "info"])),
        path=draw(TEXTS),
        start_line=start,
        end_line=start + draw(st.integers(0, 3)),
        symbol=draw(TEXTS),
        message="".join(pieces),
        advice=draw(TEXTS),
        related=related,
        edges=tuple(draw(st.lists(_EDGES, max_size=2))),
        quotes=tuple(draw(st.lists(_QUOTES, max_size=2))),
        suggestion=draw(st.none() | _SUGGESTIONS),
    )


@dataclass
class Seen:
    """What Markdown makes of a text: HTML, plain text, addresses, and code by its language ('' for spans)."""

    html: list[str] = field(default_factory=list)
    text: str = ""
    links: list[str] = field(default_factory=list)
    images: int = 0
    code: list[tuple[str, str]] = field(default_factory=list)


def seen(markdown: str) -> Seen:
    """Reads Markdown as GitHub does, as far as it is CommonMark with tables."""
    found = Seen()
    parser = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    for token in _flat(parser.parse(markdown)):
        match token.type:
            case "html_block" | "html_inline":
                found.html.append(token.content)
            case "text" | "softbreak" | "hardbreak":
                found.text += token.content or "\n"
            case "link_open":
                found.links.append(str(token.attrs["href"]))
            case "image":
                found.images += 1
            case "code_inline":
                found.code.append(("", token.content))
                found.text += "\ufffc"
            case "fence":
                found.code.append((token.info, token.content))
    return found


def _flat(tokens: list[Token]) -> Iterator[Token]:
    for token in tokens:
        yield token
        yield from _flat(token.children or [])


_MENTION = re.compile(r"@\w|#\d|[\u202a-\u202e\u2066-\u2069\x00]")


def is_harmless(markdown: str, url: str, html: str) -> bool:
    """Whether nobody is called, nothing is embedded, links lead to `url`, and HTML is what the pattern allows."""
    found = seen(markdown)
    assert not _MENTION.search(found.text), found.text
    assert not found.images
    assert all(link.startswith(url) for link in found.links), found.links
    assert re.fullmatch(f"(?:{html}|\\s)*", "".join(found.html)), found.html
    return True
