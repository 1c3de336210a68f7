"""Mirrors of repositories on disk: of each the commits that were reviewed, with the blobs a review reads.

A mirror is a bare, shallow, partial clone without refs, filled by commit id. One process at a time works with it: a
lock on a file beside it is held while it is filled and read, and by a running `git fetch` even when we are killed. The
same file holds the mirror's size, and its time is the time of the last use. All of it can be deleted at any time
nothing runs: it only costs time.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

from worker.ends import PATHSPECS
from worker.errors import GitError
from worker.fetch import ALONE, FULL, LIMITS, DiskFullError, FetchError, Limits, Remote, check_disk, check_remote, fetch
from worker.git import Repository
from worker.lock import locked

MAX_BYTES = 20_000_000_000
"""Above this sum the mirrors that were not used for the longest time go."""

MAX_PACKS = 60
"""Each fetch leaves a pack and git gets slower with their number; there are no refs, so they cannot be collected."""

_TIPS = 8
"""So many commits that are here are told to the server, which then leaves out the trees it finds in them."""

_REFUSALS = 20
"""So many blobs may be refused in one review before the others are given up too."""

_KEY = re.compile(r"[A-Za-z0-9_-]+")
_FOLDER = re.compile(r"([A-Za-z0-9_-]+)\.(git|part)")
_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_LEFTOVERS = ("*.lock", "shallow_*", "objects/tmp_*", "objects/*/tmp_*", "objects/*/*.lock")


class Mirrors:
    """The mirrors in a folder that is theirs alone. Threads and processes may share it."""

    def __init__(self, folder: Path, max_bytes: int = MAX_BYTES, limits: Limits = LIMITS) -> None:
        self._folder = folder.absolute()
        self._max_bytes = max_bytes
        self._limits = limits

    @contextmanager
    def open(
        self, key: str, remote: Remote, commits: Sequence[str], *, pathspecs: Sequence[str] = PATHSPECS
    ) -> Iterator[Repository]:
        """The mirror of a repository with these commits and the blobs of theirs that match the pathspecs.

        key: the repository's id, of letters, digits, `_` and `-`. commits: full ids. What is here already is not
        fetched. Waits while another process uses the mirror. A blob that the server refuses stays absent. Raises
        FetchError; DiskFullError where the disk is full, and then half of the mirrors go. A GitError that leaves the
        context removes the mirror: the next use begins with a new one.
        """
        _check_key(key)
        check_remote(remote)
        if not commits or not all(_COMMIT.fullmatch(commit) for commit in commits):
            raise ValueError("commits are full ids, and at least one is needed.")
        with self._in_bounds():
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            with locked(self._lock(key)) as lock:
                os.truncate(lock, 0)
                os.utime(lock)
                try:
                    yield self._prepared(key, _Order(remote, tuple(dict.fromkeys(commits)), tuple(pathspecs), lock))
                except GitError:
                    self._delete(key)
                    raise
                finally:
                    self._settle(key, lock)

    @contextmanager
    def _in_bounds(self) -> Iterator[None]:
        """Sees to the size of all mirrors afterwards. Raises DiskFullError where something found the disk full."""
        most: int | None = self._max_bytes
        try:
            yield
        except DiskFullError:
            most = None
            raise
        except OSError as error:
            if error.errno not in FULL:
                raise
            most = None
            raise DiskFullError from None
        finally:
            self._shrink(most)

    def size(self) -> int:
        """The bytes of all mirrors together, as far as is known."""
        return sum(use.size for use in self._uses())

    def has(self, key: str) -> bool:
        """Whether there is a mirror of a repository."""
        _check_key(key)
        return self._mirror(key).is_dir()

    def remove(self, key: str) -> None:
        """Removes the mirror of a repository, if there is one. Waits while it is in use."""
        _check_key(key)
        if self._folder.is_dir():
            with locked(self._lock(key)):
                self._forget(key)

    def _prepared(self, key: str, order: _Order) -> Repository:
        """The mirror with all that is ordered; a damaged one is made anew once."""
        try:
            return self._filled(key, order)
        except GitError as error:
            self._delete(key)
            check_disk(str(error))
        try:
            return self._filled(key, order)
        except GitError as error:
            raise FetchError(f"{error}; try again later.") from None

    def _filled(self, key: str, order: _Order) -> Repository:
        mirror = self._mirror(key)
        if not mirror.is_dir():
            self._make(key, "sha1" if len(order.commits[0]) == 40 else "sha256")
        for pattern in _LEFTOVERS:
            for left in mirror.glob(pattern):
                _erase(left)
        repository = _repository(mirror)
        if new := repository.absent(order.commits):
            options = ("--depth=1", *(f"--negotiation-tip={tip}" for tip in _tips(repository)))
            fetch(repository, order.remote, sorted(new), options, self._limits, order.lock)
        listed = {entry.blob for commit in order.commits for entry in repository.matching(commit, order.pathspecs)}
        self._fetch_blobs(repository, repository.absent(listed), order)
        return repository

    def _make(self, key: str, object_format: str) -> None:
        part = self._part(key)
        _erase(part)
        _repository(part).run("init", "--quiet", "--bare", "--template=", f"--object-format={object_format}")
        part.rename(self._mirror(key))

    def _fetch_blobs(self, repository: Repository, blobs: set[str], order: _Order) -> None:
        """Fetches blobs in one batch, without those that the server turns out to refuse."""
        wanted = set(blobs)
        for _ in range(_REFUSALS):
            if not wanted:
                return
            try:
                fetch(repository, order.remote, sorted(wanted), (), self._limits, order.lock)
            except FetchError as error:
                if error.kind != "gone" or error.refused not in wanted:
                    raise
                wanted.remove(error.refused)
            else:
                return

    def _settle(self, key: str, lock: int) -> None:
        """After use: a mirror of too many packs goes, of any other the size is noted."""
        mirror = self._mirror(key)
        if len(list((mirror / "objects" / "pack").glob("*.pack"))) > MAX_PACKS:
            self._delete(key)
        if mirror.is_dir():
            os.pwrite(lock, str(folder_size(mirror)).encode(), 0)
        else:
            self._lock(key).unlink(missing_ok=True)

    def _shrink(self, most: int | None) -> None:
        """Removes what a killed process left half removed, and mirrors until all fit; what is in use stays.

        most: bytes; None for half of what there is.
        """
        for key in self._keys("part"):
            with suppress(BlockingIOError), locked(self._lock(key), wait=False):
                _erase(self._part(key))
                if not self._mirror(key).is_dir():
                    self._lock(key).unlink(missing_ok=True)
        uses = self._uses()
        total = sum(use.size for use in uses)
        limit = total // 2 if most is None else most
        for use in uses:
            if total <= limit:
                return
            with suppress(BlockingIOError), locked(self._lock(use.key), wait=False):
                self._forget(use.key)
                total -= use.size

    def _keys(self, ending: str) -> set[str]:
        if not self._folder.is_dir():
            return set()
        found = (_FOLDER.fullmatch(entry.name) for entry in os.scandir(self._folder))
        return {match[1] for match in found if match and match[2] == ending}

    def _uses(self) -> list[_Use]:
        """The last use of every mirror, the oldest first."""
        return sorted(self._last_use(key) for key in self._keys("git"))

    def _last_use(self, key: str) -> _Use:
        """An unknown size, of a mirror in use or left by a killed process, is measured."""
        used, noted = 0, ""
        with suppress(OSError):
            used, noted = self._lock(key).stat().st_mtime_ns, self._lock(key).read_text()
        return _Use(used, key, int(noted) if noted.isdigit() else folder_size(self._mirror(key)))

    def _forget(self, key: str) -> None:
        self._delete(key)
        self._lock(key).unlink(missing_ok=True)

    def _delete(self, key: str) -> None:
        """Renames first: nobody ever finds half a mirror."""
        _erase(self._part(key))
        with suppress(FileNotFoundError):
            self._mirror(key).rename(self._part(key))
        _erase(self._part(key))

    def _mirror(self, key: str) -> Path:
        return self._folder / f"{key}.git"

    def _part(self, key: str) -> Path:
        return self._folder / f"{key}.part"

    def _lock(self, key: str) -> Path:
        return self._folder / f"{key}.lock"


class _Order(NamedTuple):
    """What one use of a mirror needs. `lock` is the descriptor of its lock."""

    remote: Remote
    commits: tuple[str, ...]
    pathspecs: tuple[str, ...]
    lock: int


class _Use(NamedTuple):
    used: int
    key: str
    size: int


def _check_key(key: str) -> None:
    if not _KEY.fullmatch(key):
        raise ValueError(f"{key!r} is no key of a mirror: it has letters, digits, _ and - only.")


def _repository(mirror: Path) -> Repository:
    # The caller's object folders, which other uses of Repository heed, are not those of a mirror.
    objects = {"GIT_OBJECT_DIRECTORY": str(mirror / "objects"), "GIT_ALTERNATE_OBJECT_DIRECTORIES": ""}
    return Repository(mirror, mirror, None, {**ALONE, **objects})


def _tips(repository: Repository) -> list[str]:
    """The newest of the commits that are here: as each came without its parents, git's list of cut ones has them."""
    try:
        shallow = (repository.git_dir / "shallow").read_bytes()
    except FileNotFoundError:
        return []
    return repository.run("rev-list", "--no-walk", f"--max-count={_TIPS}", "--stdin", stdin=shallow).decode().split()


def folder_size(folder: Path) -> int:
    """The sum of the sizes of the files in a folder, in bytes."""
    total = 0
    for place, _, names in os.walk(folder):
        for name in names:
            with suppress(OSError):
                total += Path(place, name).lstat().st_size
    return total


def _erase(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
