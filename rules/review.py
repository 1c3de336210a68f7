"""The review: runs the rules on a change, then suppresses, gives ids, merges what says the same, and ranks."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from hashlib import blake2b

from msgspec.structs import replace

from rules.change import Change
from rules.config import Config, options_of, setting
from rules.contracts.adopted import Adopted, Later
from rules.contracts.breach import Enforced
from rules.contracts.enforce import adopted_notes, contract_notes, enforce, left_behind
from rules.contracts.lifted import is_about_lifting
from rules.coupling.wayout import WaysOut
from rules.graph import shared_parts
from rules.model import LEVELS, Edge, Facts, Finding, Level, Suppression
from rules.retold import told_once
from rules.reverts import restored
from rules.rule import Rule
from rules.tally import contract_of
from rules.wayout import with_way_out

ABOUT_IMPORTS = (
    "boundaries/contract",
    "coupling/cycle",
    "coupling/hidden-cycle",
    "coupling/reversal",
    "coupling/first-edge",
    "coupling/hub",
)
"""The rules that a way out of an import must not set off."""

UNUSED = "suppression/unused"
UNREASONED = "suppression/reason"
UNKNOWN = "suppression/unknown-rule"
ADDED = "suppression/added"
REVIEW_RULES = {
    UNUSED: "a suppression that the change adds and that suppresses nothing",
    UNREASONED: "a suppression without a reason, or without a rule; it is not honoured",
    UNKNOWN: "a suppression of a rule that does not exist",
    ADDED: "a suppression that the change adds, for the reader to see",
}
"""What the review itself says about suppressions: names and summaries."""


def review(
    change: Change,
    config: Config,
    rules: Sequence[Rule],
    file: str,
    adopted: Sequence[Adopted] = (),
    later: Later | None = None,
) -> tuple[Finding, ...]:
    """The findings of all rules that are on, worst first. `file` names the configuration in error messages.

    adopted: the contracts of other tools. later: all contracts as the change leaves them, where it edits them.

    Of a whole tree nothing is merged with anything else. The same change and configuration give the same findings,
    byte for byte.
    Raises ConfigError where a rule's options are wrong.
    """
    found = list(restored(change, _run(change, config, rules, file, adopted, later)))
    kept, used = _suppress(change, found)
    kept.extend(_about_suppressions(change, [rule.name for rule in rules], used))
    if not change.whole:
        kept = _merge(told_once(kept))
    walls = _walls(change, config, file, adopted) if any(finding.related for finding in kept) else []
    about_imports = [rule for rule in rules if rule.name in ABOUT_IMPORTS]
    ways = WaysOut(change, lambda supposed: _run(supposed, config, about_imports, file, adopted, later))
    ready = (with_way_out(change, walls, finding) for finding in _with_ids(kept))
    return tuple(sorted((ways.advise(finding) for finding in sorted(ready, key=rank)), key=rank))


def _walls(change: Change, config: Config, file: str, adopted: Sequence[Adopted]) -> list[Enforced]:
    """The contracts that are in force."""
    if setting(config, "boundaries/contract", "error").level == "off":
        return []
    return enforce(config.contracts, change, file, adopted)


def notes(
    change: Change,
    config: Config,
    file: str,
    adopted: Sequence[Adopted] = (),
    edited: Collection[str] = (),
    later: Later | None = None,
) -> tuple[str, ...]:
    """Sentences about contracts: progress, exceptions of no use, names that the change takes away. Raises ConfigError.

    later: all contracts as the change leaves them, where it edits them.
    edited: the files of other tools that the change edits. What is wrong with the rest was so before, and is told
    where a whole tree is looked at, or where nothing of a file can be enforced.
    """
    if setting(config, "boundaries/contract", "error").level == "off":
        return ()
    found = [
        *contract_notes(config.contracts, change, file),
        *left_behind((later or config).contracts, change, file),
    ]
    for source in adopted:
        if change.whole and source.contracts:
            found.append(f"contracts of {source.file} in force: {len(source.contracts)}")
        if change.whole or source.file in edited or not source.contracts:
            found.extend(adopted_notes(source, change))
    return tuple(found)


def rank(finding: Finding) -> tuple[object, ...]:
    """The sort key of findings: level, then confidence, then place."""
    return LEVELS.index(finding.level), -finding.confidence, finding.path, finding.start_line, finding.rule, finding.id


def _run(
    change: Change, config: Config, rules: Sequence[Rule], file: str, adopted: Sequence[Adopted], later: Later | None
) -> Iterator[Finding]:
    for rule in rules:
        wanted = setting(config, rule.name, rule.level)
        if wanted.level == "off":
            continue
        given = {**wanted.options}
        if rule.name == "boundaries/contract":
            given |= {"contracts": config.contracts, "file": file, "adopted": adopted, "later": later}
        for finding in rule.check(change, options_of(rule.options, given, rule.name, file)):
            milder = finding.level if finding.level != rule.level else wanted.level
            yield replace(finding, level=milder)


def _suppress(change: Change, findings: Iterable[Finding]) -> tuple[list[Finding], set[tuple[str, Suppression]]]:
    """What is left, and the suppressions that were of use. An import that was accepted needs no information about it."""
    kept, used, accepted = list[Finding](), set[tuple[str, Suppression]](), set[tuple[str, str]]()
    for finding in findings:
        facts = change.facts(finding.path)
        hits = [s for s in facts.suppressions if _speaks_for(s, finding, facts)] if facts else []
        used.update((finding.path, hit) for hit in hits)
        if not hits:
            kept.append(finding)
        elif finding.edges:
            accepted.add(_import_of(finding))
    return [f for f in kept if f.level != "info" or not f.edges or _import_of(f) not in accepted], used


def _import_of(finding: Finding) -> tuple[str, str]:
    return finding.edges[0].importer, finding.edges[0].imported


def _speaks_for(suppression: Suppression, finding: Finding, facts: Facts) -> bool:
    """Whether a suppression stands on the finding's lines, above them, or at the head of the definition around them."""
    if finding.rule not in suppression.rules or not suppression.reason:
        return False
    if finding.start_line - suppression.alone <= suppression.line <= finding.end_line:
        return True
    around = [d for d in facts.definitions if d.start <= finding.start_line and finding.end_line <= d.end]
    return any(d.start - suppression.alone <= suppression.line < max(d.body, d.line + 1) for d in around)


def _about_suppressions(change: Change, known: Sequence[str], used: set[tuple[str, Suppression]]) -> Iterator[Finding]:
    for file in change.files:
        facts = change.head.facts.get(file.path)
        for suppression in facts.suppressions if facts else ():
            if suppression.line in change.added(file.path):
                finding = _about(file.path, suppression, known, (file.path, suppression) in used)
                if not change.whole or finding.rule in (UNREASONED, UNKNOWN):
                    yield finding


def _about(path: str, suppression: Suppression, known: Sequence[str], used: bool) -> Finding:
    names = ", ".join(suppression.rules)
    unknown = [name for name in suppression.rules if name not in known]
    if not suppression.rules or not suppression.reason:
        rule, message = UNREASONED, "this suppression names no rule or gives no reason, so it is not honoured"
        advice = "Write `# partywall: ignore[rule] reason`."
    elif unknown:
        rule, message = UNKNOWN, f"this suppression names `{unknown[0]}`, which is no rule"
        advice = f"The rules are {', '.join(known)}."
    elif used:
        return _finding_about(
            path, suppression, ADDED, "info", f"the change suppresses {names}: {suppression.reason}", ""
        )
    else:
        rule, message, advice = UNUSED, f"this suppression of {names} suppresses nothing", "Remove it."
    return _finding_about(path, suppression, rule, "warning", message, advice)


def _finding_about(path: str, suppression: Suppression, rule: str, level: Level, message: str, advice: str) -> Finding:
    return Finding(
        rule=rule,
        level=level,
        path=path,
        start_line=suppression.line,
        end_line=suppression.line,
        message=message,
        advice=advice,
        key=(path, *suppression.rules, suppression.reason),
    )


def _merge(findings: Iterable[Finding]) -> list[Finding]:
    """One new dependency gets one finding.

    Of those about the same import, and of those about coupling between the same two packages, the worst stays and
    says what else it is.
    """
    kept: list[Finding] = []
    also: dict[int, list[str]] = {}
    told: dict[tuple[str, ...], int] = {}
    for finding in sorted(findings, key=_weight):
        subjects = _subjects(finding)
        first = next((told[subject] for subject in subjects if subject in told), None)
        if first is None:
            kept.append(finding)
        elif name := _adds(finding, kept[first]):
            also.setdefault(first, []).append(name)
            kept[first] = replace(kept[first], edges=_joined(kept[first], finding))
        told.update((subject, len(kept) - 1 if first is None else first) for subject in subjects if subject not in told)
    for number, names in also.items():
        advice = f"{kept[number].advice} Mending this also settles {' and '.join(dict.fromkeys(names))}.".strip()
        kept[number] = replace(kept[number], advice=advice)
    return kept


def _weight(finding: Finding) -> tuple[object, ...]:
    """The sort key for what is kept: as findings are ranked, but that there is an import says least of all."""
    return LEVELS.index(finding.level), finding.rule == "coupling/first-edge", rank(finding)


def _adds(finding: Finding, kept: Finding) -> str:
    """What a finding about the same dependency has to add to the one that is kept: its rule or contract, '' for nothing."""
    if finding.rule == kept.rule:
        contract = contract_of(finding)
        return f"contract {contract!r}" if contract != contract_of(kept) else ""
    return "" if finding.rule.startswith("coupling/") else finding.rule


def _subjects(finding: Finding) -> list[tuple[str, ...]]:
    """What a finding about an import is about: the import, and for coupling the two packages at which its names part.

    A finding about a hub is about a module, and one about a wall that moves is about the wall, whatever its imports are
    told for.
    """
    if not finding.edges or finding.rule == "coupling/hub" or is_about_lifting(finding):
        return []
    one, other = _import_of(finding)
    if finding.rule.startswith("boundaries/"):
        return [(one, other)]
    apart = shared_parts(one, other) + 1
    packages = sorted(".".join(name.split(".")[:apart]) for name in (one, other))
    return [(one, other), ("between", *packages)]


def _joined(first: Finding, second: Finding) -> tuple[Edge, ...]:
    return (*first.edges, *(edge for edge in second.edges if edge not in first.edges))


def _with_ids(findings: Iterable[Finding]) -> Iterator[Finding]:
    """Gives each finding an id made of its rule and meaning; the same meaning twice is told apart by order."""
    seen: dict[tuple[str, ...], int] = {}
    for finding in sorted(findings, key=rank):
        meaning = (finding.rule, *finding.key)
        seen[meaning] = seen.get(meaning, 0) + 1
        again = (str(seen[meaning]),) if seen[meaning] > 1 else ()
        digest = blake2b("\0".join((*meaning, *again)).encode("utf-8", "backslashreplace"), digest_size=8)
        yield replace(finding, id=digest.hexdigest())
