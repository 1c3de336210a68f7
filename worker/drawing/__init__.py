"""Pictures of import graphs and of what a change does to them. Pure: values in, text out."""

from __future__ import annotations

from worker.drawing.picture import Sides, draw_components, draw_modules


def draw(sides: Sides, form: str, caption: str, *, modules: bool) -> str:
    """The graph as `json`, or its components or modules as `dot`, `mermaid`, `svg` or `html`, with a newline at the end.

    caption: a line that says what is drawn, for the forms that people look at.
    """
    from worker.drawing import text

    if form == "json":
        return text.as_json(sides) + "\n"
    if form == "html":
        from worker.drawing.page import as_html

        return as_html(sides, caption, modules=modules)
    picture = draw_modules(sides) if modules else draw_components(sides)
    if form == "svg":
        from worker.drawing.groups import tree
        from worker.drawing.plan import plan_components, plan_modules
        from worker.drawing.svg import as_svg

        plan = plan_modules(picture, tree(sides.modules())) if modules else plan_components(picture)
        return as_svg(picture, plan, caption)
    drawn = text.as_dot if form == "dot" else text.as_mermaid
    return drawn(picture, counted=not modules) + "\n"
