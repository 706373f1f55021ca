"""The API describes itself: every endpoint says what it takes, answers and refuses."""

import json
from collections import Counter
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from flask import Flask
from flask.testing import FlaskClient

from billing_panel.api.answer_models import ProblemAnswer
from billing_panel.api.description.description_page import resolved
from billing_panel.api.description.documentation_tables import with_tables
from billing_panel.api.description.openapi import path_of
from billing_panel.api.description.subjects import ABOUT
from billing_panel.api.endpoint_declaration import ATTRIBUTE, JSON, Endpoint, endpoints
from billing_panel.api.endpoint_dispatch import PREFIX
from tests.api import json_of
from tests.http.engines import ON_SQLITE
from tests.http.routes import own_rules
from tests.http.visitor import Visitor, assert_nothing_inline, elements

ROOT = Path(__file__).parent.parent.parent
CODE = ("billing_panel", "invoices", "permissions", "plugins")
# whose token it is; list prices for whoever comes by; the description itself; a signature is asked
# there
FOR_EVERYBODY = {
    "/account",
    "/account/notices",
    "/account/sessions",
    "/account/sessions/{session_id}",
    "/account/tokens",
    "/account/tokens/{token_id}",
    "/drafts/{draft_id}",
    "/notices",
    "/notices/read",
    "/me",
    "/providers",
    "/search",
    "/shop/{key}",
    "/openapi.json",
    "/docs",
    "/events",
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
            body = endpoint.body.model_validate_json(json.dumps(endpoint.example))
            # as it is known again by its Idempotency-Key
            body.model_dump_json()
        if endpoint.answer is not None:
            told = operation_of(description, endpoint)["responses"][str(endpoint.status)]
            example = told["content"][JSON]["example"]
            endpoint.answer.model_validate_json(json.dumps(example))


@ON_SQLITE
def test_every_refusal_has_an_example_of_each_of_its_codes(
    app: Flask, browserless: FlaskClient
) -> None:
    description = described(browserless)
    for endpoint in endpoints(app):
        answers = operation_of(description, endpoint)["responses"]
        for status, codes in endpoint.problems.items():
            refusal = resolved(description, answers[str(status)])
            examples = refusal["content"]["application/problem+json"]["examples"]
            assert examples.keys() == set(codes), endpoint.rule
            for code, example in examples.items():
                told = ProblemAnswer.model_validate(example["value"])
                assert (told.status, told.code) == (status, code)
                assert told.detail
            assert ("Retry-After" in refusal.get("headers", ())) is (status in {429, 503})


@ON_SQLITE
def test_headers_are_told_where_they_are_taken_and_answered(
    app: Flask, browserless: FlaskClient
) -> None:
    description = described(browserless)
    for endpoint in endpoints(app):
        operation = operation_of(description, endpoint)
        taken = {resolved(description, one)["name"] for one in operation["parameters"]}
        assert ("Idempotency-Key" in taken) is (endpoint.writes and endpoint.token), endpoint.rule
        assert ("If-Match" in taken) is endpoint.takes_version, endpoint.rule
        answer = operation["responses"][str(endpoint.status)]
        replayed = "Idempotency-Replayed" in answer.get("headers", ())
        assert replayed is (endpoint.writes and endpoint.token), endpoint.rule


@ON_SQLITE
def test_every_subject_says_what_it_is_about(browserless: FlaskClient) -> None:
    tags = described(browserless)["tags"]
    assert [tag["name"] for tag in tags if tag["name"] not in ABOUT] == []


@ON_SQLITE
def test_every_model_has_a_name_of_its_own(browserless: FlaskClient) -> None:
    """Of two of one name each is told apart by its module, which is nobody's business."""
    assert [name for name in described(browserless)["components"]["schemas"] if "__" in name] == []


@ON_SQLITE
def test_nothing_breaks_whoever_was_written_for_the_last_release(
    browserless: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A break takes a new version of the API. At a release: scripts/keep_contract.py keep."""
    monkeypatch.syspath_prepend(ROOT / "scripts")
    kept = json.loads((ROOT / "docs" / "openapi" / "v1.json").read_text(encoding="utf-8"))
    assert len(kept["paths"]) > 60
    assert import_module("contract_breaks").breaks(kept, described(browserless)) == []


@ON_SQLITE
def test_the_description_is_a_page_too_that_loads_nothing_from_elsewhere(
    app: Flask, visit: Callable[..., Visitor]
) -> None:
    page = visit().get(f"{PREFIX}/docs")
    assert (page.status_code, page.mimetype) == (200, "text/html")
    assert_nothing_inline(page)
    found = elements(page)
    ids = [one.attributes["id"] for one in found if "id" in one.attributes]
    assert len(ids) == len(set(ids))
    assert {endpoint.name for endpoint in endpoints(app)} <= set(ids)
    for one in found:
        assert one.tag != "script"
        link = one.attributes.get("href") or one.attributes.get("src") or "/"
        assert link.startswith(("#", "/")), link
        assert not link.startswith("#") or link[1:] in ids, link


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
