"""Automatic messages in an order's dialogue about what happens to it (M1, M4).

A new order begins one, new to the shop; a split makes two. A step that leads to another status is
an entry, and one after which the order waits for money says how to pay it.
"""

from datetime import datetime

from billing_panel.kernel.language.text import text
from billing_panel.kernel.values.actor import Actor, ActorKind
from billing_panel.kernel.values.calendar_dates import local_date
from permissions.guard import allows, require
from plugins.messages.automatic.how_to_pay import (
    BILLING,
    asks_for_money,
    payment_words,
    sent_words,
)
from plugins.messages.automatic.write_order_message import say
from plugins.messages.correspondence.write_message import (
    NewMessage,
    Place,
    add_message,
    attach,
    bound_files,
    tell,
)
from plugins.messages.functions import MessagesFunction
from plugins.messages.store.models import Side
from plugins.orders.store.effect_context import EffectContext
from plugins.orders.store.models import Order
from plugins.orders.store.versions.installed_vocabulary import vocabulary_of
from plugins.orders.store.versions.workflow_store import workflow_of
from plugins.orders.store.visibility.price_visibility import sees_prices
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
    say(on.session, place, entry)
    entries = (one for one in workflow_of(order).entries if one.status.key == order.status.key)
    bills = any(not BILLING.isdisjoint(one.effects) for one in entries)
    if bills and order.needed > 0 and any(not one.is_void for one in order.bills):
        say(on.session, place, _with_sums(on, _standard_words(on)))


def order_moved(on: EffectContext, step: Step) -> None:
    """Raises FunctionNotHeld for a message of somebody who may not write any."""
    written = on.fields.get(MESSAGE)
    if written is not None:
        require(on.actor, MessagesFunction.MESSAGE_WRITE)
    if on.filled.files:
        _keep_files(on)
    if not step.stays:
        said = {"kind": "status", "titles": dict(on.entered.titles)}
        entry = NewMessage(_side(on.actor), on.actor.user_id, on.at, automatic=True, said=said)
        say(on.session, _place(on.order), entry)
    if asks_for_money(on.order, step):
        words = _standard_words(on) if written is None else sent_words(on.order, written)
        say(on.session, _place(on.order), _with_sums(on, words))
    elif written is not None:
        _send(on, written)


def order_edited(on: EffectContext) -> None:
    """Where there is a bill, it is another one now: how to pay it is said again."""
    said = {"kind": "edited"}
    entry = NewMessage(_side(on.actor), on.actor.user_id, on.at, automatic=True, said=said)
    say(on.session, _place(on.order), entry)
    if on.order.needed > 0 and any(not one.is_void for one in on.order.bills):
        say(on.session, _place(on.order), _with_sums(on, _standard_words(on)))


def _keep_files(on: EffectContext) -> None:
    """What came with a step stands in the dialogue, with what was written beside it.

    The step itself tells the other side. Raises Invalid ``too_many_files``.
    """
    bound_files(on.session, on.filled.files, on.actor, on.at)
    fields = vocabulary_of(on.session).fields
    words = [value for name, value in on.fields.items() if fields[name].takes_files]
    entry = NewMessage(
        _side(on.actor), on.actor.user_id, on.at, text="\n\n".join(words), automatic=True
    )
    _, message_id = add_message(on.session, _place(on.order), entry, is_locked=True)
    attach(on.session, message_id, on.filled.files)


def _standard_words(on: EffectContext) -> str:
    today = local_date(on.at, on.order.provider.timezone)
    return sent_words(on.order, payment_words(on.order, today))


def step_words(order: Order, step: Step, actor: Actor, at: datetime) -> str | None:
    """What is sent when the step is taken, for staff who may change it (M4)."""
    may_write = actor.client_id is None and allows(actor, MessagesFunction.MESSAGE_WRITE)
    if not may_write or not sees_prices(actor) or not asks_for_money(order, step):
        return None
    return payment_words(order, local_date(at, order.provider.timezone))


def _with_sums(on: EffectContext, words: str) -> NewMessage:
    return NewMessage(
        Side.STAFF, on.actor.user_id, on.at, text=words, automatic=True, has_sums=True
    )


def _send(on: EffectContext, words: str) -> None:
    place = _place(on.order)
    message = NewMessage(_side(on.actor), on.actor.user_id, on.at, text=words)
    dialogue_id, _ = add_message(on.session, place, message, is_locked=True)
    tell(on.session, "message.written", dialogue_id, place, actor=on.actor, at=on.at)


def _side(actor: Actor) -> Side:
    return Side.CLIENT if actor.kind is ActorKind.CLIENT else Side.STAFF


def _place(order: Order) -> Place:
    return Place(order.provider_id, order.client_id, order.id)
