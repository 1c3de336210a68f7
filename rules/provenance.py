"""Which commits of a change a machine wrote, by what the commits themselves say: never by the looks of the code.

A commit that hides its author counts as a person's. Who writes a commit decides what it says about its author.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Literal, NamedTuple

from rules.assistants import ASSISTANTS, AUTOMATION


class Commit(NamedTuple):
    """What a commit says of itself. `login` is the author's at the platform that hosts it, '' where unknown."""

    sha: str
    author_name: str
    author_email: str
    committer_name: str
    login: str
    login_is_bot: bool
    message: str


class Machine(NamedTuple):
    """What wrote a commit, and what in the commit shows it. Both may be text of the commit: escape them."""

    name: str
    evidence: str


class Authorship(NamedTuple):
    """Who wrote one commit; `machine` where that was a code assistant or another bot, else None."""

    sha: str
    writer: Literal["machine", "automation", "human"]
    machine: Machine | None


class Provenance(NamedTuple):
    """Who wrote a change, commit by commit. Without commits it is a person's."""

    commits: tuple[Authorship, ...] = ()

    @property
    def by_machine(self) -> bool:
        """Whether a machine wrote at least one commit."""
        return any(commit.machine for commit in self.commits)

    @property
    def machines(self) -> tuple[str, ...]:
        """The machines that wrote something, in the order of the commits."""
        return tuple(dict.fromkeys(commit.machine.name for commit in self.commits if commit.machine))

    @property
    def summary(self) -> Literal["machine", "mixed", "automation", "human"]:
        """Who wrote the change as a whole: "mixed" for machines and people; automation counts where it is alone."""
        match sorted({commit.writer for commit in self.commits} - {"automation"}):
            case ["human", "machine"]:
                return "mixed"
            case ["machine"]:
                return "machine"
            case [] if self.commits:
                return "automation"
            case _:
                return "human"


_CREDITS = frozenset(
    (
        *("co-authored-by", "co-developed-by", "assisted-by", "ai-assisted-by"),
        *("generated-by", "generated-with", "ai-generated-by", "made-with", "written-by"),
    )
)
"""Keys of trailers whose value names who wrote the commit. Who reviewed, tested or signed it wrote nothing."""

_NAMES = {name: tool.name for tool in ASSISTANTS for name in tool.names}
_SHORT_NAMES = {**_NAMES, **{name: tool.name for tool in ASSISTANTS for name in tool.short_names}}
_TRAILERS = {trailer: tool.name for tool in ASSISTANTS for trailer in tool.trailers}
_SUFFIXES = {tool.suffix: tool.name for tool in ASSISTANTS if tool.suffix}

_AUTOMATION = ""
"""Stands in an index of identities for the name of a machine."""
_IDENTITIES = {
    **dict.fromkeys(AUTOMATION, _AUTOMATION),
    **{identity: tool.name for tool in ASSISTANTS for identity in tool.identities},
}

_LONGEST = 300
"""Characters of a line that are looked at: names and addresses are shorter."""
_TRAILER = re.compile(r"([A-Za-z0-9-]+)[ \t]*:[ \t]*(.*)")
_MAIL = re.compile(r"[^\s<>()]+@[^\s<>()]+")
_NOREPLY = re.compile(r"(?:\d+\+)?([a-z0-9-]+(?:\[bot\])?)@users\.noreply\.github\.com")
_BOT = re.compile(r"[a-z0-9._-]+\[bot\]")
_MODEL = re.compile(r"([\w.+ -]{1,40}):[\w.+-]*\d")
_SIGNATURE = re.compile(
    r"([\u2600-\u27bf\U0001f300-\U0001faff\ufe0f]+ *)?[*_]{0,2}(?:Generated|Made|Created|Written) (?:with|by|using) "
    r"(?:\[([\w .+-]{1,40})\]\(\S*\)|(\w[\w .-]{0,40}?)(?: \(\S*\))?)[.!*_]{0,3}"
)


def provenance(commits: Iterable[Commit], machines: Mapping[str, Sequence[str]] | None = None) -> Provenance:
    """Who wrote each of the commits, in their order.

    machines: further machines: name -> logins, mail addresses and `*@domain`; they win over what is known.
    """
    own = {identity.lower(): name for name, identities in (machines or {}).items() for identity in identities}
    index = {**_IDENTITIES, **own}
    return Provenance(tuple(_authorship(commit, index) for commit in commits))


def _authorship(commit: Commit, index: Mapping[str, str]) -> Authorship:
    login = commit.login.lower()
    logins = [login, f"{login}[bot]"] if commit.login_is_bot else [login]
    author = _by_identity("author", commit.author_name, commit.author_email, logins, index)
    if author is None or author.name == _AUTOMATION:
        machine = _by_name(commit) or _by_message(commit.message, index)
    else:
        machine = author
    if machine is not None:
        return Authorship(commit.sha, "machine", machine)
    return Authorship(commit.sha, "human" if author is None else "automation", None)


def _by_identity(role: str, name: str, mail: str, logins: Sequence[str], index: Mapping[str, str]) -> Machine | None:
    """The machine that somebody is, by address and login; its name is _AUTOMATION for a robot of that kind."""
    name, mail = name.strip().lower(), mail.strip().lower()[:_LONGEST]
    noreply = _NOREPLY.fullmatch(mail)
    logins = [*logins, *([noreply[1]] if noreply else []), *([name] if _BOT.fullmatch(name) else [])]
    for identity in (mail, f"*@{mail.rpartition('@')[2]}", *logins):
        if identity in index:
            return Machine(index[identity], f"{role} {mail if '@' in identity else identity}")
    bot = next((login for login in logins if _BOT.fullmatch(login)), None)
    return Machine(bot, f"{role} {bot}") if bot else None


def _by_name(commit: Commit) -> Machine | None:
    for role, name in (("author", commit.author_name.strip()), ("committer", commit.committer_name.strip())):
        for suffix, tool in _SUFFIXES.items():
            if name.lower().endswith(suffix):
                return Machine(tool, f"{role} {name}")
    tool = _NAMES.get(_tool_name(commit.author_name), "")
    return Machine(tool, f"author {commit.author_name.strip()}") if tool else None


def _by_message(message: str, index: Mapping[str, str]) -> Machine | None:
    """The first machine that the end of a message credits. What stands further up may be a quotation."""
    body = _paragraphs(message)[1:]
    for key, value in _trailers(body[-1]) if body else ():
        name = _TRAILERS.get(key) or _TRAILERS.get(f"{key}: {value.lower()}")
        if machine := (Machine(name, f"{key}: {value}") if name else _by_credit(key, value, index)):
            return machine
    lines = (line for paragraph in body[-2:] for line in paragraph)
    return next((machine for line in lines if (machine := _by_signature(line))), None)


def _by_credit(key: str, value: str, index: Mapping[str, str]) -> Machine | None:
    """The machine that the value of a trailer names: `Name <mail>`, a name alone, or `agent:model`."""
    if key not in _CREDITS:
        return None
    found = _MAIL.search(value)
    mail, name = (found[0], value[: found.start()].rstrip(" <(")) if found else ("", value)
    machine = _by_identity(f"{key}:", name, mail, (), index)
    if machine is not None:
        return None if machine.name == _AUTOMATION else machine
    tool = (_NAMES if mail else _SHORT_NAMES).get(_tool_name(name), "")
    if not tool and key.endswith("assisted-by") and (model := _MODEL.match(value)):
        tool = model[1]
    return Machine(tool, f"{key}: {value}") if tool else None


def _by_signature(line: str) -> Machine | None:
    """The machine of a line like `🤖 Generated with [Name](address)`. Of unknown names, only that very form counts."""
    found = _SIGNATURE.fullmatch(line.strip()) if len(line) <= _LONGEST else None
    if found is None:
        return None
    sign, linked, plain = found.groups()
    tool = _SHORT_NAMES.get(_tool_name(linked or plain))
    if tool is None and linked and "🤖" in (sign or ""):
        tool = linked
    return Machine(tool, line.strip()) if tool else None


def _tool_name(text: str) -> str:
    """A tool's name without versions, models and remarks: `Claude-Code/2.1 (opus)` is `claude code`."""
    words = re.split(r"[\s_-]+", re.split(r"[<(\[:/]", text[:_LONGEST], maxsplit=1)[0].strip().lower())
    version = next((place for place, word in enumerate(words) if re.search(r"\d", word)), len(words))
    return " ".join(words[:version])


def _paragraphs(message: str) -> list[list[str]]:
    paragraphs: list[list[str]] = [[]]
    for line in message.split("\n"):
        if line.strip():
            paragraphs[-1].append(line.rstrip())
        elif paragraphs[-1]:
            paragraphs.append([])
    return paragraphs if paragraphs[-1] else paragraphs[:-1]


def _trailers(paragraph: Sequence[str]) -> Iterator[tuple[str, str]]:
    """(key in lower case, value) of the trailers in the last paragraph of a message, as git tells them from text.

    Either all lines are trailers, or a quarter of them with one that git itself writes. Signatures do not count as text.
    """
    found: list[tuple[str, str]] = []
    others, from_git = 0, False
    for line in paragraph:
        if line[0].isspace() and found:
            continue
        if match := _TRAILER.match(line):
            found.append((match[1].lower(), match[2].strip()[:_LONGEST]))
            from_git |= found[-1][0] == "signed-off-by"
        elif line.startswith("(cherry picked from commit "):
            from_git = True
        elif not _by_signature(line):
            others += 1
    if not others or (from_git and len(found) * 3 >= others):
        yield from found
