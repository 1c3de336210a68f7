"""A bare git repository: commits made without a checkout, and the diffs GitHub shows."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import count
from pathlib import Path
from typing import NamedTuple

from tests.support.repositories import ENVIRONMENT

_HUNK = re.compile(r"@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@")
_FORMAT = "%H%x00%T%x00%P%x00%an%x00%ae%x00%aI%x00%cn%x00%ce%x00%cI%x00%B%x01"
_seconds = count(1_767_225_600)
"""Every commit is a second later than the one before, so that no two are equal."""

ALICE = ("Alice", "alice@example.org")
Files = Mapping[str, str | bytes | None]
"""Contents by path; None deletes."""


class Commit(NamedTuple):
    sha: str
    tree: str
    parents: list[str]
    author: tuple[str, str, str]
    committer: tuple[str, str, str]
    message: str


class Line(NamedTuple):
    """A line of a hunk. `old` is None for an added line, `new` for a deleted one."""

    old: int | None
    new: int | None
    text: str


@dataclass
class FileDiff:
    """One file of a diff, with three lines of context around changes."""

    path: str
    old_path: str
    status: str = "modified"
    hunks: list[tuple[str, list[Line]]] = field(default_factory=list)

    def hunk_of(self, side: str, line: int) -> int | None:
        """The number of the hunk that shows this line on this side (LEFT or RIGHT)."""
        for number, (_, lines) in enumerate(self.hunks):
            if line in {each.old if side == "LEFT" else each.new for each in lines}:
                return number
        return None

    def hunk_until(self, side: str, line: int) -> str:
        """The text of the hunk down to this line, as GitHub shows it above a comment."""
        number = self.hunk_of(side, line)
        if number is None:
            return ""
        header, lines = self.hunks[number]
        shown = [header]
        for each in lines:
            shown.append(each.text)
            if (each.old if side == "LEFT" else each.new) == line:
                break
        return "\n".join(shown)


class Bare:
    """A bare repository in a folder, served as GitHub serves it: any commit can be asked for, and blobs left out."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True)
        self.git("init", "--quiet", "--bare", "--initial-branch=main")
        for name in ("allowFilter", "allowAnySHA1InWant", "allowReachableSHA1InWant"):
            self.git("config", f"uploadpack.{name}", "true")

    def run(self, *arguments: str, stdin: bytes = b"") -> bytes:
        command = ["git", "-c", "gc.auto=0", *arguments]
        done = subprocess.run(command, cwd=self.folder, env=ENVIRONMENT, input=stdin, capture_output=True, check=False)
        if done.returncode:
            raise ValueError(f"git {arguments[0]}: {done.stderr.decode('utf-8', 'replace').strip()}")
        return done.stdout

    def git(self, *arguments: str) -> str:
        """The output of a git command. Raises ValueError with git's words."""
        return self.run(*arguments).decode("utf-8", "surrogateescape").strip()

    def resolve(self, name: str) -> str | None:
        """The commit behind a name: a branch, a full or short id."""
        for full in (f"refs/heads/{name}", name):
            try:
                return self.git("rev-parse", "--verify", "--quiet", "--end-of-options", f"{full}^{{commit}}")
            except ValueError:
                continue
        return None

    def commit(
        self, ref: str, files: Files, parents: list[str], message: str, author: tuple[str, str], tree: str | None = None
    ) -> str:
        """Makes a commit and moves `ref` to it; `files` are changes of the first parent's tree (or of `tree`)."""
        name, mail = author
        when = f"{next(_seconds)} +0000"
        text = message.encode()
        parts = [f"commit {ref}\nauthor {name} <{mail}> {when}\ncommitter {name} <{mail}> {when}\n".encode()]
        parts.append(b"data %d\n%s\n" % (len(text), text))
        parts += [b"%s %s\n" % (b"merge" if n else b"from", p.encode()) for n, p in enumerate(parents)]
        if not parents:
            parts.insert(0, f"reset {ref}\n\n".encode())
        if tree:
            parts.append(f'M 040000 {tree} ""\n'.encode())
        for path, content in files.items():
            quoted = '"' + path.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'
            if content is None:
                parts.append(f"D {quoted}\n".encode())
            else:
                data = content if isinstance(content, bytes) else content.encode()
                parts.append(f"M 100644 inline {quoted}\n".encode() + b"data %d\n%s\n" % (len(data), data))
        self.run("fast-import", "--quiet", "--force", "--done", stdin=b"".join(parts) + b"\ndone\n")
        return self.git("rev-parse", ref)

    def merge_base(self, base: str, head: str) -> str | None:
        try:
            return self.git("merge-base", base, head)
        except ValueError:
            return None

    def commits(self, base: str | None, head: str) -> list[Commit]:
        """The commits of `head` that `base` lacks, the oldest first."""
        excluded = [f"^{base}"] if base else []
        out = self.git("log", "--topo-order", "--reverse", f"--format={_FORMAT}", head, *excluded, "--")
        return [_commit(record.lstrip("\n")) for record in out.split("\x01") if record.strip()]

    def commit_of(self, sha: str) -> Commit:
        out = self.git("log", "-1", f"--format={_FORMAT}", sha, "--")
        return _commit(out.removesuffix("\x01"))

    def is_ancestor(self, old: str, new: str) -> bool:
        return self.merge_base(old, new) == old

    def diff(self, base: str, head: str) -> dict[str, FileDiff]:
        """What `head` changed since it left `base` (three dots), by the path in `head` (of a deleted file: in base)."""
        return _diff(self, self.merge_base(base, head) or base, head)

    def moved(self, path: str, old: str, new: str, line: int) -> int | None:
        """Where a line of `path` in commit `old` stands in commit `new`; None where it was changed or removed."""
        if old == new:
            return line
        out = self.run("diff", "--no-ext-diff", "--no-renames", "-U0", old, new, "--", path).decode("utf-8", "replace")
        if "\ndeleted file mode" in out:
            return None
        shift = 0
        for match in re.finditer(r"^@@ -(\d+)(?:,(\d+))? \+\d+(?:,(\d+))? @@", out, re.MULTILINE):
            start, removed, added = (int(group) if group else 1 for group in match.groups())
            if start <= line < start + removed:
                return None
            if start < line or (removed and start <= line):
                shift += added - removed
        return line + shift


def _commit(record: str) -> Commit:
    sha, tree, parents, *people, message = record.split("\x00")
    author, committer = (people[0], people[1], people[2]), (people[3], people[4], people[5])
    return Commit(sha, tree, parents.split(), author, committer, message.rstrip("\n"))


@lru_cache(maxsize=256)
def _diff(bare: Bare, base: str, head: str) -> dict[str, FileDiff]:
    options = ("-c", "core.quotePath=false", "diff", "--no-ext-diff", "--no-color", "-M", "-U3", base, head)
    files: dict[str, FileDiff] = {}
    for part in re.split(r"^diff --git ", bare.run(*options).decode("utf-8", "replace"), flags=re.MULTILINE)[1:]:
        diff = _file(part)
        files[diff.path] = diff
    return files


def _named(line: str) -> str:
    """The path of a file that is named twice, `a/PATH b/PATH`; of a renamed one, something else."""
    half = line[: (len(line) - 1) // 2]
    return _unquoted(half).removeprefix("a/")


def _unquoted(path: str) -> str:
    """A path that git quotes as C does where a character in it is special."""
    if not path.startswith('"'):
        return path
    return path[1:-1].encode().decode("unicode_escape").encode("latin-1").decode("utf-8", "replace")


def _file(part: str) -> FileDiff:
    lines = part.split("\n")[:-1]
    path = _named(lines[0])
    diff = FileDiff(path, path)
    old = new = 0
    current: list[Line] | None = None
    for text in lines[1:]:
        if match := _HUNK.match(text):
            old, new = int(match[1]), int(match[2])
            current = []
            diff.hunks.append((text, current))
        elif current is not None:
            kind = text[:1]
            if kind in "+- " and kind:
                current.append(Line(old if kind != "+" else None, new if kind != "-" else None, text))
            old += kind in ("-", " ")
            new += kind in ("+", " ")
        elif text.startswith("rename from "):
            diff.old_path, diff.status = _unquoted(text.removeprefix("rename from ")), "renamed"
        elif text.startswith("rename to "):
            diff.path = _unquoted(text.removeprefix("rename to "))
        elif text.startswith("new file mode"):
            diff.status = "added"
        elif text.startswith("deleted file mode"):
            diff.status = "removed"
    return diff
