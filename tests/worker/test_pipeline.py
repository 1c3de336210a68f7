from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from rules.model import Report
from rules.registry import RULES
from tests.support.copies import COPY, HELPER
from tests.support.repositories import ENVIRONMENT, Repo
from worker.cache import FactsCache, default_folder
from worker.errors import ReviewError
from worker.git import Repository
from worker.pipeline import Settings, load_graph, review_commits, review_range


def review(repo: Repo, base: str | None = None, head: str | None = None, config: Path | None = None) -> Report:
    settings = Settings(RULES, FactsCache(default_folder()), config)
    return review_range(Repository.discover(repo.folder), base, head, settings)[0]


def found(report: Report) -> list[tuple[str, str, int]]:
    return [(finding.rule, finding.path, finding.start_line) for finding in report.findings]


COPIED = [("duplication/copy", "b.py", 1)]


def test_a_branch_is_reviewed_against_where_it_left_the_default_branch(repo: Repo) -> None:
    start = repo.commit({"a.py": HELPER})
    repo.git("checkout", "--quiet", "-b", "topic")
    head = repo.commit({"b.py": COPY})
    repo.git("checkout", "--quiet", "main")
    repo.commit({"c.py": COPY})
    report = review(repo, head="topic")
    assert (report.base, report.head) == (start, head)
    assert found(report) == COPIED
    assert found(review(repo, "main", "topic")) == COPIED


def test_two_commits_are_compared_as_they_stand(repo: Repo) -> None:
    start = repo.commit({"a.py": HELPER})
    repo.git("checkout", "--quiet", "-b", "topic")
    head = repo.commit({"b.py": COPY})
    repo.git("checkout", "--quiet", "main")
    other = repo.commit({"b.py": "x = 1\n", "c.py": "y = 1\n"})
    repository, settings = Repository.discover(repo.folder), Settings(RULES, FactsCache(None))
    for base, changed in ((start, 1), (other, 2)):
        report = review_commits(repository, base, head, settings)[0]
        assert (report.base, report.head, report.notes, report.stats.changed_files) == (base, head, (), changed)
        assert found(report) == COPIED
    with pytest.raises(ReviewError, match=r"names no commit in"):
        review_commits(repository, "1" * 40, head, settings)


def test_what_a_revert_brings_back_is_information_whoever_knows_the_messages(repo: Repo) -> None:
    base = repo.commit({"a.py": HELPER})
    repo.git("checkout", "--quiet", "-b", "topic")
    head = repo.commit({"b.py": COPY}, 'Revert "One reader"\n\nThis reverts commit 1f2e.')
    assert [finding.level for finding in review(repo, head="topic").findings] == ["info"]
    repository, settings = Repository.discover(repo.folder), Settings(RULES, FactsCache(None))
    for messages, level in ((['Revert "One reader"'], "info"), (["A reader"], "warning"), ([], "warning")):
        report = review_commits(repository, base, head, settings, messages)[0]
        assert [finding.level for finding in report.findings] == [level]
    repo.write({"c.py": "x = 1\n"})
    assert [finding.level for finding in review(repo).findings] == ["warning"]
    repo.commit({}, "and more")
    assert [finding.level for finding in review(repo, head="topic").findings] == ["warning"]


def test_uncommitted_and_untracked_work_is_reviewed(repo: Repo) -> None:
    repo.commit({"a.py": HELPER})
    repo.write({"b.py": COPY})
    assert found(review(repo)) == COPIED
    repo.git("add", "b.py")
    assert found(review(repo)) == COPIED
    repo.git("checkout", "--quiet", "-b", "topic")
    repo.commit({})
    repo.write({"c.py": "x = 1\n"})
    assert found(review(repo)) == COPIED


def test_a_clean_default_branch_means_its_last_commit(repo: Repo) -> None:
    repo.commit({"a.py": HELPER})
    repo.commit({"b.py": COPY})
    report = review(repo)
    assert found(report) == COPIED
    assert "is part of the default branch: it is compared with its first parent" in report.notes[0]


def test_a_root_commit_is_all_new(repo: Repo) -> None:
    repo.commit({"a.py": HELPER, "b.py": COPY})
    report = review(repo)
    assert found(report) == COPIED
    assert "everything in it is new" in report.notes[0]


def test_before_the_first_commit_the_working_tree_is_all_new(repo: Repo) -> None:
    repo.write({"a.py": HELPER, "b.py": COPY})
    report = review(repo)
    assert found(report) == COPIED
    assert report.notes == ("there is no commit yet: the whole working tree is new",)


def test_a_merge_commit_is_reviewed_against_its_first_parent(repo: Repo) -> None:
    repo.commit({"a.py": HELPER})
    repo.git("checkout", "--quiet", "-b", "topic")
    repo.commit({"b.py": COPY})
    repo.git("checkout", "--quiet", "main")
    repo.commit({"c.py": "x = 1\n"})
    repo.git("merge", "--quiet", "--no-ff", "-m", "merge", "topic")
    assert found(review(repo, head="HEAD")) == COPIED


def test_without_a_common_ancestor(repo: Repo) -> None:
    repo.commit({"a.py": HELPER})
    repo.git("checkout", "--quiet", "--orphan", "other")
    repo.commit({"a.py": HELPER, "b.py": COPY})
    with pytest.raises(
        ReviewError,
        match=r"have no common ancestor; the two share no history: name the commit to compare with with --base\.",
    ):
        review(repo, head="other")
    report = review(repo, "main", "other")
    assert found(report) == COPIED
    assert "compared as they stand" in report.notes[0]


def test_a_shallow_clone_says_that_history_is_cut(repo: Repo, tmp_path: Path) -> None:
    repo.commit({"a.py": HELPER})
    repo.git("checkout", "--quiet", "-b", "topic")
    repo.commit({"b.py": COPY})
    target = tmp_path / "shallow"
    command = [
        "git",
        "clone",
        "--quiet",
        "--bare",
        "--depth=1",
        "--no-single-branch",
        f"file://{repo.folder}",
        str(target),
    ]
    subprocess.run(command, check=True, env=ENVIRONMENT)
    shallow = Repository.discover(target)
    with pytest.raises(ReviewError, match=r"history is cut here \(shallow clone\): fetch more of it"):
        review_range(shallow, None, "topic", Settings(RULES, FactsCache(None)))


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"README": "text\n"}, "there is no Python file in"),
        ({"tests/test_a.py": "x = 1\n"}, "none of the 1 Python files in .* is reviewed: all are excluded as tests"),
    ],
)
def test_nothing_to_review_is_never_a_pass(repo: Repo, files: dict[str, str], message: str) -> None:
    repo.commit({**files})
    with pytest.raises(ReviewError, match=message):
        review(repo)
    with pytest.raises(ReviewError, match=r"there is no Python module in .*; nothing to draw\."):
        load_graph(Repository.discover(repo.folder), None, Settings(RULES, FactsCache(None)), reviewed_only=True)


def test_what_cannot_be_read_is_named_and_the_rest_is_reviewed(repo: Repo) -> None:
    repo.commit({"a.py": HELPER})
    repo.commit(
        {
            "b.py": COPY,
            "broken.py": "def f(:\n",
            "latin.py": b"x = '\xe9'\n",
            "null.py": b"x = 1\0\n",
            "big.py": b"x" * 2_000_001,
            "nested.py": b"x = " + b"(" * 1300 + b")" * 1300,
            "chain.py": b"x = " + b"1 + " * 5000 + b"1\n",
        }
    )
    (repo.folder / "link.py").symlink_to("/etc/passwd")
    repo.commit({})
    report = review(repo, "HEAD~2", "HEAD")
    assert found(report) == COPIED
    assert [(skipped.path, skipped.reason) for skipped in report.skipped] == [
        ("big.py", "larger than 2 MB"),
        ("broken.py", "syntax error at line 1"),
        ("latin.py", "not UTF-8"),
        ("link.py", "a symbolic link, not followed"),
        ("null.py", "contains null bytes"),
    ]


def test_a_copy_in_a_file_that_would_crash_the_parser_is_found_all_the_same(repo: Repo) -> None:
    deep = "\ndeep = " + "(" * 1300 + "1" + ")" * 1300 + "\n"
    block = HELPER.replace(
        "def format_number(number, country):",
        "def other(number, country, more):\n    prepare(more, 1)\n    prepare(more, 2)",
    )
    repo.commit({"a.py": block + deep})
    repo.commit({"b.py": COPY + deep})
    assert found(review(repo)) == COPIED


def test_a_missing_blob_is_named(repo: Repo) -> None:
    repo.commit({"a.py": HELPER, "c.py": "c = 1\n"})
    repo.commit({"b.py": COPY, "c.py": "c = 2\n"})
    blob = repo.git("rev-parse", "HEAD:c.py")
    (repo.folder / ".git" / "objects" / blob[:2] / blob[2:]).unlink()
    report = review(repo, head="HEAD")
    assert found(report) == COPIED
    assert [(s.path, s.reason) for s in report.skipped] == [("c.py", "the blob is not in this repository")]


def test_two_files_of_one_module_name_are_named(repo: Repo) -> None:
    repo.commit({"pkg/__init__.py": "", "pkg/a.py": "x = 1\n", "pkg/a/__init__.py": ""})
    assert [(s.path, s.reason) for s in review(repo).skipped] == [
        ("pkg/a.py", "pkg/a/__init__.py has the same module name")
    ]


def test_moves_are_silent(repo: Repo) -> None:
    repo.commit({"a.py": HELPER, "c.py": "from a import format_number\n"})
    repo.commit(
        {"a.py": None, "lib/__init__.py": "", "lib/phone.py": HELPER, "c.py": "from lib.phone import format_number\n"}
    )
    assert found(review(repo)) == []


def test_configuration_comes_from_the_base_and_an_edit_of_it_is_told(repo: Repo) -> None:
    repo.commit({"a.py": HELPER, "partywall.toml": "block = ['warning']\n"})
    repo.git("checkout", "--quiet", "-b", "topic")
    repo.commit({"b.py": COPY, "partywall.toml": "[rules]\n'duplication/copy' = 'off'\n"})
    report = review(repo, "main", "topic")
    assert found(report) == COPIED
    assert report.notes == ("the change edits the configuration (partywall.toml); this review used the base's",)
    repo.git("checkout", "--quiet", "main")
    repo.write({"b.py": COPY, "partywall.toml": "[rules]\n'duplication/copy' = 'off'\n"})
    assert found(review(repo)) == []


def test_a_configuration_file_may_be_given(repo: Repo, tmp_path: Path) -> None:
    repo.commit({"a.py": HELPER})
    repo.commit({"b.py": COPY})
    given = tmp_path / "own.toml"
    given.write_text("[rules]\n'duplication/copy' = 'error'\n")
    assert [finding.level for finding in review(repo, config=given).findings] == ["error"]
    with pytest.raises(ReviewError, match=r"absent\.toml cannot be read: No such file"):
        review(repo, config=tmp_path / "absent.toml")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("blok = []\n", r"^partywall\.toml: unknown key `blok`; did you mean `block`\?$"),
        ("[rules]\n'duplication/copi' = 'off'\n", "names no rule; did you mean"),
        ("[rules]\n'duplication/copy' = { repor = 2 }\n", "has no option `repor`; did you mean `report`"),
        (
            "[[contracts]]\nname = 'x'\ntype = 'layers'\nlayers = ['pkg.web', 'pkg.cor']\n",
            r"contract 'x' names 'pkg\.cor', which is no module here; did you mean 'pkg\.core'\?",
        ),
    ],
)
def test_configuration_mistakes_stop_the_review(repo: Repo, text: str, message: str) -> None:
    repo.commit({"pkg/__init__.py": "", "pkg/web.py": "", "pkg/core.py": "", "partywall.toml": text})
    with pytest.raises(ReviewError, match=message):
        review(repo)


LAYERS = "[[contracts]]\nname = 'c'\ntype = 'layers'\nlayers = ['pkg.web', 'pkg.core']\n"


@pytest.mark.parametrize("broken", ["blok = []\n", LAYERS.replace("core", "cor")])
def test_a_change_that_mends_the_configuration_is_reviewed_with_its_own(repo: Repo, broken: str) -> None:
    repo.commit({"pkg/__init__.py": "", "pkg/web.py": "", "pkg/core.py": "", "partywall.toml": broken})
    repo.commit({"pkg/core.py": "from pkg import web\n", "partywall.toml": LAYERS})
    report = review(repo, head="HEAD")
    assert found(report) == [("boundaries/contract", "pkg/core.py", 1)]
    assert any("the base's configuration cannot be used (partywall.toml: " in note for note in report.notes)


def test_a_change_that_does_not_mend_the_configuration_is_told_what_is_wrong(repo: Repo) -> None:
    repo.commit({"a.py": HELPER, "partywall.toml": "blok = []\n"})
    repo.commit({"b.py": COPY})
    with pytest.raises(ReviewError, match="unknown key `blok`"):
        review(repo, head="HEAD")
    repo.commit({"partywall.toml": "excluded = []\n"})
    with pytest.raises(ReviewError, match="unknown key `excluded`"):
        review(repo, head="HEAD")


@pytest.mark.parametrize(
    ("later", "level"),
    [(LAYERS, "error"), (LAYERS.replace("'pkg.web', 'pkg.core'", "'pkg.core', 'pkg.web'"), "error"), ("", "error")],
    ids=["kept", "turned", "taken away"],
)
def test_our_own_contracts_cannot_be_relaxed_unseen(repo: Repo, later: str, level: str) -> None:
    files = {"pkg/__init__.py": "", "pkg/web.py": "", "pkg/core.py": "", "pkg/base.py": ""}
    repo.commit({**files, "partywall.toml": LAYERS})
    repo.commit({"pkg/core.py": "from pkg import web\n", "partywall.toml": later})
    (finding,) = [finding for finding in review(repo, head="HEAD").findings if finding.rule == "boundaries/contract"]
    assert finding.level == level
    assert finding.message.startswith("until now partywall.toml forbids") == (later != LAYERS)


@pytest.mark.parametrize(
    ("change", "later", "told"),
    [
        ({"pkg/core.py": None}, LAYERS, ["pkg.core"]),
        ({"pkg/core.py": None, "pkg/base.py": "CORE = 1\n"}, LAYERS, ["pkg.core"]),
        ({"pkg/core.py": None}, LAYERS.replace(", 'pkg.core'", ""), []),
        ({"pkg/core.py": None, "pkg/core/__init__.py": "CORE = 1\n"}, LAYERS, []),
        ({"pkg/other.py": None}, LAYERS, []),
    ],
)
def test_a_contract_that_names_what_the_change_takes_away_is_told(
    repo: Repo, change: dict[str, str | None], later: str, told: list[str]
) -> None:
    files = {"pkg/__init__.py": "", "pkg/web.py": "", "pkg/core.py": "CORE = 1\n", "pkg/other.py": ""}
    repo.commit({**files, "partywall.toml": LAYERS})
    repo.commit({**change, "partywall.toml": later})
    notes = [note for note in review(repo, head="HEAD").notes if "no module any more" in note]
    assert [name for name in ("pkg.core", "pkg.web") if any(f"'{name}'" in note for note in notes)] == told
    assert len(notes) == len(told)


def test_a_change_that_breaks_the_configuration_is_told(repo: Repo) -> None:
    repo.commit({"a.py": HELPER})
    repo.commit({"b.py": COPY, "partywall.toml": "blok = []\n"})
    report = review(repo, head="HEAD")
    assert found(report) == COPIED
    assert report.notes[1].startswith(
        "the change leaves a configuration that cannot be used: partywall.toml: unknown key `blok`"
    )


def test_the_same_commits_give_the_same_findings_with_or_without_a_cache(repo: Repo) -> None:
    repo.commit({"a.py": HELPER, "c.py": "import a\n"})
    repo.commit({"b.py": COPY, "a.py": "import c\n" + HELPER})
    first, second = review(repo), review(repo)
    bare = review_range(Repository.discover(repo.folder), None, None, Settings(RULES, FactsCache(None)))[0]
    assert len(first.findings) == 2
    assert first.findings == second.findings == bare.findings
    assert first.stats.cached == 0
    assert second.stats.cached == second.stats.files == 3


def test_ids_survive_moved_lines_and_renamed_files(repo: Repo) -> None:
    repo.commit({"a.py": HELPER})
    repo.git("checkout", "--quiet", "-b", "one")
    repo.commit({"b.py": COPY})
    repo.git("checkout", "--quiet", "-b", "two", "main")
    repo.commit({"other.py": "import os\n\n\n" + COPY})
    one, two = review(repo, "main", "one"), review(repo, "main", "two")
    assert one.findings[0].path != two.findings[0].path
    assert one.findings[0].id == two.findings[0].id


def test_a_cold_run_in_several_processes_can_be_interrupted_and_the_cache_stays_usable(
    repo: Repo, own_cache: Path
) -> None:
    body = "".join(f"def f{i}(a):\n    return load(a, {i})\n" for i in range(300))
    repo.commit({f"m{i}.py": f"y = {i}\n" + body for i in range(400)})
    command = [sys.executable, "-m", "worker.cli", "check", "--repo", str(repo.folder)]
    running = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True, cwd=Path(__file__).parents[2]
    )
    cache = own_cache / "facts.db"
    while not cache.exists() and running.poll() is None:
        pass
    os.killpg(running.pid, 2)
    _, errors = running.communicate(timeout=30)
    assert running.returncode == 130
    assert errors.decode() == "partywall: interrupted; what was read so far is kept for the next run.\n"
    assert review(repo).stats.files == 400


def test_facts_of_many_files_are_the_same_from_several_processes(repo: Repo) -> None:
    repo.commit({f"m{i}.py": f"import m{i + 1}\n" for i in range(200)})
    graph = load_graph(Repository.discover(repo.folder), None, Settings(RULES, FactsCache(None)))
    assert [(edge.importer, edge.imported) for edge in graph.edges()] == sorted(
        (f"m{i}", f"m{i + 1}") for i in range(199)
    )
