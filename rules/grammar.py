"""The Python grammar of tree-sitter: reads every syntax from 3.8 on whatever Python runs us, and survives errors."""

from __future__ import annotations

import re

import tree_sitter
import tree_sitter_python

LANGUAGE = tree_sitter.Language(tree_sitter_python.language())

_TYPE_DEFAULT = re.compile(rb"\b(?:def|class|type)\s+\w+\s*\[([^\[\]()]*(?:\[[^\[\]]*\][^\[\]()]*)*)\]")
_DEFAULT = re.compile(rb"(?<=[\w\]])\s*=\s*[^,\[\]]*(?:\[[^\[\]]*\])?")
_LAZY = re.compile(rb"^(\s*)lazy(\s+(?:import|from)\b)", re.MULTILINE)


def parse(source: bytes) -> tree_sitter.Tree:
    """The syntax tree of UTF-8 source. Byte offsets are those of `source`.

    What the grammar does not know yet (defaults of type parameters, PEP 696, and lazy imports, PEP 810) is blanked
    before a second try; both leave offsets and everything that we read as they were.
    """
    parser = tree_sitter.Parser(LANGUAGE)
    tree = parser.parse(source)
    if tree.root_node.has_error:
        known = _TYPE_DEFAULT.sub(lambda m: _DEFAULT.sub(_blank, m[0]), _LAZY.sub(rb"\1    \2", source))
        if known != source:
            again = parser.parse(known)
            tree = tree if _errors(again) > _errors(tree) else again
    return tree


def kinds(*names: str) -> list[int]:
    """The grammar's numbers for node kinds (some kinds have several)."""
    return [i for i in range(LANGUAGE.node_kind_count) if LANGUAGE.node_kind_for_id(i) in names]


def syntax_error(tree: tree_sitter.Tree) -> str:
    """Where the first syntax error is, in words; '' where there is none."""
    if not tree.root_node.has_error:
        return ""
    node = tree.root_node
    while not (node.is_error or node.is_missing):
        broken = [child for child in node.children if child.has_error or child.is_missing]
        if not broken:
            break
        node = broken[0]
    first, last = node.start_point[0] + 1, node.end_point[0] + 1
    return f"syntax error at line {first}" if first == last else f"syntax error between lines {first} and {last}"


def _errors(tree: tree_sitter.Tree) -> bool:
    return tree.root_node.has_error


def _blank(match: re.Match[bytes]) -> bytes:
    return b" " * len(match[0])
