from __future__ import annotations

import pytest

from rules import config as configuration
from rules.config import Config, ConfigError
from rules.registry import RULES
from rules.review import review
from rules.trees import Tree, change_of

TREE = {f"s/{part}/{name}.py": "" for part in ("web", "core", "mail", "util") for name in ("a", "b")} | {
    "s/__init__.py": ""
}


def found(contract: str, base: Tree, head: Tree) -> list[tuple[str, int, str]]:
    config = configuration.parse(f'[[contracts]]\nname = "c"\n{contract}'.encode(), "partywall.toml")
    assert config is not None
    findings = review(change_of(base, head), config, RULES, "partywall.toml")
    return [(f.path, f.start_line, f.message) for f in findings if f.rule == "boundaries/contract"]


LAYERS = 'type = "layers"\nlayers = ["s.web", "s.core"]\n'


@pytest.mark.parametrize(
    ("contract", "path", "source", "sentence"),
    [
        (
            LAYERS,
            "s/core/a.py",
            "import s.web.b\n",
            "`s.core.a` now imports `s.web.b`; contract 'c' says: s.core is a lower layer than s.web",
        ),
        (LAYERS, "s/core/a.py", "def f():\n    import s.web.b\n", "`s.core.a` now imports `s.web.b`"),
        (
            'type = "forbidden"\nsource = ["s.core"]\ntarget = ["s.mail"]\n',
            "s/core/a.py",
            "import s.mail.a\n",
            "s.core must not depend on s.mail",
        ),
        (
            'type = "independent"\nmodules = ["s.web", "s.mail"]\n',
            "s/web/a.py",
            "import s.mail.a\n",
            "s.web and s.mail are independent",
        ),
        (
            'type = "independent"\nmodules = ["s.web", "s.mail"]\n',
            "s/mail/a.py",
            "import s.web.a\n",
            "s.mail and s.web are independent",
        ),
        (
            'type = "independent"\nmodules = ["s.*.a", "s.mail.b"]\n',
            "s/web/a.py",
            "import s.mail.b\n",
            "s.web.a and s.mail.b are independent",
        ),
    ],
)
def test_a_new_import_through_a_wall_is_found(contract: str, path: str, source: str, sentence: str) -> None:
    ((where, _, message),) = found(contract, TREE, {**TREE, path: source})
    assert where == path
    assert sentence in message


@pytest.mark.parametrize(
    ("contract", "path", "source"),
    [
        (LAYERS, "s/web/a.py", "import s.core.a\n"),
        (LAYERS, "s/web/a.py", "import s.web.b\n"),
        (LAYERS, "s/mail/a.py", "import s.web.b\nimport s.core.a\n"),
        (LAYERS, "s/core/a.py", "if TYPE_CHECKING:\n    import s.web.b\n"),
        (LAYERS + 'scopes = ["import"]\n', "s/core/a.py", "def f():\n    import s.web.b\n"),
        ('type = "forbidden"\nsource = ["s.core"]\ntarget = ["s.mail"]\n', "s/mail/a.py", "import s.core.a\n"),
    ],
)
def test_what_a_contract_allows_is_silent(contract: str, path: str, source: str) -> None:
    assert found(contract, TREE, {**TREE, path: source}) == []


def test_type_checking_imports_count_where_the_contract_says_so() -> None:
    contract = LAYERS + 'scopes = ["import", "typing"]\n'
    assert found(contract, TREE, {**TREE, "s/core/a.py": "if TYPE_CHECKING:\n    import s.web.b\n"})


def test_a_way_through_modules_that_the_contract_does_not_name_is_found_at_the_new_edge() -> None:
    base = {**TREE, "s/core/a.py": "import s.util.a\n"}
    ((path, line, message),) = found(LAYERS, base, {**base, "s/util/a.py": "x = 1\nimport s.web.b\n"})
    assert (path, line) == ("s/util/a.py", 2)
    assert "`s.core.a` now imports `s.web.b` through s.util.a" in message


def test_a_way_through_another_named_part_is_that_parts_own() -> None:
    contract = 'type = "layers"\nlayers = ["s.web", "s.core", "s.mail"]\n'
    base = {**TREE, "s/mail/a.py": "import s.core.a\n"}
    found_messages = [message for *_, message in found(contract, base, {**base, "s/core/a.py": "import s.web.b\n"})]
    assert len(found_messages) == 1
    assert "`s.core.a` now imports `s.web.b`;" in found_messages[0]


def test_direct_only_leaves_ways_through_others_alone() -> None:
    contract = 'type = "forbidden"\nsource = ["s.core"]\ntarget = ["s.web"]\n'
    base = {**TREE, "s/core/a.py": "import s.util.a\n"}
    head = {**base, "s/util/a.py": "import s.web.b\n"}
    assert len(found(contract, base, head)) == 1
    assert found(contract + "direct-only = true\n", base, head) == []


def test_old_breaches_are_silent_also_on_a_second_way() -> None:
    base = {**TREE, "s/core/a.py": "import s.web.b\n"}
    assert found(LAYERS, base, {**base, "s/core/a.py": "import s.web.b\n\ndef f():\n    from s.web import b\n"}) == []
    through = {**TREE, "s/core/a.py": "import s.util.a\n", "s/util/a.py": "import s.web.b\n"}
    assert (
        found(
            LAYERS,
            through,
            {**through, "s/core/a.py": "import s.util.a\nimport s.util.b\n", "s/util/b.py": "import s.web.b\n"},
        )
        == []
    )


@pytest.mark.parametrize(
    ("contract", "message"),
    [
        (
            'type = "layers"\nlayers = ["s.web", "s.cor"]\n',
            "contract 'c' names 's.cor', which is no module here; did you mean 's.core",
        ),
        (
            'type = "independent"\nmodules = ["zzz"]\n',
            "contract 'c' names 'zzz', which is no module here; give the dotted name",
        ),
    ],
)
def test_a_contract_that_names_nothing_is_an_error(contract: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        found(contract, TREE, TREE)
    assert message in str(caught.value)


def private(base: Tree, head: Tree) -> list[tuple[str, str]]:
    findings = review(change_of(base, head), Config(), RULES, "partywall.toml")
    return [(f.path, f.edges[0].imported) for f in findings if f.rule == "boundaries/private"]


OWNERS = {**TREE, "s/core/_own.py": "x = 1\n", "s/web/a.py": "import s.core.a\nimport s.core.b\n"}


@pytest.mark.parametrize(
    ("path", "source", "expected"),
    [
        ("s/mail/a.py", "from s.core._own import x\n", [("s/mail/a.py", "s.core._own")]),
        ("s/mail/a.py", "from s.core import _own\n", [("s/mail/a.py", "s.core._own")]),
        ("s/mail/a.py", "import s.core._own\n", [("s/mail/a.py", "s.core._own")]),
        ("s/mail/a.py", "from s.core.a import _helper\n", [("s/mail/a.py", "s.core.a")]),
        ("s/core/b.py", "from s.core._own import x\n", []),
        ("s/core/b.py", "from ._own import x\n", []),
        ("s/mail/a.py", "from s.core.a import __version__\n", []),
        ("s/mail/a.py", "from s.mail.b import _helper\n", []),
        ("s/mail/a.py", "from s.core import _helper\n", []),
        ("s/mail/a.py", "from os import _exit\n", []),
    ],
)
def test_a_new_reach_for_a_private_name_is_found(path: str, source: str, expected: list[tuple[str, str]]) -> None:
    assert private(OWNERS, {**OWNERS, path: source}) == expected


FLAT = {f"s/{name}.py": "import s.utils\n" for name in ("a", "b", "c", "d")} | {
    "s/utils.py": "",
    "s/pkg/__init__.py": "",
}


@pytest.mark.parametrize(
    ("path", "source", "told"),
    [
        ("s/a.py", "from s.utils import _helper\n", []),
        ("s/a.py", "from s.pkg import _helper\n", [("s/a.py", "s.pkg")]),
        ("s/pkg/b.py", "from s.utils import _helper\n", []),
        ("s/a.py", "from s.pkg.c import _helper\n", [("s/a.py", "s.pkg.c")]),
    ],
    ids=["the module beside", "the package beside", "a module of the package around", "a module of the package beside"],
)
def test_modules_of_one_package_have_one_owner(path: str, source: str, told: list[tuple[str, str]]) -> None:
    base = {**FLAT, "s/pkg/b.py": "", "s/pkg/c.py": ""}
    assert private(base, {**base, path: source}) == told


@pytest.mark.parametrize(
    ("config", "level"), [(Config(), "info"), (Config(rules={"boundaries/private": "warning"}), "warning")]
)
def test_a_private_name_is_information_unless_the_team_means_it(config: Config, level: str) -> None:
    findings = review(
        change_of(OWNERS, {**OWNERS, "s/mail/a.py": "from s.core.a import _helper\n"}), config, RULES, "f"
    )
    assert [f.level for f in findings if f.rule == "boundaries/private"] == [level]


def test_a_private_name_that_several_take_is_told_once() -> None:
    head = {**OWNERS, **dict.fromkeys(("s/mail/a.py", "s/mail/b.py", "s/util/a.py"), "from s.core.a import _helper\n")}
    findings = review(change_of(OWNERS, head), Config(), RULES, "partywall.toml")
    (finding,) = [finding for finding in findings if finding.rule == "boundaries/private"]
    assert finding.message.endswith("for the private `s.core.a._helper`; 2 more modules do")
    assert [edge.importer for edge in finding.edges] == ["s.mail.a", "s.mail.b", "s.util.a"]


def test_where_the_convention_is_not_kept_it_is_silent() -> None:
    base = {**OWNERS, "s/web/b.py": "from s.core._own import x\n"}
    assert private(base, {**base, "s/mail/a.py": "from s.core._own import x\n"}) == []


def test_an_old_reach_is_silent_when_its_line_moves() -> None:
    many = {f"s/web/v{i}.py": "import s.core.a\nimport s.core.b\n" for i in range(150)}
    base = {**OWNERS, **many, "s/mail/a.py": "from s.core._own import x\n"}
    assert private(base, {**base, "s/mail/a.py": "import os\nfrom s.core._own import x\n"}) == []
    assert private(base, {**base, "s/mail/b.py": "from s.core._own import x\n"}) == [("s/mail/b.py", "s.core._own")]
