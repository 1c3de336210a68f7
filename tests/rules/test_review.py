from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.config import Config, parse
from rules.model import Edge, Finding
from rules.registry import RULES
from rules.review import review
from rules.trees import Tree, change_of
from tests.rules.test_duplication import HELPER, RENAMED

BASE = {"p/__init__.py": "", "p/a.py": "from p import b\n", "p/b.py": ""}


def found(base: Tree, head: Tree, config: Config = Config()) -> list[tuple[str, str, str]]:  # noqa: B008 - frozen
    return [(f.rule, f.level, f.path) for f in review(change_of(base, head), config, RULES, "partywall.toml")]


CYCLE = "from p import a{}\n"


@pytest.mark.parametrize(
    "source",
    [
        CYCLE.format("  # partywall: ignore[coupling/cycle] they are one thing"),
        "# partywall: ignore[coupling/cycle] they are one thing\n" + CYCLE.format(""),
        CYCLE.format("  # partywall: ignore[duplication/copy, coupling/cycle] they are one thing"),
    ],
)
def test_a_suppression_with_a_reason_is_honoured_and_told(source: str) -> None:
    assert found(BASE, {**BASE, "p/b.py": source}) == [("suppression/added", "info", "p/b.py")]


@pytest.mark.parametrize(
    ("comment", "rule"),
    [
        ("# partywall: ignore[coupling/cycle]", "suppression/reason"),
        ("# partywall: ignore because", "suppression/reason"),
        ("# partywall: ignore[coupling/hidden-cycle] not this one", "suppression/unused"),
        ("# partywall: ignore[coupling/cycel] a slip", "suppression/unknown-rule"),
    ],
)
def test_a_suppression_that_does_not_work_is_told_and_the_finding_stays(comment: str, rule: str) -> None:
    told = found(BASE, {**BASE, "p/b.py": CYCLE.format(f"  {comment}")})
    assert sorted(told) == [("coupling/cycle", "error", "p/b.py"), (rule, "warning", "p/b.py")]


def test_a_suppression_at_the_head_of_a_function_speaks_for_all_of_it() -> None:
    reason = "  # partywall: ignore[duplication/copy] kept apart on purpose"
    first, rest = RENAMED.split("\n", 1)
    assert found({"a.py": HELPER}, {"a.py": HELPER, "b.py": first + reason + "\n" + rest}) == [
        ("suppression/added", "info", "b.py")
    ]


def test_an_old_suppression_is_not_told_again() -> None:
    base = {**BASE, "p/b.py": "x = 1  # partywall: ignore[coupling/cycle] old\n"}
    assert found(base, {**base, "p/b.py": base["p/b.py"] + "y = 2\n"}) == []


def test_one_import_gets_one_finding_the_worst() -> None:
    head = {**BASE, "p/b.py": "def f():\n    from p import a\n"}
    (finding,) = review(change_of(BASE, head), Config(), RULES, "partywall.toml")
    assert finding.rule == "coupling/hidden-cycle"
    assert "settles" not in finding.advice


def test_an_import_that_breaks_two_contracts_is_one_finding_that_names_both() -> None:
    settings = "".join(
        f'[[contracts]]\nname = "{name}"\ntype = "forbidden"\nsource = ["p.a"]\ntarget = ["p.b"]\n'
        for name in ("one", "another")
    )
    config = parse(settings.encode(), "partywall.toml")
    assert config is not None
    (finding,) = review(change_of({**BASE, "p/a.py": ""}, BASE), config, RULES, "partywall.toml")
    assert "contract 'one' says" in finding.message
    assert finding.advice.endswith("Mending this also settles contract 'another'.")


def test_rules_can_be_switched_off_and_their_level_set() -> None:
    head = {**BASE, "p/b.py": CYCLE.format("")}
    assert found(BASE, head, Config(rules={"coupling/cycle": "off"})) == [("coupling/first-edge", "info", "p/b.py")]
    assert found(BASE, head, Config(rules={"coupling/cycle": "off", "coupling/first-edge": "off"})) == []
    assert found(BASE, head, Config(rules={"coupling/cycle": "info"})) == [("coupling/cycle", "info", "p/b.py")]
    assert found(BASE, head, Config(rules={"coupling/cycle": {"level": "warning"}})) == [
        ("coupling/cycle", "warning", "p/b.py")
    ]


class Fixed:
    """A rule that yields what it is told to."""

    name, level, summary, examples = "house/fixed", "warning", "", ()

    class options:  # noqa: N801 - the protocol's name
        pass

    def __init__(self, findings: list[Finding]) -> None:
        self.findings = findings


def finding(**changes: object) -> Finding:
    values: dict[str, object] = {
        "rule": "house/fixed", "level": "warning", "path": "a.py", "start_line": 1, "end_line": 1, "message": "m", "key": ("k",), **changes,
    }  # fmt: skip
    return Finding(**values)  # type: ignore[arg-type]


def test_ids_are_made_of_rule_and_meaning_not_of_lines() -> None:
    from rules.review import _with_ids

    def ids(*findings: Finding) -> list[str]:
        return [f.id for f in _with_ids(findings)]

    one = ids(finding())
    assert one == ids(finding(start_line=9, end_line=12, path="b.py", message="other", confidence=0.5))
    assert one != ids(finding(key=("other",)))
    assert one != ids(finding(rule="house/other"))
    twice = ids(finding(), finding(start_line=5))
    assert twice[0] == one[0]
    assert len(set(twice)) == 2


@given(
    st.permutations(
        [
            finding(start_line=i, key=(str(i % 3),), level=level)
            for i, level in enumerate(("info", "error", "warning") * 2)
        ]
    )
)
def test_ids_and_order_do_not_depend_on_the_order_of_findings(findings: list[Finding]) -> None:
    from rules.review import _with_ids, rank

    ordered = sorted(_with_ids(findings), key=rank)
    assert ordered == sorted(_with_ids(sorted(findings, key=rank)), key=rank)
    assert [f.level for f in ordered] == ["error", "error", "warning", "warning", "info", "info"]


def test_edges_compare_by_value() -> None:
    assert Edge("a", "b", "a.py", 1, "import") == Edge("a", "b", "a.py", 1, "import")
