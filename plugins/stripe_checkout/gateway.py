"""Stripe Checkout by Stripe's own library: its page, its signed events, its refunds."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

import stripe
from pydantic import BaseModel, ValidationError

from billing_panel.kernel.extension.gateways import (
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
from billing_panel.kernel.language.text import Text, text
from billing_panel.kernel.process.lazy_values import kept_property
from billing_panel.kernel.values.money import Money, MoneyError
from plugins.stripe_checkout.amounts import from_units, to_units

T = TypeVar("T")
Told = TypeVar("Told", bound=BaseModel)

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


DISPUTED, DISPUTE_CLOSED = "charge.dispute.created", "charge.dispute.closed"
# of a dispute that was closed; a mere inquiry of the bank ends as a warning
OF_CLOSED: Mapping[str, Outcome] = {
    "won": Outcome.DISPUTE_WON,
    "warning_closed": Outcome.DISPUTE_WON,
    "lost": Outcome.DISPUTE_LOST,
}
# a failure is told by several events, which one depends on the account's version of the API
REFUNDS = frozenset({"refund.failed", "refund.updated", "charge.refund.updated"})
NOT_GIVEN = frozenset({"failed", "canceled"})


class _Session(BaseModel):
    """Sessions that something else made, sharing the account, may lack any but the id."""

    id: str
    amount_total: int | None = None
    currency: str | None = None
    payment_status: str = ""
    client_reference_id: str | None = None


class _Dispute(BaseModel):
    """``payment_intent``: by it the session is found, which a dispute does not name."""

    id: str
    amount: int
    currency: str
    status: str
    payment_intent: str | None = None


class _Refund(BaseModel):
    """``metadata``: a refund of ours has its key there."""

    amount: int
    currency: str
    status: str | None = None
    metadata: dict[str, str] | None = None


class _Data(BaseModel, Generic[Told]):
    object: Told


class _Event(BaseModel, Generic[Told]):
    id: str
    type: str
    data: _Data[Told]


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
                        "unit_amount": _units(payment.money),
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
            kind = _kind(json.loads(body))
            if kind in {COMPLETED, *OUTCOMES}:
                return _of_session(_Event[_Session].model_validate_json(body))
            if kind in {DISPUTED, DISPUTE_CLOSED}:
                return self._of_dispute(_Event[_Dispute].model_validate_json(body))
            if kind in REFUNDS:
                return _of_refund(_Event[_Refund].model_validate_json(body))
        except (ValueError, ValidationError, MoneyError) as error:
            raise BadMessage("the body is no event as Stripe describes it") from error
        return None

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
            "amount": _units(refund.money),
            "metadata": {"refund": refund.key},
        }
        _asked(lambda: self._client.v1.refunds.create(wanted, {"idempotency_key": refund.key}))

    def _of_dispute(self, event: _Event[_Dispute]) -> Message | None:
        """None where it is closed in another way, or about something that is not ours."""
        dispute = event.data.object
        outcome = Outcome.DISPUTED if event.type == DISPUTED else OF_CLOSED.get(dispute.status)
        intent = dispute.payment_intent
        if outcome is None or intent is None:
            return None
        money = from_units(dispute.amount, dispute.currency)
        try:
            found = _asked(
                lambda: self._client.v1.checkout.sessions.list(
                    {"payment_intent": intent, "limit": 1}
                )
            )
        except TurnedDown as error:
            raise Unreachable(str(error)) from error
        session = next(iter(found.data), None)
        if session is None or session.client_reference_id is None:
            return None
        key = session.client_reference_id
        return Message(event.id, session.id, key, outcome, money, dispute.id)

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

    @kept_property
    def _client(self) -> stripe.StripeClient:
        return stripe.StripeClient(
            self.secret_key,
            base_addresses={"api": self.address} if self.address else {},
            http_client=stripe.RequestsClient(timeout=TIMEOUT),
            max_network_retries=1,
        )


def _key_of(given: stripe.Refund) -> object:
    return (given.to_dict().get("metadata") or {}).get("refund")


def _kind(event: Any) -> object:
    """An account has many events that are none of ours."""
    return event.get("type") if isinstance(event, dict) else None


def _of_refund(event: _Event[_Refund]) -> Message | None:
    """None where it has not failed, or somebody else made it."""
    refund = event.data.object
    key = (refund.metadata or {}).get("refund")
    if key is None or refund.status not in NOT_GIVEN:
        return None
    money = from_units(refund.amount, refund.currency)
    return Message(event.id, "", key, Outcome.REFUND_FAILED, money)


def _of_session(event: _Event[_Session]) -> Message | None:
    """None where the session is not one of ours, or nothing was to be paid. Raises MoneyError."""
    session = event.data.object
    outcome = OUTCOMES.get(event.type) or OF_COMPLETED.get(session.payment_status)
    key, amount, currency = session.client_reference_id, session.amount_total, session.currency
    if outcome is None or key is None or amount is None or currency is None:
        return None
    return Message(event.id, session.id, key, outcome, from_units(amount, currency))


def _units(money: Money) -> int:
    """Raises TurnedDown."""
    try:
        return to_units(money)
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
