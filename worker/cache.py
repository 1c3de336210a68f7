"""Facts by (blob id, facts version), in one SQLite file in the user's cache folder.

Several processes may use it at once (WAL). A damaged file is put aside and begun anew: it only costs time. Behind the
file there may be what other machines have read.
"""

from __future__ import annotations

import os
import sqlite3
import sys
import time
import weakref
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Protocol

import msgspec

from rules.facts import VERSION
from rules.model import Facts

MAX_BYTES = 1_000_000_000
"""Above this size the facts that were not used for the longest time go."""

_DAY = 86_400
_CHUNK = 500
_EVICTED = 1_000
_SCHEMA = """
create table if not exists facts (version integer, blob blob, used integer, data blob, primary key (version, blob));
create index if not exists facts_used on facts (used);
"""
"""A row is found by its key; `used` is the day of the last use."""

encode = msgspec.msgpack.Encoder().encode
decode = msgspec.msgpack.Decoder(Facts).decode


def default_folder() -> Path:
    """Where the cache lies: PARTYWALL_CACHE, else the platform's cache folder."""
    if chosen := os.environ.get("PARTYWALL_CACHE"):
        return Path(chosen)
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "partywall"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "partywall"


class Shared(Protocol):
    """Encoded facts that other machines have read, by blob id. It never raises."""

    def get(self, blobs: Sequence[str]) -> Mapping[str, bytes]:
        """Those that are known."""

    def put(self, facts: Mapping[str, bytes]) -> None:
        """Keeps some."""


class FactsCache:
    """Facts of blobs, kept between runs. Whatever goes wrong with the file, the cache is then empty and not an error."""

    def __init__(self, folder: Path | None, max_bytes: int = MAX_BYTES, shared: Shared | None = None) -> None:
        """A cache in `folder`; None keeps nothing. shared: asked for what is not here, and told what is put."""
        self.folder = folder
        self._shared = shared
        self._path = folder / "facts.db" if folder else None
        self._max_bytes = max_bytes
        self._connection: sqlite3.Connection | None = None
        self._release: weakref.finalize[..., FactsCache] | None = None

    def get(self, blobs: Iterable[str]) -> dict[str, Facts]:
        """The facts of those blobs that are known."""
        wanted = list(blobs)
        found = self._here(wanted)
        if self._shared is not None and (others := [blob for blob in wanted if blob not in found]):
            came: dict[str, bytes] = {}
            for blob, data in self._shared.get(others).items():
                with suppress(msgspec.MsgspecError):
                    found[blob], came[blob] = decode(data), data
            if came:
                self._keep(came)
        return found

    def _here(self, wanted: Sequence[str]) -> dict[str, Facts]:
        found: dict[str, Facts] = {}
        with self._guard():
            today, stale = int(time.time()) // _DAY, list[bytes]()
            for start in range(0, len(wanted), _CHUNK):
                keys = [bytes.fromhex(blob) for blob in wanted[start : start + _CHUNK]]
                marks = ",".join("?" * len(keys))
                query = f"select blob, data, used from facts where version = ? and blob in ({marks})"  # noqa: S608 - marks are "?"
                rows = self._open().execute(query, (VERSION, *keys))
                for key, data, used in rows:
                    found[key.hex()] = decode(data)
                    if used != today:
                        stale.append(key)
            if stale:
                with self._open() as connection:
                    connection.executemany(
                        "update facts set used = ? where version = ? and blob = ?",
                        ((today, VERSION, key) for key in stale),
                    )
        return found

    def put(self, facts: Mapping[str, bytes]) -> None:
        """Keeps encoded facts by blob id, and lets the oldest go when the cache has grown too large."""
        self._keep(facts)
        if self._shared is not None:
            self._shared.put(facts)

    def _keep(self, facts: Mapping[str, bytes]) -> None:
        today = int(time.time()) // _DAY
        with self._guard(), self._open() as connection:
            connection.executemany(
                "insert or replace into facts values (?, ?, ?, ?)",
                ((VERSION, bytes.fromhex(blob), today, data) for blob, data in facts.items()),
            )
            while self._bytes_in_use(connection) > self._max_bytes:
                gone = connection.execute(
                    "delete from facts where rowid in (select rowid from facts order by used limit ?)", (_EVICTED,)
                )
                if not gone.rowcount:
                    break

    def close(self) -> None:
        """Lets go of the file; so does the end of the cache's own life."""
        if self._release is not None:
            self._release()
        self._connection = self._release = None

    @staticmethod
    def _bytes_in_use(connection: sqlite3.Connection) -> int:
        pages, free, size = (
            connection.execute(f"pragma {name}").fetchone()[0] for name in ("page_count", "freelist_count", "page_size")
        )
        return int((pages - free) * size)

    def _open(self) -> sqlite3.Connection:
        if self._connection is None:
            # One thread uses the cache, but any thread may happen to collect it and close the connection.
            if self._path is None:
                connection = sqlite3.connect(":memory:", check_same_thread=False)
            else:
                self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
                connection = sqlite3.connect(self._path, timeout=10, check_same_thread=False)
            self._connection, self._release = connection, weakref.finalize(self, connection.close)
            if self._path is not None:
                connection.execute("pragma journal_mode = wal")
                connection.execute("pragma synchronous = normal")
            connection.executescript(_SCHEMA)
        return self._connection

    @contextmanager
    def _guard(self) -> Iterator[None]:
        """Turns any failure of the file into an empty cache: a damaged one is removed, any other left alone for this run."""
        try:
            yield
        except (sqlite3.OperationalError, OSError):
            self._path = None
            self.close()
        except (sqlite3.DatabaseError, msgspec.MsgspecError):
            self.close()
            if self._path is not None:
                for suffix in ("", "-wal", "-shm"):
                    with suppress(OSError):
                        Path(f"{self._path}{suffix}").unlink()
