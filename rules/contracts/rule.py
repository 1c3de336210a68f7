"""The rule `boundaries/contract`: a change breaks what the team agreed on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import msgspec

from rules.change import Change
from rules.contracts.adopted import Adopted, Later
from rules.contracts.bounded import BoundedContract
from rules.contracts.breach import Breach
from rules.contracts.declared import Contract
from rules.contracts.enforce import enforce
from rules.contracts.examples import EXAMPLES
from rules.contracts.lifted import Lifting, lifted
from rules.model import Finding, Level
from rules.rule import Example


class ContractOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab"):
    """No options of its own: the contracts are declared in `[[contracts]]`, or in the files of other tools."""

    contracts: tuple[Contract, ...] = ()
    file: str = "partywall.toml"
    adopted: tuple[Adopted, ...] = ()
    later: Later | None = None


class ContractRule:
    """A new import that breaks a declared contract.

    ## What it does
    Reports what the change adds and a contract of the repository forbids: an import through a wall, or around it
    through modules that the contract does not name; an import of what a package does not publish; an importer or a
    definition that is new in what is frozen; a circle among siblings. What the base already broke stays silent, and
    so does a breach that only moved. What the change breaks and allows by editing the contracts is one finding for
    each file of them (information where another tool judges the file): nobody moves a wall unseen. Contracts that
    import-linter's or tach's configuration declares count as well.

    ## Why it matters
    A contract is what the team agreed on while it thought about the whole. An import through it is local convenience
    that everybody pays for later.

    ## What to do
    Take the dependency the allowed way round: move the shared part down to where both may import it, or hand it in
    from above as an argument.

    ## When to say no
    When the contract itself is wrong, change it in a change of its own. For a single place say why where it stands:
    `# partywall: ignore[boundaries/contract] reason`. For imports that may stay, give the contract an exception.
    """

    name: ClassVar[str] = "boundaries/contract"
    level: ClassVar[Level] = "error"
    summary: ClassVar[str] = "a new import that breaks a declared contract"
    options: ClassVar[type[msgspec.Struct]] = ContractOptions
    examples: ClassVar[tuple[Example, ...]] = EXAMPLES

    def check(self, change: Change, options: ContractOptions) -> Iterator[Finding]:
        """One finding for each contract and import to blame, and one for each file of contracts that the change relaxes."""
        lifting, allowed = Lifting(options.later, change, options.file), dict[str, list[Breach]]()
        for enforced in enforce(options.contracts, change, options.file, options.adopted):
            file = enforced.file if isinstance(enforced, BoundedContract) else options.file
            origin = f" The contract stands in {file}." if file != options.file else ""
            for breach in enforced.breaches(change):
                if lifting.lifts(breach):
                    allowed.setdefault(file, []).append(breach)
                else:
                    yield _finding(enforced.contract, breach, origin)
        for file, breaches in allowed.items():
            yield lifted(self.name, self.level if file == options.file else "info", file, breaches)


def _finding(contract: Contract, breach: Breach, origin: str) -> Finding:
    return Finding(
        rule=ContractRule.name,
        level=contract.level,
        path=breach.place.path,
        start_line=breach.place.start_line,
        end_line=breach.place.end_line,
        symbol=breach.place.symbol,
        message=breach.message,
        advice=f"{contract.advice or breach.advice}{origin}",
        edges=breach.edges,
        key=(contract.name, *breach.subject),
    )
