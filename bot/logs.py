"""Where the bot's processes write what they do."""

from __future__ import annotations

import logging


def log_to_stderr() -> None:
    """Sends the log of this process to standard error, a line for each event."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(levelname)s %(message)s")
