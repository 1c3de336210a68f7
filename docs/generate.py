"""Writes docs/rules/ from the rules themselves. `--check` writes nothing and fails where a page is out of date."""

from __future__ import annotations

import argparse
import difflib
import inspect
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec

from rules.registry import RULES
from rules.review import REVIEW_RULES
from rules.rule import Example, Rule

FOLDER = Path(__file__).parent / "rules"


def pages() -> dict[str, str]:
    """File name -> content of every page."""
    found = {f"{rule.name.replace('/', '-')}.md": "\n".join(_page(rule)) + "\n" for rule in RULES}
    return {**found, "README.md": "\n".join(_index()) + "\n"}


def _index() -> Iterator[str]:
    yield "# Rules"
    yield ""
    yield "Made from the rules by `make docs`; `partywall explain RULE` prints the same text."
    yield ""
    yield "| rule | level | reports |"
    yield "|---|---|---|"
    for rule in RULES:
        yield f"| [{rule.name}]({rule.name.replace('/', '-')}.md) | {rule.level} | {rule.summary} |"
    for name, summary in REVIEW_RULES.items():
        yield f"| {name} | {'info' if name.endswith('added') else 'warning'} | {summary} |"


def _page(rule: Rule) -> Iterator[str]:
    yield f"# {rule.name}"
    yield ""
    yield f"Level: {rule.level}."
    yield ""
    yield inspect.getdoc(rule) or ""
    fields = [
        field for field in msgspec.structs.fields(rule.options) if field.name not in ("contracts", "file", "adopted")
    ]
    if fields:
        yield ""
        yield "## Options"
        yield ""
        yield " ".join((inspect.getdoc(rule.options) or "").split())
        yield ""
        yield "```toml"
        yield "[rules]"
        options = ", ".join(f"{field.encode_name} = {field.default}" for field in fields)
        yield f'"{rule.name}" = {{ level = "{rule.level}", {options} }}'
        yield "```"
    yield ""
    yield "## Examples"
    for example in rule.examples:
        yield ""
        yield from _example(example)


def _example(example: Example) -> Iterator[str]:
    verdict = ", ".join(f"`{path}:{line}`" for path, line in example.findings)
    yield f"{example.title[:1].upper()}{example.title[1:]}: {f'found at {verdict}' if verdict else 'silent'}."
    if example.settings:
        yield ""
        yield "```toml"
        yield example.settings.strip()
        yield "```"
    yield ""
    yield "```diff"
    for path in sorted({*example.base, *example.head}):
        old, new = example.base.get(path, ""), example.head.get(path, "")
        if old == new:
            continue
        names = (path if path in example.base else "/dev/null", path if path in example.head else "/dev/null")
        yield from (
            line.rstrip("\n") for line in difflib.unified_diff(old.splitlines(), new.splitlines(), *names, lineterm="")
        )
    yield "```"


def main() -> int:
    """Writes the pages, or with `--check` says which are out of date."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    check = parser.parse_args().check
    stale = []
    for name, text in pages().items():
        path = FOLDER / name
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            stale.append(name)
            if not check:
                path.write_text(text, encoding="utf-8")
    left_over = [path.name for path in FOLDER.glob("*.md") if path.name not in pages()]
    if check and (stale or left_over):
        print(f"out of date: {', '.join([*stale, *left_over])}; run `make docs`", file=sys.stderr)
    return int(check and bool(stale or left_over))


if __name__ == "__main__":
    sys.exit(main())
