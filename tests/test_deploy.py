"""What we give people to deploy with: compose files, the image's recipe, Kubernetes objects."""

from __future__ import annotations

import re
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from bot.settings import VARIABLES
from worker.cli import build_parser

ROOT = Path(__file__).parents[1]
KUBERNETES = [*yaml.safe_load_all((ROOT / "deploy/kubernetes.yaml").read_text(encoding="utf-8"))]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
SECRETS: dict[str, Any] = yaml.safe_load((ROOT / "compose.secrets.yaml").read_text(encoding="utf-8"))
KNOWN = {variable.name for variable in VARIABLES}


def pods() -> dict[str, Any]:
    """The containers that run our image, by name."""
    templates = [each["spec"]["template"]["spec"] for each in KUBERNETES if "template" in each.get("spec", {})]
    containers = [container for template in templates for container in template["containers"]]
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


def test_only_settings_that_there_are_are_set() -> None:
    config = next(each for each in KUBERNETES if each["kind"] == "ConfigMap")["data"]
    kubernetes = {one["name"] for pod in pods().values() for one in pod["env"]} | set(config)
    composed = {
        name
        for file in (COMPOSE, SECRETS)
        for each in file["services"].values()
        for name in each.get("environment", {})
    }
    assert {"web", "worker"} == set(pods())
    assert kubernetes <= KNOWN
    assert composed <= KNOWN
    assert {"PARTYWALL_PRIVATE_KEY_FILE", "PARTYWALL_WEBHOOK_SECRET_FILE", "REDIS_URL"} <= kubernetes & composed


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
    for service in (COMPOSE["services"]["web"], COMPOSE["services"]["worker"]):
        assert service["read_only"]
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]
    for pod in pods().values():
        assert pod["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
    stages = re.findall(r"^(FROM|USER) (.*)$", (ROOT / "Dockerfile").read_text(encoding="utf-8"), re.MULTILINE)
    assert stages[-1] == ("USER", "10001:10001")


def test_the_image_is_made_of_what_the_wheel_is_made_of() -> None:
    """What the build does not see cannot be in the image: a package that is missing from .dockerignore is missing there."""
    seen = re.findall(r"^!(.*)$", (ROOT / ".dockerignore").read_text(encoding="utf-8"), re.MULTILINE)
    copied = re.findall(r"^COPY (?!--)(.+) \S+$", (ROOT / "Dockerfile").read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(seen) == sorted(path for paths in copied for path in paths.split())
