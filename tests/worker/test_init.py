from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules import config as configuration
from rules.contracts.enforce import enforce
from rules.inference.infer import infer
from rules.inference.presets import PRESETS, by_preset
from rules.inference.proposal import Past
from rules.registry import RULES
from rules.review import review
from rules.trees import whole_of
from tests.support.commands import run
from tests.support.repositories import ENVIRONMENT, Repo
from tests.support.shops import Sources, every, imports, packages
from worker.render.toml import render

DOWN = [*every("shop.web", "shop.core", 8), *every("shop.web", "shop.mail", 8), *every("shop.mail", "shop.core", 8)]
SHOP = imports(packages({"shop.web": 8, "shop.mail": 8, "shop.core": 8}), DOWN)
SLIP = ["shop.core.m1 -> shop.web.m0"]
SLIPPED = imports(SHOP, SLIP)


def commit_on(repo: Repo, day: str, files: Sources, monkeypatch: pytest.MonkeyPatch) -> str:
    for key in ("GIT_AUTHOR_DATE", "GIT_COMMITTER_DATE"):
        monkeypatch.setitem(ENVIRONMENT, key, f"{day}T12:00:00Z")
    return repo.commit(dict(files))


def table(text: str) -> list[dict[str, object]]:
    return list(tomllib.loads(text).get("contracts", []))


def test_the_walls_are_written_to_the_root(repo: Repo, capsys: pytest.CaptureFixture[str]) -> None:
    repo.commit(dict(SLIPPED))
    code, out, _ = run(capsys, "init", "--repo", str(repo.folder / "shop"))
    text = (repo.folder / "partywall.toml").read_text(encoding="utf-8")
    assert code == 0
    assert "partywall.toml: 1 contract (1 layers); 1 import of today against them" in out
    assert table(text) == [
        {"name": "shop: imports run one way", "type": "layers", "layers": ["shop.web", "shop.mail", "shop.core"]}
    ]
    assert "# - 24 imports between these 27 modules run down, 1 against" in text
    assert "#   shop/core/m1.py:1  shop.core.m1 → shop.web.m0" in text


def test_what_is_listed_is_what_check_all_finds(repo: Repo, capsys: pytest.CaptureFixture[str]) -> None:
    repo.commit(dict(SLIPPED))
    run(capsys, "init", "--repo", str(repo.folder))
    code, out, _ = run(capsys, "check", "--all", "--repo", str(repo.folder), "--format", "json")
    found = [f for f in json.loads(out)["findings"] if f["rule"] == "boundaries/contract"]
    assert code == 1
    assert [(f["path"], f["start_line"]) for f in found] == [("shop/core/m1.py", 1)]
    assert json.loads(out)["notes"] == []


def test_a_change_is_held_against_them(repo: Repo, capsys: pytest.CaptureFixture[str]) -> None:
    repo.commit(dict(SLIPPED))
    run(capsys, "init", "--repo", str(repo.folder))
    repo.commit({})
    assert run(capsys, "check", "--repo", str(repo.folder))[0] == 0
    repo.write({"shop/core/m2.py": "import shop.mail.m1\n"})
    code, out, _ = run(capsys, "check", "--repo", str(repo.folder))
    assert code == 1
    assert "`shop.core.m2` now imports `shop.mail.m1`" in out


def test_a_file_is_replaced_only_when_told(repo: Repo, capsys: pytest.CaptureFixture[str]) -> None:
    repo.commit({**SHOP, "partywall.toml": 'exclude = ["shop/mail"]\n[rules]\n"duplication/copy" = "off"\n'})
    code, _, err = run(capsys, "init", "--repo", str(repo.folder))
    assert code == 2
    assert "partywall.toml exists; give --force" in err
    assert run(capsys, "init", "--repo", str(repo.folder), "--force")[0] == 0
    text = (repo.folder / "partywall.toml").read_text(encoding="utf-8")
    assert tomllib.loads(text)["exclude"] == ["shop/mail"]
    assert "shop.mail" not in text


def test_a_pyproject_that_configures_partywall_is_not_overruled_unasked(
    repo: Repo, capsys: pytest.CaptureFixture[str]
) -> None:
    repo.commit({**SHOP, "pyproject.toml": "[tool.partywall]\nblock = []\n"})
    code, _, err = run(capsys, "init", "--repo", str(repo.folder))
    assert code == 2
    assert "would count instead" in err
    assert run(capsys, "init", "--repo", str(repo.folder), "--output", "-")[0] == 0


def test_contracts_that_were_switched_off_stay_so(repo: Repo, capsys: pytest.CaptureFixture[str]) -> None:
    linter = "[importlinter]\nroot_package = shop\n[importlinter:contract:a]\nname = a\ntype = layers\nlayers =\n  web\n  core\n"
    settings = "[tool.partywall]\nadopt = false\nexclude = ['old']\n"
    repo.commit({**SHOP, ".importlinter": linter, "pyproject.toml": settings})
    code, _, _ = run(capsys, "init", "--repo", str(repo.folder), "--force")
    written = tomllib.loads((repo.folder / "partywall.toml").read_text(encoding="utf-8"))
    assert code == 0
    assert (written["adopt"], written["exclude"]) == (False, ["old"])


def test_it_prints_or_writes_elsewhere(repo: Repo, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    repo.commit(dict(SHOP))
    printed = run(capsys, "init", "--repo", str(repo.folder), "--output", "-")[1]
    assert not (repo.folder / "partywall.toml").exists()
    target = tmp_path / "walls.toml"
    assert run(capsys, "init", "--repo", str(repo.folder), "--output", str(target))[0] == 0
    assert target.read_text(encoding="utf-8") == printed
    code, _, err = run(capsys, "init", "--repo", str(repo.folder), "--output", str(tmp_path / "none" / "walls.toml"))
    assert code == 2
    assert "cannot be written" in err


def test_a_repository_without_a_working_tree(repo: Repo, capsys: pytest.CaptureFixture[str]) -> None:
    repo.commit(dict(SHOP))
    bare = str(repo.folder / ".git")
    code, _, err = run(capsys, "init", "--repo", bare)
    assert code == 2
    assert "--output" in err
    code, out, _ = run(capsys, "init", "--repo", bare, "--output", "-")
    assert code == 0
    assert [contract["type"] for contract in table(out)] == ["layers"]


def test_older_trees_are_evidence(
    repo: Repo, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    commit_on(repo, "2024-01-01", SLIPPED, monkeypatch)
    commit_on(repo, "2025-06-01", {"shop/core/m1.py": ""}, monkeypatch)
    commit_on(repo, "2026-01-01", {"shop/new.py": ""}, monkeypatch)
    out = run(capsys, "init", "--repo", str(repo.folder), "--output", "-")[1]
    lines = " ".join(line.strip("# ") for line in out.splitlines())
    assert "History: compared with the trees on 2025-06-01, on 2024-01-01." in lines
    assert "on 2024-01-01: 24 agreed, 1 did not - kept without exception on 2025-06-01" in lines
    assert "of 1 that once disagreed 0 are left" in lines
    older = run(capsys, "init", "--repo", str(repo.folder), "--output", "-", "--rev", "HEAD~2")[1]
    assert "no older tree was compared" in older
    assert "shop/core/m1.py:1" in older


def test_older_trees_are_read_with_the_configuration_of_the_newest(
    repo: Repo, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    commit_on(repo, "2024-01-01", SLIPPED, monkeypatch)
    commit_on(repo, "2026-01-01", {"partywall.toml": 'exclude = ["shop/core/m1.py"]\n'}, monkeypatch)
    out = run(capsys, "init", "--repo", str(repo.folder), "--output", "-")[1]
    assert "# - kept without exception on 2024-01-01" in out


def test_what_a_shallow_clone_does_not_show_is_said(
    repo: Repo, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    commit_on(repo, "2024-01-01", SHOP, monkeypatch)
    commit_on(repo, "2026-01-01", {"shop/new.py": ""}, monkeypatch)
    repo.git("clone", "--quiet", "--depth", "1", f"file://{repo.folder}", str(tmp_path / "clone"))
    out = run(capsys, "init", "--repo", str(tmp_path / "clone"), "--output", "-")[1]
    assert "cut after 1 commit here (shallow clone)" in out
    assert [contract["type"] for contract in table(out)] == ["layers"]


def test_a_partial_clone_is_not_completed(
    repo: Repo, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    commit_on(repo, "2024-01-01", {**SHOP, "shop/core/m0.py": "x = 1\n"}, monkeypatch)
    commit_on(repo, "2026-01-01", {"shop/core/m0.py": ""}, monkeypatch)
    repo.git("config", "uploadpack.allowfilter", "true")
    repo.git("clone", "--quiet", "--filter=blob:none", f"file://{repo.folder}", str(tmp_path / "clone"))
    out = run(capsys, "init", "--repo", str(tmp_path / "clone"), "--output", "-")[1]
    assert "the tree of 2024-01-01 (1 of its 28 Python files are not in this clone)" in " ".join(out.split("\n# "))
    assert [contract["type"] for contract in table(out)] == ["layers"]


def test_before_the_first_commit(repo: Repo, capsys: pytest.CaptureFixture[str]) -> None:
    repo.write(dict(SHOP))
    out = run(capsys, "init", "--repo", str(repo.folder), "--output", "-")[1]
    assert "History: there is none yet." in out
    assert [contract["type"] for contract in table(out)] == ["layers"]


def test_contracts_of_other_tools_are_named_and_not_repeated(repo: Repo, capsys: pytest.CaptureFixture[str]) -> None:
    linter = "[importlinter]\nroot_package=shop\n[importlinter:contract:a]\nname=a\ntype=layers\nlayers=shop.web\n"
    repo.commit({**SHOP, ".importlinter": linter})
    out = run(capsys, "init", "--repo", str(repo.folder), "--output", "-")[1]
    assert ".importlinter declares contracts already (layers)" in out
    assert table(out) == []


@pytest.mark.parametrize("preset", sorted(PRESETS))
def test_a_preset_is_a_file_that_loads(repo: Repo, preset: str, capsys: pytest.CaptureFixture[str]) -> None:
    repo.commit(dict(SHOP))
    assert run(capsys, "init", "--repo", str(repo.folder), "--preset", preset)[0] == 0
    text = (repo.folder / "partywall.toml").read_text(encoding="utf-8")
    assert "# Not in force: " in text
    assert run(capsys, "check", "--repo", str(repo.folder), "--all")[0] in (0, 1)


PARTS = ("app.api", "app.models", "app.extract", "app.load", "app.core", "tools.db", "app")
MODULES = st.builds("{}.m{}".format, st.sampled_from(PARTS), st.integers(0, 3))
DOWNWARD = st.builds(
    lambda one, other, i, j: f"{PARTS[min(one, other)]}.m{i} -> {PARTS[max(one, other)]}.m{j}",
    *(st.integers(0, len(PARTS) - 2), st.integers(0, len(PARTS) - 2), st.integers(0, 3), st.integers(0, 3)),
)
WALLS = (("api", "models"), ("api", "extract"), ("extract", "load"), ("models", "load"))
LINE = st.one_of(
    DOWNWARD,
    DOWNWARD,
    DOWNWARD,
    st.builds("{} -> {}".format, MODULES, MODULES),
    st.builds("{} -> {}".format, MODULES, st.sampled_from(["app.core:x", "fastapi", "django.db", "requests", "torch"])),
)
LINES = st.lists(LINE, max_size=120)
EMPTY = packages(dict.fromkeys(PARTS, 4))
WALLED = imports(
    {**EMPTY, **packages({f"app.plugins.p{i}": 3 for i in range(6)}), "app/core/__init__.py": "x = 1\n"},
    [
        *(
            f"app.{upper}.m{i} -> app.{lower}.m{(i + j) % 4}"
            for upper, lower in WALLS
            for i in range(4)
            for j in range(3)
        ),
        *(f"app.{part}.m{i} -> app.core:x" for part in ("api", "extract", "load") for i in range(4)),
        *(f"app.api.m{i} -> fastapi" for i in range(4)),
    ],
)
"""A tree in which there is something to propose of most kinds."""

TREES = st.one_of(
    LINES.map(lambda lines: imports(EMPTY, lines)),
    st.lists(LINE, max_size=8).map(lambda lines: imports(WALLED, lines)),
)


def test_a_tree_with_walls_gets_contracts_of_most_kinds() -> None:
    kinds = {str(one.contract.__struct_config__.tag) for one in infer(whole_of(WALLED), ()).proposals}
    assert kinds == {"layers", "independent", "forbidden", "public"}


@settings(deadline=None, max_examples=60)
@given(TREES, TREES, st.sampled_from(["", "", "", *PRESETS]))
def test_what_is_written_loads_and_lists_what_breaks_it(tree: Sources, older: Sources, preset: str) -> None:
    whole = whole_of(tree)
    past = [Past("a year ago", whole_of(older).head.graph)]
    drafts = [by_preset(preset, whole_of(tree)) if preset else infer(whole_of(tree), past) for _ in range(2)]
    texts = [render(draft, ["A head."], {"exclude": ["a b"]}) for draft in drafts]
    config = configuration.parse(texts[0].encode(), "partywall.toml")
    assert texts[0] == texts[1]
    assert config is not None
    assert config.contracts == tuple(one.contract for one in drafts[0].proposals)
    enforce(config.contracts, whole, "partywall.toml")
    found = [f for f in review(whole, config, RULES, "partywall.toml") if f.rule == "boundaries/contract"]
    listed = {(b.place.path, b.place.start_line) for one in drafts[0].proposals for b in one.breaches}
    assert {(f.path, f.start_line) for f in found} == listed


@pytest.mark.parametrize(
    "path", ['app/we"ird.py', "app/a\tb.py", "app/ü.py", "app/class.py", "app/a-b.py", "app/x*y.py"]
)
def test_odd_file_names_do_no_harm(path: str) -> None:
    lines = [f"app.api.m{i} -> app.core.m{j}" for i in range(6) for j in range(6)]
    tree = imports(packages({"app.api": 6, "app.core": 6}), lines)
    tree = {
        **tree,
        path: "import app.api.m0\nimport app.core.m0\nimport app.core.m1\n" * 3,
        "app/core/m0.py": f"import {path[4:-3]}",
    }
    draft = infer(whole_of(tree), ())
    assert draft.proposals
    config = configuration.parse(render(draft, [path], {}).encode(), "partywall.toml")
    assert config is not None
    enforce(config.contracts, whole_of(tree), "partywall.toml")
