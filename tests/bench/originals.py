"""The functions that copies are made of: drawn from installed packages, which are read and never imported."""

from __future__ import annotations

import ast
import io
import random
import tokenize
from collections import defaultdict
from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from rules.facts import is_generated, to_utf8
from rules.selection import Selection

LINES = range(8, 46)
LEAST_WORDS = 20
"""Names, keywords and literals that a function must have besides its docstring."""

TWIN = 0.5
"""A function of whose statements so many stand in one other function, to the letter, has a copy already."""

Function = ast.FunctionDef | ast.AsyncFunctionDef


class Original(NamedTuple):
    """A function as it stands in a package. `source` is dedented; a method stands there without its decorators."""

    path: str
    name: str
    start: int
    end: int
    source: str
    imports: tuple[str, ...]


def read_package(name: str) -> dict[str, str]:
    """The reviewed files of an installed package, by paths that begin with its name."""
    spec = find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        raise SystemExit(f"no package {name} is installed here")
    folder = Path(spec.submodule_search_locations[0])
    paths = {f"{name}/{path.relative_to(folder).as_posix()}": path for path in sorted(folder.rglob("*.py"))}
    chosen = Selection()
    return {path: to_utf8(file.read_bytes())[0].decode() for path, file in paths.items() if chosen(path)}


def draw(tree: Mapping[str, str], count: int, seed: int) -> list[Original]:
    """So many functions of a tree, or all that qualify, by place; those that have a twin in the tree are left out."""
    found = [(path, function, method) for path in sorted(tree) for function, method in _functions(tree[path])]
    twins = _twins([function for _, function, _ in found])
    pool = [
        (path, function, method)
        for path, function, method in found
        if function not in twins and _qualifies(function) and not is_generated(tree[path].encode())
    ]
    drawn = random.Random(seed).sample(pool, min(count, len(pool)))
    return sorted(
        (_original(path, tree[path], function, method=method) for path, function, method in drawn),
        key=lambda o: (o.path, o.start),
    )


def _functions(source: str) -> Iterator[tuple[Function, bool]]:
    """(function, whether it is a method) of those that stand in no function."""
    bodies: list[tuple[list[ast.stmt], bool]] = [(ast.parse(source).body, False)]
    for body, method in bodies:
        for node in body:
            if isinstance(node, Function):
                yield node, method
            elif isinstance(node, ast.ClassDef):
                bodies.append((node.body, True))


def _qualifies(function: Function) -> bool:
    decorators = [ast.unparse(decorator) for decorator in function.decorator_list]
    if any("overload" in text or "abstract" in text for text in decorators):
        return False
    assert function.end_lineno is not None
    return function.end_lineno - function.lineno + 1 in LINES and _words(function) >= LEAST_WORDS


def _words(function: Function) -> int:
    body = function.body[1:] if ast.get_docstring(function) is not None else function.body
    text = "\n".join(ast.unparse(statement) for statement in body) + "\n"
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    return sum(token.type in (tokenize.NAME, tokenize.NUMBER, tokenize.STRING) for token in tokens)


def _twins(functions: list[Function]) -> set[Function]:
    """The functions that share TWIN of their statements with one other."""
    texts = {function: set(_statement_texts(function)) for function in functions}
    holders = defaultdict[str, list[Function]](list)
    for function, found in texts.items():
        for text in found:
            holders[text].append(function)
    twins = set[Function]()
    for function, found in texts.items():
        shared = defaultdict[Function, int](int)
        for text in found:
            for other in holders[text]:
                shared[other] += other is not function
        if found and max(shared.values()) >= TWIN * len(found):
            twins.add(function)
    return twins


def _statement_texts(function: Function) -> Iterator[str]:
    """Each statement as text, a compound one by its first line; docstrings are left out."""
    for node in ast.walk(function):
        docstring = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        if isinstance(node, ast.stmt) and node is not function and not docstring:
            yield ast.unparse(node).partition("\n")[0]


def _original(path: str, source: str, function: Function, *, method: bool) -> Original:
    assert function.end_lineno is not None
    decorated = [] if method else [decorator.lineno for decorator in function.decorator_list]
    start = min([function.lineno, *decorated])
    lines = source.split("\n")[start - 1 : function.end_lineno]
    indent = " " * function.col_offset
    text = "".join(f"{line.removeprefix(indent)}\n" for line in lines)
    return Original(path, function.name, start, function.end_lineno, text, tuple(_imports(path, source, function)))


def _imports(path: str, source: str, function: Function) -> Iterator[str]:
    """The imports of a file that bind names which the function uses, absolute."""
    used = {node.id for node in ast.walk(function) if isinstance(node, ast.Name)}
    for node in ast.parse(source).body:
        if not isinstance(node, ast.Import | ast.ImportFrom):
            continue
        names = [alias for alias in node.names if (alias.asname or alias.name.partition(".")[0]) in used]
        if names and isinstance(node, ast.Import):
            yield ast.unparse(ast.Import(names))
        elif names and isinstance(node, ast.ImportFrom):
            around = path.split("/")[: -node.level] if node.level else []
            yield ast.unparse(ast.ImportFrom(".".join([*around, *filter(None, [node.module])]), names, 0))
