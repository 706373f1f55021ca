"""The API of money: a client's statement, crediting and debiting them, payments of orders, refunds,
raised prices.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Annotated, Any, Literal, Protocol, TypeVar

from pydantic import Field, PlainValidator, StrictStr
from pydantic_core import PydanticCustomError
from sqlalchemy.orm import Session

from billing_panel.accounts.firms.providers import MethodKind
from billing_panel.api.bodies import Body, MoneyBody, NoBody, page_of, query_values
from billing_panel.api.routes import Answer, Api, Call
from billing_panel.kernel.language.errors import Conflict, FieldError, Invalid
from billing_panel.kernel.language.text import AnyOf, text
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.clock import Clock
from billing_panel.kernel.values.money import POINTS
from billing_panel.ledger.models import LedgerEntry
from billing_panel.ledger.queries import newest
from permissions.functions import PanelFunction
from plugins.orders.balance.change_balance import ChangeBalance, credit_balance, debit_balance
from plugins.orders.balance.statements import find_account, lines_of, read_days
from plugins.orders.functions import OrdersFunction
from plugins.orders.lifecycle.raise_price import RaisePrice, raise_price
from plugins.orders.payments.give_up_payment import GiveUpPayment, give_up_payment
from plugins.orders.payments.pay_order import PayOrder, RefundPayment, pay_order, refund_payment
from plugins.orders.store.models import Order
from plugins.orders.store.queries import find_order, find_payment
from plugins.orders.surface.representation import (
    order_details,
    payment_row,
    posting_row,
    refund_row,
)

api = Api("orders_money_api")
T = TypeVar("T")
MAX_AMOUNT = 64
CLIENT = "/clients/<bigid:client_id>"


def _amount(value: object) -> str | MoneyBody:
    """One sentence where a union of types would tell one for each."""
    if isinstance(value, dict) and value.keys() == {"amount", "currency"}:
        if all(_is_word(part) for part in value.values()):
            return MoneyBody(**value)
    elif isinstance(value, str) and _is_word(value):
        return value
    raise PydanticCustomError(
        "invalid_amount", 'an amount is a text, or {"amount": "12.50", "currency": "EUR"}'
    )


def _is_word(value: object) -> bool:
    return isinstance(value, str) and len(value) <= MAX_AMOUNT and "\0" not in value


AmountBody = Annotated[str | MoneyBody, PlainValidator(_amount)]


class ChangeBody(Body):
    """``amount`` in the provider's currency unless it names its own, which may be points."""

    amount: AmountBody
    reason: StrictStr
    provider: StrictStr | None = None
    method: StrictStr = Field(default="", max_length=64)

    @property
    def currency(self) -> str | None:
        return self.amount.currency if isinstance(self.amount, MoneyBody) else None

    def command(self, client_id: int) -> ChangeBalance:
        return ChangeBalance(
            client_id,
            self.amount.amount if isinstance(self.amount, MoneyBody) else self.amount,
            self.reason,
            provider=self.provider,
            in_points=self.currency == POINTS,
            method=self.method,
        )


class PaymentBody(Body):
    method: StrictStr = Field(max_length=64)
    amount: AmountBody | None = None
    reference: StrictStr = Field(default="", max_length=140)
    version: int | None = Field(default=None, ge=1)


class RefundBody(Body):
    to: Literal["balance", "method"]
    reason: StrictStr
    amount: AmountBody | None = None
    version: int | None = Field(default=None, ge=1)


class GiveUpBody(Body):
    reason: StrictStr = ""
    version: int | None = Field(default=None, ge=1)


class PriceBody(Body):
    unit_price: AmountBody
    reason: StrictStr
    version: int | None = Field(default=None, ge=1)


@api.get(f"{CLIENT}/postings", PanelFunction.BALANCE_READ)
def list_postings(call: Call[NoBody], client_id: int) -> Answer:
    """Newest first; ``from`` and ``to`` are days where the provider is, both counted in."""
    values = query_values("from", "to", "provider", "currency", "limit", "cursor")
    limit, before = page_of(values)
    account = find_account(
        call.session,
        call.actor,
        client_id,
        values.get("provider"),
        in_points=_in_points(values.get("currency")),
    )
    days = read_days(values.get("from", ""), values.get("to", ""))
    statement = replace(account.statement(days), before=before)
    rows = newest(call.session, statement, limit + 1)
    return {
        "provider": account.provider.key,
        "items": [
            posting_row(line, call.language)
            for line in lines_of(call.session, rows[:limit], call.actor)
        ],
        "next_cursor": str(rows[limit - 1].id) if len(rows) > limit else None,
    }


@api.post(f"{CLIENT}/credits", PanelFunction.BALANCE_CREDIT, body=ChangeBody)
def post_credit(call: Call[ChangeBody], client_id: int) -> Answer:
    return _change(call, client_id, credit_balance)


@api.post(f"{CLIENT}/debits", PanelFunction.BALANCE_DEBIT, body=ChangeBody)
def post_debit(call: Call[ChangeBody], client_id: int) -> Answer:
    return _change(call, client_id, debit_balance)


@api.post(
    "/orders/<bigid:order_id>/payments",
    OrdersFunction.PAYMENT_RECORD,
    OrdersFunction.ORDER_PAY,
    body=PaymentBody,
)
def post_payment(call: Call[PaymentBody], order_id: int) -> Answer:
    """The payment; with ``also`` those in points that were paid by the same request."""
    body = call.body
    order = find_order(call.session, call.actor, order_id)
    command = PayOrder(
        order_id,
        body.method,
        _amount_in(_paid_in(order, body.method), body.amount, "amount"),
        body.reference,
        _seen(call),
    )
    first, *also = _with_current(
        call,
        order_id,
        lambda: pay_order(call.session, command, actor=call.actor, clock=call.panel.clock),
    )
    row, *others = [payment_row(payment, call.actor) for payment in (first, *also)]
    return ({**row, "also": others} if also else row), 201


@api.post("/payments/<bigid:payment_id>/refunds", PanelFunction.PAYMENT_REFUND, body=RefundBody)
def post_refund(call: Call[RefundBody], payment_id: int) -> Answer:
    body = call.body
    payment = find_payment(call.session, call.actor, payment_id)
    command = RefundPayment(
        payment_id,
        body.reason,
        body.to,
        _amount_in(payment.currency, body.amount, "amount"),
        _seen(call),
    )
    refund = _with_current(
        call,
        payment.order_id,
        lambda: refund_payment(call.session, command, actor=call.actor, clock=call.panel.clock),
    )
    return refund_row(refund, payment.currency, call.actor), 201


@api.post(
    "/payments/<bigid:payment_id>/give-up",
    OrdersFunction.PAYMENT_RECORD,
    OrdersFunction.ORDER_PAY,
    body=GiveUpBody,
)
def post_give_up(call: Call[GiveUpBody], payment_id: int) -> Answer:
    """Of a payment at a payment system; what is paid there all the same is taken."""
    payment = find_payment(call.session, call.actor, payment_id)
    command = GiveUpPayment(payment_id, call.body.reason, _seen(call))
    given_up = _with_current(
        call,
        payment.order_id,
        lambda: give_up_payment(call.session, command, actor=call.actor, clock=call.panel.clock),
    )
    return payment_row(given_up, call.actor)


@api.post(
    "/orders/<bigid:order_id>/lines/<bigid:line_id>/price",
    OrdersFunction.PRICE_RAISE,
    body=PriceBody,
)
def post_price(call: Call[PriceBody], order_id: int, line_id: int) -> Answer:
    order = find_order(call.session, call.actor, order_id)
    price = _amount_in(order.currency, call.body.unit_price, "unit_price")
    command = RaisePrice(order_id, line_id, price, call.body.reason, _seen(call))
    raised = _with_current(
        call,
        order_id,
        lambda: raise_price(call.session, command, actor=call.actor, clock=call.panel.clock),
    )
    return order_details(call.session, raised, call.language, call.actor)


class Changing(Protocol):
    """Crediting or debiting."""

    def __call__(
        self, session: Session, command: ChangeBalance, *, actor: Actor, clock: Clock
    ) -> LedgerEntry: ...


def _change(call: Call[ChangeBody], client_id: int, act: Changing) -> Answer:
    """The posting on the client's own account, with the balance after it for who may see it."""
    command = call.body.command(client_id)
    entry = act(call.session, command, actor=call.actor, clock=call.panel.clock)
    (own,) = [posting for posting in entry.postings if posting.account.client_id is not None]
    _refuse_other(call.body.currency, own.account.currency, "amount")
    (line,) = lines_of(call.session, [own], call.actor)
    return posting_row(line, call.language), 201


def _amount_in(currency: str, asked: str | MoneyBody | None, field: str) -> str:
    """What was asked, in ``currency``; empty: all. Raises Invalid ``invalid_amount``."""
    if isinstance(asked, MoneyBody):
        _refuse_other(asked.currency, currency, field)
        return asked.amount
    return asked or ""


def _refuse_other(named: str | None, currency: str, field: str) -> None:
    if named not in {None, currency}:
        message = text("Use %(currency)s for the amount here.", currency=currency)
        error = FieldError(field, "invalid_amount", message)
        raise Invalid([error], code="invalid_amount")


def _paid_in(order: Order, method: str) -> str:
    kinds = {known.key: known.kind for known in order.provider.payment_methods}
    return POINTS if kinds.get(method) is MethodKind.POINTS else order.currency


def _seen(call: Call[Any]) -> int | None:
    seen: int | None = call.body.version if call.seen_version is None else call.seen_version
    return seen


def _with_current(call: Call[Any], order_id: int, act: Callable[[], T]) -> T:
    """A stale version is answered with the order as it is now."""
    try:
        return act()
    except Conflict as error:
        if error.code == "stale_version":
            now = find_order(call.session, call.actor, order_id)
            error.facts["current"] = order_details(call.session, now, call.language, call.actor)
        raise


def _in_points(written: str | None) -> bool:
    if written not in {None, "money", POINTS}:
        message = text("Choose one of: %(choices)s.", choices=AnyOf(["money", POINTS]))
        raise Invalid([FieldError("currency", "unknown_currency", message)])
    return written == POINTS
