"""A small sample repository with a change as a code assistant might write it, and the review of that change."""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from rules.model import Report
from rules.registry import RULES
from worker.cache import FactsCache
from worker.git import Repository, environment
from worker.pipeline import Settings, review_range
from worker.render.text import render

BASE: Mapping[str, str] = {
    "partywall.toml": """\
[[contracts]]
name = "the core knows nobody above it"
type = "layers"
layers = ["shop.web", "shop.mail", "shop.core"]
""",
    "shop/__init__.py": "",
    "shop/core/__init__.py": "",
    "shop/core/phone.py": '''\
"""Telephone numbers."""


def format_e164(number: str, country: str) -> str:
    """The number as +49301234567."""
    digits = "".join(character for character in number if character.isdigit())
    if number.strip().startswith("+"):
        return "+" + digits
    if digits.startswith("00"):
        return "+" + digits[2:]
    prefix = COUNTRY_CODES.get(country.upper())
    if prefix is None:
        raise ValueError(f"unknown country {country}")
    local = digits.lstrip("0")
    if not MIN_DIGITS <= len(local) <= MAX_DIGITS:
        raise ValueError(f"{number} is no telephone number")
    return f"+{prefix}{local}"


MIN_DIGITS, MAX_DIGITS = 5, 13


COUNTRY_CODES = {"DE": 49, "FR": 33, "US": 1}
''',
    "shop/core/orders.py": '''\
"""Orders."""

from dataclasses import dataclass, field


@dataclass
class Order:
    customer: str
    lines: list[tuple[str, int, float]] = field(default_factory=list)

    def total(self) -> float:
        return sum(quantity * price for _, quantity, price in self.lines)
''',
    "shop/web/__init__.py": "",
    "shop/web/views.py": '''\
"""Pages."""

from shop.core.orders import Order
from shop.core.phone import format_e164


def order_page(order: Order, phone: str) -> str:
    return f"{order.customer} ({format_e164(phone, 'DE')}): {order.total():.2f}"
''',
    "shop/mail/__init__.py": "",
    "shop/mail/letters.py": '''\
"""Letters to customers."""

from shop.core.orders import Order


def confirmation(order: Order) -> str:
    return f"Dear {order.customer}, we have your order of {order.total():.2f}."
''',
}

CHANGE: Mapping[str, str] = {
    "shop/mail/messages.py": '''\
"""Text messages to customers."""

from shop.core.orders import Order


def normalize_recipient(recipient: str, region: str) -> str:
    """Bring a recipient's number into the form that the gateway wants."""
    numbers = "".join(char for char in recipient if char.isdigit())
    if recipient.strip().startswith("+"):
        return "+" + numbers
    if numbers.startswith("00"):
        return "+" + numbers[2:]
    code = COUNTRY_CODES.get(region.upper())
    if code is None:
        raise ValueError(f"cannot send to {region}")
    subscriber = numbers.lstrip("0")
    if not MIN_DIGITS <= len(subscriber) <= MAX_DIGITS:
        raise ValueError(f"cannot send to {recipient}")
    return f"+{code}{subscriber}"


MIN_DIGITS, MAX_DIGITS = 5, 13
COUNTRY_CODES = {"DE": 49, "FR": 33, "US": 1}


def shipped(order: Order, recipient: str) -> tuple[str, str]:
    return normalize_recipient(recipient, "DE"), f"{order.customer}, your order is on its way."
''',
    "shop/core/orders.py": BASE["shop/core/orders.py"]
    + """
    def preview(self, phone: str) -> str:
        from shop.web.views import order_page

        return order_page(self, phone)
""",
}


def add_command(parsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds `partywall demo` to the command line."""
    parser = parsers.add_parser(
        "demo",
        help="see a review of a sample change",
        description="Builds a small git repository in a temporary folder, commits a change as a code assistant might "
        "write it, and reviews it.",
        epilog="example: partywall demo",
    )
    parser.set_defaults(run=_run)


def _run(_: argparse.Namespace) -> int:
    with tempfile.TemporaryDirectory(prefix="partywall-demo-") as folder:
        build(Path(folder))
        print("A sample shop, and the commit that a code assistant made:\n")
        print(_git(Path(folder), "show", "--stat", "--format=%an: %s", "HEAD"))
        render(review(Path(folder)), sys.stdout, colour=sys.stdout.isatty())
    return 0


def build(folder: Path) -> None:
    """Makes the sample repository: `main` with the base, `topic` with the change on top of it."""
    _git(folder, "init", "--quiet", "--initial-branch=main")
    _commit(folder, BASE, "A small shop", "A person")
    _git(folder, "checkout", "--quiet", "-b", "topic")
    _commit(folder, CHANGE, "Send text messages, preview orders", "A code assistant")


def review(folder: Path) -> Report:
    """The review of the change in the sample repository."""
    repository = Repository.discover(folder)
    report, _config = review_range(repository, "main", "topic", Settings(RULES, FactsCache(None)))
    return report


def _commit(folder: Path, files: Mapping[str, str], message: str, author: str) -> None:
    for path, content in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(content, encoding="utf-8")
    _git(folder, "add", "--all")
    _git(folder, "-c", f"user.name={author}", "-c", "user.email=demo@example.org", "commit", "--quiet", "-m", message)


def _git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        ["git", "-C", str(folder), *arguments], capture_output=True, text=True, env=environment({}), check=True
    )
    return done.stdout
