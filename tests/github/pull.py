"""A pull request of the fake, and what people do with it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from tests.github.bare import ALICE, FileDiff, Files
from tests.github.model import Account, Comment, Place, Review, ReviewComment, Thread, now
from tests.github.pull_payloads import issue_comment_json, issue_json, pull_json, review_comment_json, thread_json

if TYPE_CHECKING:
    from tests.github.repository import Repository


class Pull:
    """A pull request. `head` and `base` are commits; what was said is in the lists."""

    def __init__(
        self,
        repository: Repository,
        head_repository: Repository,
        number: int,
        head_ref: str,
        base_ref: str,
        title: str,
        author: Account,
    ) -> None:
        self.repository = repository
        self.head_repository = head_repository
        self.github = repository.github
        self.id = self.github.next_id()
        self.number = number
        self.head_ref = head_ref
        self.base_ref = base_ref
        self.title = title
        self.body: str | None = None
        self.author = author
        self.state = "open"
        self.draft = False
        self.merged = False
        self.merge_commit: str | None = None
        self.created = self.updated = now()
        self.closed: datetime | None = None
        self.head = self._fetched(head_repository.branches()[head_ref])
        self.base = repository.branches()[base_ref]
        self.threads: list[Thread] = []
        self.reviews: list[Review] = []
        self.issue_comments: list[Comment] = []

    @property
    def node_id(self) -> str:
        return f"PR_{self.id}"

    @property
    def html_url(self) -> str:
        return f"{self.repository.html_url}/pull/{self.number}"

    @property
    def review_comments(self) -> list[ReviewComment]:
        """All comments on the diff, the oldest first."""
        return sorted((comment for thread in self.threads for comment in thread.comments), key=lambda each: each.id)

    def diff(self, commit: str | None = None) -> dict[str, FileDiff]:
        """What the pull request shows as changed, at its head or at one of its commits."""
        return self.repository.bare.diff(self.base, commit or self.head)

    def has_commit(self, sha: str) -> bool:
        """Whether a commit is one of those this pull request brings."""
        return any(commit.sha == sha for commit in self.repository.bare.commits(self.base, self.head))

    def thread_of(self, comment_id: int) -> Thread:
        """The thread with a comment. Raises KeyError."""
        for thread in self.threads:
            if any(comment.id == comment_id for comment in thread.comments):
                return thread
        raise KeyError(comment_id)

    def send(self, action: str, sender: str | Account, **fields: Any) -> None:
        """A `pull_request` webhook."""
        self.updated = now()
        self.repository.send(
            "pull_request", action, sender, number=self.number, pull_request=pull_json(self, full=True), **fields
        )

    def push(self, files: Files, *, message: str = "a change", author: tuple[str, str] = ALICE) -> str:
        """One more commit on the branch."""
        return self.head_repository.push(self.head_ref, files, message=message, author=author)

    def force_push(self, files: Files, *, message: str = "anew") -> str:
        """The branch is rewritten: one commit on the merge base."""
        onto = self.repository.bare.merge_base(self.base, self.head)
        return self.head_repository.push(self.head_ref, files, message=message, force=True, onto=onto)

    def synchronize(self, head: str, sender: str) -> None:
        """The head branch moved: comments find their lines again, or become outdated."""
        before, self.head = self.head, self._fetched(head)
        self.base = self.repository.branches().get(self.base_ref, self.base)
        self.place_comments()
        self.send("synchronize", sender, before=before, after=head)

    def _fetched(self, head: str) -> str:
        """Points refs/pull/N/head at a commit, fetched from the fork where there is one."""
        ref = f"refs/pull/{self.number}/head"
        if self.head_repository is not self.repository:
            source = str(self.head_repository.folder)
            self.repository.git("fetch", "--quiet", source, f"+refs/heads/{self.head_ref}:{ref}")
        self.repository.git("update-ref", ref, head)
        return head

    def place_comments(self) -> None:
        """Moves the comments to where their lines are in the head."""
        diff, bare = self.diff(), self.repository.bare
        for thread in self.threads:
            first = thread.comments[0]
            place, shown = first.place, diff.get(first.path)
            if place.line is None:
                thread.outdated = shown is None
                continue
            old = first.original_commit if place.side == "RIGHT" else self.head
            line = bare.moved(first.path, old, self.head, place.line)
            start = bare.moved(first.path, old, self.head, place.start_line) if place.start_line else None
            lost = line is None or shown is None or shown.hunk_of(place.side, line) is None
            thread.outdated = lost or (place.start_line is not None and start is None)
            for comment in thread.comments:
                comment.line, comment.start_line = (None, None) if thread.outdated else (line, start)
                comment.commit = comment.commit if thread.outdated else self.head

    def ready(self, sender: str = "alice") -> None:
        self.draft = False
        self.send("ready_for_review", sender)

    def to_draft(self, sender: str = "alice") -> None:
        self.draft = True
        self.send("converted_to_draft", sender)

    def close(self, sender: str = "alice") -> None:
        self.state, self.closed = "closed", now()
        self.send("closed", sender)

    def reopen(self, sender: str = "alice") -> None:
        self.state, self.closed = "open", None
        self.send("reopened", sender)

    def merge(self, sender: str = "alice") -> str:
        """Merges the head into the base branch. Returns the merge commit."""
        with self.github.lock:
            repository = self.repository
            before = repository.branches()[self.base_ref]
            tree = repository.git("merge-tree", "--write-tree", before, self.head).split()[0]
            message = f"Merge pull request #{self.number} from {self.head_ref}"
            parents, author = [before, self.head], (sender, f"{sender}@users.noreply.github.com")
            after = repository.bare.commit(f"refs/heads/{self.base_ref}", {}, parents, message, author, tree)
            self.state, self.merged, self.closed, self.merge_commit = "closed", True, now(), after
            self.send("closed", sender)
            repository.pushed(self.base_ref, before, after, sender)
            return after

    def retarget(self, base: str, sender: str = "alice") -> None:
        """Chooses another base branch."""
        with self.github.lock:
            changes = {"base": {"ref": {"from": self.base_ref}, "sha": {"from": self.base}}}
            self.base_ref, self.base = base, self.repository.branches()[base]
            self.place_comments()
            self.send("edited", sender, changes=changes)

    def edit(self, title: str, sender: str = "alice") -> None:
        """Another title."""
        changes = {"title": {"from": self.title}}
        self.title = title
        self.send("edited", sender, changes=changes)

    def comment(self, author: str | Account, body: str) -> Comment:
        """A comment in the conversation."""
        with self.github.lock:
            comment = Comment(self.github.next_id(), self.github.account(author), body)
            self.issue_comments.append(comment)
            self._send_comment("created", comment)
            return comment

    def review(self, author: str | Account, body: str, state: str, commit: str | None = None) -> Review:
        """A review without comments; `add_comment` puts them there."""
        review = Review(self.github.next_id(), self.github.account(author), body, state, commit or self.head)
        self.reviews.append(review)
        return review

    def add_comment(
        self, review: Review, place: Place, body: str, *, reply_to: ReviewComment | None = None
    ) -> ReviewComment:
        """A comment on the diff, in a thread of its own or as a reply."""
        comment = ReviewComment(
            self.github.next_id(), review.author, body, review=review.id, place=place, commit=review.commit
        )
        comment.original_commit, comment.line, comment.start_line = review.commit, place.line, place.start_line
        if reply_to:
            thread = self.thread_of(reply_to.id)
            first = thread.comments[0]
            comment.reply_to, comment.diff_hunk = first.id, first.diff_hunk
            comment.line, comment.start_line, comment.commit = first.line, first.start_line, first.commit
            thread.comments.append(comment)
        else:
            shown = self.diff(review.commit).get(place.path)
            comment.diff_hunk = shown.hunk_until(place.side, place.line) if shown and place.line else "@@ -0,0 +1 @@"
            self.threads.append(Thread(self.github.next_id(), [comment]))
        self._send_comment("created", comment)
        return comment

    def reply(self, comment_id: int, author: str | Account, body: str) -> ReviewComment:
        """An answer in the thread of a comment."""
        with self.github.lock:
            first = self.thread_of(comment_id).comments[0]
            return self.add_comment(self.review(author, "", "COMMENTED"), first.place, body, reply_to=first)

    def edit_comment(self, comment: Comment, body: str) -> None:
        changes = {"body": {"from": comment.body}}
        comment.body, comment.updated = body, now()
        self._send_comment("edited", comment, changes=changes)

    def delete_comment(self, comment: Comment, sender: str = "alice") -> None:
        """Someone deletes a comment; a thread without comments is gone."""
        with self.github.lock:
            if isinstance(comment, ReviewComment):
                thread = self.thread_of(comment.id)
                thread.comments.remove(comment)
                self.threads = [each for each in self.threads if each.comments]
            else:
                self.issue_comments.remove(comment)
            self._send_comment("deleted", comment, sender)

    def _send_comment(self, action: str, comment: Comment, sender: str | None = None, **fields: Any) -> None:
        told: dict[str, Any]
        if isinstance(comment, ReviewComment):
            event = "pull_request_review_comment"
            told = {"pull_request": pull_json(self), "comment": review_comment_json(comment, self)}
        else:
            event, told = "issue_comment", {"issue": issue_json(self), "comment": issue_comment_json(comment, self)}
        self.repository.send(event, action, sender or comment.author, **told, **fields)

    def resolve(self, sender: str | Account, comment_id: int) -> None:
        """Someone marks the thread of a comment as resolved."""
        self._set_resolved(sender, comment_id, resolved=True)

    def unresolve(self, sender: str | Account, comment_id: int) -> None:
        self._set_resolved(sender, comment_id, resolved=False)

    def _set_resolved(self, sender: str | Account, comment_id: int, *, resolved: bool) -> None:
        with self.github.lock:
            thread = self.thread_of(comment_id)
            thread.resolved_by = self.github.account(sender) if resolved else None
            action, told = "resolved" if resolved else "unresolved", thread_json(thread, self)
            pull = pull_json(self)
            self.repository.send("pull_request_review_thread", action, sender, thread=told, pull_request=pull)
