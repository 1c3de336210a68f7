from __future__ import annotations

import os
from pathlib import Path

import pytest

from rules.facts import read
from rules.layout import find_layout
from rules.reference import build
from rules.trees import Tree, reference_of
from worker.references import ReferenceStore


def content(tree: Tree, key: str = "k") -> bytes:
    facts = {path: read(source.encode()) for path, source in tree.items()}
    return build(key, tree, facts, find_layout(facts, (), (), lambda path: facts[path].imports))


SMALL = {f"m{i}.py": f"x = {i}\n" for i in range(5)}
OTHER = {f"m{i}.py": f"y = {i}\n" for i in range(5)}


@pytest.fixture
def store(tmp_path: Path) -> ReferenceStore:
    return ReferenceStore(tmp_path, Path("/some/repository"))


def test_the_nearest_reference_is_found(store: ReferenceStore) -> None:
    store.save(content(SMALL))
    store.save(content(OTHER))
    found = store.nearest("k", {**SMALL, "m0.py": "changed"})
    assert found is not None
    assert dict(zip(found.paths, found.blobs, strict=True)) == SMALL
    assert store.nearest("another key", SMALL) is None


def test_one_that_is_too_far_is_not_used(store: ReferenceStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("worker.references.NEAR_FILES", 3)
    store.save(content(SMALL))
    assert store.nearest("k", {**SMALL, "m0.py": "changed"}) is not None
    assert store.nearest("k", OTHER) is None


def test_repositories_do_not_share_and_few_are_kept(store: ReferenceStore, tmp_path: Path) -> None:
    for i in range(6):
        store.save(content({"a.py": f"x = {i}\n"}))
        for age, path in enumerate(sorted(tmp_path.rglob("*.reference"), key=lambda p: p.stat().st_mtime_ns)):
            os.utime(path, (1_000 + age, 1_000 + age))
    assert len(list(tmp_path.rglob("*.reference"))) == 3
    assert ReferenceStore(tmp_path, Path("/another")).nearest("k", {"a.py": "x = 5\n"}) is None


def test_the_size_of_all_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    size = len(content(SMALL))
    monkeypatch.setattr("worker.references.MAX_BYTES", 2 * size + 10)
    for i in range(4):
        ReferenceStore(tmp_path, Path(f"/repository/{i}")).save(content(SMALL))
    assert len(list(tmp_path.rglob("*.reference"))) == 2


def test_a_damaged_file_is_removed(store: ReferenceStore, tmp_path: Path) -> None:
    store.save(content(SMALL))
    (file,) = tmp_path.rglob("*.reference")
    file.write_bytes(file.read_bytes()[:-3])
    assert store.nearest("k", SMALL) is None
    assert not file.exists()
    file.write_bytes(b"")
    assert store.nearest("k", SMALL) is None


def test_without_a_folder_nothing_is_kept(tmp_path: Path) -> None:
    store = ReferenceStore(None, tmp_path)
    store.save(content(SMALL))
    assert store.nearest("k", SMALL) is None
    assert list(tmp_path.iterdir()) == []


def test_a_reference_in_memory_and_one_from_a_file_are_the_same(store: ReferenceStore) -> None:
    tree = {"a.py": "import b\n", "b.py": "def f(k):\n    return load(k, 1)\n"}
    store.save(content(tree))
    found = store.nearest("k", tree)
    assert found is not None
    assert [found.edges(i) for i in range(2)] == [reference_of(tree).edges(i) for i in range(2)]
