"""Tokens of a statement -> its entries in the duplication index: blanked, split where long, weighed and hashed.

What is the same for a reader is made the same for the hash: local names and literals are blanked, `await` and
`async` dropped, leading underscores and letter case ignored, layout, redundant parentheses and commas ignored.
"""

from __future__ import annotations

import re
from array import array
from bisect import bisect_right
from collections.abc import Iterator, Set
from hashlib import blake2b

from rules.model import Statements
from rules.tokens import LOCAL, NUMBER, STRING, Tokens, canonical

SPLIT_WORDS = 10
"""A statement with more words than this is split at its largest bracket, so that one edited argument of a long
call does not hide the others. Counted in words, not lines: a formatter must not change the entries."""

_COMMA = re.compile(rb",([)\]}])")
"""A trailing comma is layout."""

LINE_CHARACTERS = 8
"""A line of a long string with fewer letters carries nothing."""

COMPUTES = 2
"""Without a single name, an entry needs so many operators (subscripts among them) to say anything."""

_OPEN, _CLOSE = frozenset((b"(", b"[", b"{")), frozenset((b")", b"]", b"}"))
_SILENT = frozenset((b",", b":", b";", b"as"))
STATEMENT, ELEMENT, LINE = range(3)
"""Kinds of entries: a statement or the frame of a long one, an element of a long one, a line of a long string."""

HOLE = b"~"
"""Stands in a frame for the elements that are entries of their own."""

_LITERALS = frozenset((STRING, NUMBER, LOCAL, HOLE, b"None", b"True", b"False"))
_VALUES = frozenset((STRING, NUMBER, b"None", b"True", b"False"))
_OPERATORS = frozenset(b"+ - * / // % ** @ & | ^ << >> < > <= >= == != += -= *= /= //= %= [".split())
_EXITS = frozenset((b"return", b"raise", b"yield"))


class StatementTable:
    """Collects the entries of one file and packs them."""

    def __init__(self, source: bytes) -> None:
        self._source = source
        self._line_starts = [0, *(match.end() for match in re.finditer(rb"\n", source))]
        self._rows: list[tuple[int, ...]] = []

    def add(self, tokens: Tokens, end: int, owner: int, local: Set[bytes]) -> None:
        """Adds one statement that ends before byte `end`; `owner` as in `Statements`, `local` the names to blank."""
        texts = tokens.texts
        for i in tokens.plain:
            is_object = texts[i + 1 : i + 2] == [b"."] and texts[i].islower()
            texts[i] = LOCAL if is_object or texts[i] in local else canonical(texts[i])
        everything = list(zip(texts, tokens.offsets, strict=True))
        outside = _outside(everything, tokens.long_strings)
        for i, (entry, start, stop) in enumerate(split(outside, end)):
            kept = [token for token in entry if token not in _SILENT]
            if words := count_words(kept):
                exact = _COMMA.sub(rb"\1", b"".join(self._source[start:stop].split()))
                literal = not i and len(outside) == len(everything) and is_declaration(kept)
                blind = exact if literal else b" ".join(kept)
                self._row((blind, exact), (start, stop), words, owner, ELEMENT if i else STATEMENT)
        for start, stop in tokens.long_strings:
            self._add_lines(start, stop, owner)

    def _add_lines(self, start: int, stop: int, owner: int) -> None:
        for match in re.finditer(rb"[^\n]+", self._source[start:stop]):
            words = re.findall(rb"[^\W_]+", match[0].lower())
            if sum(map(len, words)) >= LINE_CHARACTERS:
                line = b"S " + b" ".join(words)
                self._row(
                    (line, line), (start + match.start(), start + match.end()), (len(words) + 1) // 2, owner, LINE
                )

    def _row(self, texts: tuple[bytes, bytes], span: tuple[int, int], words: int, owner: int, kind: int) -> None:
        lines = bisect_right(self._line_starts, span[0]), bisect_right(self._line_starts, span[1] - 1)
        self._rows.append((*map(_digest, texts), *lines, min(words, 65_535), min(owner, 65_535), kind))

    def pack(self) -> Statements:
        """The collected columns in source order."""
        self._rows.sort(key=lambda row: row[2])
        columns = list(zip(*self._rows, strict=True)) or [()] * len(_CODES)
        return Statements(*(array(code, column).tobytes() for code, column in zip(_CODES, columns, strict=True)))


_CODES = "QQIIHHB"


def _digest(text: bytes) -> int:
    return int.from_bytes(blake2b(text, digest_size=8).digest(), "little")


Token = tuple[bytes, int]
"""A token's text and its byte offset."""


def _outside(tokens: list[Token], strings: list[tuple[int, int]]) -> list[Token]:
    """Tokens without what is interpolated in long strings: that is on their lines, which are entries of their own."""
    if not strings:
        return tokens
    return [token for token in tokens if not any(start < token[1] < end for start, end in strings)]


def split(tokens: list[Token], end: int) -> Iterator[tuple[list[bytes], int, int]]:
    """The entries of a statement: itself, or where it is long its frame and the elements of its largest bracket.

    Yields (texts, start offset, end offset). Recurses into long elements, each of them shorter than the whole.
    """
    is_long = len(tokens) > SPLIT_WORDS and sum(text[0] in _WORD_STARTS for text, _ in tokens) > SPLIT_WORDS
    group = _largest_group(tokens) if is_long else None
    if group is None:
        yield [text for text, _ in tokens], tokens[0][1], end
        return
    first, last, commas = group
    frame = [*tokens[: first + 1], (HOLE, 0), *tokens[last:]]
    yield [text for text, _ in frame], tokens[0][1], tokens[first][1] + 1
    for begin, stop in zip([first + 1, *(comma + 1 for comma in commas)], [*commas, last], strict=True):
        if begin < stop:
            yield from split(tokens[begin:stop], tokens[stop][1])


def _largest_group(tokens: list[Token]) -> tuple[int, int, list[int]] | None:
    """(opening bracket, closing bracket, commas between its elements), as indices, of the longest outermost bracket."""
    best: tuple[int, int, list[int]] | None = None
    depth, first, commas = 0, 0, list[int]()
    for i, (text, _) in enumerate(tokens):
        if text in _OPEN:
            depth += 1
            if depth == 1:
                first, commas = i, []
        elif text in _CLOSE and depth:
            depth -= 1
            if depth == 0 and i - first > 2 and (best is None or i - first > best[1] - best[0]):
                best = (first, i, commas)
        elif text == b"," and depth == 1:
            commas.append(i)
    return best


def is_declaration(texts: list[bytes]) -> bool:
    """Whether an entry is a call with literals only (`parser.add_argument("--all", help="all of them")`).

    Such a call says something by its literals; with others it is another statement.
    """
    if b"(" not in texts or not (STRING in texts or NUMBER in texts) or _OPERATORS.intersection(texts):
        return False
    first = texts.index(b"(")
    if any(text != b"." if i % 2 else not _is_word(text) for i, text in enumerate(texts[:first])):
        return False
    following = [*texts[1:], b""]
    return all(
        not _is_word(text) or text in _VALUES or after in (b".", b"(", b"=")
        for text, after in zip(texts, following, strict=True)
    )


def count_words(texts: list[bytes]) -> int:
    """How many words (names, literals, keywords) carry content in an entry; 0 for what every program repeats.

    No content: a single word, a bare exit (`return x`), literals only, and forwarding (`name=name`, `self.name = name`).
    """
    words = [text for text in texts if _is_word(text)]
    if len(words) <= 1 or (len(words) == 2 and words[0] in _EXITS):
        return 0
    if _LITERALS.issuperset(words) and sum(text in _OPERATORS for text in texts) < COMPUTES:
        return 0
    if texts[-2:] == [b"=", LOCAL] and len(words) <= 3 and not _OPEN.intersection(texts):
        return 0
    return len(words)


def _is_word(text: bytes) -> bool:
    return text[0] in _WORD_STARTS


_WORD_STARTS = frozenset(byte for byte in range(256) if chr(byte).isalnum() or byte >= 0x80 or byte in b"_~")
