"""Partywall where others run it: from a wheel in an empty environment, as a GitHub Action, as a hook of pre-commit."""

from __future__ import annotations

import importlib.util
import json
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.support.repositories import ENVIRONMENT, Repo
from worker.demo import BASE, CHANGE

ROOT = Path(__file__).parents[1]
PACKAGES = ("rules", "worker", "bot")
HARMLESS = {"shop/core/prices.py": '"""Prices."""\n\nCURRENCY = "EUR"\n'}


def run(*command: str | Path, folder: Path, **environ: str) -> subprocess.CompletedProcess[str]:
    """A command in an environment without ours."""
    kept = {
        name: value for name, value in ENVIRONMENT.items() if not name.startswith(("PYTHON", "PARTYWALL_", "VIRTUAL"))
    }
    return subprocess.run(
        [str(word) for word in command],
        cwd=folder,
        env={**kept, **environ},
        capture_output=True,
        text=True,
        check=False,
    )


def installed(python: Path, *what: str | Path) -> None:
    """Installs with pip. Skips where no package index can be reached."""
    done = run(python, "-m", "pip", "install", "--quiet", *what, folder=ROOT)
    if done.returncode:
        nothing = re.search(r"No matching distribution|Connection|Could not fetch|resolve", done.stderr)
        assert nothing, done.stderr
        pytest.skip(f"pip cannot install from an index here: {done.stderr.strip().splitlines()[-1]}")


def tracked(*folders: str) -> set[str]:
    done = run("git", "ls-files", "--cached", "--others", "--exclude-standard", *folders, folder=ROOT)
    return {path for path in done.stdout.split() if (ROOT / path).exists()}


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    done = run(sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", folder, folder=ROOT)
    assert done.returncode == 0, done.stderr
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="session")
def empty_environment(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The commands of an environment that holds the wheel and what it asks for."""
    folder = tmp_path_factory.mktemp("environment")
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    installed(folder / "bin" / "python", wheel)
    return folder / "bin"


@pytest.fixture
def shop(tmp_path: Path) -> Repo:
    """The sample shop with its change on a branch that is checked out."""
    repo = Repo(tmp_path / "shop")
    repo.commit(BASE)
    repo.git("checkout", "--quiet", "-b", "topic")
    repo.commit(CHANGE)
    return repo


def test_the_wheel_holds_what_it_needs_and_nothing_else(wheel: Path) -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    about = f"partywall-{version}.dist-info"
    beside = {f"{about}/{name}" for name in ("METADATA", "WHEEL", "RECORD", "entry_points.txt", "licenses/LICENSE")}
    with zipfile.ZipFile(wheel) as archive:
        assert set(archive.namelist()) == tracked(*PACKAGES) | beside
        metadata = archive.read(f"{about}/METADATA").decode()
        assert archive.read(f"{about}/WHEEL").decode().count("py3-none-any") == 1
        assert all(info.file_size < 100_000 for info in archive.infolist())
    asked = re.findall(r"^Requires-Dist: ([a-z0-9-]+)[^;\n]*(; extra == 'bot')?$", metadata, re.MULTILINE)
    assert {name for name, extra in asked if not extra} == {
        "libcst",
        "msgspec",
        "rich",
        "tree-sitter",
        "tree-sitter-python",
    }
    assert {"flask", "prometheus-client", "rq"} <= {name for name, extra in asked if extra}


def test_the_wheel_works_in_an_empty_environment(empty_environment: Path, shop: Repo, tmp_path: Path) -> None:
    command, places = empty_environment / "partywall", {"PARTYWALL_CACHE": str(tmp_path / "cache")}
    done = run(command, "check", "--format", "json", folder=shop.folder, **places)
    assert (done.returncode, done.stderr) == (1, "")
    assert [finding["rule"] for finding in json.loads(done.stdout)["findings"]] == [
        *("boundaries/contract", "duplication/copy")
    ]
    drawn = run(command, "graph", "--format", "html", folder=shop.folder, **places)
    assert (drawn.returncode, "<script" in drawn.stdout) == (0, True)
    done = run(command, "status", folder=shop.folder)
    assert (done.returncode, "pip install 'partywall[bot]'" in done.stderr) == (2, True)


ACTION = msgspec.yaml.decode((ROOT / "action.yml").read_bytes())
HOOKS = msgspec.yaml.decode((ROOT / ".pre-commit-hooks.yaml").read_bytes())
EXPRESSION = re.compile(r"\$\{\{ ([^}]*) \}\}")


class Runner:
    """Runs the action's steps as GitHub does: bash, with files for outputs and the summary, values in the environment."""

    def __init__(self, folder: Path, work: Path, context: Mapping[str, str], **inputs: str) -> None:
        self._work = work
        self._folder = folder
        folder.mkdir()
        self._values = {f"inputs.{name}": given["default"] for name, given in ACTION["inputs"].items()}
        self._values |= {f"inputs.{name}": value for name, value in inputs.items()}
        self._values |= {"github.action_path": str(ROOT), "github.base_ref": "", **context}
        self._environ = {name: value for name, value in context.items() if name.startswith(("GITHUB_", "PIP_"))}
        self.output = self.summary = ""
        self.outputs: dict[str, str] = {}

    def run(self, *, install: bool = False) -> int:
        """Runs the steps until one fails; the exit code of the last."""
        code = 0
        for step in ACTION["runs"]["steps"]:
            if step["name"].startswith("Install") and not install:
                continue
            code = self._step(step)
            if code:
                break
        self.outputs = {name: self._value(given["value"]) for name, given in ACTION["outputs"].items()}
        return code

    def _step(self, step: Mapping[str, Any]) -> int:
        written, summary = self._folder / "output", self._folder / "summary"
        written.write_text("")
        environ = {name: self._value(value) for name, value in step.get("env", {}).items()}
        files = {"GITHUB_OUTPUT": str(written), "GITHUB_STEP_SUMMARY": str(summary), "RUNNER_TEMP": str(self._folder)}
        script = self._folder / "script"
        script.write_text(step["run"])
        given = {"PARTYWALL_CACHE": str(self._folder / "cache"), **self._environ, **files, **environ}
        done = run("bash", "--noprofile", "--norc", "-eo", "pipefail", script, folder=self._work, **given)
        self.output += done.stdout + done.stderr
        self.summary = summary.read_text() if summary.exists() else ""
        for line in written.read_text().splitlines():
            name, _, value = line.partition("=")
            self._values[f"steps.{step['id']}.outputs.{name}"] = value
        return done.returncode

    def _value(self, text: str) -> str:
        return EXPRESSION.sub(lambda match: self._values.get(match[1], ""), text)


def checked_out(
    tmp_path: Path, files: Mapping[str, str | None] = CHANGE, *, head: bool = False, depth: int = 1
) -> tuple[Path, dict[str, str]]:
    """A checkout as actions/checkout makes it, of the merge that GitHub tries or of the head; and what GitHub tells."""
    hub = Repo(tmp_path / "hub")
    hub.commit(BASE)
    hub.git("checkout", "--quiet", "-b", "topic")
    hub.commit(files)
    hub.commit({"shop/core/more.py": "LATER = 1\n"})
    tip = hub.git("rev-parse", "HEAD")
    hub.git("checkout", "--quiet", "main")
    # What others bring in the meantime is not this pull request's doing.
    hub.commit({"shop/core/theirs.py": "import shop.web\n"})
    hub.git("merge", "--quiet", "--no-ff", "-m", "Merge", "topic")
    merge = hub.git("rev-parse", "HEAD")
    hub.git("update-ref", "refs/pull/3/merge", merge)
    hub.git("reset", "--quiet", "--hard", "HEAD^1")
    hub.git("config", "uploadpack.allowAnySHA1InWant", "true")
    work = Repo(tmp_path / "work")
    work.git("remote", "add", "origin", f"file://{hub.folder}")
    cut = [f"--depth={depth}"] if depth else []
    work.git(
        "fetch", "--quiet", "--no-tags", *cut, "origin", "+refs/heads/*:refs/remotes/origin/*" if not depth else "HEAD"
    )
    work.git("fetch", "--quiet", "--no-tags", *cut, "origin", tip if head else merge)
    work.git("checkout", "--quiet", "--detach", "FETCH_HEAD")
    told = {"GITHUB_EVENT_NAME": "pull_request", "GITHUB_REF": "refs/pull/3/merge", "GITHUB_SHA": merge}
    return work.folder, {**told, "github.base_ref": "main"}


def with_command(runner: Runner, folder: Path, empty_environment: Path) -> Runner:
    """The action's own environment, made already."""
    (folder / "partywall").symlink_to(empty_environment.parent)
    return runner


def test_what_people_choose_never_stands_in_a_script() -> None:
    for step in ACTION["runs"]["steps"]:
        assert "${{" not in step["run"], step["name"]
        assert step["shell"] == "bash"
    text = (ROOT / "docs" / "ci.md").read_text(encoding="utf-8")
    for name in (*ACTION["inputs"], *ACTION["outputs"]):
        assert f"| `{name}` |" in text
    used = set(EXPRESSION.findall((ROOT / "action.yml").read_text(encoding="utf-8")))
    assert {f"inputs.{name}" for name in ACTION["inputs"]} <= used


@pytest.mark.parametrize("head", [False, True], ids=["merge", "head"])
@pytest.mark.parametrize("depth", [1, 2, 0])
def test_the_action_reviews_what_the_pull_request_adds(
    tmp_path: Path, empty_environment: Path, head: bool, depth: int
) -> None:
    work, told = checked_out(tmp_path, head=head, depth=depth)
    runner = Runner(tmp_path / "temp", work, told, sarif="out.sarif")
    assert with_command(runner, tmp_path / "temp", empty_environment).run() == 1
    annotations = [line for line in runner.output.splitlines() if line.startswith("::")]
    assert [line.partition(",")[0] for line in annotations] == [
        *("::error file=shop/core/orders.py", "::warning file=shop/mail/messages.py")
    ]
    assert "shop.web.views" in runner.summary
    assert "theirs" not in runner.output + runner.summary
    assert runner.outputs == {"exit-code": "1", "sarif": "out.sarif"}
    (ran,) = json.loads((work / "out.sarif").read_text())["runs"]
    assert len(ran["results"]) == 2


def test_the_action_installs_itself(tmp_path: Path, empty_environment: Path) -> None:
    """From its own folder: what is locked with a hash, and nothing else, not even to build with."""
    work, told = checked_out(tmp_path, HARMLESS)
    log = tmp_path / "pip.log"
    runner = Runner(tmp_path / "temp", work, {**told, "PIP_LOG": str(log)}, python=sys.executable)
    assert runner.run(install=True) == 0, runner.output
    locked = {
        pin
        for name in ("base", "build")
        for pin in re.findall(r"^\S+==[^\s;]+", (ROOT / "requirements" / f"{name}.txt").read_text(), re.MULTILINE)
    }
    fetched = set(re.findall(r"\bCollecting (\S+)", log.read_text(encoding="utf-8")))
    assert {"hatchling", "libcst"} <= {pin.partition("==")[0] for pin in fetched}
    assert fetched <= locked
    assert runner.outputs == {"exit-code": "0", "sarif": ""}
    assert runner.summary


def test_findings_need_not_fail_the_action(tmp_path: Path, empty_environment: Path) -> None:
    work, told = checked_out(tmp_path)
    runner = Runner(tmp_path / "temp", work, told, fail="false")
    assert with_command(runner, tmp_path / "temp", empty_environment).run() == 0
    assert runner.outputs["exit-code"] == "1"
    assert "::error" in runner.output


def test_what_cannot_be_reviewed_fails_the_action(tmp_path: Path, empty_environment: Path) -> None:
    work, told = checked_out(tmp_path)
    runner = Runner(tmp_path / "temp", work, told, fail="false", config="nowhere.toml", sarif="out.sarif")
    assert with_command(runner, tmp_path / "temp", empty_environment).run() == 2
    assert runner.outputs == {"exit-code": "2", "sarif": ""}
    assert "nowhere.toml cannot be read" in runner.output
    assert "Nothing was reviewed" in runner.summary


def test_the_target_branch_is_not_taken_for_the_pull_request(tmp_path: Path, empty_environment: Path) -> None:
    """A check of the target branch would find nothing new and be green."""
    work, told = checked_out(tmp_path)
    told |= {"GITHUB_EVENT_NAME": "pull_request_target", "GITHUB_REF": "refs/heads/main"}
    runner = Runner(tmp_path / "temp", work, told)
    assert with_command(runner, tmp_path / "temp", empty_environment).run() == 2
    assert "check out the pull request's head" in runner.output


def test_values_are_not_run(tmp_path: Path, empty_environment: Path) -> None:
    work, told = checked_out(tmp_path)
    evil = f'$(touch {tmp_path}/owned)`touch {tmp_path}/owned`"; touch {tmp_path}/owned #'
    for name in ("base", "config", "repo", "sarif", "fail"):
        folder = tmp_path / f"temp-{name}"
        runner = Runner(folder, work, {**told, "github.base_ref": evil if name == "fail" else "main"}, **{name: evil})
        with_command(runner, folder, empty_environment).run()
    assert not (tmp_path / "owned").exists()


def test_the_hook_stops_a_commit(tmp_path: Path) -> None:
    """With pre-commit itself, which makes the hook's environment from our repository."""
    if importlib.util.find_spec("pre_commit") is None:
        pytest.skip("pre-commit is not installed")
    ours = Repo(tmp_path / "partywall")
    for path in tracked(*PACKAGES, "pyproject.toml", "README.md", "LICENSE", ".pre-commit-hooks.yaml"):
        (ours.folder / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / path, ours.folder / path)
    revision = ours.commit({})
    shop = Repo(tmp_path / "shop")
    config = {"repos": [{"repo": str(ours.folder), "rev": revision, "hooks": [{"id": HOOKS[0]["id"]}]}]}
    shop.commit({**BASE, ".pre-commit-config.yaml": json.dumps(config)})
    shop.git("checkout", "--quiet", "-b", "topic")
    places = {"PRE_COMMIT_HOME": str(tmp_path / "home"), "PARTYWALL_CACHE": str(tmp_path / "cache")}
    pre_commit = (sys.executable, "-m", "pre_commit")
    made = run(
        *pre_commit,
        "install",
        "--install-hooks",
        "--hook-type=pre-commit",
        "--hook-type=pre-push",
        folder=shop.folder,
        **places,
    )
    if made.returncode:
        assert "pip" in made.stdout, made.stdout
        pytest.skip("pip cannot install from an index here, so pre-commit cannot make the hook's environment")

    def commit(files: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
        shop.write(files)
        shop.git("add", "--all")
        return run("git", "commit", "-m", "a change", folder=shop.folder, **places)

    assert commit(HARMLESS).returncode == 0
    assert "no files to check" in commit({"notes.txt": "Nothing of Python."}).stderr
    refused = commit(CHANGE)
    assert refused.returncode == 1
    assert "boundaries/contract" in refused.stderr
    shop.git("commit", "--quiet", "--no-verify", "-m", "all the same")
    shop.git("remote", "add", "origin", str(Repo(tmp_path / "hub").folder))
    pushed = run("git", "push", "origin", "topic", folder=shop.folder, **places)
    assert pushed.returncode == 1
    assert "boundaries/contract" in pushed.stdout + pushed.stderr


def test_the_hook_is_what_pre_commit_takes() -> None:
    (hook,) = HOOKS
    assert (hook["entry"], hook["language"], hook["pass_filenames"]) == ("partywall check", "python", False)
    assert re.search(hook["files"], "shop/core/a.py")
    assert not re.search(hook["files"], "shop/partywall.toml.txt")
