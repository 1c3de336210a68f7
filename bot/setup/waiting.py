"""Workers without an App wait until somebody sets one up."""

from __future__ import annotations

import logging
import time

from bot.settings import NotSetUpError, Settings, data_folder, load

_log = logging.getLogger("partywall.setup")
_SECONDS = 1


def load_when_set_up() -> Settings:
    """The settings of the environment, as soon as they name an App. Raises ReviewError where anything else is wrong."""
    told = False
    while True:
        try:
            return load()
        except NotSetUpError:
            if not told:
                _log.warning("no GitHub App is set up yet: waiting for its credentials in %s", data_folder())
                told = True
        time.sleep(_SECONDS)
