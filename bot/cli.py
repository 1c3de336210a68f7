"""The bot's commands on the command line: serve, work, up, status, doctor."""

from __future__ import annotations

import argparse
import logging
import os
import signal
import sys
from collections.abc import Callable
from contextlib import ExitStack

from bot.logs import log_to_stderr
from worker.errors import ReviewError

_Parsers = argparse._SubParsersAction  # the class has no public name


def add_commands(parsers: _Parsers[argparse.ArgumentParser]) -> None:
    """Adds the commands to the parser of the command line."""
    serve = parsers.add_parser(
        "serve",
        help="take webhooks (the GitHub App)",
        description="Serves the webhook of the GitHub App. Settings come from the environment: docs/deployment.md.",
        epilog="example: partywall serve --port 8000",
    )
    _add_serve_options(serve)
    serve.add_argument("--debug", action="store_true", help="Flask's own server, for development only")
    serve.set_defaults(run=_needs_the_extra(_serve))
    work = parsers.add_parser(
        "work",
        help="review pull requests (the GitHub App)",
        description="Runs workers that review what the webhook put into the queue.",
        epilog="example: partywall work --processes 2",
    )
    _add_processes(work)
    work.set_defaults(run=_needs_the_extra(_work))
    up = parsers.add_parser(
        "up",
        help="serve and work, with a queue server where there is none (the GitHub App)",
        description="Runs `serve` and `work` and, without REDIS_URL, a queue server of its own; all stop together.",
        epilog="example: partywall up --port 8000 --processes 2",
    )
    _add_serve_options(up)
    _add_processes(up)
    up.set_defaults(run=_needs_the_extra(_up))
    status = parsers.add_parser(
        "status",
        help="what the queue holds (the GitHub App)",
        description="Prints how much waits and runs, and what was given up and why.",
        epilog="example: partywall status",
    )
    status.add_argument(
        "--here", action="store_true", help="end with 1 where no worker of this machine lives: for health checks"
    )
    status.set_defaults(run=_needs_the_extra(_status))
    doctor = parsers.add_parser(
        "doctor",
        help="whether the set-up works, and what to mend (the GitHub App)",
        description="Looks at settings, the App on GitHub, deliveries, queue, workers, disk, clock and git, reviews a "
        "sample, and says what to mend. Exit code 0 where nothing fails, 1 where something does.",
        epilog="example: partywall doctor",
    )
    doctor.add_argument("--json", action="store_true", help="the same for programs")
    doctor.set_defaults(run=_needs_the_extra(_doctor))


def _needs_the_extra(run: Callable[[argparse.Namespace], int]) -> Callable[[argparse.Namespace], int]:
    """The command, with a sentence where what only the bot needs is not installed."""

    def checked(options: argparse.Namespace) -> int:
        try:
            return run(options)
        except ModuleNotFoundError as error:
            missing = (error.name or "something").partition(".")[0]
            raise ReviewError(f"{missing} is not installed; the bot needs `pip install 'partywall[bot]'`.") from None

    return checked


def _add_serve_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen on (default: 127.0.0.1)")
    parser.add_argument("--port", type=int, default=8000, help="the port to listen on (default: 8000)")
    parser.add_argument("--web-processes", type=_count, default=2, metavar="N", help="web processes (default: 2)")


def _add_processes(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--processes",
        type=_count,
        default=os.cpu_count() or 1,
        metavar="N",
        help="workers (default: one for each core)",
    )


def _count(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("at least one is needed")
    return number


def _serve(options: argparse.Namespace) -> int:
    from bot.settings import NotSetUpError, load, load_without_app

    log_to_stderr()
    if options.debug:
        settings = load()
        from bot.app import create_app

        create_app(settings).run(options.host, options.port, debug=True, use_reloader=False)
        return 0
    try:
        load()
    except NotSetUpError:
        from bot.setup.switch import tell_link

        tell_link(load_without_app(), options.host, options.port)
    from bot.service import serve

    serve(options.host, options.port, options.web_processes)
    return 0


def _work(options: argparse.Namespace) -> int:
    from bot.service import work
    from bot.settings import data_folder
    from bot.setup.waiting import load_when_set_up
    from worker.processes import end_with_parent
    from worker.queue_server import stop_abandoned

    log_to_stderr()
    with ExitStack() as stack:
        if end_with_parent():
            signal.signal(signal.SIGTERM, lambda *_: sys.exit())
            stack.callback(stop_abandoned, data_folder())
        work(load_when_set_up(), options.processes)
    return 0


def _up(options: argparse.Namespace) -> int:
    from bot.service import up
    from bot.settings import NotSetUpError, load, load_without_app

    try:
        settings = load(brings_queue=True)
    except NotSetUpError:
        settings = load_without_app(brings_queue=True)
    log_to_stderr()
    listen = ("--host", options.host, "--port", str(options.port), "--web-processes", str(options.web_processes))
    return up(os.environ, settings.data, listen, options.processes)


def _status(options: argparse.Namespace) -> int:
    from bot.settings import data_folder
    from bot.status import lines, works_here

    if options.here:
        alive = works_here(os.environ, data_folder())
        print("a worker of this machine is alive" if alive else "no worker of this machine is alive")
        return 0 if alive else 1
    for line in lines(os.environ, data_folder()):
        print(line)
    return 0


def _doctor(options: argparse.Namespace) -> int:
    from bot.doctor.patient import Patient
    from bot.doctor.report import as_json, examine, is_well, line

    # What goes wrong stands in the lines.
    logging.getLogger("urllib3").setLevel(logging.ERROR)
    found = {}
    for name, verdict in examine(Patient()):
        found[name] = verdict
        if not options.json:
            print(line(name, verdict), flush=True)
    if options.json:
        print(as_json(found))
    return 0 if is_well(found) else 1
