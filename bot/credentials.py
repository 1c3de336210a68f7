"""The App's credentials as the set-up page keeps them: one file in the data folder that nobody else may read."""

from __future__ import annotations

import json
import os
import secrets
from dataclasses import asdict, dataclass, field
from pathlib import Path

from worker.errors import ReviewError

_FILE = "credentials.json"


@dataclass(frozen=True)
class Credentials:
    """What GitHub gave for an App, the API that knows it, and where GitHub reaches us. Secrets stay out of its text."""

    app_id: int
    private_key: str = field(repr=False)
    webhook_secret: str = field(repr=False)
    api: str
    url: str
    client_id: str = ""
    client_secret: str = field(default="", repr=False)
    """What people sign in with; files of older versions are without."""


def file_in(data: Path) -> Path:
    """Where the credentials lie in a data folder."""
    return data / _FILE


def read(data: Path) -> Credentials | None:
    """The credentials in a data folder, None where there are none. Raises ReviewError for a file that is damaged."""
    file = file_in(data)
    try:
        found = Credentials(**json.loads(file.read_bytes()))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError, TypeError) as error:
        # A key that is wrong may stand in the message of a ValueError: its kind says enough.
        reason = error.strerror if isinstance(error, OSError) else type(error).__name__
        raise ReviewError(f"{file} cannot be read ({reason}); mend it, or remove it and set up again.") from None
    if not isinstance(found.app_id, int) or not all(isinstance(word, str) for word in list(asdict(found).values())[1:]):
        raise ReviewError(f"{file} does not hold the credentials of an App; remove it and set up again.")
    return found


def write(data: Path, found: Credentials) -> Path:
    """Keeps credentials in a data folder, whole or not at all, for us alone; gives the file.

    Raises FileExistsError where there are some already, and OSError where the folder cannot be written to.
    """
    data.mkdir(parents=True, exist_ok=True)
    file = file_in(data)
    part = file.with_name(f".{_FILE}.{secrets.token_hex(4)}")
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as stream:
            json.dump(asdict(found), stream, indent=1)
            stream.flush()
            os.fsync(stream.fileno())
        # A link fails where the file is there, which a renaming would replace.
        os.link(part, file)
    finally:
        part.unlink(missing_ok=True)
    return file
