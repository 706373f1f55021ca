"""Pickup, offered by staff in the dialogue of an order and answered by its client (M3).

It is agreed there and changes nothing of the order: staff choose its status when they give it out.
"""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing_panel.accounts.companies.provider_models import Provider
from billing_panel.kernel.input.text_folding import fold
from billing_panel.kernel.language.errors import Conflict, Forbidden, Refused
from billing_panel.kernel.language.text import text
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.clock import Clock
from permissions.guard import allows, require
from plugins.messages.correspondence.write_message import (
    NewMessage,
    Place,
    add_message,
    mark_read,
    tell,
)
from plugins.messages.functions import MessagesFunction
from plugins.messages.store.find_dialogues import about_order, side_of
from plugins.messages.store.models import Dialogue, Pickup
from plugins.orders.store.models import Order
from plugins.orders.store.versions.workflow_store import workflow_of
from plugins.orders.workflow.statuses.stage import Stage

# of the step that leads to pickup: by it a workflow is known to have one
TAKES_CHARGE_OFF = "agree_delivery"


@dataclass(frozen=True)
class OfferPickup:
    """Staff offer that the client collects the order."""

    order_id: int


@dataclass(frozen=True)
class AnswerPickup:
    """The client takes the offer, or declines it."""

    order_id: int
    accepts: bool


def may_be_offered(order: Order) -> bool:
    """It is sent somewhere, to a city that is the provider's own, and its workflow has pickup."""
    to = order.place_of_delivery
    is_own = bool(to.city.strip()) and _city(to.city) == _city(order.provider.city)
    same_country = to.country in {"", order.provider.country}
    is_sent = any(line.tariff.needs_delivery for line in order.lines)
    return is_sent and is_own and same_country and _leads_to_pickup(order)


def _city(name: str) -> str:
    return fold(name)


def _leads_to_pickup(order: Order) -> bool:
    steps = [one for one in workflow_of(order).steps if TAKES_CHARGE_OFF in one.effects]
    from_here = any(one.source.key == order.status.key for one in steps)
    return from_here or (bool(steps) and order.stage is Stage.NEW)


def may_offer(order: Order, pickup: str | None, actor: Actor) -> bool:
    """Whether ``actor`` may offer it now; what was declined may be offered again."""
    is_staff = actor.client_id is None and allows(actor, MessagesFunction.MESSAGE_WRITE)
    return is_staff and pickup in {None, Pickup.DECLINED} and may_be_offered(order)


def offer_pickup(session: Session, command: OfferPickup, *, actor: Actor, clock: Clock) -> int:
    """The id of the message.

    Raises FunctionNotHeld, NotFound, Forbidden, Refused ``no_pickup``, Conflict
    ``pickup_offered``.
    """
    require(actor, MessagesFunction.MESSAGE_WRITE)
    about = about_order(session, actor, command.order_id)
    if actor.client_id is not None:
        raise Forbidden(text("Only staff can offer pickup."))
    if not may_be_offered(session.get_one(Order, command.order_id)):
        message = text(
            "Pickup can be offered while an order waits to be sent within the provider’s own city."
        )
        raise Refused(message, code="no_pickup")
    place = {"place": _address(about.provider)}
    before = (None, Pickup.DECLINED)
    return _say(session, command.order_id, Pickup.OFFERED, before, place, actor=actor, clock=clock)


def _address(provider: Provider) -> str:
    return provider.postal_address.on_one_line(provider.country, provider.language)


def answer_pickup(session: Session, command: AnswerPickup, *, actor: Actor, clock: Clock) -> int:
    """The id of the message.

    Raises FunctionNotHeld, NotFound, Forbidden, Conflict ``pickup_offered``: nothing is offered.
    """
    require(actor, MessagesFunction.MESSAGE_WRITE)
    about_order(session, actor, command.order_id)
    if actor.client_id is None:
        raise Forbidden(text("The client answers whether they collect the order."))
    pickup = Pickup.ACCEPTED if command.accepts else Pickup.DECLINED
    before = (Pickup.OFFERED,)
    return _say(session, command.order_id, pickup, before, {}, actor=actor, clock=clock)


def _say(
    session: Session,
    order_id: int,
    pickup: Pickup,
    before: tuple[Pickup | None, ...],
    more: dict[str, str],
    *,
    actor: Actor,
    clock: Clock,
) -> int:
    """The dialogue's row is locked by the message, so of two who answer at once one is refused."""
    about = about_order(session, actor, order_id)
    place = Place(about.provider.id, about.client.id, order_id)
    said = {"kind": f"pickup_{pickup.value}", **more}
    entry = NewMessage(side_of(actor), actor.user_id, clock.now(), said=said)
    dialogue_id, message_id = add_message(session, place, entry)
    dialogue = session.scalars(
        select(Dialogue).where(Dialogue.id == dialogue_id).execution_options(populate_existing=True)
    ).one()
    if dialogue.pickup not in before:
        message = text("Pickup was offered or answered meanwhile; look at the messages again.")
        raise Conflict(message, code="pickup_offered")
    dialogue.pickup = pickup
    session.flush()
    if actor.user_id is not None:
        mark_read(session, dialogue_id, message_id, actor=actor)
    tell(session, "message.written", dialogue_id, place, actor=actor, at=entry.at)
    return message_id
