from __future__ import annotations

import gc
import multiprocessing
import sqlite3
import sys
import threading
from pathlib import Path

import pytest

from rules.facts import VERSION, read
from worker.cache import FactsCache, encode

BLOBS = {f"{i:040x}": encode(read(f"x = compute({i}, {i})\n".encode())) for i in range(50)}


def test_what_is_put_is_got(tmp_path: Path) -> None:
    FactsCache(tmp_path).put(BLOBS)
    found = FactsCache(tmp_path).get([*BLOBS, "ff" * 20])
    assert {blob: encode(facts) for blob, facts in found.items()} == BLOBS


def test_another_version_of_the_facts_is_not_got(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    FactsCache(tmp_path).put(BLOBS)
    monkeypatch.setattr("worker.cache.VERSION", VERSION + 1)
    assert FactsCache(tmp_path).get(BLOBS) == {}


@pytest.mark.parametrize("damage", [b"not a database at all" * 100, b"SQLite format 3\0" + b"\xff" * 4000, b""])
def test_a_damaged_file_is_begun_anew(tmp_path: Path, damage: bytes) -> None:
    (tmp_path / "facts.db").write_bytes(damage)
    cache = FactsCache(tmp_path)
    assert cache.get(BLOBS) == {}
    cache.put(BLOBS)
    assert len(FactsCache(tmp_path).get(BLOBS)) == len(BLOBS)


def test_a_damaged_row_is_begun_anew(tmp_path: Path) -> None:
    first = FactsCache(tmp_path)
    first.put(BLOBS)
    first.close()
    with sqlite3.connect(tmp_path / "facts.db") as connection:
        connection.execute("update facts set data = x'c1'")
    connection.close()
    cache = FactsCache(tmp_path)
    assert cache.get(BLOBS) == {}
    cache.put(BLOBS)
    assert len(FactsCache(tmp_path).get(BLOBS)) == len(BLOBS)


def test_a_folder_that_cannot_be_written_costs_only_the_cache(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    cache = FactsCache(tmp_path / "file" / "cache")
    cache.put(BLOBS)
    assert cache.get(BLOBS).keys() <= BLOBS.keys()


def test_no_cache_keeps_nothing(tmp_path: Path) -> None:
    FactsCache(None).put(BLOBS)
    assert FactsCache(None).get(BLOBS) == {}
    assert list(tmp_path.iterdir()) == []


def test_the_size_is_bounded_and_what_was_used_lately_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    day = 20_000 * 86_400
    monkeypatch.setattr("time.time", lambda: day)
    big = {f"{i:040x}": encode(read(f"x = compute({i}, '{'z' * 2000}')\n".encode() * 40)) for i in range(400)}
    FactsCache(tmp_path).put(big)
    first = dict(list(big.items())[:20])
    monkeypatch.setattr("time.time", lambda: day + 5 * 86_400)
    assert len(FactsCache(tmp_path).get(first)) == 20
    monkeypatch.setattr("worker.cache._EVICTED", 50)
    limit = 300_000
    small = FactsCache(tmp_path, max_bytes=limit)
    small.put({"ee" * 20: encode(read(b"y = compute(1, 2)\n"))})
    assert len(small.get(first)) == 20
    assert 20 <= len(small.get(big)) < 400
    with sqlite3.connect(tmp_path / "facts.db") as connection:
        assert FactsCache._bytes_in_use(connection) <= limit
    connection.close()


def _put_some(folder: str, start: int) -> None:
    cache = FactsCache(Path(folder))
    for blob, data in list(BLOBS.items())[start::4]:
        cache.put({blob: data})


def test_processes_may_write_at_once(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=_put_some, args=(str(tmp_path), start)) for start in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
        assert writer.exitcode == 0
    assert len(FactsCache(tmp_path).get(BLOBS)) == len(BLOBS)


def test_any_thread_may_clear_away_a_cache() -> None:
    cycle: list[object] = [FactsCache(None)]
    cycle.append(cycle)
    cache = cycle[0]
    assert isinstance(cache, FactsCache)
    cache.put(BLOBS)
    problems: list[object] = []
    previous, sys.unraisablehook = sys.unraisablehook, problems.append
    try:
        del cache, cycle
        collector = threading.Thread(target=gc.collect)
        collector.start()
        collector.join()
    finally:
        sys.unraisablehook = previous
    assert problems == []
