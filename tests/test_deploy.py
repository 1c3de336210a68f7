"""What we give people to deploy with: compose files, the image's recipe, Kubernetes objects."""

from __future__ import annotations

import re
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from bot.settings import VARIABLES, load
from tests.bot.door import environ
from worker.cli import build_parser

ROOT = Path(__file__).parents[1]
KUBERNETES = [*yaml.safe_load_all((ROOT / "deploy/kubernetes.yaml").read_text(encoding="utf-8"))]
TEMPLATES = [each["spec"]["template"]["spec"] for each in KUBERNETES if "template" in each.get("spec", {})]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
SECRETS: dict[str, Any] = yaml.safe_load((ROOT / "compose.secrets.yaml").read_text(encoding="utf-8"))
KNOWN = {variable.name for variable in VARIABLES}


def pods() -> dict[str, Any]:
    """The containers that run our image, by name."""
    containers = [container for template in TEMPLATES for container in template["containers"]]
    return {container["name"]: container for container in containers if container["image"] == "partywall"}


@pytest.mark.parametrize(
    "resource", KUBERNETES, ids=lambda resource: f"{resource['kind']} {resource['metadata']['name']}"
)
def test_the_kubernetes_objects_fit_their_schemas(resource: dict[str, Any]) -> None:
    kubernetes_validate.validate(resource, "1.31", strict=True)


@pytest.mark.parametrize(
    "resource", KUBERNETES, ids=lambda resource: f"{resource['kind']} {resource['metadata']['name']}"
)
def test_labels_and_selectors_belong_together(resource: dict[str, Any]) -> None:
    labels = [
        each["spec"]["template"]["metadata"]["labels"] for each in KUBERNETES if "template" in each.get("spec", {})
    ]
    if selector := resource.get("spec", {}).get("selector"):
        assert selector.get("matchLabels", selector) in labels


CONFIG: dict[str, str] = next(each for each in KUBERNETES if each["kind"] == "ConfigMap")["data"]
BUILT_IN = {"PARTYWALL_DATA"}
"""What the image sets itself."""


def settings_in(place: str, process: str) -> set[str]:
    """The settings that one of our files gives to a process."""
    if place == "kubernetes":
        return {one["name"] for one in pods()[process]["env"]} | set(CONFIG)
    return {name for file in (COMPOSE, SECRETS) for name in file["services"][process].get("environment", {})}


@pytest.mark.parametrize("place", ["compose", "kubernetes"])
def test_every_setting_can_be_set_and_no_other(place: str) -> None:
    assert {"web", "worker"} == set(pods())
    web, worker = settings_in(place, "web"), settings_in(place, "worker")
    assert web | worker <= KNOWN
    # A secret can be given itself or as a file: one of the two is enough.
    either = {name.removesuffix("_FILE") for name in web | BUILT_IN}
    assert {name.removesuffix("_FILE") for name in KNOWN} - either == set()
    assert {"PARTYWALL_PRIVATE_KEY_FILE", "PARTYWALL_WEBHOOK_SECRET_FILE", "REDIS_URL"} <= web & worker
    # Who reads other people's code knows no more secrets than it needs.
    assert not {name for name in worker if "CLIENT" in name or "TOKEN" in name}


def test_the_image_sets_what_nobody_else_does() -> None:
    stages = (ROOT / "Dockerfile").read_text(encoding="utf-8").rpartition("\nFROM ")[2]
    assert set(re.findall(r"\b(PARTYWALL_\w+|REDIS_URL)=", stages)) == BUILT_IN


def test_the_settings_of_the_cluster_load() -> None:
    env = {one["name"]: one.get("value", "") for one in pods()["web"]["env"]}
    plain = {name: value for name, value in env.items() if not name.endswith("_FILE")}
    found = load(environ("redis://ours", **CONFIG, **{name: value for name, value in plain.items() if value}))
    assert (found.redis_url, found.disk, found.proxies) == (CONFIG["REDIS_URL"], 16_000_000_000, 0)
    signing_in = {"PARTYWALL_PAGES": "github", "PARTYWALL_CLIENT_ID": "Iv1", "PARTYWALL_CLIENT_SECRET": "s"}
    assert set(signing_in) <= set(env)
    url = {"PARTYWALL_URL": "https://partywall.example.com"}
    assert load(environ("redis://ours", **{**CONFIG, **url}, **signing_in)).pages == "github"


def test_the_documentation_lists_the_settings_with_their_defaults() -> None:
    text = (ROOT / "docs" / "deployment.md").read_text(encoding="utf-8").partition("\n## Settings\n")[2]
    rows = re.findall(r"^\| (`[A-Z_]+`(?: or `[A-Z_]+`)?) \|(.*?)\|", text, re.MULTILINE)
    told = {name: default.strip(" `") for names, default in rows for name in re.findall(r"[A-Z_]+", names)}
    assert told == {variable.name: variable.default for variable in VARIABLES}


@pytest.mark.parametrize(
    "arguments",
    [
        *(service["command"] for name, service in COMPOSE["services"].items() if name != "queue"),
        *(pod["args"] for pod in pods().values()),
        COMPOSE["services"]["worker"]["healthcheck"]["test"][2:],
        pods()["worker"]["livenessProbe"]["exec"]["command"][1:],
        re.findall(r'"([^"]+)"', (ROOT / "Dockerfile").read_text(encoding="utf-8").rpartition("\nCMD ")[2]),
    ],
    ids=" ".join,
)
def test_the_commands_that_containers_run_exist(arguments: list[str]) -> None:
    build_parser([EntryPoint("bot", "bot.cli:add_commands", "partywall.commands")]).parse_args(arguments)


def test_nobody_is_root_and_nothing_is_written_beside_the_volumes() -> None:
    stages = re.findall(r"^(FROM|USER) (.*)$", (ROOT / "Dockerfile").read_text(encoding="utf-8"), re.MULTILINE)
    assert stages[-1] == ("USER", "10001:10001")
    for service in COMPOSE["services"].values():
        # Our own image names its user itself.
        assert service.get("user", "") == ("" if "build" in service else "999:1000")
        assert service["read_only"]
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]
    for template in TEMPLATES:
        user = template["securityContext"]
        (container,) = template["containers"]
        ours = container["image"] == "partywall"
        assert user["runAsNonRoot"]
        assert (user["runAsUser"], user["runAsGroup"]) == ((10001, 10001) if ours else (999, 1000))
        assert user["fsGroup"] == user["runAsGroup"]
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }


def test_the_image_is_made_of_what_the_wheel_is_made_of() -> None:
    """What the build does not see cannot be in the image: a package that is missing from .dockerignore is missing there."""
    seen = re.findall(r"^!(.*)$", (ROOT / ".dockerignore").read_text(encoding="utf-8"), re.MULTILINE)
    copied = re.findall(r"^COPY (?!--)(.+) \S+$", (ROOT / "Dockerfile").read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(seen) == sorted(path for paths in copied for path in paths.split())
