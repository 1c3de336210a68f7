"""The working tree, with what is not committed yet, as a git tree in a temporary object store of our own."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from worker.git import Repository


@contextmanager
def work_tree_snapshot(repository: Repository, pathspecs: Sequence[str]) -> Iterator[tuple[Repository, str]]:
    """(the repository with a temporary object store, the id of the working tree's tree), while the context lasts.

    The tree is the index plus, for the given pathspecs, what was edited, deleted or is new and not ignored. The
    repository itself, its index included, is not written to.
    """
    with tempfile.TemporaryDirectory(prefix="partywall-") as folder:
        index, objects = Path(folder, "index"), Path(folder, "objects")
        objects.mkdir()
        if (repository.git_dir / "index").exists():
            shutil.copyfile(repository.git_dir / "index", index)
        alternates = [
            str(repository.common_dir / "objects"),
            *filter(None, (os.environ.get("GIT_OBJECT_DIRECTORY"), os.environ.get("GIT_ALTERNATE_OBJECT_DIRECTORIES"))),
        ]
        environ = {
            "GIT_INDEX_FILE": str(index),
            "GIT_OBJECT_DIRECTORY": str(objects),
            "GIT_ALTERNATE_OBJECT_DIRECTORIES": os.pathsep.join(alternates),
        }
        private = Repository(repository.git_dir, repository.common_dir, repository.work_tree, environ)
        listing = ("ls-files", "-z", "--modified", "--deleted", "--others", "--exclude-standard", "--full-name")
        touched = set(private.run(*listing, "--", *pathspecs).split(b"\0"))
        unmerged = {record.partition(b"\t")[2] for record in private.run("ls-files", "-z", "--unmerged").split(b"\0")}
        paths = sorted(path for path in touched | unmerged if path and not path.endswith(b"/"))
        private.run("update-index", "-z", "--add", "--remove", "--replace", "--stdin", stdin=b"\0".join(paths))
        yield private, private.run("write-tree", "--missing-ok").decode().strip()
