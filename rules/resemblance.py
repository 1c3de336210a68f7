"""How alike two pieces of code read: what is left of a copy when single words of its statements were edited."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from functools import lru_cache
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


Reading = Counter[tuple[str, str]]
"""How often each pair of neighbouring words and signs stands in a piece of code."""


def reading(lines: Iterable[str]) -> Reading:
    """A piece of code as it reads. Names are all alike; comments, layout and what is waited for do not count."""
    return Counter(pairwise(filter(None, map(_plain, _TOKEN.findall("\n".join(lines))))))


def resemblance(one: Reading, other: Reading) -> float:
    """The share, in [0, 1], of the pairs in two pieces of code that both have (Dice 1945)."""
    return 2 * (one & other).total() / max(1, one.total() + other.total())


@lru_cache(maxsize=1 << 14)
def _plain(token: str) -> str:
    """What a token counts as, '' if as nothing."""
    if token[0] == "#" or token in _SILENT:
        return ""
    return _NAME if token.isidentifier() and not iskeyword(token) else token
