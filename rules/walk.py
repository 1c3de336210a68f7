"""One walk over the statements of a parsed file: imports with their scope, definitions, statements, suppressions."""

from __future__ import annotations

import re

import tree_sitter

from rules.conditions import outcome
from rules.features import FeatureTable
from rules.grammar import kinds
from rules.model import Assignment, Definition, Import, Scope, Suppression
from rules.statements import StatementTable
from rules.strings import Strings
from rules.tokens import CLAUSES, Tokens, parameter_names

MAX_DEPTH = 100
"""CPython itself refuses more levels of indentation."""

_BLOCK = frozenset(kinds("block"))
_CLAUSES = frozenset(kinds(*CLAUSES))
_FUNCTION, _CLASS, _DECORATED = (
    kinds(name)[0] for name in ("function_definition", "class_definition", "decorated_definition")
)
_COMPOUND = frozenset(
    kinds(*CLAUSES, *(f"{word}_statement" for word in ("if", "for", "while", "with", "try", "match")))
)
_IF = frozenset(kinds("if_statement", "elif_clause"))
_IMPORTS = frozenset(kinds("import_statement", "import_from_statement"))
_EXPRESSION = frozenset(kinds("expression_statement"))
_LITERAL = frozenset(kinds("string", "concatenated_string", "ellipsis"))
_SKIPPED = frozenset(
    kinds(
        "comment",
        "future_import_statement",
        "pass_statement",
        "global_statement",
        "nonlocal_statement",
        "type_alias_statement",
    )
)
_PYTHON_2 = frozenset(kinds("print_statement", "exec_statement"))
_EMPTY_HEADERS = frozenset((b"else", b"try", b"finally"))

_CERTAIN = re.compile(rb"TYPE_CHECKING|MYPY|True|False|0")
_MAIN = re.compile(rb"""__name__\s*==\s*["']__main__["']|["']__main__["']\s*==\s*__name__""")
_SUPPRESSION = re.compile(r"#\s*partywall:\s*ignore\b\s*(?:\[([^\]]*)\])?\s*(.*)")


class Walk:
    """Walks one file on construction; the attributes then hold what was found."""

    def __init__(self, source: bytes, root: tree_sitter.Node) -> None:
        self.imports: list[Import] = []
        self.definitions: list[Definition] = []
        self.assignments: list[Assignment] = []
        self.exports: tuple[str, ...] | None = None
        self.depth = 0
        self.problem = ""
        self._source = source
        self._table = StatementTable(source)
        self._features = FeatureTable()
        self._path: list[str] = []
        self._owner = 0
        self._level = 0
        self._functions = 0
        self._typing = 0
        self._main = 0
        self._aliases: set[str] = set()
        self._bound: set[bytes] = set()
        self._pending: list[tuple[Tokens, int, int]] = []
        self._strings = Strings(source)
        self._body(root)
        self.statements = self._table.pack()
        self.features = self._features.pack(len(self.definitions))

    def _body(self, block: tree_sitter.Node) -> None:
        self._level += 1
        if self._level > MAX_DEPTH:
            self.problem = f"more than {MAX_DEPTH} levels of blocks at line {block.start_point[0] + 1}"
        else:
            for node in block.named_children:
                self._statement(node)
        self._level -= 1

    def _statement(self, node: tree_sitter.Node) -> None:
        kind = node.kind_id
        if kind in _SKIPPED or (kind in _EXPRESSION and node.child_count == 1 and node.children[0].kind_id in _LITERAL):
            return
        if kind in _IMPORTS:
            self._import(node)
        elif kind == _DECORATED:
            definition = node.child_by_field_name("definition")
            if definition is not None:
                self._define(definition, node)
        elif kind in (_FUNCTION, _CLASS):
            self._define(node, node)
        else:
            if kind in _PYTHON_2:
                self.problem = f"Python 2 syntax at line {node.start_point[0] + 1}"
            self._tokens(node, kind)
            if kind in _EXPRESSION and not self._functions and not self._path:
                self._assign(node)
            if kind in _COMPOUND:
                self._compound(node, kind)

    def _tokens(self, node: tree_sitter.Node, kind: int) -> None:
        tokens = Tokens(node, self._source, self._bound)
        self.depth = max(self.depth, self._level + tokens.depth)
        if self._strings.places:
            self.imports.extend(self._strings.imports(node, deferred=self._functions > 0))
        if not tokens.texts or tokens.texts[0] in _EMPTY_HEADERS:
            return
        end = tokens.offsets[-1] + 1 if kind in _COMPOUND else node.end_byte
        if self._functions:
            self._pending.append((tokens, end, self._owner))
            return
        self._bound.clear()
        if not self._path and not self._main:
            self._table.add(tokens, end, 0, self._bound)

    def _compound(self, node: tree_sitter.Node, kind: int) -> None:
        condition = node.child_by_field_name("condition") if kind in _IF else None
        text = self._source[condition.start_byte : condition.end_byte] if condition is not None else b""
        holds = self._outcome(node)
        main = bool(_MAIN.search(text))
        for child in node.named_children:
            if child.kind_id in _BLOCK:
                self._typing += holds is False
                self._main += main
                self._body(child)
                self._typing -= holds is False
                self._main -= main
            elif child.kind_id in _CLAUSES:
                self._typing += holds is True
                self._statement(child)
                self._typing -= holds is True
                holds = True if self._outcome(child) else holds

    def _outcome(self, node: tree_sitter.Node) -> bool | None:
        """Whether the condition of an `if` or `elif` holds at run time, None where that is open."""
        condition = node.child_by_field_name("condition") if node.kind_id in _IF else None
        if condition is None or not (
            self._aliases or _CERTAIN.search(self._source, condition.start_byte, condition.end_byte)
        ):
            return None
        return outcome(condition, self._source, self._aliases)

    def _define(self, node: tree_sitter.Node, outer: tree_sitter.Node) -> None:
        named, body = node.child_by_field_name("name"), node.child_by_field_name("body")
        if named is None or body is None:
            return
        function = node.kind_id == _FUNCTION
        bases, parameters = self._bases(node), node.child_by_field_name("parameters")
        names = tuple(self._text(name) for name in parameter_names(parameters)) if parameters is not None else ()
        self._path.append(self._text(named))
        self.definitions.append(
            Definition(
                name=".".join(self._path),
                kind="function" if function else "class",
                start=outer.start_point[0] + 1,
                line=node.start_point[0] + 1,
                body=body.start_point[0] + 1,
                end=node.end_point[0] + 1,
                parameters=names,
                bases=bases,
                traits=self._traits(node, outer, body),
            )
        )
        if any(base.endswith("AppConfig") for base in bases):
            self.imports.extend(self._strings.app(body))
        owner, self._owner = self._owner, len(self.definitions)
        self._functions += function
        self._bound.update(name.encode() for name in names)
        self._body(body)
        self._functions -= function
        self._owner = owner
        self._path.pop()
        if not self._functions:
            self._flush()

    def _flush(self) -> None:
        for tokens, end, owner in self._pending:
            self._table.add(tokens, end, owner, self._bound)
            self._features.add(tokens.texts, tokens.literals, owner)
        self._pending.clear()
        self._bound.clear()

    def _bases(self, node: tree_sitter.Node) -> tuple[str, ...]:
        arguments = node.child_by_field_name("superclasses")
        if arguments is None:
            return ()
        return tuple(
            self._text(child).split("[")[0]
            for child in arguments.named_children
            if child.type in ("identifier", "attribute", "subscript")
        )

    def _traits(self, node: tree_sitter.Node, outer: tree_sitter.Node, body: tree_sitter.Node) -> tuple[str, ...]:
        decorators = [child for child in outer.named_children if child.type == "decorator"] if outer is not node else []
        traits = [re.split(r"[(\s]", self._text(decorator).lstrip("@ "))[0] for decorator in decorators]
        if self._source.startswith(b"async", node.start_byte):
            traits.append("async")
        if all(self._is_stub(child) for child in body.named_children):
            traits.append("stub")
        return tuple(traits)

    def _is_stub(self, node: tree_sitter.Node) -> bool:
        if node.kind_id in _SKIPPED:
            return True
        if node.kind_id in _EXPRESSION:
            return node.child_count == 1 and node.children[0].kind_id in _LITERAL
        return (
            node.type == "raise_statement" and b"NotImplementedError" in self._source[node.start_byte : node.end_byte]
        )

    def _assign(self, node: tree_sitter.Node) -> None:
        assignment = node.children[0]
        left, right = assignment.child_by_field_name("left"), assignment.child_by_field_name("right")
        if left is None or assignment.type not in ("assignment", "augmented_assignment"):
            return
        for target in [left] if left.type == "identifier" else left.named_children:
            if target.type == "identifier":
                self.assignments.append(Assignment(self._text(target), target.start_point[0] + 1))
        if self._text(left) == "__all__" and right is not None and right.type in ("list", "tuple"):
            names = tuple(self._literal(child) for child in right.named_children if child.type == "string")
            self.exports = (*(self.exports or ()), *names)

    def _scope(self) -> Scope:
        if self._typing:
            return "typing"
        return "lazy" if self._functions or self._main else "import"

    def _import(self, node: tree_sitter.Node) -> None:
        scope, source = self._scope(), node.child_by_field_name("module_name")
        if source is None:
            for child in node.children_by_field_name("name"):
                name = child.child_by_field_name("name") or child
                self.imports.append(Import(self._text(name), 0, "", child.start_point[0] + 1, scope))
            return
        written = re.sub(r"[\s\\]", "", self._text(source))
        module = written.lstrip(".")
        level = len(written) - len(module)
        for child in node.children_by_field_name("name"):
            name = child.child_by_field_name("name") or child
            item = Import(module, level, self._text(name), name.start_point[0] + 1, scope)
            self.imports.append(item)
            alias = child.child_by_field_name("alias") if item.name == "TYPE_CHECKING" else None
            if alias is not None:
                self._aliases.add(self._text(alias))
        if any(child.type == "wildcard_import" for child in node.named_children):
            self.imports.append(Import(module, level, "*", node.start_point[0] + 1, scope))

    def _literal(self, string: tree_sitter.Node) -> str:
        return "".join(self._text(part) for part in string.named_children if part.type == "string_content")

    def _text(self, node: tree_sitter.Node) -> str:
        return self._source[node.start_byte : node.end_byte].decode("utf-8", "replace")


def suppressions(source: bytes, root: tree_sitter.Node) -> tuple[Suppression, ...]:
    """The `# partywall: ignore[rules] reason` comments of a file, also those without rules or reason."""
    if b"partywall:" not in source:
        return ()
    found, waiting = [], [root]
    while waiting:
        node = waiting.pop()
        waiting.extend(node.children)
        if node.type == "comment" and (
            match := _SUPPRESSION.match(source[node.start_byte : node.end_byte].decode("utf-8", "replace"))
        ):
            rules = tuple(rule.strip() for rule in (match[1] or "").split(",") if rule.strip())
            line = source[source.rfind(b"\n", 0, node.start_byte) + 1 : node.start_byte]
            found.append(Suppression(node.start_point[0] + 1, rules, match[2].strip(), not line.strip()))
    return tuple(sorted(found, key=lambda suppression: suppression.line))
