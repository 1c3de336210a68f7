"""What a reader sees of Markdown that the bot posted: by a CommonMark parser, as GitHub has one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from markdown_it import MarkdownIt
from markdown_it.token import Token

_MENTION = re.compile(r"@[A-Za-z0-9]|#\d")
_MARKER = re.compile(r"<!-- partywall:[a-z]+(?:=[A-Za-z0-9,-]+)? -->")
_OWN_HTML = re.compile(rf"(<details><summary>[A-Za-z ,]+</summary>|</details>|{_MARKER.pattern}|\s)*")


class Rendered(NamedTuple):
    """`text` is what stands outside of code, `html` what is raw HTML, `links` where links lead, `code` what is code."""

    text: str
    html: str
    links: tuple[str, ...]
    code: tuple[str, ...]

    @property
    def markers(self) -> list[str]:
        """The hidden comments that take effect."""
        return _MARKER.findall(self.html)


def rendered(markdown: str) -> Rendered:
    """What Markdown means."""
    tokens = list(_leaves(MarkdownIt("commonmark").parse(markdown)))
    return Rendered(
        "\n".join(token.content for token in tokens if token.type in ("text", "softbreak")),
        "\n".join(token.content for token in tokens if token.type in ("html_inline", "html_block")),
        tuple(str(token.attrs["href"]) for token in tokens if token.type == "link_open"),
        tuple(token.content for token in tokens if token.type in ("fence", "code_block", "code_inline")),
    )


def injected(markdown: str, home: str) -> list[str]:
    """What Markdown does that the bot never means: mentions, HTML of others, links that lead away from `home`."""
    seen = rendered(markdown)
    found = [f"mention: {match[0]}" for match in _MENTION.finditer(seen.text)]
    found += [] if _OWN_HTML.fullmatch(seen.html) else [f"HTML: {seen.html}"]
    found += [f"link: {link}" for link in seen.links if not link.startswith(f"{home}/")]
    return found


def _leaves(tokens: list[Token]) -> Iterator[Token]:
    for token in tokens:
        if token.children is None:
            yield token
        else:
            yield from _leaves(token.children)
