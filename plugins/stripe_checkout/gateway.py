"""Stripe Checkout by Stripe's own library: its page, its signed events, its refunds."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, TypeVar

import stripe
from pydantic import BaseModel, ValidationError

from billing_panel.kernel.gateways import (
    BadMessage,
    Begun,
    Message,
    Outcome,
    PaymentToBegin,
    RefundToSend,
    TurnedDown,
    Unreachable,
    check_moment,
)
from billing_panel.kernel.money import MoneyError
from billing_panel.kernel.text import Text, text
from plugins.stripe_checkout.amounts import from_units, to_units

T = TypeVar("T")

KEY = "stripe"
SIGNATURE = "stripe-signature"
TIMEOUT = 20
# Too many at once, and the same one still running: both may be asked again.
AGAIN = frozenset({409, 429})
COMPLETED = "checkout.session.completed"
OUTCOMES: Mapping[str, Outcome] = {
    "checkout.session.async_payment_succeeded": Outcome.SUCCEEDED,
    "checkout.session.async_payment_failed": Outcome.FAILED,
    "checkout.session.expired": Outcome.FAILED,
}
# of a session that was completed: a method that takes days is not paid by then
OF_COMPLETED: Mapping[str, Outcome] = {"paid": Outcome.SUCCEEDED, "unpaid": Outcome.IN_REVIEW}


class _Session(BaseModel):
    """Sessions that something else made, sharing the account, may lack any but the id."""

    id: str
    amount_total: int | None = None
    currency: str | None = None
    payment_status: str = ""
    client_reference_id: str | None = None


class _Data(BaseModel):
    object: _Session


class _Event(BaseModel):
    id: str
    type: str
    data: _Data


@dataclass(frozen=True)
class StripeCheckout:
    """``address``: of another server that speaks Stripe's API; empty: Stripe's own."""

    secret_key: str
    webhook_secret: str
    address: str = ""
    key: str = KEY

    @property
    def title(self) -> Text:
        return text("Stripe")

    def begin(self, payment: PaymentToBegin) -> Begun:
        wanted: Any = {
            "mode": "payment",
            "line_items": [
                {
                    "quantity": 1,
                    "price_data": {
                        "currency": payment.money.currency.lower(),
                        "unit_amount": _units(payment),
                        "product_data": {"name": payment.description},
                    },
                }
            ],
            "client_reference_id": payment.key,
            "payment_intent_data": {"metadata": {"payment": payment.key}},
            "locale": payment.language,
            "success_url": payment.return_url,
            "cancel_url": payment.return_url,
        }
        if payment.email:
            wanted["customer_email"] = payment.email
        made = _asked(
            lambda: self._client.v1.checkout.sessions.create(
                wanted, {"idempotency_key": payment.key}
            )
        )
        if made.url is None:
            raise TurnedDown("the session has no page")
        return Begun(made.id, made.url)

    def read(self, headers: Mapping[str, str], body: bytes, at: datetime) -> Message | None:
        self._verify(headers.get(SIGNATURE, ""), body, at)
        try:
            if not _is_told(json.loads(body)):
                return None
            event = _Event.model_validate_json(body)
            return _message(event)
        except (ValueError, ValidationError, MoneyError) as error:
            raise BadMessage("the body is no event of a session") from error

    def refund(self, refund: RefundToSend) -> None:
        """Stripe forgets a key after a day; what was given back by it before is found again."""
        session = _asked(lambda: self._client.v1.checkout.sessions.retrieve(refund.reference))
        intent: Any = session.payment_intent
        if intent is None:
            raise TurnedDown("the session was not paid")
        given: Any = _asked(
            lambda: self._client.v1.refunds.list({"payment_intent": intent, "limit": 100})
        )
        if any(_key_of(one) == refund.key for one in given.data):
            return
        wanted: Any = {
            "payment_intent": intent,
            "amount": to_units(refund.money),
            "metadata": {"refund": refund.key},
        }
        _asked(lambda: self._client.v1.refunds.create(wanted, {"idempotency_key": refund.key}))

    def _verify(self, header: str, body: bytes, at: datetime) -> None:
        """The library compares in constant time; the moment is held against our own clock."""
        try:
            stripe.WebhookSignature.verify_header(body, header, self.webhook_secret)
            # read as the library reads it, which has checked it against this moment
            moment = next(part for part in header.split(",") if part.startswith("t="))
            signed_at = int(moment.split("=")[1])
        except (stripe.SignatureVerificationError, ValueError, TypeError) as error:
            raise BadMessage("the signature is not Stripe's") from error
        check_moment(signed_at, at)

    @cached_property
    def _client(self) -> stripe.StripeClient:
        return stripe.StripeClient(
            self.secret_key,
            base_addresses={"api": self.address} if self.address else {},
            http_client=stripe.RequestsClient(timeout=TIMEOUT),
            max_network_retries=1,
        )


def _key_of(given: stripe.Refund) -> object:
    return (given.to_dict().get("metadata") or {}).get("refund")


def _is_told(event: Any) -> bool:
    """Whether an event says what became of a payment; an account has many others."""
    return isinstance(event, dict) and event.get("type") in {COMPLETED, *OUTCOMES}


def _message(event: _Event) -> Message | None:
    """None where the session is not one of ours, or nothing was to be paid. Raises MoneyError."""
    session = event.data.object
    outcome = OUTCOMES.get(event.type) or OF_COMPLETED.get(session.payment_status)
    key, amount, currency = session.client_reference_id, session.amount_total, session.currency
    if outcome is None or key is None or amount is None or currency is None:
        return None
    return Message(event.id, session.id, key, outcome, from_units(amount, currency))


def _units(payment: PaymentToBegin) -> int:
    try:
        return to_units(payment.money)
    except MoneyError as error:
        raise TurnedDown(str(error)) from error


def _asked(ask: Callable[[], T]) -> T:
    """Raises Unreachable, TurnedDown."""
    try:
        return ask()
    except stripe.StripeError as error:
        if isinstance(error, stripe.APIConnectionError) or error.http_status in AGAIN:
            raise Unreachable(str(error)) from error
        raise TurnedDown(str(error)) from error
