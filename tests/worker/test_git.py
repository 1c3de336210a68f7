from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from rules.model import Hunk
from tests.support.repositories import ENVIRONMENT, Repo
from worker.errors import ReviewError
from worker.git import Repository, environment
from worker.objects import ObjectReader
from worker.worktree import work_tree_snapshot

ALL = ("*.py",)


def test_a_repository_is_found_from_inside_a_folder_and_as_bare(repo: Repo, tmp_path: Path) -> None:
    head = repo.commit({"deep/er/a.py": "x = 1\n"})
    inside = Repository.discover(repo.folder / "deep" / "er")
    assert inside.work_tree == repo.folder.resolve()
    subprocess.run(
        ["git", "clone", "--quiet", "--bare", str(repo.folder), str(tmp_path / "bare.git")], check=True, env=ENVIRONMENT
    )
    bare = Repository.discover(tmp_path / "bare.git")
    assert bare.work_tree is None
    assert bare.commit("main") == inside.commit("HEAD") == head


def test_a_linked_worktree_has_its_own_head_and_shares_objects(repo: Repo, tmp_path: Path) -> None:
    repo.commit({"a.py": "x = 1\n"})
    repo.git("worktree", "add", "--quiet", "-b", "topic", str(tmp_path / "linked"))
    (tmp_path / "linked" / "b.py").write_text("y = 1\n")
    linked = Repository.discover(tmp_path / "linked")
    assert linked.common_dir != linked.git_dir
    with work_tree_snapshot(linked, ALL) as (private, tree):
        assert [entry.path for entry in private.entries(tree)] == ["a.py", "b.py"]


def test_a_git_directory_without_configuration_is_read(repo: Repo, tmp_path: Path) -> None:
    head = repo.commit({"a.py": "x = 1\n"})
    plain = tmp_path / "plain"
    shutil.copytree(repo.folder / ".git", plain)
    (plain / "config").unlink()
    assert Repository.discover(plain).commit("HEAD") == head


@pytest.mark.parametrize("path", ["nowhere", "."])
def test_what_is_no_repository_is_said(tmp_path: Path, path: str) -> None:
    with pytest.raises(ReviewError, match=r"is not a folder|is not in a git repository"):
        Repository.discover(tmp_path / path)


def test_an_unknown_revision_is_said(repo: Repo) -> None:
    repo.commit({"a.py": "x = 1\n"})
    with pytest.raises(ReviewError, match=r"^'nope' names no commit in .*; fetch it or check the spelling\.$"):
        Repository.discover(repo.folder).commit("nope")


def test_the_callers_git_settings_do_not_reach_git(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_DIR", "/elsewhere")
    monkeypatch.setenv("GIT_EXTERNAL_DIFF", "evil")
    clean = environment({})
    assert "GIT_DIR" not in clean
    assert "GIT_EXTERNAL_DIFF" not in clean
    assert clean["GIT_ALLOW_PROTOCOL"] == "none"


def test_nothing_of_the_repository_is_executed(repo: Repo) -> None:
    repo.commit({"a.py": "x = 1\n", ".gitattributes": "*.py diff=evil\n"})
    repo.commit({"a.py": "x = 2\n"})
    mark = repo.folder / "ran"
    for key, command in (
        ("core.fsmonitor", f"touch {mark}"),
        ("diff.external", f"touch {mark}"),
        ("diff.evil.command", f"touch {mark}"),
        ("diff.evil.textconv", f"touch {mark};cat"),
    ):
        repo.git("config", key, command)
    hooks = repo.folder / "hooks"
    hooks.mkdir()
    (hooks / "post-index-change").write_text(f"#!/bin/sh\ntouch {mark}\n")
    (hooks / "post-index-change").chmod(0o755)
    repo.git("config", "core.hooksPath", str(hooks))
    (repo.folder / "b.py").write_text("y = 1\n")
    repository = Repository.discover(repo.folder)
    changed = repository.changed_files("HEAD~1", "HEAD", ALL)
    assert repository.hunks(changed, "HEAD~1", "HEAD", ALL) == {"a.py": (Hunk(1, 1, 1, 1),)}
    with work_tree_snapshot(repository, ALL):
        pass
    assert not mark.exists()


def test_odd_file_names_are_read(repo: Repo) -> None:
    names = [
        "ü.py",
        "with space.py",
        'quote".py',
        "new\nline.py",
        "tab\t.py",
        "-dash.py",
        ":colon.py",
        "back\\slash.py",
    ]
    repo.commit({name: f"x = {i}\n" for i, name in enumerate(names)})
    repo.commit({name: f"x = {i}\ny = 1\n" for i, name in enumerate(names)})
    repository = Repository.discover(repo.folder)
    entries = {entry.path: entry.blob for entry in repository.entries("HEAD")}
    assert set(entries) == set(names)
    with ObjectReader(repository) as reader:
        assert [data for _, data in reader.read(entries[name] for name in names)] == [
            f"x = {i}\ny = 1\n".encode() for i in range(len(names))
        ]
    changed = repository.changed_files("HEAD~1", "HEAD", ALL)
    assert repository.hunks(changed, "HEAD~1", "HEAD", ALL) == dict.fromkeys(names, (Hunk(1, 0, 2, 1),))


def test_renames_submodules_and_links(repo: Repo) -> None:
    body = "".join(f"line_{i} = {i}\n" for i in range(20))
    repo.commit({"old.py": body, "gone.py": "x = 1\n", "turned.py": "y = 1\n"})
    (repo.folder / "link.py").symlink_to("/etc/passwd")
    repo.write({"old.py": None, "new.py": body + "more = 1\n", "gone.py": None, "turned.py": None})
    (repo.folder / "turned.py").symlink_to("new.py")
    other = Repo(repo.folder.parent / "other")
    other.commit({"a.py": "x = 1\n"})
    repo.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(other.folder), "module")
    repo.commit({})
    repository = Repository.discover(repo.folder)
    assert {(e.path, e.link) for e in repository.entries("HEAD") if e.path.endswith(".py")} == {
        ("new.py", False), ("link.py", True), ("turned.py", True),
    }  # fmt: skip
    changed = {(file.base_path, file.head_path) for file in repository.changed_files("HEAD~1", "HEAD", ALL)}
    assert changed == {("old.py", "new.py"), ("gone.py", ""), ("turned.py", "")}


def test_sha256_repositories(tmp_path: Path) -> None:
    repo = Repo(tmp_path / "repo", object_format="sha256")
    repo.commit({"a.py": "x = 1\n"})
    repo.write({"b.py": "y = 2\n"})
    repository = Repository.discover(repo.folder)
    assert len(repository.commit("HEAD")) == 64
    with work_tree_snapshot(repository, ALL) as (private, tree), ObjectReader(private) as reader:
        assert dict(reader.read(entry.blob for entry in private.entries(tree))).keys() == {
            e.blob for e in private.entries(tree)
        }


def test_the_working_tree_is_the_index_and_what_is_not_committed(repo: Repo) -> None:
    repo.commit(
        {"a.py": "a = 1\n", "b.py": "b = 1\n", "c.py": "c = 1\n", "d.txt": "text\n", ".gitignore": "ignored.py\n"}
    )
    repo.write(
        {"a.py": "a = 2\n", "b.py": None, "new.py": "n = 1\n", "ignored.py": "i = 1\n", "sub/deep.py": "d = 1\n"}
    )
    repo.write({"staged.py": "s = 1\n"})
    repo.git("add", "staged.py")
    index = (repo.folder / ".git" / "index").read_bytes()
    objects = sorted(path.name for path in (repo.folder / ".git" / "objects").rglob("*"))
    repository = Repository.discover(repo.folder)
    with work_tree_snapshot(repository, ALL) as (private, tree), ObjectReader(private) as reader:
        found = {entry.path: next(reader.read([entry.blob]))[1] for entry in private.entries(tree)}
    assert found == {
        ".gitignore": b"ignored.py\n", "a.py": b"a = 2\n", "c.py": b"c = 1\n", "d.txt": b"text\n",
        "new.py": b"n = 1\n", "staged.py": b"s = 1\n", "sub/deep.py": b"d = 1\n",
    }  # fmt: skip
    assert (repo.folder / ".git" / "index").read_bytes() == index
    assert sorted(path.name for path in (repo.folder / ".git" / "objects").rglob("*")) == objects


def test_the_working_tree_can_be_read_in_the_middle_of_a_merge_conflict(repo: Repo) -> None:
    repo.commit({"a.py": "a = 1\n", "t.txt": "1\n"})
    repo.git("checkout", "--quiet", "-b", "topic")
    repo.commit({"a.py": "a = 2\n", "t.txt": "2\n"})
    repo.git("checkout", "--quiet", "main")
    repo.commit({"a.py": "a = 3\n", "t.txt": "3\n"})
    subprocess.run(["git", "merge", "topic"], cwd=repo.folder, env=ENVIRONMENT, capture_output=True, check=False)
    with work_tree_snapshot(Repository.discover(repo.folder), ALL) as (private, tree), ObjectReader(private) as reader:
        blobs = {entry.path: entry.blob for entry in private.entries(tree)}
        assert b"<<<<<<<" in (next(reader.read([blobs["a.py"]]))[1] or b"")


def blobless_clone(repo: Repo, tmp_path: Path) -> Path:
    repo.git("config", "uploadpack.allowFilter", "true")
    target = tmp_path / "partial"
    subprocess.run(
        ["git", "clone", "--quiet", "--bare", "--filter=blob:none", f"file://{repo.folder}", str(target)],
        check=True,
        env=ENVIRONMENT,
    )
    return target


def test_a_partial_clone_says_what_it_lacks_and_asks_nobody(repo: Repo, tmp_path: Path) -> None:
    repo.commit({"a.py": "x = 1\n"})
    repo.commit({"a.py": "x = 2\n", "b.py": "y = 1\n"})
    partial = Repository.discover(blobless_clone(repo, tmp_path))
    entries = partial.entries("HEAD")
    missing = partial.missing("HEAD~1", "HEAD")
    assert missing >= {entry.blob for entry in entries}
    with ObjectReader(partial, missing) as reader:
        assert [data for _, data in reader.read(entry.blob for entry in entries)] == [None, None]


def test_comparing_what_a_partial_clone_lacks_asks_nobody(repo: Repo, tmp_path: Path) -> None:
    body = "".join(f"line_{i} = {i}\n" for i in range(20))
    repo.commit({"old.py": body, "a.py": "x = 1\n"})
    repo.commit({"old.py": None, "new.py": body + "more = 1\n", "a.py": "x = 2\n"})
    clone, mark = blobless_clone(repo, tmp_path), tmp_path / "asked"
    config = ["git", f"--git-dir={clone}", "config", "remote.origin.uploadpack", f"touch {mark}; git-upload-pack"]
    subprocess.run(config, check=True, env=ENVIRONMENT)
    partial = Repository.discover(clone)
    changed = partial.changed_files("HEAD~1", "HEAD", ALL)
    assert {(file.base_path, file.head_path) for file in changed} == {("old.py", ""), ("", "new.py"), ("a.py", "a.py")}
    assert partial.hunks(changed, "HEAD~1", "HEAD", ALL) == {"a.py": ()}
    assert len(partial.matching("HEAD", ALL)) == 2
    assert not mark.exists()


def test_files_are_matched_by_pathspecs_in_all_folders(repo: Repo) -> None:
    repo.commit({"a.py": "x = 1\n", "deep/er/b.py": "x = 1\n", "c.txt": "", "setup.cfg": "", 'od"d\n.py': ""})
    (repo.folder / "link.py").symlink_to("a.py")
    repo.commit({})
    repository = Repository.discover(repo.folder)
    expected = [entry for entry in repository.entries("HEAD") if entry.path != "c.txt"]
    assert repository.matching("HEAD", ("*.py", "*.cfg")) == expected
    assert repository.matching(repository.tree("HEAD"), ("*.none",)) == []


def test_a_missing_blob_costs_only_itself(repo: Repo) -> None:
    repo.commit({"a.py": "x = 1\n", "b.py": "y = 1\n"})
    repo.commit({"a.py": "x = 2\n", "b.py": "y = 2\n"})
    repository = Repository.discover(repo.folder)
    blobs = {entry.path: entry.blob for entry in repository.entries("HEAD")}
    lost = blobs["a.py"]
    (repo.folder / ".git" / "objects" / lost[:2] / lost[2:]).unlink()
    (repo.folder / "a.py").unlink()  # or git takes it from there
    with ObjectReader(repository) as reader:
        assert dict(reader.read(blobs.values())) == {lost: None, blobs["b.py"]: b"y = 2\n"}
    changed = repository.changed_files("HEAD~1", "HEAD", ALL)
    assert repository.hunks(changed, "HEAD~1", "HEAD", ALL) == {"a.py": (), "b.py": (Hunk(1, 1, 1, 1),)}


def test_many_blobs_are_read_in_the_order_asked(repo: Repo) -> None:
    repo.commit({f"f{i}.py": f"x = {i}\n" * 50 for i in range(1000)})
    repository = Repository.discover(repo.folder)
    blobs = [entry.blob for entry in repository.entries("HEAD")]
    with ObjectReader(repository) as reader:
        assert [blob for blob, data in reader.read(blobs) if data] == blobs


@pytest.mark.parametrize(
    ("setup", "expected"),
    [
        (["branch master"], "refs/heads/main"),
        (["branch -m main trunk"], None),
        (
            [
                "update-ref refs/remotes/origin/develop HEAD",
                "symbolic-ref refs/remotes/origin/HEAD refs/remotes/origin/develop",
            ],
            "refs/remotes/origin/develop",
        ),
        (["update-ref refs/remotes/origin/main HEAD"], "refs/remotes/origin/main"),
        (["symbolic-ref refs/remotes/origin/HEAD refs/remotes/origin/gone"], "refs/heads/main"),
    ],
)
def test_the_default_branch(repo: Repo, setup: list[str], expected: str | None) -> None:
    repo.commit({"a.py": "x = 1\n"})
    for command in setup:
        repo.git(*command.split())
    assert Repository.discover(repo.folder).default_branch() == expected


def test_commits_between_two_revisions_are_told_with_their_words(repo: Repo) -> None:
    first = repo.commit({"a.py": "x = 1\n"}, "first")
    second = repo.commit({"a.py": "x = 2\n"}, "two\n\nmany\nlines\n\nKey: value")
    repo.git("commit", "--quiet", "--allow-empty", "--author=Ü <ü@x>", "-m", "drei")
    third = repo.git("rev-parse", "HEAD")
    broken = repo.folder / "message"
    broken.write_bytes(b"caf\xe9\n")
    repo.git("-c", "i18n.commitEncoding=nonsense", "commit", "--quiet", "--allow-empty", "-F", str(broken))
    repository = Repository.discover(repo.folder)
    found = repository.commits(first, repo.git("rev-parse", "HEAD"))
    assert [commit.message.strip() for commit in found] == ["caf\ufffd", "drei", "two\n\nmany\nlines\n\nKey: value"]
    assert found[1][:6] == (third, "Ü", "ü@x", "A Person", "", False)
    assert found[2][:5] == (second, "A Person", "person@example.org", "A Person", "")
    assert repository.commits(third, second) == []
    assert [commit.sha for commit in repository.commits(repository.empty_tree(), second)] == [second, first]


def test_listing_commits_runs_nothing_of_the_repository(repo: Repo) -> None:
    first = repo.commit({"a.py": "x = 1\n"})
    head = repo.commit({"a.py": "x = 2\n"})
    mark = repo.folder / "ran"
    program = repo.folder / "gpg"
    program.write_text(f"#!/bin/sh\ntouch {mark}\n")
    program.chmod(0o755)
    signed = repo.git("cat-file", "commit", head).replace("\n\n", "\ngpgsig -----BEGIN PGP SIGNATURE-----\n x\n\n", 1)
    (repo.folder / "commit").write_text(f"{signed}\n")
    head = repo.git("hash-object", "-t", "commit", "-w", str(repo.folder / "commit"))
    repo.git("notes", "add", "-m", "a note", head)
    for key, value in (("log.showSignature", "true"), ("gpg.program", str(program)), ("format.pretty", "oneline")):
        repo.git("config", key, value)
    (found,) = Repository.discover(repo.folder).commits(first, head)
    assert (found.sha, found.message.strip()) == (head, "a change")
    assert not mark.exists()


def test_git_does_not_see_the_bots_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PARTYWALL_PRIVATE_KEY", "PARTYWALL_WEBHOOK_SECRET", "REDIS_URL", "GIT_TRACE"):
        monkeypatch.setenv(name, "secret")
    assert "secret" not in environment({}).values()
