"""Other names for a function and all that is local to it."""

from __future__ import annotations

import ast
import random
import re
from collections.abc import Mapping

import libcst as cst

WORDS = re.findall(
    r"\w+",
    """
    account address agenda amount anchor answer archive aspect badge balance banner barrier basket batch beacon
    blend border bottle branch bridge bucket bundle cabin candle canvas carrier castle catalog channel chapter
    circle client cluster coach column comet copper corner course cradle credit crystal cursor dealer degree depot
    device dialog distance dozen draft driver effort engine entry envelope essay estate factor feature fiber figure
    flavor folder forest fragment frame friend garden gateway gauge glance grade guest habit handle harbor hazard
    height hollow horizon hotel island journal journey junction kernel kitchen ladder lantern ledger lesson letter
    limit magnet margin market measure member mirror moment mosaic notice novel number object orbit outline owner
    packet panel partner pattern pebble pencil phase pillar planet pocket portion profile puzzle quarter record
    region remark ribbon rocket sample saddle sector segment shadow shelter signal silver sketch socket spring
    station stream summit supply surface symbol target temple thread ticket timber tower transit tunnel vessel
    village vision voyage wallet weather window winter witness
    """,
)
VERBS = re.findall(
    r"\w+",
    "arrange assemble browse collate compose derive digest evaluate examine gather inspect prepare produce survey",
)


def renamed(source: str, rng: random.Random) -> str:
    """The function with another name, and everything that is local to it too, the same everywhere."""
    tree = ast.parse(source)
    (function,) = (node for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
    taken = {word for node in ast.walk(tree) for word in _identifiers(node)}
    names = dict[str, str]()
    for name in sorted(local_names(function)):
        names[name] = fresh_name(name, taken, rng)
        taken.add(names[name])
    names[function.name] = f"{rng.choice([v for v in VERBS if v not in function.name])}_{fresh_name('it', taken, rng)}"
    inner = {node.name for node in ast.walk(function) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}
    return cst.parse_module(source).visit(_Renaming(names, inner)).code


def fresh_name(old: str, taken: set[str], rng: random.Random) -> str:
    """A name that is not taken and neither contains the old one nor lies in it; of two words where the old one is."""
    while True:
        parts = rng.sample(WORDS, 1 + ("_" in old.strip("_")))
        name = "_".join(parts)
        alike = any(part in old.lower() for part in parts) or (len(old) > 2 and old.lower() in name)
        if name not in taken and not alike:
            return name


def local_names(function: ast.FunctionDef | ast.AsyncFunctionDef) -> set[str]:
    """Parameters and names bound in a function, those of functions inside too; not imports and globals."""
    found, kept = set[str](), set[str]()
    for node in ast.walk(function):
        if isinstance(node, ast.arg):
            found.add(node.arg)
        elif isinstance(node, ast.Name):
            found.update([node.id] if isinstance(node.ctx, ast.Store) else ())
        elif isinstance(node, _NAMING) and node is not function:
            found.update([node.name] if node.name else ())
        elif isinstance(node, ast.Global | ast.Nonlocal):
            kept.update(node.names)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            kept.update((alias.asname or alias.name).partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ClassDef):
            kept.update(name for part in node.body for name in _bound_in_class(part))
    return {name for name in found - kept if name.strip("_")}


_NAMING = (ast.ExceptHandler, ast.MatchAs, ast.MatchStar, ast.FunctionDef, ast.AsyncFunctionDef)


def _bound_in_class(statement: ast.stmt) -> set[str]:
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return {statement.name}
    return {n.id for n in ast.walk(statement) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}


def _identifiers(node: ast.AST) -> list[str]:
    return [value for field in ("id", "arg", "attr", "name") if isinstance(value := getattr(node, field, None), str)]


class _Renaming(cst.CSTTransformer):
    """Names change where they are variables: not as attributes, keywords of calls elsewhere, or in imports."""

    def __init__(self, names: Mapping[str, str], functions: set[str]) -> None:
        super().__init__()
        self._names = names
        self._functions = functions

    def leave_Name(self, original_node: cst.Name, updated_node: cst.Name) -> cst.Name:  # noqa: N802
        return updated_node.with_changes(value=self._names.get(original_node.value, original_node.value))

    def leave_Attribute(self, original_node: cst.Attribute, updated_node: cst.Attribute) -> cst.Attribute:  # noqa: N802
        return updated_node.with_changes(attr=original_node.attr)

    def leave_Call(self, original_node: cst.Call, updated_node: cst.Call) -> cst.Call:  # noqa: N802
        if isinstance(original_node.func, cst.Name) and original_node.func.value in self._functions:
            return updated_node
        pairs = zip(original_node.args, updated_node.args, strict=True)
        return updated_node.with_changes(args=[new.with_changes(keyword=old.keyword) for old, new in pairs])

    def leave_Import(self, original_node: cst.Import, updated_node: cst.Import) -> cst.Import:  # noqa: N802
        return original_node

    def leave_ImportFrom(self, original_node: cst.ImportFrom, updated_node: cst.ImportFrom) -> cst.ImportFrom:  # noqa: N802
        return original_node

    def leave_MatchKeywordElement(  # noqa: N802
        self, original_node: cst.MatchKeywordElement, updated_node: cst.MatchKeywordElement
    ) -> cst.MatchKeywordElement:
        return updated_node.with_changes(key=original_node.key)
