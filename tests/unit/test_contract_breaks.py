"""What breaks callers of the API that were written for an older description of it."""

from collections.abc import Callable
from copy import deepcopy
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

SCRIPTS = Path(__file__).parents[2] / "scripts"
Change = Callable[[Any], Any]

OLD: dict[str, Any] = {
    "paths": {
        "/orders": {
            "get": {
                "x-functions": ["orders:read", "orders:print"],
                "parameters": [
                    {
                        "name": "stage",
                        "in": "query",
                        "required": False,
                        "schema": {"type": "string", "enum": ["new", "open"]},
                    }
                ],
                "responses": {
                    "200": {
                        "content": {
                            "application/json": {"schema": {"$ref": "#/components/schemas/Order"}}
                        }
                    }
                },
            },
            "post": {
                "requestBody": {
                    "required": False,
                    "content": {
                        "application/json": {"schema": {"$ref": "#/components/schemas/Body"}}
                    },
                },
                "responses": {},
            },
        }
    },
    "components": {
        "schemas": {
            "Order": {
                "type": "object",
                "required": ["id", "lines"],
                "properties": {
                    "id": {"type": "integer"},
                    "note": {"type": "string"},
                    "lines": {"type": "array", "items": {"$ref": "#/components/schemas/Line"}},
                },
            },
            "Line": {
                "type": "object",
                "required": ["title"],
                "properties": {
                    "title": {"type": "string"},
                    "of": {"anyOf": [{"$ref": "#/components/schemas/Line"}, {"type": "null"}]},
                },
            },
            "Body": {
                "type": "object",
                "required": ["lines"],
                "properties": {
                    "lines": {"type": "array", "items": {"type": "integer", "maximum": 9}},
                    "note": {"anyOf": [{"type": "string"}, {"type": "null"}]},
                },
            },
        }
    },
}


@pytest.fixture
def contract(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(SCRIPTS)
    return import_module("contract_breaks")


def model(new: Any, name: str) -> Any:
    return new["components"]["schemas"][name]


BREAKS: dict[str, Change] = {
    "GET /orders is gone": lambda new: new["paths"]["/orders"].pop("get"),
    "GET /orders: orders:print is not enough any more": lambda new: new["paths"]["/orders"][
        "get"
    ].update({"x-functions": ["orders:read"]}),
    "GET /orders: the parameter stage is gone": lambda new: new["paths"]["/orders"]["get"].update(
        parameters=[]
    ),
    "GET /orders: the parameter stage: open is taken no more": lambda new: new["paths"]["/orders"][
        "get"
    ]["parameters"][0]["schema"].update(enum=["new"]),
    "GET /orders: the parameter stage is required now": lambda new: new["paths"]["/orders"]["get"][
        "parameters"
    ][0].update(required=True),
    "GET /orders: it does not answer 200 any more": lambda new: new["paths"]["/orders"]["get"][
        "responses"
    ].clear(),
    "GET /orders: answer.note: gone": lambda new: model(new, "Order")["properties"].pop("note"),
    "GET /orders: answer.id: not always there any more": lambda new: model(new, "Order").update(
        required=["lines"]
    ),
    "GET /orders: answer.id: may be string now": lambda new: model(new, "Order")[
        "properties"
    ].update(id={"type": "string"}),
    "GET /orders: answer.lines[].title: may be null now": lambda new: model(new, "Line")[
        "properties"
    ].update(title={"anyOf": [{"type": "string"}, {"type": "null"}]}),
    "POST /orders: a body is required now": lambda new: new["paths"]["/orders"]["post"][
        "requestBody"
    ].update(required=True),
    "POST /orders: body.note: required now": lambda new: model(new, "Body").update(
        required=["lines", "note"]
    ),
    "POST /orders: body.note: gone, and refused": lambda new: model(new, "Body")["properties"].pop(
        "note"
    ),
    "POST /orders: body.note: null is taken no more": lambda new: model(new, "Body")[
        "properties"
    ].update(note={"type": "string"}),
    "POST /orders: body.lines[]: maximum is 5 now": lambda new: model(new, "Body")["properties"][
        "lines"
    ]["items"].update(maximum=5),
}


@pytest.mark.parametrize(("said", "change"), BREAKS.items(), ids=list(BREAKS))
def test_a_break_is_told_with_its_place(contract: ModuleType, said: str, change: Change) -> None:
    new = deepcopy(OLD)
    change(new)
    assert contract.breaks(OLD, new) == [said]


ADDITIONS: dict[str, Change] = {
    "a path": lambda new: new["paths"].update({"/more": {"get": {}}}),
    "a parameter": lambda new: new["paths"]["/orders"]["get"]["parameters"].append(
        {"name": "x", "in": "query", "schema": {"type": "string"}}
    ),
    "a field of an answer": lambda new: model(new, "Order")["properties"].update(more={}),
    "a field of a body": lambda new: model(new, "Body")["properties"].update(more={}),
    "a value that is taken": lambda new: new["paths"]["/orders"]["get"]["parameters"][0][
        "schema"
    ].update(enum=["new", "open", "done"]),
    "a function that is enough": lambda new: new["paths"]["/orders"]["get"]["x-functions"].append(
        "orders:list"
    ),
    "a model of another name": lambda new: (
        new["components"]["schemas"].update(Sent=model(new, "Body")),
        new["paths"]["/orders"]["post"]["requestBody"]["content"]["application/json"].update(
            schema={"$ref": "#/components/schemas/Sent"}
        ),
    ),
}


@pytest.mark.parametrize("change", ADDITIONS.values(), ids=list(ADDITIONS))
def test_what_is_added_is_no_break(contract: ModuleType, change: Change) -> None:
    new = deepcopy(OLD)
    change(new)
    assert contract.breaks(OLD, new) == []
