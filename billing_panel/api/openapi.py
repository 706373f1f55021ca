"""The API's description in OpenAPI 3.1, made from the declarations of its endpoints."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from billing_panel.api.answer_examples import example_of
from billing_panel.api.answer_models import ProblemAnswer
from billing_panel.api.endpoint_declaration import JSON, Endpoint
from billing_panel.api.request_bodies import NoBody
from billing_panel.kernel.tables.request_keys import MAX_KEY
from billing_panel.kernel.values.ids import MAX_ID
from billing_panel.web.requests.problem_json import MEDIA_TYPE

Json = dict[str, Any]
# a model, and whether its schema says what is read or what is written
Moded = tuple[type[Any], JsonSchemaMode]

VERSION = "3.1.1"
PREFIX = "#/components/schemas/"
ARGUMENT = re.compile(r"<(?:(?P<converter>\w+):)?(?P<name>\w+)>")
BEARER = "token"
HEADERS: Mapping[str, Json] = {
    "Accept-Language": {
        "description": "The language of titles and messages: en, ru or bg.",
        "schema": {"type": "string", "examples": ["en"]},
    },
    "Idempotency-Key": {
        "description": "The same key with the same request gets the first answer again.",
        "schema": {"type": "string", "minLength": 1, "maxLength": MAX_KEY},
    },
    "If-Match": {
        "description": "The version that was looked at; it goes before one in the body.",
        "schema": {"type": "string", "pattern": '^"[0-9]{1,18}"$', "examples": ['"3"']},
    },
}
MEANINGS = {
    400: "Malformed",
    401: "No token, or one that no longer works",
    403: "Not allowed for the owner of the token",
    404: "It doesn’t exist, or the caller has no access to it",
    409: "Its state or version has changed",
    413: "Too large",
    414: "The address is too long",
    415: "The body is not JSON",
    422: "Refused by a rule, or fields are wrong",
    429: "Too many requests; see Retry-After",
    503: "Not possible right now; see Retry-After",
}


def describe_api(endpoints: Sequence[Endpoint], *, prefix: str, version: str) -> Json:
    """The whole description as JSON has it. ``version``: the panel's."""
    schemas, defs = _schemas(endpoints)
    describing = _Describing(schemas, defs)
    paths: dict[str, Json] = {}
    for endpoint in endpoints:
        of_path = paths.setdefault(prefix + path_of(endpoint), {})
        of_path[endpoint.method.lower()] = describing.operation(endpoint)
    # a query's fields are parameters, and an empty body is none
    apart = {NoBody.__name__, *(endpoint.query.__name__ for endpoint in endpoints)}
    return {
        "openapi": VERSION,
        "info": {"title": "Billing panel", "version": version},
        "tags": [{"name": name} for name in dict.fromkeys(one.subject for one in endpoints)],
        "paths": paths,
        "components": {
            "schemas": {name: schema for name, schema in defs.items() if name not in apart},
            "parameters": {
                name: {"name": name, "in": "header", "required": False, **told}
                for name, told in HEADERS.items()
            },
            "securitySchemes": {BEARER: {"type": "http", "scheme": "bearer"}},
        },
        "security": [{BEARER: []}],
    }


def path_of(endpoint: Endpoint) -> str:
    """Its address below the prefix, with arguments as ``{order_id}``."""
    return ARGUMENT.sub(lambda found: "{" + found["name"] + "}", endpoint.rule)


def _schemas(endpoints: Sequence[Endpoint]) -> tuple[Mapping[Moded, Json], dict[str, Json]]:
    """A reference for each model, and all the schemas by name."""
    models: dict[Moded, None] = {(ProblemAnswer, "serialization"): None}
    for endpoint in endpoints:
        models.setdefault((endpoint.body, "validation"))
        models.setdefault((endpoint.query, "validation"))
        if endpoint.answer is not None:
            models.setdefault((endpoint.answer, "serialization"))
    references, whole = models_json_schema([*models], ref_template=f"{PREFIX}{{model}}")
    return references, whole["$defs"]


class _Describing:
    """``references`` of models into ``defs``; those of queries are taken apart into parameters."""

    def __init__(self, references: Mapping[Moded, Json], defs: dict[str, Json]) -> None:
        self.references = references
        self.defs = defs

    def operation(self, endpoint: Endpoint) -> Json:
        told: Json = {
            "operationId": endpoint.name,
            "tags": [endpoint.subject],
            "summary": endpoint.summary,
            "description": "\n\n".join(filter(None, (endpoint.description, needed(endpoint)))),
            "x-functions": [*endpoint.functions],
            "parameters": [*self._parameters(endpoint)],
            "responses": {
                str(endpoint.status): self._answer(endpoint),
                **{str(status): self._problem(endpoint, status) for status in endpoint.problems},
            },
        }
        if endpoint.takes_body:
            told["requestBody"] = self._body(endpoint)
        if not endpoint.token:
            told["security"] = []
        return told

    def _parameters(self, endpoint: Endpoint) -> Iterator[Json]:
        for found in ARGUMENT.finditer(endpoint.rule):
            schema = _argument(found["converter"])
            yield {"name": found["name"], "in": "path", "required": True, "schema": schema}
        asked = self._of(endpoint.query, "validation")
        for name, schema in asked.get("properties", {}).items():
            wanted = name in asked.get("required", ())
            yield {"name": name, "in": "query", "required": wanted, "schema": schema}
        yield from ({"$ref": f"#/components/parameters/{name}"} for name in _headers(endpoint))

    def _body(self, endpoint: Endpoint) -> Json:
        schema = self.references[endpoint.body, "validation"]
        required = bool(self._of(endpoint.body, "validation").get("required"))
        return {
            "required": required,
            "content": {JSON: {"schema": schema, "example": endpoint.example}},
        }

    def _answer(self, endpoint: Endpoint) -> Json:
        if endpoint.answer is None:
            binary = {"schema": {"type": "string", "format": "binary"}}
            return {"description": "The file.", "content": {endpoint.media: binary}}
        schema = self.references[endpoint.answer, "serialization"]
        example = example_of(schema, self.defs)
        text = self._of(endpoint.answer, "serialization").get("description", "The answer.")
        return {"description": text, "content": {JSON: {"schema": schema, "example": example}}}

    def _problem(self, endpoint: Endpoint, status: int) -> Json:
        codes = ", ".join(f"`{code}`" for code in endpoint.problems[status])
        schema = self.references[ProblemAnswer, "serialization"]
        return {
            "description": f"{MEANINGS[status]}: {codes}.",
            "content": {MEDIA_TYPE: {"schema": schema}},
        }

    def _of(self, model: type[BaseModel], mode: JsonSchemaMode) -> Json:
        return self.defs[self.references[model, mode]["$ref"].removeprefix(PREFIX)]


def needed(endpoint: Endpoint) -> str:
    """Which functions it asks for, in words; empty: none."""
    names = " or ".join(f"`{name}`" for name in endpoint.functions)
    if names:
        return f"Requires {names}."
    return "" if endpoint.token else "No token is needed."


def _argument(converter: str | None) -> Json:
    if converter == "bigid":
        return {"type": "integer", "minimum": 0, "maximum": MAX_ID, "examples": [17]}
    return {"type": "string", "minLength": 1}


def _headers(endpoint: Endpoint) -> Iterator[str]:
    yield "Accept-Language"
    if endpoint.writes and endpoint.token:
        yield "Idempotency-Key"
    if endpoint.takes_version:
        yield "If-Match"
