"""Copies that came together: several places of one thing, and what one change pastes into several functions."""

from __future__ import annotations

import pytest

from rules.config import Config
from rules.model import Finding
from rules.registry import RULES
from rules.review import review
from rules.trees import Tree, change_of


def findings(base: Tree, head: Tree) -> list[Finding]:
    found = review(change_of(base, head), Config(), RULES, "partywall.toml")
    return [finding for finding in found if finding.rule == "duplication/copy"]


HANDLER = """\
    try:
        output = call_schema(schema, wanted, context)
    except ModelRetry as retry:
        if wrap_errors:
            message = RetryPart(content=retry.message)
            raise ToolRetryError(message) from retry
"""
SHORT = (
    "def answer_text(schema, context, text):\n    wanted = {argument_name(schema): text}\n"
    + HANDLER
    + "    return typed(output)\n"
)
LONG = (
    "def answer_object(schema, context, data, key):\n    if key in data.outer:\n        data = unwrap(data, key)\n"
    "    wanted = validate_json(data.text, strict=schema.strict)\n    log_validated(wanted, schema.name)\n"
    "    if wanted.missing:\n        report_missing(wanted.missing, schema.title)\n"
    + HANDLER
    + "    remember(context, output.usage)\n    return wrap_output(output, key, schema.kind)\n"
)
OTHER = "def unrelated(a, b):\n    return connect(a).fetch(b, mode='fast')\n"


BUILD = """\
    arguments = ["run", "--quiet"]
    packages = {"server", *defaults()}
    packages.update(name for name in extra if name)
    for name in sorted(packages):
        arguments.extend(["--with", name])
    if editable:
        arguments.extend(["--with-editable", str(editable)])
    target = f"{file.resolve()}:{member}" if member else str(file.resolve())
    arguments.extend(["server", "run", target])
"""
CONFIGURE = "    folder = settings_folder(file.parent, create=True)\n    if not folder.exists():\n        raise MissingFolder(folder, file.stem)\n"
ENTER = "    entry = Server(command='tool', arguments=arguments, folder=folder)\n    write_settings(folder / 'settings.json', entry.dump(), indent=2)\n"
OPEN = "    link = deep_link(file.stem, arguments)\n    if not open_link(link, timeout=30):\n        show(link.address)\n    remember_link(link, file)\n    count_opened(link.host)\n    return link.address.strip(), opened_at(link.host)\n"


def install(name: str, parameters: str, before: str, after: str) -> str:
    return f"def install_{name}({parameters}):\n{before}{BUILD}{after}"


def configured(name: str) -> str:
    return install(name, "file, member, extra, editable", CONFIGURE, ENTER)


EDITOR = install("editor", "file, member, extra, editable", "", OPEN)
SHELL = install("shell", "file, member, extra, editable, prompt, colour, width, encoding, history", "", OPEN)


@pytest.mark.parametrize(
    ("there", "place"),
    [
        pytest.param(EDITOR, (1, 10), id="its head, as it takes the same"),
        pytest.param(SHELL, (3, 10), id="without its head, as it takes something else"),
    ],
)
def test_a_copy_of_a_part_is_listed_with_the_copy_of_the_whole(there: str, place: tuple[int, int]) -> None:
    base = {"desktop.py": configured("desktop"), "other.py": there}
    (finding,) = findings(base, {**base, "laptop.py": configured("laptop")})
    assert [r.path for r in finding.related] == ["desktop.py", "other.py"]
    assert (finding.related[1].start_line, finding.related[1].end_line) == place
    assert "and in 1 more place" in finding.message


def test_a_place_of_which_nothing_would_be_said_alone_is_listed_with_a_finding() -> None:
    base = {"long.py": LONG, "other.py": OTHER}
    assert findings(base, {**base, "new.py": SHORT}) == []
    base = {**base, "short.py": SHORT}
    (finding,) = findings(base, {**base, "new.py": SHORT})
    assert [r.path for r in finding.related] == ["short.py", "long.py"]


def test_copies_of_two_parts_are_two_findings() -> None:
    base = {"one.py": install("one", "file, member", "", OPEN), "two.py": SHORT.replace("text", "found")}
    between = "".join(f"    step_{i}(file.owner, member, level={i})\n" for i in range(16))
    new = "def both(file, member, schema, context, text):\n" + BUILD + between + HANDLER
    found = findings(base, {**base, "new.py": new})
    assert sorted(r.path for f in found for r in f.related) == ["one.py"]


def test_of_equal_copies_the_first_is_the_counterpart() -> None:
    head = {f"{name}.py": configured(name) for name in ("beta", "alpha", "gamma")}
    (finding,) = findings({"z.py": "x = 1\n"}, {"z.py": "x = 1\n", **head})
    assert [finding.related[0].path, len(finding.related)] == ["alpha.py", 2]
