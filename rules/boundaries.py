"""Boundaries: a change imports through a wall, one that was declared or one that the repository keeps by convention."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import msgspec

from rules.change import Change
from rules.components import find_components
from rules.config import Contract
from rules.contracts import Breach, Walls
from rules.model import Finding, Level
from rules.rule import Example, import_finding


class ContractOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab"):
    """No options of its own: the contracts are declared in `[[contracts]]`."""

    contracts: tuple[Contract, ...] = ()
    file: str = "partywall.toml"


class ContractRule:
    """A new import that breaks a declared contract.

    ## What it does
    Reports an import that the change adds and that a contract of the repository forbids, directly or through modules
    that the contract does not name. What the base already broke stays silent.

    ## Why it matters
    A contract is what the team agreed on while it thought about the whole. An import through it is local convenience
    that everybody pays for later.

    ## What to do
    Take the dependency the allowed way round: move the shared part down to where both may import it, or hand it in
    from above as an argument.

    ## When to say no
    When the contract itself is wrong, change it in a change of its own. For a single exception say why where it
    stands: `# partywall: ignore[boundaries/contract] reason`.
    """

    name: ClassVar[str] = "boundaries/contract"
    level: ClassVar[Level] = "error"
    summary: ClassVar[str] = "a new import that breaks a declared contract"
    options: ClassVar[type[msgspec.Struct]] = ContractOptions
    examples: ClassVar[tuple[Example, ...]] = (
        Example(
            title="a lower layer imports a higher one",
            settings='[[contracts]]\nname = "one way"\ntype = "layers"\nlayers = ["shop.web", "shop.core"]\n',
            base={"shop/web/views.py": "x = 1\n", "shop/core/prices.py": "y = 1\n"},
            head={"shop/web/views.py": "x = 1\n", "shop/core/prices.py": "from shop.web.views import x\n\ny = x\n"},
            findings=(("shop/core/prices.py", 1),),
        ),
        Example(
            title="the allowed direction",
            settings='[[contracts]]\nname = "one way"\ntype = "layers"\nlayers = ["shop.web", "shop.core"]\n',
            base={"shop/web/views.py": "x = 1\n", "shop/core/prices.py": "y = 1\n"},
            head={"shop/web/views.py": "from shop.core.prices import y\n\nx = y\n", "shop/core/prices.py": "y = 1\n"},
        ),
    )

    def check(self, change: Change, options: ContractOptions) -> Iterator[Finding]:
        """One finding for each pair of modules that a contract keeps apart and the change connects."""
        for contract in options.contracts:
            walls = Walls(contract, [*change.base_graph.modules, *change.head.graph.modules], options.file)
            seen = set[tuple[str, str]]()
            for breach in walls.breaches(change.head.graph, change.base_graph, change.new_edges(contract.scopes)):
                if (breach.importer, breach.imported) not in seen:
                    seen.add((breach.importer, breach.imported))
                    yield _breach_finding(change, contract, breach)


def _breach_finding(change: Change, contract: Contract, breach: Breach) -> Finding:
    new = {(edge.importer, edge.imported) for edge in change.new_edges(contract.scopes)}
    edge = next(edge for edge in breach.way if (edge.importer, edge.imported) in new)
    through = "" if len(breach.way) == 1 else f" through {' → '.join(step.imported for step in breach.way[:-1])}"
    return import_finding(
        ContractRule.name,
        ContractRule.level,
        f"`{breach.importer}` now imports `{breach.imported}`{through}; contract {contract.name!r} says: {breach.sentence}",
        "Move what is needed to where both sides may import it, or have the caller pass it in.",
        (edge, *(step for step in breach.way if step != edge)),
        (contract.name, breach.importer, breach.imported),
    )


class PrivateOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab"):
    """Options of `boundaries/private`.

    The convention counts as kept where at most `tolerated` of the imports between components reach for a private name.
    """

    tolerated: float = 0.005


class PrivateRule:
    """A new reach for another component's private name.

    ## What it does
    Reports an import that the change adds and that takes a `_name` or a `_module` out of another component, in
    repositories that keep to the convention so far.

    ## Why it matters
    The underscore says that the owner may change it without asking. An importer from outside takes that freedom away,
    and nobody notices until the owner uses it.

    ## What to do
    Use the public way to the same thing, or ask the owner to publish the name.

    ## When to say no
    When both sides have the same owner: `# partywall: ignore[boundaries/private] reason`.
    """

    name: ClassVar[str] = "boundaries/private"
    level: ClassVar[Level] = "warning"
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
        """One finding for each private name that a module newly imports from another component."""
        new = change.new_reaches
        if not new or not self._is_kept(change, options):
            return
        components = find_components(change.base_graph.modules)
        seen = set[tuple[str, str]]()
        for edge, name in new:
            owner, target = components.of(edge.imported), f"{edge.imported}.{name}" if name else edge.imported
            if components.of(edge.importer) == owner or (edge.importer, target) in seen:
                continue
            seen.add((edge.importer, target))
            yield import_finding(
                self.name,
                self.level,
                f"`{edge.importer}` now reaches into `{owner}` for the private `{target}`",
                f"Use what `{owner}` publishes, or make the name public there first.",
                (edge,),
                (edge.importer, target),
            )

    def _is_kept(self, change: Change, options: PrivateOptions) -> bool:
        """Whether the base keeps to the convention between its components."""
        components = find_components(change.base_graph.modules)
        across = sum(components.of(edge.importer) != components.of(edge.imported) for edge in change.base_graph.edges())
        broken = sum(
            components.of(importer) != components.of(imported) for importer, imported, _ in change.base_reaches
        )
        return broken <= options.tolerated * across
