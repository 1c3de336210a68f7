"""The libcst view of the code around a candidate: exact spans of statements, whatever lines the facts proposed.

Only the definition that holds a candidate is parsed, so a long file costs no more than a short one.
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from functools import lru_cache

from rules.facts import to_utf8
from rules.model import Quote


@lru_cache(maxsize=64)
def source_lines(data: bytes) -> tuple[str, ...]:
    """The lines of a file without their ends."""
    return tuple(to_utf8(data)[0].decode("utf-8", "replace").split("\n"))


def quote(data: bytes | None, path: str, start: int, end: int) -> Quote:
    """The lines from `start` to `end` of a file, none where it is not to be had."""
    return Quote(path, start, source_lines(data)[start - 1 : end] if data is not None else ())


def whole_statements(lines: Sequence[str], around: tuple[int, int], start: int, end: int) -> tuple[int, int] | None:
    """The lines from `start` to `end`, widened so that no simple statement is cut.

    `around` are the lines of the definition or file that holds them. None where libcst cannot read it; callers keep
    code nested deeper than `rules.facts.MAX_NESTING` away, on which it would crash.
    """
    import libcst
    from libcst.metadata import MetadataWrapper, PositionProvider

    first, last = around
    code = textwrap.dedent("\n".join(lines[first - 1 : last])) + "\n"
    try:
        wrapper = MetadataWrapper(libcst.parse_module(code), unsafe_skip_copy=True)
        positions = wrapper.resolve(PositionProvider)
    except (libcst.ParserSyntaxError, RecursionError):
        return None
    for node, position in positions.items():
        if isinstance(node, libcst.SimpleStatementLine):
            above, below = position.start.line + first - 1, position.end.line + first - 1
            if above <= start <= below:
                start = above
            if above <= end <= below:
                end = below
    return start, end
