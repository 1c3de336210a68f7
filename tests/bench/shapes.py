"""The same computation in another shape: in another order, with variables inlined, async where it was not."""

from __future__ import annotations

import ast
import math
import random
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence

import libcst as cst
from libcst import matchers as m

from tests.bench.plans import (
    Plan,
    Rewrite,
    Statement,
    assignment,
    bodies,
    code,
    function_of,
    heads,
    independent,
    putting,
    small,
)

_NEAR = 3
"""A variable is inlined into one of so many statements that follow it."""

_WAITED = re.compile(
    r"(?:_|\b)(?:add|apply|build|call|check|clear|close|collect|compute|create|draw|emit|execute|fetch|find|flush|get|"
    r"handle|load|make|open|print|process|push|read|refresh|register|render|report|run|save|send|set|show|start|stop|"
    r"update|wait|write)(?:_|$)"
)
"""Names of calls that somebody might have to wait for."""

_NESTED = m.Lambda() | m.GeneratorExp() | m.ListComp() | m.SetComp() | m.DictComp() | m.FormattedString()
_CLOSED = (
    m.Name() | m.Call() | m.Attribute() | m.Subscript() | m.Integer() | m.Float() | m.SimpleString()
    | m.FormattedString() | m.List() | m.Dict() | m.Set() | m.ListComp() | m.DictComp() | m.SetComp() | m.GeneratorExp()
)  # fmt: skip
"""Expressions that need no brackets wherever they stand."""


def reordered(source: str, rng: random.Random) -> str | None:
    """The function with independent neighbours swapped: a third of the pairs, at least one."""
    module = cst.parse_module(source)
    pairs = [pair for body in bodies(function_of(module)) for pair in _swappable(body)]
    plan = Plan()
    for one, other in rng.sample(pairs, math.ceil(len(pairs) / 3)):
        plan.statements |= {one: (other,), other: (one,)}
    return module.visit(plan).code if plan else None


def _swappable(body: Sequence[Statement]) -> Iterator[tuple[Statement, Statement]]:
    """Neighbours that may be swapped; no statement is in two pairs."""
    i = 0
    while i + 1 < len(body):
        one, other = body[i : i + 2]
        i += 1
        if small(one) and small(other) and independent(one, other):
            yield one, other
            i += 1


def inlined(source: str, rng: random.Random) -> str | None:
    """The function without its variables that are assigned once and used once, soon after; None if it has none."""
    module = cst.parse_module(source)
    nodes = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Name)]
    count = Counter((node.id, isinstance(node.ctx, ast.Load)) for node in nodes)
    plan, used = Plan(), set[Statement]()
    for body in bodies(function_of(module)):
        for i, statement in enumerate(body):
            name, value = assignment(statement) or ("", None)
            if value is None or count[name, True] != 1 or count[name, False] != 1 or statement in used:
                continue
            for j in range(i + 1, min(i + 1 + _NEAR, len(body))):
                rewrite = None if body[j] in used else _inlining(body[j], name, value)
                if rewrite:
                    plan.rewrites |= rewrite
                    plan.statements[statement] = ()
                    used |= {statement, body[j]}
                if rewrite or not small(body[j]) or not independent(statement, body[j]):
                    break
    return module.visit(plan).code if plan else None


def _inlining(statement: Statement, name: str, value: cst.BaseExpression) -> dict[cst.CSTNode, Rewrite] | None:
    """The rewrite that puts a value where a statement uses a name, unless the value has to be computed outside."""
    found = [node for head in heads(statement) for node in m.findall(head, m.Name(name))]
    nested = [inner for head in heads(statement) for inner in m.findall(head, _NESTED)]
    if len(found) != 1 or any(m.findall(inner, m.Name(name)) for inner in nested):
        return None
    if m.findall(value, m.Yield() | m.Await() | m.NamedExpr()):
        return None
    alone = any(m.findall(head, m.Arg(value=m.Name(name)) | m.Return(value=m.Name(name))) for head in heads(statement))
    open_ = not m.matches(value, _CLOSED) and not value.lpar and (not alone or isinstance(value, cst.Tuple))
    put = value.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()]) if open_ else value
    return {found[0]: putting(put)}


def made_async(source: str, rng: random.Random) -> str | None:
    """The twin of a function: `async` with calls awaited, or without; None if nothing in it would be awaited."""
    module = cst.parse_module(source)
    function = function_of(module)
    plan = _without_async(function) if function.asynchronous else _with_async(function)
    return module.visit(plan).code if plan else None


def _with_async(function: cst.FunctionDef) -> Plan:
    plan = Plan()
    inner = {
        statement
        for nested in m.findall(function.body, m.FunctionDef())
        for body in bodies(nested)
        for statement in body
    }
    for statement in (statement for body in bodies(function) for statement in body if statement not in inner):
        holder = small(statement)
        value = holder.value if isinstance(holder, cst.Expr | cst.Assign | cst.AnnAssign | cst.Return) else None
        if isinstance(value, cst.Call) and _WAITED.search(code(value.func).rpartition(".")[2]):
            plan.rewrites[value] = _awaited
    if plan:
        plan.rewrites[function] = _setting(asynchronous=cst.Asynchronous())
    return plan


def _without_async(function: cst.FunctionDef) -> Plan:
    plan = Plan()
    for node in m.findall(function, m.Asynchronous()):
        plan.rewrites[node] = lambda _: cst.RemoveFromParent()
    for node in m.findall(function, m.Await()):
        plan.rewrites[node] = _unwrapped
    return plan


def _awaited(node: cst.CSTNode) -> cst.CSTNode:
    assert isinstance(node, cst.BaseExpression)
    return cst.Await(node)


def _unwrapped(node: cst.CSTNode) -> cst.CSTNode:
    assert isinstance(node, cst.Await)
    return node.expression.with_changes(
        lpar=[*node.lpar, *node.expression.lpar], rpar=[*node.expression.rpar, *node.rpar]
    )


def _setting(**changes: object) -> Callable[[cst.CSTNode], cst.CSTNode]:
    return lambda node: node.with_changes(**changes)
