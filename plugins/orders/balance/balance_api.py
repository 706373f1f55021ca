"""The API of a client's balance: their statement, crediting and debiting them."""

from dataclasses import replace
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, StrictStr

from billing_panel.accounts.access.scope import find_client, provider_for
from billing_panel.api.answer_models import Key, PageAnswer
from billing_panel.api.endpoint_dispatch import AnyCall, Api, Call
from billing_panel.api.query_parameters import ProviderPageQuery, chosen, page_by_id
from billing_panel.api.request_bodies import AmountBody, Body, MoneyBody, NoBody, refuse_other
from billing_panel.kernel.values.money import POINTS
from billing_panel.ledger.client_standing import newest
from billing_panel.ledger.models import LedgerEntry
from billing_panel.web.shell.route_access import staff_only
from permissions.panel_functions import PanelFunction
from plugins.orders.balance.change_balance import (
    ChangeBalance,
    ReverseEntry,
    credit_balance,
    debit_balance,
    reverse_entry,
)
from plugins.orders.balance.posting_json import PostingAnswer, posting_answer
from plugins.orders.balance.statement import find_account, lines_of, read_days

CLIENT = "/clients/<bigid:client_id>"
REFUSALS = ("invalid_amount", "provider_needed", "future_day", "month_closed")

api = Api("orders_balance_api", "Balance")


class StatementQuery(ProviderPageQuery):
    """``from`` and ``to``: days where the provider is, both counted in."""

    from_: str = Field(default="", alias="from", examples=["2026-11-01"])
    to: str = Field(default="", examples=["2026-11-30"])
    currency: Annotated[
        Literal["money", "points"], BeforeValidator(chosen(["money", POINTS], "unknown_currency"))
    ] = "money"


class StatementAnswer(PageAnswer[PostingAnswer]):
    """A page of the client's statement with one provider."""

    provider: Key


class ChangeBody(Body):
    """``amount`` in the provider's currency unless it names its own, which may be points.

    ``method``: the key of the kind the money came by, or went by; none with goodwill.
    ``received_on``: the day on which it came or went; empty: today.
    """

    amount: AmountBody
    reason: StrictStr
    provider: StrictStr | None = None
    method: StrictStr = Field(default="", max_length=64)
    received_on: StrictStr = Field(default="", max_length=10, examples=["2026-11-30"])


class ReverseBody(Body):
    """``reason``: why, as the statement has it."""

    reason: StrictStr


@api.get(f"{CLIENT}/postings", PanelFunction.BALANCE_READ, errors={422: ("provider_needed",)})
def list_postings(call: Call[NoBody, StatementQuery], client_id: int) -> StatementAnswer:
    """Lists the client's statement, newest first: each posting with the balance after it."""
    query = call.query
    in_points = query.currency == POINTS
    account = find_account(call.session, call.actor, client_id, query.provider, in_points=in_points)
    statement = account.statement(read_days(query.from_, query.to))
    found = newest(call.session, replace(statement, before=query.cursor), query.limit + 1)
    rows, cursor = page_by_id(found, query.limit)
    lines = lines_of(call.session, rows, call.actor)
    return StatementAnswer(
        provider=account.provider.key,
        items=[posting_answer(line, call.language) for line in lines],
        next_cursor=cursor,
    )


@api.post(
    f"{CLIENT}/credits",
    PanelFunction.BALANCE_CREDIT,
    status=201,
    example={"amount": "25.00", "reason": "Goodwill for the outage", "provider": "nordvik"},
    errors={422: REFUSALS},
)
def post_credit(call: Call[ChangeBody], client_id: int) -> PostingAnswer:
    """Credits the client's balance, or their points."""
    command = _command(call, client_id)
    entry = credit_balance(call.session, command, actor=call.actor, clock=call.panel.clock)
    return _posting(call, entry)


@api.post(
    f"{CLIENT}/debits",
    PanelFunction.BALANCE_DEBIT,
    status=201,
    example={"amount": {"amount": "50", "currency": "points"}, "reason": "Credited twice"},
    errors={422: (*REFUSALS, "insufficient_funds")},
)
def post_debit(call: Call[ChangeBody], client_id: int) -> PostingAnswer:
    """Debits the client's balance, or their points."""
    command = _command(call, client_id)
    entry = debit_balance(call.session, command, actor=call.actor, clock=call.panel.clock)
    return _posting(call, entry)


@api.post(
    f"{CLIENT}/entries/<bigid:entry_id>/reverse",
    PanelFunction.BALANCE_CREDIT,
    PanelFunction.BALANCE_DEBIT,
    status=201,
    example={"reason": "Credited to the wrong client"},
    errors={
        409: ("not_by_hand", "already_reversed"),
        422: ("insufficient_funds",),
    },
)
def post_reversal(call: Call[ReverseBody], client_id: int, entry_id: int) -> PostingAnswer:
    """Undoes a credit or debit made by hand, once, by an entry of its own. For staff alone.

    A credit requires `balance:balance:debit`, a debit `balance:balance:credit`.
    """
    staff_only(call.actor)
    command = ReverseEntry(client_id, entry_id, call.body.reason)
    entry = reverse_entry(call.session, command, actor=call.actor, clock=call.panel.clock)
    return _posting(call, entry)


def _command(call: Call[ChangeBody], client_id: int) -> ChangeBalance:
    """Raises Invalid ``invalid_amount`` for another currency than the provider's, or points."""
    body = call.body
    if not isinstance(body.amount, MoneyBody):
        return body.into(ChangeBalance, client_id=client_id)
    amount, currency = body.amount.amount, body.amount.currency
    if currency != POINTS:
        client = find_client(call.session, call.actor, client_id=client_id)
        provider = provider_for(call.session, call.actor, client, body.provider)
        refuse_other(currency, provider.currency, "amount")
    in_points = currency == POINTS
    return body.into(ChangeBalance, client_id=client_id, amount=amount, in_points=in_points)


def _posting(call: AnyCall, entry: LedgerEntry) -> PostingAnswer:
    """The one on the client's own account."""
    (own,) = [posting for posting in entry.postings if posting.account.client_id is not None]
    (line,) = lines_of(call.session, [own], call.actor)
    return posting_answer(line, call.language)
