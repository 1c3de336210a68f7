"""What is measured on: the reviewed files of a repository as a folder, and the same repository ten times as large."""

from __future__ import annotations

import builtins
import keyword
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

from rules.selection import Selection
from worker.git import Repository
from worker.objects import ObjectReader


class Subject:
    """A repository given by path."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.repository = Repository.discover(path)
        self.name = path.parent.name if path.name == "repo" else path.name

    def git(self, *arguments: str) -> str:
        return self.repository.run(*arguments).decode("utf-8", "replace")

    def commit(self, revision: str) -> str:
        return self.repository.commit(revision)

    def python_files(self, revision: str) -> Iterator[tuple[str, bytes]]:
        """(path, content) of the Python files that are here."""
        entries = [e for e in self.repository.entries(self.commit(revision)) if e.path.endswith(".py") and not e.link]
        with ObjectReader(self.repository, self.repository.missing(self.commit(revision))) as reader:
            for entry, (_, data) in zip(entries, reader.read(e.blob for e in entries), strict=True):
                if data is not None:
                    yield entry.path, data


def extract(subject: Subject, folder: Path, *, reviewed: bool) -> Path:
    """The Python files of HEAD in a folder: all of them, or those that a review looks at."""
    chosen = Selection()
    for path, data in subject.python_files("HEAD"):
        if chosen(path) or not reviewed:
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)
    return folder


COPIES = 10
_KEPT = {*keyword.kwlist, *keyword.softkwlist, *dir(builtins), "self", "typing", "tests", "migrations", "conftest"}
_NAME = re.compile(rb"\b[a-z][a-z_]{3,}\b")


def _renamed(data: bytes, copy: int) -> bytes:
    """Source with its lower-case names made different in each copy, so that no two copies are copies of each other."""
    suffix = b"_" + b"abcdefghij"[copy : copy + 1]
    return _NAME.sub(lambda m: m[0] if m[0].decode() in _KEPT or m[0].startswith(b"test_") else m[0] + suffix, data)


def _renamed_path(path: str, copy: int) -> str:
    folder, _, file = path.removesuffix(".py").rpartition("/")
    parts = [_renamed(part.encode(), copy).decode() for part in f"{folder}/{file}".strip("/").split("/")]
    return f"part_{copy}/" + "/".join(parts) + ".py"


def enlarged(subject: Subject, base: str, head: str, folder: Path) -> tuple[Path, str, str]:
    """(a bare repository with ten renamed copies of the base tree, its base commit, its head commit).

    The head has the change from base to head in one of the copies.
    """
    subprocess.run(["git", "init", "--quiet", "--bare", str(folder)], check=True)
    importer = subprocess.Popen(["git", f"--git-dir={folder}", "fast-import", "--quiet"], stdin=subprocess.PIPE)
    assert importer.stdin is not None
    write = importer.stdin.write
    before = dict(subject.python_files(base))
    write(b"commit refs/heads/main\nmark :1\ncommitter A <a@example.org> 0 +0000\ndata 4\nbase\n")
    for copy in range(COPIES):
        write(b"M 100644 inline part_%d/setup.py\ndata 0\n\n" % copy)
        for path, data in before.items():
            _write_file(write, _renamed_path(path, copy), _renamed(data, copy))
    write(b"commit refs/heads/topic\nmark :2\ncommitter A <a@example.org> 0 +0000\ndata 4\nhead\nfrom :1\n")
    after = dict(subject.python_files(head))
    for path, data in after.items():
        if before.get(path) != data:
            _write_file(write, _renamed_path(path, 3), _renamed(data, 3))
    for path in before.keys() - after.keys():
        write(b"D " + _quoted(_renamed_path(path, 3)) + b"\n")
    importer.stdin.close()
    assert importer.wait() == 0
    large = Repository.discover(folder)
    return folder, large.commit("main"), large.commit("topic")


def _write_file(write: object, path: str, data: bytes) -> None:
    assert callable(write)
    write(b"M 100644 inline " + _quoted(path) + b"\ndata %d\n" % len(data) + data + b"\n")


def _quoted(path: str) -> bytes:
    return b'"' + path.encode().replace(b"\\", b"\\\\").replace(b'"', b'\\"') + b'"'
