"""Loops that collect become comprehensions, and comprehensions become loops."""

from __future__ import annotations

import ast
import random
import re
from collections.abc import Sequence
from typing import NamedTuple, cast

import libcst as cst
from libcst import matchers as m

from tests.bench.names import fresh_name
from tests.bench.plans import Plan, Statement, assignment, bodies, code, function_of, parse, putting, small

_EMPTY = {"[]": "[]", "list()": "[]", "set()": "{}", "{}": "{}", "dict()": "{}"}
"""How a collection begins, and the brackets of the comprehension that makes it."""

_STARTS = {cst.ListComp: "[]", cst.GeneratorExp: "[]", cst.SetComp: "set()", cst.DictComp: "{}"}
_COMPREHENSION = m.ListComp() | m.SetComp() | m.DictComp() | m.GeneratorExp()
_Comprehension = cst.ListComp | cst.SetComp | cst.DictComp | cst.GeneratorExp
_LATER = m.Lambda() | m.IfExp() | m.BooleanOperation()
_EAGER = ("sum", "list", "tuple", "set", "sorted", "max", "min", "dict", "join", "extend", "update", "frozenset")
"""Calls that read a generator to its end."""


class _Collected(NamedTuple):
    """What a loop puts where: `element` into `name` for each turn of `clauses`."""

    name: str
    method: str
    element: str
    clauses: str


def reshaped(source: str, rng: random.Random) -> str | None:
    """The function with collecting loops as comprehensions, or with comprehensions as loops; None if it has neither."""
    module = cst.parse_module(source)
    plan = Plan()
    for body in bodies(function_of(module)):
        _loops(body, plan)
    if not plan:
        taken = {node.id for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Name)}
        for statement in (statement for body in bodies(function_of(module)) for statement in body):
            _unfold(statement, plan, taken, rng)
    return module.visit(plan).code if plan else None


def _loops(body: Sequence[Statement], plan: Plan) -> None:
    for before, statement in zip((None, *body), body, strict=False):
        found = _collected(statement)
        if found is None:
            continue
        name, value = (assignment(before) if before else None) or ("", None)
        brackets = _EMPTY.get(code(value), "") if value is not None and name == found.name else ""
        inside = f"{found.element} {found.clauses}"
        if re.search(rf"(?<!\w){re.escape(found.name)}(?!\w)", inside):
            continue  # the loop reads what it collects
        if before is not None and brackets:
            text = code(before).strip().rpartition("=")[0]
            plan.statements[before] = parse(f"{text}= {brackets[0]}{inside}{brackets[1]}")
            plan.statements[statement] = ()
        elif found.method in ("append", "add"):
            method = "extend" if found.method == "append" else "update"
            plan.statements[statement] = parse(f"{found.name}.{method}({inside})")


def _collected(statement: Statement) -> _Collected | None:
    """What a loop collects that does nothing else."""
    clauses = list[str]()
    node: cst.CSTNode = statement
    while True:
        if isinstance(node, cst.For) and node.orelse is None and node.asynchronous is None:
            clauses.append(f"for {code(node.target)} in {_closed(node.iter)}")
        elif isinstance(node, cst.If) and node.orelse is None and clauses:
            clauses.append(f"if {_closed(node.test)}")
        else:
            break
        if not isinstance(node.body, cst.IndentedBlock) or len(node.body.body) != 1:
            return None
        node = node.body.body[0]
    put = _put(node) if isinstance(node, cst.SimpleStatementLine) and clauses else None
    if put is None or re.search(r"\b(?:yield|await)\b", code(statement)):
        return None
    return _Collected(*put, " ".join(clauses))


def _put(statement: Statement) -> tuple[str, str, str] | None:
    """(collection, method, element) of `x.append(element)`, `x.add(element)` and `x[key] = value`."""
    inner = small(statement)
    if isinstance(inner, cst.Expr) and m.matches(
        inner.value, m.Call(m.Attribute(attr=m.Name()), [m.Arg(keyword=None, star="")])
    ):
        call = cst.ensure_type(inner.value, cst.Call)
        function = cst.ensure_type(call.func, cst.Attribute)
        if function.attr.value in ("append", "add"):
            return code(function.value), function.attr.value, _closed(call.args[0].value)
    elif isinstance(inner, cst.Assign) and m.matches(
        inner, m.Assign([m.AssignTarget(m.Subscript(slice=[m.DoNotCare()]))])
    ):
        target = cst.ensure_type(inner.targets[0].target, cst.Subscript)
        return code(target.value), "", f"{code(target.slice[0])}: {_closed(inner.value)}"
    return None


def _closed(node: cst.BaseExpression) -> str:
    text = code(node)
    bare = isinstance(node, cst.IfExp | cst.Lambda | cst.NamedExpr | cst.Tuple | cst.Yield) or "\n" in text
    return f"({text})" if bare and not node.lpar else text


def _unfold(statement: Statement, plan: Plan, taken: set[str], rng: random.Random) -> None:
    """Plans a loop ahead of a statement for the comprehension in it."""
    inner = small(statement)
    if inner is None or m.findall(statement, _LATER):
        return
    lazy = [
        argument.value
        for node in m.findall(inner, m.Call())
        for argument in cast("cst.Call", node).args
        if isinstance(argument.value, cst.GeneratorExp)
        and code(cast("cst.Call", node).func).rpartition(".")[2] in _EAGER
    ]
    found = [
        node for node in m.findall(inner, _COMPREHENSION) if not isinstance(node, cst.GeneratorExp) or node in lazy
    ]
    if not found:
        return
    comprehension = cast("_Comprehension", found[0])
    name, value = assignment(statement) or ("", None)
    whole = value is comprehension and name not in code(comprehension)
    name = name if whole else fresh_name("it", taken, rng)
    taken.add(name)
    plan.inserted[statement] = parse(f"{name} = {_STARTS[type(comprehension)]}\n{_loop(comprehension, name)}")
    if whole:
        plan.statements[statement] = ()
    else:
        plan.rewrites[comprehension] = putting(cst.Name(name))


def _loop(comprehension: _Comprehension, name: str) -> str:
    lines = list[str]()
    clause: cst.CompFor | None = comprehension.for_in
    while clause is not None:
        lines.append(f"for {code(clause.target)} in {_closed(clause.iter)}:")
        lines.extend(f"if {_closed(condition.test)}:" for condition in clause.ifs)
        clause = clause.inner_for_in
    if isinstance(comprehension, cst.DictComp):
        lines.append(f"{name}[{_closed(comprehension.key)}] = {_closed(comprehension.value)}")
    else:
        method = "add" if isinstance(comprehension, cst.SetComp) else "append"
        lines.append(f"{name}.{method}({_closed(comprehension.elt)})")
    return "".join(f"{'    ' * depth}{line}\n" for depth, line in enumerate(lines))
