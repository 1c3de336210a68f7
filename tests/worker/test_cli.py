from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.metadata import EntryPoint
from pathlib import Path

import jsonschema
import pytest

from rules.registry import RULES
from tests.support.commands import run
from tests.support.copies import COPY, HELPER
from tests.support.npm import npm_package
from tests.support.repositories import Repo
from worker.cli import build_parser, main
from worker.commands import FORMATS
from worker.errors import ReviewError
from worker.git import Repository

ROOT = Path(__file__).parents[2]


@pytest.fixture
def change(repo: Repo) -> Repo:
    """A copy (warning), a cycle (error), a broken file."""
    repo.commit({"pkg/__init__.py": "", "pkg/a.py": HELPER, "pkg/c.py": "from pkg import a\n"})
    repo.commit({"pkg/b.py": COPY, "pkg/a.py": "from pkg import c\n" + HELPER, "pkg/broken.py": "def f(:\n"})
    return repo


@pytest.mark.parametrize("head", [(), ("--head", "HEAD")])
def test_a_check_from_a_folder_inside_sees_the_whole_repository(
    change: Repo, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, head: tuple[str, ...]
) -> None:
    change.commit({"elsewhere/notes.txt": "", "pkg/d.py": COPY})
    change.write({"pkg/e.py": COPY})
    monkeypatch.chdir(change.folder / "elsewhere")
    inside = run(capsys, "check", "--format", "markdown", *head)[1]
    monkeypatch.chdir(change.folder)
    at_the_top = run(capsys, "check", "--format", "markdown", *head)[1]
    assert "duplication/copy" in inside
    assert inside.rpartition("·")[0] == at_the_top.rpartition("·")[0]


def test_json_is_as_documented(change: Repo, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "check", "--repo", str(change.folder), "--format", "json")
    report = json.loads(out)
    assert code == 1
    assert set(report) == {"version", "base", "head", "findings", "skipped", "notes", "links", "stats"}
    assert report["version"] == 1
    assert (report["base"], report["head"]) == (change.git("rev-parse", "HEAD~1"), change.git("rev-parse", "HEAD"))
    assert set(report["stats"]) == {"files", "modules", "edges", "changed_files", "cached", "seconds"}
    assert report["skipped"] == [{"path": "pkg/broken.py", "reason": "syntax error at line 1"}]
    cycle, copy = report["findings"]
    assert set(cycle) == set(copy) == {
        "id", "rule", "level", "path", "start_line", "end_line", "symbol", "message", "advice", "confidence", "related", "edges", "suggestion",
    }  # fmt: skip
    assert (cycle["rule"], cycle["level"], cycle["path"], cycle["start_line"]) == (
        "coupling/cycle",
        "error",
        "pkg/a.py",
        1,
    )
    assert cycle["edges"] == [
        {"importer": "pkg.a", "imported": "pkg.c", "path": "pkg/a.py", "line": 1, "scope": "import"},
        {"importer": "pkg.c", "imported": "pkg.a", "path": "pkg/c.py", "line": 1, "scope": "import"},
    ]
    assert (copy["rule"], copy["level"], copy["symbol"]) == ("duplication/copy", "warning", "recipient")
    assert copy["related"] == [{"path": "pkg/a.py", "start_line": 2, "end_line": 11, "symbol": "format_number"}]
    assert 0.5 < copy["confidence"] <= 1


def test_text_names_both_places_and_what_was_skipped(change: Repo, capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = run(capsys, "check", "--repo", str(change.folder))
    assert "error  coupling/cycle  pkg/a.py:1" in out
    assert "pkg/c.py:1  pkg.c → pkg.a" in out
    assert "`recipient` repeats `format_number` (pkg/a.py:2-11)" in out
    assert "skipped, wholly or in part: 1 file\n  pkg/broken.py: syntax error at line 1" in out
    assert "1 error, 1 warning · " in out
    assert "\x1b" not in out


def test_a_terminal_gets_colours_and_control_characters_of_the_repository_are_shown_not_obeyed(repo: Repo) -> None:
    evil = "\x1b]0;owned\x07"
    repo.commit({"a.py": HELPER.replace('"+"', f'"{evil}"'), "b.py": ""})
    repo.commit({"b.py": HELPER.replace('"+"', f'"{evil}"')})
    code = "import pty, sys; sys.exit(pty.spawn([sys.executable, '-m', 'worker.cli', 'check', '--repo', sys.argv[1]]) >> 8)"
    done = subprocess.run(
        [sys.executable, "-c", code, str(repo.folder)],
        capture_output=True,
        cwd=ROOT,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    assert b"\x1b[" in done.stdout
    assert evil.encode() not in done.stdout
    assert b"\\x1b]0;owned\\x07" in done.stdout


def test_sarif_follows_its_schema(
    change: Repo, capsys: pytest.CaptureFixture[str], pytestconfig: pytest.Config
) -> None:
    cache = pytestconfig.cache.mkdir("npm")
    package = npm_package("@microsoft/jest-sarif", "1.0.0-beta.0", cache)
    schema = json.loads((package / "lib" / "schemas" / "sarif-2.1.0-rtm.5.json").read_bytes())
    _, out, _ = run(capsys, "check", "--repo", str(change.folder), "--format", "sarif")
    log = json.loads(out)
    jsonschema.validate(log, schema)
    (ran,) = log["runs"]
    assert [(r["ruleId"], r["level"]) for r in ran["results"]] == [
        ("coupling/cycle", "error"),
        ("duplication/copy", "warning"),
    ]
    assert {r["id"] for r in ran["tool"]["driver"]["rules"]} >= {rule.name for rule in RULES}
    assert ran["results"][1]["locations"][0]["physicalLocation"]["region"] == {"startLine": 1, "endLine": 10}
    assert (
        ran["invocations"][0]["toolExecutionNotifications"][0]["message"]["text"] == "skipped: syntax error at line 1"
    )
    json_out = json.loads(run(capsys, "check", "--repo", str(change.folder), "--format", "json")[1])
    assert [r["partialFingerprints"]["partywall/v1"] for r in ran["results"]] == [f["id"] for f in json_out["findings"]]


def test_github_commands_are_escaped(repo: Repo, capsys: pytest.CaptureFixture[str]) -> None:
    repo.commit({"a,b:c%.py": HELPER})
    repo.commit({"n\nl.py": COPY})
    _, out, _ = run(capsys, "check", "--repo", str(repo.folder), "--format", "github")
    (line,) = out.splitlines()
    assert line.startswith(
        "::warning file=n%0Al.py,line=1,endLine=10,title=duplication/copy::`recipient` repeats `format_number` (a,b:c%25.py:1-10)"
    )


def test_markdown_cannot_be_broken_out_of(repo: Repo, capsys: pytest.CaptureFixture[str]) -> None:
    body = HELPER.replace('"+"', '"```<script>@everyone"')
    repo.commit({"a`b.py": body})
    repo.commit({"b.py": body.replace("format_number", "recipient")})
    _, out, _ = run(capsys, "check", "--repo", str(repo.folder), "--format", "markdown")
    assert "````python\n" in out
    outside = "".join(out.split("````")[::2])
    assert "<script>" not in outside
    assert "`` a`b.py:1 ``" in outside


@pytest.mark.parametrize("form", FORMATS)
def test_every_format_of_a_clean_change(repo: Repo, capsys: pytest.CaptureFixture[str], form: str) -> None:
    repo.commit({"a.py": "x = 1\n"})
    repo.commit({"a.py": "x = 2\n"})
    code, out, _ = run(capsys, "check", "--repo", str(repo.folder), "--format", form)
    assert code == 0
    if form == "text":
        assert "nothing to say" in out


def test_levels_that_block_are_configured(change: Repo, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    config = tmp_path / "own.toml"
    config.write_text("block = []\n")
    assert run(capsys, "check", "--repo", str(change.folder), "--config", str(config))[0] == 0


STRICT = """
[policy]
machine = { block = ["error", "warning"] }

[policy.machines]
"Our agent" = ["agent@example.org"]
"""
MARK = "Co-Authored-By: Claude <noreply@anthropic.com>"


@pytest.mark.parametrize(
    ("config", "messages", "code", "note"),
    [
        ("", ("copy\n\n" + MARK,), 0, ""),
        (STRICT, ("copy\n\n" + MARK,), 1, "1 of 1 commits were written by a machine (Claude Code): "),
        (STRICT, ("one\n\n" + MARK, "two"), 1, "1 of 2 commits were written by a machine (Claude Code): "),
        (
            STRICT,
            ("x\n\nCo-authored-by: A <agent@example.org>",),
            1,
            "1 of 1 commits were written by a machine (Our agent)",
        ),
        (STRICT, ("copy",), 0, "no commit of the change says that a machine wrote it: findings of level error block"),
        (STRICT, ("talk of\n\n" + MARK + "\n\nin the middle",), 0, "no commit of the change says"),
    ],
)
def test_a_policy_asks_more_of_machines(
    repo: Repo, capsys: pytest.CaptureFixture[str], config: str, messages: tuple[str, ...], code: int, note: str
) -> None:
    repo.commit({"a.py": HELPER, "partywall.toml": config})
    repo.git("checkout", "--quiet", "-b", "topic")
    for number, message in enumerate(messages):
        repo.commit({"b.py": f"{COPY}\nx = {number}\n"}, message)
    for arguments in ((), ("--head", "topic"), ("--base", "main", "--head", "topic")):
        got, out, _ = run(capsys, "check", "--repo", str(repo.folder), "--format", "json", *arguments)
        report = json.loads(out)
        assert [finding["level"] for finding in report["findings"]] == ["warning"]
        assert got == code
        assert any(line.startswith(note) for line in report["notes"]) if note else report["notes"] == []


def test_a_change_cannot_loosen_the_policy_that_it_is_judged_by(repo: Repo, capsys: pytest.CaptureFixture[str]) -> None:
    repo.commit({"a.py": HELPER, "partywall.toml": STRICT})
    repo.git("checkout", "--quiet", "-b", "topic")
    repo.commit({"b.py": COPY, "partywall.toml": "block = []\n"}, "copy\n\n" + MARK)
    code, out, _ = run(capsys, "check", "--repo", str(repo.folder))
    assert code == 1
    assert "the change edits the configuration (partywall.toml); this review used the base's" in out


def test_what_is_not_committed_counts_as_written_by_a_person(repo: Repo, capsys: pytest.CaptureFixture[str]) -> None:
    repo.write({"a.py": HELPER, "b.py": COPY, "partywall.toml": STRICT})
    assert run(capsys, "check", "--repo", str(repo.folder))[0] == 0
    repo.commit({"b.py": None}, "start\n\n" + MARK)
    repo.write({"b.py": COPY})
    code, out, _ = run(capsys, "check", "--repo", str(repo.folder))
    assert code == 0
    assert "no commit of the change says that a machine wrote it" in out
    repo.git("checkout", "--quiet", "-b", "topic")
    repo.commit({"b.py": None, "c.py": "x = 1\n"}, "more\n\n" + MARK)
    repo.write({"b.py": COPY})
    assert run(capsys, "check", "--repo", str(repo.folder))[0] == 1


def test_the_first_commit_of_all_has_an_author_too(repo: Repo, capsys: pytest.CaptureFixture[str]) -> None:
    repo.commit({"a.py": HELPER, "b.py": COPY, "partywall.toml": STRICT}, "all\n\n" + MARK)
    assert run(capsys, "check", "--repo", str(repo.folder))[0] == 1


@pytest.mark.parametrize(
    ("new", "config", "calls"),
    [
        ("b = 1\n", "", 0),
        ("b = 1\n", STRICT, 1),
        (COPY, "[rules]\n'duplication/copy' = false\n", 0),
        (COPY, "", 1),
        (COPY, "[policy]\nmachine = { block = ['error'] }\n", 1),
        (COPY, STRICT, 2),
    ],
    ids=["nothing", "nothing, strict", "switched off", "a revert?", "a revert? (policy)", "a revert? whose?"],
)
def test_history_is_read_only_where_it_may_matter(
    repo: Repo, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, new: str, config: str, calls: int
) -> None:
    repo.commit({"a.py": HELPER, "partywall.toml": config})
    repo.commit({"b.py": new})
    asked: list[str] = []
    real = Repository.run

    def counted(self: Repository, *arguments: str, stdin: bytes = b"", check: bool = True) -> bytes:
        asked.append(arguments[0])
        return real(self, *arguments, stdin=stdin, check=check)

    monkeypatch.setattr(Repository, "run", counted)
    run(capsys, "check", "--repo", str(repo.folder))
    assert asked.count("log") == calls


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["check", "--base", "nope"], "'nope' names no commit"),
        (["check", "--repo", "/nowhere"], "/nowhere is not a folder"),
        (["check", "--config", "absent.toml"], "absent.toml cannot be read"),
        (["explain", "coupling/cycl"], "did you mean 'coupling/cycle'?"),
        (["explain", "zzz"], "there is no rule 'zzz'; `partywall explain` lists them."),
    ],
)
def test_what_cannot_be_done_is_one_sentence_and_exit_2(
    repo: Repo, capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    repo.commit({"a.py": "x = 1\n"})
    given = (
        arguments if "--repo" in arguments or arguments[0] == "explain" else [*arguments, "--repo", str(repo.folder)]
    )
    code, out, err = run(capsys, *given)
    assert (code, out) == (2, "")
    assert err.startswith("partywall: ")
    assert message in err
    assert err.count("\n") == 1


def test_usage_errors_exit_2(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["check", "--format", "xml"])
    assert caught.value.code == 2
    assert "invalid choice" in capsys.readouterr().err


def test_explain_lists_and_documents_every_rule(capsys: pytest.CaptureFixture[str]) -> None:
    _, listed, _ = run(capsys, "explain")
    for rule in RULES:
        assert f"{rule.name} " in listed
        _, text, _ = run(capsys, "explain", rule.name)
        assert text.startswith(f"# {rule.name}\n")
        assert "## What it does" in text


def test_graph_prints_modules_and_edges(change: Repo, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "graph", "--repo", str(change.folder), "--rev", "HEAD~1")
    assert code == 0
    assert json.loads(out) == {
        "modules": ["pkg", "pkg.a", "pkg.c"],
        "edges": [{"importer": "pkg.c", "imported": "pkg.a", "line": 1, "scope": "import"}],
    }


def test_graph_draws_components_and_modules(repo: Repo, capsys: pytest.CaptureFixture[str]) -> None:
    repo.commit(
        {
            "s/web/a.py": "import s.core.b\n",
            "s/core/b.py": "",
            "s/mail/c.py": "",
            "s/web/tests/t.py": "import s.mail.c\n",
        }
    )
    at = ("graph", "--repo", str(repo.folder))
    _, mermaid, _ = run(capsys, *at, "--format", "mermaid", "--reviewed")
    assert mermaid.splitlines() == [
        "flowchart LR",
        '  n0["s.core"]',
        '  n1["s.mail"]',
        '  n2["s.web"]',
        "  n2 -->|1| n0",
    ]
    _, dot, _ = run(capsys, *at, "--format", "dot", "--modules")
    assert '"s.web.a" -> "s.core.b";' in dot
    assert '"s.web.tests.t" -> "s.mail.c";' in dot


def test_no_cache_leaves_nothing_behind(change: Repo, capsys: pytest.CaptureFixture[str], own_cache: Path) -> None:
    run(capsys, "check", "--repo", str(change.folder), "--no-cache")
    assert list(own_cache.iterdir()) == []
    run(capsys, "check", "--repo", str(change.folder))
    assert (own_cache / "facts.db").exists()


def test_a_plug_in_that_does_not_load_stops_the_start() -> None:
    broken = EntryPoint("sample", "no.such.module:add", "partywall.commands")
    with pytest.raises(
        ReviewError, match=r"the plug-in 'sample' \(no\.such\.module:add\) does not load: No module named 'no'"
    ):
        build_parser([broken])


def test_a_rule_plug_in_takes_part_and_a_broken_one_stops(change: Repo, tmp_path: Path) -> None:
    (tmp_path / "house_rules.py").write_text(
        "import msgspec\nfrom rules.model import Finding\n"
        "class NoWeb:\n"
        "    name, level, summary, examples = 'house/no-web', 'error', 'no web', ()\n"
        "    class options(msgspec.Struct): pass\n"
        "    def check(self, change, options):\n"
        "        yield Finding(rule=self.name, level=self.level, path='pkg/b.py', start_line=1, end_line=1, message='no')\n"
    )
    info = tmp_path / "house_rules-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: house-rules\nVersion: 1\n")
    (info / "entry_points.txt").write_text("[partywall.rules]\nno-web = house_rules:NoWeb\n")
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    command = [sys.executable, "-m", "worker.cli", "check", "--repo", str(change.folder), "--format", "json"]
    done = subprocess.run(command, capture_output=True, env=environment, cwd=ROOT, check=False)
    assert "house/no-web" in {finding["rule"] for finding in json.loads(done.stdout)["findings"]}
    (info / "entry_points.txt").write_text("[partywall.rules]\nno-web = house_rules:Missing\n")
    done = subprocess.run(command, capture_output=True, env=environment, cwd=ROOT, check=False)
    assert done.returncode == 2
    assert b"the rule plug-in 'no-web' (house_rules:Missing) does not load" in done.stderr


def test_a_closed_pipe_is_no_traceback(change: Repo) -> None:
    command = f"{sys.executable} -m worker.cli graph --repo {change.folder} | true"
    done = subprocess.run(command, shell=True, capture_output=True, cwd=ROOT, check=False)  # noqa: S602
    assert b"Traceback" not in done.stderr


def test_heavy_packages_are_imported_only_where_they_are_used(repo: Repo) -> None:
    repo.commit({"a.py": "x = 1\n"})
    code = (
        "import sys; from worker.cli import main; main(['check', '--repo', sys.argv[1]]);"
        "print(sorted({'libcst', 'rich', 'jsonschema', 'hypothesis'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(repo.folder)], capture_output=True, text=True, cwd=ROOT, check=True
    )
    assert done.stdout.splitlines()[-1] == "[]"


def test_demo_shows_a_wall_a_copy_and_a_summary(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "demo")
    assert code == 0
    assert "boundaries/contract  shop/core/orders.py" in out
    assert "`normalize_recipient` repeats `format_e164` (shop/core/phone.py:" in out


def test_a_terminal_obeys_nothing_that_a_repository_says(repo: Repo, capsys: pytest.CaptureFixture[str]) -> None:
    name = "p/e\x1b[31m.py"
    repo.commit({"p/__init__.py": "", "p/a.py": "from p import b\n", "p/b.py": "", name: HELPER})
    repo.commit({"p/b.py": "from p import a\n", "p/f\x1b[32m.py": COPY})
    for arguments in (("check",), ("check", "--all")):
        _, out, _ = run(capsys, *arguments, "--repo", str(repo.folder), "--head", "HEAD")
        assert "\x1b" not in out
        assert "\\x1b[3" in out


def test_a_graph_names_modules_as_a_review_does(repo: Repo, capsys: pytest.CaptureFixture[str]) -> None:
    linter = "[importlinter]\nroot_package = src\n"
    files = {"src/run.py": "from src.core import x\n", "src/core/__init__.py": "x = 1\n", ".importlinter": linter}
    contract = "[importlinter:contract:a]\nname = a\ntype = forbidden\nsource_modules = src.core\nforbidden_modules = src.run\n"
    repo.commit({**files, ".importlinter": linter + contract})
    _, out, _ = run(capsys, "graph", "--repo", str(repo.folder), "--rev", "HEAD")
    edges = [(edge["importer"], edge["imported"]) for edge in json.loads(out)["edges"]]
    assert edges == [("src.run", "src.core")]
