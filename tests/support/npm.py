"""Packages of the npm registry that hold descriptions of other people's formats; fetched for the tests, never committed."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest


class NotDeliveredError(Exception):
    """A package cannot be had; the message says why."""


def npm_package(name: str, version: str, cache: Path) -> Path:
    """The folder of an unpacked package. Skips the test where npm is missing or does not deliver."""
    try:
        return fetched(name, version, cache)
    except NotDeliveredError as error:
        pytest.skip(str(error))


def fetched(name: str, version: str, cache: Path) -> Path:
    """The folder of an unpacked package, fetched once. Raises NotDeliveredError."""
    folder = cache / f"{name.replace('/', '+')}-{version}"
    if not folder.is_dir():
        npm = shutil.which("npm")
        if npm is None:
            raise NotDeliveredError(f"npm is not installed, so {name} cannot be had")
        cache.mkdir(parents=True, exist_ok=True)
        done = subprocess.run(
            [npm, "pack", "--silent", f"{name}@{version}"],
            cwd=cache,
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
        if done.returncode:
            raise NotDeliveredError(f"npm does not deliver {name} {version}: {done.stderr.strip()[-200:]}")
        archive, part = cache / done.stdout.strip().splitlines()[-1], Path(f"{folder}.part")
        part.mkdir(exist_ok=True)
        # tar strips what would lead out of the folder; tarfile does so only from Python 3.11.4 on.
        subprocess.run(["tar", "-xzf", str(archive), "-C", str(part)], check=True)
        part.rename(folder)
    return folder / "package"
