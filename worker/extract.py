"""Blobs -> facts, from the cache or by reading them, on all cores when there are many."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from typing import NamedTuple

from rules.facts import empty, read
from rules.model import Facts
from worker.cache import FactsCache, decode, encode
from worker.git import ObjectReader, Repository

_CHUNK = 40
_FEW = 80
"""Below this number of blobs starting processes costs more than it saves."""


class Extraction(NamedTuple):
    """Facts by blob id, and which of them the cache had. A blob that is not in the repository has none."""

    facts: dict[str, Facts]
    cached: frozenset[str]


def extract(
    repository: Repository,
    blobs: Sequence[str],
    cache: FactsCache,
    missing: frozenset[str],
    progress: Callable[[int, int], None],
) -> Extraction:
    """The facts of blobs. `progress(done, total)` is called as they come in; what is read is cached at once."""
    facts = cache.get(blobs)
    wanted = [blob for blob in blobs if blob not in facts]
    cached = frozenset(facts)
    chunks = [wanted[i : i + _CHUNK] for i in range(0, len(wanted), _CHUNK)]
    done = 0
    for chunk, encoded in _read_all(repository, chunks, missing, len(wanted) > _FEW):
        cache.put(encoded)
        facts.update((blob, decode(data)) for blob, data in encoded.items())
        done += len(chunk)
        progress(done, len(wanted))
    return Extraction(facts, cached)


def _read_all(
    repository: Repository, chunks: list[list[str]], missing: frozenset[str], parallel: bool
) -> Iterator[tuple[list[str], dict[str, bytes]]]:
    if not parallel:
        with ObjectReader(repository, missing) as reader:
            yield from ((chunk, _read(reader, chunk)) for chunk in chunks)
        return
    failed: list[str] = []
    with _pool(repository, missing, _cores()) as pool:
        tasks = {pool.submit(_read_chunk, chunk): chunk for chunk in chunks}
        try:
            for task in as_completed(tasks):
                try:
                    yield tasks[task], task.result()
                except BrokenProcessPool:
                    failed.extend(tasks[task])
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    for blob in failed:
        yield [blob], _read_alone(repository, missing, blob)


def _read_alone(repository: Repository, missing: frozenset[str], blob: str) -> dict[str, bytes]:
    """One blob in a process of its own, because a process died over some blob: that one costs itself only."""
    with _pool(repository, missing, 1) as pool:
        try:
            return pool.submit(_read_chunk, [blob]).result()
        except BrokenProcessPool:
            return {blob: encode(empty("crashed the parser"))}


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _pool(repository: Repository, missing: frozenset[str], workers: int) -> ProcessPoolExecutor:
    context = multiprocessing.get_context("fork" if sys.platform == "linux" else "spawn")
    return ProcessPoolExecutor(workers, context, _start_worker, (repository, missing))


def _start_worker(repository: Repository, missing: frozenset[str]) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _readers.append(ObjectReader(repository, missing))


_readers: list[ObjectReader] = []
"""In a worker process: its own way to the objects."""


def _read_chunk(blobs: list[str]) -> dict[str, bytes]:
    return _read(_readers[0], blobs)


def _read(reader: ObjectReader, blobs: list[str]) -> dict[str, bytes]:
    return {blob: encode(read(data)) for blob, data in reader.read(blobs) if data is not None}
