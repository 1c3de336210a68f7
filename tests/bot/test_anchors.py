"""Where comments stand: GitHub has nothing to refuse."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot import conversation
from bot.comments import MOST, Note, Plan, plan
from bot.github import App, Client
from bot.posting import Poster
from bot.settings import load
from rules.model import Finding, Hunk
from tests.bot.diffs import NOT_READ, Tree, changes, finding, findings, opened, report
from tests.bot.door import environ
from tests.github.descriptions import Descriptions
from tests.github.fake import FakeGitHub
from tests.github.pull import Pull
from tests.github.repository import Repository
from worker.ends import reviewed_hunks
from worker.git import Repository as Git


class Hub:
    """One repository of the fake, and our way to it."""

    def __init__(self, github: FakeGitHub) -> None:
        self.github = github
        self.repository: Repository = github.create_repository("octo/shop", {"README": "shop\n"})
        given = environ(
            "redis://unused",
            PARTYWALL_GITHUB_API=github.url,
            PARTYWALL_APP_ID=str(github.app.id),
            PARTYWALL_PRIVATE_KEY=github.app.private_key,
            PARTYWALL_WRITE_INTERVAL="0",
        )
        app = App(load(given))
        self.client: Client = app.access(github.installations[0].id, self.repository.id).client

    def hunks(self, pull: Pull) -> dict[str, tuple[Hunk, ...]]:
        """What a review knows of the diff."""
        folder = self.repository.folder
        return reviewed_hunks(Git(folder, folder, None), pull.base, pull.head)

    def read(self, pull: Pull) -> conversation.Conversation:
        return conversation.read(self.client, self.repository.full_name, pull.number, self.github.app.id)

    def apply(self, pull: Pull, planned: Plan) -> tuple[Finding, ...]:
        talk = conversation.Pull(pull.number, self.repository.html_url, True, False, pull.head, pull.base_ref, False)
        return Poster(self.client, self.repository.full_name, talk, {}, self.github.app.id).apply(planned)


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    with FakeGitHub(tmp_path_factory.mktemp("hub")) as github:
        yield Hub(github)


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)
@given(data=st.data(), trees=changes())
def test_github_refuses_nothing(hub: Hub, data: st.DataObject, trees: tuple[Tree, Tree]) -> None:
    """Whatever the diff, and wherever the findings: every comment can stand where it is wanted."""
    base, head = trees
    found = data.draw(findings(sorted({*base, *head})))
    pull = opened(hub.repository, base, head)
    planned = plan(report(found), hub.hunks(pull), ())
    before = len(hub.github.requests)
    assert hub.apply(pull, planned) == ()
    assert [request.status for request in hub.github.requests[before:] if request.status not in (200, 201)] == []
    assert len(pull.review_comments) == len(planned.review) + len(planned.files)
    for note in planned.review:
        stands_on_added_lines(pull, note)
    for note in planned.files:
        assert added(pull, note.path).isdisjoint(range(note.finding.start_line, note.finding.end_line + 1))
    annotated = {finding.path for finding in planned.annotations}
    if len(planned.review) + len(planned.files) < MOST:
        assert annotated.isdisjoint((pull.diff().keys() & head.keys()) - NOT_READ)


def added(pull: Pull, path: str) -> set[int]:
    """The lines of a file that the pull request shows as added."""
    return {line.new for _, lines in pull.diff()[path].hunks for line in lines if line.old is None and line.new}


def stands_on_added_lines(pull: Pull, note: Note) -> None:
    wanted = set(range(note.start_line, note.line + 1))
    assert wanted
    assert wanted <= added(pull, note.path)
    edit = note.finding.suggestion
    if note.suggest:
        assert edit is not None
        assert (edit.path, edit.start_line, edit.end_line) == (note.path, note.start_line, note.line)
        assert edit.import_line == ""
    else:
        assert wanted <= set(range(note.finding.start_line, note.finding.end_line + 1))


def test_a_plan_that_was_carried_out_leaves_nothing_to_do(tmp_path: Path, descriptions: Descriptions) -> None:
    """Posted, read back, fixed, come back: each time, a second look finds all as it should be."""
    with FakeGitHub(tmp_path / "hub", descriptions) as github:
        hub = Hub(github)
        text = "".join(f"line {number}\n" for number in range(1, 31))
        hub.repository.push("topic", {"new.py": text, "pkg/ünï b.py": text})
        pull = hub.repository.open_pull("topic")
        one, other = finding(1, "new.py", 3, 5), finding(2, "pkg/ünï b.py", 7, 7)
        beyond = finding(3, "new.py", 40, 50)
        steps = [((one, other, beyond), 3, 0), ((other,), 3, 2), ((one, other, beyond), 3, 0), ((), 3, 3)]
        for present, comments, folded in steps:
            told = report(present)
            planned = plan(told, hub.hunks(pull), hub.read(pull).remarks)
            assert planned.writes
            assert hub.apply(pull, planned) == ()
            assert len(pull.review_comments) == comments
            assert sum(comment.minimized is not None for comment in pull.review_comments) == folded
            assert not plan(told, hub.hunks(pull), hub.read(pull).remarks).writes
        assert github.problems == []
