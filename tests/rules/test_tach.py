from __future__ import annotations

import pytest

from rules.config import ConfigError
from rules.contracts.tach import adopt
from rules.layout import find_layout
from rules.manifests import declared_roots
from rules.trees import whole_of
from tests.support.contracts import declared
from tests.support.tach import adopted, breaches, enforced, verdicts

TREE = {f"{part}/{name}.py": "" for part in ("web", "core", "mail") for name in ("a", "b")} | {
    f"{part}/__init__.py": "" for part in ("web", "core", "mail")
}


def modules(*entries: str) -> str:
    return "".join(f"[[modules]]\n{entry}\n" for entry in entries)


WEB, CORE, MAIL = (
    'path = "web"\ndepends_on = ["core"]',
    'path = "core"\ndepends_on = []',
    'path = "mail"\ndepends_on = []',
)
PLAIN = modules(WEB, CORE, MAIL)
LAYERS = 'layers = ["top", "middle", "low"]\n' + modules(
    'path = "web"\nlayer = "top"', 'path = "core"\nlayer = "middle"', 'path = "mail"\nlayer = "low"'
)
CLOSED = LAYERS.replace('"middle", ', '{ name = "middle", closed = true }, ', 1)
SAME = LAYERS.replace('"low"', '"middle"').replace('layers = ["top", "middle", "middle"]', 'layers = ["top", "middle"]')
SHOWN = PLAIN.replace("depends_on = []", "") + '[[interfaces]]\nexpose = ["b.*"]\nfrom = ["web"]\n'


def with_tach(text: str, **sources: str) -> dict[str, str]:
    """The tree with a tach.toml; `core_a="…"` is the source of core/a.py."""
    given = {f"{name.replace('_', '/', 1)}.py": source for name, source in sources.items()}
    return TREE | given | {"tach.toml": text}


@pytest.mark.parametrize(
    ("text", "path", "source", "says", "level"),
    [
        (PLAIN, "core/a.py", "import web.a\n", "`depends_on` of core does not name web", "error"),
        (PLAIN, "core/a.py", "def f():\n    from web import a\n", "`depends_on` of core does not name web", "error"),
        ("[rules]\nlocal_imports = 'warn'\n" + PLAIN, "core/a.py", "try:\n    import web\nexcept E:\n    pass\n", "does not name web", "warning"),
        (modules(WEB.replace("]", ', { path = "mail", deprecated = true }]'), CORE, MAIL), "web/a.py", "import mail\n", "web should no longer depend on mail", "warning"),
        (modules('path = "web"\ncannot_depend_on = ["m*"]', MAIL), "web/a.py", "import mail.a\n", "`cannot_depend_on` of web names mail", "error"),
        (LAYERS, "mail/a.py", "from core import a\n", "mail is in the layer low, core in the higher layer middle", "error"),
        (CLOSED, "web/a.py", "import mail.a\n", "web reaches mail, in the layer low, only through the layer middle", "error"),
        ("layers_explicit_depends_on = true\n" + LAYERS.replace('path = "web"', WEB), "web/a.py", "import mail\n", "`depends_on` of web does not name mail", "error"),
        (SAME.replace('path = "mail"', MAIL), "mail/a.py", "import core\n", "`depends_on` of mail does not name core", "error"),
        (SHOWN, "mail/a.py", "from web.a import x\n", "no interface of web exposes a.x to mail", "error"),
        (SHOWN, "mail/a.py", "from web import *\n", "no interface of web exposes * to mail", "error"),
        (SHOWN + '[[interfaces]]\nexpose = ["a.*"]\nfrom = ["web"]\nvisibility = ["mail"]\nexclusive = true\n', "mail/a.py", "import web.b\n", "no interface of web exposes b to mail", "error"),
        (modules('path = "*"\ndepends_on = []', 'path = "web"\ndepends_on = ["core"]'), "mail/a.py", "import core\n", "`depends_on` of mail does not name core", "error"),
        (modules('path = "web.**"\ndepends_on = []'), "web/a.py", "import web.b\n", "`depends_on` of web.a does not name web.b", "error"),
        (modules('paths = ["web", "core"]\ndepends_on = []'), "web/a.py", "import core.b\n", "`depends_on` of web does not name core", "error"),
        ("root_module = 'allow'\n" + modules(CORE), "web/a.py", "import core.b\n", "`depends_on` of <root> does not name core", "error"),
        ("root_module = 'allow'\n" + modules(CORE), "core/a.py", "import web.b\n", "`depends_on` of core does not name <root>", "error"),
        ("ignore_type_checking_imports = false\n" + PLAIN, "core/a.py", "if TYPE_CHECKING:\n    import web\n", "does not name web", "error"),
        ("include_string_imports = true\n" + PLAIN.replace('"web"', '"web.a"'), "mail/a.py", "import_module('web.a.x')\n", "does not name web.a", "error"),
        (PLAIN, "core/a.py", "import web  # tach-ignore mail\n", "does not name web", "error"),
    ],
)  # fmt: skip
def test_what_tach_forbids_is_found_once(text: str, path: str, source: str, says: str, level: str) -> None:
    base = with_tach(text)
    (finding,) = breaches(base, {**base, path: source})
    assert (finding.path, finding.level) == (path, level)
    assert f"contract 'tach.toml' says: {says}" in finding.message or finding.message.endswith(says)
    verb = "names" if "import_module" in source else "imports"
    assert finding.message.startswith(f"`{path.removesuffix('.py').replace('/', '.')}` now {verb} `")
    assert finding.advice


@pytest.mark.parametrize(
    ("text", "path", "source"),
    [
        (PLAIN, "web/a.py", "import core.b\n"),
        (PLAIN, "core/a.py", "import core.b\nimport elsewhere\n"),
        (PLAIN, "core/a.py", "if TYPE_CHECKING:\n    import web\nelse:\n    import mail\n"),
        (PLAIN, "core/a.py", "import_module('web.a')\n"),
        (PLAIN, "core/a.py", "import web.a  # tach-ignore\n"),
        (PLAIN, "core/a.py", "# tach-ignore(soon gone) x\nfrom web.a import (\n    x,\n)\n"),
        (PLAIN, "core/a.py", "from web.a import (\n    x,  # tach-ignore(soon gone)\n)\n"),
        ("[rules]\nlocal_imports = 'off'\n" + PLAIN, "core/a.py", "if f:\n    import web\n"),
        ("exclude = ['core']\n" + PLAIN, "core/a.py", "import web\n"),
        ("exclude = ['web/a.py']\n" + PLAIN, "core/a.py", "import web.a\n"),
        (modules(WEB, CORE, MAIL + "\nutility = true"), "core/a.py", "import mail.a\n"),
        (modules(WEB, CORE + "\nunchecked = true"), "core/a.py", "import web.a\n"),
        (modules('path = "core"', WEB), "core/a.py", "import web.a\n"),
        (modules(CORE), "core/a.py", "import web.a\n"),
        (modules(CORE), "web/a.py", "import core.a\n"),
        (LAYERS, "web/a.py", "import mail.a\n"),
        (CLOSED, "web/a.py", "import core.a\n"),
        (SHOWN, "mail/a.py", "from web import b\nfrom web.b import c\nimport web\n"),
        (SHOWN + 'visibility = ["core"]\n', "mail/a.py", "from web import a\n"),
        (modules('path = "web"\ndepends_on = ["{core,mail}", "<root>"]', CORE, MAIL), "web/a.py", "import core.a, mail.a\n"),
    ],
)  # fmt: skip
def test_what_tach_allows_is_silent(text: str, path: str, source: str) -> None:
    base = with_tach(text)
    assert breaches(base, {**base, path: source}) == []


def test_old_violations_are_silent_and_a_new_one_is_told_where_it_stands() -> None:
    base = with_tach(PLAIN, core_a="import web.a\n", mail_a="import web.a\n")
    head = {**base, "core/a.py": "x = 1\nimport web.a\nfrom web.a import y\n", "mail/a.py": "import web.a, web.b\n"}
    (finding,) = breaches(base, head)
    assert (finding.path, finding.start_line, finding.key) == ("mail/a.py", 1, ("tach.toml", "mail.a", "web.b"))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"core/a.py": "import web.a\n"}, {"core/a.py": "", "core/b.py": "import web.a\n"}),
        ({"core/a.py": "import web.a\n"}, {"core/a.py": "", "mail/a.py": "", "web/a.py": "import core.a\n"}),
        ({"core/a.py": "from web.a import x\n"}, {"core/a.py": "def f():\n    from web.a import y\n"}),
        ({"core/a.py": "import web.a\n"}, {"core/a.py": "import web.a  # tach-ignore\n"}),
        ({"core/a.py": "import web.a\n"}, {"core/a.py": ""}),
    ],
)
def test_what_only_moves_or_goes_is_no_breach(before: dict[str, str], after: dict[str, str]) -> None:
    base = with_tach(PLAIN) | before
    assert breaches(base, base | after) == []


def test_an_import_that_loses_its_tach_ignore_is_new() -> None:
    base = with_tach(PLAIN, core_a="import web.a  # tach-ignore\n")
    (finding,) = breaches(base, base | {"core/a.py": "import web.a\n"})
    assert finding.path == "core/a.py"


def test_walls_move_with_the_package_that_they_name() -> None:
    base = with_tach(PLAIN, core_a="x = 1\n")
    renames = {f"core/{name}.py": f"heart/{name}.py" for name in ("__init__", "a", "b")}
    head = {path: text for path, text in base.items() if path not in renames} | {
        renames[path]: base[path] for path in renames
    }
    assert breaches(base, head, renames) == []
    (finding,) = breaches(base, head | {"heart/a.py": "x = 1\nimport web.a\n"}, renames)
    assert "`depends_on` of heart does not name web" in finding.message


def test_domains_name_their_modules_from_where_they_are() -> None:
    tree = {f"src/shop/{part}/{name}.py": "" for part in ("web", "core") for name in ("__init__", "a", "b")} | {
        "src/shop/__init__.py": "",
        "src/util.py": "",
        "tach.toml": 'source_roots = ["src"]\n' + modules('path = "util"\ndepends_on = []'),
        "src/shop/web/tach.domain.toml": (
            '[root]\ndepends_on = ["//util"]\n' + modules('path = "a"\ndepends_on = ["<domain_root>", "//shop.core"]')
        ),
        "src/shop/core/tach.domain.toml": (
            '[root]\ndepends_on = []\n[[interfaces]]\nexpose = ["a.*"]\nfrom = ["<domain_root>"]\n'
        ),
    }
    head = tree | {
        "src/shop/web/a.py": "import shop.web.b, shop.core.a\nimport shop.core.b\n",
        "src/shop/web/b.py": "import util, shop.core.a\n",
        "src/shop/core/b.py": "import util\n",
    }
    assert {(finding.path, finding.start_line, finding.message.partition(" says: ")[2]) for finding in breaches(tree, head)} == {
        ("src/shop/web/a.py", 2, "no interface of shop.core exposes b to shop.web.a"),
        ("src/shop/web/b.py", 1, "`depends_on` of shop.web does not name shop.core"),
        ("src/shop/core/b.py", 1, "`depends_on` of shop.core does not name util"),
    }  # fmt: skip


def test_a_stub_of_a_compiled_module_is_a_module() -> None:
    base = with_tach(modules(WEB, CORE, 'path = "core.fast"\ndepends_on = []'))
    for source in ("from core import fast\n", "from core.fast import run\n", "import core.fast\n"):
        (finding,) = breaches(base, base | {"web/a.py": source})
        assert "`depends_on` of web does not name core.fast" in finding.message


def test_imports_across_packages_are_left_to_check_external() -> None:
    one = 'source_roots = ["one", "two"]\n' + modules('path = "x"\ndepends_on = []', 'path = "y"\ndepends_on = []')
    tree = {"tach.toml": one, "one/x.py": "import y\n", "two/y.py": "import x\n"}
    assert len(verdicts(tree)) == 2
    assert verdicts({**tree, "one/pyproject.toml": ""}) == {}


def test_several_projects_have_walls_of_their_own() -> None:
    each = {
        "x/__init__.py": "",
        "y.py": "import x\n",
        "tach.toml": modules('path = "y"\ndepends_on = []', 'path = "x"'),
    }
    tree = {f"{folder}/{path}": text for folder in ("one", "two", "one/below") for path, text in each.items()}
    assert [(one.file, [contract.name for contract in one.contracts]) for one in adopted(tree)] == [
        ("one/tach.toml", ["one/tach.toml"]),
        ("two/tach.toml", ["two/tach.toml"]),
    ]
    (good, broken) = adopted({**tree, "two/tach.toml": "= broken"})
    assert (len(good.contracts), good.notes) == (1, ())
    assert (broken.file, broken.contracts, len(broken.notes)) == ("two/tach.toml", (), 1)
    assert {path for path, _ in verdicts(tree)} >= {"one/y.py"}
    assert list(adopt({"tests/data/tach.toml": b""})) == []
    assert list(adopt({"pyproject.toml": b""})) == []


@pytest.mark.parametrize(
    ("text", "note"),
    [
        ("modules = [", "tach.toml could not be used: it is not valid TOML"),
        ("modules = [{ path = 1 }]", "tach.toml could not be used: `modules[0].path`: expected `str | null`, got `int`"),
        ("[[modules]]\nutility = true", "tach.toml could not be used: an entry of `modules` has no `path`"),
        ("root_module = 'maybe'", "tach.toml could not be used: `root_module`: invalid enum value 'maybe'"),
        ("interfaces = [{ expose = ['('] }]", "tach.toml could not be used: it has a pattern that cannot be read"),
        ("use_regex_matching = true", "tach.toml: `use_regex_matching` is no key of tach that is known here; it is not enforced"),
        ("modules = [{ path = 'a', depend_on = [] }]", "tach.toml: `modules.depend_on` is no key of tach"),
        ("exact = true\n[plugins.django]\nsettings_module = 'a'", "tach.toml: not enforced here but by tach itself: `exact`, `plugins`"),
        ("modules = [{ path = 'a', strict = true }]", "`modules.strict`"),
        ("modules = [{ path = 'a', cannot_depend_on_external = ['b'] }]", "`modules.cannot_depend_on_external`"),
        ("interfaces = [{ expose = [], data_types = 'primitive' }]", "`interfaces.data_types`"),
        ("modules = [{ path = 'a', layer = 'b' }]", "tach refuses this configuration: a is in the layer b, which `layers` does not name"),
        ("modules = [{ path = 'a' }, { path = 'a' }]", "tach refuses this configuration: there are two modules a"),
        ("modules = [{ path = 'a', depends_on = ['b'] }, { path = 'b', visibility = ['c'] }]", "a depends on b, and `visibility` of b does not name it"),
        ("forbid_circular_dependencies = true\nmodules = [{ path = 'a', depends_on = ['b'] }, { path = 'b', depends_on = ['a'] }]", "a and b depend on each other in a circle"),
    ],
)  # fmt: skip
def test_what_cannot_be_enforced_is_noted(text: str, note: str) -> None:
    (found,) = adopted({"tach.toml": text})
    (said,) = found.notes
    assert note in said


def test_a_domain_that_cannot_be_read_leaves_nothing_enforced() -> None:
    (found,) = adopted(with_tach(PLAIN) | {"web/tach.domain.toml": "root = 1"})
    assert found.contracts == ()
    assert found.notes == ("web/tach.domain.toml could not be used: `root`: expected `object | null`, got `int`",)


def test_our_own_configuration_does_not_take_what_only_tach_can_say() -> None:
    with pytest.raises(ConfigError, match="invalid value 'tach'; it takes 'acyclic'"):
        declared('type = "tach"\n')


def test_source_roots_of_tach_are_roots() -> None:
    text = b'source_roots = ["lib", ".", "packages/*"]\n'
    paths = ("back/lib/shop/a.py", "back/manage.py")
    layout = find_layout(paths, ["back/tach.toml"], declared_roots("back/tach.toml", text), lambda _: ())
    assert dict(layout.names) == {"back/lib/shop/a.py": "shop.a", "back/manage.py": "manage"}


def test_a_place_for_shared_code_respects_the_walls() -> None:
    tree = with_tach(PLAIN)
    (walls,) = enforced(whole_of(tree), adopted(tree))
    assert walls.obstacle("core.a", "web.new") == "`depends_on` of core does not name web"
    assert walls.obstacle("web.a", "core.new") is None
    assert walls.obstacle("elsewhere", "web.a") is None
