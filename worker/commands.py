"""The commands of the command line: check, explain, graph; init and demo are their own modules'."""

from __future__ import annotations

import argparse
import difflib
import inspect
import sys
from collections.abc import Sequence
from importlib.metadata import entry_points, version
from pathlib import Path

import msgspec

from rules.config import Config, blocking_levels, depends_on_author
from rules.identity import made_packages
from rules.model import Level, Report
from rules.provenance import Provenance, provenance
from rules.registry import RULES
from rules.review import REVIEW_RULES
from rules.rule import Rule
from worker import demo, initial
from worker.cache import FactsCache, default_folder
from worker.drawing.picture import Sides
from worker.errors import ReviewError
from worker.git import Repository
from worker.options import add_repository
from worker.pipeline import Settings, load_graph, load_graphs, review_range, review_whole
from worker.progress import Progress

RULES_GROUP = "partywall.rules"
"""Entry points of this group name classes that follow `rules.rule.Rule`."""

FORMATS = ("text", "json", "sarif", "github", "markdown")
DRAWINGS = ("json", "dot", "mermaid", "svg", "html")

_Parsers = argparse._SubParsersAction  # the class has no public name


def add_commands(parsers: _Parsers[argparse.ArgumentParser]) -> None:
    """Adds the commands to the parser of the command line."""
    _add_check(parsers)
    _add_explain(parsers)
    _add_graph(parsers)
    initial.add_command(parsers)
    demo.add_command(parsers)


def all_rules() -> tuple[Rule, ...]:
    """Our own rules and those of plug-ins. Raises ReviewError where a plug-in does not load or repeats a name."""
    rules = list(RULES)
    for point in entry_points(group=RULES_GROUP):
        try:
            rule: Rule = point.load()()
            known = {other.name for other in rules}
            if rule.name in known:
                raise ReviewError(
                    f"the plug-in {point.name!r} brings a rule {rule.name!r}, which exists already; rename it."
                )
        except ReviewError:
            raise
        except Exception as error:
            raise ReviewError(
                f"the rule plug-in {point.name!r} ({point.value}) does not load: {error}; repair or uninstall it."
            ) from error
        rules.append(rule)
    return tuple(rules)


def _add_check(parsers: _Parsers[argparse.ArgumentParser]) -> None:
    parser = parsers.add_parser(
        "check",
        help="review what a change introduces",
        description="Compares two trees of a git repository and reports the duplication, boundary crossings and "
        "coupling that the change introduces.",
        epilog="""\
examples:
  partywall check                           what this branch and the working tree add to the default branch
  partywall check --base main --head topic  one branch against another, nothing checked out
  partywall check --head HEAD~3             one commit of the default branch against its parent
  partywall check --format sarif > out.sarif
  partywall check --all                     the whole tree: what there is of old debt, counted, worst first

exit code: 0 nothing that blocks, 1 findings that block (the configuration says which do, and may ask more of
changes that a machine wrote), 2 the review could not be done""",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_repository(parser)
    parser.add_argument(
        "--base",
        metavar="REV",
        help="what to compare with; the merge-base with it counts (default: the default branch)",
    )
    parser.add_argument(
        "--head", metavar="REV", help="what to review (default: the working tree with what is not committed yet)"
    )
    parser.add_argument(
        "--all",
        action="store_true",
        help="look at the whole tree instead of what a change introduces: everything counts as new",
    )
    parser.add_argument("--format", choices=FORMATS, default="text", help="how to print the report (default: text)")
    _add_reading(parser)
    parser.set_defaults(run=_check)


def _check(options: argparse.Namespace) -> int:
    rules = all_rules()
    if options.all and options.base is not None:
        raise ReviewError("--all looks at one tree and compares it with nothing: leave out --base.")
    repository = Repository.discover(Path(options.repo))
    with Progress(sys.stderr) as progress:
        settings = _settings(options, rules, progress)
        if options.all:
            report, config = review_whole(repository, options.head, settings)
        else:
            report, config = review_range(repository, options.base, options.head, settings)
    levels = config.block
    if depends_on_author(config) and not options.all:
        author = _author(repository, report.base, options.head, config)
        levels = blocking_levels(config, author)
        report = msgspec.structs.replace(report, notes=(*report.notes, _policy_note(author, levels)))
    _print_report(options, report, rules)
    return int(any(finding.level in levels for finding in report.findings))


def _print_report(options: argparse.Namespace, report: Report, rules: Sequence[Rule]) -> None:
    if options.all and options.format in ("json", "text"):
        from worker.render import whole

        if options.format == "json":
            print(whole.render_json(report))
        else:
            whole.render_text(report, sys.stdout, colour=sys.stdout.isatty())
    elif options.format == "json":
        from worker.render.json import render

        print(render(report))
    elif options.format == "sarif":
        from worker.render.sarif import render as render_sarif

        print(render_sarif(report, rules, version("partywall")))
    elif options.format == "github":
        from worker.render.github import render as render_github

        print(render_github(report), end="")
    elif options.format == "markdown":
        from worker.render.markdown import render as render_markdown

        print(render_markdown(report), end="")
    else:
        from worker.render.text import render as render_text

        render_text(report, sys.stdout, colour=sys.stdout.isatty())


def _author(repository: Repository, base: str, head: str | None, config: Config) -> Provenance:
    """Who wrote the commits from `base` to a revision, default the one checked out. What is not committed has no author."""
    tip = repository.commit(head) if head else repository.head_commit()
    return provenance(repository.commits(base, tip) if tip else (), config.policy.machines)


def _policy_note(author: Provenance, levels: Sequence[Level]) -> str:
    blocking = f"findings of level {' or '.join(levels)} block" if levels else "nothing blocks"
    if not author.by_machine:
        return f"no commit of the change says that a machine wrote it: {blocking}"
    written = sum(commit.writer == "machine" for commit in author.commits)
    return f"{written} of {len(author.commits)} commits were written by a machine ({', '.join(author.machines)}): {blocking}"


def _add_explain(parsers: _Parsers[argparse.ArgumentParser]) -> None:
    parser = parsers.add_parser(
        "explain",
        help="what a rule does, why, and what to do about it",
        description="Prints the documentation of a rule, or the list of rules.",
        epilog="example: partywall explain duplication/copy",
    )
    parser.add_argument("rule", nargs="?", help="the name of a rule (default: list them)")
    parser.set_defaults(run=_explain)


def _explain(options: argparse.Namespace) -> int:
    rules = {rule.name: rule for rule in all_rules()}
    if options.rule is None:
        width = max(map(len, (*rules, *REVIEW_RULES)))
        for rule in rules.values():
            print(f"{rule.name:<{width}}  {rule.level:<7}  {rule.summary}")
        for name, text in REVIEW_RULES.items():
            print(f"{name:<{width}}  {'':<7}  {text}")
        return 0
    if options.rule not in rules:
        nearest = difflib.get_close_matches(options.rule, rules, 1)
        raise ReviewError(
            f"there is no rule {options.rule!r}"
            + (f"; did you mean {nearest[0]!r}?" if nearest else "; `partywall explain` lists them.")
        )
    rule = rules[options.rule]
    text = f"# {rule.name}\n\n{inspect.getdoc(rule)}\n"
    if sys.stdout.isatty():
        from rich.console import Console
        from rich.markdown import Markdown

        Console().print(Markdown(text))
    else:
        print(text, end="")
    return 0


def _add_graph(parsers: _Parsers[argparse.ArgumentParser]) -> None:
    parser = parsers.add_parser(
        "graph",
        help="print or draw the import graph",
        description="Prints the import graph of one tree, every module and edge, as JSON, or draws its components or "
        "modules. With --base, the picture shows what changed since then.",
        epilog="""\
examples:
  partywall graph --format svg > graph.svg                the components of the working tree
  partywall graph --base main --format html > graph.html  a page to look around in, with what this branch changes""",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_repository(parser)
    parser.add_argument("--rev", "--head", metavar="REV", help="the tree to read (default: the working tree)")
    parser.add_argument(
        "--base", metavar="REV", help="draw what changed since the merge-base with this revision (default: no change)"
    )
    parser.add_argument("--format", choices=DRAWINGS, default="json", help="how to print it (default: json)")
    parser.add_argument("--modules", action="store_true", help="draw modules instead of components")
    parser.add_argument(
        "--reviewed", action="store_true", help="leave out what a review leaves out: tests, migrations, vendored code"
    )
    _add_reading(parser)
    parser.set_defaults(run=_graph)


def _graph(options: argparse.Namespace) -> int:
    from worker import drawing

    with Progress(sys.stderr) as progress:
        sides, caption = _sides(options, _settings(options, (), progress))
    sys.stdout.write(drawing.draw(sides, options.format, caption, modules=options.modules))
    return 0


def _sides(options: argparse.Namespace, settings: Settings) -> tuple[Sides, str]:
    """What to draw, and a line that says what it is."""
    repository = Repository.discover(Path(options.repo))
    if options.base is None:
        graph = load_graph(repository, options.rev, settings, reviewed_only=options.reviewed)
        in_work_tree = options.rev is None and repository.work_tree is not None
        return Sides(graph), "the working tree" if in_work_tree else repository.commit(options.rev or "HEAD")[:12]
    graphs = load_graphs(repository, options.base, options.rev, settings, reviewed_only=options.reviewed)
    for note in graphs.ends.notes:
        print(f"partywall: {note}", file=sys.stderr)
    base = graphs.base.renamed(graphs.renames)
    head = "the working tree" if graphs.ends.head_is_work_tree else graphs.ends.head[:12]
    return (
        Sides(graphs.head, base, made_packages(base.modules, graphs.head.modules, graphs.renames)),
        f"{head} against {graphs.ends.base[:12]}",
    )


def _add_reading(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--config", metavar="FILE", help="use this configuration file instead of the repository's")
    parser.add_argument("--no-cache", action="store_true", help="read every file anew and keep nothing")


def _settings(options: argparse.Namespace, rules: tuple[Rule, ...], progress: Progress) -> Settings:
    cache = FactsCache(None if options.no_cache else default_folder())
    return Settings(rules, cache, Path(options.config) if options.config else None, progress.update)
