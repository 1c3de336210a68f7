"""Which matches are copies, how sure that is, and what regions they are."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence

from rules.change import Change
from rules.clones import Unit
from rules.confidence import logistic
from rules.facts import MAX_NESTING
from rules.families import Evidence, Pair, Region, summed
from rules.likeness import (
    WHOLE,
    Origins,
    are_twins,
    both_forward,
    is_asynchronous,
    is_prescribed,
    is_stub,
    one_calls_the_other,
    says_asynchronous,
)
from rules.matches import Match, Side
from rules.prose import say_the_same
from rules.syntax import source_lines, whole_statements
from rules.tokens import canonical

_RECEIVERS = frozenset(("self", "cls"))
LEAST_BITS, LEAST_WORDS, LEAST_MODULE_WORDS = 20.0, 9, 25
"""Smaller matches are not weighed at all; at module level the preambles of two files are alike."""

WRAPPER_WORDS = 60
"""Of two functions one of which calls the other, so much stands in both that it is more than a wrapper's frame."""

FRAME_WORDS, VERBATIM_WORDS = 30, 20
"""Two special methods, or two of one name that hand on to the next of that name, share so much before it is more than
their frame. The latter do so sooner if they are the same to the letter, from the first word to the last."""

SMALL_WORDS, SMALL_EDITED_WORDS, UNSURE_AT_MOST = 20, 25, 0.8
"""A copy of fewer words than the first, and as many of the second as its edited share, is no surer than this; nor is one
that only a docstring or comment gives away, or a variant."""

SAME = 0.6
"""Of a variant less is the same to the letter, and not all is alike: it has MOST of one side at most."""

SAME_PROSE = 3.0
"""What a docstring or comment that was copied along adds to the weight of code that is alike."""

PART, MOST = 0.4, 0.8
"""Between these shares of a definition a block of it becomes a copy of it as a whole."""

TOGETHER = 1.0
"""Copies that all came with the change, most of it the same to the letter, have their weight lifted, but no further than
that: it makes a copy worth a word, and none a warning."""

MOST_WORDS, SEVERAL, SEVERAL_WORDS = 20, 3, 16
"""So many words are lifted that are most of one place, or that stand in so many places."""

CLASS_BITS, CLASS_WORDS, CLASS_COVERAGE = 30.0, 14, 0.6
"""What the methods of a class must share together, and how much of the class they must be, to speak of the class."""


class Judge:
    """What is to be said of the matches of one change."""

    def __init__(self, change: Change) -> None:
        self._change = change
        self._origins = Origins(change)

    def is_prescribed(self, match: Match) -> bool:
        """Whether something other than copying makes the two alike: a protocol, a wrapper, or old likeness kept up."""
        units = match.new.unit, match.old.unit
        verbatim = min(match.exact, match.coverage, match.old_coverage) >= 1
        return (
            all(is_stub(unit.definition) for unit in units)
            or (match.words < FRAME_WORDS and all(is_prescribed(unit.definition) for unit in units))
            or (match.words < (VERBATIM_WORDS if verbatim else FRAME_WORDS) and both_forward(*units))
            or (match.words < WRAPPER_WORDS and one_calls_the_other(*units))
            or self._origins.were_twins(*units)
            or self._origins.were_edited_alike(*units)
        )

    def _may_be_copy(self, match: Match) -> bool:
        """Whether a match is large enough to be weighed."""
        least = LEAST_WORDS if match.new.unit.definition and match.old.unit.definition else LEAST_MODULE_WORDS
        return match.bits >= LEAST_BITS and match.words >= least

    def whole_classes(self, matches: Sequence[Match]) -> tuple[list[Pair], list[Match]]:
        """Pairs of classes of which most methods match, and the matches that are in none of them."""
        groups = defaultdict[tuple[str, str, str, str], list[Match]](list)
        for match in matches:
            new, old = _class_of(match.new.unit), _class_of(match.old.unit)
            if new and old and (match.new.unit.path, new) != (match.old.unit.path, old):
                groups[match.new.unit.path, new, match.old.unit.path, old].append(match)
        pairs, covered = list[Pair](), set[Match]()
        for names, members in groups.items():
            pair = self._class_pair(*names, members)
            if pair is not None:
                pairs.append(pair)
                covered.update(members)
        return pairs, [match for match in matches if match not in covered]

    def _class_pair(self, new_path: str, new: str, old_path: str, old: str, members: Sequence[Match]) -> Pair | None:
        best = {match.new.unit: match for match in sorted(members, key=lambda match: match.bits)}.values()
        words = sum(match.words for match in best)
        evidence = summed([_evidence(match) for match in best], words / self._class_words(new_path, new))
        several = min(len(best), len({match.old.unit for match in best})) >= 2
        if not several or evidence.bits < CLASS_BITS or words < CLASS_WORDS or evidence.coverage < CLASS_COVERAGE:
            return None
        one = self._class_region(new_path, new, is_new=True)
        other = self._class_region(old_path, old, is_new=members[0].old.new)
        return Pair(one, other, evidence)

    def pairs(self, matches: Sequence[Match], least: float, below: float = math.inf) -> list[Pair]:
        """The matches that are large enough to be weighed, and of such a confidence; two parts of one expression are none."""
        weighed = ((match, self._evidence(match, least)) for match in matches if self._may_be_copy(match))
        found = (self._pair(match, evidence) for match, evidence in weighed if least <= confidence(evidence) < below)
        return [pair for pair in found if not pair.new.overlaps(pair.old)]

    def _evidence(self, match: Match, least: float) -> Evidence:
        """The evidence of a match; prose is read only where it falls short without it."""
        evidence = _evidence(match)
        explained = evidence._replace(explained=True)
        if confidence(evidence) < least <= confidence(explained):
            return explained if say_the_same(self._change, match.new.unit, match.old.unit) else evidence
        return evidence

    def _pair(self, match: Match, evidence: Evidence) -> Pair:
        """The regions of a match, as whole definitions or whole statements."""
        alike, foot = _called_alike(match), _ends_alike(match)
        new, old = (
            self._region(side, coverage, head=alike and side.first <= 1, foot=foot)
            for side, coverage in ((match.new, match.coverage), (match.old, match.old_coverage))
        )
        return Pair(new, old, evidence)

    def _region(self, side: Side, coverage: float, *, head: bool, foot: bool) -> Region:
        unit, (start, end) = side.unit, side.lines
        if unit.definition is not None:
            whole = coverage >= WHOLE
            start = unit.definition.start if whole or head else start
            end = unit.definition.end if whole or foot else end
        facts = self._change.head.facts[unit.path]
        data = self._change.head.source(unit.path)
        if data is not None and facts.nesting < MAX_NESTING:
            around = (unit.definition.start, unit.definition.end) if unit.definition else (1, facts.lines)
            start, end = whole_statements(source_lines(data), around, start, end) or (start, end)
        return Region(unit.path, start, end, unit.symbol, side.new)

    def _class_region(self, path: str, name: str, *, is_new: bool) -> Region:
        definition = next(d for d in self._change.head.facts[path].definitions if d.name == name and d.kind == "class")
        return Region(path, definition.start, definition.end, name, is_new)

    def _class_words(self, path: str, name: str) -> int:
        index = self._change.head.clones
        units = (index.unit(number) for number in index.in_file(path))
        return sum(entry.words for unit in units if _class_of(unit) == name for entry in unit.entries)


def _called_alike(match: Match) -> bool:
    """Whether most parameters have the same names: where the copy begins with the function, its head is copied, too."""
    one, other = match.new.unit.definition, match.old.unit.definition
    if one is None or other is None:
        return False
    names, others = set(one.parameters) - _RECEIVERS, set(other.parameters) - _RECEIVERS
    return 2 * len(names & others) >= len(names | others)


def _ends_alike(match: Match) -> bool:
    """Whether the copy ends with the function on both sides."""
    return all(side.last == len(side.unit.entries) - 1 for side in (match.new, match.old))


def _evidence(match: Match) -> Evidence:
    copies = 2 if match.new.unit == match.old.unit else 1  # of one function both copies are part
    return Evidence(
        bits=match.bits,
        words=match.words,
        exact=match.exact,
        coverage=min(1.0, copies * match.coverage),
        old_coverage=min(1.0, copies * match.old_coverage),
        pieces=1,
        bilingual=_is_bilingual(match),
        statement_words=match.statement_words,
        together=match.old.new,
        copies=match.copies,
    )


def _class_of(unit: Unit) -> str:
    return unit.symbol.rpartition(".")[0]


def _is_bilingual(match: Match) -> bool:
    """Whether one function or file is offered twice, to synchronous callers and to others: often on purpose."""
    new, old = match.new.unit, match.old.unit
    stems = _stem(new.path), _stem(old.path)
    if any("async" in stem.lower() for stem in stems) and says_asynchronous(*stems):
        return True
    if is_asynchronous(new) == is_asynchronous(old):
        return says_asynchronous(new.symbol, old.symbol)
    one, other = (canonical(unit.symbol.rpartition(".")[2].encode()) for unit in (new, old))
    return one == other or are_twins(new.symbol, old.symbol)


def _stem(path: str) -> str:
    return path.rpartition("/")[2].removesuffix(".py")


def _is_variant(evidence: Evidence) -> bool:
    """Whether two functions differ in their letters as well as in what they do."""
    return evidence.exact < SAME and min(evidence.coverage, evidence.old_coverage) < MOST


def _is_small(evidence: Evidence) -> bool:
    """Whether a copy is so short that it says little; the less of it is the same to the letter, the longer it must be."""
    return evidence.words < SMALL_WORDS + SMALL_EDITED_WORDS * (1 - evidence.exact)


def confidence(evidence: Evidence) -> float:
    """How likely it is, in [0, 1], that a maintainer finds it worth acting on.

    A logistic model of judgements of real findings (docs/confidence.md): how much information is shared, how much of
    it is statements and not arguments, how much is the same to the letter, whether either and whether both of the two
    are shared as wholes, and whether they are twins for two kinds of callers. Where the change brought all, what is the
    same to the letter counts for more if it is most of one place or stands in several.
    """
    shares = sorted((evidence.coverage, evidence.old_coverage))
    both, either = (min(1.0, max(0.0, (share - PART) / (MOST - PART))) for share in shares)
    weight = (
        1.5 * math.log(evidence.bits)
        + 0.64 * math.log(1 + evidence.statement_words)
        + 0.9 * evidence.exact
        + 2.0 * both
        + 0.6 * either
        - 1.6 * evidence.bilingual
        - 9.6
    )
    if evidence.together and evidence.exact >= WHOLE:
        weight = max(weight, min(TOGETHER, weight + _lift(evidence) * evidence.exact))
    weight += SAME_PROSE * evidence.explained
    unsure = evidence.explained or _is_variant(evidence) or _is_small(evidence)
    return min(logistic(weight), UNSURE_AT_MOST) if unsure else logistic(weight)


def _lift(evidence: Evidence) -> float:
    if evidence.copies >= SEVERAL and evidence.words >= SEVERAL_WORDS:
        return 2.0
    is_most = max(evidence.coverage, evidence.old_coverage) >= WHOLE
    return 1.2 if is_most and evidence.words >= MOST_WORDS else 0.0
