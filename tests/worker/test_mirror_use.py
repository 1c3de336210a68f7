"""Mirrors in use by several processes at once, processes that are killed, and the bounds of the disk."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from pathlib import Path

import pytest

from tests.support.full_disk import FullDisk
from tests.support.githttp import Origin
from tests.support.processes import running, until
from worker.errors import GitError, ReviewError
from worker.fetch import DiskFullError, FetchError, Remote
from worker.lock import locked
from worker.mirror import Mirrors

SPAWN = multiprocessing.get_context("spawn")


def use(folder: Path, remote: Remote, commits: list[str], key: str = "7", max_bytes: int = 10**9) -> None:
    """A review that reads all there is."""
    with Mirrors(folder, max_bytes).open(key, remote, commits) as repository:
        assert repository.absent(entry.blob for entry in repository.entries(commits[-1])) == set()


def keys(folder: Path) -> list[str]:
    assert sorted(path.stem for path in folder.glob("*.lock")) == sorted(path.stem for path in folder.glob("*.git"))
    return sorted(path.stem for path in folder.glob("*.git"))


def test_two_processes_use_one_mirror_one_after_the_other(origin: Origin, tmp_path: Path) -> None:
    commits = [origin.repo.commit({f"f{i}.py": f"x = {i}\n" for i in range(50)})]
    both = [SPAWN.Process(target=use, args=(tmp_path / "m", origin.remote, commits)) for _ in range(2)]
    for process in both:
        process.start()
    for process in both:
        process.join()
        assert process.exitcode == 0
    assert len(origin.server.packs()) == 2


@pytest.mark.parametrize("git_too", [False, True])
def test_a_process_that_is_killed_in_the_middle_of_a_fetch_leaves_nothing_in_the_way(
    origin: Origin, tmp_path: Path, git_too: bool
) -> None:
    commits = [origin.repo.commit({f"f{i}.py": os.urandom(2000).hex() for i in range(200)})]
    reached, released = threading.Event(), threading.Event()

    def halfway() -> None:
        if len(origin.server.packs()) == 2:
            reached.set()
            released.wait()

    origin.server.halfway = halfway
    victim = SPAWN.Process(target=use, args=(tmp_path / "m", origin.remote, commits))
    victim.start()
    assert reached.wait(60)
    pack = tmp_path / "m" / "7.git" / "objects" / "pack"
    until(lambda: list(pack.glob("tmp_pack_*")))
    victim.kill()
    victim.join()
    if git_too:
        for pid in running(str(tmp_path / "m")):
            os.kill(pid, signal.SIGKILL)
    elif Path("/proc").exists():
        # The git that is left still writes, so nobody else may.
        with pytest.raises(BlockingIOError), locked(tmp_path / "m" / "7.lock", wait=False):
            pass
    released.set()
    use(tmp_path / "m", origin.remote, commits)
    assert not list(pack.glob("tmp_*"))
    assert keys(tmp_path / "m") == ["7"]


def hold(path: Path, ready: Path, forked: bool) -> None:
    with locked(path):
        if forked:
            child = os.fork()
            if child == 0:
                signal.pause()
            ready.with_suffix(".part").write_text(str(child))
            ready.with_suffix(".part").rename(ready)
        else:
            ready.touch()
        signal.pause()


@pytest.mark.parametrize("forked", [False, True])
def test_a_lock_ends_with_its_holder_even_if_a_worker_of_his_lives_on(tmp_path: Path, forked: bool) -> None:
    path, ready = tmp_path / "7.lock", tmp_path / "ready"
    holder = SPAWN.Process(target=hold, args=(path, ready, forked))
    holder.start()
    until(ready.exists)
    with pytest.raises(BlockingIOError), locked(path, wait=False):
        pass
    holder.kill()
    holder.join()
    try:
        with locked(path, wait=False):
            pass
    finally:
        if forked:
            os.kill(int(ready.read_text()), signal.SIGKILL)


def test_a_lock_whose_file_is_removed_is_still_one_lock(tmp_path: Path) -> None:
    path = tmp_path / "7.lock"
    inside: list[int] = []
    most: list[int] = []

    def work() -> None:
        for _ in range(200):
            with locked(path) as descriptor:
                inside.append(descriptor)
                most.append(len(inside))
                inside.remove(descriptor)
                path.unlink()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(most) == 800
    assert max(most) == 1


def test_mirrors_unused_longest_go_when_all_are_too_large(origin: Origin, tmp_path: Path) -> None:
    head = origin.repo.commit({"a.py": os.urandom(50_000).hex()})
    folder = tmp_path / "m"
    for key in ("1", "2", "3", "4", "1"):
        use(folder, origin.remote, [head], key)
    sizes = [int(path.read_text()) for path in folder.glob("*.lock")]
    assert len(sizes) == 4
    assert min(sizes) > 50_000
    (folder / "notes.txt").write_text("not ours")
    (folder / "3.lock").write_text("")  # its last user was killed: the size is not known
    use(folder, origin.remote, [head], "1", max_bytes=sum(sizes) - 1)
    assert keys(folder) == ["1", "3", "4"]
    with Mirrors(folder).open("3", origin.remote, [head]) as repository:
        use(folder, origin.remote, [head], "4", max_bytes=0)
        assert repository.absent([head]) == set()
        assert keys(folder) == ["3"]
    use(folder, origin.remote, [head], "3", max_bytes=0)
    assert [path.name for path in folder.iterdir()] == ["notes.txt"]


def test_nothing_outside_the_folder_is_removed(origin: Origin, tmp_path: Path) -> None:
    head = origin.repo.commit({"a.py": "x = 1\n"})
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "kept").write_text("x" * 1000)
    folder = tmp_path / "m"
    folder.mkdir()
    (folder / "8.git").symlink_to(outside)
    (folder / "9.part").symlink_to(outside)
    (folder / "7.part").mkdir()
    (folder / "7.part" / "link").symlink_to(outside)
    use(folder, origin.remote, [head], max_bytes=0)
    assert list(folder.iterdir()) == []
    assert (outside / "kept").exists()


def test_a_mirror_of_many_packs_begins_anew(origin: Origin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("worker.mirror.MAX_PACKS", 4)
    packs = []
    for number in range(4):
        use(tmp_path / "m", origin.remote, [origin.repo.commit({"a.py": f"x = {number}\n"})])
        packs.append(len(list(tmp_path.glob("m/7.git/objects/pack/*.pack"))))
    assert packs == [2, 4, 0, 2]


def test_a_repository_is_removed(origin: Origin, tmp_path: Path) -> None:
    head = origin.repo.commit({"a.py": "x = 1\n"})
    mirrors = Mirrors(tmp_path / "m")
    mirrors.remove("7")
    for key in ("7", "70"):
        use(tmp_path / "m", origin.remote, [head], key)
    mirrors.remove("7")
    mirrors.remove("8")
    assert keys(tmp_path / "m") == ["70"]
    with pytest.raises(ValueError, match="no key of a mirror"):
        mirrors.remove("../m")


def test_only_trouble_with_git_costs_a_mirror(origin: Origin, tmp_path: Path) -> None:
    head = origin.repo.commit({"a.py": "x = 1\n"})
    use(tmp_path / "m", origin.remote, [head])
    with pytest.raises(FetchError):
        use(tmp_path / "m", origin.remote, ["1" * 40])
    for error, left in (
        (ReviewError("nothing to review"), ["7"]),
        (KeyError("a bug"), ["7"]),
        (GitError("broken"), []),
    ):
        with pytest.raises(type(error)), Mirrors(tmp_path / "m").open("7", origin.remote, [head]):
            raise error
        assert keys(tmp_path / "m") == left


def test_where_the_disk_is_full_half_of_the_mirrors_go(
    origin: Origin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    head = origin.repo.commit({"a.py": "x = 1\n"})
    mirrors = Mirrors(tmp_path / "mirrors")
    for key in "123456":
        with mirrors.open(key, origin.remote, [head]):
            pass
    before = mirrors.size()
    full = FullDisk(tmp_path / "bin", monkeypatch)
    with pytest.raises(DiskFullError, match="the disk of the worker is full"), mirrors.open("7", origin.remote, [head]):
        pass
    assert not any(mirrors.has(key) for key in "123")
    assert mirrors.has("6")
    assert mirrors.size() <= before / 2 + 10_000
    full.clear()
    with mirrors.open("7", origin.remote, [head]) as repository:
        assert repository.commit(head) == head
