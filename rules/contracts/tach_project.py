"""Which files tach looks at: those below its source roots, without what is excluded and across no package."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Sequence

from rules.contracts.tach_globs import ignored, path_glob

_PACKAGES = ("pyproject.toml", "setup.py")
"""Files that make their folder a package of its own; imports across packages are no business of `tach check`."""


class Project:
    """The files that one tach.toml is about. All paths are from the root of the repository."""

    def __init__(
        self, folder: str, roots: Sequence[str], exclude: Sequence[str], manifests: Iterable[str] = ()
    ) -> None:
        """folder: where the tach.toml lies. roots: globs. exclude: as in a .gitignore in the folder. Raises re.error.

        manifests: the paths of packaging manifests.
        """
        self._folder = folder
        self._roots = [re.compile(f"{path_glob(root)}/") if root else re.compile("") for root in roots]
        patterns = [ignored(pattern) for pattern in exclude]
        self._files = _any(pattern for pattern, only_folders in patterns if not only_folders)
        self._folders = _any(pattern for pattern, _ in patterns)
        self._packages = {posixpath.dirname(path) for path in manifests if posixpath.basename(path) in _PACKAGES}
        self._known: dict[str, bool] = {}
        self._root_of: dict[str, str | None] = {}

    def root_of(self, path: str) -> str | None:
        """The source root that a file lies below, None where it lies below none; of several the deepest."""
        folder = posixpath.dirname(path)
        if folder not in self._root_of:
            found = [match[0].rstrip("/") for root in self._roots if (match := root.match(path))]
            self._root_of[folder] = max(found, key=len, default=None)
        return self._root_of[folder]

    def holds(self, path: str) -> bool:
        """Whether the imports of a file count."""
        root = self.root_of(path)
        return root is not None and self._is_open(posixpath.dirname(path), root) and not self._is_excluded(path)

    def shares(self, path: str, other: str) -> bool:
        """Whether an import of the second file by the first is one within a package. Excluded folders do not matter."""
        one, two = self.root_of(path), self.root_of(other)
        if one is None or two is None or self._is_excluded(other):
            return False
        return one == two or self._package(one) == self._package(two)

    def _is_excluded(self, path: str) -> bool:
        return self._files is not None and self._files.fullmatch(self._relative(path)) is not None

    def _is_open(self, folder: str, root: str) -> bool:
        """Whether neither a folder nor one above it is hidden or excluded."""
        if folder in (root, "") or not folder.startswith(root):
            return True
        known = self._known.get(folder)
        if known is None:
            closed = posixpath.basename(folder).startswith(".") or (
                self._folders is not None and self._folders.fullmatch(self._relative(folder)) is not None
            )
            known = self._known[folder] = not closed and self._is_open(posixpath.dirname(folder), root)
        return known

    def _relative(self, path: str) -> str:
        return path.removeprefix(f"{self._folder}/") if self._folder else path

    def _package(self, folder: str) -> str:
        while folder not in self._packages and folder not in (self._folder, ""):
            folder = posixpath.dirname(folder)
        return folder


def _any(patterns: Iterable[str]) -> re.Pattern[str] | None:
    found = [f"(?:{pattern})" for pattern in patterns]
    return re.compile("|".join(found)) if found else None
