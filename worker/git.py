"""Reading a repository as git objects, through the `git` command line. Never a checkout, never a write.

Nothing of the repository is executed: hooks, file system monitors, external diffs and text conversions are off,
replacement objects are ignored, and a partial clone is never completed over the network.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from rules.model import Hunk
from rules.provenance import Commit
from worker.errors import GitError, ReviewError

_KEPT = ("GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_QUARANTINE_PATH", "GIT_EXEC_PATH")
_LEFT_OUT = ("GIT_", "PARTYWALL_", "REDIS_")
"""What git must not see of our environment: settings that change what it does, and the bot's secrets."""

_SAFE = ("core.fsmonitor=false", "core.hooksPath=/dev/null", "core.quotePath=true", "safe.directory=*")
_LINK, _REGULAR = "120000", ("100644", "100755", "100664")

EMPTY_TREES = frozenset(
    (
        "4b825dc642cb6eb9a060e54bf8d69288fbee4904",
        "6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321",
    )
)
"""The tree without files, under SHA-1 and SHA-256."""
_HUNK = re.compile(rb"@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")


class Entry(NamedTuple):
    """A file of a tree."""

    path: str
    blob: str
    link: bool


class ChangedFile(NamedTuple):
    """A file that differs between two trees; the path and blob of a side where it is no regular file are ''."""

    base_path: str
    head_path: str
    base_blob: str
    head_blob: str


def environment(extra: Mapping[str, str]) -> dict[str, str]:
    """The environment of every git call: the caller's without its GIT_* settings and our own, quiet, plain and offline."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(_LEFT_OUT) or key in _KEPT}
    fixed = {
        "LC_ALL": "C.UTF-8",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_ALLOW_PROTOCOL": "none",
        "GIT_NO_REPLACE_OBJECTS": "1",
    }
    return {**kept, **fixed, **extra}


def _command(*arguments: str) -> list[str]:
    return ["git", *(word for setting in _SAFE for word in ("-c", setting)), *arguments]


class Repository:
    """A git repository: a work tree, a bare repository or a plain git directory."""

    def __init__(
        self, git_dir: Path, common_dir: Path, work_tree: Path | None, environ: Mapping[str, str] | None = None
    ) -> None:
        """`common_dir` holds the objects (another folder than `git_dir` in a linked worktree); `environ` is added to git's."""
        self.git_dir = git_dir
        self.common_dir = common_dir
        self.work_tree = work_tree
        self.environ = dict(environ or {})

    @classmethod
    def discover(cls, start: Path) -> Repository:
        """The repository at or around `start`. Raises ReviewError where there is none."""
        if not start.is_dir():
            raise ReviewError(f"{start} is not a folder; give the path of a git repository with --repo.")
        try:
            done = subprocess.run(
                _command(
                    "-C",
                    str(start),
                    "rev-parse",
                    "--absolute-git-dir",
                    "--git-common-dir",
                    "--is-inside-work-tree",
                    "--show-toplevel",
                ),
                capture_output=True,
                env=environment({}),
                check=False,
            )
        except FileNotFoundError:
            raise ReviewError("the command `git` was not found; install git 2.30 or newer.") from None
        lines = os.fsdecode(done.stdout).splitlines()
        if len(lines) < 3:
            raise ReviewError(f"{start} is not in a git repository; run partywall inside one or name one with --repo.")
        inside = lines[2] == "true" and len(lines) > 3
        return cls(Path(lines[0]), (start / lines[1]).resolve(), Path(lines[3]) if inside else None)

    def run(self, *arguments: str, stdin: bytes = b"", check: bool = True) -> bytes:
        """The standard output of a git command. Raises GitError with git's own words when it fails."""
        done = subprocess.run(
            self.command(*arguments),
            input=stdin,
            capture_output=True,
            cwd=self.work_tree,  # pathspecs are about the folder that git runs in
            env=environment(self.environ),
            check=False,
        )
        if check and done.returncode:
            words = done.stderr.decode("utf-8", "replace").strip().splitlines()
            raise GitError(f"git {arguments[0]} failed in {self.git_dir}: {words[-1] if words else done.returncode}")
        return b"" if done.returncode else done.stdout

    def command(self, *arguments: str) -> list[str]:
        """The argument list of a git command on this repository."""
        place = [f"--git-dir={self.git_dir}", *([f"--work-tree={self.work_tree}"] if self.work_tree else [])]
        return _command(*place, *arguments)

    def commit(self, revision: str) -> str:
        """The commit id of a revision. Raises ReviewError where it names none."""
        found = self.run("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}", check=False)
        if not found:
            raise ReviewError(
                f"{revision!r} names no commit in {self.work_tree or self.git_dir}; fetch it or check the spelling."
            )
        return found.decode().strip()

    def tree(self, commit: str) -> str:
        """The tree id of a commit."""
        return self.run("rev-parse", "--verify", f"{commit}^{{tree}}").decode().strip()

    def parents(self, commit: str) -> list[str]:
        """The parents of a commit that are present here; a shallow clone cuts them off."""
        return self.run("rev-list", "--parents", "--no-walk", commit).decode().split()[1:]

    def merge_base(self, one: str, other: str) -> str | None:
        """The best common ancestor of two commits, None where they have none here."""
        return self.run("merge-base", one, other, check=False).decode().strip() or None

    def default_branch(self) -> str | None:
        """The full name of the branch that changes go to: what a remote's HEAD says, else main or master."""
        heads = self.run("for-each-ref", "--format=%(refname) %(symref)", "refs/remotes", "refs/heads").decode(
            "utf-8", "replace"
        )
        refs = dict(line.partition(" ")[::2] for line in heads.splitlines())
        for remote in ("refs/remotes/upstream/HEAD", "refs/remotes/origin/HEAD"):
            if refs.get(remote) in refs:
                return refs[remote]
        names = [
            f"refs/{place}/{name}"
            for place in ("remotes/upstream", "remotes/origin", "heads")
            for name in ("main", "master")
        ]
        return next((name for name in names if name in refs), None)

    def is_shallow(self) -> bool:
        """Whether history is cut."""
        return (self.common_dir / "shallow").exists()

    def empty_tree(self) -> str:
        """The id of the tree without files, in this repository's object format."""
        return self.run("hash-object", "-t", "tree", "--stdin").decode().strip()

    def entries(self, tree: str) -> list[Entry]:
        """The regular files and symbolic links of a tree; submodules are left out."""
        found = []
        for record in self.run("ls-tree", "-r", "-z", "--full-tree", tree).split(b"\0"):
            head, _, path = record.partition(b"\t")
            if path and head[:6] != b"160000":
                found.append(Entry(_path(path), head[12:].decode(), head.startswith(b"120000")))
        return found

    def matching(self, tree: str, pathspecs: Sequence[str]) -> list[Entry]:
        """Those of the entries that match the pathspecs. Only trees are read: no blob has to be here."""
        ends = (self.empty_tree(), tree, "--", *pathspecs)
        fields = self.run("diff-tree", "-r", "-z", "--raw", "--full-index", "--no-renames", *ends).split(b"\0")
        found = []
        for record, path in zip(fields[::2], fields[1::2], strict=False):
            _, mode, _, blob, _ = record.decode().split(" ")
            if mode != "160000":
                found.append(Entry(_path(path), blob, mode == _LINK))
        return found

    def missing(self, *trees: str) -> frozenset[str]:
        """The ids of the listed objects that a partial clone does not have. Asks nobody else for them."""
        if not any((self.common_dir / "objects" / "pack").glob("*.promisor")):
            return frozenset()
        listed = self.run("rev-list", "--objects", "--no-object-names", "--missing=print", "--no-walk", *trees)
        return frozenset(line[1:].decode() for line in listed.split(b"\n") if line.startswith(b"?"))

    def absent(self, blobs: Iterable[str]) -> set[str]:
        """Those of the blobs that are not in this repository. Where it has a promisor, older git fails: see `missing`."""
        listed = self.run("cat-file", "--batch-check", stdin="".join(f"{blob}\n" for blob in blobs).encode())
        return {line.split()[0].decode() for line in listed.splitlines() if line.endswith(b" missing")}

    def head_commit(self) -> str | None:
        """The commit that is checked out, None before the first."""
        return self.run("rev-parse", "--verify", "--quiet", "HEAD^{commit}", check=False).decode().strip() or None

    def commits(self, base: str, head: str) -> list[Commit]:
        """The commits of `head` that `base` does not have, newest first; all of them where `base` is the empty tree.

        base, head: commit ids. Logins are not known to git: they are ''. Bytes that are no text are replaced.
        """
        output = self.run(
            *("log", "-z", "--format=%H%x00%an%x00%ae%x00%cn%x00%B", "--encoding=UTF-8"),
            *("--no-show-signature", "--no-notes", "--no-decorate", "--no-color", "--no-patch"),
            head if base in EMPTY_TREES else f"{base}..{head}",
        )
        fields = iter(output.decode("utf-8", "replace").split("\0"))
        records = zip(fields, fields, fields, fields, fields, strict=False)
        return [
            Commit(sha, author, mail, committer, "", False, message)
            for sha, author, mail, committer, message in records
        ]

    def changed_files(self, base: str, head: str, pathspecs: Sequence[str]) -> list[ChangedFile]:
        """The regular files that differ between two trees; renames are told where the blobs are there to see them."""
        arguments = ("diff-tree", "-r", "-z", "--raw", "--full-index", base, head, "--", *pathspecs)
        output = self.run(*arguments[:2], "-M", *arguments[2:], check=False) or self.run(
            *arguments[:2], "--no-renames", *arguments[2:]
        )
        fields = iter(output.split(b"\0"))
        changed = []
        for field in fields:
            if not field:
                continue
            old_mode, new_mode, old, new, status = field.decode()[1:].split(" ")
            base_path = _path(next(fields))
            head_path = _path(next(fields)) if status[0] in "RC" else base_path
            is_old, is_new = old_mode in _REGULAR, new_mode in _REGULAR
            if is_old or is_new:
                changed.append(ChangedFile(base_path * is_old, head_path * is_new, old * is_old, new * is_new))
        return changed

    def hunks(
        self, changed: Sequence[ChangedFile], base: str, head: str, pathspecs: Sequence[str]
    ) -> dict[str, tuple[Hunk, ...]]:
        """Head path -> hunks without context, for those of the changed files that stand in both trees.

        The changed files are those of `changed_files` for the same trees and pathspecs.
        """
        pairs = [file for file in changed if file.base_blob and file.head_blob and file.base_blob != file.head_blob]
        arguments = (
            "diff-tree",
            "-r",
            "-p",
            "-M",
            "-U0",
            "--text",
            "--no-color",
            "--no-ext-diff",
            "--no-textconv",
            "--full-index",
        )
        ends = ("--diff-filter=MR", base, head, "--")
        try:
            output = self.run(*arguments, *ends, *pathspecs)
        except ReviewError:
            absent = self.missing(base, head) or self.absent(blob for file in pairs for blob in file[2:])
            present = [file for file in pairs if file.base_path == file.head_path and absent.isdisjoint(file[2:])]
            paths = [f":(top,literal){file.head_path}" for file in present]
            output = self.run(*arguments, "--no-renames", *ends, *paths) if paths else b""
        found: dict[tuple[str, str], list[Hunk]] = {}
        current: list[Hunk] = []
        for line in output.split(b"\n"):
            if line.startswith(b"index "):
                old, _, new = line[6:].split(b" ")[0].decode().partition("..")
                current = found.setdefault((old, new), [])
                current.clear()
            elif line.startswith(b"@@ ") and (match := _HUNK.match(line)):
                numbers = [1 if group is None else int(group) for group in match.groups()]
                current.append(Hunk(*numbers))
        return {file.head_path: tuple(found.get((file.base_blob, file.head_blob), ())) for file in pairs}

    def added_lines(self, base: str, head: str, pathspecs: Sequence[str]) -> dict[str, int | None]:
        """Head path -> how many lines git shows as added, without looking for renames; None for what it takes for binary.

        Empty where the blobs are not all here.
        """
        arguments = ("diff-tree", "-r", "-z", "--numstat", "--no-renames", "--no-ext-diff", "--no-textconv")
        records = self.run(*arguments, "--diff-filter=AMT", base, head, "--", *pathspecs, check=False).split(b"\0")
        fields = [record.split(b"\t", 2) for record in records if record]
        return {_path(path): None if count == b"-" else int(count) for count, _, path in fields}


def _path(raw: bytes) -> str:
    return raw.decode("utf-8", "backslashreplace")
