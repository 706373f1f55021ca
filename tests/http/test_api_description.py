"""The API describes itself: every endpoint says what it takes, answers and refuses."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import schemathesis
from flask import Flask
from flask.testing import FlaskClient

from billing_panel.api.documentation_tables import with_tables
from billing_panel.api.endpoint_declaration import ATTRIBUTE, JSON, Endpoint, endpoints
from billing_panel.api.openapi import path_of
from billing_panel.api.routes import PREFIX
from tests.api import json_of
from tests.http.engines import ON_SQLITE
from tests.http.routes import own_rules

ROOT = Path(__file__).parent.parent.parent
CODE = ("billing_panel", "invoices", "permissions", "plugins")
# whose token it is; list prices for whoever comes by; the description itself; a signature is asked
# there
FOR_EVERYBODY = {
    "/notices",
    "/notices/read",
    "/me",
    "/providers",
    "/search",
    "/shop/{key}",
    "/openapi.json",
    "/payment-gateways/{gateway}/webhook",
}


def described(visitor: FlaskClient) -> Any:
    return json_of(visitor.get(f"{PREFIX}/openapi.json"))


def operation_of(description: Any, endpoint: Endpoint) -> Any:
    return description["paths"][PREFIX + path_of(endpoint)][endpoint.method.lower()]


@ON_SQLITE
def test_every_address_of_the_api_declares_an_endpoint(app: Flask) -> None:
    of_the_api = [rule for rule in own_rules(app) if rule.rule.startswith(PREFIX)]
    silent = [r.rule for r in of_the_api if not hasattr(app.view_functions[r.endpoint], ATTRIBUTE)]
    assert silent == []
    assert len(endpoints(app)) == len(of_the_api) >= 45


@ON_SQLITE
def test_every_endpoint_says_what_it_does_and_which_function_it_asks_for(app: Flask) -> None:
    for endpoint in endpoints(app):
        assert endpoint.summary.endswith("."), endpoint.rule
        assert endpoint.functions or path_of(endpoint) in FOR_EVERYBODY, endpoint.rule
        assert endpoint.answer is not None or endpoint.media != JSON, endpoint.rule
        assert endpoint.problems, endpoint.rule


@ON_SQLITE
def test_the_examples_of_every_endpoint_are_such_bodies_and_such_answers(
    app: Flask, browserless: FlaskClient
) -> None:
    description = described(browserless)
    for endpoint in endpoints(app):
        if endpoint.takes_body:
            endpoint.body.model_validate_json(json.dumps(endpoint.example))
        if endpoint.answer is not None:
            told = operation_of(description, endpoint)["responses"][str(endpoint.status)]
            example = told["content"][JSON]["example"]
            endpoint.answer.model_validate_json(json.dumps(example))


@ON_SQLITE
def test_every_code_that_an_endpoint_declares_is_one_that_something_raises(app: Flask) -> None:
    declared = {
        code
        for endpoint in endpoints(app)
        for codes in endpoint.errors.values()
        for code in codes
        if not code.startswith("http_")
    }
    sources = "".join(
        file.read_text(encoding="utf-8")
        for folder in CODE
        for file in (ROOT / folder).rglob("*.py")
        if not file.stem.endswith("api") and file.stem not in {"endpoint", "rights"}
    )
    assert len(declared) > 30
    assert {code for code in declared if f'"{code}"' not in sources} == set()


@ON_SQLITE
def test_the_description_is_openapi_3_1_and_needs_no_token(
    app: Flask, browserless: FlaskClient
) -> None:
    description = described(browserless)
    assert description["openapi"].startswith("3.1")
    schemathesis.openapi.from_wsgi(f"{PREFIX}/openapi.json", app).validate()
    operations = [one for path in description["paths"].values() for one in path.values()]
    assert len(operations) == len(endpoints(app))
    names = Counter(operation["operationId"] for operation in operations)
    assert {name for name, times in names.items() if times > 1} == set()
    for operation in operations:
        assert (operation.get("security") == []) is not ("401" in operation["responses"])


@ON_SQLITE
def test_the_tables_of_the_documentation_are_made_of_the_declarations(app: Flask) -> None:
    page = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
    assert page == with_tables(page, endpoints(app)), "run scripts/api_docs.py"
