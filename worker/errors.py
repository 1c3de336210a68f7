"""What stops a review: always one sentence that names the thing and says what to do."""

from __future__ import annotations


class ReviewError(Exception):
    """The review could not be done; the message is written for the person who asked for it."""
