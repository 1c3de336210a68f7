"""Options that several commands have."""

from __future__ import annotations

import argparse


def add_repository(parser: argparse.ArgumentParser) -> None:
    """Adds --repo."""
    parser.add_argument(
        "--repo",
        metavar="PATH",
        default=".",
        help="a git repository, bare or not (default: the one around this folder)",
    )
