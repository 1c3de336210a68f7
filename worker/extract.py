"""Blobs -> facts, from the cache or by reading them, on all cores when there are many."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool

from rules.facts import empty, read
from rules.model import Facts
from worker.cache import FactsCache, decode, encode
from worker.git import Repository
from worker.objects import ObjectReader

_CHUNK = 40
_FEW = 80
"""Below this number of blobs starting processes costs more than it saves."""


class FactsSource:
    """The facts of the blobs of a repository, read once. `fresh` are the blobs that the cache did not have."""

    def __init__(
        self, repository: Repository, cache: FactsCache, missing: frozenset[str], progress: Callable[[int, int], None]
    ) -> None:
        """progress: called with (files read, files to read) as they come in."""
        self.fresh: set[str] = set()
        self._repository = repository
        self._cache = cache
        self._missing = missing
        self._progress = progress
        self._known: dict[str, Facts] = {}

    def load(self, blobs: Iterable[str]) -> None:
        """Gets the facts of many blobs at once, from the cache or on all cores; what is read is cached at once.

        Of a blob that is not here the cache is not asked: a tree may name what belongs to somebody else.
        """
        asked = sorted(set(blobs).difference(self._known, self._missing))
        self._known.update(self._cache.get(asked))
        wanted = [blob for blob in asked if blob not in self._known]
        chunks = [wanted[i : i + _CHUNK] for i in range(0, len(wanted), _CHUNK)]
        done = 0
        for chunk, encoded in _read_all(self._repository, chunks, self._missing, len(wanted) > _FEW):
            self._cache.put(encoded)
            self._known.update((blob, decode(data)) for blob, data in encoded.items())
            self.fresh.update(encoded)
            done += len(chunk)
            self._progress(done, len(wanted))

    def has(self, blob: str) -> bool:
        """Whether a blob that was loaded is in the repository."""
        return blob in self._known

    def __call__(self, blob: str) -> Facts:
        """The facts of one blob; of one that is nowhere to be had they are empty."""
        if blob not in self._known:
            self.load([blob])
        return self._known.setdefault(blob, empty("the blob is not in this repository"))


class FactsByPath(Mapping[str, Facts]):
    """The facts of a tree by path, read when they are asked for."""

    def __init__(self, blobs: Mapping[str, str], facts: Callable[[str], Facts]) -> None:
        self._blobs = blobs
        self._facts = facts

    def __getitem__(self, path: str) -> Facts:
        return self._facts(self._blobs[path])

    def __contains__(self, path: object) -> bool:
        return path in self._blobs

    def __iter__(self) -> Iterator[str]:
        return iter(self._blobs)

    def __len__(self) -> int:
        return len(self._blobs)


def _read_all(
    repository: Repository, chunks: list[list[str]], missing: frozenset[str], parallel: bool
) -> Iterator[tuple[list[str], dict[str, bytes]]]:
    if not parallel or multiprocessing.current_process().daemon:  # a daemon may have no children
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
