"""What holds for the repository as a whole: its walls, its documentation, its locks."""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tomllib
from importlib.metadata import entry_points
from pathlib import Path

import pytest
import yaml

from bot.commands import COMMANDS
from bot.events import SUBSCRIBED
from bot.github import PERMISSIONS
from bot.manifest import manifest
from bot.settings import VARIABLES
from rules import config as configuration
from rules.contracts.declared import CONTRACTS
from rules.facts import read
from rules.registry import RULES
from rules.review import review
from rules.selection import Selection
from rules.trees import change_of
from worker.cli import COMMANDS_GROUP, build_parser

ROOT = Path(__file__).parents[1]
DOCUMENTS = "\n".join(path.read_text(encoding="utf-8") for path in [ROOT / "README.md", *(ROOT / "docs").glob("*.md")])


def own_sources() -> dict[str, bytes]:
    paths = [path for package in ("rules", "worker", "bot", "docs") for path in (ROOT / package).rglob("*.py")]
    return {path.relative_to(ROOT).as_posix(): path.read_bytes() for path in sorted(paths)}


def test_our_own_walls_stand_in_the_whole_tree() -> None:
    """Everything as new: no old breach can hide."""
    sources = {path: data for path, data in own_sources().items() if Selection()(path)}
    config = configuration.parse((ROOT / "partywall.toml").read_bytes(), "partywall.toml")
    assert config is not None
    assert len(config.contracts) >= 2
    change = change_of({}, {path: data.decode() for path, data in sources.items()})
    found = review(change, config, RULES, "partywall.toml")
    assert [f"{f.path}:{f.start_line} {f.message}" for f in found if f.rule.startswith("boundaries")] == []


IMPURE = frozenset(
    (
        "os",
        "io",
        "pathlib",
        "subprocess",
        "socket",
        "sqlite3",
        "logging",
        "time",
        "random",
        "tempfile",
        "shutil",
        "rich",
        "sys",
    )
)


def test_rules_do_no_input_or_output() -> None:
    for path, data in own_sources().items():
        if path.startswith("rules/"):
            imported = {item.module.partition(".")[0] for item in read(data).imports}
            assert not imported & IMPURE, path
            assert not re.search(rb"\b(?:print|open|input)\(", re.sub(rb'"[^"\n]*"', b"", data)), path


def commands() -> list[tuple[str, argparse.ArgumentParser]]:
    parser = build_parser(tuple(entry_points(group=COMMANDS_GROUP)))
    (subparsers,) = (action for action in parser._actions if isinstance(action, argparse._SubParsersAction))
    return list(subparsers.choices.items())


@pytest.mark.parametrize(("name", "parser"), commands(), ids=lambda value: value if isinstance(value, str) else "")
def test_every_command_and_option_is_documented(name: str, parser: argparse.ArgumentParser) -> None:
    assert f"`partywall {name}" in DOCUMENTS
    assert parser.description
    assert "example" in (parser.epilog or "")
    for action in parser._actions:
        assert action.help, action.dest
        for option in action.option_strings:
            assert option in DOCUMENTS or option in ("-h", "--help"), f"{name} {option}"


def test_every_rule_is_in_the_readme() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for rule in RULES:
        assert f"[{rule.name}](docs/rules/{rule.name.replace('/', '-')}.md) | {rule.level} |" in readme


def test_configuration_keys_are_documented() -> None:
    text = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
    for key in configuration._fields(configuration.Config):
        assert f"| `{key}` |" in text
    for contract in CONTRACTS:
        assert f"| `{contract.__struct_config__.tag}` |" in text
        for key in configuration._fields(contract):
            assert f"`{key}`" in text, key


def test_the_apps_settings_are_documented() -> None:
    text = (ROOT / "docs" / "deployment.md").read_text(encoding="utf-8")
    for variable in VARIABLES:
        assert f"`{variable.name}`" in text


def test_the_bots_commands_are_documented() -> None:
    text = (ROOT / "docs" / "conversation.md").read_text(encoding="utf-8")
    for usage in COMMANDS:
        assert f"`/partywall {usage}`" in text


def test_the_manifest_asks_for_no_more_than_a_review_needs() -> None:
    """What the set-up page gives to GitHub is what app.yml says."""
    described = yaml.safe_load((ROOT / "app.yml").read_text(encoding="utf-8"))
    given = manifest("https://example.org", "https://example.org")
    addresses = {"hook_attributes", "redirect_url", "callback_urls", "setup_url"}
    assert {key: value for key, value in given.items() if key not in addresses} == described
    assert set(described["default_events"]) == set(SUBSCRIBED)
    assert described["default_permissions"] == {**PERMISSIONS, "issues": "read"}


def test_the_configuration_example_is_valid() -> None:
    text = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
    for block in re.findall(r"```toml\n(.*?)```", text, re.DOTALL):
        assert configuration.parse(block.encode(), "partywall.toml")


def test_the_pages_about_rules_are_up_to_date() -> None:
    done = subprocess.run(
        [sys.executable, "docs/generate.py", "--check"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_links_between_documents_lead_somewhere() -> None:
    for path in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]:
        for target in re.findall(r"\]\(([^)#:]+)\)", path.read_text(encoding="utf-8")):
            assert (path.parent / target).exists(), f"{path.name}: {target}"


def test_the_rule_of_the_guide_works() -> None:
    text = (ROOT / "docs" / "writing-a-rule.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    space: dict[str, object] = {}
    exec(code, space)  # noqa: S102 - our own document
    rule = space["NoPrinting"]()  # type: ignore[operator]
    for example in rule.examples:
        found = {(f.path, f.start_line) for f in rule.check(change_of(example.base, example.head), rule.options())}
        assert found == set(example.findings)


def test_locked_dependencies_carry_hashes_and_no_addresses() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    for file in ("base.txt", "dev.txt"):
        text = (ROOT / "requirements" / file).read_text(encoding="utf-8")
        assert "://" not in text
        assert all("--hash=sha256:" in entry for entry in re.split(r"\n(?=\S)", text.strip()))
        for dependency in project["dependencies"]:
            name = re.split(r"[<>=]", dependency)[0]
            assert re.search(rf"^{name}==", text, re.MULTILINE), dependency
