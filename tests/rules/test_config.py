from __future__ import annotations

import pytest

from rules.config import (
    Authors,
    Config,
    ConfigError,
    Policy,
    blocking_levels,
    check_rule_names,
    depends_on_author,
    options_of,
    parse,
    setting,
)
from rules.contracts.declared import Forbidden, Layers
from rules.coupling.reversal import ReversalOptions, ReversalRule
from rules.provenance import Authorship, Machine, Provenance


def test_everything_that_can_be_set() -> None:
    config = parse(
        b"""
exclude = ["legacy"]
include = ["examples"]
source-roots = ["lib"]
block = ["error", "warning"]

[policy]
machine = { block = ["info"] }
human = { block = [] }

[policy.machines]
"Our agent" = ["our-agent[bot]", "agent@example.org", "*@agents.example.org"]

[rules]
"duplication/copy" = "error"
"coupling/first-edge" = "off"
"coupling/reversal" = { level = "info", weight = 5 }

[[contracts]]
name = "one way"
type = "layers"
layers = ["a", "b"]

[[contracts]]
name = "no web in core"
type = "forbidden"
source = ["core"]
target = ["web"]
direct-only = true
scopes = ["import"]
""",
        "partywall.toml",
    )
    assert config is not None
    assert config.block == ("error", "warning")
    assert config.policy == Policy(
        machine=Authors(block=("info",)),
        human=Authors(block=()),
        machines={"Our agent": ("our-agent[bot]", "agent@example.org", "*@agents.example.org")},
    )
    assert config.contracts == (
        Layers(name="one way", layers=("a", "b")),
        Forbidden(name="no web in core", source=("core",), target=("web",), direct_only=True, scopes=("import",)),
    )
    assert setting(config, "coupling/first-edge", "info").level == "off"
    reversal = setting(config, "coupling/reversal", "warning")
    assert reversal.level == "info"
    assert options_of(ReversalOptions, reversal.options, ReversalRule.name, "partywall.toml") == ReversalOptions(
        weight=5
    )


def test_pyproject_without_our_table_has_no_configuration() -> None:
    assert parse(b"[tool.other]\nx = 1\n", "pyproject.toml") is None
    assert parse(b"[tool.partywall]\nblock = []\n", "pyproject.toml") == Config(block=())


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("exclud = []", "partywall.toml: unknown key `exclud`; did you mean `exclude`?"),
        (
            "zzz = []",
            "partywall.toml: unknown key `zzz`; known keys: exclude, include, source-roots, block, policy, rules, contracts, adopt.",
        ),
        ("exclude = 3", "partywall.toml: `exclude`: expected `array`, got `int`."),
        (
            "block = ['fatal']",
            "partywall.toml: `block[0]`: invalid enum value 'fatal'; it takes 'error', 'info' or 'warning'.",
        ),
        (
            "[[contracts]]\nname = 'x'\ntype = 'layers'\nlayer = ['a']",
            "partywall.toml: unknown key `contracts[0].layer`; did you mean `layers`?",
        ),
        (
            "[[contracts]]\nname = 'x'\ntype = 'layers'",
            "partywall.toml: `contracts[0]`: object missing required field `layers`.",
        ),
        (
            "[[contracts]]\nname = 'x'\ntype = 'walls'",
            "partywall.toml: `contracts[0].type`: invalid value 'walls'; it takes 'acyclic', 'allowed', 'forbidden', 'frozen', 'independent', 'layers', 'protected' or 'public'.",
        ),
        (
            "[[contracts]]\ntype = 'layers'\nlayers = []",
            "partywall.toml: `contracts[0]`: object missing required field `name`.",
        ),
        ("[policy]\nhumans = {}", "partywall.toml: unknown key `policy.humans`; did you mean `human`?"),
        ("[policy]\nzzz = {}", "partywall.toml: unknown key `policy.zzz`; known keys: machine, human, machines."),
        (
            "[policy]\nmachine = { blok = [] }",
            "partywall.toml: unknown key `policy.machine.blok`; did you mean `block`?",
        ),
        ("[policy]\nhuman = { levels = [] }", "partywall.toml: unknown key `policy.human.levels`; known keys: block."),
        ("[policy]\nhuman = {}", "partywall.toml: `policy.human`: object missing required field `block`."),
        (
            "[policy]\nmachine = { block = ['fatal'] }",
            "partywall.toml: `policy.machine.block[0]`: invalid enum value 'fatal'; it takes 'error', 'info' or 'warning'.",
        ),
        (
            "[policy.machines]\n'Our agent' = 'agent@example.org'",
            "partywall.toml: `policy.machines[...]`: expected `array`, got `str`.",
        ),
        *(
            (
                f"[policy.machines]\n'Our agent' = ['{identity}']",
                (
                    f"partywall.toml: `policy.machines.\"Our agent\"` names '{identity}'; "
                    "it takes a login, a mail address or `*@domain`."
                ),
            )
            for identity in ("", "*", "*@", "our agent", "@example.org", "a@b@c", "*.example.org")
        ),
        ("a = ", "partywall.toml is not valid TOML: Invalid value (at end of document)."),
    ],
)
def test_mistakes_are_named(text: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse(text.encode(), "partywall.toml")
    assert str(caught.value) == message


def test_a_mistake_in_pyproject_is_named_with_its_table() -> None:
    with pytest.raises(
        ConfigError, match=r"^pyproject.toml: unknown key `tool.partywall.blok`; did you mean `block`\?$"
    ):
        parse(b"[tool.partywall]\nblok = []\n", "pyproject.toml")


HUMAN = Authorship("1", "human", None)
BUMP = Authorship("2", "automation", None)
MACHINE = Authorship("3", "machine", Machine("Codex", "author codex@openai.com"))


@pytest.mark.parametrize(
    ("policy", "machine", "human"),
    [
        ("", ("error",), ("error",)),
        ("machine = { block = ['error', 'warning'] }", ("error", "warning"), ("error",)),
        ("human = { block = [] }", ("error",), ()),
        ("machine = { block = ['info'] }\nhuman = { block = ['warning'] }", ("info",), ("warning",)),
        ("machine = { block = ['error'] }", ("error",), ("error",)),
    ],
)
def test_what_blocks_depends_on_who_wrote_the_change(
    policy: str, machine: tuple[str, ...], human: tuple[str, ...]
) -> None:
    config = parse(f"[policy]\n{policy}\n".encode(), "partywall.toml")
    assert config is not None
    assert blocking_levels(config, Provenance((HUMAN, MACHINE, BUMP))) == machine
    for commits in ((), (HUMAN,), (BUMP,), (HUMAN, BUMP)):
        assert blocking_levels(config, Provenance(commits)) == human
    assert depends_on_author(config) == (machine != human)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"wait": 3}, 'f: `rules."coupling/reversal"` has no option `wait`; did you mean `weight`?'),
        ({"weight": "much"}, 'f: `rules."coupling/reversal"`: expected `int`, got `str` - at `$.weight`.'),
    ],
)
def test_wrong_options_are_named(given: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        options_of(ReversalOptions, given, ReversalRule.name, "f")
    assert str(caught.value) == message


def test_wrong_rule_names_and_levels_are_named() -> None:
    config = parse(b'[rules]\n"duplication/copi" = "off"\n', "f")
    assert config is not None
    with pytest.raises(ConfigError, match='names no rule; did you mean "duplication/copy"'):
        check_rule_names(config, ["duplication/copy", "coupling/cycle"], "f")
    wrong = parse(b'[rules]\n"a/b" = { level = "loud" }\n', "f")
    assert wrong is not None
    with pytest.raises(ConfigError, match="is 'loud'; it takes"):
        setting(wrong, "a/b", "error")
