"""Exceptions through the API: proposed, decided, named when an order is placed."""

from collections.abc import Callable

import pytest

from billing_panel.accounts.providers import Provider
from permissions.models import StaffFunction
from tests.api import ApiClient, json_of
from tests.http.shop import HUGE, MISSING, basket, problem_of
from tests.world import World, proposed

Api = Callable[[str], ApiClient]
GPU = {"tariff": "gpu-a16", "period": "1 month"}


@pytest.fixture
def georgi(world: World, api: Api) -> ApiClient:
    """He may approve."""
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
    named = basket(GPU, exceptions=[made["id"]])
    problem = problem_of(owner.post(f"{path}/orders", named), 422, "exception_unusable")
    assert [reason["code"] for reason in problem["reasons"]] == ["exception_open"]
    verdict = {"approve": True, "reason": "Agreed"}
    decision = f"/exceptions/{made['id']}/decision"
    problem_of(owner.post(decision, verdict), 403, "own_exception")
    assert json_of(georgi.post(decision, verdict))["state"] == "approved"
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


@pytest.mark.parametrize("number", [MISSING, HUGE, 0, -1])
def test_what_is_no_exception_of_the_client_is_named(world: World, api: Api, number: int) -> None:
    path = f"/clients/{world.client_id('stoyanova')}/orders"
    owner = api("owner")
    before = world.everything()
    problem = problem_of(owner.post(path, basket(GPU, exceptions=[number])), 422, "invalid")
    assert [error["code"] for error in problem["errors"]] == ["unknown_exception"]
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
