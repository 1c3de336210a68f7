"""Random changes in a real repository, and random findings about them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import count
from typing import NamedTuple

from hypothesis import strategies as st

from rules.model import Finding, Report, Skipped, Suggestion
from tests.github.pull import Pull
from tests.github.repository import Repository

PATHS = (
    "a.py",
    "pkg/b.py",
    "pkg/ünï çødé/ж.py",
    "with space.py",
    " b/x b/y.py",
    'quo"te.py',
    "back\\slash.py",
    "tab\there.py",
    "new\nline.py",
    "set.toml",
)
NOT_READ = frozenset(("notes.txt", "image.bin"))
"""Files that a review does not look at. They are never deleted: what looks like a rename of them is not known here."""


class File(NamedTuple):
    """A file of a tree."""

    content: bytes
    executable: bool = False


Tree = Mapping[str, File]

_LINES = st.sampled_from([b"", b"a", b"b", b"def f():", b"    return 1", "ü = 'é'".encode(), b"@@ -1 +1 @@", b"--- a"])
_ENDS = st.sampled_from([b"\n", b"\n", b"\r\n"])


@st.composite
def contents(draw: st.DrawFn) -> bytes:
    """Text with or without an end to its last line, nothing at all, or bytes that are no text."""
    lines, end = draw(st.lists(_LINES, max_size=14)), draw(_ENDS)
    ended, binary = draw(st.booleans()), draw(st.integers(0, 9)) == 0
    text = end.join(lines) + (end if lines and ended else b"")
    return b"\x00" + text if binary else text


@st.composite
def edited(draw: st.DrawFn, content: bytes) -> bytes:
    """Some lines come, go or change."""
    lines = content.split(b"\n")
    for _ in range(draw(st.integers(1, 3))):
        start = draw(st.integers(0, len(lines)))
        end = draw(st.integers(start, min(len(lines), start + 3)))
        lines[start:end] = draw(st.lists(_LINES, max_size=4))
    return b"\n".join(lines)


@st.composite
def changes(draw: st.DrawFn) -> tuple[Tree, Tree]:
    """Two trees: files are kept, edited, given another mode, deleted, renamed, and added."""
    base = {path: File(draw(contents())) for path in draw(st.lists(st.sampled_from(PATHS), unique=True, max_size=5))}
    head = dict(base)
    for path, file in base.items():
        free = sorted(set(PATHS) - set(head))
        match draw(st.sampled_from(["keep", "edit", "edit", "mode", "delete", "rename"])):
            case "edit":
                head[path] = File(draw(edited(file.content)))
            case "mode":
                head[path] = file._replace(executable=True)
            case "delete":
                del head[path]
            case "rename" if free:
                moved = head.pop(path).content
                head[draw(st.sampled_from(free))] = File(draw(edited(moved)) if draw(st.booleans()) else moved)
    for path in draw(st.lists(st.sampled_from(PATHS), unique=True, max_size=3)):
        head.setdefault(path, File(draw(contents())))
    for path in NOT_READ:
        base[path], head[path] = File(path.encode() + b"\n"), File(path.encode() + b"\nmore\n")
    return base, head


BASE, HEAD = "b" * 40, "a" * 40


def report(found: tuple[Finding, ...], skipped: tuple[str, ...] = ()) -> Report:
    return Report(base=BASE, head=HEAD, findings=found, skipped=tuple(Skipped(path, "why") for path in skipped))


def finding(number: int, path: str = "a.py", start: int = 1, end: int = 1, level: str = "error") -> Finding:
    return Finding(
        id=f"{number:016x}", rule="duplication/copy", level=level, path=path, start_line=start, end_line=end,  # type: ignore[arg-type]
        message="one repeats another",
    )  # fmt: skip


_ids = st.integers(0, 2**64 - 1).map("{:016x}".format)


@st.composite
def findings(draw: st.DrawFn, paths: Sequence[str], most: int = 6) -> tuple[Finding, ...]:
    """Findings anywhere, also on lines and in files that are not there."""
    anywhere = st.sampled_from([*paths, "not/there.py"])
    found = []
    for identity in draw(st.lists(_ids, unique=True, max_size=most)):
        start, path = draw(st.integers(1, 18)), draw(anywhere)
        length = draw(st.integers(0, 6))
        edit = None
        if draw(st.booleans()):
            first = draw(st.integers(1, 18))
            lines = tuple(draw(st.lists(st.sampled_from(["x = 1", "```", ""]), max_size=3)))
            needed = draw(st.sampled_from(["", "", "import x"]))
            edit = Suggestion(draw(st.just(path) | anywhere), first, first + draw(st.integers(0, 3)), lines, needed)
        found.append(
            Finding(
                id=identity,
                rule="duplication/copy",
                level=draw(st.sampled_from(["error", "warning", "info"])),
                path=path,
                start_line=start,
                end_line=start + length,
                message="one repeats another",
                suggestion=edit,
            )
        )
    return tuple(found)


_numbers = count(1)


def opened(repository: Repository, base: Tree, head: Tree) -> Pull:
    """A pull request that makes one tree of the other."""
    number = next(_numbers)
    into, topic = f"base-{number}", f"topic-{number}"
    stream = _commit(into, base, "") + _commit(topic, head, f"refs/heads/{into}")
    repository.bare.run("fast-import", "--quiet", "--force", "--done", stdin=stream + b"done\n")
    return repository.open_pull(topic, base=into)


def _commit(branch: str, tree: Tree, parent: str) -> bytes:
    parts = [b"commit refs/heads/%s\ncommitter A <a@example.org> 1767225600 +0000\ndata 0\n" % branch.encode()]
    parts += [b"from %s\n" % parent.encode()] if parent else []
    parts.append(b"deleteall\n")
    for path, file in tree.items():
        quoted = path.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").encode()
        mode = b"100755" if file.executable else b"100644"
        parts.append(b'M %s inline "%s"\ndata %d\n%s\n' % (mode, quoted, len(file.content), file.content))
    return b"".join(parts) + b"\n"
