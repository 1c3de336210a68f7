"""References of trees (see `rules.reference`) kept between runs, a few for each repository, in the cache folder."""

from __future__ import annotations

import mmap
import os
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path

from rules.reference import DamagedReferenceError, Reference

PER_REPOSITORY = 3
"""More trees of one repository than its base, its head and one long-lived branch are seldom of use."""

MAX_BYTES = 500_000_000
"""Above this sum over all repositories the references that were not used for the longest time go."""

NEAR_FILES, NEAR_SHARE = 100, 0.05
"""A reference is near enough if no more files differ than this number, or this share of the tree."""


class ReferenceStore:
    """The references of one repository. Whatever goes wrong with the files, there are then none."""

    def __init__(self, folder: Path | None, repository: Path) -> None:
        """folder: the cache folder, None to keep nothing. repository: the folder of its objects."""
        self._all = folder / "references" if folder else None
        name = blake2b(os.fsencode(repository), digest_size=12).hexdigest()
        self._own = self._all / name if self._all else None

    def nearest(self, key: str, blobs: Mapping[str, str]) -> Reference | None:
        """The reference with this key that differs least from a tree (path -> blob), if one is near enough."""
        best: tuple[int, Path, Reference] | None = None
        wanted = set(blobs.items())
        for path in self._files():
            reference = _open(path)
            if reference is None or reference.key != key:
                continue
            apart = len(wanted.symmetric_difference(zip(reference.paths, reference.blobs, strict=True)))
            if apart <= max(NEAR_FILES, NEAR_SHARE * len(blobs)) and (best is None or apart < best[0]):
                best = apart, path, reference
        if best is None:
            return None
        with suppress(OSError):
            os.utime(best[1])
        return best[2]

    def save(self, content: bytes) -> None:
        """Keeps a reference, and lets go of the oldest where there are too many."""
        if self._own is None or self._all is None:
            return
        with suppress(OSError):
            self._own.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._write(content, blake2b(content, digest_size=12).hexdigest())
            for path in self._files()[PER_REPOSITORY:]:
                path.unlink(missing_ok=True)
            self._shrink()

    def _write(self, content: bytes, name: str) -> None:
        """Nobody ever finds half a reference, and where the disk is full none is left behind."""
        assert self._own is not None
        with tempfile.NamedTemporaryFile(dir=self._own, suffix=".part", delete=False) as file:
            part = Path(file.name)
            try:
                file.write(content)
                file.flush()
                part.replace(self._own / f"{name}.reference")
            except OSError:
                part.unlink(missing_ok=True)
                raise

    def _shrink(self) -> None:
        assert self._all is not None
        files = sorted(((path.stat().st_mtime, path) for path in self._all.glob("*/*")), reverse=True)
        total = 0
        for _, path in files:
            total += path.stat().st_size
            if total > MAX_BYTES:
                path.unlink(missing_ok=True)

    def _files(self) -> list[Path]:
        """The reference files of this repository, the one used last first."""
        if self._own is None:
            return []
        with suppress(OSError):
            found = [(path.stat().st_mtime_ns, path) for path in self._own.glob("*.reference")]
            return [path for _, path in sorted(found, reverse=True)]
        return []


def _open(path: Path) -> Reference | None:
    """The reference in a file, mapped into memory; a damaged file is removed."""
    try:
        with path.open("rb") as file:
            return Reference(memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)))
    except DamagedReferenceError:
        with suppress(OSError):
            path.unlink()
    except (OSError, ValueError):
        pass
    return None
