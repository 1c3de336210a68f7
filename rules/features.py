"""What functions mention and how they branch: what stays the same when code is written again in other words.

A *feature* is a name that a function calls, an attribute, a global name, a short string or a long number; not the name
of an argument, which comes with the call.
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

_NOTHING, _NAME, _QUESTION, _ANSWER, _COUNTED = range(5)

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
        found, asked, last = self._found, texts[:1] == [b"case"], len(texts) - 1
        for i, text in enumerate(texts):
            kind, plain, called = _read(text)
            if kind == _NAME:
                after = texts[i + 1] if i < last else b""
                if not asked and (after != b"=" or (i and texts[i - 1] == b".")):
                    found[called if after == b"(" else plain, owner] = None
            elif kind == _QUESTION:
                asked = True
            elif kind != _NOTHING:
                asked = asked and kind != _ANSWER
                if plain:
                    shape[plain - 1] += 1
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
def _read(text: bytes) -> tuple[int, int, int]:
    """What a token is: (kind, feature of the name, feature of a call of it), or (kind, slot of the shape plus one, 0)."""
    if text == b"isinstance":
        return _QUESTION, 0, 0
    if text in _SLOTS or text in _ANSWERED:
        return _ANSWER if text in _ANSWERED else _COUNTED, _SLOTS.get(text, -1) + 1, 0
    if text in _SILENT or not (text[0] >= 0x80 or text[:1].isalpha() or text[0] == 0x5F):
        return _NOTHING, 0, 0
    return _NAME, feature(text), feature(text + b"(")


@lru_cache(maxsize=1 << 16)
def feature(text: bytes) -> int:
    """The hash of a feature: of a name as it is, with `(` behind it where it is called, with `'` before it in a string."""
    return int.from_bytes(blake2b(text, digest_size=8, person=b"feature").digest(), "little")
