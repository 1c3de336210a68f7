"""The command line: one parser that every package may add commands to, and one error boundary around them all."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from importlib.metadata import EntryPoint, entry_points, version
from typing import Protocol

from worker import commands
from worker.errors import ReviewError

COMMANDS_GROUP = "partywall.commands"
"""Entry points of this group are called with the subparsers and add commands of their own."""

OK, BLOCKED, FAILED, INTERRUPTED = 0, 1, 2, 130


class AddCommands(Protocol):
    """What an entry point of COMMANDS_GROUP is: adds parsers whose default `run` takes the arguments, returns the exit code."""

    def __call__(self, parsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
        """Adds the commands."""


def build_parser(plugins: Sequence[EntryPoint] = ()) -> argparse.ArgumentParser:
    """The parser with our own commands and those of plug-ins. Raises ReviewError for a plug-in that does not load."""
    parser = argparse.ArgumentParser(
        prog="partywall",
        description="Architectural review of changes: duplication, boundary crossings and new coupling in Python code.",
        epilog="Start with `partywall check` inside a repository. Every command explains itself with --help.",
    )
    parser.add_argument("--version", action="version", version=f"partywall {version('partywall')}")
    parsers = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    commands.add_commands(parsers)
    for plugin in plugins:
        load_plugin(plugin)(parsers)
    return parser


def load_plugin(plugin: EntryPoint) -> Callable[..., None]:
    """What an entry point names. Raises ReviewError where it cannot be loaded: a missing part must not go unnoticed."""
    try:
        loaded: Callable[..., None] = plugin.load()
    except Exception as error:
        raise ReviewError(
            f"the plug-in {plugin.name!r} ({plugin.value}) does not load: {error}; repair or uninstall it."
        ) from error
    return loaded


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command. Exit code 0: nothing that blocks, 1: findings that block, 2: it could not be done."""
    try:
        options = build_parser(tuple(entry_points(group=COMMANDS_GROUP))).parse_args(arguments)
        code: int = options.run(options)
        sys.stdout.flush()
        return code
    except ReviewError as error:
        print(f"partywall: {error}", file=sys.stderr)
        return FAILED
    except KeyboardInterrupt:
        print("partywall: interrupted; what was read so far is kept for the next run.", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED


if __name__ == "__main__":
    sys.exit(main())
