"""What a mirror holds and what it takes to fill it."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from rules.registry import RULES
from tests.support.copies import COPY, HELPER
from tests.support.githttp import Origin
from worker.cache import FactsCache
from worker.ends import PATHSPECS
from worker.errors import GitError
from worker.fetch import Remote
from worker.git import Repository
from worker.mirror import Mirrors
from worker.objects import ObjectReader
from worker.pipeline import Settings, review_commits


def contents(repository: Repository, commit: str) -> dict[str, bytes | None]:
    entries = repository.entries(commit)
    with ObjectReader(repository) as reader:
        return dict(zip((e.path for e in entries), (d for _, d in reader.read(e.blob for e in entries)), strict=True))


def opened(origin: Origin, folder: Path, *commits: str) -> dict[str, bytes | None]:
    """The files of the last commit, as the mirror has them."""
    with Mirrors(folder).open("7", origin.remote, commits) as repository:
        return contents(repository, commits[-1])


def test_what_a_review_reads_is_fetched_and_nothing_twice(origin: Origin, tmp_path: Path) -> None:
    base = origin.repo.commit({"a.py": "x = 1\n", "pyproject.toml": "", "film.mp4": "a film"})
    head = origin.repo.commit({"sub/b.py": "y = 1\n", "odd\n\"näme'.py": "z = 1\n"})
    expected = {"a.py": b"x = 1\n", "pyproject.toml": b"", "film.mp4": None, "sub/b.py": b"y = 1\n"}
    assert opened(origin, tmp_path / "m", base, head) == {**expected, "odd\n\"näme'.py": b"z = 1\n"}
    commits, blobs = origin.server.packs()
    assert sorted(commits.wants) == sorted([base, head])
    assert len(blobs.wants) == 4
    origin.server.requests.clear()
    assert opened(origin, tmp_path / "m", base, head)["a.py"] == b"x = 1\n"
    assert origin.server.requests == []


def test_of_a_push_only_what_is_new_is_fetched(origin: Origin, tmp_path: Path) -> None:
    first = origin.repo.commit({f"folder{i}/a.py": f"x = {i}\n" for i in range(50)})
    opened(origin, tmp_path / "m", first)
    second = origin.repo.commit({"folder1/b.py": "y = 1\n"})
    origin.server.requests.clear()
    with Mirrors(tmp_path / "m").open("7", origin.remote, [first, second]) as repository:
        assert len(contents(repository, second)) == 51
        fetched = int(re.search(rb"in-pack: (\d+)", repository.run("count-objects", "-v"))[1])  # type: ignore[index]
    commits, blobs = origin.server.packs()
    assert (commits.wants, commits.haves) == ([second], [first])
    assert blobs.wants == [origin.id("HEAD:folder1/b.py")]
    assert fetched < 1 + 51 + 50 + 10


def test_the_head_of_a_fork_and_a_forced_push(origin: Origin, tmp_path: Path) -> None:
    base = origin.repo.commit({"a.py": "x = 1\n"})
    origin.repo.git("checkout", "--quiet", "--detach")
    old = origin.repo.commit({"b.py": "y = 1\n"})
    origin.repo.git("update-ref", "refs/pull/3/head", old)
    assert opened(origin, tmp_path / "m", base, old)["b.py"] == b"y = 1\n"
    origin.repo.git("checkout", "--quiet", base)
    new = origin.repo.commit({"b.py": "y = 2\n"})
    origin.repo.git("update-ref", "refs/pull/3/head", new)
    assert opened(origin, tmp_path / "m", base, new) == {"a.py": b"x = 1\n", "b.py": b"y = 2\n"}


def test_sha256_repositories(origin: Origin, tmp_path: Path) -> None:
    other = Origin(origin.server, "other", "sha256")
    base, head = other.repo.commit({"a.py": "x = 1\n"}), other.repo.commit({"b.py": "y = 1\n"})
    assert len(head) == 64
    assert opened(other, tmp_path / "m", base, head) == {"a.py": b"x = 1\n", "b.py": b"y = 1\n"}


def test_a_blob_that_the_server_lacks_stays_absent(origin: Origin, tmp_path: Path) -> None:
    head = origin.repo.commit({"a.py": HELPER, "b.py": COPY, "lost.py": "z = 1\n"})
    blob = origin.id("HEAD:lost.py")
    (origin.repo.folder / ".git" / "objects" / blob[:2] / blob[2:]).unlink()
    with Mirrors(tmp_path / "m").open("7", origin.remote, [head]) as repository:
        assert contents(repository, head) == {"a.py": HELPER.encode(), "b.py": COPY.encode(), "lost.py": None}
        report = review_commits(repository, head, head, Settings(RULES, FactsCache(None)))[0]
    assert [skipped.path for skipped in report.skipped] == ["lost.py"]


def test_a_tree_that_names_what_is_elsewhere_learns_nothing_of_it(origin: Origin, tmp_path: Path) -> None:
    """Another repository's facts are in the cache, and its ids are no secret."""
    settings = Settings(RULES, FactsCache(tmp_path / "cache"))
    private = Origin(origin.server, "private")
    theirs = private.repo.commit({"private.py": HELPER, "a.py": "x = 1\n"})
    with Mirrors(tmp_path / "m").open("8", private.remote, [theirs]) as repository:
        assert review_commits(repository, theirs, theirs, settings)[0].skipped == ()
    base = origin.repo.commit({"a.py": "x = 1\n", "private.py": HELPER})
    head = origin.repo.commit({"b.py": COPY})
    blob = origin.id("HEAD:private.py")
    (origin.repo.folder / ".git" / "objects" / blob[:2] / blob[2:]).unlink()
    with Mirrors(tmp_path / "m").open("7", origin.remote, [base, head]) as repository:
        report = review_commits(repository, base, head, settings)[0]
    assert [skipped.path for skipped in report.skipped] == ["private.py"]
    assert report.findings == ()


def test_a_review_of_the_mirror_is_a_review_of_the_origin(origin: Origin, tmp_path: Path) -> None:
    body = HELPER.replace("format_number", "moved").replace("lstrip", "rstrip")
    base = origin.repo.commit({"a.py": HELPER, "pkg/__init__.py": "", "pkg/old.py": body, "film.mp4": "a film"})
    files = {
        "b.py": COPY,
        "pkg/old.py": None,
        "pkg/new.py": body + "\nimport a\n",
        "film.mp4": "another",
        "c.py": "import b\n",
    }
    head = origin.repo.commit(files)
    settings = Settings(RULES, FactsCache(None))
    expected, config = review_commits(Repository.discover(origin.repo.folder), base, head, settings)
    with Mirrors(tmp_path / "m").open("7", origin.remote, [base, head]) as repository:
        origin.server.requests.clear()
        report, same_config = review_commits(repository, base, head, settings)
    assert report.findings
    assert (report.findings, report.skipped, report.notes) == (expected.findings, expected.skipped, expected.notes)
    assert same_config == config
    assert origin.server.requests == []


def test_reading_what_is_absent_never_fetches(origin: Origin, tmp_path: Path) -> None:
    body = "".join(f"line_{i} = {i}\n" for i in range(20))
    base = origin.repo.commit({"old.py": body, "a.py": "x = 1\n"})
    head = origin.repo.commit({"old.py": None, "new.py": body + "more = 1\n", "a.py": "x = 2\n"})
    with Mirrors(tmp_path / "m").open("7", origin.remote, [base, head], pathspecs=["*.none"]) as repository:
        origin.server.requests.clear()
        changed = repository.changed_files(base, head, PATHSPECS)
        assert len(changed) == 3
        assert repository.hunks(changed, base, head, PATHSPECS) == {"a.py": ()}
        assert len(repository.missing(base, head)) == 4
    assert origin.server.requests == []


def overwrite(pattern: str, data: Callable[[bytes], bytes]) -> Callable[[Path], None]:
    def damage(mirror: Path) -> None:
        files = list(mirror.glob(pattern))
        assert files
        for file in files:
            file.chmod(0o600)
            file.write_bytes(data(file.read_bytes()))

    return damage


def leave(*names: str) -> Callable[[Path], None]:
    def damage(mirror: Path) -> None:
        for name in names:
            (mirror / name).parent.mkdir(parents=True, exist_ok=True)
            (mirror / name).write_text("left")

    return damage


@pytest.mark.parametrize(
    "damage",
    [
        overwrite("config", lambda _: b"[core\nbare"),
        overwrite("config", lambda _: b"[core]\nrepositoryformatversion = 99\n"),
        overwrite("config", lambda _: b""),
        overwrite("HEAD", lambda _: b""),
        overwrite("shallow", lambda _: b"not an id\n"),
        overwrite("shallow", lambda _: b"1" * 40 + b"\n"),
        overwrite("shallow", lambda _: b""),
        overwrite("objects/pack/*.idx", lambda _: b""),
        overwrite("objects/pack/*.idx", lambda data: data[:-30]),
        overwrite("objects/pack/*.pack", lambda data: data[:40]),
        overwrite("objects/pack/*.pack", lambda data: data[:20] + b"\xff" * (len(data) - 40) + data[-20:]),
        overwrite("objects/pack/*.pack", lambda data: data[:-25] + b"\0\0\0\0\0" + data[-20:]),
        lambda mirror: [file.unlink() for file in (mirror / "objects" / "pack").iterdir()],
        lambda mirror: [file.unlink() for file in (mirror / "objects" / "pack").glob("*.promisor")],
        lambda mirror: (mirror / "HEAD").unlink(),
        lambda mirror: (mirror / "objects").rename(mirror / "elsewhere"),
        lambda mirror: mirror.rename(mirror.with_suffix(".part")),
        leave("shallow.lock", "config.lock", "HEAD.lock", "shallow_x1Y2", "objects/pack/tmp_pack_x1Y2", "objects/pack/p.keep"),
        leave("objects/tmp_objdir/x", "../7.part/HEAD", "../7.part/objects/x"),
    ],
)  # fmt: skip
def test_damage_and_leftovers_cost_time_only(origin: Origin, tmp_path: Path, damage: Callable[[Path], object]) -> None:
    files = {f"f{i}.py": f"x = {i}\n" * 50 for i in range(9)}
    base = origin.repo.commit({"first.py": ""})
    head = origin.repo.commit({**files})
    opened(origin, tmp_path / "m", base, head)
    damage(tmp_path / "m" / "7.git")
    newer = origin.repo.commit({"f1.py": "x = 'new'\n"})
    expected = {name: text.encode() for name, text in {**files, "first.py": "", "f1.py": "x = 'new'\n"}.items()}
    try:
        assert opened(origin, tmp_path / "m", head, newer) == expected
    except GitError:  # seen only while it was read: it is gone now
        assert not (tmp_path / "m" / "7.git").exists()
    assert opened(origin, tmp_path / "m", head, newer) == expected
    assert sorted(path.name for path in (tmp_path / "m").iterdir()) == ["7.git", "7.lock"]
    assert not [path for path in (tmp_path / "m").rglob("*") if path.name.startswith("tmp_") or path.suffix == ".part"]


@pytest.mark.parametrize(
    ("key", "url", "commits"),
    [
        ("../7", "http://127.0.0.1/a", ["1" * 40]),
        ("", "http://127.0.0.1/a", ["1" * 40]),
        ("7.git", "http://127.0.0.1/a", ["1" * 40]),
        ("7", "http://me:secret@127.0.0.1/a", ["1" * 40]),
        ("7", "file:///etc", ["1" * 40]),
        ("7", "ext::sh -c true", ["1" * 40]),
        ("7", "http://127.0.0.1/a", ["main"]),
        ("7", "http://127.0.0.1/a", ["+refs/*:refs/*"]),
        ("7", "http://127.0.0.1/a", ["1" * 40 + "\n"]),
        ("7", "http://127.0.0.1/a", []),
    ],
)
def test_what_is_asked_for_is_checked(tmp_path: Path, key: str, url: str, commits: list[str]) -> None:
    with pytest.raises(ValueError, match=r"no key of a mirror|the address of a remote|commits are full ids") as raised:
        Mirrors(tmp_path / "m").open(key, Remote(url, ""), commits).__enter__()
    assert "secret" not in str(raised.value)
    assert not (tmp_path / "m").exists()
