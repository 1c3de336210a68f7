"""Packages of the npm registry that hold descriptions of other people's formats; fetched for the tests, never committed."""

from __future__ import annotations

import shutil
import subprocess
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest


class NotDeliveredError(Exception):
    """A package cannot be had; the message says why."""


def npm_package(name: str, version: str, cache: Path) -> Path:
    """The folder of an unpacked package. Skips the test where npm is missing or does not deliver."""
    try:
        return fetched(name, version, cache)
    except NotDeliveredError as error:
        pytest.skip(str(error))


def fetched(name: str, version: str, cache: Path, only: str = "*") -> Path:
    """The folder of an unpacked package, fetched once; it keeps the files that match `only`. Raises NotDeliveredError."""
    folder = cache / f"{name.replace('/', '+')}-{version}"
    if not folder.is_dir():
        npm = shutil.which("npm")
        if npm is None:
            raise NotDeliveredError(f"npm is not installed, so {name} cannot be had")
        cache.mkdir(parents=True, exist_ok=True)
        # Several test processes may fetch at once: each in a folder of its own, and the first to finish wins.
        with TemporaryDirectory(dir=cache) as part:
            _unpack(npm, f"{name}@{version}", Path(part), only)
            with suppress(OSError):
                (Path(part) / "unpacked").rename(folder)
    return folder / "package"


def _unpack(npm: str, wanted: str, folder: Path, only: str) -> None:
    done = subprocess.run(
        [npm, "pack", "--silent", wanted], cwd=folder, capture_output=True, text=True, check=False, timeout=300
    )
    if done.returncode:
        raise NotDeliveredError(f"npm does not deliver {wanted}: {done.stderr.strip()[-200:]}")
    archive, unpacked = folder / done.stdout.strip().splitlines()[-1], folder / "unpacked"
    unpacked.mkdir()
    # tar strips what would lead out of the folder; tarfile does so only from Python 3.11.4 on.
    subprocess.run(["tar", "-xzf", str(archive), "-C", str(unpacked)], check=True)
    for path in unpacked.rglob("*"):
        if path.is_file() and not path.match(only):
            path.unlink()
