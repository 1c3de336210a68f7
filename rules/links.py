"""Which components a change ties closer together, and which it parts: the picture of a change in a few arrows."""

from __future__ import annotations

from collections import Counter

from rules.change import Change
from rules.components import find_components
from rules.model import SCOPES, Link


def changed_links(change: Change) -> tuple[Link, ...]:
    """The pairs of components between which imports came or went, counted in pairs of modules, sorted."""
    components = find_components({*change.base_graph.modules, *change.head.graph.modules})
    counts = [
        Counter((components.of(edge.importer), components.of(edge.imported)) for edge in edges)
        for edges in (change.new_edges(SCOPES), change.gone_edges(SCOPES))
    ]
    pairs = sorted({pair for count in counts for pair in count if pair[0] != pair[1]})
    return tuple(Link(*pair, counts[0][pair], counts[1][pair]) for pair in pairs)
