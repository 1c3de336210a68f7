"""Configuration: the bytes of `partywall.toml` or of a `pyproject.toml` with `[tool.partywall]` -> `Config`."""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Iterable, Mapping
from typing import Any, Literal

import msgspec

from rules.contracts.declared import CONTRACTS, ContractException, Declared, Layer, Layers
from rules.model import LEVELS, SCOPES, Level
from rules.provenance import Provenance

FILES = ("partywall.toml", "pyproject.toml")
"""Where configuration is looked for at the root of a repository; the first that has some counts."""


class ConfigError(Exception):
    """Configuration that cannot be used; the message names the file, the key and what to do."""


class Authors(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab", kw_only=True):
    """What holds for changes by one sort of author: `block` are the levels that make a check fail."""

    block: tuple[Level, ...]


class Policy(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab", kw_only=True):
    """What depends on who wrote a change.

    `machine` holds for changes of which a machine wrote at least one commit, `human` for all others; None for what
    holds anyway. `machines` are further machines: name -> logins, mail addresses and `*@domain`.
    """

    machine: Authors | None = None
    human: Authors | None = None
    machines: dict[str, tuple[str, ...]] = {}


_IDENTITY = re.compile(r"[^\s@*]+|[^\s@*]+@[^\s@*]+|\*@[^\s@*]+")


class Config(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab", kw_only=True):
    """The settings of a review.

    `exclude` and `include` are path globs on top of the default selection; `source_roots` are folders that imports
    start from, for layouts that the tree does not show; `rules` sets a rule's level, "off", or a table with `level` and its options;
    `block` are the levels that make a check fail, unless `policy` says otherwise for the author of the change;
    `adopt` says whether contracts in the files of other tools count, or of which.
    """

    exclude: tuple[str, ...] = ()
    include: tuple[str, ...] = ()
    source_roots: tuple[str, ...] = ()
    block: tuple[Level, ...] = ("error",)
    policy: Policy = Policy()
    rules: dict[str, Literal["error", "warning", "info", "off"] | dict[str, Any]] = {}
    contracts: tuple[Declared, ...] = ()
    adopt: bool | tuple[Literal["import-linter", "tach"], ...] = True


class RuleSetting(msgspec.Struct, frozen=True):
    """How a rule is to be run: its level ("off" for not at all) and the options that were set."""

    level: Level | Literal["off"]
    options: Mapping[str, Any]


def parse(data: bytes, file: str) -> Config | None:
    """The configuration in a file's bytes; None for a pyproject.toml without `[tool.partywall]`.

    Raises ConfigError.
    """
    try:
        table: Any = tomllib.loads(data.decode("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{file} is not valid TOML: {error}.") from None
    where = ""
    if file.rpartition("/")[2] == "pyproject.toml":
        tool = table.get("tool", {})
        if "partywall" not in tool:
            return None
        table, where = tool["partywall"], "tool.partywall."
    try:
        config = msgspec.convert(table, Config)
    except msgspec.ValidationError as error:
        raise ConfigError(explain(str(error), table, file, where)) from None
    _check_reasons(config, file, where)
    for name, identities in config.policy.machines.items():
        for identity in identities:
            if not _IDENTITY.fullmatch(identity):
                raise ConfigError(
                    f'{file}: `{where}policy.machines."{name}"` names {identity!r}; '
                    "it takes a login, a mail address or `*@domain`."
                )
    return config


def _check_reasons(config: Config, file: str, where: str) -> None:
    for i, contract in enumerate(config.contracts):
        for j, exception in enumerate(contract.exceptions):
            if not exception.reason.strip():
                raise ConfigError(
                    f"{file}: `{where}contracts[{i}].exceptions[{j}].reason` is empty; say why the import may stay."
                )


def explain(error: str, table: Any, file: str, where: str) -> str:
    """A sentence for a validation error of msgspec: the file, the key, and the nearest key that exists."""
    message, _, place = error.partition(" - at `")
    path = re.sub(r"^\$\.?", "", place.rstrip("`"))
    if unknown := re.search(r"unknown field `(.+)`", message):
        key = unknown[1]
        nearest = difflib.get_close_matches(key, _keys_at(path, table), 1)
        hint = f"; did you mean `{nearest[0]}`?" if nearest else f"; known keys: {', '.join(_keys_at(path, table))}."
        return f"{file}: unknown key `{where}{'.'.join(filter(None, (path, key)))}`{hint}"
    allowed = _allowed_at(path)
    takes = f"; it takes {', '.join(map(repr, allowed[:-1]))} or {allowed[-1]!r}" if allowed else ""
    return f"{file}: `{where}{path or '(the whole table)'}`: {message[:1].lower()}{message[1:]}{takes}."


def _allowed_at(path: str) -> list[str]:
    """The values allowed at a path that takes one of a few words."""
    if path.endswith(".type"):
        return sorted(str(kind.__struct_config__.tag) for kind in CONTRACTS)
    if re.search(r"(?:^|\.)block\[|^contracts\[[^]]*\]\.level$", path):
        return sorted(LEVELS)
    if path.startswith("adopt["):
        return ["import-linter", "tach"]
    return sorted(SCOPES) if re.search(r"\.scopes\[", path) else []


def _keys_at(path: str, table: Any) -> list[str]:
    """The keys allowed where a validation error points."""
    if match := re.match(r"contracts\[(?:\d+|\.\.\.)\]", path):
        index = re.search(r"\d+", match[0])
        given = table["contracts"][int(index[0])] if index else {}
        if re.search(r"\.layers\[[^]]*\]$", path):
            return _fields(Layer)
        if re.search(r"\.exceptions\[[^]]*\]$", path):
            return _fields(ContractException)
        kinds = {kind.__struct_config__.tag: kind for kind in CONTRACTS}
        return ["type", *_fields(kinds.get(given.get("type"), Layers))]
    tables: dict[str, type[msgspec.Struct]] = {"policy": Policy, "policy.machine": Authors, "policy.human": Authors}
    return _fields(tables.get(path, Config))


def _fields(struct: type[msgspec.Struct]) -> list[str]:
    return [field.encode_name for field in msgspec.structs.fields(struct)]


def depends_on_author(config: Config) -> bool:
    """Whether a machine's change and a person's are blocked by different levels."""
    machine, human = (
        authors.block if authors else config.block for authors in (config.policy.machine, config.policy.human)
    )
    return set(machine) != set(human)


def blocking_levels(config: Config, provenance: Provenance) -> tuple[Level, ...]:
    """The levels that make a check of a change fail, by who wrote it.

    `policy.machine` decides where a machine wrote at least one commit, `policy.human` where none did: a change by
    automation alone, or one without commits, counts as a person's. Without such a table, `block` decides.
    """
    authors = config.policy.machine if provenance.by_machine else config.policy.human
    return authors.block if authors else config.block


def setting(config: Config, rule: str, default: Level) -> RuleSetting:
    """How `config` wants a rule to be run. Raises ConfigError on a wrong level."""
    given = config.rules.get(rule, default)
    if isinstance(given, str):
        return RuleSetting(given, {})
    level = given.get("level", default)
    if level not in ("error", "warning", "info", "off"):
        raise ConfigError(f'`rules."{rule}".level` is {level!r}; it takes "error", "warning", "info" or "off".')
    return RuleSetting(level, {key: value for key, value in given.items() if key != "level"})


def check_rule_names(config: Config, known: Iterable[str], file: str) -> None:
    """Raises ConfigError where `rules` names a rule that does not exist."""
    names = sorted(known)
    for name in config.rules:
        if name not in names:
            nearest = difflib.get_close_matches(name, names, 1)
            raise ConfigError(
                f'{file}: `rules."{name}"` names no rule'
                + (f'; did you mean "{nearest[0]}"?' if nearest else f"; there are {', '.join(names)}.")
            )


def options_of(options: type[msgspec.Struct], given: Mapping[str, Any], rule: str, file: str) -> msgspec.Struct:
    """A rule's options from its table. Raises ConfigError."""
    try:
        return msgspec.convert(dict(given), options)
    except msgspec.ValidationError as error:
        message = str(error)
        unknown = re.search(r"unknown field `(.+)`", message)
        if unknown:
            names = ["level", *_fields(options)]
            nearest = difflib.get_close_matches(unknown[1], names, 1)
            hint = f"; did you mean `{nearest[0]}`?" if nearest else f"; it knows {', '.join(names)}."
            raise ConfigError(f'{file}: `rules."{rule}"` has no option `{unknown[1]}`{hint}') from None
        raise ConfigError(f'{file}: `rules."{rule}"`: {message[:1].lower()}{message[1:]}.') from None
