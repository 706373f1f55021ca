"""Stripe Checkout by the official library, against a contract server of our own (not Stripe)."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from billing_panel.accounts.companies.provider_models import MethodKind, PaymentMethod
from billing_panel.core.panel import EXTENSION
from billing_panel.kernel.extension.gateways import (
    BadMessage,
    PaymentToBegin,
    RefundToSend,
    TurnedDown,
    Unreachable,
)
from billing_panel.kernel.language.errors import ConfigError, DomainError
from billing_panel.kernel.process.config import Config
from billing_panel.kernel.values.money import Money
from plugins.orders.payments.send_refunds import Sent, send_refunds
from plugins.orders.store.payment import Payment
from plugins.stripe_checkout.gateway import StripeCheckout
from plugins.stripe_checkout.plugin import plugin
from tests.businesses import CLIENT, Business, opened
from tests.conftest import NOON
from tests.gateways import Till
from tests.http.engines import ON_SQLITE
from tests.stripe_server import (
    SECRET_KEY,
    WEBHOOK_SECRET,
    StripeServer,
    signed,
    stripe_server,
)

SESSIONS, REFUNDS = "/v1/checkout/sessions", "/v1/refunds"
NOW = int(NOON.timestamp())
KEYS = {
    "BILLING_PANEL_STRIPE_SECRET_KEY": SECRET_KEY,
    "BILLING_PANEL_STRIPE_WEBHOOK_SECRET": WEBHOOK_SECRET,
}


@pytest.fixture(scope="module")
def process() -> Iterator[StripeServer]:
    with stripe_server() as running:
        yield running


@pytest.fixture
def server(process: StripeServer) -> StripeServer:
    process.begin_anew()
    return process


@pytest.fixture
def config(config: Config, server: StripeServer) -> Config:
    return replace(config, environ={**KEYS, "BILLING_PANEL_STRIPE_ADDRESS": server.address})


@pytest.fixture
def stripe(app: Flask) -> StripeCheckout:
    gateway = app.extensions[EXTENSION].gateways["stripe"]
    assert isinstance(gateway, StripeCheckout)
    return gateway


@pytest.fixture
def till(world: Any, stripe: StripeCheckout) -> Till:
    shop = opened(world, "webshop")
    method = {"provider_id": shop.provider_id, "kind": MethodKind.CARD_GATEWAY}
    world.change(PaymentMethod, method, gateway="stripe")
    return Till(shop, stripe)


@pytest.fixture
def send(app: Flask) -> Callable[..., TestResponse]:
    """Post what the server signed to the panel."""

    def post(body: bytes, headers: dict[str, str]) -> TestResponse:
        return app.test_client().post(
            "/api/v1/payment-gateways/stripe/webhook", data=body, headers=headers
        )

    return post


def left(till: Till) -> tuple[Business, int, Payment]:
    shop = till.business
    order_id = shop.place(by=CLIENT, method="card_gateway")
    return shop, order_id, till.leave(order_id)


def wanted(key: str, amount: int = 6000, currency: str = "EUR") -> PaymentToBegin:
    return PaymentToBegin(key, Money(amount, currency), "Order 1", "en", "https://shop.example/1")


def test_a_session_is_made_of_the_payment_and_paid(
    till: Till, server: StripeServer, send: Callable[..., TestResponse]
) -> None:
    shop, order_id, payment = left(till)
    assert payment.page == f"https://checkout.stripe.example/c/pay/{payment.outside}"
    sent = server.requests(SESSIONS)[-1]
    assert sent["line_items[0][price_data][unit_amount]"] == "6000"
    assert sent["line_items[0][price_data][currency]"] == "eur"
    assert sent["client_reference_id"] == payment.key
    assert sent["success_url"] == sent["cancel_url"]
    assert shop.status(order_id) == "incomplete"
    said = server.happens(str(payment.outside), "checkout.session.completed", NOW)
    answers = [send(*said) for _ in range(2)]
    assert [(a.status_code, a.get_json()) for a in answers] == [(200, {"result": "applied"})] * 2
    assert (shop.status(order_id), shop.order(order_id).paid) == ("new", 6000)


def test_w3_w4_a_method_that_takes_days_waits_and_then_fails_or_succeeds(
    till: Till, server: StripeServer, send: Callable[..., TestResponse]
) -> None:
    for end, status in (("succeeded", "new"), ("failed", "payment_failed")):
        shop, order_id, payment = left(till)
        name = str(payment.outside)
        send(*server.happens(name, "checkout.session.completed-unpaid", NOW))
        assert shop.status(order_id) == "awaiting_payment"
        send(*server.happens(name, f"checkout.session.async_payment_{end}", NOW))
        assert shop.status(order_id) == status


def test_w3_a_session_that_expired_is_a_failed_payment(
    till: Till, server: StripeServer, send: Callable[..., TestResponse]
) -> None:
    shop, order_id, payment = left(till)
    send(*server.happens(str(payment.outside), "checkout.session.expired", NOW))
    assert shop.status(order_id) == "payment_failed"


def test_refunds_are_made_once_even_after_stripe_has_forgotten_the_key(
    till: Till, server: StripeServer, send: Callable[..., TestResponse], stripe: StripeCheckout
) -> None:
    shop, order_id, payment = left(till)
    send(*server.happens(str(payment.outside), "checkout.session.completed", NOW))
    shop.move(order_id, "refund", by="boss", reason="broken", refund_to="method", amount="15")
    before = len(server.requests(REFUNDS))
    sent = send_refunds(
        shop.world.database,
        {"stripe": stripe},
        actor=shop.actor("console"),
        clock=shop.world.clock,
    )
    assert sent == Sent(sent=1)
    (asked,) = server.requests(REFUNDS)[before:]
    assert asked["amount"] == "1500"
    again = RefundToSend(asked["metadata[refund]"], str(payment.outside), Money(1500, "EUR"))
    server.forget_keys()
    stripe.refund(again)
    assert len(server.requests(REFUNDS)) == before + 1


def test_a_dispute_is_found_by_its_payment_and_takes_the_money_back_when_lost(
    till: Till, server: StripeServer, send: Callable[..., TestResponse]
) -> None:
    shop, order_id, payment = left(till)
    name = str(payment.outside)
    send(*server.happens(name, "checkout.session.completed", NOW))
    told = [
        send(*server.disputed(name, status, NOW)).get_json()["result"]
        for status in ("needs_response", "lost", "lost")
    ]
    assert told == ["applied", "applied", "nothing_new"]
    order = shop.order(order_id)
    assert (order.paid, order.needed) == (0, 6000)
    assert len(shop.happened(order_id, "payment.disputed")) == 1
    assert len(shop.happened(order_id, "payment.dispute_lost")) == 1


@pytest.mark.parametrize("status", ["won", "warning_closed"])
def test_a_dispute_that_is_won_or_only_asked_about_takes_nothing(
    till: Till, server: StripeServer, send: Callable[..., TestResponse], status: str
) -> None:
    shop, order_id, payment = left(till)
    name = str(payment.outside)
    send(*server.happens(name, "checkout.session.completed", NOW))
    send(*server.disputed(name, "warning_needs_response", NOW))
    assert send(*server.disputed(name, status, NOW)).get_json() == {"result": "applied"}
    assert shop.order(order_id).paid == 6000
    assert len(shop.happened(order_id, "payment.dispute_won")) == 1


def test_a_dispute_of_more_than_was_paid_is_kept_and_changes_nothing(
    till: Till, server: StripeServer, send: Callable[..., TestResponse]
) -> None:
    shop, order_id, payment = left(till)
    name = str(payment.outside)
    send(*server.happens(name, "checkout.session.completed", NOW))
    answer = send(*server.disputed(name, "lost", NOW, "6001"))
    assert (answer.get_json(), shop.order(order_id).paid) == ({"result": "wrong_sum"}, 6000)


@ON_SQLITE
def test_a_dispute_waits_while_stripe_does_not_say_whose_it_is(
    till: Till, server: StripeServer, send: Callable[..., TestResponse]
) -> None:
    shop, order_id, payment = left(till)
    name = str(payment.outside)
    send(*server.happens(name, "checkout.session.completed", NOW))
    said = server.disputed(name, "lost", NOW)
    before = shop.world.everything()
    for status in (429, 403):
        for _ in range(2):  # the library asks twice
            server.fail_next(status)
        assert send(*said).status_code == 503
        assert shop.world.everything() == before
        server.begin_answering()
    assert send(*said).get_json() == {"result": "applied"}
    assert shop.order(order_id).paid == 0


@pytest.mark.parametrize("kind", ["refund.failed", "refund.updated", "charge.refund.updated"])
def test_a_refund_that_fails_days_later_pays_the_order_again(
    till: Till,
    server: StripeServer,
    send: Callable[..., TestResponse],
    stripe: StripeCheckout,
    kind: str,
) -> None:
    shop, order_id, payment = left(till)
    send(*server.happens(str(payment.outside), "checkout.session.completed", NOW))
    shop.move(order_id, "refund", by="boss", reason="broken", refund_to="method", amount="15")
    system = shop.actor("console")
    send_refunds(shop.world.database, {"stripe": stripe}, actor=system, clock=shop.world.clock)
    told = [send(*server.of_refund(0, name, NOW)) for name in ("refund.created", kind, kind)]
    results = [answer.get_json()["result"] for answer in told]
    assert results == ["not_told", "applied", "nothing_new"]
    assert (shop.order(order_id).paid, shop.order(order_id).refunded) == (6000, 0)


def test_more_than_was_paid_is_not_given_back(
    till: Till, server: StripeServer, stripe: StripeCheckout
) -> None:
    _shop, _order_id, payment = left(till)
    much = RefundToSend("refund-much", str(payment.outside), Money(6001, "EUR"))
    with pytest.raises(TurnedDown, match="not paid"):
        stripe.refund(much)
    server.happens(str(payment.outside), "checkout.session.completed", NOW)
    with pytest.raises(TurnedDown, match="greater than charge"):
        stripe.refund(much)
    with pytest.raises(TurnedDown, match="No such"):
        stripe.refund(replace(much, reference="cs_of_nobody"))


@ON_SQLITE
def test_the_same_key_begins_one_session(stripe: StripeCheckout) -> None:
    assert stripe.begin(wanted("same-1")) == stripe.begin(wanted("same-1"))
    with pytest.raises(TurnedDown, match="idempotent"):
        stripe.begin(wanted("same-1", amount=1))


@ON_SQLITE
def test_what_stripe_answers_is_told_apart(
    stripe: StripeCheckout, server: StripeServer, till: Till
) -> None:
    with pytest.raises(TurnedDown, match="Invalid API Key"):
        replace(stripe, secret_key="sk_test_wrong").begin(wanted("key-1"))
    with pytest.raises(Unreachable):
        replace(stripe, address="http://127.0.0.1:9").begin(wanted("key-2"))
    server.fail_next(429)
    with pytest.raises(Unreachable):
        stripe.begin(wanted("key-3"))
    server.fail_next(400)
    order_id = till.business.place(by=CLIENT, method="card_gateway")
    with pytest.raises(DomainError) as refused:
        till.leave(order_id)
    assert refused.value.code == "gateway_turned_down"


@ON_SQLITE
@pytest.mark.parametrize(
    ("currency", "minor", "units"),
    [("EUR", 6000, 6000), ("JPY", 500, 500), ("KWD", 1250, 1250), ("ISK", 900, 90000)],
)
def test_amounts_are_written_as_stripe_counts_them_and_read_back(
    stripe: StripeCheckout, server: StripeServer, currency: str, minor: int, units: int
) -> None:
    begun = stripe.begin(wanted(f"money-{currency}", minor, currency))
    sent = server.requests(SESSIONS)[-1]
    assert sent["line_items[0][price_data][unit_amount]"] == str(units)
    body, headers = server.happens(begun.reference, "checkout.session.completed", NOW)
    message = stripe.read({"stripe-signature": headers["Stripe-Signature"]}, body, NOON)
    assert message is not None
    assert message.money == Money(minor, currency)


@ON_SQLITE
def test_attack_23_what_stripe_has_not_signed_now_is_refused(
    till: Till, server: StripeServer, send: Callable[..., TestResponse]
) -> None:
    shop, _order_id, payment = left(till)
    body, headers = server.happens(str(payment.outside), "checkout.session.completed", NOW)
    good, words = headers["Stripe-Signature"], body.decode()
    before = shop.world.everything()
    for signature in (
        "",
        good[:-1],
        good.replace("v1=", "v0="),
        good.replace(f"t={NOW}", f"t={NOW + 1}"),
        f"t={NOW},v1=",
        f"t={NOW},v1=é",
        "t=,v1=x",
        "v1=x",
        "nonsense",
        signed(words, NOW, ""),
        signed(words, NOW, "whsec_other"),
        signed(words, NOW - 301),
        signed(words, NOW + 301),
    ):
        assert send(body, {"Stripe-Signature": signature}).status_code == 400, signature
    assert send(body, {}).status_code == 400
    assert send(body[:-1], headers).status_code == 400
    assert send(body.replace(b"6000", b"6001"), headers).status_code == 400
    assert send(b"\xff" + body, headers).status_code == 400
    assert shop.world.everything() == before


@ON_SQLITE
@pytest.mark.parametrize("body", ["[]", "{}", "7", '{"type": "invoice.paid"}'])
def test_events_about_something_else_are_passed_over(stripe: StripeCheckout, body: str) -> None:
    assert stripe.read({"stripe-signature": signed(body, NOW)}, body.encode(), NOON) is None


@ON_SQLITE
@pytest.mark.parametrize("body", ["", "not json", '{"type": "checkout.session.completed"}'])
def test_what_is_signed_and_makes_no_sense_is_refused(stripe: StripeCheckout, body: str) -> None:
    with pytest.raises(BadMessage):
        stripe.read({"stripe-signature": signed(body, NOW)}, body.encode(), NOON)


@ON_SQLITE
def test_a_session_that_something_else_made_is_passed_over(
    stripe: StripeCheckout, server: StripeServer
) -> None:
    begun = stripe.begin(wanted("foreign-1"))
    body, _headers = server.happens(begun.reference, "checkout.session.completed", NOW)
    for lacks in ("client_reference_id", "amount_total", "currency"):
        event = json.loads(body)
        event["data"]["object"][lacks] = None
        words = json.dumps(event)
        assert stripe.read({"stripe-signature": signed(words, NOW)}, words.encode(), NOON) is None


@ON_SQLITE
@pytest.mark.parametrize("name", KEYS)
def test_half_of_the_keys_is_told_at_start(config: Config, name: str) -> None:
    half = replace(config, environ={name: KEYS[name]})
    with pytest.raises(ConfigError, match="both"):
        plugin.panel_gateways(half)
    assert plugin.panel_gateways(replace(config, environ={})) == ()
    assert SECRET_KEY not in repr(config)
