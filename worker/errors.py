"""What stops a review: always one sentence that names the thing and says what to do."""

from __future__ import annotations


class ReviewError(Exception):
    """The review could not be done; the message is written for the person who asked for it."""


class GitError(ReviewError):
    """Git itself failed on a repository: it is damaged, or something that was expected in it is not there."""


class NothingToReviewError(ReviewError):
    """There is no Python file to review: nobody's fault, and yet no review."""
