"""Payloads that are not as GitHub sends them: fields gone, null, of another type, or added."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from typing import Any

from hypothesis import strategies as st

from tests.bot.examples import Example

_READ = {
    "action", "installation", "repository", "repositories", "repositories_removed", "sender", "pull_request", "changes",
    "check_run", "check_suite", "requested_action", "comment", "issue", "thread", "ref", "after",
}  # fmt: skip
"""The top of a payload, as far as anybody reads it."""

_SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-3, 3)
    | st.sampled_from([2**63, -(2**63), 2**70, 1.5, 1e300])
    | st.sampled_from(["", "0" * 40, "refs/heads/", "a/b", "/partywall review", "-- --", "é\u202e\x00", "../..", "x" * 5000])
)  # fmt: skip
JUNK = st.recursive(
    _SCALARS, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["id", "sha", "x"]), inner)
)


@st.composite
def mutated(draw: st.DrawFn, examples: Sequence[Example]) -> Example:
    """One of the examples with one to four of its fields changed."""
    event, payload = draw(st.sampled_from(examples))
    payload = copy.deepcopy(payload)
    for _ in range(draw(st.integers(1, 4))):
        places = list(_places(payload))
        if not places:
            break
        holder, key = draw(st.sampled_from(places))
        match draw(st.sampled_from(["remove", "replace", "add"])):
            case "remove":
                del holder[key]
            case "replace":
                holder[key] = draw(JUNK)
            case _ if isinstance(holder, dict):
                holder[draw(st.sampled_from(["new", *sorted(_READ)]))] = draw(JUNK)
    return Example(event, payload)


def _places(payload: dict[str, Any]) -> Iterator[tuple[Any, Any]]:
    """Where something stands: its holder and its key there, three levels deep."""
    waiting: list[tuple[Any, Any, int]] = [(payload, key, 0) for key in payload if key in _READ]
    while waiting:
        holder, key, depth = waiting.pop()
        yield holder, key
        value = holder[key]
        keys = value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
        waiting += [(value, inner, depth + 1) for inner in keys if depth < 3]
