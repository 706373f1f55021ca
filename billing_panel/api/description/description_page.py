"""The description as a page for people: what openapi.json says, laid out by a template of ours.

It is in English, as what it shows is.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any

Json = Mapping[str, Any]


@dataclass(frozen=True)
class TypeName:
    """How a type is called; ``model``: the model that tells more of it."""

    words: str
    model: str = ""


@dataclass(frozen=True)
class FieldShown:
    """A field of a model, or a parameter; ``place``: where the parameter is written."""

    name: str
    type: TypeName
    required: bool
    text: str
    place: str = ""


@dataclass(frozen=True)
class AnswerShown:
    """An answer by its status: of what ``model``, and an ``example`` as it is written."""

    status: str
    text: str
    model: str
    example: str


@dataclass(frozen=True)
class OperationShown:
    """An endpoint. ``body``: the model of what it takes; empty: nothing."""

    name: str
    method: str
    path: str
    summary: str
    text: str
    parameters: tuple[FieldShown, ...]
    body: str
    example: str
    answers: tuple[AnswerShown, ...]


@dataclass(frozen=True)
class SubjectShown:
    """Endpoints of one subject."""

    name: str
    text: str
    operations: tuple[OperationShown, ...]


@dataclass(frozen=True)
class ModelShown:
    """A model that bodies and answers are made of."""

    name: str
    text: str
    fields: tuple[FieldShown, ...]


def subjects_shown(description: Json) -> list[SubjectShown]:
    """All endpoints, in the order of the description."""
    texts = {tag["name"]: tag["description"] for tag in description["tags"]}
    told = [
        (operation["tags"][0], _operation(description, path, method, operation))
        for path, methods in description["paths"].items()
        for method, operation in methods.items()
    ]
    told.sort(key=lambda pair: pair[0])
    return [
        SubjectShown(name, texts[name], tuple(operation for _, operation in group))
        for name, group in groupby(told, key=lambda pair: pair[0])
    ]


def models_shown(description: Json) -> list[ModelShown]:
    """All models, by name."""
    schemas = description["components"]["schemas"]
    return [
        ModelShown(name, _prose(schema), tuple(_fields(schema)))
        for name, schema in sorted(schemas.items())
    ]


def _operation(description: Json, path: str, method: str, told: Json) -> OperationShown:
    content = told.get("requestBody", {}).get("content", {})
    body: Json = next(iter(content.values()), {})
    return OperationShown(
        name=told["operationId"],
        method=method.upper(),
        path=path,
        summary=told["summary"],
        text=told["description"],
        parameters=tuple(_parameters(description, told["parameters"])),
        body=type_name(body["schema"]).model if body else "",
        example=_written(body["example"]) if body else "",
        answers=tuple(
            _answer(status, resolved(description, answer))
            for status, answer in told["responses"].items()
        ),
    )


def resolved(description: Json, told: Json) -> Json:
    """What ``told`` refers to, or itself where it refers to nothing."""
    if "$ref" not in told:
        return told
    found: Any = description
    for part in told["$ref"].removeprefix("#/").split("/"):
        found = found[part]
    return found  # type: ignore[no-any-return]


def _parameters(description: Json, told: Iterable[Json]) -> Iterator[FieldShown]:
    for reference in told:
        one = resolved(description, reference)
        text = one.get("description") or one["schema"].get("description", "")
        required = bool(one.get("required"))
        yield FieldShown(one["name"], type_name(one["schema"]), required, text, one["in"])


def _answer(status: str, told: Json) -> AnswerShown:
    content: Json = next(iter(told["content"].values()))
    example = _written(content["example"]) if "example" in content else ""
    model = "" if "examples" in content else type_name(content["schema"]).model
    return AnswerShown(status, told["description"], model, example)


def _fields(schema: Json) -> Iterator[FieldShown]:
    required = schema.get("required", ())
    for name, told in schema.get("properties", {}).items():
        yield FieldShown(name, type_name(told), name in required, told.get("description", ""))


def type_name(schema: Json) -> TypeName:
    """Say what may stand there, in a few words."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return TypeName(name, name)
    if "anyOf" in schema:
        several = [type_name(one) for one in schema["anyOf"]]
        model = next((one.model for one in several if one.model), "")
        return TypeName(" or ".join(one.words for one in several), model)
    if "enum" in schema or "const" in schema:
        values = schema.get("enum", [schema.get("const")])
        return TypeName(" | ".join(json.dumps(value) for value in values))
    if schema.get("type") == "array":
        of = type_name(schema.get("items", {}))
        return TypeName(f"list of {of.words}", of.model)
    return TypeName(schema.get("format") or schema.get("type") or "anything")


def _prose(schema: Json) -> str:
    return str(schema.get("description", "")).replace("``", "`")


def _written(example: object) -> str:
    return json.dumps(example, ensure_ascii=False, indent=2)
