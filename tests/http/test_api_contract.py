"""What holds of every endpoint of the API alike: a walk over all there are."""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from billing_panel.api.endpoint_declaration import ATTRIBUTE, Endpoint
from tests.api import ApiClient
from tests.http.engines import ON_SQLITE
from tests.http.routes import Route, routes
from tests.http.shop import problem_of, send
from tests.world import World

Api = Callable[[str], ApiClient]
# words that may well find nothing; a page is counted, or begins somewhere
SEARCHED = {"query", "login", "account_number"}
SEARCHED_THERE = {("/outbox", "to")}
WEBHOOK = "/payment-gateways/<gateway>/webhook"


def declared(app: Flask, places: dict[str, Any]) -> list[tuple[Route, Endpoint]]:
    """Every endpoint with the address of something that is there; HEAD goes with GET."""
    by_rule = {
        (rule.rule, method): getattr(app.view_functions[rule.endpoint], ATTRIBUTE)
        for rule in app.url_map.iter_rules()
        if hasattr(app.view_functions[rule.endpoint], ATTRIBUTE)
        for method in rule.methods or ()
    }
    found = routes(app, api=True, **places)
    return [(one, by_rule[one.rule, one.method]) for one in found if one.method != "HEAD"]


def sent(caller: ApiClient, route: Route, endpoint: Endpoint, query: str = "") -> TestResponse:
    """With the example of its body; ``query`` begins with a question mark."""
    body = endpoint.example if endpoint.takes_body else None
    return caller.http.open(
        f"{route.path}{query}",
        method=route.method,
        json=body,
        headers={"Authorization": f"Bearer {caller.token}"},
    )


@ON_SQLITE
def test_a_parameter_that_nobody_knows_is_refused_everywhere(
    app: Flask, world: World, api: Api, places: dict[str, Any]
) -> None:
    owner, before, walked = api("owner"), world.everything(), 0
    for route, endpoint in declared(app, places):
        if endpoint.rule == WEBHOOK:
            # what payment systems add to their address is theirs
            continue
        answer = sent(owner, route, endpoint, "?no_such_parameter=1")
        told = problem_of(answer, 422, "invalid")["errors"]
        assert [(one["field"], one["code"]) for one in told] == [
            ("no_such_parameter", "unknown_field")
        ], route.name
        walked += 1
    assert world.everything() == before
    assert walked >= 90


def filters(endpoint: Endpoint) -> Iterator[str]:
    for name, field in endpoint.query.model_fields.items():
        yield field.alias or name


@ON_SQLITE
def test_a_filter_that_names_nothing_known_is_refused_everywhere(
    app: Flask, world: World, api: Api, places: dict[str, Any]
) -> None:
    owner, before, walked = api("owner"), world.everything(), Counter[str]()
    for route, endpoint in declared(app, places):
        for name in filters(endpoint):
            if name in SEARCHED or (endpoint.rule, name) in SEARCHED_THERE:
                continue
            needed = "&query=x" if endpoint.rule == "/search" else ""
            answer = sent(owner, route, endpoint, f"?{name}=no-such{needed}")
            assert answer.status_code == 422, f"{route.name}?{name}"
            told = problem_of(answer, 422, "invalid")["errors"]
            assert [one["field"] for one in told] == [name], route.name
            walked[name] += 1
    assert world.everything() == before
    assert walked["cursor"] == walked["limit"] - 2 >= 15
    assert walked.keys() >= {"provider", "status", "kind", "state", "stage", "category", "client"}


@ON_SQLITE
def test_a_filter_that_is_sent_twice_is_refused(api: Api) -> None:
    answer = send(api("owner"), "GET", "/orders?stages=new", content_type=None)
    assert answer.status_code == 422
    answer = send(api("owner"), "GET", "/orders?status=paid&status=active", content_type=None)
    assert problem_of(answer, 422, "invalid")["errors"][0]["code"] == "repeated"


@ON_SQLITE
def test_what_the_client_does_not_know_is_refused_like_what_is_not_there(
    world: World, api: Api
) -> None:
    stoyanova = api("stoyanova")
    path = f"/clients/{world.client_id('stoyanova')}/orders"
    for foreign, missing in (
        ({"provider": "sever"}, {"provider": "no-such"}),
        ({"status": "no-such"}, {"status": "neither"}),
    ):
        answers = [stoyanova.get(path, **query).get_json() for query in (foreign, missing)]
        assert answers[0] == answers[1]
    others = api("stoyanova").get("/documents", client=world.client_id("balkan.media"))
    assert others.get_json() == api("stoyanova").get("/documents", client=999_999).get_json()


@ON_SQLITE
def test_every_endpoint_that_changes_something_takes_a_request_key(
    app: Flask, world: World, api: Api, places: dict[str, Any]
) -> None:
    """Sent twice with one key it is done once, and the second answer says that it is the first."""
    owner, done = api("owner"), Counter[str]()
    for number, (route, endpoint) in enumerate(declared(app, places)):
        if not endpoint.writes or not endpoint.token or endpoint.rule in MADE_ANEW:
            continue
        caller = api("stoyanova") if endpoint.rule in OF_CLIENTS else owner
        first = keyed(caller, route, endpoint, f"key-{number}")
        before = world.everything()
        again = keyed(caller, route, endpoint, f"key-{number}")
        assert world.everything() == before, route.name
        assert again.status_code == first.status_code, route.name
        # who may not ask, or of what is not there, is given no answer to keep
        kept = first.status_code not in {403, 404}
        assert again.headers.get("Idempotency-Replayed") == ("true" if kept else None), route.name
        if kept:
            assert again.data == first.data, route.name
        done["kept" if kept else "not kept"] += 1
        done["done"] += first.status_code < 300
    assert done["kept"] >= 40
    assert done["done"] >= 15
    assert done["not kept"] <= 20


# a file, and the log tells of each time
MADE_ANEW = {"/clients/<bigid:client_id>/export"}
# what staff do not do for a client
OF_CLIENTS = {"/orders/<bigid:order_id>/review"}


def keyed(caller: ApiClient, route: Route, endpoint: Endpoint, key: str) -> TestResponse:
    body = endpoint.example if endpoint.takes_body else None
    headers = {"Authorization": f"Bearer {caller.token}", "Idempotency-Key": key}
    return caller.http.open(route.path, method=route.method, json=body, headers=headers)


@ON_SQLITE
def test_a_walk_finds_every_endpoint_that_changes_something(
    app: Flask, places: dict[str, Any]
) -> None:
    """What is no GET and comes without a token is a message of a payment system alone."""
    unsafe = [endpoint for _, endpoint in declared(app, places) if endpoint.writes]
    assert {endpoint.rule for endpoint in unsafe if not endpoint.token} == {WEBHOOK}
    assert len(unsafe) >= 45


@ON_SQLITE
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_asking_changes_nothing(
    app: Flask, world: World, api: Api, places: dict[str, Any], method: str
) -> None:
    owner, before, walked = api("owner"), world.everything(), 0
    for route, endpoint in declared(app, places):
        if not endpoint.writes:
            answer = send(owner, method, route.below_prefix, content_type=None)
            assert answer.status_code in {200, 404, 422}, route.name
            walked += 1
    assert world.everything() == before
    assert walked >= 45


STABLE = re.compile(r"[a-z][a-z0-9_]*")


@ON_SQLITE
def test_codes_are_words_that_stay(app: Flask, places: dict[str, Any]) -> None:
    codes = {
        code
        for _, endpoint in declared(app, places)
        for several in endpoint.problems.values()
        for code in several
    }
    assert len(codes) > 50
    assert [code for code in codes if not STABLE.fullmatch(code)] == []
