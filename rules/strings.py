"""Strings that name modules: dynamic imports, references between Django models, task names, dotted settings."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from typing import Literal

import tree_sitter

from rules.grammar import kinds
from rules.model import Import
from rules.tokens import BODIES

Sense = Literal["", "reference", "module", "setting", "constant", "app", "model", "routes"]
"""What the place of a string says of it. `reference`: a module or something in one; `module`: a module; `setting`:
perhaps one of both; `constant`: that too, but rather a name of another kind; `app`: an entry of INSTALLED_APPS;
`model`: `"app.Model"`; `routes`: its keys are tasks."""

_CALLS: dict[str, Sense] = {
    "import_string": "reference",
    "send_task": "reference",
    "signature": "reference",
    "include": "module",
    "autodiscover_tasks": "module",
    "get_model": "model",
}
_FIELD = re.compile(r"\w*(?:ForeignKey|OneToOneField|ManyToManyField|ParentalKey|GenericRelation)")
_KEYWORDS = frozenset(("to", "through", "packages"))
"""Keyword arguments of such calls that say the same as the first one."""

_DEFAULTS = frozenset(("getattr", "get", "getenv", "setdefault"))
"""Calls that name a setting and then say what it is by default."""
_NAMES: dict[str, Sense] = {"task_routes": "routes", "beat_schedule": "setting", "default_app_config": "reference"}
_SUFFIXES: dict[str, Sense] = {
    "_APPS": "app",
    "_MODEL": "model",
    "_SETTINGS_MODULE": "module",
    "TASK_ROUTES": "routes",
    "CELERY_ROUTES": "routes",
}
_CONSTANT = re.compile(r"[A-Z][A-Z0-9_]*")
_SETTINGS_FILE = re.compile(rb"^ *(?:INSTALLED_APPS|MIDDLEWARE|ROOT_URLCONF)\b", re.MULTILINE)
_HANDLER = re.compile(r"handler[45]\d\d")
_KEYS = frozenset(("BACKEND", "class", "()", "task"))
"""Keys of dictionaries whose values may be dotted names wherever the dictionary stands."""

_PLACES = re.compile(rb"""["'][A-Za-z_]\w*\.\w[\w.]*(?:\.\*)?["']""")
_WORDS = (b"import_module", b"__import__", b"get_model", b"_APPS")
"""Where strings without a dot count, too."""

_DOTTED = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*")
_MODEL = re.compile(r"([A-Za-z_]\w*)\.([A-Z]\w*)")

_ASIDE = frozenset(kinds("subscript", "type", "comparison_operator", *BODIES))
_CALL, _PAIR, _KEYWORD, _STRING = (kinds(name)[0] for name in ("call", "pair", "keyword_argument", "string"))
_ASSIGNMENTS = frozenset(kinds("assignment", "augmented_assignment"))
_PLAIN = 3
"""A string without interpolation and escapes has three children: its start, its content, its end."""

Inside = Iterator[tuple[tree_sitter.Node, Sense]]


class Strings:
    """Finds the strings of one file that name modules, statement by statement.

    `places` are the offsets of what makes a statement worth a look; most files have none.
    """

    def __init__(self, source: bytes) -> None:
        self._source = source
        self.places = _places(source)
        self._capitals: Sense = "setting" if self.places and _SETTINGS_FILE.search(source) else "constant"

    def imports(self, statement: tree_sitter.Node, *, deferred: bool) -> list[Import]:
        """What the strings of a statement name, of a compound one those of its header, in source order.

        deferred: whether it stands in a function, where capital letters make no setting.
        """
        first = bisect_left(self.places, statement.start_byte)
        if first == len(self.places) or self.places[first] >= statement.end_byte:
            return []
        found = list[Import]()
        waiting: list[tuple[tree_sitter.Node, Sense]] = [
            (child, "") for child in reversed(statement.named_children) if child.kind_id not in _ASIDE
        ]
        while waiting:
            node, sense = waiting.pop()
            if node.kind_id == _STRING and sense:
                found.extend(_named(self._literal(node), sense, _line(node)))
            elif node.kind_id == _CALL:
                found.extend(self._dynamic(node))
            waiting.extend(reversed([*self._inside(node, sense, deferred)]))
        return found

    def app(self, body: tree_sitter.Node) -> list[Import]:
        """The app that the body of an `AppConfig` declares: its package, and the label that its models go by."""
        told: dict[str, tree_sitter.Node] = {}
        for statement in body.named_children:
            assignment = statement.named_children[0] if statement.named_children else statement
            left, right = assignment.child_by_field_name("left"), assignment.child_by_field_name("right")
            if left is not None and right is not None and right.kind_id == _STRING:
                told[self._text(left)] = right
        name, label = (self._literal(told[key]) if key in told else "" for key in ("name", "label"))
        label = label or name.rpartition(".")[2]
        return [Import(name, 0, label, body.start_point[0] + 1, "string", "app")] if label else []

    def _inside(self, node: tree_sitter.Node, sense: Sense, deferred: bool) -> Inside:
        """The parts of a node that may hold more strings, and what their places say."""
        kind = node.kind_id
        if kind == _CALL:
            yield from self._call(node, sense, deferred)
        elif kind == _PAIR:
            yield from self._pair(node, sense)
        elif kind == _KEYWORD:
            name, value = node.child_by_field_name("name"), node.child_by_field_name("value")
            if name is not None and value is not None:
                yield value, _NAMES.get(self._text(name), sense)
        elif kind in _ASSIGNMENTS:
            left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
            if left is not None and right is not None:
                yield right, self._setting(left, deferred=deferred)
        elif kind not in _ASIDE:
            yield from ((child, sense) for child in node.named_children)

    def _call(self, node: tree_sitter.Node, sense: Sense, deferred: bool) -> Inside:
        function, arguments = node.child_by_field_name("function"), node.child_by_field_name("arguments")
        if function is None or arguments is None:
            return
        yield function, ""
        receiver, _, name = self._text(function).rpartition(".")
        own = "model" if _FIELD.fullmatch(name) else _CALLS.get(name, "")
        if not own and not deferred and _CONSTANT.fullmatch(receiver):
            sense = self._sense_of(receiver)
        given = arguments.named_children
        if not own and not sense and name in _DEFAULTS:
            setting = next((text for text in map(self._literal, given[:2]) if _CONSTANT.fullmatch(text)), "")
            sense = self._sense_of(setting)
        for i, argument in enumerate(given):
            if not own:
                yield argument, sense
            elif argument.kind_id != _KEYWORD:
                yield argument, "" if i else own
            else:
                keyword, value = argument.child_by_field_name("name"), argument.child_by_field_name("value")
                if keyword is not None and value is not None:
                    yield value, own if self._text(keyword) in _KEYWORDS else ""

    def _pair(self, node: tree_sitter.Node, sense: Sense) -> Inside:
        key, value = node.child_by_field_name("key"), node.child_by_field_name("value")
        if key is None or value is None:
            return
        if sense == "routes":
            yield from ((key, "reference"), (value, ""))
        else:
            yield value, "setting" if sense in ("", "constant") and self._literal(key) in _KEYS else sense

    def _setting(self, target: tree_sitter.Node, *, deferred: bool) -> Sense:
        """What is assigned to a target, judged by its name; `DATABASES["default"]` and `app.conf.task_routes` have one, too."""
        while target.type == "subscript" and (value := target.child_by_field_name("value")) is not None:
            target = value
        name = self._text(target).rpartition(".")[2]
        return "" if deferred and name not in _NAMES else self._sense_of(name)

    def _sense_of(self, name: str) -> Sense:
        """What a name says of the strings assigned to it."""
        if _CONSTANT.fullmatch(name):
            usual: Sense = "setting" if name.startswith("CELERY_") else self._capitals
            return next((sense for suffix, sense in _SUFFIXES.items() if name.endswith(suffix)), usual)
        return "reference" if _HANDLER.fullmatch(name) else _NAMES.get(name, "")

    def _dynamic(self, call: tree_sitter.Node) -> Iterator[Import]:
        """`import_module("a.b")`, `__import__("a.b")` and `get_model("app", "Model")`."""
        function, arguments = call.child_by_field_name("function"), call.child_by_field_name("arguments")
        given = arguments.named_children if function is not None and arguments is not None else []
        name = self._text(function).rpartition(".")[2] if function is not None else ""
        text = self._literal(given[0]) if given else ""
        if name.endswith(("import_module", "__import__")):
            module = text.lstrip(".")
            own = any(self._text(argument).endswith(("__package__", "__name__")) for argument in given[1:])
            if module and (own or module == text):
                yield Import(module, len(text) - len(module), "", _line(call), "string")
        elif name == "get_model" and len(given) > 1 and text.isidentifier():
            model = self._literal(given[1])
            yield Import(text, 0, model if model[:1].isupper() else "", _line(call), "string", "label")

    def _literal(self, node: tree_sitter.Node) -> str:
        """The text of a plain string, '' for anything else."""
        if node.kind_id != _STRING or node.child_count != _PLAIN or self._source[node.start_byte] not in b"\"'":
            return ""
        return self._text(node.children[1])

    def _text(self, node: tree_sitter.Node) -> str:
        return self._source[node.start_byte : node.end_byte].decode("utf-8", "replace")


def _places(source: bytes) -> list[int]:
    """Where something stands that makes a statement worth a look, in order."""
    found = [match.start() for match in _PLACES.finditer(source)]
    for word in _WORDS:
        if word in source:
            found.extend(match.start() for match in re.finditer(word, source))
    return sorted(found)


def _line(node: tree_sitter.Node) -> int:
    return node.start_point[0] + 1


def _named(text: str, sense: Sense, line: int) -> Iterator[Import]:
    """What a string names in a place of this sense."""
    if sense == "model":
        if match := _MODEL.fullmatch(text):
            yield Import(match[1], 0, match[2], line, "string", "label")
        return
    text = text.removesuffix(".*")
    parent, dot, last = text.rpartition(".")
    if not _DOTTED.fullmatch(text) or not (dot or sense == "app"):
        return
    if _names_member(sense, parent, last):
        yield Import(parent, 0, last, line, "string", "path")
    elif sense != "constant" or "." in parent:
        yield Import(text, 0, "", line, "string", "path")


def _names_member(sense: Sense, parent: str, last: str) -> bool:
    """Whether a dotted name may mean something in a module, and not only a module."""
    match sense:
        case "reference":
            return True
        case "setting" | "routes":
            return "." in parent
        case "constant":
            return "." in parent and last[0].isupper()
        case "app":
            return parent != "" and last[0].isupper()
        case _:
            return False
