"""What is compared with what: from the revisions that somebody names, or does not, to two trees."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

from rules.model import Hunk
from worker.errors import ReviewError
from worker.git import Repository
from worker.worktree import work_tree_snapshot

PATHSPECS = ("*.py", "*.toml", "*.cfg", "*.importlinter")
"""What a review may have to read: code, configuration, and the manifests that show where distributions are."""


class Ends(NamedTuple):
    """The two trees that are compared. `base` and `head` are commit or tree ids, `head_is_work_tree` for uncommitted work.

    `whole`: the head is looked at as a whole, the base is empty. `messages`: what the commits between them say, None where
    only the history knows it.
    """

    repository: Repository
    base: str
    notes: tuple[str, ...]
    head: str
    head_is_work_tree: bool
    whole: bool = False
    messages: Sequence[str] | None = None


@contextmanager
def find_ends(repository: Repository, base: str | None, head: str | None) -> Iterator[Ends]:
    """Decides what is compared with what.

    base: a revision, default the default branch. head: a revision, default the working tree (HEAD where there is
    none). The base is then the merge-base of the two. Raises ReviewError where they cannot be found.
    """
    if head is None and repository.work_tree is not None:
        with work_tree_snapshot(repository, PATHSPECS) as (private, tree):
            yield _work_tree_ends(private, tree, base)
        return
    commit = repository.commit(head or "HEAD")
    yield Ends(repository, *_fork(repository, base, commit), commit, False)


def _work_tree_ends(repository: Repository, tree: str, base: str | None) -> Ends:
    last = repository.head_commit()
    if last is None:
        return Ends(
            repository, repository.empty_tree(), ("there is no commit yet: the whole working tree is new",), tree, True
        )
    if repository.tree(last) == tree:
        return Ends(repository, *_fork(repository, base, last), last, False)
    default = repository.default_branch()
    if base is None and (default is None or repository.merge_base(default, last) == last):
        return Ends(repository, last, (), tree, True)
    return Ends(repository, *_fork(repository, base, last), tree, True)


def _fork(repository: Repository, base: str | None, head: str) -> tuple[str, tuple[str, ...]]:
    """The commit or tree that a head is compared with, and what there is to say about it."""
    wanted = base or repository.default_branch()
    if wanted is None:
        return _parent(repository, head, "there is no default branch to compare with")
    other = repository.commit(wanted)
    fork = repository.merge_base(other, head)
    if fork is None and base is None:
        cut = (
            "history is cut here (shallow clone): fetch more of it, or"
            if repository.is_shallow()
            else "the two share no history:"
        )
        raise ReviewError(
            f"{wanted} and {head[:12]} have no common ancestor; {cut} name the commit to compare with with --base."
        )
    if fork is None:
        return other, (
            f"{base} and {head[:12]} have no common ancestor here: the two trees are compared as they stand",
        )
    if fork == head and base is None:
        return _parent(repository, head, f"{head[:12]} is part of the default branch")
    return fork, ()


def _parent(repository: Repository, head: str, why: str) -> tuple[str, tuple[str, ...]]:
    parents = repository.parents(head)
    if not parents:
        return repository.empty_tree(), (f"{why}; it has no parent here, so everything in it is new",)
    return parents[0], (f"{why}: it is compared with its first parent {parents[0][:12]}",)


@contextmanager
def tree_of(repository: Repository, revision: str | None) -> Iterator[tuple[Repository, str]]:
    """(repository, tree or commit id) of a revision, default the working tree, or HEAD where there is none."""
    if revision is None and repository.work_tree is not None:
        with work_tree_snapshot(repository, PATHSPECS) as found:
            yield found
    else:
        yield repository, repository.commit(revision or "HEAD")


def reviewed_hunks(repository: Repository, base: str, head: str) -> dict[str, tuple[Hunk, ...]]:
    """Path in the head -> what changed there, for every file of the diff that a review reads."""
    changed = repository.changed_files(base, head, PATHSPECS)
    hunks = repository.hunks(changed, base, head, PATHSPECS)
    added = repository.added_lines(base, head, PATHSPECS)
    found: dict[str, tuple[Hunk, ...]] = {}
    for file in changed:
        count = added.get(file.head_path, 0)
        if file.head_path and not file.base_path:
            found[file.head_path] = (Hunk(0, 0, 1, count),) if count else ()
        elif file.head_path:
            # GitHub shows no lines of what git takes for binary, nor of a file that only has another name or mode.
            found[file.head_path] = () if count is None else hunks.get(file.head_path, ())
    return found
