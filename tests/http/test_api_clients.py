"""POST and PATCH /clients, their terms with providers, and links to sign in by."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from billing_panel.accounts.people.client_models import Client
from billing_panel.kernel.tables.request_keys import RequestKey
from tests.api import ApiClient, json_of
from tests.http.engines import ON_SQLITE
from tests.http.shop import MISSING, WEB_START, basket, eur, problem_of, wrong_fields
from tests.world import World, hold_only

Api = Callable[[str], ApiClient]

NEW: dict[str, Any] = {
    "provider": "nordvik",
    "login": "new.client",
    "name": " New Client  OOD ",
    "kind": "company",
    "country": "BG",
    "email": "office@example.com",
    "accounting_emails": ["a@example.com", "b@example.com"],
    "address": "22 Oborishte St\nfloor 3",
    "post_code": "1504",
    "city": "Sofia",
    "language": "bg",
}
CHANGE = "clients:client:change"
LIMIT, ASSIGN = "clients:credit_limit:change", "clients:group:assign"
BLOCK = "clients:client:block"


@pytest.fixture
def stoyanova(world: World) -> str:
    return f"/clients/{world.client_id('stoyanova')}"


def test_a_client_is_added_with_the_next_number_and_can_be_ordered_for(api: Api) -> None:
    owner = api("owner")
    highest = max(row["account_number"] for row in json_of(owner.get("/clients"))["items"])
    added = json_of(owner.post("/clients", NEW), 201)
    assert added["account_number"] > highest
    assert (added["name"], added["language"]) == ("New Client OOD", "bg")
    assert added["accounting_emails"] == ["a@example.com", "b@example.com"]
    assert added["postal_address"] == {
        "lines": ["22 Oborishte St", "floor 3"],
        "post_code": "1504",
        "city": "Sofia",
        "region": "",
        "country": "BG",
    }
    assert [terms["key"] for terms in added["providers"]] == ["nordvik"]
    path = f"/clients/{added['id']}"
    assert json_of(owner.get(path)) == added
    json_of(owner.post(f"{path}/orders", basket(WEB_START)), 201)
    (user,) = json_of(owner.get(f"{path}/users"))["items"]
    assert (user["login"], user["role"], user["has_password"]) == ("new.client", "owner", False)


REFUSED: list[tuple[dict[str, Any], tuple[str, str]]] = [
    ({"login": "stoyanova"}, ("login", "taken")),
    ({"login": "with space"}, ("login", "login")),
    ({"name": " "}, ("name", "required")),
    ({"country": "Bulgaria"}, ("country", "country")),
    ({"vat_number": "BG1"}, ("vat_number", "vat_number")),
    ({"city": ""}, ("city", "required")),
    ({"accounting_emails": ["nobody"]}, ("accounting_emails", "email")),
    ({"kind": "robot"}, ("kind", "enum")),
    ({"credit_limit": "9"}, ("credit_limit", "unknown_field")),
]


@pytest.mark.parametrize(("change", "wrong"), REFUSED)
def test_a_client_who_is_wrong_is_not_added(
    world: World, api: Api, change: dict[str, Any], wrong: tuple[str, str]
) -> None:
    owner = api("owner")
    before = world.everything()
    assert wrong in wrong_fields(owner.post("/clients", {**NEW, **change}))
    assert world.everything() == before


def test_what_is_sent_of_a_client_is_changed_and_all_else_stays(api: Api, stoyanova: str) -> None:
    owner = api("owner")
    before = json_of(owner.get(stoyanova))
    sent = {"phone": "+359 2 1", "accounting_emails": ["a@example.com"]}
    after = json_of(owner.patch(stoyanova, sent, If_Match=f'"{before["version"]}"'))
    assert after == {**before, **sent, "version": after["version"]}
    stale = owner.patch(stoyanova, {"phone": "1", "version": before["version"]})
    assert problem_of(stale, 409, "stale_version")["current"] == after
    assert wrong_fields(owner.patch(stoyanova, {"login": "other"})) == [("login", "settled")]
    assert json_of(owner.get(stoyanova)) == after


def test_terms_are_changed_each_by_its_function(world: World, api: Api, stoyanova: str) -> None:
    path = f"{stoyanova}/providers/nordvik"
    hold_only(world, "georgi", LIMIT, ASSIGN, BLOCK, "clients:client:read")
    georgi = api("georgi")
    (before,) = json_of(georgi.get(stoyanova))["providers"]
    sent = {"group": "vip", "credit_limit": "77", "blocked_reason": "a chargeback"}
    after = json_of(georgi.patch(path, {**sent, "version": before["version"]}))
    assert after["group"]["key"] == "vip"
    assert (after["credit_limit"], after["blocked"]) == (eur("77.00"), True)
    assert after["blocked_reason"] == "a chargeback"
    assert json_of(georgi.get(stoyanova))["providers"] == [after]
    stale = georgi.patch(path, {"group": None, "version": before["version"]})
    assert problem_of(stale, 409, "stale_version")["current"] == after
    freed = json_of(georgi.patch(path, {"blocked_reason": None, "group": None}))
    assert (freed["blocked"], freed["group"], freed["credit_limit"]) == (False, None, eur("77.00"))


FIELDS = {
    "group": (ASSIGN, "vip"),
    "credit_limit": (LIMIT, "77.00"),
    "blocked_reason": (BLOCK, "because"),
    "blocked_text": (BLOCK, "because"),
}


@pytest.mark.parametrize("field", FIELDS)
def test_a_field_of_the_terms_asks_for_its_function_whatever_it_says(
    world: World, api: Api, stoyanova: str, field: str
) -> None:
    needed, value = FIELDS[field]
    others = {LIMIT, ASSIGN, BLOCK} - {needed}
    hold_only(world, "georgi", *others)
    georgi, path = api("georgi"), f"{stoyanova}/providers/nordvik"
    before = world.everything()
    # what stands there already is refused as well: else the answer would tell it
    for sent in (value, None if field == "group" else "0"):
        answer = problem_of(georgi.patch(path, {field: sent}), 403, "function_not_held")
        assert answer["function"] == needed
    assert world.everything() == before


def test_terms_that_are_wrong_change_nothing(world: World, api: Api, stoyanova: str) -> None:
    owner, path = api("owner"), f"{stoyanova}/providers/nordvik"
    before = world.everything()
    for sent, wrong in (
        ({"group": "nobody"}, ("group", "unknown_group")),
        ({"credit_limit": "-1"}, ("credit_limit", "invalid_amount")),
        ({"blocked_reason": ""}, ("blocked_reason", "required")),
    ):
        assert wrong_fields(owner.patch(path, sent)) == [wrong]
    dollars = {"credit_limit": {"amount": "1", "currency": "USD"}}
    problem_of(owner.patch(path, dollars), 422, "invalid_amount")
    problem_of(owner.patch(f"{stoyanova}/providers/sever", {"group": "vip"}), 404, "not_found")
    assert world.everything() == before


def test_a_client_becomes_one_of_another_provider_too(api: Api, stoyanova: str) -> None:
    owner, path = api("owner"), f"{stoyanova}/providers"
    terms = json_of(owner.post(path, {"provider": "sever"}), 201)
    assert (terms["key"], terms["group"], terms["blocked"]) == ("sever", None, False)
    keys = [one["key"] for one in json_of(owner.get(stoyanova))["providers"]]
    assert keys == ["nordvik", "sever"]
    assert wrong_fields(owner.post(path, {"provider": "sever"})) == [("provider", "taken")]


def test_clients_of_other_providers_do_not_exist(world: World, api: Api) -> None:
    hold_only(world, "olga", *world.panel.known)
    olga = api("olga")
    before = world.everything()
    for client in (world.client_id("stoyanova"), MISSING):
        path = f"/clients/{client}"
        problem_of(olga.patch(path, {"phone": "1"}), 404, "not_found")
        problem_of(olga.patch(f"{path}/providers/nordvik", {"group": None}), 404, "not_found")
        problem_of(olga.post(f"{path}/providers", {"provider": "sever"}), 404, "not_found")
        problem_of(olga.post(f"{path}/sign-in-link", {}), 404, "not_found")
    problem_of(olga.post("/clients", NEW), 404, "not_found")
    # a shared client's own details are for whoever works for all of their providers
    shared = f"/clients/{world.client_id('romashka')}"
    problem_of(olga.patch(shared, {"phone": "1"}), 403, "shared_client")
    assert world.everything() == before


def test_a_link_to_sign_in_by_is_answered_again_and_readable_nowhere_else(
    world: World, api: Api, stoyanova: str
) -> None:
    owner, path = api("owner"), f"{stoyanova}/sign-in-link"
    first = json_of(owner.post(path, {}, Idempotency_Key="one"))
    assert first["link"].startswith("http")
    assert "/choose-password/" in first["link"]
    assert first["mailed_to"] is None
    with world.database.reading() as session:
        kept = [str(row.answer) for row in session.scalars(select(RequestKey))]
    assert kept
    token = first["link"].rpartition("/")[2]
    assert not any(token in answer for answer in kept)
    assert json_of(owner.post(path, {}, Idempotency_Key="one"))["link"] == first["link"]


@ON_SQLITE
def test_nothing_is_written_of_a_client_who_was_forgotten(
    world: World, api: Api, stoyanova: str
) -> None:
    world.change(Client, {"login": "stoyanova"}, erased_at=world.clock.now())
    owner = api("owner")
    before = world.everything()
    for answer in (
        owner.patch(stoyanova, {"phone": "1"}),
        owner.patch(f"{stoyanova}/providers/nordvik", {"group": "vip"}),
        owner.post(f"{stoyanova}/providers", {"provider": "sever"}),
        owner.post(f"{stoyanova}/sign-in-link", {}),
        owner.post(f"{stoyanova}/users", {"login": "one.more"}),
    ):
        problem_of(answer, 409, "client_erased")
    assert world.everything() == before
