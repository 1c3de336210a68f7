from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.githttp import Origin, serving


@pytest.fixture
def origin(tmp_path: Path) -> Iterator[Origin]:
    with serving(tmp_path / "served") as server:
        yield Origin(server)
