"""The bytes of one file -> its `Facts`. Pure and without a path, so the result can be cached for ever by blob id."""

from __future__ import annotations

import codecs
import re

from rules.grammar import parse, syntax_error
from rules.model import Facts, Features, Statements
from rules.walk import Walk, suppressions

VERSION = 13
"""Raise it whenever the same bytes give other facts: it is part of every cache key."""

MAX_BYTES = 2_000_000
"""Larger files are data or generated; they are named as skipped instead of read."""

MAX_NESTING = 1_000
"""Nobody reads deeper expressions; libcst crashes at about 1,300 brackets."""

_COOKIE = re.compile(rb"\A(?:\xef\xbb\xbf)?(?:[ \t\f]*#[^\n\r]*\r?\n)?[ \t\f]*#[^\n\r]*?coding[:=][ \t]*([-\w.]+)")
_GENERATED = re.compile(
    rb"@generated|(?:code|file|automatically|auto-?) ?(?:is |was |has been )?(?:auto-?matically |auto-? ?)?generated"
    rb"|^[#\s\"']*(?:form implementation )?generated (?:by|from|with|using)\b|^[#\s\"']*do not (?:edit|modify)\b",
    re.IGNORECASE | re.MULTILINE,
)
_DEFINITION = re.compile(rb"^(?:async[ \t]+)?(?:def|class)[ \t]+\w+[ \t]*[(:\[]", re.MULTILINE)
_BARE_RETURN = re.compile(rb"\r(?!\n)")


def read(data: bytes) -> Facts:
    """The facts of one file. Never raises on its content: `Facts.problem` says what could not be read."""
    if len(data) > MAX_BYTES:
        return empty(f"larger than {MAX_BYTES // 1_000_000} MB")
    source, problem = to_utf8(data)
    tree = parse(source)
    walk = Walk(source, tree.root_node)
    return Facts(
        lines=source.count(b"\n") + (not source.endswith(b"\n") and bool(source)),
        imports=tuple(walk.imports),
        definitions=tuple(walk.definitions),
        statements=walk.statements,
        features=walk.features,
        suppressions=suppressions(source, tree.root_node),
        assignments=tuple(walk.assignments),
        exports=walk.exports,
        generated=is_generated(source),
        nesting=walk.depth,
        problem=problem or syntax_error(tree) or walk.problem,
    )


def empty(problem: str) -> Facts:
    """The facts of a file of which nothing could be read."""
    return Facts(
        0,
        (),
        (),
        Statements(b"", b"", b"", b"", b"", b"", b""),
        Features(b"", b"", b""),
        (),
        (),
        None,
        False,
        0,
        problem,
    )


def to_utf8(data: bytes) -> tuple[bytes, str]:
    """The source as UTF-8 with `\\n` line ends and without a byte order mark, and what is wrong with it, if anything.

    The encoding is the file's own (PEP 263); undecodable bytes are replaced, so the rest can still be read.
    """
    match = _COOKIE.match(data)
    name = match[1].decode("ascii") if match else "utf-8"
    problem = ""
    try:
        text = data.decode(codecs.lookup(name).name)
    except LookupError:
        text, problem = data.decode("utf-8", "replace"), f"unknown encoding {name!r}"
    except (UnicodeDecodeError, ValueError):
        text, problem = (
            data.decode("utf-8", "replace"),
            f"not {name}, the encoding it declares" if match else "not UTF-8",
        )
    source = text.removeprefix("\ufeff").encode("utf-8", "replace").replace(b"\r\n", b"\n")
    if b"\0" in source:
        source, problem = source.replace(b"\0", b" "), problem or "contains null bytes"
    return _BARE_RETURN.sub(b"\n", source), problem


def is_generated(source: bytes) -> bool:
    """Whether the first lines, above all definitions, say that a program wrote the file."""
    head = source[:2_000]
    if (first := _DEFINITION.search(head)) is not None:
        head = head[: first.start()]
    low = head.lower()
    return (b"generated" in low or b"do not" in low) and _GENERATED.search(head) is not None
