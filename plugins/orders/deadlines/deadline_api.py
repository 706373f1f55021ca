"""The API of an order's deadline."""

from datetime import datetime

from pydantic import Field, StrictStr

from billing_panel.api.endpoint_dispatch import Api, Call
from billing_panel.api.request_bodies import VersionedBody
from billing_panel.kernel.language.errors import FieldError, Invalid
from billing_panel.kernel.language.text import text
from billing_panel.kernel.values.bounded_parsing import read_moment
from plugins.orders.deadlines.change_deadline import ChangeDeadline, change_deadline
from plugins.orders.functions import OrdersFunction
from plugins.orders.lifecycle.order_json import OrderDetailsAnswer, answer_of, current_told

api = Api("orders_deadline_api", "Orders")


class DeadlineBody(VersionedBody):
    """``due_at`` ISO 8601 with its offset; null cancels it."""

    due_at: StrictStr | None = Field(examples=["2026-12-01T12:00:00+00:00"])
    reason: StrictStr


@api.post(
    "/orders/<bigid:order_id>/deadline",
    OrdersFunction.DEADLINE_CHANGE,
    example={"due_at": "2026-12-01T12:00:00+00:00", "reason": "The client is on holiday"},
    errors={409: ("no_deadline",)},
)
def post_deadline(call: Call[DeadlineBody], order_id: int) -> OrderDetailsAnswer:
    """Moves the order's deadline, or cancels it."""
    due_at = _moment(call.body.due_at)
    command = call.body.into(ChangeDeadline, order_id=order_id, due_at=due_at, version=call.version)
    with current_told(call, order_id):
        order = change_deadline(call.session, command, actor=call.actor, clock=call.panel.clock)
    return answer_of(call, order)


def _moment(written: str | None) -> datetime | None:
    """Raises Invalid."""
    if written is None:
        return None
    read = read_moment(written)
    if read is None or read.tzinfo is None:
        message = text("Write the time with its offset, such as 2026-12-01T12:00:00+00:00.")
        raise Invalid([FieldError("due_at", "moment", message)])
    return read
