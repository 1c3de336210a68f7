"""Frameworks: libraries that only some parts of a repository know, and what field-standard libraries are for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from rules.change import Change
from rules.contracts.declared import Forbidden
from rules.contracts.patterns import Parts, within
from rules.graph import Graph
from rules.inference.parts import SCOPES, Division
from rules.inference.proposal import Past, Proposal, breaches_of, count, listed

KINDS: Mapping[str, tuple[str, ...]] = {
    "web": (
        "aiohttp.web", "bottle", "falcon", "fastapi", "flask", "litestar", "quart", "rest_framework", "sanic",
        "starlette", "tornado.web",
    ),
    "database": (
        "asyncpg", "motor", "mysql", "peewee", "psycopg", "psycopg2", "pymongo", "pymysql", "sqlalchemy", "sqlmodel",
        "tortoise",
    ),
    "command line": ("click", "prompt_toolkit", "questionary", "textual", "typer"),
    "messaging": (
        "aio_pika", "aiokafka", "celery", "confluent_kafka", "dramatiq", "faststream", "kombu", "nats", "pika", "rq",
    ),
}  # fmt: skip
"""What a library is for -> the libraries in common use."""

MIN_USERS = 4
MAX_HOMES = 2
"""A kind of library has a home where so many modules use it, all of them in so few parts."""

MIN_SIZE, MIN_WITHOUT = 4, 2
"""The parts that do without are named where they have so many modules, and where there are so many of them."""


def propose_forbidden(tree: Change, division: Division, past: Sequence[Past]) -> list[Proposal]:
    """The kinds of libraries that live in one or two parts of a package: the others must not know them."""
    found = []
    for kind, libraries in KINDS.items():
        users = library_users(tree.head.graph, libraries)
        by_part = _by_part(users, division)
        homes = sorted(by_part)
        without = [part for part in division.parts if division.sizes[part] >= MIN_SIZE and part not in by_part]
        if sum(by_part.values()) < MIN_USERS or len(homes) > MAX_HOMES or len(without) < MIN_WITHOUT:
            continue
        known = sorted({library for used in users.values() for library in used})
        contract = Forbidden(
            name=f"only {listed(homes)} {'knows' if len(homes) == 1 else 'know'} the {kind} libraries",
            source=tuple(without),
            target=tuple(known),
            direct_only=True,
        )
        if breaches_of(contract, tree) != ():
            continue
        modules = sum(division.sizes[part] for part in without)
        sentences = [f"{count(by_part[home], 'module')} of {home} import {listed(known)}" for home in homes]
        sentences.append(f"none of the {count(modules, 'module')} of {count(len(without), 'other part')} does")
        sentences.extend(_before(without, known, division, past))
        found.append(Proposal(contract, tuple(sentences), ()))
    return found


def _before(
    without: Sequence[str], libraries: Sequence[str], division: Division, past: Sequence[Past]
) -> Iterator[str]:
    """Sentences on whether the parts that do without the libraries did so before, where somebody used them."""
    kept = []
    for one in past:
        users = _by_part(library_users(one.graph, libraries), division)
        others = sum(number for part, number in users.items() if part in without)
        if others:
            yield f"{one.when} {count(others, 'module')} of them did; repaired since"
        elif users:
            kept.append(one.when)
    if kept:
        yield f"nor did one {listed(kept)}"


def library_users(graph: Graph, libraries: Sequence[str]) -> dict[str, set[str]]:
    """Module -> those of the libraries that it imports, for all modules that import any."""
    found: dict[str, set[str]] = {}
    tops = frozenset(library.partition(".")[0] for library in libraries)
    for module in graph.modules:
        for edge in graph.leaving(module):
            if edge.scope in SCOPES and edge.imported.partition(".")[0] in tops:
                used = [library for library in libraries if within(edge.imported, library)]
                if used:
                    found.setdefault(module, set()).update(used)
    return found


def _by_part(users: Mapping[str, set[str]], division: Division) -> Counter[str]:
    parts = Parts(tuple(division.sizes))
    return Counter(part.root for module in users if (part := parts.of(module)) is not None)
