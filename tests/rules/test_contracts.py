from __future__ import annotations

import re

import pytest

from rules.config import ConfigError
from tests.support.contracts import breaches, declared, notes_on, places

TREE = {f"s/{part}/{name}.py": "" for part in ("web", "core", "mail", "old", "util") for name in ("a", "b")} | {
    f"{part}/__init__.py": "" for part in ("s", "s/core", "s/old")
}
DEFINED = {**TREE, "s/old/a.py": "def one():\n    return 1\n\n\nclass Two:\n    def three(self):\n        return 3\n"}

SIBLINGS = 'type = "layers"\nlayers = ["s.web", ["s.core", "s.mail"], "s.util"]\n'
FRIENDS = 'type = "layers"\nlayers = ["s.web", {modules = ["s.core", "s.mail"], independent = false}]\n'
CLOSED = 'type = "layers"\nlayers = ["s.web", {modules = ["s.core"], closed = true}, "s.util"]\n'
CONTAINERS = 'type = "layers"\nlayers = ["b", "a"]\ncontainers = ["s.web", "s.c*", "s.*"]\n'.replace('"s.c*", ', "")
OPTIONAL = (
    'type = "layers"\nlayers = ["s.web", {modules = ["s.none", "s.core"], optional = ["s.none"]}, '
    '{modules = ["s.nil"], optional = true}]\n'
)
DJANGO = 'type = "forbidden"\nsource = ["s.core"]\ntarget = ["django.db", "s.web"]\n'
ALLOWED = (
    'type = "allowed"\nmodules = { "s.web" = ["s.core"], "s.core" = [], "s.mail" = ["**"], "s.core.b" = ["s.core"] }\n'
)
PUBLIC = 'type = "public"\nmodules = ["s.core"]\n'
PROTECTED = 'type = "protected"\nmodules = ["s.core"]\nimporters = ["s.web"]\n'
ACYCLIC = 'type = "acyclic"\nparents = ["s"]\n'
FROZEN = 'type = "frozen"\nmodules = ["s.old"]\n'


@pytest.mark.parametrize(
    ("contract", "path", "source", "says"),
    [
        (SIBLINGS, "s/core/a.py", "import s.mail.a\n", "s.core and s.mail are independent"),
        (SIBLINGS, "s/util/a.py", "import s.mail.a\n", "s.util is a lower layer than s.mail"),
        (FRIENDS, "s/mail/a.py", "import s.web.a\n", "s.mail is a lower layer than s.web"),
        (CLOSED, "s/web/a.py", "import s.util.a\n", "s.web reaches s.util only through s.core"),
        (CLOSED, "s/core/a.py", "import s.web.a\n", "s.core is a lower layer than s.web"),
        (CONTAINERS, "s/mail/a.py", "import s.mail.b\n", "s.mail.a is a lower layer than s.mail.b"),
        (OPTIONAL, "s/core/a.py", "import s.web.b\n", "s.core is a lower layer than s.web"),
        (DJANGO, "s/core/a.py", "from django.db import models\n", "s.core must not depend on django.db"),
        (DJANGO, "s/core/a.py", "import django.db.models\n", "s.core must not depend on django.db"),
        (DJANGO, "s/core/a.py", "def f():\n    from django import db\n", "s.core must not depend on django.db"),
        (ALLOWED, "s/core/a.py", "import s.web.a\n", "s.core may import none of the others, not s.web"),
        (ALLOWED, "s/web/a.py", "import s.mail.a\n", "s.web may import s.core, not s.mail"),
        (ALLOWED, "s/web/a.py", "import s.core.b\n", "s.web may import s.core, not s.core.b"),
        (PUBLIC, "s/web/a.py", "import s.core.a\n", "from outside, only s.core itself may be imported"),
        (PUBLIC, "s/web/a.py", "from s.core import a\n", "from outside, only s.core itself may be imported"),
        (PUBLIC + 'names = ["a"]\n', "s/web/a.py", "from s.core import b\n", "s.core publishes a"),
        (PUBLIC + "names = []\n", "s/web/a.py", "from s.core import Order\n", "s.core publishes nothing but itself"),
        (PUBLIC + 'names = ["a.get_*"]\n', "s/web/a.py", "from s.core.a import put\n", "s.core publishes a.get_*"),
        (PUBLIC + 'names = "__all__"\n', "s/web/a.py", "from s.core import _hidden\n", "what its __all__ lists"),
        (PUBLIC + 'without = ["s.core.b"]\n', "s/core/b.py", "import s.core.a\n", "only s.core itself"),
        (PUBLIC + 'importers = ["s.web"]\n', "s/web/a.py", "import s.core.a\n", "only s.core itself"),
        (PROTECTED, "s/mail/a.py", "import s.core.a\n", "only s.web may import s.core"),
        (
            PROTECTED.replace("importers", "as-packages = false\nimporters").replace('["s.web"]', '["s.web.a"]'),
            "s/web/b.py",
            "import s.core\n",
            "only s.web.a may import s.core",
        ),
        (
            'type = "protected"\nmodules = ["s.core"]\n',
            "s/web/a.py",
            "import s.core\n",
            "only its own modules may import s.core",
        ),
        (FROZEN, "s/web/a.py", "import s.old.a\n", "s.old is frozen, it gets no new importers"),
        (FROZEN, "s/old/b.py", "class New:\n    def f(self): ...\n", "s.old is frozen, nothing new is defined in it"),
    ],
)
def test_what_a_contract_forbids_is_found_once(contract: str, path: str, source: str, says: str) -> None:
    (finding,) = breaches(contract, TREE, {**TREE, path: source})
    assert finding.path == path
    assert "contract 'c' says: " in finding.message
    assert says in finding.message
    assert finding.advice
    assert finding.key[0] == "c"


@pytest.mark.parametrize(
    ("contract", "path", "source"),
    [
        (SIBLINGS, "s/web/a.py", "import s.mail.a\nimport s.util.a\n"),
        (FRIENDS, "s/mail/a.py", "import s.core.a\n"),
        (CLOSED, "s/web/a.py", "import s.core.a\n"),
        (CLOSED, "s/core/a.py", "import s.util.a\n"),
        (CONTAINERS, "s/mail/a.py", "import s.web.b\n"),
        (DJANGO, "s/core/a.py", "import django.http\nfrom django import dbx\nimport djangodb\n"),
        (DJANGO, "s/mail/a.py", "from django.db import models\n"),
        (DJANGO, "s/core/a.py", "if TYPE_CHECKING:\n    from django.db import models\n"),
        (ALLOWED, "s/mail/a.py", "import s.web.a, s.core.b\n"),
        (ALLOWED, "s/core/b.py", "import s.core.a\n"),
        (ALLOWED, "s/core/a.py", "import s.util.a\n"),
        (PUBLIC, "s/web/a.py", "import s.core\nfrom s.core import Order\nfrom s.core import *\n"),
        (PUBLIC, "s/core/a.py", "import s.core.b\n"),
        (PUBLIC + 'names = ["a"]\n', "s/web/a.py", "from s.core.a import anything\nimport s.core.a\n"),
        (PUBLIC + 'names = ["a.get_*"]\n', "s/web/a.py", "from s.core.a import get_order\n"),
        (PUBLIC + 'names = "__all__"\n', "s/web/a.py", "from s.core import Order\n"),
        (PUBLIC + 'without = ["s.core.b"]\n', "s/web/a.py", "import s.core.b\n"),
        (PUBLIC + 'friends = ["s.web"]\n', "s/web/a.py", "import s.core.a\n"),
        (PUBLIC + 'importers = ["s.web"]\n', "s/mail/a.py", "import s.core.a\n"),
        (PROTECTED, "s/web/a.py", "import s.core.a\n"),
        (PROTECTED, "s/core/a.py", "import s.core.b\n"),
        (PROTECTED, "s/mail/a.py", "if TYPE_CHECKING:\n    import s.core.a\n"),
        (FROZEN, "s/old/a.py", "import s.old.b\n"),
        (FROZEN, "s/old/a.py", "x = 1\n"),
        (ACYCLIC, "s/web/a.py", "import s.core.a\n"),
    ],
)
def test_what_a_contract_allows_is_silent(contract: str, path: str, source: str) -> None:
    assert breaches(contract, TREE, {**TREE, path: source}) == []


def test_a_name_of_all_is_published_and_no_other() -> None:
    contract = PUBLIC + 'names = "__all__"\n'
    base = {**TREE, "s/core/__init__.py": '__all__ = ["Order", "a"]\n'}
    for source in ("from s.core import Order\n", "from s.core import a\n", "from s.core.a import x\n"):
        assert breaches(contract, base, {**base, "s/web/a.py": source}) == []
    for source in ("from s.core import Price\n", "from s.core import b\n"):
        assert len(breaches(contract, base, {**base, "s/web/a.py": source})) == 1


def test_a_package_outside_is_reached_through_others_at_the_new_edge() -> None:
    base = {**TREE, "s/util/a.py": "from django.db import models\n"}
    (finding,) = breaches(DJANGO, base, {**base, "s/core/a.py": "x = 1\nimport s.util.a\n"})
    assert (finding.path, finding.start_line) == ("s/core/a.py", 2)
    assert "`s.core.a` now imports `django.db` through s.util.a" in finding.message
    assert [edge.line for edge in finding.edges] == [2, 1]
    assert places(DJANGO + "direct-only = true\n", base, {**base, "s/core/a.py": "import s.util.a\n"}) == []


def test_a_folder_with_the_name_of_a_package_outside_is_no_hindrance() -> None:
    base = {**TREE, "lint/django/no-http.py": "", "lint/django/rule.py": "", "s/mail/a.py": "import django.http\n"}
    for target in ("django", "django.http"):
        contract = f'type = "forbidden"\nsource = ["s.core"]\ntarget = ["{target}"]\n'
        assert len(breaches(contract, base, {**base, "s/core/a.py": "from django.http import Http404\n"})) == 1


def test_another_import_of_the_same_package_outside_is_old() -> None:
    base = {**TREE, "s/core/a.py": "from django.db import models\n"}
    head = {**base, "s/core/a.py": "from django.db import models, connection\nimport django.db.utils\n"}
    assert places(DJANGO, base, head) == []


def test_sources_and_targets_that_contain_each_other_are_not_kept_apart() -> None:
    contract = 'type = "forbidden"\nsource = ["s.core", "s.web"]\ntarget = ["s.core.a", "s.*"]\n'
    assert places(contract, TREE, {**TREE, "s/core/b.py": "import s.core.a\n"}) == []
    assert places(contract, TREE, {**TREE, "s/core/b.py": "import s.web.a\n"}) == [("s/core/b.py", 1)]
    assert places(contract, TREE, {**TREE, "s/web/b.py": "import s.core.a\n"}) == [("s/web/b.py", 1)]


def test_names_of_single_modules_contain_nothing() -> None:
    contract = 'type = "forbidden"\nsource = ["s"]\ntarget = ["s.core.a"]\nas-packages = false\n'
    head = {**TREE, "s/__init__.py": "import s.core.a\n"}
    assert places(contract, {**TREE, "s/__init__.py": ""}, head) == [("s/__init__.py", 1)]


def test_whatever_is_new_in_a_container_has_to_be_a_layer_where_the_contract_is_exhaustive() -> None:
    contract = 'type = "layers"\nlayers = ["a"]\ncontainers = ["s.*"]\nexhaustive = true\nexhaustive-ignores = ["e"]\n'
    head = {**TREE, "s/core/c/d.py": "", "s/core/e.py": ""}
    assert places(contract, TREE, head) == [("s/core/c/d.py", 1)]
    assert places(contract.replace("true", "false"), TREE, head) == []
    renames = {"s/core/b.py": "s/core/c.py"}
    assert (
        places(contract, TREE, {**{p: t for p, t in TREE.items() if p not in renames}, "s/core/c.py": ""}, renames)
        == []
    )


def test_a_contract_may_bring_its_own_advice() -> None:
    contract = 'type = "layers"\nlayers = ["s.web", "s.core"]\nadvice = "Ask the core team."\n'
    (finding,) = breaches(contract, TREE, {**TREE, "s/core/a.py": "import s.web.a\n"})
    assert finding.advice.startswith("Ask the core team.")


def test_a_wildcard_is_many_parts_and_the_closest_name_wins() -> None:
    contract = 'type = "independent"\nmodules = ["s.*"]\n'
    assert places(contract, TREE, {**TREE, "s/core/b.py": "import s.web.a\nimport s.core.a\n"}) == [("s/core/b.py", 1)]
    nested = 'type = "layers"\nlayers = ["s", "s.core"]\n'
    assert places(nested, TREE, {**TREE, "s/core/b.py": "import s.web.a\n"}) == [("s/core/b.py", 1)]
    assert places(nested, TREE, {**TREE, "s/web/b.py": "import s.core.a\n"}) == []


def test_one_new_edge_that_opens_many_ways_is_one_finding() -> None:
    users = {f"s/core/u{i}.py": "import s.util.a\n" for i in range(5)}
    base = {**TREE, **users, "s/util/b.py": "import s.web.a\nimport s.web.b\n"}
    contract = 'type = "layers"\nlayers = ["s.web", "s.core"]\n'
    (finding,) = breaches(contract, base, {**base, "s/util/a.py": "import s.util.b\n"})
    assert (finding.path, finding.start_line) == ("s/util/a.py", 1)
    assert finding.message.endswith("; 1 more like it")


def test_a_new_user_of_a_way_that_others_of_its_part_use_is_not_blamed() -> None:
    contract = 'type = "layers"\nlayers = ["s.web", "s.core"]\n'
    base = {**TREE, "s/core/a.py": "import s.util.a\n", "s/util/a.py": "import s.web.a\n"}
    assert places(contract, base, {**base, "s/core/b.py": "import s.util.a\n"}) == []


@pytest.mark.parametrize(
    ("contract", "base", "head"),
    [
        ("independent", {"s/web/a.py": "import s.core.a\n"}, {"s/core/a.py": "import s.web.a\n"}),
        ("independent", {"s/web/a.py": "import s.core.a\n"}, {"s/web/b.py": "import s.core.a\n"}),
        ("independent", {"s/web/a.py": "import s.core.a\n"}, {"s/web/a.py": "import s.core.b\n"}),
        (
            "independent",
            {"s/web/a.py": "import s.core.a\n"},
            {"s/web/a.py": "import s.util.a\n", "s/util/a.py": "import s.core.a\n"},
        ),
        ("protected", {"s/mail/a.py": "import s.core.a\n"}, {"s/mail/b.py": "import s.core.a\n"}),
        ("public", {"s/mail/a.py": "import s.core.a\n"}, {"s/mail/b.py": "import s.core.a\n"}),
        ("public", {"s/mail/a.py": "from s.core.a import f\n"}, {"s/mail/a.py": "from s.core.b import f\n"}),
        ("frozen", {"s/mail/a.py": "import s.old.a\n"}, {"s/mail/b.py": "import s.old.b\n"}),
        ("frozen", {"s/mail/a.py": "import s.old.a\n"}, {"s/mail/a.py": "import s.old.a, s.old.b\n"}),
        ("acyclic", {"s/web/a.py": "import s.core.a\n", "s/core/b.py": "import s.web.b\n"}, {"s/core/a.py": "import s.web.b\n", "s/web/b.py": "import s.core.b\n"}),
    ],
)  # fmt: skip
def test_what_only_moves_or_turns_round_is_not_blamed(
    contract: str, base: dict[str, str], head: dict[str, str]
) -> None:
    text = {
        "independent": 'type = "independent"\nmodules = ["s.web", "s.core"]\n',
        "protected": PROTECTED,
        "public": PUBLIC,
        "frozen": FROZEN,
        "acyclic": ACYCLIC,
    }[contract]
    assert places(text, {**TREE, **base}, {**TREE, **head}) == []
    assert places(text, TREE, {**TREE, **head}) != [] or contract == "acyclic"


def test_a_moved_file_takes_its_breaches_along() -> None:
    base = {**TREE, "s/mail/a.py": "import s.core.a\nimport s.web.a\n"}
    head = {path: text for path, text in base.items() if path != "s/mail/a.py"} | {"s/util/c.py": base["s/mail/a.py"]}
    for contract in (PROTECTED, PUBLIC, 'type = "forbidden"\nsource = ["s.util"]\ntarget = ["s.web"]\n'):
        assert places(contract, base, head, {"s/mail/a.py": "s/util/c.py"}) == []


def moved(tree: dict[str, str], old: str, new: str) -> tuple[dict[str, str], dict[str, str]]:
    """(the tree with what begins with one path under another, what was renamed)."""
    renames = {path: path.replace(old, new, 1) for path in tree if path.startswith(old)}
    return {renames.get(path, path): text for path, text in tree.items()}, renames


CORE = {"s/__init__.py": "", "s/core/__init__.py": "", "s/core/a.py": "", "s/core/b.py": "x = 1\n", "s/web/a.py": ""}


@pytest.mark.parametrize(
    ("contract", "old", "new"),
    [
        ('type = "layers"\nlayers = ["s.web", "s.core"]\n', "s/core/", "s/heart/"),
        ('type = "layers"\nlayers = ["s.web.a", "s.core.b"]\n', "s/core/b.py", "s/core/c.py"),
        ('type = "layers"\nlayers = ["s.web", "s.core"]\n', "s/web/", "s/pages/"),
        ('type = "forbidden"\nsource = ["s.core"]\ntarget = ["s.web"]\n', "s/core/", "kernel/"),
        ('type = "independent"\nmodules = ["s.web", "s.core"]\n', "s/core/", "s/heart/"),
        ('type = "allowed"\nmodules = { "s.core" = [], "s.web" = ["s.core"] }\n', "s/core/", "s/heart/"),
        ('type = "protected"\nmodules = ["s.web"]\n', "s/web/", "s/pages/"),
        ('type = "public"\nmodules = ["s.web"]\n', "s/web/", "s/pages/"),
        ('type = "frozen"\nmodules = ["s.web"]\n', "s/web/", "s/pages/"),
    ],
)
def test_a_wall_moves_with_what_it_is_about(contract: str, old: str, new: str) -> None:
    """The base's configuration counts, and it knows the old names."""
    head, renames = moved(CORE, old, new)
    assert breaches(contract, CORE, head, renames) == []
    path = next(path for path in head if path.endswith(("/b.py", "/c.py")))
    page = next(path for path in head if path.startswith(("s/web/", "s/pages/")))
    broken = {**head, path: f"{head[path]}import {page[:-3].replace('/', '.')}\n"}
    (finding,) = breaches(contract, CORE, broken, renames)
    assert (finding.path, finding.start_line) == (path, 2)


def test_what_is_deleted_is_no_error_and_what_never_was_is_one() -> None:
    head = {path: text for path, text in CORE.items() if not path.startswith("s/web/")}
    contract = 'type = "layers"\nlayers = ["s.web", "s.core"]\n'
    assert breaches(contract, CORE, head) == []
    with pytest.raises(ConfigError, match="no module here"):
        breaches(contract, head, head)


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        (DEFINED["s/old/a.py"].replace("one", "uno"), []),
        (DEFINED["s/old/a.py"].replace("Two", "Zwei"), []),
        (DEFINED["s/old/a.py"].replace("return 1", "return 2\n\n"), []),
        (DEFINED["s/old/a.py"] + "\n\ndef four(x):\n    return x\n", [("s/old/a.py", 10)]),
        (DEFINED["s/old/a.py"] + "\n    def five(self, x):\n        return x\n", [("s/old/a.py", 9)]),
        ("", []),
    ],
)
def test_frozen_code_may_be_edited_and_renamed_but_not_added_to(after: str, expected: list[tuple[str, int]]) -> None:
    assert places(FROZEN, DEFINED, {**DEFINED, "s/old/a.py": after}) == expected


def test_definitions_may_move_within_what_is_frozen() -> None:
    assert places(FROZEN, DEFINED, {**DEFINED, "s/old/a.py": "", "s/old/c.py": DEFINED["s/old/a.py"]}) == []


def test_frozen_packages_report_their_progress() -> None:
    base = {**DEFINED, "s/web/a.py": "import s.old.a\n", "s/web/b.py": "import s.old.b\n"}
    (note,) = notes_on(FROZEN, base, {**base, "s/web/b.py": "", "s/old/a.py": "def one():\n    return 1\n"})
    assert note == "contract 'c': importers left: 1 (base 2), lines left: 2 (base 7)"


def test_siblings_in_a_circle_are_told_with_the_way_back() -> None:
    base = {**TREE, "s/web/a.py": "import s.core.a\n", "s/core/b.py": "import s.mail.a\n"}
    (finding,) = breaches(ACYCLIC, base, {**base, "s/mail/b.py": "import s.web.b\n"})
    assert (finding.path, finding.start_line) == ("s/mail/b.py", 1)
    assert "closes s.mail → s.web → s.core → s.mail; contract 'c' says: the children of s" in finding.message
    assert [edge.path for edge in finding.edges] == ["s/mail/b.py", "s/web/a.py", "s/core/b.py"]


def test_circles_are_looked_for_as_deep_as_asked() -> None:
    base = {**TREE, "s/web/a.py": "import s.web.b\n"}
    head = {**base, "s/web/b.py": "import s.web.a\n"}
    assert places(ACYCLIC, base, head) == []
    assert places(ACYCLIC + "depth = 1\n", base, head) == [("s/web/b.py", 1)]
    assert places(ACYCLIC + 'depth = 1\nskip = ["s.web"]\n', base, head) == []
    assert places('type = "acyclic"\nparents = ["s.*"]\n', base, head) == [("s/web/b.py", 1)]


EXCEPT = 'exceptions = [{from = "s.core.*", to = "s.web.**", reason = "until the views move"}]\n'


def test_an_exception_lets_an_import_stand_and_ways_over_it() -> None:
    contract = 'type = "layers"\nlayers = ["s.web", "s.core"]\n'
    head = {**TREE, "s/core/a.py": "import s.web.a\n"}
    assert len(breaches(contract, TREE, head)) == 1
    assert breaches(contract + EXCEPT, TREE, head) == []
    around = EXCEPT.replace("s.core.*", "s.util.a")
    head = {**TREE, "s/core/a.py": "import s.util.a\n", "s/util/a.py": "import s.web.a\n"}
    assert breaches(contract + around, TREE, head) == []
    assert len(breaches(contract + EXCEPT, TREE, head)) == 1


@pytest.mark.parametrize(
    ("contract", "to", "source"),
    [
        (DJANGO, "django.db", "import django.db\n"),
        (PUBLIC.replace("s.core", "s.web"), "s.web.a.f", "from s.web.a import f\n"),
        (PROTECTED.replace('["s.core"]', '["s.web"]').replace('= ["s.web"]\nimp', '= ["s.web"]\nimp'), "s.web.a", "import s.web.a\n"),
        (FROZEN, "s.old.a", "import s.old.a\n"),
    ],
)  # fmt: skip
def test_every_type_knows_exceptions(contract: str, to: str, source: str) -> None:
    exception = f'exceptions = [{{from = "s.core.a", to = "{to}", reason = "old"}}]\n'
    head = {**TREE, "s/core/a.py": source}
    if "protected" in contract:
        contract = contract.replace('importers = ["s.web"]', 'importers = ["s.mail"]')
    assert len(breaches(contract, TREE, head)) == 1
    assert breaches(contract + exception, TREE, head) == []
    assert notes_on(contract + exception, TREE, head)[1 if "frozen" in contract else 0 :] == ()


def test_an_exception_that_neither_tree_needs_is_noted() -> None:
    contract = 'type = "layers"\nlayers = ["s.web", "s.core"]\n' + EXCEPT
    used = {**TREE, "s/core/a.py": "import s.web.a\n"}
    assert notes_on(contract, used, used) == notes_on(contract, used, TREE) == notes_on(contract, TREE, used) == ()
    (note,) = notes_on(contract, TREE, {**TREE, "s/core/a.py": "if TYPE_CHECKING:\n    import s.web.a\n"})
    assert note == (
        "partywall.toml: contract 'c' makes an exception from s.core.* to s.web.**, and no import needs it: remove it"
    )


def test_a_contract_has_a_level() -> None:
    head = {**TREE, "s/core/a.py": "import s.web.a\n"}
    contract = 'type = "layers"\nlayers = ["s.web", "s.core"]\n'
    assert [f.level for f in breaches(contract, TREE, head)] == ["error"]
    assert [f.level for f in breaches(contract + 'level = "info"\n', TREE, head)] == ["info"]


@pytest.mark.parametrize(
    ("contract", "message"),
    [
        ('type = "layers"\nlayers = []\n', "contract 'c' names no module."),
        ('type = "forbidden"\nsource = ["s.core"]\ntarget = ["s.wep"]\n', "names 's.wep', which is no module here; did you mean 's.web'?"),
        ('type = "layers"\nlayers = ["a", "c"]\ncontainers = ["s.*"]\n', "names 's.core.c', which is no module here"),
        ('type = "layers"\nlayers = ["a"]\ncontainers = ["t.*"]\n', "names 't.*', which is no module here"),
        ('type = "layers"\nlayers = ["s.web"]\nexhaustive = true\n', "contract 'c' is exhaustive; `exhaustive` needs `containers`."),
        ('type = "allowed"\nmodules = {"s.web" = ["s.cor"]}\n', "names 's.cor', which is no module here; did you mean 's.core'?"),
        ('type = "public"\nmodules = ["s.core"]\nfriends = ["s.wep"]\n', "names 's.wep'"),
        ('type = "protected"\nmodules = ["s.core"]\nimporters = ["s.wep"]\n', "names 's.wep'"),
        ('type = "acyclic"\nparents = ["t"]\n', "names 't'"),
        ('type = "frozen"\nmodules = ["s.old.*.x"]\n', "names 's.old.*.x'"),
    ],
)  # fmt: skip
def test_a_contract_that_matches_nothing_is_an_error(contract: str, message: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(message)):
        breaches(contract, TREE, TREE)


@pytest.mark.parametrize(
    ("contract", "message"),
    [
        (SIBLINGS.replace("[", "[{modul = []}, ", 1), "partywall.toml: unknown key `contracts[0].layers[0].modul`; did you mean `modules`?"),
        (FROZEN + 'exceptions = [{form = "a", to = "b", reason = "c"}]\n', "partywall.toml: unknown key `contracts[0].exceptions[0].form`; did you mean `from`?"),
        (FROZEN + 'exceptions = [{from = "a", to = "b"}]\n', "partywall.toml: `contracts[0].exceptions[0]`: object missing required field `reason`."),
        (FROZEN + 'exceptions = [{from = "a", to = "b", reason = " "}]\n', "partywall.toml: `contracts[0].exceptions[0].reason` is empty; say why the import may stay."),
        (FROZEN + 'level = "loud"\n', "partywall.toml: `contracts[0].level`: invalid enum value 'loud'; it takes 'error', 'info' or 'warning'."),
        (PUBLIC + "name = []\n", None),
        (FROZEN + "importers = []\n", "partywall.toml: unknown key `contracts[0].importers`; known keys: type, modules, name, scopes, level, exceptions, advice."),
    ],
)  # fmt: skip
def test_mistakes_are_named(contract: str, message: str | None) -> None:
    with pytest.raises(ConfigError) as caught:
        declared(contract)
    assert message is None or str(caught.value) == message
