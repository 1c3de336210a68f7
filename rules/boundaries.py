"""Boundaries by convention: a change reaches for what another component keeps private."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import msgspec

from rules.change import Change
from rules.components import Components
from rules.graph import Graph
from rules.model import Edge, Finding, Level
from rules.rule import Example, import_finding


class PrivateOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab"):
    """Options of `boundaries/private`.

    The convention counts as kept where at most `tolerated` of the imports between components reach for a private name.
    """

    tolerated: float = 0.005


class PrivateRule:
    """A new reach for another component's private name.

    ## What it does
    Reports an import that the change adds and that takes a `_name` or a `_module` out of another component, in
    repositories that keep to the convention so far. What lies in the package of a module has the same owner and
    may. It is information: whether a name may be shared after all is for its owner to say. A team that means every
    underscore sets the level to `warning`.

    ## Why it matters
    The underscore says that the owner may change it without asking. An importer from outside takes that freedom away,
    and nobody notices until the owner uses it.

    ## What to do
    Use the public way to the same thing, or ask the owner to publish the name.

    ## When to say no
    When both sides have the same owner: `# partywall: ignore[boundaries/private] reason`.
    """

    name: ClassVar[str] = "boundaries/private"
    level: ClassVar[Level] = "info"
    summary: ClassVar[str] = "a new import of another component's private name"
    options: ClassVar[type[msgspec.Struct]] = PrivateOptions
    examples: ClassVar[tuple[Example, ...]] = (
        Example(
            title="a private helper of another package",
            base={
                "shop/__init__.py": "",
                "shop/core/prices.py": "def _round(x):\n    return x\n",
                "shop/web/views.py": "import shop.core.prices\n",
                "shop/mail/send.py": "z = 1\n",
            },
            head={
                "shop/__init__.py": "",
                "shop/core/prices.py": "def _round(x):\n    return x\n",
                "shop/web/views.py": "import shop.core.prices\n",
                "shop/mail/send.py": "from shop.core.prices import _round\n\nz = _round(1)\n",
            },
            findings=(("shop/mail/send.py", 1),),
        ),
        Example(
            title="a private helper of the own package",
            base={
                "shop/__init__.py": "",
                "shop/core/prices.py": "def _round(x):\n    return x\n",
                "shop/core/tax.py": "",
                "shop/web/a.py": "",
            },
            head={
                "shop/__init__.py": "",
                "shop/core/prices.py": "def _round(x):\n    return x\n",
                "shop/core/tax.py": "from .prices import _round\n\nz = _round(1)\n",
                "shop/web/a.py": "",
            },
        ),
    )

    def check(self, change: Change, options: PrivateOptions) -> Iterator[Finding]:
        """One finding for each private name that is newly imported from another component."""
        new = change.new_reaches
        if not new or not self._is_kept(change, options):
            return
        components = change.components
        reached: dict[str, dict[str, Edge]] = {}
        for edge, name in new:
            if _is_across(components, change.head.graph, edge.importer, edge.imported):
                target = f"{edge.imported}.{name}" if name else edge.imported
                reached.setdefault(target, {}).setdefault(edge.importer, edge)
        for target, importers in reached.items():
            edge, *others = importers.values()
            owner = components.of(edge.imported)
            more = (
                f"; {len(others)} more modules do"
                if len(others) > 1
                else f"; so does `{others[0].importer}`"
                if others
                else ""
            )
            yield import_finding(
                self.name,
                self.level,
                f"`{edge.importer}` {'reaches' if change.whole else 'now reaches'} into `{owner}` for the private `{target}`{more}",
                f"Use what `{owner}` publishes, or make the name public there first.",
                (edge, *others),
                (edge.importer, target),
            )

    def _is_kept(self, change: Change, options: PrivateOptions) -> bool:
        """Whether the base, or a whole tree that is looked at, keeps to the convention between its components."""
        graph, reaches = change.base_graph, change.base_reaches
        if change.whole:
            graph, reaches = change.head.graph, {reach.meaning for reach in change.head.overlay.reaches}
        components = change.components
        across = sum(components.of(edge.importer) != components.of(edge.imported) for edge in graph.edges())
        broken = sum(_is_across(components, graph, importer, imported) for importer, imported, _ in reaches)
        return broken <= options.tolerated * across


def _is_across(components: Components, graph: Graph, importer: str, imported: str) -> bool:
    """Whether an import leads to another component, and not merely to a module of a package that the importer lies in.

    The two have one owner then.
    """
    if components.of(importer) == components.of(imported):
        return False
    package = imported.rpartition(".")[0]
    shared = package and importer.startswith(f"{package}.")
    return not shared or graph.modules.get(imported, "").endswith("__init__.py")
