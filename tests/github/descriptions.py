"""GitHub's own descriptions: OpenAPI for REST and webhooks, a schema for GraphQL."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from graphql import GraphQLSchema, build_ast_schema, parse
from jsonschema.exceptions import ValidationError, best_match
from openapi_core import Config, OpenAPI
from openapi_core.datatypes import RequestParameters
from openapi_core.exceptions import OpenAPIError
from openapi_schema_validator import OAS30Validator
from referencing import Registry
from referencing.jsonschema import DRAFT4
from werkzeug.datastructures import Headers, ImmutableMultiDict

from tests.github.routing import Answer, Request
from tests.support.npm import fetched

OPENAPI = ("@octokit/openapi", "23.0.2")
GRAPHQL = ("@octokit/graphql-schema", "15.26.1")
_HOST = "https://api.github.com"
_LONGEST = 200


class Descriptions:
    """Holds requests, answers, webhooks and GraphQL documents against what GitHub publishes."""

    def __init__(self, openapi: dict[str, Any], graphql: GraphQLSchema) -> None:
        self.graphql = graphql
        self._openapi = OpenAPI.from_dict(openapi, config=Config(spec_validator_cls=None))  # type: ignore[arg-type]
        self._parameters: dict[str, Any] = openapi["components"]["parameters"]
        self._paths = [(re.compile(re.sub(r"\{\w+\}", "[^/]+", path)), each) for path, each in openapi["paths"].items()]
        self._webhooks: dict[str, Any] = openapi["x-webhooks"]
        self._registry = Registry().with_resource("urn:github", DRAFT4.create_resource(openapi))

    @classmethod
    def load(cls, cache: Path) -> Descriptions:
        """From the npm packages, fetched into a cache folder. Raises NotDeliveredError."""
        openapi = fetched(*OPENAPI, cache, only="api.github.com.json")
        graphql = fetched(*GRAPHQL, cache, only="schema.graphql")
        described = json.loads(next(openapi.rglob("api.github.com.json")).read_bytes(), object_hook=_mended)
        # The list of installations is described as if an account were a user and an enterprise at once.
        listed = described["paths"]["/app/installations"]["get"]["responses"]["200"]["content"]["application/json"]
        listed["schema"]["items"] = {"$ref": "#/components/schemas/installation"}
        document = parse(next(graphql.rglob("schema.graphql")).read_text(), no_location=True)
        return cls(described, build_ast_schema(document, assume_valid=True))

    def request_problems(self, request: Request) -> list[str]:
        """What GitHub's description has against a REST request."""
        try:
            self._openapi.validate_request(_Asked(request))
        except OpenAPIError as error:
            return [f"{request.method} {request.path}: {_words(error)}"]
        return [f"{request.method} {request.path}: unknown: {name}" for name in self._unknown(request)]

    def _unknown(self, request: Request) -> list[str]:
        """Names in the query or the body that GitHub would ignore."""
        method = request.method.lower()
        for path, operations in self._paths:
            if method in operations and path.fullmatch(request.path):
                asked = operations[method]
                known = {self._inlined(each)["name"] for each in asked.get("parameters", ())}
                body = asked.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
                given = request.body if isinstance(request.body, dict) and _names(body) else {}
                return [*(set(request.query) - known), *(set(given) - _names(body))]
        return []

    def _inlined(self, parameter: dict[str, Any]) -> Any:
        return self._parameters[parameter["$ref"].rpartition("/")[2]] if "$ref" in parameter else parameter

    def answer_problems(self, request: Request, answer: Answer) -> list[str]:
        """What the description has against an answer of the fake."""
        try:
            self._openapi.validate_response(_Asked(request), _Answered(answer))
        except OpenAPIError as error:
            return [f"{request.method} {request.path} -> {answer.status}: {_words(error)}"]
        return []

    def webhook_problems(self, event: str, action: str | None, payload: Mapping[str, Any]) -> list[str]:
        """What the description has against a webhook of the fake."""
        name = "-".join([event.replace("_", "-"), *([action.replace("_", "-")] if action else [])])
        described = self._webhooks.get(name)
        if described is None:
            return [f"webhook {name}: not described"]
        schema = described["post"]["requestBody"]["content"]["application/json"]["schema"]
        pointer = schema["$ref"]
        validator = OAS30Validator({"$ref": f"urn:github{pointer}"}, registry=self._registry)
        error = best_match(validator.iter_errors(payload))
        return [f"webhook {name}: {_detail(error)}"] if error else []


def _mended(schema: dict[str, Any]) -> dict[str, Any]:
    """A piece of the description as GitHub means it."""
    # What may be null may be so too where its values are listed.
    if schema.get("nullable") is True and "enum" in schema and None not in schema["enum"]:
        schema["enum"].append(None)
    # … or where it may be one of several things.
    for several in ("anyOf", "oneOf"):
        if schema.get("nullable") is True and several in schema:
            schema[several].append({"nullable": True, "enum": [None]})
    # Comments of outdated threads have no line, and comments on files never had one.
    if "diff_hunk" in schema and "original_line" in schema:
        for name in ("position", "line", "original_line"):
            if isinstance(schema[name], dict):
                schema[name]["nullable"] = True
    return schema


def _words(error: BaseException) -> str:
    """What is wrong, and where, without the whole data."""
    current: BaseException | None = error
    while current is not None:
        details = getattr(current, "schema_errors", None)
        if details and (best := best_match(details)):
            return _detail(best)
        current = current.__cause__
    return str(error)[:_LONGEST]


def _detail(error: ValidationError) -> str:
    """The end of a message says what is wrong with the value before it."""
    return f"{error.json_path}: {error.message[-_LONGEST:]}"


def _names(schema: dict[str, Any]) -> set[str]:
    """The properties that a schema describes."""
    inner = [each for key in ("allOf", "anyOf", "oneOf") for each in schema.get(key, ())]
    return set(schema.get("properties", ())).union(*(_names(each) for each in inner))


class _Asked:
    """A request as openapi-core reads it."""

    content_type = "application/json"

    def __init__(self, request: Request) -> None:
        self.host_url = _HOST
        self.path = urlsplit(request.path).path
        self.method = request.method.lower()
        self.body = request.raw or None
        self.parameters = RequestParameters(
            query=ImmutableMultiDict(request.query), header=Headers(list(request.headers.items()))
        )


class _Answered:
    """An answer as openapi-core reads it."""

    content_type = "application/json"

    def __init__(self, answer: Answer) -> None:
        self.status_code = answer.status
        self.headers = Headers(list(answer.headers.items()))
        self.data = json.dumps(answer.body).encode()
