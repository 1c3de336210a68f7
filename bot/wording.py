"""The texts that the bot posts about a finding. Pure. Everything quoted from the repository is escaped."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple
from urllib.parse import quote

from bot import markers
from bot.comments import Note
from rules.model import Finding, Quote
from rules.rule import Rule
from worker.render.markdown import code, fenced, prose

LONGEST = 60_000
"""Characters of a comment; GitHub takes 65,536."""

_LONGEST_HEADLINE, _SHORT = 8_000, 2_000
_QUOTED = 16
_EDGES = 12
_LINE, _SENTENCE = 300, 2_000
"""Characters of a quoted line, and of what a finding says in a sentence."""

_RULE = re.compile(r"partywall: ignore\[([a-z/-]+)\]")


class Place(NamedTuple):
    """Where links lead: the repository's address for people, and the commit."""

    url: str
    head: str

    def link(self, path: str, start: int, end: int) -> str:
        """A link to lines of a file, named by them."""
        lines = f"{start}" if start == end else f"{start}-{end}"
        anchor = f"L{start}" if start == end else f"L{start}-L{end}"
        return f"[{code(f'{path}:{lines}')}]({self.url}/blob/{self.head}/{quote(path)}#{anchor})"


def fixed_text(body: str, head: str) -> str:
    """A comment's text once its finding is gone at `head`."""
    return f"**Fixed** in {head[:12]}.\n\n{body}\n{markers.fixed(head)}"


def reopened_text(body: str) -> str:
    """A comment's text without what `fixed_text` added to it."""
    found = re.fullmatch(
        r"\*\*Fixed\*\* in [0-9a-f]+\.\r?\n\r?\n(.*)\r?\n<!-- partywall:fixed=[0-9a-f]+ -->", body, re.DOTALL
    )
    return found[1] if found else body


def comment(note: Note, place: Place, rules: Mapping[str, Rule]) -> str:
    """The text of a comment: the finding in a sentence, the evidence, the way out, and folded what else there is to say."""
    finding = note.finding
    parts = [headline(finding, place), *_evidence(finding, place)]
    if finding.advice:
        parts.append(prose(_shortened(finding.advice, _SENTENCE)))
    if finding.suggestion is not None:
        parts.extend(_suggestion(note))
    parts.append(_folded(finding, place, rules.get(finding.rule)))
    return f"{_fitted(parts)}\n{markers.finding(finding.id)}"


def headline(finding: Finding, place: Place) -> str:
    """The finding in one sentence; the places that it names are links."""
    spots = {f"{spot.path}:{spot.start_line}-{spot.end_line}": spot for spot in finding.related}
    pattern = "|".join(re.escape(spot) for spot in sorted(spots, key=len, reverse=True))
    message = _shortened(finding.message, _SENTENCE)
    pieces = re.split(f"({pattern})", message) if pattern else [message]
    linked = [
        place.link(spots[piece].path, spots[piece].start_line, spots[piece].end_line)
        if piece in spots
        else prose(piece)
        for piece in pieces
    ]
    text = "".join(linked).strip()
    if len(text) > _LONGEST_HEADLINE:
        text = f"{prose(finding.message[:_SHORT]).strip()}…"
    return f"**{finding.level}** · {text}."


def _evidence(finding: Finding, place: Place) -> Iterator[str]:
    if finding.edges:
        lines = [
            f"- {code(edge.importer)} → {code(edge.imported)} in {place.link(edge.path, edge.line, edge.line)}"
            for edge in finding.edges[:_EDGES]
        ]
        more = len(finding.edges) - _EDGES
        yield "\n".join([*lines, *([f"- and {more} more"] if more > 0 else [])])
    here = [item for item in finding.quotes if item.path == finding.path and item.start_line == finding.start_line]
    for item in finding.quotes:
        if item not in here:
            yield _quoted(item, place)
    if len(finding.related) > 1:
        others = ", ".join(place.link(spot.path, spot.start_line, spot.end_line) for spot in finding.related[:_EDGES])
        more = len(finding.related) - _EDGES
        yield f"All places: {others}{f' and {more} more' if more > 0 else ''}."


def _quoted(item: Quote, place: Place) -> str:
    shown = [_shortened(line, _LINE) for line in item.lines[:_QUOTED]]
    end = item.start_line + len(item.lines) - 1
    rest = len(item.lines) - len(shown)
    text = "\n".join([*shown, *([f"… {rest} more lines"] if rest else [])])
    return f"{place.link(item.path, item.start_line, end)}\n{fenced(text, 'python')}"


def _suggestion(note: Note) -> Iterator[str]:
    edit = note.finding.suggestion
    assert edit is not None
    if note.suggest:
        yield fenced("\n".join(edit.lines), "suggestion")
        return
    added = [edit.import_line, ""] if edit.import_line else []
    yield f"Instead of lines {edit.start_line} to {edit.end_line}:\n" + fenced(
        "\n".join([*added, *edit.lines]), "python"
    )


def _folded(finding: Finding, place: Place, rule: Rule | None) -> str:
    why = section(rule, "Why it matters") if rule else ""
    no = section(rule, "When to say no") if rule else ""
    task = (
        f"In {finding.path}, lines {finding.start_line} to {finding.end_line} (commit {place.head}), "
        f"{finding.rule} reports: {_shortened(finding.message, _SENTENCE)}. {_shortened(finding.advice, _SENTENCE)} "
        "Change the code so that this is no longer true, without changing what the program does, and run its tests."
    )
    lines = [
        "<details><summary>Why, how to say no, and a text for a coding agent</summary>",
        *filter(None, (prose(why), prose(no))),
        f"To keep it: answer `/partywall accept REASON`, or write {code(f'# partywall: ignore[{finding.rule}] REASON')} above the code.",
        fenced(task, "text"),
        "</details>",
    ]
    return "\n\n".join(lines)


def rule_in(body: str) -> str:
    """The rule that a comment of ours is about, '' where it names none."""
    found = _RULE.search(body)
    return found[1] if found else ""


def section(rule: Rule, title: str) -> str:
    """The text of a section of a rule's documentation as one line."""
    found = re.search(rf"## {title}\n(.*?)(?:\n## |\Z)", inspect.getdoc(rule) or "", re.DOTALL)
    return " ".join(found[1].split()) if found else ""


def _shortened(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[:most]}…"


def _fitted(parts: Sequence[str]) -> str:
    """The parts one below the other, as far as there is room; says how many had to go. None of them is cut in two."""
    kept, room = list[str](), LONGEST
    for part in parts:
        if len(part) + 2 <= room:
            kept.append(part)
            room -= len(part) + 2
    gone = len(parts) - len(kept)
    more = f"There was no room for {gone} more part{'s' * (gone != 1)} of this comment; `partywall check` shows all."
    return "\n\n".join([*kept, *([more] if gone else [])])
