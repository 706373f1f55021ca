"""The API of the list of payments, as its page has it."""

from typing import Annotated

from pydantic import Field

from billing_panel.accounts.access.scope import find_provider, providers, zone_of
from billing_panel.accounts.companies.provider_models import MethodKind
from billing_panel.api.answer_models import Answer, Key, Moment, MoneyAnswer, PageAnswer, money
from billing_panel.api.endpoint_dispatch import AnyCall, Api, Call
from billing_panel.api.query_parameters import PageQuery, one_of, page_by_id
from billing_panel.api.request_bodies import NoBody
from plugins.finance.functions import FinanceFunction
from plugins.finance.incoming.list_payments import (
    PaymentFilter,
    PaymentRow,
    Standing,
    listed_payments,
)
from plugins.orders.balance.statement import read_days

MOST_TYPED = 200

api = Api("finance_payments_api", "Payments")


class PaymentsQuery(PageQuery):
    """``from`` and ``to``: days where the provider is, both counted in; empty: without an end.

    ``query``: an order’s number, or words of a reference.
    """

    state: Annotated[Standing | None, one_of(Standing, "unknown_state")] = None
    method: Annotated[MethodKind | None, one_of(MethodKind, "unknown_method")] = None
    provider: str = Field(default="", examples=["nordvik"])
    query: str = Field(default="", max_length=MOST_TYPED, examples=["10017"])
    from_: str = Field(default="", alias="from", examples=["2026-11-01"])
    to: str = Field(default="", examples=["2026-11-30"])


class ListedPaymentAnswer(Answer):
    """A payment of an order. ``at``: when it was received; before that when it was begun."""

    id: int
    at: Moment
    provider: Key
    client: str
    client_id: int
    order_id: int
    order: str = Field(examples=["10017"])
    method: MethodKind
    state: Standing
    reference: str
    amount: MoneyAnswer
    refunded: MoneyAnswer


@api.get("/payments", FinanceFunction.PAYMENT_READ)
def list_payments(call: Call[NoBody, PaymentsQuery]) -> PageAnswer[ListedPaymentAnswer]:
    """Lists payments of orders in scope, newest first."""
    limit = call.query.limit
    found = listed_payments(call.session, call.actor, _shown(call, call.query), limit + 1)
    rows, cursor = page_by_id(found, limit)
    return PageAnswer(items=[_answer(row) for row in rows], next_cursor=cursor)


def _shown(call: AnyCall, query: PaymentsQuery) -> PaymentFilter:
    """Raises NotFound, Invalid."""
    if query.provider:
        find_provider(call.session, call.actor, query.provider)
    days = read_days(query.from_, query.to)
    return PaymentFilter(
        standing=query.state,
        method=query.method,
        provider=query.provider,
        query=query.query,
        since=days.first,
        until=days.last,
        zone=zone_of(providers(call.session, call.actor), query.provider),
        before=query.cursor,
    )


def _answer(row: PaymentRow) -> ListedPaymentAnswer:
    return ListedPaymentAnswer(
        id=row.id,
        at=row.at,
        provider=row.provider,
        client=row.client,
        client_id=row.client_id,
        order_id=row.order_id,
        order=row.number,
        method=row.method,
        state=row.standing,
        reference=row.reference,
        amount=money(row.amount),
        refunded=money(row.refunded),
    )
