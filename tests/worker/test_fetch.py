"""How a fetch fails, and that the token stays where it belongs."""

from __future__ import annotations

import pickle
import threading
from pathlib import Path

import pytest

from tests.support.githttp import ENCODED, HEADER, TOKEN, Origin
from tests.support.processes import arguments_of_all, running, until
from worker.fetch import LIMITS, FetchError, Limits, Remote
from worker.mirror import Mirrors

WRONG = "Authorization: Basic d3Jvbmc6dG9rZW4="


def failure(remote: Remote, folder: Path, commit: str, limits: Limits = LIMITS) -> FetchError:
    with pytest.raises(FetchError) as raised, Mirrors(folder, limits=limits).open("7", remote, [commit]):
        pass
    message = str(raised.value)
    assert message.endswith(".")
    assert "\n" not in message
    assert not any(secret in message for secret in (TOKEN, ENCODED, *WRONG.split()[2:]))
    return raised.value


def test_an_unknown_commit_is_gone(origin: Origin, tmp_path: Path) -> None:
    origin.repo.commit({"a.py": "x = 1\n"})
    error = failure(origin.remote, tmp_path / "m", "1" * 40)
    assert (error.kind, error.refused) == ("gone", "1" * 40)
    assert str(error) == f"{origin.remote.url} does not have {'1' * 40} (any more)."


@pytest.mark.parametrize(("path", "header"), [("origin", WRONG), ("origin", ""), ("nowhere", HEADER)])
def test_a_wrong_token_and_a_repository_that_is_not_there_are_denied(
    origin: Origin, tmp_path: Path, path: str, header: str
) -> None:
    head = origin.repo.commit({"a.py": "x = 1\n"})
    error = failure(Remote(origin.server.url(path), header), tmp_path / "m", head)
    assert error.kind == "denied"


@pytest.mark.parametrize(
    ("status", "kind"),
    [(301, "denied"), (401, "denied"), (403, "denied"), (404, "denied"), (451, "denied"),
     (408, "temporary"), (429, "temporary"), (500, "temporary"), (502, "temporary"), (503, "temporary")],
)  # fmt: skip
def test_what_a_status_means(origin: Origin, tmp_path: Path, status: int, kind: str) -> None:
    head = origin.repo.commit({"a.py": "x = 1\n"})
    origin.server.status = status
    assert failure(origin.remote, tmp_path / "m", head).kind == kind


def test_a_server_that_is_down_is_temporary(origin: Origin, tmp_path: Path) -> None:
    head = origin.repo.commit({"a.py": "x = 1\n"})
    origin.server.server_close()
    error = failure(origin.remote, tmp_path / "m", head)
    assert error.kind == "temporary"
    assert error.args == pickle.loads(pickle.dumps(error)).args  # noqa: S301


def test_an_answer_that_breaks_off_is_temporary_and_the_next_one_is_taken(origin: Origin, tmp_path: Path) -> None:
    head = origin.repo.commit({"a.py": "x = 1\n"})

    def break_off() -> None:
        raise ConnectionError

    origin.server.halfway = break_off
    assert failure(origin.remote, tmp_path / "m", head).kind == "temporary"
    origin.server.halfway = lambda: None
    with Mirrors(tmp_path / "m").open("7", origin.remote, [head]) as repository:
        assert repository.absent([origin.id("HEAD:a.py")]) == set()


@pytest.mark.parametrize("limits", [Limits(total=120, stalled=1), Limits(total=1, stalled=120)])
def test_a_server_that_stalls_is_temporary(origin: Origin, tmp_path: Path, limits: Limits) -> None:
    head = origin.repo.commit({"a.py": "x = 1\n"})
    done = threading.Event()
    origin.server.halfway = done.wait
    try:
        assert failure(origin.remote, tmp_path / "m", head, limits).kind == "temporary"
        until(lambda: not running(origin.remote.url))
    finally:
        done.set()


@pytest.mark.parametrize("words", [HEADER, f"you sent {ENCODED}", ENCODED * 200, f"bad token {TOKEN}"])
def test_a_server_that_says_the_token_is_not_repeated(origin: Origin, tmp_path: Path, words: str) -> None:
    head = origin.repo.commit({"a.py": "x = 1\n"})
    origin.server.refusal = words
    assert failure(origin.remote, tmp_path / "m", head).kind == "temporary"


@pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="arguments are read in /proc")
def test_the_token_is_in_no_argument_no_file_and_no_trace(
    origin: Origin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    trace = tmp_path / "trace"
    trace.mkdir()
    for name in ("GIT_TRACE", "GIT_TRACE_CURL", "GIT_TRACE_PACKET", "GIT_TRACE2_EVENT", "GIT_TRACE_SETUP"):
        monkeypatch.setenv(name, str(trace / name))
    monkeypatch.setenv("GIT_CURL_VERBOSE", "1")
    monkeypatch.setenv("GIT_TRACE_REDACT", "0")
    monkeypatch.setenv("GIT_TRACE2_ENV_VARS", "GIT_CONFIG_VALUE_0,GIT_CONFIG_VALUE_9")
    head = origin.repo.commit({"a.py": "x = 1\n"})
    seen: list[str] = []
    files: list[bytes] = []

    def look() -> None:
        seen.extend(arguments_of_all().values())
        files.extend(path.read_bytes() for path in (tmp_path / "m").rglob("*") if path.is_file())

    origin.server.halfway = look
    with Mirrors(tmp_path / "m").open("7", origin.remote, [head]) as repository:
        files.extend(path.read_bytes() for path in (tmp_path / "m").rglob("*") if path.is_file())
        assert not any(ENCODED in value for value in repository.environ.values())
    assert ENCODED not in repr(origin.remote)
    assert any("remote-http" in arguments for arguments in seen)
    assert len(files) > 10
    assert not any(secret in arguments for arguments in seen for secret in (ENCODED, TOKEN))
    assert not any(secret.encode() in content for content in files for secret in (ENCODED, TOKEN))
    assert list(trace.iterdir()) == []
    assert ENCODED not in "".join(capfd.readouterr())


def test_the_machines_settings_take_no_part(origin: Origin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    head = origin.repo.commit({"a.py": "x = 1\n"})
    home, mark = tmp_path / "home", tmp_path / "ran"
    home.mkdir()
    asker = home / "ask"
    asker.write_text(f"#!/bin/sh\ntouch {mark}\necho {TOKEN}\n")
    asker.chmod(0o755)
    (home / ".gitconfig").write_text(f'[credential]\nhelper = "!touch {mark};:"\n[core]\naskPass = {asker}\n')
    (home / ".netrc").write_text(f"machine 127.0.0.1 login x-access-token password {TOKEN}\n")
    for name, value in (
        ("HOME", str(home)),
        ("SSH_ASKPASS", str(asker)),
        ("GIT_ASKPASS", str(asker)),
        ("DISPLAY", ":0"),
    ):
        monkeypatch.setenv(name, value)
    assert failure(Remote(origin.remote.url, ""), tmp_path / "m", head).kind == "denied"
    assert not mark.exists()


def test_the_callers_object_folders_take_no_part(
    origin: Origin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    head = origin.repo.commit({"a.py": "x = 1\n"})
    objects = str(origin.repo.folder / ".git" / "objects")
    monkeypatch.setenv("GIT_ALTERNATE_OBJECT_DIRECTORIES", objects)
    monkeypatch.setenv("GIT_OBJECT_DIRECTORY", str(tmp_path / "elsewhere"))
    with Mirrors(tmp_path / "m").open("7", origin.remote, [head]) as repository:
        pass
    assert len(origin.server.packs()) == 2
    monkeypatch.undo()
    assert repository.absent([head, origin.id("HEAD:a.py")]) == set()
    assert not (tmp_path / "elsewhere").exists()
