"""Which Python files are reviewed: not tests, migrations, generated or vendored files, nor examples and documentation."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

_FOLDERS = (
    "tests", "test", "testing", "testdata", "fixtures", "benchmarks", "benchmark",
    "_tests", "unit_tests", "integration_tests", "functional_tests", "e2e", "e2e_tests",
    "migrations",
    "docs", "doc", "examples", "example", "samples", "cookbook", "tutorials",
    "vendor", "vendored", "_vendor", "_vendored", "third_party", "thirdparty", "node_modules", "site-packages",
)  # fmt: skip
_ASIDE = re.compile(rf"(?:^|/)(?:{'|'.join(map(re.escape, _FOLDERS))}|\w+_benchmarks)(?:/|\Z)")
_FILES = re.compile(
    r"(?:test_.*|.*_tests?|tests?|conftest|.*_pb2(?:_grpc)?|.*_pb2_.*|_?version|versioneer|setup|noxfile|conf)\.py\Z"
)
_REVISION = re.compile(r"(?:[0-9a-f_]{8,}|.*_[0-9a-f]{12}_).*\.py\Z")
"""Alembic's revisions: a file name with a revision id in it, in a folder `versions`."""


class Selection:
    """Chooses paths: the defaults, minus what `exclude` globs match, plus what `include` globs match."""

    def __init__(self, exclude: Iterable[str] = (), include: Iterable[str] = ()) -> None:
        self._exclude = _any(exclude)
        self._include = _any(include)
        self._folders: dict[str, bool] = {}

    def __call__(self, path: str) -> bool:
        """Whether a path is reviewed."""
        if not path.endswith(".py"):
            return False
        if self._include is not None and self._include.match(path):
            return True
        if self._exclude is not None and self._exclude.match(path):
            return False
        folder, _, file = path.rpartition("/")
        aside = self._folders.get(folder)
        if aside is None:
            aside = self._folders[folder] = _ASIDE.search(folder) is not None
        return not aside and not _FILES.match(file) and not (folder.endswith("versions") and _REVISION.match(file))


def _any(globs: Iterable[str]) -> re.Pattern[str] | None:
    patterns = [glob_pattern(glob) for glob in globs]
    return re.compile("|".join(patterns)) if patterns else None


@lru_cache(maxsize=256)
def glob_pattern(glob: str) -> str:
    """A path glob as a regular expression for the whole path: `*` and `?` stay in one folder, `**` crosses folders.

    A glob that names a folder (with or without a final slash) matches everything below it.
    """
    wild = {"**/": "(?:[^/]+/)*", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    tokens = re.findall(r"\*\*/|\*\*|\*|\?|[^*?]+", glob.strip("/"))
    parts = [wild.get(token) or re.escape(token) for token in tokens]
    return f"(?:{''.join(parts)})(?:/.*)?\\Z"
