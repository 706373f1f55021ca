"""The API of top-ups: asking for one, calling it off, and recording its money."""

from pydantic import Field, StrictStr

from billing_panel.accounts.access.scope import find_client, provider_for
from billing_panel.accounts.companies.provider_models import MethodKind
from billing_panel.api.answer_models import Answer, Key, Moment, MoneyAnswer, PageAnswer, money
from billing_panel.api.endpoint_dispatch import Api, Call
from billing_panel.api.query_parameters import PageQuery, page_by_id
from billing_panel.api.request_bodies import AmountBody, Body, MoneyBody, NoBody, refuse_other
from permissions.panel_functions import PanelFunction
from plugins.orders.store.top_up import TopUp, TopUpState
from plugins.orders.top_ups.ask_top_up import ASKING, AskTopUp, ask_top_up, cancel_top_up
from plugins.orders.top_ups.find_top_ups import newest_top_ups
from plugins.orders.top_ups.receive_top_up import record_top_up

CLIENT = "/clients/<bigid:client_id>/top-ups"
TOP_UP = "/top-ups/<bigid:top_up_id>"

api = Api("orders_top_up_api", "Balance")


class TopUpBody(Body):
    """``amount`` in the provider's currency; ``method``: the key of one the client may choose."""

    amount: AmountBody
    method: StrictStr = Field(max_length=64)
    provider: StrictStr | None = None


class RecordBody(Body):
    """``received_on``: the day on which the money came; empty: today."""

    received_on: StrictStr = Field(default="", max_length=10)


class TopUpDocument(Answer):
    """The pro-forma of a bank transfer; its number is the reference of the transfer."""

    id: int
    number: str


class TopUpAnswer(Answer):
    """A top-up. ``page``: where the client goes on to pay, of one at a payment system that waits.

    ``closed_at``: since when it is paid, cancelled or failed; null while it waits.
    """

    id: int
    number: str = Field(examples=["T10007"])
    provider: Key
    method: MethodKind
    amount: MoneyAnswer
    state: TopUpState
    asked_at: Moment
    closed_at: Moment | None
    document: TopUpDocument | None
    page: str | None


@api.get(CLIENT, PanelFunction.BALANCE_READ)
def list_top_ups(call: Call[NoBody, PageQuery], client_id: int) -> PageAnswer[TopUpAnswer]:
    """Lists the client's top-ups, newest first."""
    find_client(call.session, call.actor, client_id=client_id)
    query = call.query
    found = newest_top_ups(
        call.session, call.actor, client_id, before=query.cursor, limit=query.limit + 1
    )
    rows, cursor = page_by_id(found, query.limit)
    return PageAnswer(
        items=[_answer(call.panel.config.public_url, row) for row in rows], next_cursor=cursor
    )


@api.post(
    CLIENT,
    *ASKING,
    status=201,
    example={"amount": "50.00", "method": "bank_transfer", "provider": "nordvik"},
    errors={422: ("invalid_amount", "provider_needed", "too_many_waiting", "too_many_top_ups")},
)
def post_top_up(call: Call[TopUpBody], client_id: int) -> TopUpAnswer:
    """Tops up the client's balance: it waits for the money.

    A bank transfer comes with its pro-forma; at a payment system the client goes on on ``page``.
    """
    body = call.body
    amount = body.amount
    if isinstance(amount, MoneyBody):
        client = find_client(call.session, call.actor, client_id=client_id)
        provider = provider_for(call.session, call.actor, client, body.provider)
        refuse_other(amount.currency, provider.currency, "amount")
        amount = amount.amount
    command = AskTopUp(client_id, amount, body.method, body.provider)
    asked = ask_top_up(call.session, command, actor=call.actor, clock=call.panel.clock)
    return _answer(call.panel.config.public_url, asked)


@api.post(f"{TOP_UP}/cancel", *ASKING, example={}, errors={409: ("not_waiting",)})
def post_cancel(call: Call[NoBody], top_up_id: int) -> TopUpAnswer:
    """Cancels a top-up that waits; its pro-forma is void then."""
    cancelled = cancel_top_up(call.session, top_up_id, actor=call.actor, clock=call.panel.clock)
    return _answer(call.panel.config.public_url, cancelled)


@api.post(
    f"{TOP_UP}/record",
    PanelFunction.BALANCE_CREDIT,
    example={"received_on": "2026-11-21"},
    errors={409: ("not_waiting", "paid_outside"), 422: ("future_day", "month_closed")},
)
def post_record(call: Call[RecordBody], top_up_id: int) -> TopUpAnswer:
    """Records that the money of a top-up has come, and credits the balance."""
    recorded = record_top_up(
        call.session,
        top_up_id,
        actor=call.actor,
        clock=call.panel.clock,
        received_on=call.body.received_on,
    )
    return _answer(call.panel.config.public_url, recorded)


def _answer(public_url: str, top_up: TopUp) -> TopUpAnswer:
    goes_on = top_up.gateway is not None and top_up.state is TopUpState.WAITING
    document = top_up.document
    return TopUpAnswer(
        id=top_up.id,
        number=top_up.number,
        provider=top_up.provider.key,
        method=top_up.method,
        amount=money(top_up.sum),
        state=top_up.state,
        asked_at=top_up.asked_at,
        closed_at=top_up.closed_at,
        document=TopUpDocument(id=document.id, number=document.number) if document else None,
        page=f"{public_url}/clients/{top_up.client_id}/top-ups" if goes_on else None,
    )
