"""Mutated copies of functions, each for a file of its own."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from typing import NamedTuple

from tests.bench.edits import edited
from tests.bench.loops import reshaped
from tests.bench.names import renamed
from tests.bench.originals import Original
from tests.bench.shapes import inlined, made_async, reordered

Mutation = Callable[[str, random.Random], str | None]

SOME, MANY = 0.2, 0.4
"""Shares of the statements that are edited."""

KINDS: dict[str, Mutation] = {
    "verbatim": lambda source, rng: source,
    "renamed": renamed,
    "edited": lambda source, rng: edited(source, rng, SOME),
    "both": lambda source, rng: renamed(edited(source, rng, SOME), rng),
    "heavy": lambda source, rng: renamed(edited(source, rng, MANY), rng),
    "loop<->comprehension": reshaped,
    "reordered": reordered,
    "inlined": inlined,
    "async": made_async,
}


class Case(NamedTuple):
    """A mutated copy of a function: the file it is put into, and that file's text."""

    kind: str
    original: Original
    path: str
    text: str

    def joins(self, places: Iterable[tuple[str, int, int]]) -> bool:
        """Whether among places (path, first line, last line) are both the copy and lines of the original."""
        found = list(places)
        return any(path == self.path for path, _, _ in found) and any(
            path == self.original.path and start <= self.original.end and end >= self.original.start
            for path, start, end in found
        )


def cases_of(kind: str, originals: Iterable[Original], seed: int) -> list[Case]:
    """The copies of one kind; a function to which the mutation does not apply has none."""
    cases = list[Case]()
    for number, original in enumerate(originals):
        rng = random.Random(f"{seed} {kind} {original.path} {original.start}")
        source = KINDS[kind](original.source, rng)
        if source is not None and _compiles(source):
            imports = "".join(f"{line}\n" for line in original.imports)
            text = f"{imports}\n\n{source}" if imports else source
            cases.append(Case(kind, original, f"injected/part{number:03}.py", text))
    return cases


def _compiles(source: str) -> bool:
    """Whether Python accepts the source: a mutation may put `await` or `return` where it must not stand."""
    try:
        compile(source, "copy", "exec", dont_inherit=True)
    except SyntaxError:
        return False
    return True
