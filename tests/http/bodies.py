"""Bodies that fit the routes of the API, made from what each says it takes."""

from typing import Any

from flask import Flask
from pydantic import BaseModel

from billing_panel.api.endpoint_declaration import ATTRIBUTE, Endpoint
from tests.http.routes import Route

# what has to be there for a body to be taken seriously
NAMED: dict[str, Any] = {
    "amount": "1.00",
    "currency": "EUR",
    "lines": [{"tariff": "web-start", "period": "1 month"}],
    "method": "cash",
    "payment_method": "cash",
    "period": "1 month",
    "quantity": 1,
    "reason": "because",
    "tariff": "web-start",
}
PLAIN: dict[str, Any] = {"string": "1", "integer": 1, "boolean": True, "array": [], "object": {}}


def model_of(app: Flask, route: Route) -> type[BaseModel] | None:
    """What the body of a route is read as; None: it reads its bytes itself."""
    adapter = app.url_map.bind("localhost")
    endpoint, _ = adapter.match(route.path, method=route.method)
    declared = getattr(app.view_functions[endpoint], ATTRIBUTE, None)
    return declared.body if isinstance(declared, Endpoint) and declared.token else None


def sample(model: type[BaseModel]) -> dict[str, Any]:
    """A body with a value in every field."""
    schema = model.model_json_schema()
    return {name: _value(name, one, schema) for name, one in schema["properties"].items()}


def _value(name: str, schema: dict[str, Any], whole: dict[str, Any]) -> Any:
    if name in NAMED:
        return NAMED[name]
    if "anyOf" in schema:
        return _value(name, schema["anyOf"][0], whole)
    if "$ref" in schema:
        inner = whole["$defs"][schema["$ref"].rpartition("/")[2]]
        if "enum" in inner:
            return inner["enum"][0]
        return {key: _value(key, one, whole) for key, one in inner["properties"].items()}
    if "enum" in schema:
        return schema["enum"][0]
    return schema.get("const", PLAIN.get(schema.get("type", "string")))
