"""Which of two findings about the same code is told."""

from __future__ import annotations

import pytest

from rules.model import Finding, Level, Place
from rules.retold import told_once

COPY, WORDS, UNSYNCED = "duplication/copy", "duplication/reimplementation", "duplication/unsynced"


def finding(
    rule: str,
    lines: tuple[int, int],
    *others: tuple[str, int, int] | tuple[str, int, int, str],
    level: Level = "warning",
) -> Finding:
    related = tuple(Place(*other, *[""][: 4 - len(other)]) for other in others)
    return Finding(
        rule=rule, level=level, path="a.py", start_line=lines[0], end_line=lines[1], message="", related=related
    )


PAIR = ("b.py", 1, 20)
MANY = [("b.py", 1, 20, "f"), ("b.py", 30, 40, "g"), ("b.py", 50, 60, "h")]
IN_ONE = [(path, start, end, "f") for path, start, end, _ in MANY]


@pytest.mark.parametrize(
    ("first", "second", "left"),
    [
        pytest.param(finding(WORDS, (1, 30), PAIR), finding(COPY, (5, 30), PAIR), [COPY], id="copied and in other words"),
        pytest.param(
            finding(WORDS, (1, 30), PAIR), finding(COPY, (5, 30), PAIR, level="info"), [WORDS], id="the worse one stays"
        ),
        pytest.param(
            finding(WORDS, (1, 30), PAIR), finding(COPY, (5, 30), ("c.py", 1, 9), PAIR), [COPY], id="one of several places"
        ),
        pytest.param(finding(WORDS, (70, 80), ("b.py", 80, 90)), finding(COPY, (1, 60), *MANY), [COPY], id="many pieces"),
        pytest.param(
            finding(WORDS, (70, 80), ("b.py", 80, 90)), finding(COPY, (1, 60), *IN_ONE), [COPY, WORDS],
            id="many pieces of one function",
        ),
        pytest.param(
            finding(WORDS, (70, 80), ("b.py", 80, 90)), finding(COPY, (1, 60), PAIR), [COPY, WORDS], id="another function"
        ),
        pytest.param(
            finding(WORDS, (1, 30), ("c.py", 1, 20)), finding(COPY, (5, 30), PAIR), [COPY, WORDS], id="another counterpart"
        ),
        pytest.param(
            finding(WORDS, (1, 30), ("b.py", 40, 60)), finding(COPY, (5, 30), PAIR), [COPY, WORDS],
            id="another counterpart in the same file",
        ),
        pytest.param(finding(COPY, (1, 30), PAIR), finding(COPY, (5, 30), PAIR), [COPY, COPY], id="one rule tells two"),
        pytest.param(finding(UNSYNCED, (3, 4), PAIR), finding(COPY, (1, 30), PAIR), [UNSYNCED], id="an edit of a copy"),
        pytest.param(
            finding("boundaries/private", (1, 30), PAIR), finding(COPY, (1, 30), PAIR), ["boundaries/private", COPY],
            id="another matter",
        ),
    ],
)  # fmt: skip
def test_the_same_is_told_once(first: Finding, second: Finding, left: list[str]) -> None:
    assert sorted(found.rule for found in told_once([first, second])) == sorted(left)
    assert sorted(found.rule for found in told_once([second, first])) == sorted(left)
