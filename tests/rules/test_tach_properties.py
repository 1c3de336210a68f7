"""Random projects with random tach.toml files: what we say of the whole tree is what `tach check` says."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from tach import extension
from tach.errors import TachError

from tests.support.tach import Verdicts, adopted, verdicts

PACKAGES = ("p", "p.a", "p.b", "q", "q.m")
MODULES = (*PACKAGES, "p.a.x", "p.a.y", "p.b.x", "p.c", "q.m.z", "t", "u")
GLOBS = ("p.*", "p.**", "q.**", "*", "**", "p.{a,b}", "?", "p.[!a]", "p.**.x", "q.m*")
LAYERS: tuple[list[str], ...] = ([], [], ["high", "low"], ["high", "middle", "low"])

WHOLE = (
    "import {0}",
    "from {0} import thing",
    "from {0} import *",
    "from {0} import (\n    thing,\n    other,\n)",
    "from {0} import Deep  # noqa",
    "import {0} as renamed",
)
COMMENTS = (
    "",
    "",
    "",
    "",
    "  # tach-ignore",
    "  # tach-ignore(for a reason)",
    "  # tach-ignore thing",
    "  # tach-ignore a x",
)
AROUND = (
    "{0}",
    "{0}",
    "{0}",
    "def f():\n{1}",
    "class C:\n{1}",
    "try:\n{1}\nexcept ImportError:\n    pass",
    "with open(f) as g:\n{1}",
    "match f:\n    case 1:\n{2}",
    "if TYPE_CHECKING:\n{1}",
    "if TYPE_CHECKING:\n    pass\nelse:\n{1}",
    "if (typing.TYPE_CHECKING):\n{1}",
    "if TYPE_CHECKING and f:\n{1}",
    "if not TYPE_CHECKING:\n{1}",
    "if f:\n    pass\nelif TYPE_CHECKING:\n{1}",
    "# tach-ignore\n{0}",
    "# tach-ignore(for a reason) thing\n{0}",
)


def indented(text: str, by: int) -> str:
    return "\n".join(" " * by + line for line in text.splitlines())


@st.composite
def statements(draw: st.DrawFn, importer: str) -> str:
    """One import, somewhere in a file."""
    target = draw(st.sampled_from(MODULES))
    parent, _, leaf = target.rpartition(".")
    forms = [form.format(target) for form in WHOLE]
    if parent:
        forms.append(f"from {parent} import {leaf}")
    around = importer if importer in PACKAGES else importer.rpartition(".")[0]
    if around and target.startswith(f"{around}."):
        forms.append(f"from .{target.removeprefix(f'{around}.')} import thing")
    if around.count(".") and target.startswith("p.") and around.startswith("p."):
        forms.append(f"from ..{target.removeprefix('p.')} import thing, other")
    first, *rest = draw(st.sampled_from(forms)).split("\n")
    comment = draw(st.sampled_from(COMMENTS))
    text = "\n".join([first + (comment if "#" not in first else ""), *rest])
    return draw(st.sampled_from(AROUND)).format(text, indented(text, 4), indented(text, 8)) + "\n"


@st.composite
def trees(draw: st.DrawFn) -> dict[str, str]:
    """path -> source."""
    found = {}
    for module in MODULES:
        path = f"{module.replace('.', '/')}/__init__.py" if module in PACKAGES else f"{module.replace('.', '/')}.py"
        found[path] = "".join(draw(st.lists(statements(module), max_size=3)))
    return found


names = st.sampled_from(MODULES)
entries = st.one_of(
    names, names, st.sampled_from((*GLOBS, "<root>")), st.builds(lambda name: {"path": name, "deprecated": True}, names)
)


@st.composite
def modules(draw: st.DrawFn, path: str, layers: list[str], visible: bool) -> dict[str, Any]:
    """An entry of `modules`."""
    found: dict[str, Any] = {"path": path}
    if draw(st.integers(0, 3)):
        found["depends_on"] = draw(st.lists(entries, max_size=3))
    if not draw(st.integers(0, 3)):
        found["cannot_depend_on"] = draw(st.lists(entries, min_size=1, max_size=2))
    if draw(st.booleans()) and layers:
        found["layer"] = draw(st.sampled_from(layers))
    if visible and not draw(st.integers(0, 5)):
        found["visibility"] = draw(st.lists(st.one_of(names, st.sampled_from(("p.*", "*"))), max_size=3))
    found |= {key: True for key in ("utility", "unchecked") if not draw(st.integers(0, 5))}
    return found


interfaces = st.fixed_dictionaries(
    {"expose": st.lists(st.sampled_from(("thing", "x", "x.*", r"x\.thing", ".*", "other|thing", "[a-z]", "__all__")), max_size=2)},
    optional={
        "from": st.lists(st.one_of(names, st.sampled_from((".*", "p.*", r"p\..*", "<root>"))), min_size=1, max_size=2),
        "visibility": st.lists(names, max_size=2),
        "exclusive": st.booleans(),
    },
)  # fmt: skip


@st.composite
def configurations(draw: st.DrawFn) -> dict[str, Any]:
    """A tach.toml that tach can read."""
    layers = draw(st.sampled_from(LAYERS))
    globs = draw(st.lists(st.sampled_from(GLOBS), max_size=1))
    plain = draw(st.lists(st.one_of(names, names, st.just("<root>")), unique=True, min_size=2, max_size=7))
    found: dict[str, Any] = {
        "modules": [draw(modules(path, layers, visible=not globs)) for path in (*globs, *plain)],
        "interfaces": draw(st.lists(interfaces, max_size=2)),
        "layers": [{"name": name, "closed": True} if draw(st.booleans()) else name for name in layers],
        "root_module": draw(st.sampled_from(("ignore", "ignore", "allow", "forbid", "dependenciesonly"))),
        "exclude": draw(st.lists(st.sampled_from(("p/b", "x.py", "q/m/", "**/y.py", "p/a/**", "docs")), max_size=1)),
        "rules": {"local_imports": draw(st.sampled_from(("error", "error", "warn", "off")))},
    }
    for key in ("ignore_type_checking_imports", "layers_explicit_depends_on", "exact"):
        found |= {key: draw(st.booleans())} if draw(st.booleans()) else {}
    if not globs and not draw(st.integers(0, 5)):
        found["forbid_circular_dependencies"] = True
    return found


def toml(value: Any) -> str:
    """A value as TOML; tables are written inline."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(key)} = {toml(part)}" for key, part in value.items()) + "}"
    return f"[{', '.join(map(toml, value))}]" if isinstance(value, list) else json.dumps(value)


def written(configuration: dict[str, Any]) -> str:
    return "".join(f"{key} = {toml(value)}\n" for key, value in configuration.items())


def said(details: dict[str, Any]) -> str:
    """What we call what tach found."""
    ((kind, found),) = details.items()
    one, other = found["usage_module"], found["definition_module"]
    member = found["dependency"].removeprefix(f"{other}.")
    match kind:
        case "LayerViolation":
            return (
                f"{one} is in the layer {found['usage_layer']}, {other} in the higher layer {found['definition_layer']}"
            )
        case "ClosedLayerViolation":
            return f"{one} reaches {other}, in the layer {found['definition_layer']}, only through the layer {found['closed_layer']}"
        case "ForbiddenDependency":
            return f"`cannot_depend_on` of {one} names {other}"
        case "UndeclaredDependency":
            return f"`depends_on` of {one} does not name {other}"
        case "DeprecatedDependency":
            return f"{one} should no longer depend on {other}"
        case _:
            assert kind == "PrivateDependency"
            return f"no interface of {other} exposes {member} to {one}"


def worst(found: Iterable[tuple[str, str, str]]) -> Verdicts:
    """(path, what is said) -> the worse of the levels."""
    levels: Verdicts = {}
    for path, says, level in found:
        levels[path, says] = "error" if "error" in (level, levels.get((path, says))) else level
    return levels


def tach_check(files: dict[str, str]) -> Verdicts | None:
    """What `tach check` says of a tree; None where it refuses the configuration."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder).resolve()
        for path, text in files.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(text)
        configuration, _ = extension.parse_project_config(root / "tach.toml")
        try:
            found = extension.check(root, configuration, dependencies=True, interfaces=True)
        except (TachError, ValueError):
            return None
        located = [
            one["Located"] for one in json.loads(extension.serialize_diagnostics_json(found, False)) if "Located" in one
        ]
    imports = [
        one
        for one in located
        if isinstance(one["details"]["Code"], dict) and "UnusedIgnoreDirective" not in one["details"]["Code"]
    ]
    return worst((one["file_path"], said(one["details"]["Code"]), one["severity"].lower()) for one in imports)


@given(trees(), configurations(), st.sampled_from(("", "src/")))
@settings(deadline=None, max_examples=100)
def test_verdicts_on_whole_trees_agree_with_tach(
    tree: dict[str, str], configuration: dict[str, Any], folder: str
) -> None:
    if folder:
        tree = {folder + path: source for path, source in tree.items()}
        configuration |= {"source_roots": [folder.strip("/")]}
        configuration["exclude"] = [
            folder + path if "/" in path and "*" not in path else path for path in configuration["exclude"]
        ]
    files = tree | {"tach.toml": written(configuration)}
    theirs = tach_check(files)
    refused = [note for one in adopted(files) for note in one.notes if "refuses this configuration" in note]
    if theirs is None:
        assert refused
    else:
        assert not refused
        assert verdicts(files) == theirs
