"""Roles: what the packages of a repository are for, by the names that the field gives them and by what they import."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from rules.contracts.patterns import Parts, within
from rules.graph import Graph
from rules.inference.frameworks import KINDS, library_users
from rules.inference.proposal import count, listed

NAMED = 0.5
"""What a telling name counts, against the share of modules that import a telling library."""

RECOGNIZED = 0.3
"""A package has a role where name and libraries together count so much."""


class Role(NamedTuple):
    """What packages can be for. `names` tell it, and so do imports of `libraries`; `by_name`: only a name does."""

    name: str
    names: frozenset[str]
    libraries: tuple[str, ...] = ()
    by_name: bool = False


class Match(NamedTuple):
    """A package that has a role, how clearly, and what says so."""

    package: str
    score: float
    evidence: str


def _role(name: str, names: str, libraries: Iterable[str] = (), *, by_name: bool = False) -> Role:
    return Role(name, frozenset(names.split()), tuple(libraries), by_name)


WEB = ("fastapi", "starlette", "litestar", "flask", "aiohttp.web", "sanic", "grpc")
NETWORK = ("requests", "httpx", "aiohttp", "boto3", "urllib3", "google.cloud", "kafka", "paramiko", "scrapy")
LEARNING = ("torch", "sklearn", "tensorflow", "keras", "xgboost", "lightgbm", "catboost", "transformers", "jax")

DJANGO = _role("Django core", "", ("django", "rest_framework"))
SERVICE = _role("FastAPI services", "", ("fastapi", "starlette", "litestar"))
MESSAGING = _role(
    "messaging", "messaging messages events queue queues broker brokers bus tasks worker workers celery consumers publishers",
    KINDS["messaging"],
)  # fmt: skip
DATA = _role(
    "data layer", "db database data models repositories repos repository orm storage persistence dal", KINDS["database"]
)
DJANGO_SERVICES = (SERVICE, DJANGO, MESSAGING, DATA)

EXTRACT = _role(
    "extract", "extract extraction extractor extractors ingest ingestion source sources reader readers scraper scrapers "
    "crawler crawlers collect collectors fetch fetchers", NETWORK, by_name=True,
)  # fmt: skip
TRANSFORM = _role(
    "transform", "transform transforms transformation transformations transformer transformers preprocess preprocessing "
    "processing processors features feature_engineering clean cleaning normalize enrich enrichment",
    ("pandas", "polars", "numpy", "pyspark"), by_name=True,
)  # fmt: skip
LOAD = _role(
    "load", "load loading loader loaders sink sinks writer writers export exporters destination destinations publish",
    (*KINDS["database"], "boto3"), by_name=True,
)  # fmt: skip
MODEL = _role(
    "model", "model models modeling modelling train training trainer trainers estimators inference predict prediction ml",
    LEARNING, by_name=True,
)  # fmt: skip
CONDUCT = _role(
    "orchestration", "pipeline pipelines flow flows dag dags orchestration workflow workflows jobs cli main run runner",
    ("airflow", "prefect", "dagster", "luigi", "kedro"), by_name=True,
)  # fmt: skip
SHARED = _role(
    "shared", "core common shared kernel base lib libs util utils helpers config settings types exceptions errors", by_name=True
)  # fmt: skip
STAGES = (EXTRACT, TRANSFORM, LOAD, MODEL)
PIPELINE = (*STAGES, CONDUCT, SHARED)

ENTRY = _role(
    "entry points", "main app api web http cli server asgi wsgi urls routes admin management dashboard gateway entrypoints",
    by_name=True,
)  # fmt: skip
MONOLITH = (ENTRY, SHARED)


def find_roles(graph: Graph, packages: Mapping[str, int], roles: Sequence[Role]) -> dict[Role, list[Match]]:
    """Role -> the packages that have it, the clearest first; each package has at most one.

    packages: the names in question, with their sizes in modules.
    """
    parts = Parts(tuple(packages))
    found: dict[Role, list[Match]] = {role: [] for role in roles}
    best: dict[str, tuple[float, int, Match]] = {}
    for number, role in enumerate(roles):
        users = library_users(graph, role.libraries)
        using = Counter(part.root for module in users if (part := parts.of(module)) is not None)
        for package, size in packages.items():
            match = _match(package, size, role, using[package], users)
            if match is not None and (match.score, -number) > best.get(package, (0.0, 0))[:2]:
                best[package] = (match.score, -number, match)
    for _, number, match in best.values():
        found[roles[-number]].append(match)
    return {role: sorted(matches, key=lambda match: (-match.score, match.package)) for role, matches in found.items()}


def _match(package: str, size: int, role: Role, using: int, users: Mapping[str, set[str]]) -> Match | None:
    last = package.rpartition(".")[2]
    is_named = last.strip("_").lower() in role.names
    score = NAMED * is_named + using / size
    if score < RECOGNIZED or (role.by_name and not is_named):
        return None
    libraries = sorted({name for module, used in users.items() if within(module, package) for name in used})
    reasons = ["its name"] * is_named
    if using:
        reasons.append(f"{using} of {count(size, 'module')} import {listed(libraries)}")
    return Match(package, score, " and ".join(reasons))
