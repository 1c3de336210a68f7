"""What a change does to a picture, and the picture as JSON, DOT and Mermaid."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings

from tests.support.graphs import SIDES, graph
from worker.drawing import draw
from worker.drawing.picture import Sides, draw_components, draw_modules


def marks(sides: Sides) -> dict[str, str]:
    return {f"{link.importer} -> {link.imported}": link.mark for link in draw_modules(sides).links if link.mark}


@pytest.mark.parametrize(
    ("base", "head", "expected"),
    [
        (["a -> b"], ["a -> b", "b -> a"], {"b -> a": "closes", "a -> b": "back"}),
        (
            ["a -> b", "b -> c"],
            ["a -> b", "b -> c", "c -> a"],
            {"c -> a": "closes", "a -> b": "back", "b -> c": "back"},
        ),
        (["a -> b", "b -> a"], ["a -> b", "b -> a", "a -> c"], {}),
        (["a -> b", "b -> a"], ["a -> b"], {}),
        (["a -> b", "b -> c", "c -> a"], ["a -> b", "b -> c", "c -> a", "b -> a"], {}),
        (["a -> b"], ["a -> b", "b -> a lazy"], {"b -> a": "closes", "a -> b": "back"}),
        (["a -> b"], ["a -> b", "b -> a typing"], {}),
        (["a.b -> c"], ["a.b -> a", "a -> a.b"], {}),
        (["a -> b", "b -> a typing"], ["a -> b", "b -> a"], {"b -> a": "closes", "a -> b": "back"}),
    ],
)
def test_only_what_the_change_closes_is_marked(base: list[str], head: list[str], expected: dict[str, str]) -> None:
    assert marks(Sides(graph(head), graph(base))) == expected


def test_without_a_base_cycles_are_marked() -> None:
    assert marks(Sides(graph(["a -> b", "b -> a", "b -> c", "c -> d", "d -> c typing"]))) == {
        "a -> b": "cycle",
        "b -> a": "cycle",
    }


def test_a_module_that_became_a_package_is_no_change() -> None:
    base = graph(["a -> b", "b -> a"])
    head = graph(["a.x -> b", "b -> a.x"], ["a"])
    sides = Sides(head, base, {"a.x": "a"})
    assert marks(sides) == {}
    assert {(link.state, link.added, link.removed) for link in draw_modules(sides).links} == {("kept", 0, 0)}
    assert {part.state for part in draw_modules(sides).parts} == {"kept"}


def test_components_count_pairs_of_modules() -> None:
    base = graph(["s.web.a -> s.core.x", "s.web.b -> s.core.x", "s.mail.m -> s.core.x"])
    head = graph(["s.web.a -> s.core.x", "s.web.a -> s.core.y", "s.core.y -> s.new.n"], ["s.web.b", "s.mail.m"])
    picture = draw_components(Sides(head, base))
    assert [
        (link.importer, link.imported, link.count, link.added, link.removed, link.state) for link in picture.links
    ] == [
        ("s.core", "s.new", 1, 1, 0, "added"),
        ("s.mail", "s.core", 0, 0, 1, "removed"),
        ("s.web", "s.core", 2, 1, 1, "kept"),
    ]
    assert [(part.name, part.state) for part in picture.parts] == [
        ("s.core", "kept"),
        ("s.mail", "kept"),
        ("s.new", "added"),
        ("s.web", "kept"),
    ]


@settings(deadline=None)
@given(SIDES)
def test_what_comes_and_goes_adds_up(sides: Sides) -> None:
    picture = draw_modules(sides)
    for link in picture.links:
        in_head = link.imported in sides.head.out(link.importer, ("import", "lazy", "typing", "string"))
        assert link.count == in_head
        if sides.base is None:
            assert link.state == "kept"
        else:
            in_base = link.imported in sides.base.out(link.importer, ("import", "lazy", "typing", "string"))
            assert (link.added, link.removed) == (in_head and not in_base, in_base and not in_head)
    same = Sides(sides.head, sides.head)
    assert not any(link.mark or link.added or link.removed for link in draw_components(same).links)


BASE = ["s.web.a -> s.core.x", "s.mail.m -> s.core.x"]
HEAD = ["s.web.a -> s.core.x", "s.core.x -> s.web.a"]


def test_dot_shows_a_change() -> None:
    drawn = draw(Sides(graph(HEAD, ["s.mail.m"]), graph(BASE)), "dot", "", modules=False)
    assert '"s.core" -> "s.web" [label="+1", color="#cf222e", style=bold];' in drawn
    assert '"s.web" -> "s.core" [label=1, color="#cf222e", style=bold];' in drawn
    assert '"s.mail" -> "s.core" [label="−1", color="#8250df", style=dashed];' in drawn


def test_mermaid_shows_a_change() -> None:
    drawn = draw(Sides(graph(HEAD, ["s.mail.m"]), graph(BASE)), "mermaid", "", modules=False)
    assert drawn.splitlines() == [
        "flowchart LR",
        '  n0["s.core"]',
        '  n1["s.mail"]',
        '  n2["s.web"]',
        '  n0 -->|"+1"| n2',
        '  n1 -.->|"−1"| n0',
        "  n2 -->|1| n0",
        "  linkStyle 0 stroke:#cf222e,stroke-width:2px",
        "  linkStyle 1 stroke:#8250df,stroke-width:2px",
        "  linkStyle 2 stroke:#cf222e,stroke-width:2px",
    ]


def test_json_lists_what_came_and_went() -> None:
    content = json.loads(draw(Sides(graph(HEAD), graph(BASE)), "json", "", modules=False))
    assert [edge["importer"] for edge in content["added"]] == ["s.core.x"]
    assert [edge["importer"] for edge in content["removed"]] == ["s.mail.m"]
    assert set(json.loads(draw(Sides(graph(HEAD)), "json", "", modules=False))) == {"modules", "edges"}


def test_names_cannot_break_out_of_dot_and_mermaid() -> None:
    sides = Sides(graph(['a"];\n%%{init}<b>#x -> c\\']))
    dot = draw(sides, "dot", "", modules=True).splitlines()
    assert dot[3:5] == ['  "a\\"];\ufffd%%{init}<b>#x";', '  "c\\\\";']
    mermaid = draw(sides, "mermaid", "", modules=True).splitlines()
    assert mermaid[1:3] == ['  n0["a#34;#93;#59;\ufffd#37;#37;#123;init#125;#60;b#62;#35;x"]', '  n1["c#92;"]']
