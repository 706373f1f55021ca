"""The API of orders as a whole: lists of them, one with everything about it, its documents."""

from collections.abc import Sequence
from typing import Annotated

from pydantic import Field

from billing_panel.accounts.access.scope import find_client
from billing_panel.api.answer_models import PageAnswer
from billing_panel.api.endpoint_dispatch import AnyCall, Api, Call
from billing_panel.api.known_filters import unknown
from billing_panel.api.query_parameters import (
    PageQuery,
    ProviderPageQuery,
    one_of,
    page_by_id,
    page_by_place,
)
from billing_panel.api.request_bodies import NoBody
from billing_panel.kernel.language.text import text
from plugins.orders.functions import OrdersFunction
from plugins.orders.lifecycle.order_json import (
    OrderAnswer,
    OrderDetailsAnswer,
    answer_of,
    order_answers,
)
from plugins.orders.listing.listed_orders import history, knows_status
from plugins.orders.listing.order_filter import OrderFilter
from plugins.orders.settlement.payment_json import BillAnswer, bill_answer
from plugins.orders.store.find_orders import find_order
from plugins.orders.store.order_sum_rules import PaymentStanding
from plugins.orders.store.plain_reading.told_orders import ToldOrder
from plugins.orders.workflow.statuses.stage import Stage

NO_SUCH_STATUS = text("No status has this key; GET /workflows lists them.")

api = Api("orders_api", "Orders")


class OrdersQuery(ProviderPageQuery):
    """``query``: words as people type them. ``unpaid`` leaves out what is done or lost."""

    query: str | None = Field(default=None, examples=["10017"])
    status: str | None = Field(default=None, examples=["awaiting_payment"])
    payment_state: Annotated[
        PaymentStanding | None, one_of(PaymentStanding, "unknown_payment_state")
    ] = None

    def shown(self, stage: Stage | None = None) -> OrderFilter:
        """One row more than the page has."""
        return OrderFilter(
            query=self.query,
            provider=self.provider,
            status=self.status,
            stages=(stage,) if stage else (),
            payment=self.payment_state,
            before=self.cursor,
            limit=self.limit + 1,
        )


class HistoryQuery(OrdersQuery):
    """``stage``: how far the orders are."""

    stage: Annotated[Stage | None, one_of(Stage, "unknown_stage")] = None


def refuse_unknown_status(call: AnyCall) -> None:
    """Raises Invalid ``unknown_status`` where no provider in scope has, or had, such a status."""
    key = call.query.status
    if key is not None and not knows_status(call.session, call.actor, key):
        raise unknown("status", NO_SUCH_STATUS)


@api.get("/clients/<bigid:client_id>/orders", OrdersFunction.HISTORY_READ)
def show_history(call: Call[NoBody, HistoryQuery], client_id: int) -> PageAnswer[OrderAnswer]:
    """Lists the client's orders, newest first."""
    query = call.query
    client = find_client(call.session, call.actor, client_id=client_id)
    refuse_unknown_status(call)
    rows = history(call.session, call.actor, client, query.shown(query.stage))
    return page_of_orders(call, rows, query.limit)


@api.get("/orders/<bigid:order_id>", OrdersFunction.ORDER_READ)
def show_order(call: Call, order_id: int) -> OrderDetailsAnswer:
    """Shows an order with everything about it, its payments and their refunds too."""
    return answer_of(call, find_order(call.session, call.actor, order_id))


@api.get("/orders/<bigid:order_id>/invoices", OrdersFunction.ORDER_READ)
def list_invoices(call: Call[NoBody, PageQuery], order_id: int) -> PageAnswer[BillAnswer]:
    """Lists the order's documents."""
    order = find_order(call.session, call.actor, order_id)
    page, cursor = page_by_place(call.query, order.documents)
    return PageAnswer(items=[bill_answer(row, call.actor) for row in page], next_cursor=cursor)


def page_of_orders(call: AnyCall, rows: Sequence[ToldOrder], limit: int) -> PageAnswer[OrderAnswer]:
    """Say a page of orders that were read with one more than it has."""
    shown, cursor = page_by_id(rows, limit)
    return PageAnswer(
        items=order_answers(call.session, shown, call.language, call.actor), next_cursor=cursor
    )
