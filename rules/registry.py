"""The rules that come with Partywall, in one explicit table."""

from __future__ import annotations

from rules.boundaries import PrivateRule
from rules.contracts.rule import ContractRule
from rules.coupling.cycle import CycleRule
from rules.coupling.first_edge import FirstEdgeRule
from rules.coupling.hidden_cycle import HiddenCycleRule
from rules.coupling.hub import HubRule
from rules.coupling.reversal import ReversalRule
from rules.duplication import Copy
from rules.reimplementation import Reimplementation
from rules.rule import Rule
from rules.unsynced import Unsynced

RULES: tuple[Rule, ...] = (
    Copy(),
    Reimplementation(),
    Unsynced(),
    ContractRule(),
    PrivateRule(),
    CycleRule(),
    HiddenCycleRule(),
    ReversalRule(),
    FirstEdgeRule(),
    HubRule(),
)
