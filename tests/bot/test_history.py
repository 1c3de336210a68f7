"""Where the work began and who wrote it, as GitHub tells."""

from __future__ import annotations

import pytest

from bot import history
from bot.github import App, Client, GoneError
from bot.settings import load
from rules.provenance import Authorship, Machine, Provenance, provenance
from tests.bot.door import environ
from tests.github.fake import FakeGitHub
from tests.github.repository import Repository


@pytest.fixture
def repository(github: FakeGitHub) -> Repository:
    return github.create_repository("octo/shop", {"a.py": "1\n"})


@pytest.fixture
def client(github: FakeGitHub, repository: Repository) -> Client:
    given = environ(
        "redis://unused",
        PARTYWALL_APP_ID=str(github.app.id),
        PARTYWALL_PRIVATE_KEY=github.app.private_key,
        PARTYWALL_GITHUB_API=github.url,
    )
    return App(load(given)).access(github.installations[0].id, repository.id).client


@pytest.mark.parametrize(("count", "pages"), [(0, 1), (1, 1), (250, 1), (251, 2), (620, 3)])
def test_all_commits_of_long_work(
    github: FakeGitHub, repository: Repository, client: Client, count: int, pages: int
) -> None:
    base = repository.branches()["main"]
    commit = "commit refs/heads/topic\ncommitter A <a@example.org> 1767225600 +0000\ndata 4\n%04d\n"
    stream = f"reset refs/heads/topic\nfrom {base}\n\n" + "".join(commit % number for number in range(count))
    repository.bare.run("fast-import", "--quiet", "--done", stdin=f"{stream}done\n".encode())
    head = repository.branches()["topic"]
    moved = repository.push("main", {"b.py": "2\n"})
    found = history.read(client, repository.full_name, moved, head)
    assert found.base == base
    assert [each.message for each in found.commits] == [f"{number:04}" for number in range(count)]
    assert sum("/compare/" in request.path for request in github.requests) == pages


def test_what_a_commit_says(repository: Repository, client: Client) -> None:
    base = repository.branches()["main"]
    repository.push("topic", {"a.py": "2\n"}, message="One.\n\nCo-authored-by: X <x@example.org>")
    repository.push("topic", {"a.py": "3\n"}, author=("helper[bot]", "1+helper[bot]@users.noreply.github.com"))
    head = repository.push("topic", {"a.py": "4\n"}, author=("Nobody", "nobody@example.org"))
    one, two, three = history.read(client, repository.full_name, base, head).commits
    assert (one.author_name, one.author_email, one.login, one.login_is_bot) == (
        "Alice", "alice@example.org", "alice", False,
    )  # fmt: skip
    assert one.message == "One.\n\nCo-authored-by: X <x@example.org>"
    assert (two.login, two.login_is_bot, two.committer_name) == ("helper[bot]", True, "helper[bot]")
    assert (three.login, three.login_is_bot, three.sha) == ("", False, head)


def test_no_history_without_an_ancestor(repository: Repository, client: Client) -> None:
    base = repository.branches()["main"]
    with pytest.raises(GoneError):
        history.read(client, repository.full_name, base, "f" * 40)


def written(*writers: str) -> Provenance:
    """Who wrote each commit: a name for a machine, '' for a person."""
    return Provenance(
        tuple(
            Authorship(str(number), "machine", Machine(name, "a trailer"))
            if name
            else Authorship(str(number), "human", None)
            for number, name in enumerate(writers)
        )
    )


@pytest.mark.parametrize(
    ("writers", "sentence"),
    [
        ((), ""),
        (("", ""), ""),
        (("Robot",), "Written with a machine: 1 of 1 commit, by `Robot`."),
        (("Robot", ""), "Written with a machine: 1 of 2 commits, by `Robot`."),
        (("Robot", "", "Other", "Robot"), "Written with a machine: 3 of 4 commits, by `Robot`, `Other`."),
        (("@x `<img>`",), "Written with a machine: 1 of 1 commit, by `` @x `<img>` ``."),
    ],
)
def test_sentences(writers: tuple[str, ...], sentence: str) -> None:
    assert history.sentence(written(*writers)) == sentence


def test_the_bots_own_account_is_seen(repository: Repository, client: Client) -> None:
    base = repository.branches()["main"]
    head = repository.push("topic", {"a.py": "3\n"}, author=("helper[bot]", "1+helper[bot]@users.noreply.github.com"))
    found = provenance(history.read(client, repository.full_name, base, head).commits, {"Helper": ["helper[bot]"]})
    assert history.sentence(found) == "Written with a machine: 1 of 1 commit, by `Helper`."
