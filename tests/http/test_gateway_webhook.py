"""Where payment systems send their messages: only what is genuine is kept, and has one effect."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from billing_panel.kernel.extension.gateways import Outcome
from plugins.orders.store.payment import GatewayMessage, Payment
from plugins.sandbox.gateway import Sandbox
from tests.actions.test_races import at_once
from tests.api import ApiClient, json_of
from tests.businesses import CLIENT, Business, opened
from tests.conftest import NOON
from tests.gateways import SANDBOX, Till
from tests.http.engines import ON_SQLITE
from tests.http.shop import problem_of
from tests.http.visitor import Visitor
from tests.world import World

ADDRESS = "/api/v1/payment-gateways/sandbox/webhook"
NOW = int(NOON.timestamp())
TOTAL = 6_000
Message = tuple[dict[str, str], bytes]


@pytest.fixture
def shop(world: World) -> Business:
    return opened(world, "webshop")


@pytest.fixture
def sandbox(shop: Business) -> Sandbox:
    found = shop.world.panel.gateways[SANDBOX]
    assert isinstance(found, Sandbox)
    return found


@pytest.fixture
def left(shop: Business, sandbox: Sandbox) -> Payment:
    return Till(shop, sandbox).leave(shop.place(by=CLIENT, method="card_gateway"))


@pytest.fixture
def send(app: Flask) -> Callable[..., TestResponse]:
    def post(headers: dict[str, str], body: bytes, **more: Any) -> TestResponse:
        return app.test_client().post(ADDRESS, data=body, headers=headers, **more)

    return post


Send = Callable[..., TestResponse]


def message(sandbox: Sandbox, payment: Payment, outcome: str = "succeeded") -> Message:
    page = sandbox.page((payment.page or "").rpartition("/")[2])
    assert page is not None
    headers, body = sandbox.message(page, Outcome(outcome), NOON)
    return dict(headers), body


def test_attack_25_twenty_times_at_once_it_has_one_effect(
    shop: Business, sandbox: Sandbox, left: Payment, send: Send
) -> None:
    headers, body = message(sandbox, left)
    answers = at_once([lambda: send(headers, body)] * 20)
    assert [answer.get_json() for answer in answers if isinstance(answer, TestResponse)] == [
        {"result": "applied"}
    ] * 20
    order = shop.order(left.order_id)
    assert (order.status.key, order.paid, order.surplus) == ("new", TOTAL, 0)
    assert len(shop.happened(left.order_id, "payment.received")) == 1


def test_attack_25_replayed_later_within_the_window_it_changes_nothing(
    shop: Business, sandbox: Sandbox, left: Payment, send: Send
) -> None:
    headers, body = message(sandbox, left, "failed")
    assert send(headers, body).status_code == 200
    second = Till(shop, sandbox).leave(left.order_id)
    before = shop.world.everything()
    assert send(headers, body).get_json() == {"result": "applied"}
    assert shop.world.everything() == before
    send(*message(sandbox, second))
    assert shop.status(left.order_id) == "new"


@ON_SQLITE
def test_attack_23_what_is_not_signed_now_with_the_secret_is_refused_and_not_kept(
    shop: Business, sandbox: Sandbox, left: Payment, send: Send
) -> None:
    headers, body = message(sandbox, left)
    name = "sandbox-signature"
    good = headers[name]
    moment, signature = good.split(",")
    before = shop.world.everything()
    empty = Sandbox("", sandbox.address)
    for forged in (
        "",
        good[:-1],
        moment,
        signature,
        f"{moment},v1=",
        f"{moment},{signature.upper()}",
        f"{moment},v1=é",
        f"t=,{signature}",
        f"t=-{NOW},{signature}",
        f"t={'9' * 40},{signature}",
        f"t={NOW + 1},{signature}",
        "nonsense",
        empty.signed(body, NOW)[name],
        Sandbox("other", sandbox.address).signed(body, NOW)[name],
        sandbox.signed(body, NOW - 301)[name],
        sandbox.signed(body, NOW + 301)[name],
        sandbox.signed(b"", NOW)[name],
    ):
        problem = problem_of(send({name: forged}, body), 400, "malformed")
        assert "not genuine" in problem["detail"], forged
    for other in (body[:-1], body.replace(b"60.00", b"59.00"), body + b" ", b""):
        assert send(headers, other).status_code == 400
    assert send({}, body).status_code == 400
    assert shop.world.everything() == before


@ON_SQLITE
@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b"not json", b'{"id": 1}', b"\xff\xfe"])
def test_what_is_signed_and_says_nothing_is_refused(
    shop: Business, sandbox: Sandbox, send: Send, body: bytes
) -> None:
    before = shop.world.everything()
    assert send(dict(sandbox.signed(body, NOW)), body).status_code == 400
    assert shop.world.everything() == before


@ON_SQLITE
def test_attack_24_genuine_and_wrong_is_kept_and_answered_so_that_it_is_not_sent_again(
    shop: Business, sandbox: Sandbox, left: Payment, send: Send
) -> None:
    _headers, body = message(sandbox, left)
    content = json.loads(body)
    other = Till(shop, sandbox).leave(shop.place(by=CLIENT, method="card_gateway"))
    cases: list[tuple[dict[str, object], str]] = [
        ({"amount": "60.01"}, "wrong_sum"),
        ({"currency": "USD"}, "wrong_sum"),
        ({"key": other.key}, "other_payment"),
        ({"reference": other.outside}, "other_payment"),
        ({"reference": "of-nobody"}, "unknown_payment"),
        ({"reference": "of-nobody", "key": "999-1"}, "unknown_payment"),
    ]
    for number, (wrong, result) in enumerate(cases):
        anew = json.dumps({**content, "id": f"event-{number}", **wrong}).encode()
        answer = send(dict(sandbox.signed(anew, NOW)), anew)
        assert (answer.status_code, answer.get_json()) == (200, {"result": result})
    for payment in (left, other):
        order = shop.order(payment.order_id)
        assert (order.status.key, order.paid) == ("incomplete", 0)
    with shop.world.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(GatewayMessage)) == 6


@ON_SQLITE
def test_attack_26_coming_back_proves_nothing(
    shop: Business, left: Payment, sandbox: Sandbox, send: Send, visit: Callable[..., Visitor]
) -> None:
    visitor = visit(CLIENT)
    path = f"/orders/{left.order_id}/payments/{left.id}"
    before = shop.world.everything()
    for query in ("", "?status=paid", "?redirect_status=succeeded&payment_intent=pi_1"):
        page = visitor.get(path + query)
        assert page.status_code == 200
        assert "The payment system’s answer usually takes a minute" in page.text
    assert shop.world.everything() == before
    for outcome, words in (
        ("in_review", "is still reviewing the payment"),
        ("failed", "didn’t go through"),
        ("succeeded", "has confirmed the payment"),
    ):
        send(*message(sandbox, left, outcome))
        assert words in visitor.get(path).text


@ON_SQLITE
def test_disputes_and_refunds_that_failed_are_told_to_staff_on_the_order(
    shop: Business, sandbox: Sandbox, left: Payment, send: Send, visit: Callable[..., Visitor]
) -> None:
    send(*message(sandbox, left))
    send(*message(sandbox, left, "disputed"))
    path = f"/orders/{left.order_id}"
    staff, client = visit("maria"), visit(CLIENT)
    assert "Disputed: €60.00" in staff.get(path).text
    assert "answer at the payment system" in staff.get(path).text
    assert "isputed" not in client.get(path).text
    assert send(*message(sandbox, left, "dispute_lost")).get_json() == {"result": "applied"}
    page = staff.get(path).text
    assert "€60.00 was taken back after a dispute" in page
    assert "Taken back after a dispute" in page
    # A3: to the client it is money that went back
    assert "ispute" not in client.get(path).text
    assert shop.order(left.order_id).needed == TOTAL


@ON_SQLITE
def test_a_payment_is_given_up_on_the_orders_page(
    shop: Business, sandbox: Sandbox, left: Payment, send: Send, visit: Callable[..., Visitor]
) -> None:
    send(*message(sandbox, left, "in_review"))
    path = f"/orders/{left.order_id}"
    staff, client = visit("petar"), visit(CLIENT)
    assert "Pay by card" not in client.get(path).text
    refused = staff.send(f"{path}/payments/{left.id}/give-up", reason=" ")
    assert refused.status_code == 422
    assert "Say briefly why" in refused.text
    assert staff.send(f"{path}/payments/{left.id}/give-up", reason="they rang").status_code == 303
    assert "they rang" in staff.get(path).text
    assert "Given up" in client.get(path).text
    assert "Pay by card" in client.get(path).text
    assert "is no longer expected" in client.get(f"{path}/payments/{left.id}").text
    assert shop.status(left.order_id) == "awaiting_payment"


@ON_SQLITE
def test_the_api_gives_a_payment_up_and_tells_of_disputes(
    shop: Business, sandbox: Sandbox, left: Payment, send: Send, api: Callable[[str], ApiClient]
) -> None:
    petar, stranger = api("petar"), api("stoyanova")
    path = f"/payments/{left.id}/give-up"
    for caller in (petar, stranger):
        caller.get("/me")
    before = shop.world.everything()
    problem_of(petar.post(path, {"reason": ""}), 422, "invalid")
    problem_of(stranger.post(path, {"reason": "mine"}), 404, "not_found")
    assert shop.world.everything() == before
    assert json_of(petar.post(path, {"reason": "they rang"}))["state"] == "given_up"
    problem_of(petar.post(path, {"reason": "twice"}), 409, "nothing_to_give_up")
    for outcome in ("succeeded", "dispute_lost"):
        send(*message(sandbox, left, outcome))
    (payment,) = json_of(petar.get(f"/orders/{left.order_id}"))["payments"]
    assert [dispute["state"] for dispute in payment["disputes"]] == ["lost"]
    assert [refund["to"] for refund in payment["refunds"]] == ["dispute"]


@ON_SQLITE
def test_leaving_by_the_page_goes_to_the_payment_system_and_takes_no_one_else(
    shop: Business, visit: Callable[..., Visitor], world: World
) -> None:
    order_id = shop.place(by=CLIENT, method="card_gateway")
    visitor = visit(CLIENT)
    assert "Pay by card" in visitor.get(f"/orders/{order_id}").text
    answer = visitor.send(f"/orders/{order_id}/pay-online")
    (payment,) = shop.order(order_id).payments
    assert (answer.status_code, answer.location) == (
        303,
        f"/orders/{order_id}/payments/{payment.id}/leave",
    )
    between = visitor.get(answer.location)
    assert between.headers["Refresh"] == f"0; url={payment.page}"
    assert payment.page is not None
    assert f'href="{payment.page}"' in between.text
    people = [visit("maria"), visit("owner")]
    stranger = visit("stoyanova")
    before = world.everything()
    for staff in people:
        assert "Pay by card" not in staff.get(f"/orders/{order_id}").text
        token = staff.token("/")
        sent = staff.http.post(f"/orders/{order_id}/pay-online", data={"csrf_token": token})
        assert sent.status_code == 403
        assert "Refresh" not in staff.get(answer.location).headers
    token = stranger.token("/")
    form = {"csrf_token": token}
    assert stranger.http.post(f"/orders/{order_id}/pay-online", data=form).status_code == 404
    for path in (f"/orders/{order_id}/payments/{payment.id}", answer.location):
        assert stranger.get(path).status_code == 404
    assert world.everything() == before


@ON_SQLITE
def test_who_has_nothing_to_pay_any_more_is_not_sent_to_pay(
    shop: Business, visit: Callable[..., Visitor]
) -> None:
    order_id = shop.place(by=CLIENT, method="card_gateway")
    visitor = visit(CLIENT)
    leaving = visitor.send(f"/orders/{order_id}/pay-online").location
    shop.move(order_id, "pay", by="petar", payment_method="cash_on_delivery")
    answer = visitor.get(leaving)
    assert (answer.status_code, "Refresh" in answer.headers) == (303, False)


def test_a_refusal_says_why_and_leads_back(shop: Business, visit: Callable[..., Visitor]) -> None:
    order_id = shop.place(by=CLIENT, method="card_gateway")
    shop.move(order_id, "pay", by=CLIENT, payment_method="balance")
    visitor = visit(CLIENT)
    assert "Pay by card" not in visitor.get(f"/orders/{order_id}").text
    answer = visitor.send(f"/orders/{order_id}/pay-online")
    assert answer.status_code == 409
    assert "No money is left to pay." in answer.text
    assert f'href="/orders/{order_id}"' in answer.text


@ON_SQLITE
def test_staff_see_what_was_said_of_a_payment_and_the_client_does_not(
    sandbox: Sandbox,
    left: Payment,
    send: Send,
    visit: Callable[..., Visitor],
) -> None:
    _headers, body = message(sandbox, left)
    wrong = body.replace(b'"60.00"', b'"59.99"')
    assert send(dict(sandbox.signed(wrong, NOW)), wrong).get_json() == {"result": "wrong_sum"}
    staff, client = (
        visit(login).get(f"/orders/{left.order_id}").text for login in ("maria", CLIENT)
    )
    for words in ("states another amount", str(left.outside), "doesn’t match the payment"):
        assert words in staff
        assert words not in client
    assert "Card payments" in client


@ON_SQLITE
def test_a_payment_system_that_is_not_set_up_is_not_there(
    app_with: Callable[..., Flask], sandbox: Sandbox, left: Payment
) -> None:
    http = app_with(environ={}).test_client()
    headers, body = message(sandbox, left)
    problem_of(http.post(ADDRESS, data=body, headers=headers), 404, "not_found")
    assert http.get(f"/sandbox/payments/{(left.page or '').rpartition('/')[2]}").status_code == 404


@ON_SQLITE
def test_a_message_as_large_as_none_is_is_refused(shop: Business, send: Send) -> None:
    before = shop.world.everything()
    assert send({}, b"x" * (256 * 1024 + 1)).status_code == 413
    assert shop.world.everything() == before


@ON_SQLITE
def test_messages_have_a_count_of_their_own(
    app_with: Callable[..., Flask], sandbox: Sandbox, left: Payment
) -> None:
    http = app_with(token_requests_per_minute=1, gateway_messages_per_minute=3).test_client()
    for _ in range(2):
        http.get("/api/v1/me")
    assert http.get("/api/v1/me").status_code == 429
    headers, body = message(sandbox, left)
    statuses = [http.post(ADDRESS, data=body, headers=headers).status_code for _ in range(4)]
    assert statuses == [200, 200, 200, 429]


@ON_SQLITE
def test_a_page_of_the_sandbox_is_only_where_it_was_given(
    left: Payment, visit: Callable[..., Visitor]
) -> None:
    visitor = visit()
    page = (left.page or "").removeprefix("http://127.0.0.1:8000")
    shown = visitor.get(page)
    assert shown.status_code == 200
    assert "€60.00" in shown.text
    assert "No real money moves here" in shown.text
    assert visitor.get(page[:-1]).status_code == 404
    assert "The shop loses the dispute" in shown.text
    for unknown in ("stolen", "refund_failed"):
        assert visitor.send(page, outcome=unknown).status_code == 400
