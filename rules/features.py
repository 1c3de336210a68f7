"""What functions mention and how they branch: what stays the same when code is written again in other words.

A *feature* is a name that a function calls, an attribute, a keyword or global name, a short string or a long number.
The *shape* of a function counts its loops, conditions and exits, however they are written.
"""

from __future__ import annotations

import keyword
import re
from array import array
from collections.abc import Iterable, Sequence
from functools import lru_cache
from hashlib import blake2b

from rules.model import Features

SHAPE = (("for", "while"), ("if", "elif"), ("return",), ("raise",), ("with",), ("yield",), ("except",), ("and", "or"))
"""What is counted, in this order."""

_SLOTS = {word.encode(): slot for slot, words in enumerate(SHAPE) for word in words}
_SILENT = frozenset(word.encode() for word in (*keyword.kwlist, "self", "cls", "V", "S", "N"))
_ANSWERED = frozenset((b":", b"and", b"or", b"if", b"else", b"return"))
"""Ends a question about a type (`isinstance`, `case`): the types that a dispatch names are its cases, not what it does."""

_STRING = re.compile(rb"[a-zA-Z]*([\"']{3}|[\"'])([^\s]*[^\W\d_]{3}[^\s]*)\1")
_NUMBER = re.compile(rb"[\d_]*\d{3}[\d_]*")


class FeatureTable:
    """Collects the features and shapes of the definitions of one file, and packs them."""

    def __init__(self) -> None:
        self._found: dict[tuple[int, int], None] = {}
        self._shapes: dict[int, list[int]] = {}

    def add(self, texts: Sequence[bytes], literals: Iterable[bytes], owner: int) -> None:
        """Adds a statement: its blanked tokens and its literals as written. `owner` is as in `Statements`."""
        if not owner:
            return
        shape = self._shapes.setdefault(owner, [0] * len(SHAPE))
        following = [*texts[1:], b""]
        asked = texts[:1] == [b"case"]
        for text, after in zip(texts, following, strict=True):
            slot = _SLOTS.get(text)
            asked = (asked and text not in _ANSWERED) or text == b"isinstance"
            if slot is not None:
                shape[slot] += 1
            elif asked:
                continue
            elif text not in _SILENT and (text[0] >= 0x80 or text[:1].isalpha() or text[0] == 0x5F):
                self._found[feature(text + b"(" if after == b"(" else text), owner] = None
        for literal in literals:
            if (match := _STRING.fullmatch(literal)) is not None:
                self._found[feature(b"'" + match[2]), owner] = None
            elif _NUMBER.fullmatch(literal):
                self._found[feature(literal), owner] = None

    def pack(self, definitions: int) -> Features:
        """The collected columns; `definitions` is how many the file has."""
        shapes = bytearray(definitions * len(SHAPE))
        for owner, counts in self._shapes.items():
            shapes[(owner - 1) * len(SHAPE) : owner * len(SHAPE)] = bytes(min(count, 255) for count in counts)
        return Features(
            array("Q", (hash_ for hash_, _ in self._found)).tobytes(),
            array("H", (min(owner, 65_535) for _, owner in self._found)).tobytes(),
            bytes(shapes),
        )


@lru_cache(maxsize=1 << 16)
def feature(text: bytes) -> int:
    """The hash of a feature: of a name as it is, with `(` behind it where it is called, with `'` before it in a string."""
    return int.from_bytes(blake2b(text, digest_size=8, person=b"feature").digest(), "little")
