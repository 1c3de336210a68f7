"""Edits as people make them after copying: a statement more, one less, another value, argument or operator."""

from __future__ import annotations

import ast
import builtins
import random
from collections.abc import Callable, Sequence

import libcst as cst
from libcst import matchers as m

from tests.bench.names import WORDS, fresh_name
from tests.bench.plans import Plan, Statement, bodies, code, effects, function_of, heads, parse, putting, small, tree_of

_LOCAL = (
    'logger.debug("{a} of {b}: %r", {p})',
    "if {p} is None:\n    return None",
    "{a}_{b} = len({p})",
    'assert {p} is not None, "the {a} is missing"',
    "{a} = {p}.{b}",
    'warnings.warn(f"{a} {{{p}}}", stacklevel=2)',
    "{a} = find_{b}({p}, default=None)",
)
_FREE = ('metrics.count("{a}.{b}")', 'logger.info("{a} {b}")', "{a} = current_{b}()", "{a}_{b} = []")
_COMPARISONS: dict[type[cst.BaseCompOp], Callable[[], cst.BaseCompOp]] = {
    cst.LessThan: cst.LessThanEqual,
    cst.LessThanEqual: cst.LessThan,
    cst.GreaterThan: cst.GreaterThanEqual,
    cst.GreaterThanEqual: cst.GreaterThan,
    cst.Equal: cst.NotEqual,
    cst.NotEqual: cst.Equal,
    cst.Is: cst.IsNot,
    cst.IsNot: cst.Is,
    cst.In: cst.NotIn,
    cst.NotIn: cst.In,
}
_BINARY: dict[type[cst.BaseBinaryOp], Callable[[], cst.BaseBinaryOp]] = {
    cst.Add: cst.Subtract,
    cst.Subtract: cst.Add,
    cst.Multiply: cst.FloorDivide,
    cst.FloorDivide: cst.Multiply,
}
_FLAGS = ("strict", "quiet", "force", "cached", "lazy", "final")
_EDITABLE = (
    m.Integer()
    | m.SimpleString()
    | m.FormattedString()
    | m.Name("True")
    | m.Name("False")
    | m.Comparison()
    | m.BooleanOperation()
    | m.BinaryOperation()
    | m.Call()
)


def edited(source: str, rng: random.Random, share: float) -> str:
    """The function with this share of its statements edited, at least one."""
    module = cst.parse_module(source)
    function = function_of(module)
    places = [(body, statement) for body in bodies(function) for statement in body]
    chosen = rng.sample(places, max(1, round(share * len(places))))
    editor = _Editor(function, rng)
    for body, statement in chosen:
        editor.edit(body, statement)
    return module.visit(editor.plan).code


class _Editor:
    def __init__(self, function: cst.FunctionDef, rng: random.Random) -> None:
        self.plan = Plan()
        self._rng = rng
        self._parameters = [
            parameter.name.value
            for parameter in (*function.params.posonly_params, *function.params.params, *function.params.kwonly_params)
        ]
        self._others = [name for name in self._parameters if name not in ("self", "cls")]
        self._reads = [node.id for node in ast.walk(tree_of(function)) if isinstance(node, ast.Name)]
        self._taken = set(self._reads)

    def edit(self, body: Sequence[Statement], statement: Statement) -> None:
        """Plans one edit: a change or a removal where there can be one, else an insertion."""
        ways = [self._change, self._insert, self._remove]
        self._rng.shuffle(ways)
        for way in ways:
            if way(body, statement):
                return

    def _insert(self, body: Sequence[Statement], statement: Statement) -> bool:
        text = self._rng.choice(_LOCAL if self._others and self._rng.random() < 0.75 else _FREE)
        a, b = fresh_name("it", self._taken, self._rng), self._rng.choice(WORDS)
        parameter = self._rng.choice(self._others) if self._others else ""
        self._taken.add(a)
        self.plan.inserted[statement] = parse(text.format(a=a, b=b, p=parameter))
        return True

    def _remove(self, body: Sequence[Statement], statement: Statement) -> bool:
        left = [other for other in body if other not in self.plan.statements]
        inner = small(statement)
        if len(left) < 2 or inner is None or isinstance(inner, cst.Return | cst.Raise | cst.Import | cst.ImportFrom):
            return False
        _, writes = effects(tree_of(statement))
        if isinstance(inner, cst.Assign | cst.AnnAssign) and any(self._reads.count(name) > 1 for name in writes):
            return False
        self.plan.statements[statement] = ()
        return True

    def _change(self, body: Sequence[Statement], statement: Statement) -> bool:
        nodes = [node for head in heads(statement) for node in m.findall(head, _EDITABLE)]
        self._rng.shuffle(nodes)
        for node in nodes:
            changed = self._changed(node)
            if changed is not None:
                self.plan.rewrites[node] = putting(changed)
                return True
        return False

    def _changed(self, node: cst.CSTNode) -> cst.CSTNode | None:
        if isinstance(node, cst.Integer):
            return cst.Integer(str(int(node.value, 0) + self._rng.choice((1, 2, 10))))
        if isinstance(node, cst.Name):
            return cst.Name("False" if node.value == "True" else "True")
        if isinstance(node, cst.SimpleString):
            word = self._rng.choice(WORDS)
            text = f"{node.raw_value} {word}" if " " in node.raw_value else word
            return node.with_changes(value=f"{node.prefix}{node.quote}{text}{node.quote}")
        if isinstance(node, cst.FormattedString):
            more = cst.FormattedStringText(f" {self._rng.choice(WORDS)}")
            return node.with_changes(parts=[*node.parts, more])
        return self._call_changed(node) if isinstance(node, cst.Call) else _operator_changed(node)

    def _call_changed(self, call: cst.Call) -> cst.Call | None:
        if any(isinstance(arg.value, cst.GeneratorExp) for arg in call.args) or code(call.func) == "super":
            return None
        foreign = code(call.func) not in dir(builtins)
        ways = ["add", "drop"] if foreign and len(call.args) > 1 else ["add"] if foreign else []
        names = [i for i, arg in enumerate(call.args) if isinstance(arg.value, cst.Name) and not arg.star]
        ways += ["swap"] if names and len(self._others) > 1 else []
        way = self._rng.choice(ways) if ways else ""
        if way == "add":
            flag = cst.parse_expression(f"f({self._rng.choice(_FLAGS)}=True)")
            assert isinstance(flag, cst.Call)
            last = [arg.with_changes(comma=cst.MaybeSentinel.DEFAULT) for arg in call.args[-1:]]
            return call.with_changes(args=[*call.args[:-1], *last, *flag.args])
        if way == "drop":
            last = [arg.with_changes(comma=cst.MaybeSentinel.DEFAULT) for arg in call.args[-2:-1]]
            return call.with_changes(args=[*call.args[:-2], *last])
        if way == "swap":
            i = self._rng.choice(names)
            name = self._rng.choice([name for name in self._others if name != code(call.args[i].value)])
            args = [arg.with_changes(value=cst.Name(name)) if j == i else arg for j, arg in enumerate(call.args)]
            return call.with_changes(args=args)
        return None


def _operator_changed(node: cst.CSTNode) -> cst.CSTNode | None:
    if isinstance(node, cst.Comparison):
        first, *rest = node.comparisons
        operator = _COMPARISONS[type(first.operator)]()
        return node.with_changes(comparisons=[first.with_changes(operator=operator), *rest])
    if isinstance(node, cst.BooleanOperation):
        return node.with_changes(operator=cst.Or() if isinstance(node.operator, cst.And) else cst.And())
    other = _BINARY.get(type(node.operator)) if isinstance(node, cst.BinaryOperation) else None
    return node.with_changes(operator=other()) if other else None
