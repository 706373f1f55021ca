"""The API of an order's lines: their status, their delivery, their price."""

from pydantic import Field, StrictInt, StrictStr

from billing_panel.api.endpoint_dispatch import Api, Call
from billing_panel.api.request_bodies import AmountBody, Body, VersionedBody, amount_in
from plugins.orders.functions import OrdersFunction
from plugins.orders.lifecycle.deliver_lines import DeliverLines, deliver_lines
from plugins.orders.lifecycle.order_json import OrderDetailsAnswer, answer_of, current_told
from plugins.orders.lifecycle.raise_price import RaisePrice, raise_price
from plugins.orders.lifecycle.set_line_status import SetLineStatus, set_line_status
from plugins.orders.lifecycle.use_hours import UseHours, use_hours
from plugins.orders.store.find_orders import find_order

LINE = "/orders/<bigid:order_id>/lines/<bigid:line_id>"

api = Api("orders_line_api", "Orders")


class LineStatusBody(VersionedBody):
    """``status``: a key of the workflow's line statuses."""

    status: StrictStr = Field(max_length=64)


class DeliverBody(Body):
    """``version``: the one of the order that was looked at."""

    version: StrictInt | None = None


class HoursBody(VersionedBody):
    """``hours`` used, such as 1.5; below zero they are put back. ``words``: what for."""

    hours: StrictStr = Field(max_length=16)
    words: StrictStr = Field(max_length=500)


class PriceBody(VersionedBody):
    """``unit_price`` for one, with tax or without as the order's other prices."""

    unit_price: AmountBody
    reason: StrictStr


@api.patch(
    LINE,
    OrdersFunction.STATUS_CHANGE,
    example={"status": "packed", "version": 3},
    errors={409: ("order_lost", "already_delivered", "use_deliver")},
)
def patch_line(call: Call[LineStatusBody], order_id: int, line_id: int) -> OrderDetailsAnswer:
    """Sets the status of a line, where the workflow has some."""
    command = call.body.into(
        SetLineStatus, order_id=order_id, line_id=line_id, version=call.version
    )
    with current_told(call, order_id):
        order = set_line_status(call.session, command, actor=call.actor, clock=call.panel.clock)
    return answer_of(call, order)


@api.post(
    f"{LINE}/deliver",
    OrdersFunction.LINE_DELIVER,
    example={"version": 3},
    errors={409: ("already_delivered", "delivery_refused", "order_lost")},
)
def deliver_line(call: Call[DeliverBody], order_id: int, line_id: int) -> OrderDetailsAnswer:
    """Marks a line delivered; a service begins.

    Before the order is paid, what is left becomes a debt of the client.
    """
    command = DeliverLines(order_id, (line_id,), call.version)
    with current_told(call, order_id):
        order = deliver_lines(call.session, command, actor=call.actor, clock=call.panel.clock)
    return answer_of(call, order)


@api.post(
    f"{LINE}/price",
    OrdersFunction.PRICE_RAISE,
    example={"unit_price": "12.50", "reason": "The supplier raised it", "version": 3},
    errors={409: ("order_lost",), 422: ("invalid_amount",)},
)
def post_price(call: Call[PriceBody], order_id: int, line_id: int) -> OrderDetailsAnswer:
    """Raises the price of a line; its bill is reissued."""
    order = find_order(call.session, call.actor, order_id)
    price = amount_in(order.currency, call.body.unit_price, "unit_price")
    command = call.body.into(
        RaisePrice, order_id=order_id, line_id=line_id, unit_price=price, version=call.version
    )
    with current_told(call, order_id):
        raised = raise_price(call.session, command, actor=call.actor, clock=call.panel.clock)
    return answer_of(call, raised)


@api.post(
    "/orders/<bigid:order_id>/services/<bigid:service_id>/hours",
    OrdersFunction.HOURS_USE,
    example={"hours": "1.5", "words": "Server set up by phone", "version": 3},
    errors={409: ("service_over",)},
)
def post_hours(call: Call[HoursBody], order_id: int, service_id: int) -> OrderDetailsAnswer:
    """Records hours used of a time package that was delivered; the client reads what for."""
    command = call.body.into(
        UseHours, order_id=order_id, service_id=service_id, version=call.version
    )
    with current_told(call, order_id):
        order = use_hours(call.session, command, actor=call.actor, clock=call.panel.clock)
    return answer_of(call, order)
