from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.github.descriptions import Descriptions
from tests.github.fake import FakeGitHub
from tests.github.pull import Pull

LINES = [f"line {number}\n" for number in range(1, 41)]
CHANGED = [*LINES[:19], "changed\n", *LINES[20:]]


@pytest.fixture
def github(tmp_path: Path, descriptions: Descriptions) -> Iterator[FakeGitHub]:
    with FakeGitHub(tmp_path / "github", descriptions) as fake:
        yield fake


@pytest.fixture
def pull(github: FakeGitHub) -> Pull:
    """Line 20 of a.py is changed, b.py is new."""
    repository = github.create_repository("octo/shop", {"a.py": "".join(LINES), "old.py": "old\n"})
    repository.push("topic", {"a.py": "".join(CHANGED), "b.py": "x\ny\n", "old.py": None})
    return repository.open_pull("topic")
