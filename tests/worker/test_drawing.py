"""The picture as SVG and as a page: well-formed, complete, the same every time, and names are nothing but text."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings

from tests.support.browser import load, use
from tests.support.graphs import SIDES, graph
from tests.support.repositories import Repo
from worker.cli import main
from worker.drawing import draw
from worker.drawing.picture import Sides

ROOT = Path(__file__).parents[2]
SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = "</script><script>hacked=1</script><img src=x onerror=hacked=1>\"'&\x01\u2028.py"
BOTH = pytest.mark.parametrize("modules", [False, True])


@settings(max_examples=40, deadline=None)
@given(SIDES)
def test_svg_is_xml_with_every_part_and_link(sides: Sides) -> None:
    for modules in (False, True):
        root = ElementTree.fromstring(draw(sides, "svg", "a picture", modules=modules))  # noqa: S314 - our own
        links = [path for path in root.iter(SVG + "path") if path.find(SVG + "title") is not None]
        parts = [group for group in root.iter(SVG + "g") if "part" in group.get("class", "")]
        if modules:
            assert len(parts) == len(sides.modules())
            assert len(links) == len(
                {(e.importer, e.imported) for g in (sides.head, sides.base) if g for e in g.edges()}
            )
        assert all(re.fullmatch(r"M[-\d. ]+([CL][-\d. ]+)+", path.get("d", "")) for path in links)


class Elements(HTMLParser):
    """Collects start tags with their attributes, and fails on an element that is not closed."""

    VOID = ("meta", "input", "img")

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self._open: list[str] = []
        self.feed(page)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag


@settings(max_examples=20, deadline=None)
@given(SIDES)
def test_the_page_is_whole_and_asks_nobody(sides: Sides) -> None:
    page = draw(sides, "html", "a picture", modules=False)
    elements = Elements(page)
    assert not [name for _, attributes in elements.found for name in attributes if name in ("src", "href")]
    assert "default-src 'none'" in page
    assert "://" not in page


@BOTH
def test_hostile_names_stay_text(modules: bool) -> None:
    sides = Sides(graph([f"{HOSTILE} -> b.c"]), graph([f"b.c -> {HOSTILE}"]))
    root = ElementTree.fromstring(draw(sides, "svg", HOSTILE, modules=modules))  # noqa: S314 - our own
    assert not {element.tag for element in root.iter()} & {SVG + "script", SVG + "img"}
    page = draw(sides, "html", HOSTILE, modules=modules)
    assert not [tag for tag, _ in Elements(page).found if tag == "img"]
    assert page.count("<script") == 2
    assert "\u2028" not in page


@BOTH
def test_hostile_names_do_nothing_in_a_browser(modules: bool) -> None:
    page = draw(Sides(graph([f"{HOSTILE} -> b.c", "b.d -> b.c"])), "html", HOSTILE, modules=modules)
    script = """
      search.value = "hacked"; find();
      const found = panel.textContent;
      data.groups.forEach((group, number) => number && reveal(number));
      state.links.forEach((link) => choose({ link }));
      say(JSON.stringify([typeof hacked, document.images.length, found.includes("<img src=x")]));
    """
    assert '["undefined",0,true]' in use(page, script)


CHANGED = Sides(
    graph(["s.web.a -> s.core.x", "s.core.x -> s.web.a lazy", "s.core.y -> s.core.x", "s.mail.m -> s.core.x"]),
    graph(["s.web.a -> s.core.x", "s.core.y -> s.core.x", "s.mail.m -> s.core.x", "s.mail.m -> s.web.a"]),
)


def test_the_page_runs_under_its_own_policy() -> None:
    shown = load(draw(CHANGED, "html", "this against that", modules=False))
    assert "4 modules" in shown
    assert "this against that" in shown


def test_a_click_on_an_arrow_shows_the_imports_behind_it() -> None:
    script = """
      const link = state.links.find((link) => link.kind === "closes");
      const [x0, y0] = link.points, last = link.points.length;
      const middle = [(x0 + link.points[last - 2]) / 2, (y0 + link.points[last - 1]) / 2];
      const at = (x, y) => ({ clientX: canvas.getBoundingClientRect().x + x * state.view.scale + state.view.x,
        clientY: canvas.getBoundingClientRect().y + y * state.view.scale + state.view.y, bubbles: true });
      const click = (x, y) => {
        canvas.dispatchEvent(new PointerEvent("pointerdown", at(x, y)));
        canvas.dispatchEvent(new PointerEvent("pointerup", at(x, y)));
      };
      click(...middle);
      const arrow = panel.textContent;
      const box = state.scene.boxes.get(data.groups.findIndex((group) => group.name === "s.core"));
      click(box.x + 5, box.y + 5);
      say(arrow + " | " + panel.textContent);
    """
    arrow, _, box = use(draw(CHANGED, "html", "", modules=False), script).partition(" | ")
    assert "new, closes a cycle" in arrow
    assert "s/core/x.py:2" in arrow
    assert "s.core.x → s.web.a (lazy)" in arrow
    assert "imports (1)s.web.a +1" in box
    assert "imported by (2)" in box


def test_search_opens_a_component_and_filters_leave_the_change() -> None:
    script = """
      const before = [...state.scene.boxes.keys()].length;
      search.value = "core.y";
      search.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true }));
      const chosen = data.groups[state.chosen.box].name;
      const opened = [...state.scene.boxes.keys()].length;
      document.getElementById("close").click();
      filters[0].click();
      const scale = state.view.scale;
      canvas.dispatchEvent(new WheelEvent("wheel", { deltaY: -300 }));
      say(JSON.stringify([before, chosen, opened, state.links.map((link) => link.kind), state.view.scale > scale]));
    """
    shown = use(draw(CHANGED, "html", "", modules=False), script)
    assert '[3,"s.core.y",5,["removed","back","closes"],true]' in shown


EVERYTHING = """
import sys
from worker.cli import main
for form in ("json", "dot", "mermaid", "svg", "html"):
    for more in ([], ["--modules"], ["--base", "HEAD~1", "--head", "HEAD"]):
        main(["graph", "--repo", sys.argv[1], "--format", form, *more])
"""


def test_the_same_commits_give_the_same_bytes(repo: Repo) -> None:
    repo.commit({"s/web/a.py": "import s.core.b\n", "s/core/b.py": "", "s/mail/c.py": "import s.web.a\n"})
    repo.commit({"s/core/b.py": "import s.web.a\n", "s/core/d.py": "import s.core.b\n", "s/mail/c.py": ""})
    command = [sys.executable, "-c", EVERYTHING, str(repo.folder)]
    found = [
        subprocess.run(
            command, env={**os.environ, "PYTHONHASHSEED": seed}, cwd=ROOT, capture_output=True, check=True
        ).stdout
        for seed in ("1", "2")
    ]
    assert found[0].count(b"</svg>") == found[0].count(b"</html>") == 3
    assert found[0] == found[1]


def graph_of(repo: Repo, capsys: pytest.CaptureFixture[str], *more: str) -> str:
    assert main(["graph", "--repo", str(repo.folder), *more]) == 0
    return capsys.readouterr().out


def test_the_base_is_where_the_branch_began(repo: Repo, capsys: pytest.CaptureFixture[str]) -> None:
    repo.commit({"a.py": "import b\n", "b.py": "", "c.py": ""})
    repo.git("checkout", "--quiet", "-b", "topic")
    repo.commit({"b.py": "import a\n"})
    repo.git("checkout", "--quiet", "main")
    repo.commit({"c.py": "import b\n"})
    dot = graph_of(repo, capsys, "--base", "main", "--head", "topic", "--modules", "--format", "dot")
    assert '"b" -> "a" [color="#cf222e", style=bold];' in dot
    assert '"c"' in dot
    assert '"c" ->' not in dot


def test_uncommitted_work_is_drawn_against_the_base(repo: Repo, capsys: pytest.CaptureFixture[str]) -> None:
    repo.commit({"a.py": "import b\n", "b.py": "", "c.py": ""})
    repo.write({"a.py": "import c\n"})
    mermaid = graph_of(repo, capsys, "--base", "HEAD", "--modules", "--format", "mermaid")
    assert "n0 -.-> n1" in mermaid
    assert "linkStyle 1 stroke:#1a7f37" in mermaid


def test_a_rename_is_no_change(repo: Repo, capsys: pytest.CaptureFixture[str]) -> None:
    long = "".join(f"value_{i} = {i}\n" for i in range(30))
    repo.commit({"p/a.py": "import p.b\n" + long, "p/b.py": "import p.a\n" + long[:200]})
    repo.commit({"p/a.py": None, "p/z.py": "import p.b\n" + long, "p/b.py": "import p.z\n" + long[:200]})
    dot = graph_of(repo, capsys, "--base", "HEAD~1", "--head", "HEAD", "--modules", "--format", "dot")
    assert '"p.z" -> "p.b";' in dot
    assert "color" not in dot


def test_a_base_without_modules_makes_everything_new(repo: Repo, capsys: pytest.CaptureFixture[str]) -> None:
    repo.commit({"README": "nothing yet"})
    repo.commit({"a.py": "import b\n", "b.py": ""})
    dot = graph_of(repo, capsys, "--base", "HEAD~1", "--head", "HEAD", "--modules", "--format", "dot")
    assert '"a" -> "b" [color="#1a7f37", style=bold];' in dot
    assert main(["graph", "--repo", str(repo.folder), "--base", "HEAD", "--head", "HEAD~1"]) == 2
    assert "no Python module" in capsys.readouterr().err


def test_our_own_picture_is_in_the_documents() -> None:
    root = ElementTree.parse(ROOT / "docs" / "components.svg").getroot()  # noqa: S314 - our own
    assert {"bot", "worker"} <= {element.text for element in root.iter(SVG + "text")}
