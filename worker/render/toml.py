"""Proposed contracts as a commented `partywall.toml`."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from rules.contracts.breach import Breach
from rules.contracts.declared import Contract
from rules.inference.proposal import Draft, Open, Proposal
from worker.render.text import printable

WIDTH = 110
BREACHES = 30
"""So many breaches of a contract are listed; of the rest it is said how many they are."""


def render(draft: Draft, head: Sequence[str], settings: Mapping[str, bool | Sequence[str]]) -> str:
    """The file. head: sentences for its top. settings: top-level keys that are not about contracts."""
    blocks = ["\n".join(line for sentence in head for line in _comment(sentence))]
    kept = [f"{key} = {_value(value if isinstance(value, bool) else list(value))}" for key, value in settings.items()]
    if kept:
        blocks.append("\n".join(kept))
    if draft.remarks:
        blocks.append("\n".join(line for remark in draft.remarks for line in _comment(f"- {remark}")))
    blocks.extend("\n".join(_proposal(proposal)) for proposal in draft.proposals)
    blocks.extend("\n".join(_open(one)) for one in draft.open)
    return "\n\n".join(blocks) + "\n"


def _comment(text: str) -> list[str]:
    """A sentence as comment lines; a list item is indented where it goes on."""
    follow = "# " + "  " * text.startswith("- ")
    lines = textwrap.wrap(printable(text), WIDTH, break_long_words=False, break_on_hyphens=False)
    return [(follow if i else "# ") + line for i, line in enumerate(lines)] or ["#"]


def _proposal(proposal: Proposal) -> Iterator[str]:
    for sentence in proposal.evidence:
        yield from _comment(f"- {sentence}")
    if proposal.breaches:
        yield "# Against it today, and silent until a change adds to it:"
        yield from (f"#   {_place(breach)}" for breach in proposal.breaches[:BREACHES])
        if len(proposal.breaches) > BREACHES:
            yield f"#   and {len(proposal.breaches) - BREACHES} more; `partywall check --all` lists them"
    yield "[[contracts]]"
    yield from _contract(proposal.contract)


def _place(breach: Breach) -> str:
    importer, imported = breach.subject
    through = [edge.imported for edge in breach.edges[:-1]] if len(breach.edges) > 1 else []
    way = f" (on a way over {', '.join(through)})" if through else ""
    return printable(f"{breach.place.path}:{breach.place.start_line}  {importer} → {imported}{way}")


def _open(contract: Open) -> Iterator[str]:
    """A contract that is not in force, commented out."""
    yield from _comment(f"Not in force: {contract.name}. {contract.why[:1].upper()}{contract.why[1:]}.")
    yield "# [[contracts]]"
    if isinstance(contract.contract, tuple):
        lines: Sequence[str] = (f"name = {_value(contract.name)}", *contract.contract)
    else:
        lines = "\n".join(_contract(contract.contract)).split("\n")
    yield from (f"# {line}" for line in lines)


def _contract(contract: Contract) -> Iterator[str]:
    """The keys of a contract that are not what they are anyway."""
    table = msgspec.to_builtins(contract)
    defaults = {field.encode_name: field.default for field in msgspec.structs.fields(contract)}
    yield f"name = {_value(table['name'])}"
    yield f"type = {_value(table['type'])}"
    for field in msgspec.structs.fields(contract):
        key = field.encode_name
        if key != "name" and getattr(contract, field.name) != defaults[key]:
            yield f"{key} = {_value(_without_defaults(getattr(contract, field.name)))}"


def _without_defaults(value: Any) -> Any:
    """A value as plain lists and tables, the latter without what is the default."""
    if isinstance(value, msgspec.Struct):
        fields = msgspec.structs.fields(value)
        given = {field.encode_name: (getattr(value, field.name), field.default) for field in fields}
        return {key: _without_defaults(one) for key, (one, default) in given.items() if one != default}
    if isinstance(value, tuple | list):
        return [_without_defaults(one) for one in value]
    return value


def _value(value: Any, indent: str = "") -> str:
    """A TOML value; lists that do not fit into a line get a line for each entry."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007F")
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {_value(one, indent)}" for key, one in value.items()) + " }"
    flat = f"[{', '.join(_value(one) for one in value)}]"
    if len(flat) <= WIDTH - len(indent):
        return flat
    inner = indent + "  "
    return "[\n" + "".join(f"{inner}{_value(one, inner)},\n" for one in value) + indent + "]"
