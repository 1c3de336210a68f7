"""import-linter's configuration as contracts of ours: what each option means on small trees."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from rules.config import Config
from rules.contracts.adopted import Adopted
from rules.contracts.rule import ContractRule
from rules.contracts.tools import adopted
from rules.model import Finding
from rules.review import notes, review
from rules.trees import Tree, change_of, whole_of

SHOP = {
    "shop/__init__.py": "",
    "shop/web/__init__.py": "",
    "shop/web/views.py": "from shop.core import prices\n",
    "shop/web/forms.py": "def f():\n    from shop import glue\n",
    "shop/core/__init__.py": "",
    "shop/core/prices.py": "from django.db import models\n",
    "shop/types.py": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from shop.mail import send\n",
    "shop/mail/__init__.py": "",
    "shop/mail/send.py": "def f():\n    from shop import glue\n",
    "shop/glue.py": "import shop.web.views\n",
    "shop/cli.py": "import_module('shop.mail.send')\n",
}

HEAD = "[importlinter]\nroot_package = shop\ninclude_external_packages = True\n"


def ini(options: str, session: str = HEAD) -> dict[str, bytes]:
    """A configuration with one contract, named c."""
    return {".importlinter": f"{session}[importlinter:contract:c]\nname = c\n{options}".encode()}


def breaches(files: Mapping[str, bytes], tree: Tree = SHOP) -> list[Finding]:
    """The findings about contracts in a whole tree."""
    return list(review(whole_of(tree), Config(), [ContractRule()], "partywall.toml", adopted(files, True)))


def pairs(files: Mapping[str, bytes], tree: Tree = SHOP) -> set[str]:
    """The imports to blame."""
    found = breaches(files, tree)
    return {f"{finding.edges[0].importer} -> {finding.edges[0].imported}" for finding in found}


def whole_notes(files: Mapping[str, bytes], tree: Tree = SHOP) -> list[str]:
    """What is noted about a whole tree, beside how many contracts there are."""
    found = notes(whole_of(tree), Config(), "partywall.toml", adopted(files, True))
    return [note for note in found if "in force" not in note]


@pytest.mark.parametrize(
    ("options", "blamed"),
    [
        ("type = layers\nlayers =\n  shop.web\n  shop.core\n", set()),
        ("type = layers\nlayers =\n  shop.core\n  shop.web\n", {"shop.web.views -> shop.core.prices"}),
        ("type = layers\nlayers =\n  web\n  core\ncontainers = shop\n", set()),
        ("type = layers\nlayers =\n  core\n  web\ncontainers =\n  shop\n", {"shop.web.views -> shop.core.prices"}),
        ("type = layers\nlayers =\n  shop.web | shop.core\n", {"shop.web.views -> shop.core.prices"}),
        ("type = layers\nlayers =\n  shop.web : shop.core\n", set()),
        ("type = layers\nlayers =\n  shop.web\n  (shop.gone)\n  shop.core\n", set()),
        ("type = layers\nlayers =\n  shop.web\n  shop.mail\n", {"shop.glue -> shop.web.views"}),
        ("type = layers\nlayers =\n  shop.web\n  shop.mail\nignore_imports =\n  shop.glue -> shop.web.*\n", set()),
        ("type = layers\nlayers =\n  shop.web\n  shop.mail\nignore_imports =\n  shop.* -> shop.web\n", {"shop.glue -> shop.web.views"}),
        ("type = independence\nmodules =\n  shop.web\n  shop.core\n", {"shop.web.views -> shop.core.prices"}),
        ("type = independence\nmodules =\n  shop.web.*\n  shop.core\n", {"shop.glue -> shop.web.views", "shop.web.views -> shop.core.prices"}),
        ("type = forbidden\nsource_modules = shop.core\nforbidden_modules = django\n", {"shop.core.prices -> django"}),
        ("type = forbidden\nsource_modules = shop.web\nforbidden_modules = django\n", {"shop.core.prices -> django"}),
        ("type = forbidden\nsource_modules = shop.web\nforbidden_modules = django\nallow_indirect_imports = True\n", set()),
        ("type = forbidden\nsource_modules = shop.core\nforbidden_modules = django\nignore_imports = shop.core.* -> django\n", set()),
        ("type = forbidden\nsource_modules = shop.core\nforbidden_modules = django\nas_packages = false\n", set()),
        ("type = forbidden\nsource_modules = shop.core.prices\nforbidden_modules = django\nas_packages = false\n", {"shop.core.prices -> django"}),
        ("type = forbidden\nsource_modules = shop.cli\nforbidden_modules = shop.mail\n", set()),
        ("type = protected\nprotected_modules = shop.core\nallowed_importers =\n", {"shop.web.views -> shop.core.prices"}),
        ("type = protected\nprotected_modules = shop.core\nallowed_importers = shop.*\n", set()),
        ("type = protected\nprotected_modules = shop.core\nallowed_importers = shop.web\nas_packages = False\n", set()),
        ("type = protected\nprotected_modules = shop.core.prices\nallowed_importers = shop.web\nas_packages = False\n", {"shop.web.views -> shop.core.prices"}),
        ("type = protected\nprotected_modules = django\nallowed_importers = shop.mail\n", {"shop.core.prices -> django"}),
        ("type = acyclic_siblings\nancestors = shop\n", {"shop.glue -> shop.web.views"}),
        ("type = acyclic_siblings\nancestors = shop.web\n", set()),
    ],
)  # fmt: skip
def test_each_option_means_what_it_means_to_import_linter(options: str, blamed: set[str]) -> None:
    assert pairs(ini(options)) == blamed


def test_type_checking_imports_count_unless_they_are_excluded() -> None:
    options = "type = forbidden\nsource_modules = shop.types\nforbidden_modules = shop.mail\n"
    assert pairs(ini(options)) == {"shop.types -> shop.mail.send"}
    assert pairs(ini(options, HEAD + "exclude_type_checking_imports = True\n")) == set()


def test_depth_and_skipped_descendants_bound_the_search_for_circles() -> None:
    tree = {
        "s/__init__.py": "",
        "s/a/__init__.py": "",
        "s/a/b/__init__.py": "",
        "s/a/b/x.py": "import s.a.b.y\n",
        "s/a/b/y.py": "import s.a.b.x\n",
    }
    session = "[importlinter]\nroot_package = s\n"
    options = "type = acyclic_siblings\nancestors = s\n"
    assert len(breaches(ini(options, session), tree)) == 1
    assert breaches(ini(options + "depth = 1\n", session), tree) == []
    assert len(breaches(ini(options + "depth = 2\n", session), tree)) == 1
    assert breaches(ini(options + "skip_descendants = s.a\n", session), tree) == []


def test_only_what_lies_below_the_root_packages_counts() -> None:
    tree = {
        **SHOP,
        "plug/__init__.py": "",
        "plug/x.py": "import shop.web.views\n",
        "shop/mail/send.py": "import plug.x\n",
    }
    layers = "type = layers\nlayers =\n  shop.web\n  shop.mail\n"
    both = "[importlinter]\nroot_packages =\n  shop\n  plug\n"
    assert pairs(ini(layers, both), tree) == {"plug.x -> shop.web.views"}
    assert pairs(ini(layers), tree) == set()
    outside = "type = forbidden\nsource_modules = shop.mail\nforbidden_modules = plug\n"
    assert pairs(ini(outside), tree) == {"shop.mail.send -> plug"}


def test_an_exhaustive_contract_wants_every_child_of_its_containers() -> None:
    layers = "type = layers\nlayers =\n  cli\n  web\n  core\ncontainers = shop\nexhaustive = true\n"
    found = breaches(ini(layers + "exhaustive_ignores =\n  glue\n  types\n"))
    assert [(finding.path, finding.start_line) for finding in found] == [("shop/mail/__init__.py", 1)]
    assert (
        "`shop.mail` is in no layer; contract 'c' says: whatever lies directly in shop is a layer" in found[0].message
    )
    files = adopted(ini(layers), True)
    new = {**SHOP, "shop/bills.py": ""}
    found = list(review(change_of(SHOP, new), Config(), [ContractRule()], "partywall.toml", files))
    assert [finding.path for finding in found] == ["shop/bills.py"]


TOML = """
[tool.importlinter]
root_packages = ["shop"]
include_external_packages = true

[[tool.importlinter.contracts]]
name = "apart"
type = "independence"
modules = ["shop.web", "shop.core"]

[[tool.importlinter.contracts]]
name = "no django"
type = "forbidden"
source_modules = ["shop.core"]
forbidden_modules = ["django"]
allow_indirect_imports = true
broken_contract_guidance = "Ask the core team."
"""
LAYERS = ini("type = layers\nlayers =\n  shop.core\n  shop.web\n")[".importlinter"]


def test_a_pyproject_says_the_same() -> None:
    found = breaches({"pyproject.toml": TOML.encode()})
    assert {finding.key[0] for finding in found} == {"apart", "no django"}
    advice = next(finding.advice for finding in found if finding.key[0] == "no django")
    assert advice == "Ask the core team. The contract stands in pyproject.toml."


@pytest.mark.parametrize(
    ("files", "chosen"),
    [
        (("setup.cfg", ".importlinter", "pyproject.toml"), "setup.cfg"),
        ((".importlinter", "pyproject.toml"), ".importlinter"),
        (("pyproject.toml",), "pyproject.toml"),
        (("shop/.importlinter", "pyproject.toml"), "pyproject.toml, shop/.importlinter"),
    ],
)
def test_the_file_that_import_linter_would_read_counts(files: tuple[str, ...], chosen: str) -> None:
    contents = {name: TOML.encode() if name.endswith(".toml") else LAYERS for name in files}
    assert ", ".join(one.file for one in adopted(contents, True)) == chosen
    without = {"setup.cfg": b"[metadata]\nname = shop\n", **contents} if "setup.cfg" not in contents else contents
    assert ", ".join(one.file for one in adopted(without, True)) == chosen


def test_a_file_in_a_folder_is_about_the_packages_there() -> None:
    tree = {f"backend/{path}": source for path, source in SHOP.items()} | {"pyproject.toml": ""}
    config = {"backend/.importlinter": LAYERS}
    assert pairs(config, {**tree, "backend/pyproject.toml": ""}) == {"shop.web.views -> shop.core.prices"}
    assert pairs({"frontend/.importlinter": LAYERS}, {**tree, "backend/pyproject.toml": ""}) == set()


@pytest.mark.parametrize(
    ("files", "told"),
    [
        ({".importlinter": b"root_package = shop\n"}, ".importlinter: its contracts are not enforced, because it cannot be read: File contains no section headers"),
        ({"setup.cfg": b"[importlinter]\nroot_package = %(x)s\n"}, "setup.cfg: its contracts are not enforced, because it cannot be read: Bad value substitution"),
        ({"pyproject.toml": b"[tool.importlinter\n"}, "pyproject.toml: its contracts are not enforced, because it cannot be read: Expected ']'"),
        ({"pyproject.toml": b"[tool.importlinter]\nroot_package = 'shop'\ncontracts = 3\n"}, "`contracts` in it an array of tables"),
        ({".importlinter": b"[importlinter]\n"}, ".importlinter: its contracts are not enforced: `root_package` is missing."),
        (ini("type = layers\n"), ".importlinter: contract 'c' is not enforced: `layers` is missing"),
        (ini("type = mine\n"), ".importlinter: contract 'c' is not enforced: its type 'mine' is not one of layers, independence,"),
        (ini("type = layers\nlayers =\n  shop.web | shop.core : shop.mail\n"), "mixes `|` and `:`"),
        (ini("type = layers\nlayers =\n  shop.web\n  shop.web\n"), "'shop.web' is more than one layer"),
        (ini("type = layers\nlayers = shop.*\n"), "the layer 'shop.*' has a wildcard; layers take none"),
        (ini("type = layers\nlayers = web\ncontainers = other\n"), "the container 'other' does not lie in shop"),
        (ini("type = layers\nlayers = shop.web\nexhaustive = true\n"), "`exhaustive` needs `containers`"),
        (ini("type = independence\nmodules = shop.we*\n"), "in 'shop.we*' a wildcard stands for a part of a name"),
        (ini("type = independence\nmodules = shop.**.*\n"), "in 'shop.**.*' wildcards that cannot stand side by side do"),
        (ini("type = independence\nmodules = shop.wep\n"), ".importlinter: contract 'c' names 'shop.wep', which is no module here; did you mean 'shop.web'?"),
        (ini("type = independence\nmodules = shop.web\nignore_imports = shop.web\n"), "`ignore_imports` takes `package.importer -> package.imported`, not 'shop.web'"),
        (ini("type = independence\nmodules = shop.web\nignore_imports = shop.x -> shop.y\n"), "makes an exception from shop.x to shop.y, and no import needs it"),
        (ini("type = forbidden\nsource_modules = shop\nforbidden_modules = django\n", "[importlinter]\nroot_package = shop\n"), "'django' is an external package, which needs `include_external_packages`"),
        (ini("type = forbidden\nsource_modules = shop\nforbidden_modules = django.db\n"), "'django.db' lies in an external package"),
        (ini("type = acyclic_siblings\nancestors = shop\ndepth = all\n"), "`depth` takes a number from 0 on, not 'all'"),
        (ini("type = independence\nmodules = shop.web\nmodule = shop.core\n"), "contract 'c' has an option `module`, not known here"),
    ],
)  # fmt: skip
def test_what_is_not_enforced_is_told_in_one_sentence(files: dict[str, bytes], told: str) -> None:
    found = whole_notes(files)
    assert len(found) == 1
    assert told in found[0]
    assert breaches(files) == []


def test_exceptions_of_no_use_are_told_as_the_file_wants() -> None:
    options = "type = independence\nmodules = shop.web\nignore_imports = shop.x -> shop.y\nunmatched_ignore_imports_alerting = "
    assert len(whole_notes(ini(options + "warn\n"))) == 1
    assert whole_notes(ini(options + "none\n")) == []


def test_one_name_that_is_gone_does_not_put_the_contract_out_of_force() -> None:
    files = ini("type = layers\nlayers =\n  shop.core\n  shop.gone\n  shop.web\n")
    assert pairs(files) == {"shop.web.views -> shop.core.prices"}
    assert len(whole_notes(files)) == 1


def test_a_change_hears_nothing_of_what_was_wrong_before() -> None:
    files = adopted(ini("type = layers\nlayers =\n  shop.gone\n  shop.web\nmystery = 1\n"), True)
    change = change_of(SHOP, {**SHOP, "shop/new.py": ""})
    assert notes(change, Config(), "partywall.toml", files) == ()
    assert len(notes(change, Config(), "partywall.toml", files, [".importlinter"])) == 2
    broken = (Adopted(".importlinter", (), ("it is broken",)),)
    assert notes(change, Config(), "partywall.toml", broken) == ("it is broken",)


def test_tools_can_be_chosen() -> None:
    files = {".importlinter": LAYERS}
    assert len(adopted(files, ("import-linter",))) == len(adopted(files, True)) == 1
    assert adopted(files, ()) == adopted(files, False) == ()
