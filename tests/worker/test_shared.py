"""Facts that machines share through the queue's server: what is shared, with whom, how much, and what when it fails."""

from __future__ import annotations

import logging
import pickle
import random
import socket
import threading
import time
import zlib
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from redis import Redis
from rq.utils import as_text

from rules.facts import VERSION, read
from worker import shared
from worker.cache import FactsCache, encode
from worker.shared import SharedFacts

SECRET = "-----BEGIN PRIVATE KEY-----\nabc\n-----END PRIVATE KEY-----\n"  # noqa: S105
FACTS = {f"{i:040x}": encode(read(f"def f{i}(x):\n    return compute({i}, x)\n".encode())) for i in range(50)}
FIRST = next(iter(FACTS))


class Machine:
    """One of the machines that share a queue's server, with a disk of its own, and what it counted."""

    def __init__(self, folder: Path, url: str, secret: str = SECRET, max_bytes: int = 10_000_000) -> None:
        self.counted = Counter[str]()
        self.folder = folder
        self.shared = SharedFacts(url, secret, max_bytes, lambda outcome, files: self.counted.update({outcome: files}))

    def cache(self, repository: int = 7) -> FactsCache:
        """What a review of a repository goes by."""
        return FactsCache(self.folder, shared=self.shared.of(repository))

    def known(self, repository: int = 7) -> dict[str, bytes]:
        """The facts that a review of a repository need not read."""
        return {blob: encode(facts) for blob, facts in self.cache(repository).get(FACTS).items()}

    def alone(self) -> dict[str, bytes]:
        """The facts that are on its own disk."""
        return {blob: encode(facts) for blob, facts in FactsCache(self.folder).get(FACTS).items()}


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy machine is no slow server."""
    monkeypatch.setattr(shared, "WAIT", 30.0)


@pytest.fixture
def one(tmp_path: Path, redis_url: str) -> Machine:
    return Machine(tmp_path / "one", redis_url)


@pytest.fixture
def other(tmp_path: Path, redis_url: str) -> Machine:
    return Machine(tmp_path / "other", redis_url)


def stored(redis: Redis) -> list[str]:
    """The keys of the server under which there are facts."""
    return listed(redis, "partywall:facts:[0-9]*")


def listed(redis: Redis, pattern: str = "*") -> list[str]:
    """The keys of the server."""
    return [as_text(name) for name in redis.keys(pattern)]


def values(redis: Redis, name: str) -> dict[bytes, bytes]:
    """What stands under a key, by file."""
    found = {}
    for field, value in redis.hgetall(name).items():
        assert isinstance(field, bytes)
        assert isinstance(value, bytes)
        found[field] = value
    return found


def test_what_one_machine_read_another_need_not(one: Machine, other: Machine) -> None:
    one.cache().put(FACTS)
    assert other.alone() == {}
    assert other.known() == FACTS
    assert other.alone() == FACTS
    assert one.counted == {"kept": len(FACTS)}
    assert other.counted == {"found": len(FACTS)}


def test_what_nobody_read_is_unknown_and_costs_nothing(one: Machine, redis: Redis) -> None:
    assert one.known() == {}
    assert one.counted == {"unknown": len(FACTS)}
    assert listed(redis) == []


def test_another_repository_learns_nothing(one: Machine, other: Machine) -> None:
    one.cache(7).put(FACTS)
    assert other.known(77) == {}
    assert other.counted == {"unknown": len(FACTS)}


@pytest.mark.parametrize(
    ("name", "value"),
    [("rules.facts.VERSION", VERSION + 1), ("sys.byteorder", "middle"), ("sys.version_info", (3, 99))],
)
def test_facts_that_are_made_otherwise_are_others(
    one: Machine, tmp_path: Path, redis_url: str, monkeypatch: pytest.MonkeyPatch, name: str, value: object
) -> None:
    one.cache().put(FACTS)
    monkeypatch.setattr(name, value)
    newer = Machine(tmp_path / "newer", redis_url)
    monkeypatch.undo()
    assert newer.known() == {}
    newer.cache().put(FACTS)
    assert len(stored(newer.shared.redis)) == 2


def test_facts_of_another_parser_are_others(
    one: Machine, tmp_path: Path, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    one.cache().put(FACTS)
    monkeypatch.setattr(shared, "version", lambda name: f"{name} 99")
    assert Machine(tmp_path / "newer", redis_url).known() == {}


def test_who_has_another_key_shares_nothing(one: Machine, tmp_path: Path, redis_url: str) -> None:
    one.cache().put(FACTS)
    stranger = Machine(tmp_path / "stranger", redis_url, secret="another")  # noqa: S106
    assert stranger.known() == {}
    same = Machine(tmp_path / "same", redis_url, secret=SECRET.replace("\n", "\r\n").strip())
    assert same.known() == FACTS


@pytest.mark.parametrize(
    "forged",
    [
        b"",
        b"\0" * 16,
        pickle.dumps({"os": "system"}),
        encode(read(b"x = 1\n")),
        zlib.compress(FACTS[FIRST]),
        bytes(16) + zlib.compress(FACTS[FIRST]),
        bytes(16) + zlib.compress(bytes(50_000_000)),
    ],
)
def test_what_no_worker_of_ours_wrote_is_not_believed(
    one: Machine, other: Machine, redis: Redis, forged: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    one.cache().put(FACTS)
    (name,) = stored(redis)
    redis.hset(name, bytes.fromhex(FIRST), forged)
    assert other.known() == {blob: data for blob, data in FACTS.items() if blob != FIRST}
    assert other.counted == {"found": len(FACTS) - 1, "not believed": 1}
    assert "shared facts of 1 files are not as a worker of ours wrote them" in caplog.text
    other.cache().put({FIRST: FACTS[FIRST]})
    assert one.shared.of(7).get([FIRST]) == {FIRST: FACTS[FIRST]}


def test_no_change_of_a_value_goes_unnoticed(one: Machine, redis: Redis) -> None:
    one.cache().put(FACTS)
    (name,) = stored(redis)
    field = bytes.fromhex(FIRST)
    value = values(redis, name)[field]
    changed = [value[:i] + bytes([value[i] ^ 1]) + value[i + 1 :] for i in range(len(value))]
    changed += [value[:i] for i in range(len(value))] + [value + b"\0"]
    for forged in changed:
        redis.hset(name, field, forged)
        assert one.shared.of(7).get([FIRST]) == {}
    redis.hset(name, field, value)
    assert one.shared.of(7).get([FIRST]) == {FIRST: FACTS[FIRST]}


def test_a_value_counts_for_its_file_in_its_repository_alone(one: Machine, other: Machine, redis: Redis) -> None:
    one.cache(7).put(FACTS)
    (name,) = stored(redis)
    own = values(redis, name)
    blobs = list(own)
    for blob, after in zip(blobs, blobs[1:] + blobs[:1], strict=True):
        redis.hset(name, blob, own[after])
        redis.hset(name.replace(":7:", ":8:"), blob, own[blob])
    assert (other.known(7), other.known(8)) == ({}, {})
    assert other.counted == {"not believed": 2 * len(FACTS)}


def test_nothing_of_the_key_is_in_the_server(one: Machine, redis: Redis) -> None:
    one.cache().put(FACTS)
    text = b"".join(redis.dump(key) or b"" for key in listed(redis)) + "".join(listed(redis)).encode()
    assert one.shared.key not in text
    assert one.shared.key.hex().encode() not in text


def _large(number: int) -> dict[str, bytes]:
    """Facts of 40 files that nothing makes smaller, 80 kB in all."""
    return {f"{number * 40 + i:040x}": encode(read(b"")) + _noise(number * 40 + i) for i in range(40)}


def _noise(seed: int) -> bytes:
    return random.Random(seed).randbytes(2_000)


def test_all_together_take_no_more_than_they_may(
    tmp_path: Path, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    most = 1_000_000
    machine = Machine(tmp_path, redis_url, max_bytes=most)
    redis = machine.shared.redis
    now = time.time()
    for repository in range(1, 31):
        monkeypatch.setattr("time.time", lambda second=now + repository: second)
        machine.shared.of(repository).put(_large(repository))
        machine.shared.of(1).get(list(_large(1)))
        used = sum(redis.memory_usage(key, samples=0) or 0 for key in listed(redis))
        assert used <= shared.size(redis) <= most
    kept = sorted(int(name.split(":")[2]) for name in stored(redis))
    assert kept[0] == 1  # it was asked for each time
    assert kept[1:] == list(range(31 - len(kept) + 1, 31))
    assert len(kept) >= 8
    assert len(machine.shared.of(1).get(list(_large(1)))) == 40


def test_one_repository_leaves_room_for_others(tmp_path: Path, redis_url: str) -> None:
    most = 1_000_000
    machine = Machine(tmp_path, redis_url, max_bytes=most)
    machine.shared.of(1).put(_large(1))
    for number in range(2, 40):
        machine.shared.of(2).put(_large(number))
        assert len(machine.shared.of(2).get(list(_large(number)))) == 40
    assert len(machine.shared.of(1).get(list(_large(1)))) == 40
    assert shared.size(machine.shared.redis) <= most // 4 + 100_000
    machine.counted.clear()
    machine.shared.of(3).put({blob: data for number in range(4) for blob, data in _large(number).items()})
    machine.shared.of(3).put({FIRST: _noise(1) * 501})
    assert machine.counted == {"no room": 161}


def test_a_smaller_bound_counts_from_the_next_review_on(tmp_path: Path, redis_url: str) -> None:
    for number in range(1, 9):
        Machine(tmp_path, redis_url).shared.of(number).put(_large(number))
    small = Machine(tmp_path, redis_url, max_bytes=400_000)
    small.shared.of(9).put(_large(9))
    assert shared.size(small.shared.redis) <= 400_000
    assert len(small.shared.of(9).get(list(_large(9)))) == 40


def test_what_nobody_reviews_leaves(one: Machine, redis: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    one.shared.of(7).put(FACTS)
    assert all(0 < redis.ttl(key) <= shared.DAYS * 86_400 for key in listed(redis))
    before = shared.size(redis)
    late = time.time() + (shared.DAYS + 1) * 86_400
    monkeypatch.setattr("time.time", lambda: late)
    one.shared.of(8).put(FACTS)
    assert [name.split(":")[2] for name in stored(redis)] == ["8"]
    assert shared.size(redis) == before


def test_the_sum_is_right_whoever_writes_at_once_and_whatever_the_server_threw_away(
    tmp_path: Path, redis_url: str, redis: Redis
) -> None:
    machines = [Machine(tmp_path / str(number), redis_url) for number in range(4)]
    writers = [threading.Thread(target=machine.shared.of(7).put, args=(FACTS,)) for machine in machines]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    alone = shared.size(redis)
    redis.flushall()
    machines[0].shared.of(7).put(FACTS)
    assert shared.size(redis) == alone
    redis.delete(*stored(redis))
    machines[0].shared.of(7).put(FACTS)
    assert shared.size(redis) == alone
    for index in ("used", "sizes"):
        redis.delete(f"partywall:facts:{index}")
        for repository in (8, 9):
            machines[0].shared.of(repository).put(FACTS)
        assert shared.size(redis) == 2 * alone
        assert sorted(int(name.split(":")[2]) for name in stored(redis)) == [8, 9]


def test_facts_are_forgotten_with_their_repository(one: Machine, other: Machine, redis: Redis) -> None:
    for repository in (7, 77, 8):
        one.shared.of(repository).put(FACTS)
    before = shared.size(redis)
    shared.forget(redis, [7, 8, 9])
    assert [name.split(":")[2] for name in stored(redis)] == ["77"]
    assert shared.size(redis) == before // 3
    assert (other.known(7), other.known(77)) == ({}, FACTS)
    shared.forget(redis, [])
    shared.forget(redis, [77])
    assert listed(redis) == []


@pytest.fixture
def full(redis: Redis) -> Iterator[None]:
    """A server that has hardly room left."""
    redis.config_set("maxmemory", int(redis.info("memory")["used_memory"] * 1.1))
    yield
    redis.config_set("maxmemory", 0)


@pytest.mark.usefixtures("full")
def test_what_room_a_full_server_has_is_the_queues(one: Machine, redis: Redis) -> None:
    one.cache().put(FACTS)
    assert one.counted == {"no room": len(FACTS)}
    assert listed(redis) == []
    assert one.alone() == FACTS


@contextmanager
def _silent() -> Iterator[str]:
    """A server that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"redis://127.0.0.1:{server.getsockname()[1]}"


@contextmanager
def _gone() -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    yield f"redis://127.0.0.1:{port}"


@contextmanager
def _gibberish() -> Iterator[str]:
    """A server that speaks something else."""

    def answer() -> None:
        while True:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            with connection:
                connection.recv(100)
                connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    with socket.create_server(("127.0.0.1", 0)) as server:
        answering = threading.Thread(target=answer, daemon=True)
        answering.start()
        yield f"redis://127.0.0.1:{server.getsockname()[1]}"
        server.shutdown(socket.SHUT_RDWR)
    answering.join()


@pytest.mark.parametrize("server", [_silent, _gone, _gibberish])
def test_a_server_that_fails_is_left_alone_for_the_rest_of_a_review(
    server: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    assert callable(server)
    monkeypatch.setattr(shared, "WAIT", 0.1)
    with server() as url:
        machine = Machine(tmp_path, url)
        cache = machine.cache()
        for _ in range(3):
            assert cache.get(["ff" * 20]) == {}
            cache.put(FACTS)
        assert cache.get(FACTS).keys() == FACTS.keys()
        assert machine.counted == {"failed": 1}
        (warning,) = [record for record in caplog.records if record.levelno >= logging.WARNING]
        assert warning.getMessage().endswith("; this review does without shared facts")
        assert machine.cache().get(["ff" * 20]) == {}
        assert machine.counted == {"failed": 2}  # the next review tries again


def test_a_server_that_is_slower_than_reading_is_left_alone(
    one: Machine, other: Machine, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    one.cache().put(FACTS)
    monkeypatch.setattr(shared, "WAIT", 0)
    monkeypatch.setattr(shared, "_WORTH", 0)
    cache = other.cache()
    assert cache.get(FACTS).keys() == FACTS.keys()  # what came is used
    cache.put(FACTS)
    assert other.counted == {"found": len(FACTS), "failed": 1}
    assert "the queue's server is slow" in caplog.text


def test_a_key_of_another_kind_is_a_failure_of_the_server(one: Machine, redis: Redis) -> None:
    one.cache().put(FACTS)
    (name,) = stored(redis)
    redis.delete(name)
    redis.set(name, "not a hash")
    assert one.shared.of(7).get([FIRST]) == {}
    assert one.counted == {"kept": len(FACTS), "failed": 1}


def test_facts_that_do_not_fit_are_read_anew(one: Machine, other: Machine) -> None:
    one.shared.of(7).put({FIRST: b"\xc1"})
    assert other.known() == {}
    other.cache().put(FACTS)
    assert other.alone() == FACTS
