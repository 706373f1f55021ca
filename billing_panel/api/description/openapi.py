"""The API's description in OpenAPI 3.1, made from the declarations of its endpoints."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from billing_panel.api.answer_models import ProblemAnswer
from billing_panel.api.description.example_from_schema import example_of
from billing_panel.api.description.problem_answers import (
    ANSWERED,
    REPLAYED,
    ProblemAnswers,
    answered_headers,
    header_parameters,
)
from billing_panel.api.description.subjects import ABOUT
from billing_panel.api.endpoint_declaration import JSON, STREAM, Endpoint
from billing_panel.api.request_bodies import NoBody
from billing_panel.kernel.values.id_or_name import MAX_ID

Json = dict[str, Any]
# a model, and whether its schema says what is read or what is written
Moded = tuple[type[Any], JsonSchemaMode]

VERSION = "3.1.1"
PREFIX = "#/components/schemas/"
ARGUMENT = re.compile(r"<(?:(?P<converter>\w+):)?(?P<name>\w+)>")
BEARER = "token"
ABOUT_THE_API = """\
The JSON API of the panel. Send a token as `Authorization: Bearer …`; it is made on the page
*My account*.

Money is a decimal string with its currency, times are RFC 3339 in UTC, refusals are
`application/problem+json` with a stable `code`. Unknown fields and unknown query parameters are
refused.
"""
BY_TOKEN = {
    "type": "http",
    "scheme": "bearer",
    "description": "A token acts as its owner, with no more than the functions it was made for.",
}


def describe_api(endpoints: Sequence[Endpoint], *, prefix: str, version: str) -> Json:
    """The whole description as JSON has it. ``version``: the panel's."""
    schemas, defs = _schemas(endpoints)
    problems = ProblemAnswers(schemas[ProblemAnswer, "serialization"])
    describing = _Describing(schemas, defs, problems)
    paths: dict[str, Json] = {}
    for endpoint in endpoints:
        of_path = paths.setdefault(prefix + path_of(endpoint), {})
        of_path[endpoint.method.lower()] = describing.operation(endpoint)
    # a query's fields are parameters, and an empty body is none
    apart = {NoBody.__name__, *(endpoint.query.__name__ for endpoint in endpoints)}
    return {
        "openapi": VERSION,
        "info": {"title": "Billing panel", "version": version, "description": ABOUT_THE_API},
        # of the panel itself, wherever it is
        "servers": [{"url": "/"}],
        "tags": [
            {"name": name, "description": ABOUT.get(name, name)}
            for name in dict.fromkeys(one.subject for one in endpoints)
        ],
        "paths": paths,
        "components": {
            "schemas": {name: schema for name, schema in defs.items() if name not in apart},
            "parameters": header_parameters(),
            "headers": dict(ANSWERED),
            "responses": dict(sorted(problems.shared.items())),
            "securitySchemes": {BEARER: BY_TOKEN},
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

    def __init__(
        self, references: Mapping[Moded, Json], defs: dict[str, Json], problems: ProblemAnswers
    ) -> None:
        self.references = references
        self.defs = defs
        self.problems = problems

    def operation(self, endpoint: Endpoint) -> Json:
        told: Json = {
            "operationId": endpoint.name,
            "tags": [endpoint.subject],
            "summary": endpoint.summary.replace("``", "`"),
            "description": described(endpoint),
            "x-functions": [*endpoint.functions],
            "parameters": [*self._parameters(endpoint)],
            "responses": {
                str(endpoint.status): self._answer(endpoint),
                **{
                    str(status): self.problems.of(status, codes)
                    for status, codes in endpoint.problems.items()
                },
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
        binary = {"schema": {"type": "string", "format": "binary"}}
        headers = answered_headers(*_answered(endpoint))
        if endpoint.answer is None:
            return {"description": "The file.", **headers, "content": {endpoint.media: binary}}
        schema = self.references[endpoint.answer, "serialization"]
        example = example_of(schema, self.defs)
        text = self._of(endpoint.answer, "serialization").get("description", "The answer.")
        told = {JSON: {"schema": schema, "example": example}}
        content = told | dict.fromkeys(endpoint.files, binary)
        return {"description": text, **headers, "content": content}

    def _of(self, model: type[BaseModel], mode: JsonSchemaMode) -> Json:
        return self.defs[self.references[model, mode]["$ref"].removeprefix(PREFIX)]


def described(endpoint: Endpoint) -> str:
    """What there is to say of it: its own description, or else its summary, and what it asks."""
    said = endpoint.description or endpoint.summary
    return "\n\n".join(filter(None, (said.replace("``", "`"), needed(endpoint))))


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
    if STREAM in endpoint.files:
        yield "Last-Event-ID"


def _answered(endpoint: Endpoint) -> Iterator[str]:
    """Headers that its answer may have."""
    if endpoint.writes and endpoint.token:
        yield REPLAYED
