"""GET /me, /providers, /clients, /clients/{id}, …/balance, …/services; tokens."""

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import delete, select

from billing_panel.accounts.people.sign_in_models import ApiToken
from billing_panel.accounts.people.user_models import User
from billing_panel.accounts.signing_in.api_tokens import create_token
from tests.api import ApiClient, json_of
from tests.http.engines import ON_SQLITE
from tests.http.shop import (
    HUGE,
    MISSING,
    WEB_START,
    all_pages,
    eur,
    place,
    points,
    problem_of,
    rub,
    send,
    wrong_fields,
)
from tests.http.visitor import Visitor
from tests.world import World

Api = Callable[[str], ApiClient]

NORDVIK_CLIENTS = {
    "balkan.media",
    "stoyanova",
    "rhein-labs",
    "texas-pixels",
    "blocked.client",
    "romashka",
}
SEVER_CLIENTS = {"romashka", "ip.vetrov"}


@ON_SQLITE
def test_me_is_whoever_owns_the_token(api: Api) -> None:
    me = json_of(api("georgi").get("/me"))
    assert me == {
        "kind": "staff",
        "login": "georgi",
        "name": "Georgi Dimitrov",
        "client_id": None,
        "functions": [
            "clients:client:read",
            "messages:message:read",
            "messages:message:write",
            "messages:note:write",
            "orders:history:read",
            "orders:order:read",
            "orders:price:read",
        ],
        "providers": ["nordvik"],
    }


@ON_SQLITE
def test_a_clients_token_acts_as_the_client(world: World, api: Api) -> None:
    me = json_of(api("romashka").get("/me"))
    assert (me["kind"], me["client_id"]) == ("client", world.client_id("romashka"))
    assert me["providers"] == ["nordvik", "sever"]


@ON_SQLITE
def test_the_owner_holds_every_function(world: World, api: Api) -> None:
    assert json_of(api("owner").get("/me"))["functions"] == sorted(world.panel.known)


def test_only_providers_in_scope_are_listed(api: Api) -> None:
    def listed(login: str) -> list[str]:
        return [row["key"] for row in json_of(api(login).get("/providers"))["items"]]

    assert listed("maria") == ["nordvik", "sever"]
    assert listed("olga") == ["sever"]
    assert listed("stoyanova") == ["nordvik"]


@ON_SQLITE
def test_a_provider_says_how_it_is_paid_and_what_delivery_costs(api: Api) -> None:
    (sever,) = json_of(api("olga").get("/providers"))["items"]
    assert {name: sever[name] for name in ("key", "name", "country", "currency")} == {
        "key": "sever",
        "name": "Север Облако",
        "country": "RU",
        "currency": "RUB",
    }
    assert sever["prices_include_tax"] is True
    assert [method["key"] for method in sever["payment_methods"]] == [
        "bank_transfer",
        "balance",
        "cash_on_delivery",
    ]
    assert [(row["key"], row["price"]) for row in sever["delivery_services"]] == [
        ("cdek", rub("350.00"))
    ]


def test_clients_are_listed_page_by_page_each_once(api: Api) -> None:
    pages = all_pages(api("maria"), "/clients", limit=3)
    assert [len(page) for page in pages] == [3, 3, 1]
    ids = [row["id"] for page in pages for row in page]
    assert ids == sorted(set(ids))
    assert {row["login"] for page in pages for row in page} == NORDVIK_CLIENTS | SEVER_CLIENTS


@ON_SQLITE
def test_a_last_page_that_is_full_says_that_it_is_the_last(api: Api) -> None:
    assert [len(page) for page in all_pages(api("maria"), "/clients", limit=7)] == [7]


SEEN = {
    "maria": NORDVIK_CLIENTS | SEVER_CLIENTS,
    "georgi": NORDVIK_CLIENTS,
    "olga": SEVER_CLIENTS,
    "owner": NORDVIK_CLIENTS | SEVER_CLIENTS,
    "ip.vetrov": {"ip.vetrov"},
}


def test_clients_outside_the_scope_are_not_listed(api: Api) -> None:
    for login, seen in SEEN.items():
        assert {row["login"] for row in json_of(api(login).get("/clients"))["items"]} == seen


FOUND: list[tuple[dict[str, str], list[str]]] = [
    ({"login": "stoyanova"}, ["stoyanova"]),
    ({"login": "Stoyanova"}, ["stoyanova"]),
    ({"account_number": "100482"}, ["balkan.media"]),
    ({"query": "BALKAN"}, ["balkan.media"]),
    ({"query": "rheinlabs.example"}, ["rhein-labs"]),
    ({"query": "%"}, []),
    ({"query": "_"}, []),
    ({"query": "Ромашка"}, ["romashka"]),
    ({"query": "№ 100 482"}, ["balkan.media"]),
    ({"query": "+49 (221) 555-01-77"}, ["rhein-labs"]),
    ({"query": "balkan", "login": "stoyanova"}, []),
    ({"query": "vetrov", "provider": "nordvik"}, []),
    ({"query": "vetrov", "provider": "sever"}, ["ip.vetrov"]),
    ({"provider": "sever"}, ["romashka", "ip.vetrov"]),
]


def test_clients_are_found(api: Api) -> None:
    maria = api("maria")
    for query, logins in FOUND:
        rows = json_of(maria.get("/clients", **query))["items"]
        assert [row["login"] for row in rows] == logins, query


def test_capitals_do_not_matter_in_any_alphabet(api: Api) -> None:
    maria = api("maria")
    for query, login in (("ромашка", "romashka"), ("СТОЯНОВА", "stoyanova")):
        rows = json_of(maria.get("/clients", query=query))["items"]
        assert [row["login"] for row in rows] == [login]


@ON_SQLITE
def test_an_unknown_filter_is_refused_and_the_known_ones_are_named(api: Api) -> None:
    answer = api("maria").get("/clients", group="vip", sort="name")
    assert wrong_fields(answer) == [("group", "unknown_field"), ("sort", "unknown_field")]
    assert "account_number" in answer.get_json()["errors"][0]["message"]


def test_a_client_is_shown_with_what_holds_between_them_and_each_provider(
    world: World, api: Api
) -> None:
    client_id = world.client_id("blocked.client")
    client = json_of(api("maria").get(f"/clients/{client_id}"))
    # numbers of their states (test_api_clients)
    assert client.pop("version") > 0
    assert client["providers"][0].pop("version") > 0
    assert client == {
        "id": client_id,
        "login": "blocked.client",
        "account_number": 100540,
        "name": "Quiet Harbour Ltd",
        "kind": "company",
        "country": "IE",
        "vat_number": "",
        "registration_number": "",
        "tax_number": "",
        "tax_registration_reason": "",
        "phone": "",
        "email": "hello@quietharbour.example",
        "accounting_emails": [],
        "address": "",
        "delivery_address": "",
        "postal_address": None,
        "postal_delivery_address": None,
        "language": "en",
        "providers": [
            {
                "key": "nordvik",
                "name": "Nordvik Hosting",
                "group": {"key": "retail", "title": "Retail"},
                # she places orders, and sees no balances
                "credit_limit": None,
                "blocked": True,
                "blocked_reason": "Chargeback of 2026-09-03 is open",
                "blocked_text": "A payment has been called back; please write to us",
                "invoice_time": None,
            }
        ],
    }


def test_staff_see_of_a_shared_client_only_their_own_provider(world: World, api: Api) -> None:
    path = f"/clients/{world.client_id('romashka')}"
    keys = {
        login: [row["key"] for row in json_of(api(login).get(path))["providers"]]
        for login in ("olga", "georgi", "maria")
    }
    assert keys == {"olga": ["sever"], "georgi": ["nordvik"], "maria": ["nordvik", "sever"]}


FOREIGN = (("olga", "stoyanova"), ("georgi", "ip.vetrov"), ("stoyanova", "balkan.media"))


def test_a_foreign_client_and_a_missing_one_answer_alike(world: World, api: Api) -> None:
    for login, foreign in FOREIGN:
        caller = api(login)
        for below in ("", "/services", "/orders"):
            seen = caller.get(f"/clients/{world.client_id(foreign)}{below}")
            missing = caller.get(f"/clients/{MISSING}{below}")
            assert problem_of(seen, 404, "not_found") == problem_of(missing, 404, "not_found")


@ON_SQLITE
def test_an_id_that_cannot_be_is_not_found(api: Api) -> None:
    maria = api("maria")
    for number in ("0", "-1", "x", "1.5", "１", HUGE, 10**30, "1/"):
        problem_of(maria.get(f"/clients/{number}"), 404, "not_found")


@ON_SQLITE
def test_the_largest_id_a_database_can_hold_is_looked_for(api: Api) -> None:
    problem_of(api("maria").get(f"/clients/{HUGE - 1}"), 404, "not_found")


def test_a_balance_is_that_with_one_provider(world: World, api: Api) -> None:
    petar = api("petar")
    balkan = json_of(petar.get(f"/clients/{world.client_id('balkan.media')}/balance"))
    assert balkan == {
        "provider": "nordvik",
        "money": eur("1284.50"),
        "points": points(3250),
        "credit_limit": eur("500.00"),
        "debt": eur("0.00"),
    }
    blocked = json_of(petar.get(f"/clients/{world.client_id('blocked.client')}/balance"))
    assert blocked["debt"] == eur("60.00")


def test_with_several_providers_the_balance_needs_one_named(world: World, api: Api) -> None:
    petar, path = api("petar"), f"/clients/{world.client_id('romashka')}/balance"
    refusal = problem_of(petar.get(path), 422, "provider_needed")
    assert "nordvik" in refusal["detail"]
    assert "sever" in refusal["detail"]
    assert json_of(petar.get(path, provider="sever"))["money"] == rub("15000.00")
    assert json_of(petar.get(path, provider="nordvik"))["money"] == eur("0.00")


def test_there_is_no_balance_with_a_provider_they_are_not_a_client_of(
    world: World, api: Api
) -> None:
    path = f"/clients/{world.client_id('stoyanova')}/balance"
    problem_of(api("petar").get(path, provider="sever"), 404, "not_found")
    problem_of(api("petar").get(path, provider="no-such"), 422, "invalid")
    problem_of(api("stoyanova").get(path, provider="sever"), 422, "invalid")


def test_what_was_delivered_is_a_service_the_client_holds(world: World, api: Api) -> None:
    maria, client_id = api("maria"), world.client_id("stoyanova")
    order = place(maria, client_id, {**WEB_START, "quantity": 3})
    line_id = order["lines"][0]["id"]
    path = f"/clients/{client_id}/services"
    assert all_pages(maria, path, limit=2) == [[]]
    json_of(maria.post(f"/orders/{order['id']}/lines/{line_id}/deliver", {}))
    pages = all_pages(maria, path, limit=2)
    assert [len(page) for page in pages] == [2, 1]
    service = dict(pages[0][0])
    assert isinstance(service.pop("id"), int)
    assert service == {
        "tariff": "web-start",
        "title": "Web Start",
        "period": "1 month",
        "since": "2026-11-22T10:00:00+00:00",
        "ends_at": "2026-12-22T10:00:00+00:00",
        "paid_until": None,
        "state": "active",
    }


def test_services_with_another_provider_are_not_seen(world: World, api: Api) -> None:
    owner, client_id = api("owner"), world.client_id("romashka")
    line = {"tariff": "web-start", "period": "1 month"}
    order = place(owner, client_id, line, provider="nordvik", payment_method="cash")
    json_of(owner.post(f"/orders/{order['id']}/lines/{order['lines'][0]['id']}/deliver", {}))
    path = f"/clients/{client_id}/services"
    assert len(json_of(api("georgi").get(path))["items"]) == 1
    assert json_of(api("olga").get(path))["items"] == []


# --- tokens -------------------------------------------------------------------------------------


@ON_SQLITE
@pytest.mark.parametrize(
    "authorization",
    [None, "", "Bearer", "Bearer ", "Bearer bp_made-up", "Basic bWFyaWE6bWFyaWE=", "Bearer привет"],
)
def test_without_a_good_token_nobody_is_known(app: Flask, authorization: str | None) -> None:
    headers = (
        {} if authorization is None else {"Authorization": authorization.encode().decode("latin-1")}
    )
    answer = app.test_client().get("/api/v1/me", headers=headers)
    problem_of(answer, 401, "unauthenticated")
    assert answer.headers["WWW-Authenticate"] == "Bearer"


@ON_SQLITE
def test_a_token_alone_without_its_scheme_is_refused(app: Flask, world: World) -> None:
    token = world.token("maria")
    answer = app.test_client().get("/api/v1/me", headers={"Authorization": token})
    problem_of(answer, 401, "unauthenticated")


def test_a_revoked_token_is_refused_from_the_next_request_on(world: World, api: Api) -> None:
    maria = api("maria")
    json_of(maria.get("/me"))
    with world.database.writing() as session:
        session.execute(delete(ApiToken))
    problem_of(maria.get("/me"), 401, "unauthenticated")


def test_the_token_of_somebody_disabled_is_refused(world: World, api: Api) -> None:
    maria = api("maria")
    world.change(User, {"login": "maria"}, disabled_at=world.clock.now())
    problem_of(maria.get("/me"), 401, "unauthenticated")


@ON_SQLITE
def test_a_token_gives_no_more_than_it_was_made_for(app: Flask, world: World) -> None:
    with world.database.writing() as session:
        user = session.scalars(select(User).filter_by(login="maria")).one()
        token = create_token(
            session,
            user,
            "reads clients",
            functions=["clients:client:read", "balance:balance:read"],
            known=world.panel.known,
            at=world.clock.now(),
        )
    narrow = ApiClient(app.test_client(), token)
    # what maria does not hold herself, her token does not give
    assert json_of(narrow.get("/me"))["functions"] == ["clients:client:read"]
    json_of(narrow.get("/clients"))
    problem_of(narrow.get("/orders"), 403, "function_not_held")


@ON_SQLITE
def test_the_api_takes_no_notice_of_a_browsers_session(
    world: World, visit: Callable[[str], Visitor]
) -> None:
    visitor = visit("owner")
    assert visitor.is_known()
    before = world.everything()
    problem_of(visitor.get("/api/v1/me"), 401, "unauthenticated")
    answer = visitor.http.post(
        f"/api/v1/clients/{world.client_id('stoyanova')}/orders",
        json={"lines": [WEB_START], "payment_method": "cash"},
    )
    problem_of(answer, 401, "unauthenticated")
    assert world.everything() == before


@ON_SQLITE
def test_a_token_is_no_session_for_pages(app: Flask, world: World) -> None:
    headers = {"Authorization": f"Bearer {world.token('owner')}"}
    answer = app.test_client().get("/", headers=headers)
    assert answer.status_code == 302
    assert answer.location.startswith("/sign-in")


# --- addresses ----------------------------------------------------------------------------------


@ON_SQLITE
def test_an_address_that_is_not_there_is_a_problem_too(api: Api) -> None:
    problem_of(api("maria").get("/nothing"), 404, "not_found")


@ON_SQLITE
def test_a_method_that_is_not_offered_names_those_that_are(api: Api) -> None:
    answer = api("maria").post("/me", {})
    problem_of(answer, 405, "method_not_allowed")
    assert "GET" in answer.headers["Allow"]


@ON_SQLITE
def test_answers_are_not_kept_by_whoever_is_between(api: Api) -> None:
    maria = api("maria")
    for answer in (maria.get("/me"), maria.get("/nothing"), send(maria, "HEAD", "/me")):
        assert answer.headers["Cache-Control"] == "no-store"
