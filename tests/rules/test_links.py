"""The picture of a change: which components it ties closer together, and which it parts."""

from __future__ import annotations

import pytest

from rules.links import changed_links
from rules.model import Link
from rules.trees import change_of

BASE = {
    "shop/__init__.py": "",
    "shop/core/__init__.py": "",
    "shop/core/a.py": "def total():\n    return 1\n",
    "shop/core/b.py": "from shop.core.a import total\n",
    "shop/mail/__init__.py": "",
    "shop/mail/c.py": "from shop.core.a import total\n",
    "shop/web/__init__.py": "",
    "shop/web/d.py": "from shop.core.a import total\nfrom shop.mail import c\n",
}


def head(**files: str | None) -> dict[str, str]:
    """The base with some files changed: `web_d` is shop/web/d.py; None deletes."""
    changed = {f"shop/{name.replace('_', '/')}.py": source for name, source in files.items()}
    return {path: source for path, source in {**BASE, **changed}.items() if source is not None}


@pytest.mark.parametrize(
    ("files", "links"),
    [
        ({}, []),
        ({"core_b": "from shop.core import a\nx = 1\n"}, []),  # within a component
        ({"core_a": "from shop.web import d\n"}, [Link("shop.core", "shop.web", 1, 0)]),
        ({"web_d": "from shop.mail import c\n"}, [Link("shop.web", "shop.core", 0, 1)]),
        ({"web_d": "from shop.core.b import total\nfrom shop.mail import c\n"}, [Link("shop.web", "shop.core", 1, 1)]),
        ({"web_d": None}, [Link("shop.web", "shop.core", 0, 1), Link("shop.web", "shop.mail", 0, 1)]),
        (
            {"web_e": "from shop.mail import c\n", "web_f": "import shop.mail.c\n"},
            [Link("shop.web", "shop.mail", 2, 0)],
        ),
        ({"web_e": "from shop.mail import c\nfrom shop.mail.c import total\n"}, [Link("shop.web", "shop.mail", 1, 0)]),
        ({"web_e": "def f():\n    from shop.mail import c\n"}, [Link("shop.web", "shop.mail", 1, 0)]),
        ({"web_d": BASE["shop/web/d.py"] + "\nimport os, json\n"}, []),  # not of this repository
        ({"web_d": "# moved down\n\n" + BASE["shop/web/d.py"]}, []),
        (
            {"core_a": "from shop.web import d\n", "mail_c": "from shop.web import d\n"},
            [
                Link("shop.core", "shop.web", 1, 0),
                Link("shop.mail", "shop.core", 0, 1),
                Link("shop.mail", "shop.web", 1, 0),
            ],
        ),
    ],
)
def test_changed_links(files: dict[str, str | None], links: list[Link]) -> None:
    assert list(changed_links(change_of(BASE, head(**files)))) == links


def test_the_way_back_parts_what_the_way_there_tied() -> None:
    there = head(core_a="from shop.web import d\n", web_e="from shop.mail import c\n", web_d=None)
    tied, parted = changed_links(change_of(BASE, there)), changed_links(change_of(there, BASE))
    assert tied
    assert parted == tuple(Link(link.importer, link.imported, link.removed, link.added) for link in tied)


def test_a_file_that_only_moves_within_its_component_is_no_news() -> None:
    moved = head(web_d=None, web_e=BASE["shop/web/d.py"])
    assert changed_links(change_of(BASE, moved, {"shop/web/d.py": "shop/web/e.py"})) == ()
    assert changed_links(change_of(BASE, moved)) != ()
