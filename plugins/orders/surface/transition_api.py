"""The API of an order's transitions: what can be done, doing it, and what happened."""

from pydantic import Field, StrictStr

from billing_panel.api.answer_models import PageAnswer
from billing_panel.api.endpoint_dispatch import Api, Call
from billing_panel.api.query_parameters import PageQuery
from billing_panel.api.request_bodies import NoBody, VersionedBody
from billing_panel.kernel.language.errors import FieldError, Invalid
from billing_panel.kernel.language.text import text
from plugins.orders.functions import OrdersFunction
from plugins.orders.lifecycle.advance_order import AdvanceOrder, advance_order
from plugins.orders.lifecycle.available_steps import offers_for
from plugins.orders.lifecycle.order_json import OrderDetailsAnswer, answer_of, current_told
from plugins.orders.lifecycle.preview_step import preview_step
from plugins.orders.store.find_orders import find_order
from plugins.orders.surface.transition_json import (
    HappenedAnswer,
    PreviewAnswer,
    TransitionsAnswer,
    happened_answer,
    preview_answer,
    transition_answer,
)
from plugins.orders.timeline.order_timeline import oldest
from plugins.orders.workflow.order_facts import BY_HAND

ORDER = "/orders/<bigid:order_id>"
CANCEL = {"action": "cancel", "reason": "The client changed their mind", "version": 3}

api = Api("orders_transition_api", "Orders")


class TransitionBody(VersionedBody):
    """``action``, or ``to``: a status set by hand. ``reason`` is the field of that name."""

    action: StrictStr | None = Field(default=None, max_length=64)
    to: StrictStr | None = Field(default=None, max_length=64)
    fields: dict[str, StrictStr] = Field(default_factory=dict, max_length=20)
    reason: StrictStr | None = None

    def command(self, order_id: int, seen: int | None) -> AdvanceOrder:
        """Raises Invalid when neither says what to do."""
        if self.action is None and self.to is None:
            message = text("Name an action, or the status to go to.")
            raise Invalid([FieldError("action", "required", message)])
        reason = {} if self.reason is None else {"reason": self.reason}
        return AdvanceOrder(
            order_id,
            action=self.action or BY_HAND,
            to=self.to,
            fields={**self.fields, **reason},
            version=seen,
        )


@api.get(f"{ORDER}/timeline", OrdersFunction.ORDER_READ)
def show_timeline(call: Call[NoBody, PageQuery], order_id: int) -> PageAnswer[HappenedAnswer]:
    """Lists what happened to the order, when, by whom and why, oldest first."""
    order = find_order(call.session, call.actor, order_id)
    query = call.query
    part = oldest(call.session, order, call.actor, after=query.cursor, most=query.limit)
    return PageAnswer(
        items=[happened_answer(entry, call.language) for entry in part.entries],
        next_cursor=None if part.next is None else str(part.next),
    )


@api.get(f"{ORDER}/transitions", OrdersFunction.ORDER_READ)
def list_transitions(call: Call, order_id: int) -> TransitionsAnswer:
    """Lists what the caller can do with the order now, and what not, with the reasons."""
    order = find_order(call.session, call.actor, order_id)
    offers = offers_for(call.session, order, call.actor, call.panel.clock.now())
    return TransitionsAnswer(
        items=[transition_answer(offer, call.actor, call.language) for offer in offers]
    )


@api.post(
    f"{ORDER}/transitions",
    OrdersFunction.ORDER_READ,
    example=CANCEL,
    errors={
        409: ("transition_refused", "out_of_stock"),
        422: ("missing_fields", "insufficient_funds", "too_many_parts"),
    },
)
def take_transition(call: Call[TransitionBody], order_id: int) -> OrderDetailsAnswer:
    """Moves the order by an action; ``to`` alone sets a status by hand."""
    command = call.body.command(order_id, call.version)
    with current_told(call, order_id):
        order = advance_order(call.session, command, actor=call.actor, clock=call.panel.clock)
    return answer_of(call, order)


@api.post(f"{ORDER}/transitions/preview", OrdersFunction.ORDER_READ, example=CANCEL)
def preview_transition(call: Call[TransitionBody], order_id: int) -> PreviewAnswer:
    """Shows what the same body would do as a transition, or why it would be refused.

    Nothing changes: the step is taken and undone.
    """
    command = call.body.command(order_id, call.version)
    with current_told(call, order_id):
        preview = preview_step(call.session, command, actor=call.actor, clock=call.panel.clock)
    return preview_answer(preview, call.actor, call.language)
