"""What the tables of silent changes are made of."""

from __future__ import annotations

from typing import NamedTuple

from rules.config import Config
from rules.model import Finding
from rules.registry import RULES
from rules.review import review
from rules.trees import Tree, change_of


class Case(NamedTuple):
    """A change about which duplication has nothing to say, and a twin of it that really copies.

    `control` is (base tree, head tree), or None where the same amount of the same code cannot be a copy.
    """

    base: Tree
    head: Tree
    control: tuple[Tree, Tree] | None = None
    renames: Tree | None = None


def duplication(base: Tree, head: Tree, renames: Tree | None = None) -> list[str]:
    """The findings about copies, of any level, one line each; an old copy that an edit left behind is another matter."""
    found = review(change_of(base, head, renames), Config(), RULES, "partywall.toml")
    return [line(finding) for finding in found if finding.rule in ("duplication/copy", "duplication/reimplementation")]


def line(finding: Finding) -> str:
    """A finding in one line."""
    return (
        f"{finding.level} {finding.confidence} {finding.path}:{finding.start_line}-{finding.end_line} {finding.message}"
    )


def added(old: str, new: str, control: tuple[str, str] | None = None) -> Case:
    """A file with `new` comes to a tree with `old`; the control does the same with two other sources."""
    copy = None if control is None else beside(*control)
    return Case(*beside(old, new), copy)


def beside(old: str, new: str) -> tuple[Tree, Tree]:
    """(base, head) of a change that adds the file `new`."""
    return {"shop/billing.py": old}, {"shop/billing.py": old, "shop/orders.py": new}


def indented(source: str, by: int = 4) -> str:
    """The source, each line moved to the right."""
    return "".join(" " * by + text if text.strip() else text for text in source.splitlines(keepends=True))
