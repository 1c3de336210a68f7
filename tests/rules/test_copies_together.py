"""Copies that came together: several places of one thing, and what one change pastes into several functions."""

from __future__ import annotations

import pytest

from rules.config import Config
from rules.model import Finding
from rules.registry import RULES
from rules.review import review
from rules.trees import Tree, change_of

GUARD = """\
        if not self.is_valid(name):
            clean = self.sanitize(name)
            if clean != basename(name) and self.is_valid(clean):
                name = clean
            else:
                return build_message(name, self.extensions())
"""
"""What a change pastes. Its first line is known already where it stands in the base."""

OLD_GUARD = "        if not self.is_valid(name):\n            return 'bad name'\n"
FRAME = (
    "    def {name}(self, name, content):\n{guard}        found = self.{call}(name)\n        try:\n            {work}\n"
    "            return done(name, {done!r})\n        except StorageError as error:\n            return text_of(error)\n"
    "        except Exception as error:\n            return failed(name, {done!r}, text_of(error))\n\n"
)
WORKS = {
    "write": "found.write(content, self.folder)\n            self.index[name] = found.size\n            audit(found, content)",
    "append": "self.log.extend(found.append(content))\n            notify(self.readers, found)",
    "replace": "replaced = found.text.replace(content, '')\n            found.store(replaced, self.limit)",
}


def store(guards: dict[str, str], more: int = 0) -> str:
    """A class of methods that differ in what they do, each with what guards it. more: by so many lines."""
    return "class Store:\n" + "".join(
        FRAME.format(
            name=name,
            guard=guards.get(name, OLD_GUARD),
            call=f"open_{name}",
            work=work + own_lines(name, more),
            done=name,
        )
        for name, work in WORKS.items()
    )


def own_lines(name: str, count: int) -> str:
    return "".join(f"\n            found.{name}_step_{i}(content.part_{i}, self.{name}_limit)" for i in range(count))


def findings(base: Tree, head: Tree) -> list[Finding]:
    found = review(change_of(base, head), Config(), RULES, "partywall.toml")
    return [finding for finding in found if finding.rule == "duplication/copy"]


def symbols(base: Tree, head: Tree) -> list[list[str]]:
    return [sorted([f.symbol, *(r.symbol for r in f.related)]) for f in findings(base, head)]


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        pytest.param({}, ["write", "append", "replace"], [["Store.append", "Store.replace", "Store.write"]], id="into three"),
        pytest.param({}, ["write", "append"], [], id="into two"),
        pytest.param({"write": GUARD}, ["write", "append"], [], id="into a second"),
        pytest.param(dict.fromkeys(WORKS, GUARD), list(WORKS), [], id="there already"),
    ],
)  # fmt: skip
def test_a_block_pasted_into_functions_that_are_alike_already(
    before: dict[str, str], after: list[str], expected: list[list[str]]
) -> None:
    base = {"a.py": store(before)}
    assert symbols(base, {"a.py": store({**before, **dict.fromkeys(after, GUARD)})}) == expected


def test_lines_scattered_over_three_functions_are_silent() -> None:
    longer = GUARD.replace("self.extensions()", "self.extensions(), self.folder, clean")
    between = {
        name: longer.replace("            if clean", f"            {name}_first(name)\n            if clean")
        for name in WORKS
    }
    base = {"a.py": store({})}
    assert len(findings(base, {"a.py": store(dict.fromkeys(WORKS, longer))})) == 1
    assert findings(base, {"a.py": store(between)}) == []


def test_one_edit_made_to_lines_that_were_alike_in_three_functions_is_silent() -> None:
    known = """\
        if name in self.aliases(owner=self.owner):
            name = self.resolve(name, self.aliases(owner=self.owner))
            audit(name, self.owner)
"""
    edited = known.replace("owner=self.owner", "owner=self.owner, site=self.site").replace(
        "audit(name", "audit(name, 'open'"
    )
    base = {"a.py": store(dict.fromkeys(WORKS, known), more=4)}
    assert findings(base, {"a.py": store(dict.fromkeys(WORKS, edited), more=4)}) == []


def test_what_several_copies_lift_is_information() -> None:
    (finding,) = findings({"a.py": store({})}, {"a.py": store(dict.fromkeys(WORKS, GUARD))})
    assert finding.level == "info"


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


@pytest.mark.parametrize(
    ("base", "head", "expected"),
    [
        pytest.param({}, {"a.py": SHORT + "\n\n" + LONG}, [["answer_object", "answer_text"]], id="both new"),
        pytest.param({"a.py": LONG}, {"a.py": LONG, "b.py": SHORT}, [], id="one was there"),
        pytest.param({"a.py": SHORT, "b.py": LONG}, {"c.py": SHORT, "d.py": LONG}, [], id="both moved"),
        pytest.param(
            {}, {"a.py": SHORT.replace("    return", "    audit(context.usage)\n    check_limits(context.limits)\n    notify(context.owner, schema.name)\n    return") + "\n\n" + LONG},
            [], id="a block of both",
        ),
        pytest.param(
            {}, {"a.py": "\n\n".join(text.replace("            message = RetryPart(content=retry.message)\n", "").replace("ToolRetryError(message)", "retry") for text in (SHORT, LONG))},
            [], id="hardly a block",
        ),
    ],
)  # fmt: skip
def test_a_new_function_that_is_mostly_a_block_of_another_new_one(
    base: Tree, head: Tree, expected: list[list[str]]
) -> None:
    assert symbols({"z.py": "x = 1\n", **base}, {"z.py": "x = 1\n", **head}) == expected


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


JUDGE = '''\
async def judge_{name}({parameters}, rubric, model=None, settings=None):
    """Judges it."""
    prompt = dedent(
        f"""
{sections}        <Rubric>
        {{rubric}}
        </Rubric>
        """
    )
    return (await {name}_agent.run(prompt, model=model or default_model, model_settings=settings)).output
'''


def judge(name: str, *sections: str) -> str:
    """A function that builds a long text of sections."""
    lines = (
        f"        <{s.title()}>\n        {{stringify_{s}({s}.{s}_text)}}\n        </{s.title()}>\n" for s in sections
    )
    return JUDGE.format(name=name, parameters=", ".join(sections), sections="".join(lines))


@pytest.mark.parametrize(
    ("sections", "expected"),
    [
        pytest.param(("question", "evidence", "answer"), [["judge_new", "judge_old"]], id="a section added"),
        pytest.param(("question", "question", "answer", "answer"), [["judge_new", "judge_old"]], id="sections twice"),
        pytest.param(("verdict", "evidence"), [], id="other sections"),
    ],
)
def test_a_function_that_builds_a_long_text_pasted(sections: tuple[str, ...], expected: list[list[str]]) -> None:
    base = {"a.py": judge("old", "question", "answer")}
    assert symbols(base, {**base, "b.py": judge("new", *sections)}) == expected


def test_the_counterpart_is_what_was_there_before() -> None:
    base = {"z.py": judge("old", "question", "answer")}
    new = {
        "a.py": judge("new", "question", "evidence", "answer"),
        "b.py": judge("next", "question", "evidence", "answer"),
    }
    (finding,) = findings(base, {**base, **new})
    assert [finding.related[0].path, len(finding.related)] == ["z.py", 2]


def test_what_was_there_before_and_is_far_less_alike_is_not_the_counterpart() -> None:
    parts = [f"part_{i}" for i in range(40)]
    base = {"z.py": judge("old", *parts[:18])}
    (finding,) = findings(base, {**base, "a.py": judge("a", *parts), "b.py": judge("b", *parts)})
    assert [r.path for r in finding.related] == ["a.py", "z.py"]
