"""The command `init`: looks at a repository and writes the walls that it seems to want, with their evidence."""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from pathlib import Path

from rules import config as configuration
from rules.config import ConfigError
from rules.inference.elsewhere import declared_elsewhere
from rules.inference.infer import infer
from rules.inference.presets import PRESETS, by_preset
from rules.inference.proposal import Draft, count
from worker.cache import FactsCache, default_folder
from worker.errors import ReviewError
from worker.git import Repository
from worker.options import add_repository
from worker.past import look_back
from worker.pipeline import Look, Settings, look_at
from worker.progress import Progress
from worker.render.toml import render

_Parsers = argparse._SubParsersAction  # the class has no public name

FILE = configuration.FILES[0]
ADVICE = (
    "Keep what the team means and delete the rest. Old imports against a contract stay silent: a review reports what a "
    "change adds. Imports under TYPE_CHECKING do not count."
)


def add_command(parsers: _Parsers[argparse.ArgumentParser]) -> None:
    """Adds the command to the parser of the command line."""
    parser = parsers.add_parser(
        "init",
        help="write a partywall.toml with the walls that the code and its history suggest",
        description="Infers contracts from the import graph and the history of a repository and writes them to a "
        f"commented {FILE}: what each contract says, how many imports agree with it, and which do not.",
        epilog="""\
examples:
  partywall init                              write partywall.toml at the root of this repository
  partywall init --output -                   print it
  partywall init --preset modular-monolith    the walls of a well-known shape instead""",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_repository(parser)
    parser.add_argument("--rev", metavar="REV", help="the tree to look at (default: the working tree)")
    parser.add_argument(
        "--preset", choices=sorted(PRESETS), help="write the walls of this shape, with the repository's own names"
    )
    parser.add_argument(
        "--output", metavar="FILE", help=f"where to write; - prints (default: {FILE} at the root of the repository)"
    )
    parser.add_argument("--force", action="store_true", help="replace the file if there is one")
    parser.set_defaults(run=_init)


def _init(options: argparse.Namespace) -> int:
    repository = Repository.discover(Path(options.repo))
    target = None if options.output == "-" else _target(repository, options.output, force=options.force)
    with Progress(sys.stderr) as progress:
        settings = Settings((), FactsCache(default_folder()), None, progress.update)
        text, draft = _draft(repository, options, settings)
    if target is None:
        sys.stdout.write(text)
        return 0
    try:
        target.write_text(text, encoding="utf-8")
    except OSError as error:
        raise ReviewError(f"{target} cannot be written: {error.strerror}.") from None
    print(f"{target}: {_summary(draft)}")
    print(
        "Read it, delete what the team does not mean, and commit it; `partywall check --all` shows what breaks it today."
    )
    return 0


def _target(repository: Repository, output: str | None, *, force: bool) -> Path:
    """The file to write. Raises ReviewError where there is no place for it, or one that must not be replaced unasked."""
    if output is None and repository.work_tree is None:
        raise ReviewError("the repository has no working tree to write into; give a file with --output, or - to print.")
    target = Path(output) if output is not None else Path(repository.work_tree or ".") / FILE
    if target.exists() and not force:
        raise ReviewError(f"{target} exists; give --force to replace it, or --output - to print the proposal.")
    project = target.parent / configuration.FILES[1]
    try:
        if (
            not force
            and target.name == FILE
            and project.exists()
            and configuration.parse(project.read_bytes(), project.name)
        ):
            raise ReviewError(
                f"{project} configures partywall, and a {FILE} beside it would count instead; "
                "give --force to write it all the same, or --output - to print the proposal."
            )
    except ConfigError as error:
        raise ReviewError(str(error)) from None
    return target


def _draft(repository: Repository, options: argparse.Namespace, settings: Settings) -> tuple[str, Draft]:
    with look_at(repository, options.rev, settings) as look:
        elsewhere = declared_elsewhere(look.configured.adopted)
        head = _head(look, options, repository)
        if options.preset:
            draft = by_preset(options.preset, look.change)
        else:
            history = look_back(look, options.rev, settings)
            draft = infer(look.change, history.past, frozenset[str]().union(*elsewhere.values()))
            head.append(history.told)
        for file, types in elsewhere.items():
            proposed = "" if options.preset else "; none of these are proposed here"
            head.append(
                f"{file} declares contracts already ({', '.join(sorted(types))}), which count as they stand{proposed}."
            )
        if not draft.proposals and not options.preset:
            head.append("No wall was found that nearly all imports keep to, so there is no contract to propose.")
        config = look.configured.config
        kept = {"exclude": config.exclude, "include": config.include, "source-roots": config.source_roots}
        settings_kept = {key: value for key, value in kept.items() if value}
        return render(draft, head, settings_kept | ({} if config.adopt is True else {"adopt": config.adopt})), draft


def _head(look: Look, options: argparse.Namespace, repository: Repository) -> list[str]:
    in_work_tree = options.rev is None and repository.work_tree is not None
    tree = "the working tree" if in_work_tree else f"commit {repository.commit(options.rev or 'HEAD')[:12]}"
    graph = look.change.head.graph
    how = f"preset {options.preset}, " if options.preset else ""
    return [
        f"Walls proposed by `partywall init` ({how}{tree}, {count(len(graph.modules), 'module')}).",
        ADVICE,
    ]


def _summary(draft: Draft) -> str:
    kinds = Counter(str(one.contract.__struct_config__.tag) for one in draft.proposals)
    against = sum(len(one.breaches) for one in draft.proposals)
    listed = ", ".join(f"{number} {kind}" for kind, number in kinds.items())
    to_do = f", {count(len(draft.open), 'contract')} to be filled in" if draft.open else ""
    if not kinds:
        return f"no contracts{to_do}"
    return (
        f"{count(len(draft.proposals), 'contract')} ({listed}){to_do}; {count(against, 'import')} of today against them"
    )
