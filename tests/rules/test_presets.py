from __future__ import annotations

import pytest

from rules.contracts.declared import Contract, Forbidden, Independent, Layer, Layers, Public
from rules.inference.presets import PRESETS, by_preset
from rules.inference.proposal import Draft
from rules.trees import whole_of
from tests.support.shops import Sources, imports, packages

SERVICES = imports(
    packages({"catalogue": 4, "gateway": 3, "messaging": 2, "db": 2, "misc": 2}),
    [
        *(f"catalogue.m{i} -> django.db" for i in range(3)),
        *(f"gateway.m{i} -> fastapi" for i in range(2)),
        "messaging.m0 -> celery",
        "db.m0 -> sqlalchemy",
        "gateway.m0 -> catalogue.m0",
        "gateway.m0 -> db.m0",
        "catalogue.m0 -> messaging.m0",
        "messaging.m0 -> db.m0",
    ],
)
PIPELINE = imports(
    packages(
        {"etl.ingestion": 3, "etl.transforms": 3, "etl.sinks": 2, "etl.training": 3, "etl.flows": 2, "etl.utils": 2}
    ),
    [
        "etl.ingestion.m0 -> requests",
        "etl.training.m0 -> sklearn.svm:SVC",
        "etl.flows.m0 -> etl.ingestion.m0",
        "etl.flows.m0 -> etl.sinks.m0",
        "etl.transforms.m0 -> etl.ingestion.m0",
        "etl.ingestion.m0 -> etl.utils.m0",
    ],
)
MONOLITH = imports(
    packages({"shop.orders": 4, "shop.users": 4, "shop.mail": 3, "shop.core": 3, "shop.api": 3}),
    [
        "shop.api.m0 -> shop.orders.m0",
        "shop.orders.m0 -> shop.users.m0",
        "shop.orders.m1 -> shop.core.m0",
        "shop.core.m0 -> shop.users.m1",
    ],
)


def contracts(preset: str, tree: Sources) -> dict[str, Contract]:
    return {one.contract.name: one.contract for one in by_preset(preset, whole_of(tree)).proposals}


def draft(preset: str, tree: Sources) -> Draft:
    return by_preset(preset, whole_of(tree))


def test_django_services() -> None:
    found = contracts("django-services", SERVICES)
    assert found == {
        "web above messaging above data": Layers(
            name="web above messaging above data",
            layers=(Layer(modules=("catalogue", "gateway"), independent=False), "messaging", "db"),
        ),
        "services do not know the Django core": Forbidden(
            name="services do not know the Django core", source=("gateway",), target=("catalogue",), direct_only=True
        ),
        "the Django core does not know the services": Forbidden(
            name="the Django core does not know the services",
            source=("catalogue",),
            target=("gateway",),
            direct_only=True,
        ),
        "data and messaging know no web framework": Forbidden(
            name="data and messaging know no web framework",
            source=("db", "messaging"),
            target=("fastapi",),
            direct_only=True,
        ),
    }


def test_pipeline() -> None:
    found = contracts("pipeline", PIPELINE)
    assert found == {
        "stages stay separate": Layers(
            name="stages stay separate",
            layers=("etl.flows", ("etl.ingestion", "etl.sinks", "etl.training", "etl.transforms"), "etl.utils"),
        ),
        "transform and model fetch nothing": Forbidden(
            name="transform and model fetch nothing",
            source=("etl.training", "etl.transforms"),
            target=("requests",),
            direct_only=True,
        ),
        "only the model knows what it learns with": Forbidden(
            name="only the model knows what it learns with",
            source=("etl.ingestion", "etl.sinks", "etl.transforms"),
            target=("sklearn",),
            direct_only=True,
        ),
    }


def test_modular_monolith() -> None:
    found = contracts("modular-monolith", MONOLITH)
    modules = ("shop.mail", "shop.orders", "shop.users")
    face = "modules are used through their public face"
    layers = "entry points above modules above the shared kernel"
    assert found == {
        layers: Layers(name=layers, layers=("shop.api", Layer(modules=modules, independent=False), "shop.core")),
        face: Public(name=face, modules=modules),
    }
    apart = contracts("modular-monolith", {**MONOLITH, "shop/orders/m0.py": ""})
    assert Independent(name="modules that know nothing of each other", modules=modules) in apart.values()


def test_modules_with_a_face_of_their_own_publish_that() -> None:
    tree = {**MONOLITH, "shop/orders/api.py": "", "shop/users/api.py": ""}
    found = contracts("modular-monolith", tree)["modules are used through their public face"]
    assert isinstance(found, Public)
    assert found.names == ("api",)


def test_todays_imports_against_a_preset_are_named() -> None:
    (layers,) = (one for one in draft("pipeline", PIPELINE).proposals if isinstance(one.contract, Layers))
    assert [breach.subject for breach in layers.breaches] == [("etl.transforms.m0", "etl.ingestion.m0")]
    assert layers.evidence == ("1 import of today against it",)


def test_what_was_recognized_is_told_with_its_evidence() -> None:
    assert draft("django-services", SERVICES).remarks == (
        "FastAPI services: gateway, by 2 of 4 modules import fastapi",
        "Django core: catalogue, by 3 of 5 modules import django",
        "messaging: messaging, by its name and 1 of 3 modules import celery",
        "data layer: db, by its name and 1 of 3 modules import sqlalchemy",
    )


@pytest.mark.parametrize("preset", sorted(PRESETS))
def test_roles_that_are_missing_leave_contracts_to_be_filled_in(preset: str) -> None:
    found = draft(preset, {"a.py": "import b\n", "b.py": ""})
    assert found.proposals == ()
    assert len(found.open) >= 3
    assert any("found" in remark for remark in found.remarks)


def test_one_missing_role_leaves_the_rest() -> None:
    found = draft("django-services", {path: text for path, text in SERVICES.items() if "gateway" not in path})
    assert [one.contract.name for one in found.proposals] == ["web above messaging above data"]
    assert "FastAPI services: not found" in found.remarks
    assert [one.name for one in found.open] == [
        "services do not know the Django core",
        "the Django core does not know the services",
        "data and messaging know no web framework",
    ]


@pytest.mark.parametrize(("users", "level"), [(20, "error"), (21, "warning"), (201, None)])
def test_what_many_imports_break_is_an_aim_and_what_too_many_break_is_no_wall(users: int, level: str | None) -> None:
    lines = [f"shop.mail.m{i} -> shop.users.m0" for i in range(users)]
    tree = imports(packages({"shop.orders": 4, "shop.users": 4, "shop.mail": users}), lines)
    found = draft("modular-monolith", tree)
    face = [one.contract.level for one in found.proposals if isinstance(one.contract, Public)]
    assert face == ([level] if level else [])
    waiting = [one for one in found.open if isinstance(one.contract, Public)]
    assert [one.why for one in waiting] == ([] if level else ["201 imports of today against it, too many for a wall"])
