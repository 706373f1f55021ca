"""The API of the list of orders, with every filter that its page has and saved views name."""

from collections.abc import Mapping
from dataclasses import replace

from pydantic import Field

from billing_panel.api.answer_models import PageAnswer
from billing_panel.api.endpoint_dispatch import AnyCall, Api, Call
from billing_panel.api.request_bodies import NoBody
from plugins.orders.functions import OrdersFunction
from plugins.orders.lifecycle.order_json import OrderAnswer
from plugins.orders.listing.listed_orders import all_orders
from plugins.orders.listing.order_filter import OrderFilter
from plugins.orders.listing.status_counts import offered
from plugins.orders.surface.order_api import OrdersQuery, page_of_orders, refuse_unknown_status
from plugins.orders.surface.order_lists.read_order_filter import Known, read_asked

MOST_TYPED = 200
FURTHER = (
    "stage",
    "payment",
    "client",
    "tariff",
    "age",
    "placed_by",
    "person",
    "department",
    "deadline",
    "unread",
)

api = Api("orders_list_api", "Orders")


class AllOrdersQuery(OrdersQuery):
    """``status``: a key, or ``PROVIDER.STATUS``. ``payment``: as ``payment_state``, ``owed``, …

    ``client``, ``person``: logins, ``person`` of who placed it; ``department``: of who did.
    ``age``: day, week, month, or ``over_day``, …; ``deadline``: any, day, week; ``unread``: yes.
    """

    stage: str = Field(default="", max_length=MOST_TYPED, examples=["active"])
    payment: str = Field(default="", max_length=MOST_TYPED, examples=["overdue"])
    client: str = Field(default="", max_length=MOST_TYPED, examples=["stoyanova"])
    tariff: str = Field(default="", max_length=MOST_TYPED, examples=["web-start"])
    age: str = Field(default="", max_length=MOST_TYPED, examples=["week"])
    placed_by: str = Field(default="", max_length=MOST_TYPED, examples=["client"])
    person: str = Field(default="", max_length=MOST_TYPED, examples=["maria"])
    department: str = Field(default="", max_length=MOST_TYPED, examples=["sales"])
    deadline: str = Field(default="", max_length=MOST_TYPED, examples=["day"])
    unread: str = Field(default="", max_length=MOST_TYPED, examples=["yes"])

    @property
    def further(self) -> Mapping[str, str]:
        """What the page asks beyond the plain list, by name."""
        asked = {name: getattr(self, name) for name in FURTHER if getattr(self, name)}
        if self.status and "." in self.status:
            asked["status"] = self.status
        return asked


@api.get("/orders", OrdersFunction.HISTORY_READ)
def list_orders(call: Call[NoBody, AllOrdersQuery]) -> PageAnswer[OrderAnswer]:
    """Lists the orders in scope, newest first."""
    query = call.query
    if "status" not in query.further:
        refuse_unknown_status(call)
    rows = all_orders(call.session, call.actor, _shown(call, query))
    return page_of_orders(call, rows, query.limit)


def _shown(call: AnyCall, query: AllOrdersQuery) -> OrderFilter:
    """Raises Invalid, each filter that is wrong by its name."""
    plain, further = query.shown(), query.further
    if not further:
        return plain
    scope = offered(call.session, call.actor)
    known = Known(call.session, call.actor, scope, call.panel.clock.now())
    asked = read_asked(further, known, within="")
    if asked.refusal is not None:
        raise asked.refusal
    found = asked.shown
    return replace(
        found,
        query=plain.query,
        provider=plain.provider or found.provider,
        status=found.status or plain.status,
        payment=plain.payment or found.payment,
        before=plain.before,
        limit=plain.limit,
    )
