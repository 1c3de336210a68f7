"""Which injected copies Partywall finds, and which its peers."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from rules.change import Change, FileChange, Snapshot
from rules.config import Config
from rules.duplication import Copy
from rules.facts import read
from rules.model import Finding, Level
from rules.overlay import Overlay, Roots
from rules.registry import RULES
from rules.review import review
from rules.selection import Selection
from rules.trees import reference_of, snapshot_over
from tests.bench.injected import Case
from tests.bench.originals import Original
from tests.bench.peers import Peer

BATCH = 25
"""So many copies are reviewed as one change: many at once would make each other's statements common."""

Place = tuple[str, int, int]
"""(path, first line, last line)"""


class Partywall:
    """Reviews changes that add files to one tree, which is read once."""

    def __init__(self, tree: Mapping[str, str]) -> None:
        self._tree = {path: text for path, text in tree.items() if Selection()(path)}
        self._reference = reference_of(tree)
        self._base = snapshot_over(self._reference, tree)

    def levels(self, cases: Sequence[Case]) -> dict[Case, Level]:
        """The worst level of a finding that joins a copy with its original, for the copies that have one."""
        found = dict[Case, Level]()
        for i in range(0, len(cases), BATCH):
            batch = cases[i : i + BATCH]
            findings = self._review(batch)
            for case in batch:
                first = next((finding for finding in findings if case.joins(_places(finding))), None)
                if first is not None:
                    found[case] = first.level
        return found

    def words(self, original: Original) -> int:
        """How much a function says besides its frame, in words as `duplication/copy` counts them."""
        index = self._base.clones
        entries = (entry for number in index.in_file(original.path) for entry in index.unit(number).entries)
        return sum(entry.words for entry in entries if original.start <= entry.start <= original.end)

    def _review(self, cases: Sequence[Case]) -> list[Finding]:
        """The findings, worst first, every one at the level that its confidence gives it, however many they are."""
        rules = [rule for rule in RULES if rule.name.startswith("duplication/")]
        config = Config(rules={Copy.name: {"most": sys.maxsize}})
        return list(review(self.change({case.path: case.text for case in cases}), config, rules, "partywall.toml"))

    def change(self, added: Mapping[str, str]) -> Change:
        """What `rules.trees.change_of` gives for the tree and the tree with these files, without reading it again."""
        texts = {**self._tree, **added}
        facts = {**self._base.facts, **{path: read(text.encode()) for path, text in added.items()}}
        known = {texts[path]: found for path, found in facts.items()}
        overlay = Overlay(self._reference, texts, known.__getitem__, Roots())
        head = Snapshot(overlay, facts, lambda path: texts[path].encode() if path in texts else None)
        return Change(self._base, head, [FileChange(path, "", ()) for path in sorted(added)])


def _places(finding: Finding) -> list[Place]:
    others = [(place.path, place.start_line, place.end_line) for place in finding.related]
    return [(finding.path, finding.start_line, finding.end_line), *others]


def found_by(peer: Peer, tree: Mapping[str, str], cases: Sequence[Case]) -> set[Case]:
    """The copies that another tool joins with their originals, in folders where they are written out, one a batch.

    A folder has the files that hold originals and not all others: the tools compare files by pairs, so the others make
    no difference, and pylint takes minutes for them.
    """
    batches = [cases[i : i + BATCH] for i in range(0, len(cases), BATCH)]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return set[Case]().union(*pool.map(partial(_found_in_batch, peer, tree), batches))


def _found_in_batch(peer: Peer, tree: Mapping[str, str], cases: Sequence[Case]) -> set[Case]:
    texts = {case.original.path: tree[case.original.path] for case in cases} | {case.path: case.text for case in cases}
    with tempfile.TemporaryDirectory(prefix="partywall-copies-") as folder:
        written = Path(folder) / "tree"
        _write(texts, written)
        command = [part for part in peer.command(written) if part != "-j0"]  # the batches run side by side already
        done = subprocess.run(command, cwd=written, capture_output=True, text=True, check=False)
        if peer.name == "jscpd":
            groups = list(_pairs_of_jscpd(written.parent / "jscpd" / "jscpd-report.json", written))
        else:
            groups = list(_groups_of_pylint(done.stdout, texts))
    return {case for case in cases if any(case.joins(group) for group in groups)}


def _write(texts: Mapping[str, str], folder: Path) -> None:
    """Writes files out; every folder is a package, so that pylint names modules by their whole paths."""
    for path, text in texts.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
        for parent in target.relative_to(folder).parents[:-1]:
            (folder / parent / "__init__.py").touch()


def _pairs_of_jscpd(report: Path, tree: Path) -> Iterator[list[Place]]:
    for pair in json.loads(report.read_text(encoding="utf-8"))["duplicates"]:
        sides = [pair["firstFile"], pair["secondFile"]]
        yield [(_relative(side["name"], tree), side["start"], side["end"]) for side in sides]


def _relative(name: str, tree: Path) -> str:
    return (tree / name).resolve().relative_to(tree.resolve()).as_posix()


def _groups_of_pylint(output: str, paths: Iterable[str]) -> Iterator[list[Place]]:
    """The places of each message; pylint names modules, and counts lines from 0 up to one behind the last."""
    modules = {path.removesuffix(".py").removesuffix("/__init__").replace("/", "."): path for path in paths}
    for message in output.split("R0801")[1:]:
        found = re.findall(r"^==([\w.]+):\[(\d+):(\d+)\]$", message, re.MULTILINE)
        yield [(modules[name], int(start) + 1, int(end)) for name, start, end in found if name in modules]
