"""Exceptions through the API: proposed, decided, named when an order is placed."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from itertools import product
from typing import Any

import pytest
from werkzeug.test import TestResponse

from billing_panel.accounts.companies.provider_models import Provider
from billing_panel.accounts.people.staff_models import Department
from billing_panel.catalog.models import Tariff
from permissions.models import StaffFunction
from plugins.orders.exceptions.exception_models import OrderException
from tests.api import ApiClient, json_of
from tests.http.shop import HUGE, MISSING, WEB_START, basket, problem_of
from tests.world import World, proposed

Api = Callable[[str], ApiClient]
GPU = {"tariff": "gpu-a16", "period": "1 month"}


@pytest.fixture
def georgi(world: World, api: Api) -> ApiClient:
    """They may approve."""
    world.change(Provider, {"key": "nordvik"}, exceptions_allowed=True)
    staff_id = world.actor("georgi").staff_id
    with world.database.writing() as session:
        function = "orders:exception:approve"
        session.add(StaffFunction(staff_id=staff_id, function=function, on=True))
    return api("georgi")


def test_proposed_approved_and_used(world: World, api: Api, georgi: ApiClient) -> None:
    owner, client_id = api("owner"), world.client_id("stoyanova")
    path = f"/clients/{client_id}"
    wish = {"tariff": "gpu-a16", "restriction": "group_not_allowed", "reason": "A promise"}
    made = json_of(owner.post(f"{path}/exceptions", wish), 201)
    assert (made["state"], made["tariff"], made["quantity"]) == ("open", "gpu-a16", 1)
    assert json_of(georgi.get("/exceptions"))["items"] == [made]
    named = basket(GPU, exceptions=[made["id"]])
    problem = problem_of(owner.post(f"{path}/orders", named), 422, "exception_unusable")
    assert [reason["code"] for reason in problem["reasons"]] == ["exception_open"]
    verdict = {"approve": True, "reason": "Agreed"}
    decision = f"/exceptions/{made['id']}/decision"
    problem_of(owner.post(decision, verdict), 403, "own_exception")
    assert json_of(georgi.post(decision, verdict))["state"] == "approved"
    assert json_of(georgi.get("/exceptions"))["items"] == []
    problem_of(georgi.post(decision, verdict), 409, "already_decided")
    placed = json_of(owner.post(f"{path}/orders", named), 201)["orders"][0]
    kinds = [e["kind"] for e in json_of(owner.get(f"/orders/{placed['id']}/timeline"))["items"]]
    assert "order.exception_used" in kinds
    (listed,) = json_of(georgi.get(f"{path}/exceptions"))["items"]
    assert (listed["state"], listed["order_id"]) == ("used", placed["id"])


def test_a_client_sees_and_uses_none(world: World, api: Api, georgi: ApiClient) -> None:
    number = proposed(world, "stoyanova", "gpu-a16")
    json_of(georgi.post(f"/exceptions/{number}/decision", {"approve": True, "reason": "Agreed"}))
    client, path = api("stoyanova"), f"/clients/{world.client_id('stoyanova')}"
    problem_of(client.get(f"{path}/exceptions"), 403, "function_not_held")
    before = world.everything()
    answer = client.post(f"{path}/orders", basket(GPU, exceptions=[number]))
    problem_of(answer, 422, "exception_unusable")
    problem_of(client.post(f"{path}/orders", basket(GPU)), 422, "not_orderable")
    assert world.everything() == before


@pytest.mark.parametrize(
    ("number", "code"),
    [
        (MISSING, "unknown_exception"),
        (HUGE, "too_large"),
        (0, "unknown_exception"),
        (-1, "unknown_exception"),
    ],
)
def test_what_is_no_exception_of_the_client_is_named(
    world: World, api: Api, number: int, code: str
) -> None:
    path = f"/clients/{world.client_id('stoyanova')}/orders"
    owner = api("owner")
    before = world.everything()
    problem = problem_of(owner.post(path, basket(GPU, exceptions=[number])), 422, "invalid")
    assert [error["code"] for error in problem["errors"]] == [code]
    assert world.everything() == before


@pytest.mark.parametrize(
    ("wish", "field"),
    [
        ({"restriction": "client_blocked"}, "restriction"),
        ({}, "restriction"),
        ({"restriction": "limit_reached", "percent": "5"}, "restriction"),
        ({"percent": "0"}, "percent"),
        ({"percent": "100.1"}, "percent"),
        ({"percent": "ten"}, "percent"),
        ({"percent": "NaN"}, "percent"),
        ({"restriction": "limit_reached", "tariff": "no-such"}, "tariff"),
        ({"restriction": "limit_reached", "reason": "  "}, "reason"),
    ],
)
@pytest.mark.usefixtures("georgi")
def test_what_makes_no_sense_is_refused_and_named(
    world: World, api: Api, wish: dict[str, str], field: str
) -> None:
    body = {"tariff": "gpu-a16", "reason": "A promise", **wish}
    owner = api("owner")
    before = world.everything()
    answer = owner.post(f"/clients/{world.client_id('stoyanova')}/exceptions", body)
    problem = problem_of(answer, 422, "invalid")
    assert [error["field"] for error in problem["errors"]] == [field]
    assert world.everything() == before


def verdict_of(answer: TestResponse) -> tuple[Any, ...]:
    """What is refused, by its codes; or what it costs."""
    told = answer.get_json()
    if answer.status_code == 422:
        reasons = {reason["code"] for reason in told.get("reasons", ())}
        errors = {(error["field"], error["code"]) for error in told.get("errors", ())}
        return told["code"], reasons, errors
    if answer.status_code == 201:
        totals = [order["total"]["amount"] for order in told["orders"]]
        return "orderable", sum(map(Decimal, totals))
    if not told["orderable"]:
        of_lines = [reason for line in told["lines"] for reason in line["reasons"]]
        return "not_orderable", {r["code"] for r in (*told["reasons"], *of_lines)}, set()
    return "orderable", Decimal(told["total"]["amount"])


GPUS: dict[str, Any] = {**GPU, "quantity": 2}
LINES: tuple[tuple[dict[str, Any], ...], ...] = ((GPU,), (GPUS,), (WEB_START,), (GPU, WEB_START))
STATES = ("none", "open", "refused", "lapsed", "foreign", "missing", "granted", "discount", "used")


@pytest.mark.parametrize("method", ["bank_transfer", "points", "cheque"])
def test_a_quote_and_an_order_of_the_same_body_agree(
    world: World, api: Api, georgi: ApiClient, method: str
) -> None:
    owner, client_id = api("owner"), world.client_id("stoyanova")
    path = f"/clients/{client_id}"
    world.change(Department, {"key": "support"}, discount_cap=Decimal(10))
    world.change(Tariff, {"key": "gpu-a16"}, stock=1000)
    verdicts = set()
    for state, lines in product(STATES, LINES):
        named = exceptions_that_are(state, world, georgi)
        if state == "used":
            json_of(owner.post(f"{path}/orders", basket(GPU, exceptions=named)), 201)
        body = {**basket(*lines, exceptions=named), "payment_method": method}
        before = world.everything()
        quoted = verdict_of(owner.post(f"{path}/quote", body))
        assert world.everything() == before, state
        assert verdict_of(owner.post(f"{path}/orders", body)) == quoted, (state, lines)
        verdicts.add(quoted[0])
    assert {"not_orderable", "exception_unusable", "invalid"} & verdicts
    assert ("orderable" in verdicts) is (method == "bank_transfer")


def exceptions_that_are(state: str, world: World, georgi: ApiClient) -> list[int]:
    """Ids of a new one of that state, or of none."""
    if state in {"none", "missing"}:
        return [] if state == "none" else [MISSING]
    client = "balkan.media" if state == "foreign" else "stoyanova"
    wish: dict[str, Any] = {"percent": Decimal(5)} if state == "discount" else {}
    tariff = "web-start" if state == "discount" else "gpu-a16"
    number = proposed(world, client, tariff, **wish)
    if state != "open":
        decision = {"approve": state != "refused", "reason": "As it is"}
        json_of(georgi.post(f"/exceptions/{number}/decision", decision))
    if state == "lapsed":
        over = world.clock.now() - timedelta(seconds=1)
        world.change(OrderException, {"id": number}, expires_at=over)
    return [number]


def test_a_quote_with_an_exception_uses_nothing_up(
    world: World, api: Api, georgi: ApiClient
) -> None:
    owner, path = api("owner"), f"/clients/{world.client_id('stoyanova')}"
    (number,) = exceptions_that_are("granted", world, georgi)
    body = basket(GPU, exceptions=[number])
    assert not json_of(owner.post(f"{path}/quote", basket(GPU)))["orderable"]
    for _ in range(2):
        assert json_of(owner.post(f"{path}/quote", body))["orderable"]
    json_of(owner.post(f"{path}/orders", body), 201)
    problem = problem_of(owner.post(f"{path}/quote", body), 422, "exception_unusable")
    assert [reason["code"] for reason in problem["reasons"]] == ["exception_used"]


def test_a_client_quotes_with_none(world: World, api: Api, georgi: ApiClient) -> None:
    (number,) = exceptions_that_are("granted", world, georgi)
    answer = api("stoyanova").post(
        f"/clients/{world.client_id('stoyanova')}/quote", basket(GPU, exceptions=[number])
    )
    problem_of(answer, 422, "exception_unusable")
