"""Changes to a function, planned on its syntax tree and carried out at once; what they need to know about statements."""

from __future__ import annotations

import ast
import textwrap
from collections.abc import Callable, Iterator, Sequence
from typing import cast

import libcst as cst
from libcst import matchers as m

Statement = cst.BaseStatement
Rewrite = Callable[[cst.CSTNode], cst.CSTNode | cst.RemovalSentinel]


class Plan(cst.CSTTransformer):
    """What shall stand where: `rewrites` for a node, `statements` for a statement of a block, `inserted` before it.

    Keys are nodes of the tree as it was; a rewrite gets the node with its parts changed already. Parts of a statement
    in `statements` are not rewritten.
    """

    def __init__(self) -> None:
        super().__init__()
        self.rewrites: dict[cst.CSTNode, Rewrite] = {}
        self.statements: dict[Statement, Sequence[Statement]] = {}
        self.inserted: dict[Statement, Sequence[Statement]] = {}

    def __bool__(self) -> bool:
        return bool(self.rewrites or self.statements or self.inserted)

    def on_leave(  # type: ignore[override]
        self, original_node: cst.CSTNode, updated_node: cst.CSTNode
    ) -> cst.CSTNode | cst.RemovalSentinel:
        if isinstance(original_node, cst.IndentedBlock) and isinstance(updated_node, cst.IndentedBlock):
            body = [
                statement
                for old, new in zip(original_node.body, updated_node.body, strict=True)
                for statement in (*self.inserted.get(old, ()), *self.statements.get(old, (new,)))
            ]
            updated_node = updated_node.with_changes(body=body)
        rewrite = self.rewrites.get(original_node)
        return rewrite(updated_node) if rewrite else updated_node


def putting(node: cst.CSTNode) -> Rewrite:
    """The rewrite that puts this node in the place of another."""
    return lambda _: node


def function_of(module: cst.Module) -> cst.FunctionDef:
    """The one function of a module."""
    return next(node for node in module.body if isinstance(node, cst.FunctionDef))


def bodies(node: cst.CSTNode) -> Iterator[Sequence[Statement]]:
    """The statements of each block, docstrings left out."""
    for block in m.findall(node, m.IndentedBlock()):
        body = cast("cst.IndentedBlock", block).body
        yield body[1:] if is_docstring(body[0]) else body


def is_docstring(statement: Statement) -> bool:
    """Whether a statement is a bare string."""
    return m.matches(statement, m.SimpleStatementLine(body=[m.Expr(value=m.SimpleString() | m.ConcatenatedString())]))


def small(statement: Statement) -> cst.BaseSmallStatement | None:
    """The small statement that is alone on a line."""
    return statement.body[0] if isinstance(statement, cst.SimpleStatementLine) and len(statement.body) == 1 else None


def heads(statement: Statement) -> list[cst.CSTNode]:
    """The expressions of a statement itself that are computed once: without annotations and the blocks inside."""
    inner = small(statement)
    if isinstance(inner, cst.AnnAssign):
        return [inner.value] if inner.value else []
    if inner is not None:
        return [inner]
    if isinstance(statement, cst.If):
        return [statement.test]
    if isinstance(statement, cst.For):
        return [statement.iter]
    if isinstance(statement, cst.With):
        return [item.item for item in statement.items]
    return []


def assignment(statement: Statement) -> tuple[str, cst.BaseExpression] | None:
    """(name, value) of `name = value` and `name: type = value`."""
    inner = small(statement)
    if isinstance(inner, cst.Assign) and len(inner.targets) == 1:
        target, value = inner.targets[0].target, inner.value
    elif isinstance(inner, cst.AnnAssign) and inner.value is not None:
        target, value = inner.target, inner.value
    else:
        return None
    return (target.value, value) if isinstance(target, cst.Name) else None


_EMPTY = cst.Module([])


def code(node: cst.CSTNode) -> str:
    """The text of a node."""
    return _EMPTY.code_for_node(node)


def tree_of(node: cst.CSTNode) -> ast.AST:
    """A statement or expression as an `ast` tree."""
    text = code(node)
    return ast.parse(textwrap.dedent(text) if isinstance(node, Statement) else f"({text}\n)")


def parse(text: str) -> list[Statement]:
    """The statements of a text."""
    return [node for node in cst.parse_module(text).body if isinstance(node, Statement)]


def effects(tree: ast.AST) -> tuple[set[str], set[str]]:
    """(names read, names written): a store into a part of an object, or a call of its method, writes its name."""
    reads, writes = set[str](), set[str]()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            (reads if isinstance(node.ctx, ast.Load) else writes).add(node.id)
        elif isinstance(node, ast.Attribute | ast.Subscript) and not isinstance(node.ctx, ast.Load):
            writes.add(_root(node))
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            writes.add(_root(node.func))
    return reads, writes - {""}


def _root(node: ast.expr) -> str:
    while isinstance(node, ast.Attribute | ast.Subscript | ast.Call):
        node = node.func if isinstance(node, ast.Call) else node.value
    name = node.id if isinstance(node, ast.Name) else ""
    return "self" if name == "super" else name


_BOUND = (ast.Return, ast.Raise, ast.Break, ast.Continue, ast.Yield, ast.YieldFrom, ast.Await)
_BOUND_TOO = (ast.Import, ast.ImportFrom, ast.Global, ast.Nonlocal, ast.Assert, ast.Delete, ast.Pass)


def independent(one: Statement, other: Statement) -> bool:
    """Whether two small statements may stand in either order, as far as names tell."""
    trees = tree_of(one), tree_of(other)
    if any(isinstance(node, (*_BOUND, *_BOUND_TOO)) for tree in trees for node in ast.walk(tree)):
        return False
    (reads, writes), (other_reads, other_writes) = map(effects, trees)
    return not writes & (other_reads | other_writes) and not other_writes & reads
