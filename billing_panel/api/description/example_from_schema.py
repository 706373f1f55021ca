"""Examples of answers, composed of the examples of their fields."""

from collections.abc import Iterator, Mapping
from typing import Any

Schema = dict[str, Any]

OF_FORMAT = {"date-time": "2026-11-22T10:00:00+00:00", "date": "2026-11-22"}
OF_TYPE = {"string": "…", "integer": 1, "number": 1, "boolean": True, "null": None}


def example_of(schema: Schema, defs: Mapping[str, Schema]) -> Any:
    """A value that fits ``schema``, whose references name ``defs``.

    It is the field's own example, the first value it may have, or the simplest of its type.
    """
    if said := schema.get("examples") or schema.get("enum") or [*_const(schema)]:
        return said[0]
    if "$ref" in schema:
        return example_of(defs[schema["$ref"].rpartition("/")[2]], defs)
    if "anyOf" in schema:
        return example_of(schema["anyOf"][0], defs)
    match schema.get("type"):
        case "object":
            fields = schema.get("properties", {})
            return {name: example_of(fields[name], defs) for name in schema.get("required", ())}
        case "array":
            return [example_of(schema["items"], defs)]
        case kind:
            return OF_FORMAT.get(schema.get("format", ""), OF_TYPE.get(kind or "", {}))


def _const(schema: Schema) -> Iterator[Any]:
    if "const" in schema:
        yield schema["const"]
