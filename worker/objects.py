"""Reading the contents of a repository's blobs, through one process for many of them."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable, Iterator
from typing import IO

from worker.errors import GitError
from worker.git import Repository, environment

_BATCH = 400


class ObjectReader:
    """Reads blobs through one `git cat-file --batch` process. Use it as a context manager."""

    def __init__(self, repository: Repository, missing: frozenset[str] = frozenset()) -> None:
        self._repository = repository
        self._missing = missing
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> ObjectReader:
        return self

    def __exit__(self, *_: object) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None

    def read(self, blobs: Iterable[str]) -> Iterator[tuple[str, bytes | None]]:
        """(id, content) of each blob in the order asked; None for one that is not here."""
        wanted = list(blobs)
        for start in range(0, len(wanted), _BATCH):
            yield from self._read_batch(wanted[start : start + _BATCH])

    def _read_batch(self, blobs: list[str]) -> Iterator[tuple[str, bytes | None]]:
        present = [blob for blob in blobs if blob not in self._missing]
        process = self._start()
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            process.stdin.write("".join(f"{blob}\n" for blob in present).encode())
            process.stdin.flush()
        except BrokenPipeError:
            raise GitError(f"git cat-file stopped in {self._repository.git_dir}; run `git fsck` there.") from None
        for blob in blobs:
            yield blob, None if blob in self._missing else self._read_object(process.stdout)

    def _read_object(self, stream: IO[bytes]) -> bytes | None:
        header = stream.readline().split()
        if len(header) == 2 and header[1] == b"missing":
            return None
        if len(header) != 3:
            raise GitError(f"git cat-file stopped in {self._repository.git_dir}; run `git fsck` there.")
        content = stream.read(int(header[2]))
        stream.read(1)
        return content

    def _start(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            self._process = subprocess.Popen(
                self._repository.command("cat-file", "--batch"),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=environment(self._repository.environ),
            )
        return self._process
