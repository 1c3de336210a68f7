"""What a review goes by: the base's configuration, and who wrote the change."""

from __future__ import annotations

import pytest

from tests.bot.stage import HARMLESS, MESSAGES, Stage, check_of, findings_of, summary_of
from tests.github.pull import Pull
from worker.demo import BASE, CHANGE

CONFIG = "partywall.toml"


def test_a_change_cannot_relax_the_rules_that_it_is_judged_by(stage: Stage) -> None:
    pull = stage.open({**CHANGE, CONFIG: '[rules]\n"boundaries/contract" = "off"\n'})
    assert check_of(pull).conclusion == "failure"
    assert "the change edits the configuration (partywall.toml); this review used the base's" in summary_of(pull)


def test_a_change_that_breaks_the_configuration(stage: Stage) -> None:
    pull = stage.open({**CHANGE, CONFIG: "exlude = []\n"})
    assert check_of(pull).title == "1 error, 1 warning"
    said = "the change leaves a configuration that cannot be used: partywall.toml: unknown key `exlude`"
    assert said in summary_of(pull)


@pytest.mark.parametrize(
    ("config", "reason"),
    [
        ("exlude = []\n", "partywall.toml: unknown key `exlude`; did you mean `exclude`?"),
        ("block = [\n", "partywall.toml is not valid TOML"),
        ('[rules]\n"duplication/cpy" = "off"\n', 'rules."duplication/cpy"` names no rule'),
        (
            '[[contracts]]\nname = "c"\ntype = "layers"\nlayers = ["shop.web", "shop.cor"]\n',
            "did you mean",
        ),
    ],
)
def test_a_broken_configuration(stage: Stage, config: str, reason: str) -> None:
    stage.shop.push("main", {CONFIG: config})
    pull = stage.open()
    assert (check_of(pull).conclusion, check_of(pull).title) == ("failure", "Could not review")
    assert reason in summary_of(pull)
    assert CONFIG in summary_of(pull)
    assert stage.scheduled() == []


def test_a_configuration_that_is_mended(stage: Stage) -> None:
    stage.shop.push("main", {CONFIG: "exlude = []\n"})
    pull = stage.open()
    stage.shop.push("main", {CONFIG: BASE[CONFIG]})
    stage.shop.push("topic", CHANGE, force=True, onto="main")
    stage.bot.work_off()
    assert check_of(pull).title == "1 error, 1 warning"


def test_a_repository_without_python(stage: Stage) -> None:
    docs = stage.github.create_repository("octo/docs", {"README.md": "Read me.\n"})
    docs.push("topic", {"README.md": "Read me twice.\n"})
    pull = docs.open_pull("topic")
    stage.bot.work_off()
    assert (check_of(pull).conclusion, check_of(pull).title) == ("neutral", "Could not review")
    assert f"there is no Python file in {pull.head[:12]}" in summary_of(pull)


def test_a_change_of_other_files(stage: Stage) -> None:
    pull = stage.open({"README.md": "A shop.\n"})
    assert (check_of(pull).conclusion, check_of(pull).title) == ("success", "No Python file changed")


def test_a_file_of_another_language_beside(stage: Stage) -> None:
    pull = stage.open({**HARMLESS, "shop/logo.svg": "<svg/>", "notes.txt": b"\xff\x00"})
    assert (check_of(pull).conclusion, check_of(pull).title) == ("success", "Nothing to say")
    assert "1 changed of 9 Python files" in summary_of(pull)


CLAUDE = "Send messages\n\nCo-Authored-By: Claude <noreply@anthropic.com>\n"


def _opened(stage: Stage, policy: str, message: str) -> Pull:
    stage.shop.push("main", {CONFIG: f"{BASE[CONFIG]}\n{policy}"})
    stage.shop.push("topic", {MESSAGES: CHANGE[MESSAGES]}, message=message)
    pull = stage.shop.open_pull("topic")
    stage.bot.work_off()
    assert check_of(pull).title == "1 warning"
    return pull


STRICT = '[policy]\nmachine = {block = ["error", "warning"]}\n'


def test_a_machine_s_work_is_said_to_be_so(stage: Stage) -> None:
    pull = _opened(stage, "", CLAUDE)
    assert "Written with a machine: 1 of 1 commit, by `Claude Code`." in summary_of(pull)
    assert check_of(pull).conclusion == "neutral"


def test_what_a_revert_brings_back_is_information(stage: Stage) -> None:
    stage.shop.push(
        "topic", {MESSAGES: CHANGE[MESSAGES]}, message='Revert "Fewer messages"\n\nThis reverts commit 1f2e.'
    )
    pull = stage.shop.open_pull("topic")
    stage.bot.work_off()
    assert (check_of(pull).conclusion, findings_of(pull)) == ("success", [])
    stage.push(pull, HARMLESS, "By hand")
    assert check_of(pull).title == "1 warning"


def test_more_is_asked_of_a_machine(stage: Stage) -> None:
    pull = _opened(stage, STRICT, CLAUDE)
    assert check_of(pull).conclusion == "failure"
    stage.push(pull, HARMLESS, "By hand")
    assert "Written with a machine: 1 of 2 commits, by `Claude Code`." in summary_of(pull)
    assert check_of(pull).conclusion == "failure"


def test_of_a_person_what_holds_anyway(stage: Stage) -> None:
    pull = _opened(stage, STRICT, "Send messages")
    assert check_of(pull).conclusion == "neutral"
    assert "machine" not in summary_of(pull)
    assert len(findings_of(pull)) == 1
