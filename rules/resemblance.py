"""How alike two pieces of code read: what is left of a copy when single words of its statements were edited."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import pairwise
from keyword import iskeyword

_TOKEN = re.compile(
    r"""
    \#[^\n]*
    | (?i:[rbfu]{0,2}) (?: \"\"\".*?\"\"\" | '''.*?''' | "(?:\\.|[^"\\\n])*" | '(?:\\.|[^'\\\n])*' )
    | \w+
    | [^\w\s]
    """,
    re.VERBOSE | re.DOTALL,
)
_SILENT = frozenset((",", "async", "await"))
_NAME = "V"


def resemblance(one: Iterable[str], other: Iterable[str]) -> float:
    """The share, in [0, 1], of the pairs of neighbouring words and signs in two pieces of code that both have (Dice 1945).

    Both come as lines. Names are all alike, and so are comments, layout, and what is waited for and what is not.
    """
    ours, theirs = (Counter(pairwise(_tokens(lines))) for lines in (one, other))
    return 2 * (ours & theirs).total() / max(1, ours.total() + theirs.total())


def _tokens(lines: Iterable[str]) -> Iterator[str]:
    for token in _TOKEN.findall("\n".join(lines)):
        if token[0].isidentifier() and token.isidentifier() and not iskeyword(token):
            yield _NAME
        elif token[0] != "#" and token not in _SILENT:
            yield token
