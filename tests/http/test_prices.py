"""Staff without ``orders:price:read`` see orders, and of what they cost nothing anywhere."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from billing_panel.accounts.people.user_models import User
from tests.api import ApiClient, json_of
from tests.http.engines import ON_SQLITE
from tests.http.routes import Route, routes
from tests.http.shop import basket, problem_of, send
from tests.http.visitor import Visitor
from tests.world import World, hold_only

pytestmark = ON_SQLITE
Visit = Callable[..., Visitor]
Api = Callable[[str], ApiClient]

PRICE = "orders:price:read"
# each shows sums of its own: of orders by moving them, balances, documents, carts to be ordered,
# the log, the whole of what is held
BESIDE = {
    "audit:event:export",
    "audit:event:read",
    "balance:balance:credit",
    "balance:balance:debit",
    "balance:balance:read",
    "clients:client:export",
    "finance:payment:read",
    "finance:reminder:read",
    "finance:register:read",
    "invoices:invoice:print",
    "invoices:invoice:read",
    "orders:cart:checkout",
    "orders:order:create",
    "orders:order:pay",
    "orders:payment:record",
    "orders:price:raise",
    "orders:line:edit",
    "payments:payment:refund",
}
# what is sold and for how much, whatever was ordered
CATALOGUE = {
    "GET /api/v1/clients/<bigid:client_id>/catalog",
    "GET /tariffs/<bigid:tariff_id>",
}
RAISED, PAID, BACK = "77.77", "13.37", "3.31"


@pytest.fixture
def dear(world: World, api: Api, places: dict[str, Any]) -> int:
    """The order of ``places``, its price raised, paid a part of it, of which a part came back."""
    order_id: int = places["order_id"]
    owner = api("owner")
    order = json_of(owner.get(f"/orders/{order_id}"))
    (line,) = order["lines"]
    raised = {"unit_price": RAISED, "reason": "dearer now"}
    json_of(owner.post(f"/orders/{order_id}/lines/{line['id']}/price", raised))
    paid = {"method": "cash", "amount": PAID}
    payment = json_of(owner.post(f"/orders/{order_id}/payments", paid), 201)
    back = {"to": "method", "amount": BACK, "reason": "too much"}
    json_of(owner.post(f"/payments/{payment['id']}/refunds", back), 201)
    world.change(User, {"login": "georgi"}, language="en")
    hold_only(world, "georgi", *(world.panel.known - BESIDE - {PRICE}))
    return order_id


def sums_of(told: Any) -> Iterator[str]:
    """Every amount in JSON that is not nothing."""
    if isinstance(told, dict):
        if told.keys() == {"amount", "currency"}:
            yield from [told["amount"]] if float(told["amount"]) else []
        else:
            for value in told.values():
                yield from sums_of(value)
    elif isinstance(told, list):
        for value in told:
            yield from sums_of(value)


@pytest.fixture
def sums(api: Api, dear: int) -> set[str]:
    """All there are of the order, as the owner is told them, but one that tariffs cost too."""
    return {*sums_of(json_of(api("owner").get(f"/orders/{dear}")))} - {"1.00"}


def told_in(answer: TestResponse, sums: set[str]) -> set[str]:
    return {amount for amount in sums if amount in answer.text}


def test_no_amount_of_the_order_is_in_any_answer_without_the_function(
    app: Flask,
    api: Api,
    visit: Visit,
    places: dict[str, Any],
    sums: set[str],
    record_testsuite_property: Callable[[str, object], None],
) -> None:
    assert {RAISED, PAID, BACK} <= sums
    assert len(sums) >= 8
    walked = [r for r in routes(app, api=True, **places) if r.method == "GET"]
    pages = [r for r in routes(app, api=False, **places) if r.method == "GET"]
    georgi, owner = api("georgi"), api("owner")
    their, owners = visit("georgi"), visit("owner")
    told_to_owner = set()
    answers = [
        *((r, got(georgi, r), got(owner, r)) for r in walked),
        *((r, page(their, r), page(owners, r)) for r in pages),
    ]
    for route, answer, whole in answers:
        if route.name in CATALOGUE or not is_text(whole):
            continue
        assert told_in(answer, sums) == set(), route.name
        if told_in(whole, sums):
            told_to_owner.add(route.name)
    record_testsuite_property("GET routes without prices", len(walked) + len(pages))
    assert told_to_owner >= {
        "GET /orders/<bigid:order_id>",
        "GET /clients/<bigid:client_id>/orders",
        "GET /api/v1/orders",
        "GET /api/v1/orders/<bigid:order_id>",
        "GET /api/v1/orders/<bigid:order_id>/invoices",
        "GET /api/v1/orders/<bigid:order_id>/timeline",
        "GET /api/v1/clients/<bigid:client_id>/orders",
    }


def got(api: ApiClient, route: Route) -> TestResponse:
    return send(api, "GET", route.below_prefix)


def is_text(answer: TestResponse) -> bool:
    """And no PDF, picture or font."""
    return answer.mimetype in {"text/html", "text/csv", "application/json"}


def page(visitor: Visitor, route: Route) -> TestResponse:
    return visitor.http.open(route.path, method="GET", buffered=True)


def test_the_order_is_there_all_the_same(api: Api, visit: Visit, dear: int) -> None:
    order = json_of(api("georgi").get(f"/orders/{dear}"))
    assert order["payment_state"] == "partly_paid"
    assert (order["total"], order["left"], order["lines"][0]["amount"]) == (None, None, None)
    assert {payment["amount"] for payment in order["payments"]} == {None}
    assert [payment["method"] for payment in order["payments"]] == ["cash", "cash"]
    told = {row["text"] for row in json_of(api("georgi").get(f"/orders/{dear}/timeline"))["items"]}
    assert {"Paid: —, Cash", "Refunded: —", "Price raised: — → —"} <= told
    page = visit("georgi").get(f"/orders/{dear}").text
    assert "Partly paid" in page
    assert "Web Start" in page
    assert "too much" in page


def test_no_refusal_tells_an_amount_either(
    world: World, api: Api, visit: Visit, dear: int, sums: set[str]
) -> None:
    georgi, their = api("georgi"), visit("georgi")
    their.token("/")
    before = world.everything()
    for path, body in (
        ("transitions", {"action": "cancel", "reason": "no more", "version": 1}),
        ("transitions", {"action": "pay"}),
        ("transitions", {"action": "set_up"}),
        ("transitions", {"to": "active"}),
        ("deadline", {"due_at": None, "reason": "later", "version": 1}),
    ):
        refused = georgi.post(f"/orders/{dear}/{path}", body)
        assert refused.status_code in {403, 409, 422}, body
        assert told_in(refused, sums) == set(), body
    stale = georgi.post(
        f"/orders/{dear}/transitions", {"action": "cancel", "reason": "no more", "version": 1}
    )
    assert problem_of(stale, 409, "stale_version")["current"]["total"] is None
    foretold = georgi.post(f"/orders/{dear}/transitions/preview", {"action": "cancel"})
    assert (foretold.status_code, told_in(foretold, sums)) == (200, set())
    page = their.send(f"/orders/{dear}/move", action="cancel", version="1")
    assert (page.status_code, told_in(page, sums)) == (409, set())
    assert world.everything() == before


def test_what_was_changed_is_answered_without_amounts(api: Api, dear: int, sums: set[str]) -> None:
    georgi = api("georgi")
    (line,) = json_of(georgi.get(f"/orders/{dear}"))["lines"]
    delivered = georgi.post(f"/orders/{dear}/lines/{line['id']}/deliver", {})
    assert (delivered.status_code, told_in(delivered, sums)) == (200, set())


@pytest.mark.parametrize(
    "function",
    [
        PRICE,
        "orders:order:pay",
        "orders:payment:record",
        "orders:price:raise",
        "orders:line:edit",
        "payments:payment:refund",
    ],
)
def test_who_holds_it_or_moves_the_money_of_orders_sees_it(
    world: World, api: Api, visit: Visit, dear: int, function: str
) -> None:
    hold_only(world, "georgi", "orders:order:read", "orders:history:read", function)
    assert json_of(api("georgi").get(f"/orders/{dear}"))["lines"][0]["unit_price"] == {
        "amount": RAISED,
        "currency": "EUR",
    }
    assert PAID in visit("georgi").get(f"/orders/{dear}").text


def test_who_places_orders_is_shown_what_they_order_and_not_what_was_ordered(
    world: World, api: Api, visit: Visit, places: dict[str, Any]
) -> None:
    hold_only(world, "georgi", "orders:order:create", "orders:order:read", "clients:client:read")
    georgi, client_id = api("georgi"), places["client_id"]
    body = basket()
    quoted = json_of(georgi.post(f"/clients/{client_id}/quote", {"lines": body["lines"]}))
    assert quoted["total"] == {"amount": "5.88", "currency": "EUR"}
    form = visit("georgi").get(f"/clients/{client_id}/orders/new")
    assert form.status_code == 200
    assert "4.90" in form.text or "4,90" in form.text
    (placed,) = json_of(georgi.post(f"/clients/{client_id}/orders", body), 201)["orders"]
    assert placed["total"] is None


def test_a_client_sees_what_they_pay(api: Api, dear: int) -> None:
    assert json_of(api("stoyanova").get(f"/orders/{dear}"))["lines"][0]["unit_price"] == {
        "amount": RAISED,
        "currency": "EUR",
    }
