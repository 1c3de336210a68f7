"""The globs of a tach.toml as regular expressions: of modules (`*` is one part of a name) and of paths."""

from __future__ import annotations

import re
from functools import lru_cache

_WORD = re.compile(r"\\.|\[[!^]?\]?[^]]*\]|\*+|.", re.DOTALL)


@lru_cache(maxsize=4096)
def module_glob(pattern: str) -> re.Pattern[str] | None:
    """The expression for the dotted names that a glob of modules matches, None for a plain name. Raises re.error."""
    if not re.search(r"(?<!\\)[][*?{}]", pattern):
        return None
    path = pattern.replace(".", "/")
    if path.endswith("/**"):
        path = f"{path.removesuffix('/**')}{{,/**}}"
    return re.compile(_expression(path, ends=False).replace("/", r"\."))


def path_glob(pattern: str) -> str:
    """The expression for the paths that a glob matches, from its first to its last character. Raises re.error."""
    found = _expression(pattern)
    re.compile(found)
    return found


def ignored(pattern: str) -> tuple[str, bool]:
    """The expression for the paths that a line of a .gitignore matches, and whether only for folders. Raises re.error.

    Without a slash inside, a pattern matches at any depth.
    """
    is_folder = pattern.endswith("/")
    rest = pattern.rstrip("/") if is_folder else pattern
    anchored = "/" in rest
    rest = rest.removeprefix("/")
    if not anchored and not rest.startswith("**/"):
        rest = f"**/{rest}"
    if rest.endswith("/**"):
        rest += "/*"
    return path_glob(rest), is_folder


def _expression(glob: str, *, ends: bool = True) -> str:
    """Two stars cross folders only as a whole part of a path, as in Rust's globset.

    ends: whether the glob ends a path; tach looks for modules with a suffix behind the last part.
    """
    found, depth = list[str](), 0
    words = _WORD.findall(glob)
    before = ""
    skip = False
    for i, word in enumerate(words):
        after = words[i + 1] if i + 1 < len(words) else ""
        if skip:
            skip = False
        elif word == "**" and before in _begins(depth) and after in _follows(depth, ends):
            skip = after == "/"
            found[:] = _crossing(found, before, after)
        elif word == "{":
            depth += 1
            found.append("(?:")
        elif word == "}" and depth:
            depth -= 1
            found.append(")")
        elif word == "," and depth:
            found.append("|")
        else:
            found.append(_single(word))
        before = word
    return "".join(found) + ")" * depth


def _begins(depth: int) -> tuple[str, ...]:
    return ("", "/", "{", ",") if depth else ("", "/")


def _follows(depth: int, ends: bool) -> tuple[str, ...]:
    return ("/", "}", ",") if depth else ("/", "") if ends else ("/",)


def _crossing(found: list[str], before: str, after: str) -> list[str]:
    if before == "/":
        return [*found[:-1], "(?:/|/.*/)" if after == "/" else "/.*"]
    return [*found, "(?:.*/)?" if after == "/" else ".*"]


def _single(word: str) -> str:
    if word[0] == "*":
        return "[^/]*"
    if word == "?":
        return "[^/]"
    if word[0] == "[" and len(word) > 2:
        inner = word[1:-1].replace("\\", r"\\").replace("[", r"\[")
        return f"(?!/)[{'^' if inner[0] in '!^' else ''}{inner[inner[0] in '!^' :]}]"
    return re.escape(word[1:] if word[0] == "\\" and len(word) > 1 else word)
