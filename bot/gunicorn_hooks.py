"""What gunicorn calls while it starts (`--config python:bot.gunicorn_hooks`)."""

from __future__ import annotations

from typing import Any

from bot.logs import chosen, formatter
from worker.processes import end_with_parent


def on_starting(server: Any) -> None:
    """Gunicorn's own lines are written as all others are, without secrets; and it ends with `partywall up`."""
    end_with_parent()
    for handler in server.log.error_log.handlers:
        handler.setFormatter(formatter(chosen()))
