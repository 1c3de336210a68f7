"""The worker's disk is full: the check says so, the review is tried again, and nothing is lost but time."""

from __future__ import annotations

import random
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.bot.stage import Stage, check_of, findings_of, summary_of
from tests.github.pull import Pull
from tests.github.routing import Request
from tests.support.full_disk import FullDisk
from worker.demo import CHANGE

SAID = "the disk of the worker is full"


@pytest.fixture
def full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FullDisk:
    return FullDisk(tmp_path / "bin", monkeypatch)


def opened(stage: Stage) -> Pull:
    stage.shop.push("topic", CHANGE)
    pull = stage.shop.open_pull("topic")
    stage.bot.work_off()
    return pull


def test_the_check_says_so_until_there_is_room(stage: Stage, full: FullDisk) -> None:
    pull = opened(stage)
    run = check_of(pull)
    assert (run.status, run.title) == ("in_progress", "Waiting to be tried again")
    assert SAID in summary_of(pull)
    assert "tried again by itself" in summary_of(pull)
    full.clear()
    stage.finish()
    assert [(run.status, run.conclusion) for run in stage.shop.check_runs(pull.head)] == [("completed", "failure")]
    assert SAID not in summary_of(pull)
    assert len(findings_of(pull)) == 2


def test_it_never_gets_room(stage: Stage, full: FullDisk) -> None:
    pull = opened(stage)
    stage.finish()
    (run,) = stage.shop.check_runs(pull.head)
    assert (run.status, run.conclusion, run.title) == ("completed", "failure", "Could not review")
    assert SAID in summary_of(pull)
    assert findings_of(pull) == []
    assert len(stage.bot.shop.tasks.failed()) == 1


@pytest.mark.parametrize("written", ["facts.db", "references"])
def test_facts_that_cannot_be_kept_cost_no_review(stage: Stage, written: str) -> None:
    """A folder stands where the file is to be written, and a file where the folder is."""
    facts = stage.bot.settings.data / "facts"
    facts.mkdir(parents=True)
    if written == "references":
        (facts / written).write_bytes(b"")
    else:
        (facts / written).mkdir()
    pull = opened(stage)
    assert check_of(pull).conclusion == "failure"
    assert len(findings_of(pull)) == 2


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 600 kB where the bot keeps everything. Skips where none may be mounted."""
    folder = tmp_path / "data"
    folder.mkdir(exist_ok=True)
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=600k", "tmpfs", str(folder)], capture_output=True, text=True, check=False
    )
    if done.returncode:
        pytest.skip(f"no file system can be mounted here: {done.stderr.strip()}")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def test_a_disk_that_is_really_full(small_disk: Path, stage: Stage) -> None:
    noise = random.Random(7)
    large = "".join(f"# {noise.randbytes(40).hex()}\n" for _ in range(20_000))
    stage.shop.push("topic", {**CHANGE, "shop/core/large.py": large})
    pull = stage.shop.open_pull("topic")
    stage.bot.work_off()
    assert check_of(pull).status == "in_progress"
    assert SAID in summary_of(pull)
    subprocess.run(["mount", "-o", "remount,size=64m", str(small_disk)], check=True)
    stage.finish()
    assert check_of(pull).conclusion == "failure"
    assert len(findings_of(pull)) == 2


def test_a_disk_with_room_for_the_mirror_only(small_disk: Path, stage: Stage) -> None:
    """The cache of facts finds no room; the review does without."""
    subprocess.run(["mount", "-o", "remount,size=64m", str(small_disk)], check=True)
    (small_disk / "facts").mkdir()
    mounted = ["mount", "-t", "tmpfs", "-o", "size=8k", "tmpfs", str(small_disk / "facts")]
    subprocess.run(mounted, check=True)
    try:
        pull = opened(stage)
        assert check_of(pull).conclusion == "failure"
        assert len(findings_of(pull)) == 2
        assert list((small_disk / "facts").rglob("*.part")) == []
    finally:
        subprocess.run(["umount", "--lazy", str(small_disk / "facts")], check=True)


def test_a_queue_that_goes_away_in_the_middle_is_said(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    from redis.exceptions import ConnectionError as NoConnectionError

    def gone(*_: object) -> str:
        raise NoConnectionError("Connection refused to queue:6379")

    def observe(_: int, request: Request, phase: str) -> None:
        if (request.method, phase) == ("GET", "before") and "/compare/" in request.path:
            monkeypatch.setattr("worker.queue.Tasks.latest", gone)
            monkeypatch.setattr("redis.lock.Lock.owned", gone)

    stage.github.observe = observe
    pull = opened(stage)
    stage.github.observe = None
    monkeypatch.undo()
    assert check_of(pull).status == "in_progress"
    assert "the queue of Partywall does not answer" in summary_of(pull)
    assert "6379" not in summary_of(pull)
    stage.finish()
    assert len(findings_of(pull)) == 2
