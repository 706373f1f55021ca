"""What happens to an order writes itself into its dialogue (M1, M4).

A new order begins one, new to the shop; a split makes two. A step that leads to another status is
an entry, and one after which the order waits for money says how to pay it.
"""

from datetime import datetime

from billing_panel.kernel.language.text import text
from billing_panel.kernel.values.actor import Actor, ActorKind
from billing_panel.kernel.values.clock import local_date
from permissions.guard import allows, require
from plugins.messages.automatic.payment_words import (
    BILLING,
    asks_for_money,
    payment_words,
    sent_words,
)
from plugins.messages.correspondence.write_message import (
    NewMessage,
    Place,
    add_message,
    begin_dialogue,
    tell,
)
from plugins.messages.functions import MessagesFunction
from plugins.messages.store.models import Side
from plugins.orders.store.effect_context import EffectContext
from plugins.orders.store.models import Order
from plugins.orders.store.price_visibility import sees_prices
from plugins.orders.store.workflow_store import workflow_of
from plugins.orders.workflow.requirements import Field
from plugins.orders.workflow.workflow import Step

MESSAGE = "message"
MAX_MESSAGE = 4000
MESSAGE_FIELD = Field(
    text("Message to the client"),
    text("Sent in the order’s dialogue as the step is taken."),
    most=MAX_MESSAGE,
    for_clients=True,
    beside=True,
)


def order_placed(on: EffectContext) -> None:
    """Whoever placed it, it is the client's order that the shop has not seen yet (M1)."""
    order, place = on.order, _place(on.order)
    said = {"kind": "placed"}
    entry = NewMessage(Side.CLIENT, on.actor.user_id, on.at, automatic=True, said=said)
    begin_dialogue(on.session, place, entry)
    entries = (one for one in workflow_of(order).entries if one.status.key == order.status.key)
    bills = any(not BILLING.isdisjoint(one.effects) for one in entries)
    if bills and order.needed > 0 and any(not one.is_void for one in order.documents):
        _send(on, _standard_words(on), side=Side.STAFF)


def order_moved(on: EffectContext, step: Step) -> None:
    """Raises FunctionNotHeld for a message of somebody who may not write any."""
    written = on.fields.get(MESSAGE)
    if written is not None:
        require(on.actor, MessagesFunction.MESSAGE_WRITE)
    if not step.stays:
        said = {"kind": "status", "titles": dict(on.entered.titles)}
        entry = NewMessage(_side(on.actor), on.actor.user_id, on.at, automatic=True, said=said)
        add_message(on.session, _place(on.order), entry, is_locked=True)
    if asks_for_money(on.order, step):
        words = _standard_words(on) if written is None else sent_words(on.order, written)
        _send(on, words, side=Side.STAFF)
    elif written is not None:
        _send(on, written, side=_side(on.actor), automatic=False)


def _standard_words(on: EffectContext) -> str:
    today = local_date(on.at, on.order.provider.timezone)
    return sent_words(on.order, payment_words(on.order, today))


def step_words(order: Order, step: Step, actor: Actor, at: datetime) -> str | None:
    """What is sent when the step is taken, for staff who may change it (M4)."""
    may_write = actor.client_id is None and allows(actor, MessagesFunction.MESSAGE_WRITE)
    if not may_write or not sees_prices(actor) or not asks_for_money(order, step):
        return None
    return payment_words(order, local_date(at, order.provider.timezone))


def _send(on: EffectContext, words: str, *, side: Side, automatic: bool = True) -> None:
    place = _place(on.order)
    message = NewMessage(
        side, on.actor.user_id, on.at, text=words, automatic=automatic, has_sums=automatic
    )
    dialogue_id, _ = add_message(on.session, place, message, is_locked=True)
    if not automatic:
        tell(on.session, "message.written", dialogue_id, place, actor=on.actor, at=on.at)


def _side(actor: Actor) -> Side:
    return Side.CLIENT if actor.kind is ActorKind.CLIENT else Side.STAFF


def _place(order: Order) -> Place:
    return Place(order.provider_id, order.client_id, order.id)
