"""Verdicts on random packages under random import-linter configurations, against import-linter's own."""

from __future__ import annotations

import importlib
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import grimp
import importlinter.api  # noqa: F401 - sets import-linter up
from hypothesis import given, settings
from hypothesis import strategies as st
from importlinter.application import use_cases
from importlinter.application.user_options import UserOptions

from rules.change import Change
from rules.config import Config
from rules.contracts.adopted import Adopted
from rules.contracts.importlinter import adopt
from rules.contracts.rule import ContractRule
from rules.review import review
from rules.trees import Tree, change_of, whole_of

Table = Mapping[str, str | Sequence[str]]

ROOT = "sample"
PACKAGES = ("", "a", "a.k", "b", "b.k", "c", "a.k.deep")
MODULES = (*(f"{package}.{name}".strip(".") for package in PACKAGES for name in ("x", "y")), "z")
EXTERNAL = ("django", "requests")

FORMS = (
    "import {root}.{name}\n",
    "from {root}.{name} import thing\n",
    "from {above} import {last}\n",
    "from {root}.{name} import *\n",
    "if TYPE_CHECKING:\n    from {root}.{name} import thing\n",
    "def f():\n    from {above} import {last}\n",
    "try:\n    import {root}.{name} as other\nexcept ImportError:\n    pass\n",
    "import_module('{root}.{name}')\n",
)


@st.composite
def trees(draw: st.DrawFn, root: str = ROOT) -> Tree:
    """A package of some modules that import each other in all forms, now and then without an `__init__` in between.

    What import-linter cannot find it takes for the root package: nothing imports what such an `__init__` hides.
    """
    names = draw(st.lists(st.sampled_from(MODULES), min_size=8, unique=True))
    packages = {package for name in names for package in _above(name)}
    bare = draw(st.sampled_from([None, None, None, "c", "b.k", "a"]))
    files = {f"{root}/__init__.py": ""}
    files |= {f"{root}/{package.replace('.', '/')}/__init__.py": "" for package in packages if package != bare}
    files |= {f"{root}/{name.replace('.', '/')}.py": "from typing import TYPE_CHECKING\n" for name in names}
    targets = sorted(name for name in {*names, *packages} if not f"{name}.".startswith(f"{bare}."))
    for _ in range(draw(st.integers(0, 14))):
        path = draw(st.sampled_from(sorted(files)))
        if not targets or draw(st.integers(0, 7)) == 0:
            files[path] += f"import {draw(st.sampled_from(EXTERNAL))}.sub\n"
            continue
        name = draw(st.sampled_from(targets))
        above, _, last = f"{root}.{name}".rpartition(".")
        files[path] += draw(st.sampled_from(FORMS)).format(root=root, name=name, above=above, last=last)
    return files


def _above(name: str) -> list[str]:
    parts = name.split(".")
    return [".".join(parts[:i]) for i in range(1, len(parts))]


def expressions(root: str) -> st.SearchStrategy[str]:
    """Names of modules and packages, with wildcards."""
    exact = st.sampled_from(["a", "b", "c", "a.k", "b.k", "a.x", "b.y", "x", "z"])
    patterns = st.sampled_from(["*", "*.k", "**.x", "a.*", "*.*", "b.**", "**.k.*"])
    return st.one_of(exact, patterns).map(lambda name: f"{root}.{name}")


@st.composite
def contracts(draw: st.DrawFn, root: str = ROOT) -> Table:
    """A contract of any type, as import-linter's readers give it."""
    names = st.lists(expressions(root), min_size=1, max_size=3, unique=True)
    kind = draw(st.sampled_from(["layers", "containers", "independence", "forbidden", "protected", "acyclic_siblings"]))
    found: dict[str, str | Sequence[str]] = {"name": "c", "type": kind, "unmatched_ignore_imports_alerting": "none"}
    if kind in ("layers", "containers"):
        found |= _layers(draw, root, kind == "containers")
    elif kind == "independence":
        parts = draw(st.sampled_from([["a", "b"], ["a", "b", "c"], ["*"], ["a.*", "b"], ["*.x"], ["a.k", "b"]]))
        found["modules"] = [f"{root}.{name}" for name in parts]
    elif kind == "forbidden":
        found["source_modules"] = draw(names)
        found["forbidden_modules"] = draw(
            st.lists(st.one_of(expressions(root), st.sampled_from(EXTERNAL)), min_size=1, max_size=3, unique=True)
        )
        found["allow_indirect_imports"] = draw(st.sampled_from(["true", "false"]))
        found["as_packages"] = draw(st.sampled_from(["true", "True", "false"]))
    elif kind == "protected":
        found["protected_modules"] = draw(names)
        found["allowed_importers"] = draw(st.lists(expressions(root), max_size=2, unique=True))
        found["as_packages"] = draw(st.sampled_from(["true", "false"]))
    else:
        found["ancestors"] = draw(st.sampled_from([[root], [f"{root}.a"], [f"{root}.*"], [f"{root}.a", f"{root}.b"]]))
        if draw(st.booleans()):
            found["depth"] = draw(st.sampled_from(["0", "1", "2"]))
        if draw(st.booleans()):
            found["skip_descendants"] = [f"{root}.a.k"]
    ends = st.one_of(expressions(root), st.sampled_from([f"{root}.**", root]))
    others = st.one_of(ends, st.sampled_from(EXTERNAL))
    found["ignore_imports"] = draw(st.lists(st.builds("{} -> {}".format, ends, others), max_size=2))
    return found


def _layers(draw: st.DrawFn, root: str, contained: bool) -> dict[str, str | Sequence[str]]:
    tails = draw(st.permutations(["a", "b", "c", "x", "z"]))[: draw(st.integers(2, 4))]
    marked = [f"({tail})" if draw(st.booleans()) else tail for tail in tails]
    prefix = "" if contained else f"{root}."
    marked = [name.replace("(", f"({prefix}") if "(" in name else prefix + name for name in marked]
    lines = [*marked[:-2], draw(st.sampled_from([" | ", " : ", "\n"])).join(marked[-2:])]
    found: dict[str, str | Sequence[str]] = {"type": "layers", "layers": "\n".join(lines).split("\n")}
    if contained:
        found["containers"] = draw(st.sampled_from([[root], [f"{root}.a", f"{root}.b"], [f"{root}.*"]]))
        if draw(st.booleans()):
            found["layers"] = ["(k)", "(y)", "(x)"]
        if draw(st.booleans()):
            found |= {"exhaustive": "true", "exhaustive_ignores": ["a", "b", "z"]}
    return found


sessions: st.SearchStrategy[Table] = st.sampled_from(["True", "False"]).map(
    lambda without_typing: {
        "root_package": ROOT,
        "include_external_packages": "True",
        "exclude_type_checking_imports": without_typing,
    }
)


@contextmanager
def importable(files: Mapping[str, str]) -> Iterator[None]:
    """The files in a folder that Python looks for modules in."""
    with tempfile.TemporaryDirectory() as folder:
        for path, source in files.items():
            target = Path(folder, path)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(source)
        sys.path.insert(0, folder)
        importlib.invalidate_caches()
        try:
            yield
        finally:
            sys.path.remove(folder)
            sys.path_importer_cache.pop(folder, None)


def their_verdict(files: Mapping[str, str], session: Table, contract: Table) -> bool | None:
    """Whether the contract is kept, None where import-linter refuses it."""
    options = UserOptions({**session, "root_packages": [session["root_package"]]}, [dict(contract)])
    use_cases._register_contract_types(options)
    with importable(files):
        try:
            report = use_cases.create_report(options, cache_dir=None)
        except (ValueError, grimp.exceptions.GrimpException):
            return None
    return None if report.could_not_run else not report.contains_failures


def adopted_from(session: Table, contract: Table) -> tuple[Adopted, ...]:
    """What we make of the same, written to a file."""

    def section(table: Table) -> Iterator[str]:
        for key, value in table.items():
            yield f"{key} = {value}" if isinstance(value, str) else "\n    ".join((f"{key} =", *value))

    lines = ["[importlinter]", *section(session), "[importlinter:contract:c]", *section(contract)]
    return tuple(adopt({".importlinter": "\n".join(lines).encode()}))


def is_broken(change: Change, adopted: Sequence[Adopted]) -> bool:
    """Whether we find something in the change."""
    found = review(change, Config(), [ContractRule()], "partywall.toml", adopted)
    return bool(found)


@given(trees(), sessions, contracts())
@settings(deadline=None, max_examples=150)
def test_verdicts_on_whole_trees_agree(files: Tree, session: Table, contract: Table) -> None:
    theirs = their_verdict(files, session, contract)
    broken = is_broken(whole_of(files), adopted_from(session, contract))
    if theirs is not None:
        assert broken is not theirs


@given(trees(), trees(), sessions, contracts())
@settings(deadline=None, max_examples=80)
def test_a_change_is_blamed_for_what_it_breaks(before: Tree, after: Tree, session: Table, contract: Table) -> None:
    was_kept, is_kept = (their_verdict(files, session, contract) for files in (before, after))
    broken = is_broken(change_of(before, after), adopted_from(session, contract))
    if is_kept:
        assert not broken
    if was_kept and is_kept is False:
        assert broken
