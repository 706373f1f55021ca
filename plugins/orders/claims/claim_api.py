"""The API of who has an order in hand."""

from pydantic import Field, StrictBool, StrictStr

from billing_panel.api.endpoint_dispatch import Api, Call
from billing_panel.api.request_bodies import Body, NoBody
from plugins.orders.claims.claim_order import MAX_NOTE, ClaimOrder, claim_order, release_order
from plugins.orders.functions import ACTING
from plugins.orders.lifecycle.order_json import OrderDetailsAnswer, answer_of

RULE = "/orders/<bigid:order_id>/claim"

api = Api("orders_claim_api", "Orders")


class ClaimBody(Body):
    """``note``: for colleagues; absent: the one that stands there stays.

    ``take_over``: also from whoever has it. ``to``: the login of the colleague who is to have it;
    absent: the caller.
    """

    note: StrictStr | None = Field(default=None, max_length=MAX_NOTE)
    take_over: StrictBool = False
    to: StrictStr | None = Field(default=None, max_length=64)


@api.post(
    RULE,
    *ACTING,
    example={"note": "Calls back at noon"},
    errors={409: ("order_claimed",), 422: ("unknown_colleague",)},
)
def post_claim(call: Call[ClaimBody], order_id: int) -> OrderDetailsAnswer:
    """Takes an order in hand, or hands it over; colleagues see who has it."""
    command = call.body.into(ClaimOrder, order_id=order_id)
    order = claim_order(call.session, command, actor=call.actor, clock=call.panel.clock)
    return answer_of(call, order)


@api.delete(
    RULE,
    *ACTING,
    errors={409: ("order_claimed",)},
)
def delete_claim(call: Call[NoBody], order_id: int) -> OrderDetailsAnswer:
    """Lets an order go that the caller has in hand."""
    order = release_order(call.session, order_id, actor=call.actor, clock=call.panel.clock)
    return answer_of(call, order)
