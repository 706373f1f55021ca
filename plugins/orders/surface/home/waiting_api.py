"""The API of what of orders waits for whoever asks, as the first page tells it."""

from pydantic import Field

from billing_panel.api.answer_models import Answer, Moment
from billing_panel.api.endpoint_dispatch import Api, Call
from billing_panel.kernel.extension.home_parts import Waiting
from billing_panel.kernel.language.text import Text, Titles, say
from plugins.orders.functions import OrdersFunction
from plugins.orders.surface.home.waiting_orders import waiting_orders

api = Api("orders_waiting_api", "Orders")


class WaitingAnswer(Answer):
    """Orders that wait for the caller. ``more``: nobody counted further than ``count``.

    ``since``: since when the oldest waits. ``filters``: of the list that shows them.
    """

    title: str = Field(examples=["Awaiting payment"])
    note: str = Field(examples=["Nordvik Hosting"])
    count: int
    more: bool
    since: Moment | None
    urgent: bool
    filters: dict[str, str] = Field(examples=[{"status": "nordvik.awaiting_payment"}])


class WaitingListAnswer(Answer):
    """All that waits for the caller."""

    items: list[WaitingAnswer]


@api.get("/orders/waiting", OrdersFunction.HISTORY_READ)
def list_waiting_orders(call: Call) -> WaitingListAnswer:
    """Counts the orders that wait for the caller: to be accepted, paid or answered, or are late."""
    found = waiting_orders(call.session, call.actor, call.panel.clock.now())
    return WaitingListAnswer(items=[_answer(one, call.language) for one in found])


def _answer(one: Waiting, language: str) -> WaitingAnswer:
    return WaitingAnswer(
        title=say(one.title, language),
        note=say(one.note, language) if isinstance(one.note, Text | Titles) else one.note,
        count=one.count,
        more=one.most,
        since=one.since,
        urgent=one.urgent,
        filters={name: str(value) for name, value in one.values.items()},
    )
