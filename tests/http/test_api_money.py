"""The API of money, by its contract."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from billing_panel.catalog.rules.eligibility_facts import Tender
from billing_panel.kernel.language.errors import NotFound
from plugins.orders.payments.pay_order import PayOrder, pay_order
from plugins.orders.payments.refund_payment import RefundPayment, refund_payment
from plugins.orders.store.models import Order
from plugins.orders.store.order_sum_rules import PaymentStanding
from plugins.orders.store.payment import Payment
from tests.api import ApiClient, json_of
from tests.http.shop import all_pages, eur, place, points, problem_of
from tests.world import World, line

Api = Callable[[str], ApiClient]


@pytest.fixture
def home(world: World) -> str:
    return f"/clients/{world.client_id('balkan.media')}"


@pytest.fixture
def petar(api: Api) -> ApiClient:
    return api("petar")


@pytest.fixture
def order(api: Api, world: World) -> Any:
    """€5.29 of Balkan Media, unpaid."""
    return place(api("maria"), world.client_id("balkan.media"))


def refusal(world: World, response_of: Callable[[], Any], status: int, code: str) -> Any:
    before = world.everything()
    problem = problem_of(response_of(), status, code)
    assert world.everything() == before
    return problem


def test_credits_and_debits_answer_with_the_balance_after(petar: ApiClient, home: str) -> None:
    credited = json_of(petar.post(f"{home}/credits", {"amount": "15.50", "reason": "gift"}), 201)
    assert (credited["amount"], credited["balance"]) == (eur("15.50"), eur("1300.00"))
    assert (credited["kind"], credited["reason"], credited["who"]) == (
        "credited",
        "gift",
        "Petar Iliev",
    )
    body = {"amount": eur("300.00"), "reason": "fee", "provider": "nordvik", "method": "cash"}
    debited = json_of(petar.post(f"{home}/debits", body), 201)
    assert (debited["amount"], debited["balance"]) == (eur("-300.00"), eur("1000.00"))
    body = {"amount": points(50), "reason": "thanks"}
    assert json_of(petar.post(f"{home}/credits", body), 201)["balance"] == points(3300)
    stands = json_of(petar.get(f"{home}/balance"))
    assert (stands["money"], stands["points"]) == (eur("1000.00"), points(3300))


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"amount": "0"}, "invalid_amount"),
        ({"amount": "-1"}, "invalid_amount"),
        ({"amount": "1.001"}, "invalid_amount"),
        ({"amount": {"amount": "1.00", "currency": "USD"}}, "invalid_amount"),
        ({"amount": {"amount": "1.5", "currency": "points"}}, "invalid_amount"),
        ({"amount": "5000"}, "insufficient_funds"),
        ({"amount": 5}, "invalid"),
        ({"amount": "5", "reason": " "}, "invalid"),
        ({"amount": "5", "method": "balance"}, "invalid"),
        ({"amount": "5", "nonsense": "x"}, "invalid"),
        ({"amount": {"amount": 1, "currency": "EUR"}}, "invalid"),
    ],
)
def test_a_debit_that_makes_no_sense_is_refused(
    world: World, petar: ApiClient, home: str, body: dict[str, Any], code: str
) -> None:
    sent = {"reason": "fee", **body}
    refusal(world, lambda: petar.post(f"{home}/debits", sent), 422, code)


def test_a_credit_with_a_key_is_one(petar: ApiClient, home: str) -> None:
    body = {"amount": "1.00", "reason": "gift"}
    first = petar.post(f"{home}/credits", body, Idempotency_Key="k")
    again = petar.post(f"{home}/credits", body, Idempotency_Key="k")
    assert again.headers["Idempotency-Replayed"] == "true"
    assert json_of(first, 201) == json_of(again, 201)
    assert json_of(petar.get(f"{home}/balance"))["money"] == eur("1285.50")


def test_the_statement_has_days_and_pages(petar: ApiClient, api: Api, home: str) -> None:
    for number in range(5):
        petar.post(f"{home}/credits", {"amount": "1.00", "reason": f"n{number}"})
    pages = all_pages(petar, f"{home}/postings", 2)
    assert [len(page) for page in pages] == [2, 2, 2]
    rows = [row for page in pages for row in page]
    assert [row["reason"] for row in rows] == ["n4", "n3", "n2", "n1", "n0", ""]
    assert rows[0]["balance"] == eur("1289.50")
    today = json_of(petar.get(f"{home}/postings", **{"from": "2026-11-22", "to": "2026-11-22"}))
    assert len(today["items"]) == 6
    assert json_of(petar.get(f"{home}/postings", to="2026-11-21"))["items"] == []
    of_points = json_of(petar.get(f"{home}/postings", currency="points"))["items"]
    assert [row["amount"] for row in of_points] == [points(3250)]
    own = json_of(api("balkan.media").get(f"{home}/postings"))["items"]
    staff = "to a client the staff are the provider"
    assert {row["who"] for row in own} == {"Nordvik Hosting", None}, staff


@pytest.mark.parametrize(
    "query",
    [{"from": "yesterday"}, {"currency": "EUR"}, {"from": "2026-12-02", "to": "2026-12-01"}],
)
def test_a_statement_of_no_days_is_refused(
    petar: ApiClient, home: str, query: dict[str, str]
) -> None:
    problem_of(petar.get(f"{home}/postings", **query), 422, "invalid")


def test_an_order_is_paid_in_parts(petar: ApiClient, world: World, order: Any) -> None:
    path = f"/orders/{order['id']}"
    body = {"method": "balance", "amount": "2.00", "reference": "part"}
    paid = json_of(petar.post(f"{path}/payments", body), 201)
    assert (paid["method"], paid["amount"], paid["state"]) == ("balance", eur("2.00"), "received")
    now = json_of(petar.get(path))
    assert (now["payment_state"], now["paid"]) == ("partly_paid", eur("2.00"))
    assert [row["id"] for row in now["payments"]] == [paid["id"]]
    left = petar.post(f"{path}/payments", {"method": "cash"})
    assert json_of(left, 201)["amount"] == now["left"]
    done = json_of(petar.get(path))
    assert (done["payment_state"], done["status"], done["left"]) == ("paid", "paid", eur("0.00"))
    refusal(world, lambda: petar.post(f"{path}/payments", {"method": "cash"}), 422, "already_paid")


@pytest.mark.parametrize(
    ("body", "code", "field"),
    [
        ({"method": "nonsense"}, "method_not_allowed", "method"),
        ({"method": "card_gateway"}, "method_not_allowed", "method"),
        ({"method": "points"}, "method_not_allowed", "method"),
        ({"method": "cash", "amount": "0"}, "invalid_amount", "amount"),
        ({"method": "cash", "amount": "1.001"}, "invalid_amount", "amount"),
        ({"method": "cash", "amount": points(5)}, "invalid_amount", "amount"),
    ],
)
def test_a_payment_that_makes_no_sense_is_refused(
    world: World, petar: ApiClient, order: Any, body: dict[str, Any], code: str, field: str
) -> None:
    path = f"/orders/{order['id']}/payments"
    problem = refusal(world, lambda: petar.post(path, body), 422, code)
    assert [error["field"] for error in problem["errors"]] == [field]


def test_too_little_and_already_paid_are_told(world: World, api: Api, petar: ApiClient) -> None:
    client_id = world.client_id("rhein-labs")
    dear = place(api("maria"), client_id, {"tariff": "web-start", "period": "1 month"})
    path = f"/orders/{dear['id']}/payments"
    refusal(world, lambda: petar.post(path, {"method": "balance"}), 422, "insufficient_funds")
    json_of(petar.post(f"/orders/{dear['id']}/transitions", {"action": "pay"}))
    petar.post(f"/orders/{dear['id']}/transitions", {"action": "set_up"})
    api("maria").post(f"/orders/{dear['id']}/transitions", {"action": "set_up"})
    api("maria").post(f"/orders/{dear['id']}/transitions", {"action": "deliver"})
    assert json_of(petar.get(f"/orders/{dear['id']}"))["status"] == "active"
    refusal(world, lambda: petar.post(path, {"method": "cash"}), 422, "already_paid")


def test_a_client_pays_their_own_order_with_points(world: World, api: Api) -> None:
    sfp = line("sfp-10g", "once", pay_with=Tender.POINTS)
    (order,) = world.place("maria", world.order("stoyanova", sfp, method="points"))
    own, path = api("stoyanova"), f"/orders/{order.id}/payments"
    part = json_of(own.post(path, {"method": "points", "amount": points(800)}), 201)
    assert part["amount"] == points(800)
    rest = json_of(own.post(path, {"method": "points"}), 201)
    assert (rest["amount"], json_of(own.get(f"/orders/{order.id}"))["status"]) == (
        points(3000),
        "paid",
    )


def test_a_payment_is_given_back_in_part_and_whole(
    petar: ApiClient, world: World, order: Any
) -> None:
    paid = json_of(petar.post(f"/orders/{order['id']}/payments", {"method": "cash"}), 201)
    path = f"/payments/{paid['id']}/refunds"
    body = {"amount": "2.00", "to": "method", "reason": "broken"}
    first = json_of(petar.post(path, body), 201)
    assert (first["amount"], first["to"], first["reason"]) == (eur("2.00"), "method", "broken")
    for wrong, code in (
        ({"amount": "99"}, "invalid"),
        ({"amount": "0"}, "invalid_amount"),
        ({"amount": points(1)}, "invalid_amount"),
        ({"to": "cash"}, "invalid"),
        ({"reason": ""}, "missing_fields"),
    ):
        sent = {"to": "balance", "reason": "x", **wrong}
        refusal(world, lambda: petar.post(path, sent), 422, code)  # noqa: B023
    json_of(petar.post(path, {"to": "balance", "reason": "the rest"}), 201)
    now = json_of(petar.get(f"/orders/{order['id']}"))
    assert now["payment_state"] == "refunded"
    assert [refund["to"] for refund in now["payments"][0]["refunds"]] == ["method", "balance"]
    again = {"to": "balance", "reason": "again"}
    refusal(world, lambda: petar.post(path, again), 409, "transition_refused")


def test_a_price_is_raised_by_whoever_may(
    world: World, api: Api, petar: ApiClient, order: Any
) -> None:
    path = f"/orders/{order['id']}/lines/{order['lines'][0]['id']}/price"
    body = {"unit_price": "6.00", "reason": "dearer"}
    refusal(world, lambda: petar.post(path, body), 403, "function_not_held")
    owner = api("owner")
    refusal(world, lambda: owner.post(path, {**body, "unit_price": "1.00"}), 422, "invalid")
    stale = refusal(world, lambda: owner.post(path, {**body, "version": 99}), 409, "stale_version")
    assert stale["current"]["id"] == order["id"]
    raised = json_of(owner.post(path, {**body, "version": order["version"]}))
    assert raised["lines"][0]["unit_price"] == eur("6.00")


@pytest.mark.parametrize("login", ["stoyanova", "olga"])
def test_what_is_anothers_is_not_there(
    world: World, api: Api, petar: ApiClient, home: str, order: Any, login: str
) -> None:
    paid = json_of(petar.post(f"/orders/{order['id']}/payments", {"method": "cash"}), 201)
    stranger = api(login)
    before = world.everything()
    for answer in (
        stranger.get(f"{home}/postings"),
        stranger.post(f"{home}/credits", {"amount": "1", "reason": "x"}),
        stranger.post(f"/orders/{order['id']}/payments", {"method": "balance"}),
        stranger.post(f"/payments/{paid['id']}/refunds", {"to": "balance", "reason": "x"}),
    ):
        assert answer.status_code in {403, 404}
    assert world.everything() == before
    assert stranger.post(f"/orders/{order['id']}/payments", {"method": "cash"}).status_code == 404


def test_whoever_works_for_another_provider_finds_no_payment(
    world: World, petar: ApiClient, order: Any
) -> None:
    """Olga, even with every function there is."""
    paid = json_of(petar.post(f"/orders/{order['id']}/payments", {"method": "cash"}), 201)
    olga = replace(world.actor("olga"), functions=world.panel.known)
    before = world.everything()
    refund, pay = RefundPayment(paid["id"], "mine"), PayOrder(order["id"], "cash")
    with world.database.writing() as session:
        with pytest.raises(NotFound):
            refund_payment(session, refund, actor=olga, clock=world.clock)
        with pytest.raises(NotFound):
            pay_order(session, pay, actor=olga, clock=world.clock)
    assert world.everything() == before


def test_orders_are_filtered_by_what_is_paid_of_them(
    world: World, api: Api, petar: ApiClient, home: str
) -> None:
    maria, client_id = api("maria"), world.client_id("balkan.media")
    made = {standing: place(maria, client_id)["id"] for standing in PaymentStanding}
    payments = {}
    for standing, amount in (
        (PaymentStanding.PARTLY_PAID, "1.00"),
        (PaymentStanding.PAID, None),
        (PaymentStanding.OVERPAID, "99.00"),
        (PaymentStanding.REFUNDED, "1.00"),
    ):
        body = {"method": "cash", **({"amount": amount} if amount else {})}
        paid = petar.post(f"/orders/{made[standing]}/payments", body)
        payments[standing] = json_of(paid, 201)["id"]
    back = f"/payments/{payments[PaymentStanding.REFUNDED]}/refunds"
    json_of(petar.post(back, {"to": "balance", "reason": "broken"}), 201)
    for standing, order_id in made.items():
        for path in ("/orders", f"{home}/orders"):
            found = json_of(petar.get(path, payment_state=standing.value))["items"]
            assert [row["id"] for row in found] == [order_id], (standing, path)
    problem_of(petar.get("/orders", payment_state="half"), 422, "invalid")
    with world.database.reading() as session:
        rows = session.execute(select(Order, Order.__table__.c.payment_state.label("said"))).all()
        assert [row.said for row in rows] == [row[0].payment_standing.value for row in rows]
        assert session.scalars(select(Payment.id)).all()
