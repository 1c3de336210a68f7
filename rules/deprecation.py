"""Which code says of itself that it is on its way out: nobody is to build on it, nor to mend it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

import tree_sitter

from rules.change import Change
from rules.facts import to_utf8
from rules.grammar import parse
from rules.model import Place
from rules.prose import docstring

_WORD = b"eprecat"
"""Without it in a file nothing there is marked but by its name."""

_DECORATOR = re.compile(
    r"@\s*(?:\w+\.)*_*(?:mark_(?:as_)?)?deprecat\w*(?:\Z|\W)|[(,]\s*deprecated\s*=\s*(?:True|[rf]?[\"'])"
)
_ABOUT_PARTS = re.compile(r"@\s*[\w.]*(?:arg|kw|param|option|default|alias|field|attr|value|position)", re.IGNORECASE)
"""Decorators that deprecate parameters or the like leave the function in use."""

_CALL = re.compile(r"(?:\w+\.)*(\w+)\(")
_WARNINGS = ("DeprecationWarning", "PendingDeprecationWarning")
_DOCUMENTED = re.compile(
    r"\A\W*deprecated\b(?=\s*(?:[^\w\s]|\Z|(?:since|in|as of|from|use|alias|and will)\b))"
    r"|\A\W*this\s+(?:\w+\s+){1,2}(?:is|was|has\s+been)\s+(?:now\s+)?deprecated\b"
    r"|^(?:\.\.\s+deprecated::|!!!?\s+\w+\s+[\"']deprecated)",
    re.IGNORECASE | re.MULTILINE,
)
"""At the left edge: further in, a docstring speaks of a parameter."""

_LEGACY_PATH = re.compile(
    r"(?:\A|/)(?:_*(?:legacy|deprecated)/|_*legacy(?:_\w+)?\.py\Z|(?!non_)\w+_legacy(?:/|\.py\Z))"
)
_LEGACY_NAME = re.compile(r"(?:\A|\.)_*(?:[Ll]egacy(?:_|[A-Z])|[A-Z]\w*Legacy(?:\.|\Z))")
"""A function whose name ends with the word may be about something legacy (`from_legacy`, `load_legacy`)."""

_MAKERS = ("__init__", "__new__", "__post_init__", "__init_subclass__")
_DEFINITIONS = ("function_definition", "class_definition")


def is_leaving(change: Change, place: Place) -> bool:
    """Whether a place of the head, or the definition or file around it, is marked as deprecated or legacy.

    Marks are decorators, the docstring, a `DeprecationWarning` that every call or import gives, and the word `legacy`
    in the names of files and folders, at the beginning of those of functions, and at either end of those of classes.
    """
    if _LEGACY_PATH.search(place.path) or _LEGACY_NAME.search(place.symbol):
        return True
    data = change.head.source(place.path)
    return data is not None and _WORD in data and bool(_marked(data) & {"", *_around(place.symbol)})


def replaces(change: Change, new: Place, *old: Place) -> bool:
    """Whether all the old places are on their way out and the new one is not."""
    return all(is_leaving(change, place) for place in old) and not is_leaving(change, new)


def _around(symbol: str) -> Iterator[str]:
    """The qualified names of a definition and of those that it stands in."""
    parts = symbol.split(".") if symbol else []
    return (".".join(parts[:count]) for count in range(1, len(parts) + 1))


@lru_cache(maxsize=64)
def _marked(data: bytes) -> frozenset[str]:
    """The qualified names of what a file marks as deprecated, '' for the file: by itself, or by most of what it offers."""
    root = parse(to_utf8(data)[0]).root_node
    found = {""} if _is_marked(root.named_children, ()) else set[str]()
    waiting, tops = [("", child) for child in root.named_children], set[str]()
    while waiting:
        prefix, node = waiting.pop()
        outer, node = node, node.child_by_field_name("definition") or node
        name, body = node.child_by_field_name("name"), node.child_by_field_name("body")
        if node.type not in _DEFINITIONS or name is None or body is None:
            continue
        symbol = f"{prefix}{_text(name)}"
        tops.update(() if prefix else (symbol,))
        decorators = [child for child in outer.named_children if child.type == "decorator"]
        if _is_marked(body.named_children, decorators):
            found.add(symbol)
            if _text(name) in _MAKERS and prefix:
                found.add(prefix[:-1])
        waiting.extend((f"{symbol}.", child) for child in body.named_children)
    public = {name for name in tops if not name.startswith("_")}
    return frozenset(found | {""} if 2 * len(public & found) > len(public) else found)


def _is_marked(body: Sequence[tree_sitter.Node], decorators: Sequence[tree_sitter.Node]) -> bool:
    """Whether a definition or file with this body says that it is deprecated, whatever it is called with.

    An overload says so of some arguments only.
    """
    if any("overload" in text for text in map(_text, decorators)):
        return False
    if any(_DECORATOR.search(text) and not _ABOUT_PARTS.match(text) for text in map(_text, decorators)):
        return True
    if _DOCUMENTED.search(docstring(body)):
        return True
    statements = (node for node in body if node.type == "expression_statement" and node.named_children)
    return any(_warns(_text(node.named_children[0])) for node in statements if node.named_children[0].type == "call")


def _warns(call: str) -> bool:
    """Whether a call warns that what it stands in is deprecated."""
    match = _CALL.match(call)
    return match is not None and "warn" in match[1] and any(name in call for name in _WARNINGS)


def _text(node: tree_sitter.Node) -> str:
    return (node.text or b"").decode("utf-8", "replace")
