"""Our part of the GraphQL schema is a part of GitHub's."""

from __future__ import annotations

from typing import Any

from graphql import GraphQLSchema

from tests.github.descriptions import Descriptions
from tests.github.graphql_server import small_schema


def shape(schema: GraphQLSchema, only: GraphQLSchema) -> dict[str, Any]:
    """The types of all fields and arguments of a schema that the other one has too."""
    found: dict[str, Any] = {}
    for name, small in only.type_map.items():
        if name.startswith("__"):
            continue
        kind = schema.type_map.get(name)
        found[name] = type(kind).__name__
        for field in getattr(small, "fields", {}):
            whole = getattr(kind, "fields", {}).get(field)
            found[f"{name}.{field}"] = whole and str(whole.type)
            for argument in getattr(small.fields[field], "args", {}):  # type: ignore[attr-defined]
                given = whole and whole.args.get(argument)
                found[f"{name}.{field}({argument})"] = given and (str(given.type), given.default_value)
        for value in getattr(small, "values", {}):
            found[f"{name}:{value}"] = value in getattr(kind, "values", {})
        for interface in getattr(small, "interfaces", ()):
            names = {each.name for each in getattr(kind, "interfaces", ())}
            found[f"{name} is {interface.name}"] = interface.name in names
    return found


def test_the_small_schema_agrees_with_githubs(descriptions: Descriptions) -> None:
    ours = small_schema()
    assert shape(descriptions.graphql, ours) == shape(ours, ours)
