"""Contracts of other tools in a real repository: only what a change adds to the breaches is reported."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.support.repositories import Repo
from worker.cli import main

LAYERS = """
[importlinter]
root_package = shop

[importlinter:contract:one-way]
name = imports run one way
type = layers
layers =
    shop.web
    shop.core
"""
FILES = {
    ".importlinter": LAYERS,
    "shop/__init__.py": "",
    "shop/web/__init__.py": "",
    "shop/web/views.py": "from shop.core import prices\n",
    "shop/core/__init__.py": "",
    "shop/core/prices.py": "x = 1\n",
    "shop/core/old.py": "from shop.web import views\n",
}
BREACH = {"shop/core/prices.py": "from shop.web import views\n\nx = views\n"}


def check(repo: Repo, capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    main(["check", "--repo", str(repo.folder), "--format", "json", *arguments])
    report: dict[str, Any] = json.loads(capsys.readouterr().out)
    report["contracts"] = [finding for finding in report["findings"] if finding["rule"] == "boundaries/contract"]
    return report


@pytest.fixture
def shop(repo: Repo) -> Repo:
    """A base with a contract that is broken already."""
    repo.commit(FILES)
    return repo


def test_old_breaches_stay_silent_and_a_new_one_is_one_finding(shop: Repo, capsys: pytest.CaptureFixture[str]) -> None:
    shop.commit({"shop/core/other.py": "y = 2\n"})
    report = check(shop, capsys)
    assert report["findings"] == report["notes"][1:] == []
    shop.commit(BREACH)
    report = check(shop, capsys)
    (finding,) = report["contracts"]
    assert (finding["path"], finding["start_line"], finding["level"]) == ("shop/core/prices.py", 1, "error")
    assert "contract 'imports run one way' says: shop.core is a lower layer than shop.web" in finding["message"]
    assert "The contract stands in .importlinter." in finding["advice"]


def test_a_whole_tree_shows_old_breaches_and_how_many_contracts_there_are(
    shop: Repo, capsys: pytest.CaptureFixture[str]
) -> None:
    report = check(shop, capsys, "--all")
    assert [finding["path"] for finding in report["contracts"]] == ["shop/core/old.py"]
    assert report["notes"] == ["contracts of .importlinter in force: 1"]


@pytest.mark.parametrize(
    ("settings", "found"),
    [("adopt = false\n", 0), ("adopt = []\n", 0), ('adopt = ["import-linter"]\n', 1), ('adopt = ["tach"]\n', 0)],
)
def test_adoption_can_be_switched_off(
    shop: Repo, capsys: pytest.CaptureFixture[str], settings: str, found: int
) -> None:
    shop.commit({"partywall.toml": settings})
    shop.commit(BREACH)
    assert len(check(shop, capsys)["contracts"]) == found


def test_a_change_that_switches_it_off_is_judged_and_told(shop: Repo, capsys: pytest.CaptureFixture[str]) -> None:
    shop.commit({**BREACH, "partywall.toml": "adopt = false\n"})
    report = check(shop, capsys)
    assert len(report["contracts"]) == 1
    assert "the change edits the configuration (partywall.toml); this review used the base's" in report["notes"]


def test_a_tool_that_does_not_exist_is_named(shop: Repo, capsys: pytest.CaptureFixture[str]) -> None:
    shop.commit({"partywall.toml": 'adopt = ["pylint"]\n'})
    assert main(["check", "--repo", str(shop.folder), "--all"]) == 2
    message = "partywall.toml: `adopt[0]`: invalid enum value 'pylint'; it takes 'import-linter' or 'tach'."
    assert message in capsys.readouterr().err


def test_a_change_is_judged_by_the_contracts_of_its_base(shop: Repo, capsys: pytest.CaptureFixture[str]) -> None:
    shop.commit({**BREACH, ".importlinter": f"{LAYERS}ignore_imports =\n    shop.core.prices -> shop.web.views\n"})
    report = check(shop, capsys)
    (finding,) = report["contracts"]
    said = "until now .importlinter forbids what this change adds, and the change edits it so that it does not: "
    assert finding["message"] == f"{said}`shop.core.prices` → `shop.web.views`"
    assert (finding["level"], finding["path"]) == ("info", "shop/core/prices.py")
    assert "the change edits the configuration (.importlinter); this review used the base's" in report["notes"]


def test_a_domain_file_that_is_edited_is_named(repo: Repo, capsys: pytest.CaptureFixture[str]) -> None:
    domain = "[[modules]]\npath = '<domain_root>'\ndepends_on = []\n"
    tach = "source_roots = ['.']\nexact = true\n\n[[modules]]\npath = 'shop.web'\ndepends_on = []\n"
    repo.commit({**FILES, "tach.toml": tach, "shop/core/tach.domain.toml": domain, "shop/core/old.py": ""})
    repo.commit({"shop/core/tach.domain.toml": domain.replace("[]", "['//shop.web']"), "shop/core/more.py": ""})
    notes = check(repo, capsys)["notes"]
    assert "the change edits the configuration (shop/core/tach.domain.toml); this review used the base's" in notes


def test_what_an_edited_contract_still_forbids_is_told_as_ever(shop: Repo, capsys: pytest.CaptureFixture[str]) -> None:
    shop.commit({**BREACH, ".importlinter": f"# edited\n{LAYERS}"})
    (finding,) = check(shop, capsys)["contracts"]
    assert finding["level"] == "error"
    assert "contract" in finding["message"]


def test_a_working_tree_is_judged_by_its_own_contracts(shop: Repo, capsys: pytest.CaptureFixture[str]) -> None:
    shop.write({**BREACH, ".importlinter": f"{LAYERS}ignore_imports =\n    shop.core.prices -> shop.web.views\n"})
    assert check(shop, capsys)["contracts"] == []


def test_a_module_and_the_layer_for_it_may_come_together(repo: Repo, capsys: pytest.CaptureFixture[str]) -> None:
    layers = "[importlinter]\nroot_package = shop\n[importlinter:contract:all]\nname = all\ntype = layers\n"
    layers += "containers = shop\nexhaustive = true\nlayers =\n    web\n    core\n"
    repo.commit({**FILES, ".importlinter": layers, "shop/core/old.py": ""})
    repo.commit({"shop/mail.py": "", ".importlinter": f"{layers}    mail\n", "shop/other.py": ""})
    assert [finding["path"] for finding in check(repo, capsys)["contracts"]] == ["shop/other.py"]


def test_files_that_are_not_reviewed_count_for_these_contracts(shop: Repo, capsys: pytest.CaptureFixture[str]) -> None:
    """import-linter looks at the whole package: at migrations, and at tests in it, but not at those beside it."""
    shop.commit(
        {
            "shop/core/migrations/__init__.py": "",
            "shop/core/migrations/0001_initial.py": "from shop.web import views\n",
            "shop/core/tests/__init__.py": "",
            "shop/core/tests/test_a.py": (
                "# partywall: ignore[boundaries/contract] it drives the whole\nfrom shop.web import views\n"
            ),
            "tests/shop/core/test_b.py": "from shop.web import views\n",
        }
    )
    report = check(shop, capsys)
    assert [finding["path"] for finding in report["contracts"]] == ["shop/core/migrations/0001_initial.py"]
    assert report["stats"]["changed_files"] == 0


def test_a_way_may_lead_through_files_that_are_not_reviewed(shop: Repo, capsys: pytest.CaptureFixture[str]) -> None:
    shop.commit({"shop/testing/__init__.py": "", "shop/testing/client.py": "from shop.web import views\n"})
    shop.commit({"shop/core/prices.py": "from shop.testing import client\n\nx = client\n"})
    (finding,) = check(shop, capsys)["contracts"]
    assert "`shop.core.prices` now imports `shop.web.views` through shop.testing.client" in finding["message"]


def test_a_broken_file_is_told_and_the_review_goes_on(shop: Repo, capsys: pytest.CaptureFixture[str]) -> None:
    shop.commit({".importlinter": "layers =\n"})
    shop.commit(BREACH)
    report = check(shop, capsys)
    assert report["contracts"] == []
    assert any(note.startswith(".importlinter: its contracts are not enforced, because") for note in report["notes"])


def test_an_own_contract_of_the_same_meaning_adds_no_second_finding(
    shop: Repo, capsys: pytest.CaptureFixture[str]
) -> None:
    own = '[[contracts]]\nname = "one way"\ntype = "layers"\nlayers = ["shop.web", "shop.core"]\n'
    shop.commit({"partywall.toml": own})
    shop.commit(BREACH)
    assert len(check(shop, capsys)["contracts"]) == 1


def test_a_folder_src_is_a_package_where_the_tool_says_so(repo: Repo, capsys: pytest.CaptureFixture[str]) -> None:
    files = {path.replace("shop/", "src/"): source.replace("shop", "src") for path, source in FILES.items()}
    del files["src/__init__.py"]
    repo.commit(files)
    repo.commit({"src/core/prices.py": "from src.web import views\n\nx = views\n"})
    assert [finding["path"] for finding in check(repo, capsys)["contracts"]] == ["src/core/prices.py"]


def test_examples_and_fixtures_bring_no_contracts(repo: Repo, capsys: pytest.CaptureFixture[str]) -> None:
    repo.commit({**{f"tests/assets/{path}": source for path, source in FILES.items()}, **FILES})
    report = check(repo, capsys, "--all")
    assert report["notes"] == ["contracts of .importlinter in force: 1"]


def test_contracts_move_along_with_their_package(shop: Repo, capsys: pytest.CaptureFixture[str]) -> None:
    body = "".join(f"A_{number} = {number}\n" for number in range(20))
    shop.commit({path: source + body for path, source in FILES.items() if path.endswith(".py")})
    shop.git("mv", "shop", "store")
    moved = {path.replace("shop/", "store/"): source.replace("shop", "store") + body for path, source in FILES.items()}
    moved["store/core/prices.py"] = f"from store.web import views\n{body}"
    shop.commit({**moved, ".importlinter": LAYERS.replace("shop", "store")})
    assert [finding["path"] for finding in check(shop, capsys)["contracts"]] == ["store/core/prices.py"]
