from __future__ import annotations

import json
from collections import Counter

import pytest

from rules.model import LEVELS
from tests.support.commands import run
from tests.support.repositories import Repo

WALLS = """
[[contracts]]
name = "one way"
type = "layers"
layers = ["shop.web", "shop.core"]

[[contracts]]
name = "apart"
type = "independent"
level = "warning"
modules = ["shop.core", "shop.mail"]

[[contracts]]
name = "the old shop goes"
type = "frozen"
modules = ["shop.old"]
"""
FILES = {
    "partywall.toml": WALLS,
    "shop/__init__.py": "",
    "shop/web/views.py": "from shop.mail import send\nfrom shop.old import orders\n",
    "shop/core/a.py": "from shop.web import views\n",
    "shop/core/b.py": "from shop import glue\n",
    "shop/mail/send.py": "def f():\n    from shop.core import a\n",
    "shop/glue.py": "from shop.web import views\n",
    "shop/old/orders.py": "def place():\n    return 1\n",
}


@pytest.fixture
def debt(repo: Repo) -> Repo:
    """Old breaches and cycles, and a last commit that adds nothing to them."""
    repo.commit(FILES)
    repo.commit({"shop/new.py": "x = 1\n"})
    return repo


def test_the_whole_tree_is_counted_worst_first(debt: Repo, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "check", "--repo", str(debt.folder))[0] == 0
    code, out, _ = run(capsys, "check", "--repo", str(debt.folder), "--all", "--format", "json")
    report = json.loads(out)
    assert code == 1
    counts = {(count["level"], count["rule"], count["contract"]): count["count"] for count in report["counts"]}
    assert counts[("error", "boundaries/contract", "one way")] == 2
    assert counts[("warning", "boundaries/contract", "apart")] == 2
    assert sum(counts.values()) == len(report["findings"])
    levels = [LEVELS.index(count["level"]) for count in report["counts"]]
    assert levels == sorted(levels)
    assert Counter(f["rule"] for f in report["findings"])["coupling/cycle"] == 1
    assert "first-edge" not in out
    assert "contract 'the old shop goes': importers left: 1, lines left: 2" in report["notes"]
    assert len({finding["id"] for finding in report["findings"]}) == len(report["findings"])


def test_the_table_names_rule_and_contract(debt: Repo, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "check", "--repo", str(debt.folder), "--all", "--head", "HEAD")
    lines = out.splitlines()
    assert code == 1
    assert lines[0].split() == ["count", "level", "rule", "contract"]
    assert "2 error boundaries/contract one way" in [" ".join(line.split()) for line in lines]
    assert "  shop/core/a.py:1  `shop.core.a` imports `shop.web.views`; contract 'one way' says:" in out
    assert "now imports" not in out
    assert "findings in the whole of " in lines[-1]


def test_a_breach_has_the_id_that_it_had_when_it_came_in(debt: Repo, capsys: pytest.CaptureFixture[str]) -> None:
    healthy = debt.commit({"shop/core/a.py": ""})
    debt.commit({"shop/core/a.py": FILES["shop/core/a.py"]})
    new, whole = (
        {
            finding["id"]
            for finding in json.loads(
                run(capsys, "check", "--repo", str(debt.folder), "--format", "json", *arguments)[1]
            )["findings"]
            if finding["rule"] == "boundaries/contract"
        }
        for arguments in (("--base", healthy), ("--all",))
    )
    assert len(new) == 1
    assert new < whole


def test_a_healthy_tree_has_no_findings(repo: Repo, capsys: pytest.CaptureFixture[str]) -> None:
    repo.commit({"a.py": "x = 1\n", "b.py": "import a\n"})
    code, out, _ = run(capsys, "check", "--repo", str(repo.folder), "--all")
    assert code == 0
    assert out.startswith("no findings in the whole of ")


def test_suppressions_hold_and_are_not_listed(debt: Repo, capsys: pytest.CaptureFixture[str]) -> None:
    debt.commit(
        {"shop/core/a.py": "from shop.web import views  # partywall: ignore[boundaries/contract, coupling/cycle] old\n"}
    )
    out = run(capsys, "check", "--repo", str(debt.folder), "--all", "--format", "json")[1]
    counts = {(count["rule"], count["contract"]): count["count"] for count in json.loads(out)["counts"]}
    assert counts[("boundaries/contract", "one way")] == 1
    assert not any(rule.startswith("suppression") for rule, _ in counts)


@pytest.mark.parametrize("form", ["sarif", "github", "markdown"])
def test_every_format_prints_it(debt: Repo, capsys: pytest.CaptureFixture[str], form: str) -> None:
    code, out, _ = run(capsys, "check", "--repo", str(debt.folder), "--all", "--format", form)
    assert code == 1
    assert "shop/core/a.py" in out or "shop.core.a" in out


def test_there_is_nothing_to_compare_with(debt: Repo, capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = run(capsys, "check", "--repo", str(debt.folder), "--all", "--base", "main")
    assert code == 2
    assert "leave out --base" in err
