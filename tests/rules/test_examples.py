"""The examples of every rule are its documentation and its test."""

from __future__ import annotations

import inspect
import re

import pytest

from rules import config as configuration
from rules.config import Config
from rules.registry import RULES
from rules.review import review
from rules.rule import Example, Rule
from rules.trees import change_of

EXAMPLES = [
    pytest.param(rule, example, id=f"{rule.name}: {example.title}") for rule in RULES for example in rule.examples
]


@pytest.mark.parametrize(("rule", "example"), EXAMPLES)
def test_example(rule: Rule, example: Example) -> None:
    config = configuration.parse(example.settings.encode(), "partywall.toml") or Config()
    found = review(change_of(example.base, example.head), config, RULES, "partywall.toml")
    assert {(f.path, f.start_line) for f in found if f.rule == rule.name} == set(example.findings)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_a_rule_is_documented_and_shown(rule: Rule) -> None:
    sections = re.findall(r"^## (.+)$", inspect.getdoc(rule) or "", re.MULTILINE)
    assert sections == ["What it does", "Why it matters", "What to do", "When to say no"]
    assert any(example.findings for example in rule.examples), "an example that is found"
    assert any(not example.findings for example in rule.examples), "an example that is rightly passed"
    assert rule.summary == rule.summary.lower().rstrip(".")
    assert re.fullmatch(r"[a-z]+/[a-z-]+", rule.name)


def test_names_are_unique() -> None:
    names = [rule.name for rule in RULES]
    assert len(set(names)) == len(names)
