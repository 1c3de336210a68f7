"""Facts in the queue's server: what one machine has read of a repository, the workers of the others need not read.

They are kept by repository, so that nobody's facts reach the review of another's code, and each value carries a seal made
with a key that the workers have and the server does not: what anything else wrote there, for another blob or by another
version, is not believed. Together they take no more than was allowed; the repositories that were not reviewed for the
longest time go first. A server that fails, or is so slow that reading the files would be quicker, is left alone for the
rest of a review.
"""

from __future__ import annotations

import hmac
import logging
import sys
import time
import zlib
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from hashlib import blake2b
from importlib.metadata import version

from redis import Redis, RedisError
from redis.backoff import NoBackoff
from redis.retry import Retry
from rq.utils import as_text

DAYS = 14
"""How long the facts of a repository stay that nobody reviews."""

LARGEST = 1_000_000
"""Bytes of the facts of one file; larger ones are for the machine that read them."""

WAIT = 1.0
"""Seconds until the server has to answer, and what a review may lose to it."""

_WORTH = 0.001
"""Seconds that moving the facts of a file may take: reading the file takes more than twice as long."""

_SHARE = 4
"""No repository may have more than this part of what all may take; one that would have begins anew."""

_ROOM = 0.8
"""Where the server itself is this full of what it may hold, the queue needs the rest."""

_CHUNK = 500
_SEAL = 16
_ENTRY = 150
"""Bytes that the server needs at most for an entry besides its value; a repository costs two."""

_FORMAT = 1
_USED, _SIZES = "partywall:facts:used", "partywall:facts:sizes"
"""In Redis: when the facts of a repository were used last, and how many bytes they take."""

_log = logging.getLogger("partywall.facts")

_PUT = """
local name, used, sizes = KEYS[1], KEYS[2], KEYS[3]
local now, seconds, most, own, coming, entry = unpack(ARGV, 1, 6)
local function drop(other)
  redis.call('UNLINK', other)
  redis.call('ZREM', used, other)
  redis.call('HDEL', sizes, other)
end
if redis.call('ZCARD', used) ~= redis.call('HLEN', sizes) then
  for _, each in ipairs(redis.call('ZRANGE', used, 0, -1)) do
    if redis.call('HEXISTS', sizes, each) == 0 then drop(each) end
  end
  for _, each in ipairs(redis.call('HKEYS', sizes)) do
    if not redis.call('ZSCORE', used, each) then drop(each) end
  end
end
for _, old in ipairs(redis.call('ZRANGEBYSCORE', used, '-inf', now - seconds)) do drop(old) end
local size = tonumber(redis.call('HGET', sizes, name) or 0)
if size == 0 or size + coming > tonumber(own) or redis.call('EXISTS', name) == 0 then
  drop(name)
  size = 2 * entry
end
for i = 7, #ARGV, 2 do
  local before = redis.call('HSTRLEN', name, ARGV[i])
  redis.call('HSET', name, ARGV[i], ARGV[i + 1])
  size = size + #ARGV[i + 1] + (before == 0 and entry or -before)
end
redis.call('HSET', sizes, name, size)
redis.call('ZADD', used, now, name)
local total = 0
for _, each in ipairs(redis.call('HVALS', sizes)) do total = total + each end
while total > tonumber(most) do
  local oldest = redis.call('ZRANGE', used, 0, 0)[1]
  total = total - redis.call('HGET', sizes, oldest)
  drop(oldest)
end
for _, key in ipairs(KEYS) do redis.call('EXPIRE', key, seconds) end
"""


class SharedFacts:
    """What the workers of one bot share. Processes that fork may share this, too."""

    def __init__(self, url: str, secret: str, max_bytes: int, count: Callable[[str, int], None]) -> None:
        """secret: what the workers have and the server has not. count: called with an outcome, and of how many files."""
        self.redis = Redis.from_url(url, socket_timeout=WAIT, socket_connect_timeout=WAIT, retry=Retry(NoBackoff(), 0))
        self.max_bytes = max_bytes
        self.count = count
        from rules.facts import VERSION

        self.key = blake2b("".join(secret.split()).encode(), digest_size=32, person=b"partywall facts").digest()
        # All that decides what facts are made of the same bytes, and who can check the seal.
        parsers = [version(name) for name in ("tree-sitter", "tree-sitter-python")]
        brand = repr((_FORMAT, VERSION, sys.byteorder, sys.version_info[:2], parsers)).encode()
        self.brand = blake2b(brand, key=self.key, digest_size=8).hexdigest()

    def of(self, repository: int) -> RepositoryFacts:
        """The facts of one repository, by GitHub's number, for one review."""
        return RepositoryFacts(self, f"partywall:facts:{repository}:{self.brand}")


class RepositoryFacts:
    """The shared facts of one repository, encoded, by blob id. Nothing here raises because of the server."""

    def __init__(self, shared: SharedFacts, name: str) -> None:
        self._shared = shared
        self._redis = shared.redis
        self._name = name
        self._left_alone = False
        self._spent = 0.0
        self._moved = 0

    def get(self, blobs: Sequence[str]) -> dict[str, bytes]:
        """The facts of those blobs that another worker has read."""
        found: dict[str, bytes] = {}
        for start in range(0, len(blobs), _CHUNK):
            chunk = blobs[start : start + _CHUNK]
            if not self._left_alone:
                with self._asked(len(chunk)):
                    found.update(self._got(chunk))
        return found

    def _got(self, blobs: Sequence[str]) -> Iterator[tuple[str, bytes]]:
        with self._redis.pipeline(transaction=False) as pipeline:
            pipeline.hmget(self._name, [bytes.fromhex(blob) for blob in blobs])
            pipeline.zadd(_USED, {self._name: int(time.time())}, xx=True)
            for key in (self._name, _USED, _SIZES):
                pipeline.expire(key, DAYS * 86_400)
            values = pipeline.execute()[0]
        there = [(blob, value) for blob, value in zip(blobs, values, strict=True) if value is not None]
        opened = [(blob, data) for blob, value in there if (data := self._opened(blob, value)) is not None]
        self._count("found", len(opened))
        self._count("unknown", len(blobs) - len(there))
        if broken := len(there) - len(opened):
            self._count("not believed", broken)
            _log.warning("shared facts of %d files are not as a worker of ours wrote them; the files are read", broken)
        yield from opened

    def put(self, facts: Mapping[str, bytes]) -> None:
        """Shares encoded facts, as far as there is room for them."""
        if not self._left_alone:
            small = {blob: data for blob, data in facts.items() if len(data) <= LARGEST}
            self._count("no room", len(facts) - len(small))
            entries = {blob: self._sealed(blob, zlib.compress(data, 1)) for blob, data in small.items()}
            with self._asked(len(entries)):
                self._put(entries)

    def _put(self, entries: Mapping[str, bytes]) -> None:
        coming = sum(map(len, entries.values())) + _ENTRY * len(entries)
        most, own = self._shared.max_bytes, self._shared.max_bytes // _SHARE
        if coming > own or self._is_full():
            self._count("no room", len(entries))
            return
        words = [word for blob, value in entries.items() for word in (bytes.fromhex(blob), value)]
        limits = (int(time.time()), DAYS * 86_400, most, own, coming, _ENTRY)
        self._redis.eval(_PUT, 3, self._name, _USED, _SIZES, *limits, *words)
        self._count("kept", len(entries))

    def _is_full(self) -> bool:
        memory = self._redis.info("memory")
        return bool(memory.get("maxmemory")) and memory["used_memory"] > _ROOM * memory["maxmemory"]

    def _sealed(self, blob: str, packed: bytes) -> bytes:
        return self._seal(blob, packed) + packed

    def _opened(self, blob: str, value: bytes) -> bytes | None:
        """What was sealed for this blob of this repository; None for anything else."""
        seal, packed = value[:_SEAL], value[_SEAL:]
        return zlib.decompress(packed) if hmac.compare_digest(seal, self._seal(blob, packed)) else None

    def _seal(self, blob: str, packed: bytes) -> bytes:
        about = f"{self._name} {blob} ".encode()
        return blake2b(about + packed, key=self._shared.key, digest_size=_SEAL).digest()

    @contextmanager
    def _asked(self, files: int) -> Iterator[None]:
        """Looks how long the server takes, and leaves it alone once it fails or does not pay."""
        begun = time.monotonic()
        try:
            yield
        except RedisError as error:
            self._leave_alone(f"the queue's server fails ({error})")
        self._spent += time.monotonic() - begun
        self._moved += files
        if self._spent > WAIT + _WORTH * self._moved:
            self._leave_alone("the queue's server is slow")

    def _leave_alone(self, why: str) -> None:
        if not self._left_alone:
            self._left_alone = True
            self._count("failed", 1)
            _log.warning("%s; this review does without shared facts", why)

    def _count(self, outcome: str, files: int) -> None:
        if files:
            self._shared.count(outcome, files)


def forget(redis: Redis, repositories: Collection[int]) -> None:
    """Removes the shared facts of repositories. Raises RedisError."""
    names = [name for name in map(as_text, redis.hkeys(_SIZES)) if int(name.split(":")[2]) in repositories]
    if names:
        with redis.pipeline() as pipeline:
            pipeline.unlink(*names)
            pipeline.zrem(_USED, *names)
            pipeline.hdel(_SIZES, *names)
            pipeline.execute()


def size(redis: Redis) -> int:
    """The bytes that all shared facts take together. Raises RedisError."""
    return sum(map(int, redis.hvals(_SIZES)))
