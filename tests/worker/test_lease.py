from __future__ import annotations

import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from redis import Redis

from tests.support.processes import until
from tests.worker.chores import program
from worker.lease import identity, is_alive, lease
from worker.processes import machine

KEY = "partywall:lease:a"


def said(holder: subprocess.Popen[str]) -> str:
    """What a process said about the lease."""
    assert holder.stdout is not None
    return holder.stdout.readline().strip()


def of_another_machine() -> str:
    return identity().replace(machine(), "elsewhere.example")


def test_one_holder_at_a_time_in_a_process(redis: Redis) -> None:
    with lease(redis, "a") as first, lease(redis, "a") as second, lease(redis, "b") as other:
        assert (first is not None, second, other is not None) == (True, None, True)
    with lease(redis, "a") as again:
        assert again is not None


def test_one_holder_at_a_time_among_processes(redis: Redis, redis_url: str) -> None:
    with program("holder", redis_url, "a") as holder:
        assert said(holder) == "held"
        with lease(redis, "a") as ours:
            assert ours is None
        with program("holder", redis_url, "a") as other:
            assert said(other) == "refused"
        assert redis.exists(KEY), "who was refused does not take it away"
        holder.communicate("\n")
        with lease(redis, "a") as ours:
            assert ours is not None
            with program("holder", redis_url, "a") as other:
                assert said(other) == "refused"


def test_it_is_renewed_while_it_is_held(redis: Redis) -> None:
    with lease(redis, "a", seconds=1) as held:
        assert held is not None
        for _ in range(3):
            left = redis.pttl(KEY)
            until(lambda left=left: redis.pttl(KEY) < left)  # type: ignore[misc]
            low = redis.pttl(KEY)
            until(lambda low=low: redis.pttl(KEY) > low)  # type: ignore[misc]
        assert held.owned()


def test_a_killed_holder_of_this_machine_is_replaced_at_once(redis: Redis, redis_url: str) -> None:
    with program("holder", redis_url, "a") as holder:
        assert said(holder) == "held"
        holder.kill()
        holder.wait()
        assert redis.ttl(KEY) > 10
        with lease(redis, "a") as ours:
            assert ours is not None


def test_a_killed_holder_is_replaced_by_one(redis: Redis, redis_url: str) -> None:
    with program("holder", redis_url, "a") as holder:
        assert said(holder) == "held"
        holder.kill()
        holder.wait()
    begin, tried = threading.Barrier(8), threading.Barrier(8)

    def hold(_: int) -> bool:
        begin.wait()
        with lease(redis, "a") as held:
            tried.wait()
            return held is not None

    with ThreadPoolExecutor(8) as threads:
        assert sum(threads.map(hold, range(8))) == 1


def test_a_holder_of_another_machine_is_replaced_when_its_time_has_run_out(redis: Redis) -> None:
    redis.set(KEY, of_another_machine(), px=300)
    with lease(redis, "a") as ours:
        assert ours is None or redis.pttl(KEY) > 1000
    until(lambda: not redis.exists(KEY))
    with lease(redis, "a") as ours:
        assert ours is not None


def test_who_lost_it_knows_and_leaves_it_to_the_other(redis: Redis) -> None:
    with lease(redis, "a") as held:
        assert held is not None
        assert held.owned()
        redis.set(KEY, of_another_machine(), ex=60)
        assert not held.owned()
    assert redis.get(KEY) == of_another_machine().encode()


def test_it_is_not_taken_back_once_it_ran_out(redis: Redis) -> None:
    """Another one may have held it in between."""
    with lease(redis, "a", seconds=1) as held:
        assert held is not None
        redis.delete(KEY)
        assert not held.owned()
    assert not redis.exists(KEY)


def test_an_error_lets_it_go(redis: Redis) -> None:
    with pytest.raises(ValueError, match="no"), lease(redis, "a"):
        raise ValueError("no")
    assert not redis.exists(KEY)


def test_who_is_alive() -> None:
    host, process, birth, thread = identity().split("|")
    dead = subprocess.Popen(["true"])
    dead.wait()
    assert is_alive(identity())
    assert is_alive(of_another_machine()), "who knows"
    assert is_alive("something else"), "who knows"
    assert is_alive("|".join((host, str(os.getppid()), "", thread))) is (birth == "")
    assert not is_alive("|".join((host, str(dead.pid), birth, thread)))
    if birth:
        assert not is_alive("|".join((host, process, "1", thread))), "another process had the number before"


def test_a_process_that_waits_to_be_buried_is_dead() -> None:
    with subprocess.Popen(["true"]) as process:
        until(lambda: not is_alive(f"{machine()}|{process.pid}|"), 10)


def test_a_process_of_another_container_may_be_alive_though_none_has_its_number_here() -> None:
    unshared = ["unshare", "--user", "--map-root-user", "--pid", "--fork", "--mount-proc"]
    program = "import sys; from worker.lease import identity; print(identity(), flush=True); sys.stdin.read()"
    try:
        subprocess.run([*unshared, "true"], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("this system lets nobody make a process id space of its own")
    command = [*unshared, sys.executable, "-c", program]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        theirs = said(other)
        assert theirs.split("|")[1] == "1", "its number there"
        assert is_alive(theirs)
        other.communicate()
