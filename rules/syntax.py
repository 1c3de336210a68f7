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
    first, last = around
    spans = _simple_statements(textwrap.dedent("\n".join(lines[first - 1 : last])) + "\n")
    if spans is None:
        return None
    for above, below in ((one + first - 1, other + first - 1) for one, other in spans):
        if above <= start <= below:
            start = above
        if above <= end <= below:
            end = below
    return start, end


@lru_cache(maxsize=256)
def _simple_statements(code: str) -> tuple[tuple[int, int], ...] | None:
    """The first and last line of each simple statement, None where libcst cannot read the code.

    In a whole tree one piece of code is asked for as often as there are others like it.
    """
    import libcst
    from libcst.metadata import MetadataWrapper, PositionProvider

    try:
        wrapper = MetadataWrapper(libcst.parse_module(code), unsafe_skip_copy=True)
        positions = wrapper.resolve(PositionProvider)
    except (libcst.ParserSyntaxError, RecursionError, KeyError):  # libcst turns a RecursionError into a KeyError
        return None
    return tuple(
        (position.start.line, position.end.line)
        for node, position in positions.items()
        if isinstance(node, libcst.SimpleStatementLine)
    )
