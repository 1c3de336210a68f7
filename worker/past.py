"""Older trees of a repository: the import graph as it was months and years ago, as far as history is here."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import NamedTuple

from rules.inference.proposal import Past, count
from rules.selection import Selection
from worker.errors import ReviewError
from worker.git import Repository
from worker.pipeline import Look, Settings, load_graph

COMMITS = 20_000
"""So far back the main line is read."""

MONTHS = (6, 12, 24)
"""How long before the tree the older ones stood; where history is younger, its first commit stands for the rest."""

SHORTEST = 2
"""So many months lie between two trees that are compared at least."""

ABSENT = 0.02
"""A tree of which a partial clone lacks more files than this is not compared."""

_MONTH = 30.44 * 24 * 3600


class History(NamedTuple):
    """Older trees, the newest first, and a sentence on what was looked at and what was not."""

    past: tuple[Past, ...]
    told: str


class _Commit(NamedTuple):
    sha: str
    time: int

    @property
    def date(self) -> str:
        return datetime.fromtimestamp(self.time, UTC).date().isoformat()


def look_back(look: Look, revision: str | None, settings: Settings) -> History:
    """The older trees of what is looked at, read with its configuration.

    revision: what `look` was made of, default the working tree: the older trees are those of the commit checked out.
    """
    repository = look.repository
    if revision is None and repository.head_commit() is None:
        return History((), "History: there is none yet.")
    words = ("log", "--first-parent", "--no-show-signature", "--format=%H %ct", f"--max-count={COMMITS}")
    log = repository.run(*words, repository.commit(revision or "HEAD"), "--").decode()
    commits = [_Commit(sha, int(time)) for sha, time in map(str.split, log.splitlines())]
    past, left_out = list[Past](), list[str]()
    for commit in _chosen(commits):
        absent, files = _absent(repository, commit.sha)
        if absent > ABSENT * files:
            left_out.append(f"the tree of {commit.date} ({absent} of its {files} Python files are not in this clone)")
            continue
        try:
            graph = load_graph(repository, commit.sha, settings, reviewed_only=True, configured=look.tree)
            past.append(Past(f"on {commit.date}", graph))
        except ReviewError as error:
            left_out.append(f"the tree of {commit.date} ({str(error).partition(';')[0].rstrip('.')})")
            continue
        if absent:
            left_out.append(f"{absent} of {files} files of the tree of {commit.date}, which are not in this clone")
    return History(tuple(past), _told(repository, commits, past, left_out))


def _chosen(commits: list[_Commit]) -> list[_Commit]:
    """The newest commits of the wanted ages, and the oldest of all where there is none of the last age."""
    newest, oldest = commits[0], commits[-1]
    found = [newest]
    for months in MONTHS:
        old = next((commit for commit in commits if commit.time <= newest.time - months * _MONTH), oldest)
        if found[-1].time - old.time >= SHORTEST * _MONTH:
            found.append(old)
    return found[1:]


def _absent(repository: Repository, commit: str) -> tuple[int, int]:
    """How many of the Python files of a commit are not here, and how many it has."""
    missing, select = repository.missing(commit), Selection()
    blobs = [entry.blob for entry in repository.entries(commit) if select(entry.path)]
    return sum(blob in missing for blob in blobs), len(blobs)


def _told(repository: Repository, commits: list[_Commit], past: list[Past], left_out: list[str]) -> str:
    looked = f"compared with the trees {', '.join(one.when for one in past)}" if past else "no older tree was compared"
    end = ""
    if len(commits) == COMMITS:
        end = f"; older than {COMMITS:,} commits of the main line nothing was looked at"
    elif repository.is_shallow():
        end = f"; it is cut after {count(len(commits), 'commit')} here (shallow clone), and nothing older was looked at"
    elif not past:
        end = f"; its history of {count(len(commits), 'commit')} is too young" if not left_out else ""
    skipped = f"; left out: {'; '.join(left_out)}" if left_out else ""
    return f"History: {looked}{end}{skipped}."
