"""Take an order in hand, hand it over to a colleague, and let it go.

Of two who take the same order at once the first has it, and the second is told who.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy.orm import Session

from billing_panel.accounts.access.load_actors import staff_actor
from billing_panel.accounts.access.person_names import people
from billing_panel.kernel.language.errors import Conflict, FieldError, Forbidden, Invalid, NotFound
from billing_panel.kernel.language.text import text
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.clock import Clock
from permissions.guard import allows, require
from plugins.orders.functions import ACTING, OrdersFunction
from plugins.orders.store.locks.lock_order import lock_for_change
from plugins.orders.store.models import Order
from plugins.orders.store.order_claim import OrderClaim
from plugins.orders.store.order_log import note

MAX_NOTE = 500
CLAIMED = "order_claimed"


@dataclass(frozen=True)
class ClaimOrder:
    """``note``: for colleagues. ``take_over``: from whoever has it. ``to``: a login; None: oneself.

    ``note`` None: the one that stands there stays.
    """

    order_id: int
    note: str | None = None
    take_over: bool = False
    to: str | None = None


def claim_order(session: Session, command: ClaimOrder, *, actor: Actor, clock: Clock) -> Order:
    """Whoever has it already only changes the note; the order's version stays.

    Raises FunctionNotHeld, NotFound, Forbidden ``staff_alone`` for the system, Invalid: ``length``
    of the note, ``unknown_colleague``. And Conflict ``order_claimed`` where somebody else has it.
    """
    order = _locked(session, command.order_id, actor)
    if command.note is not None and len(command.note.strip()) > MAX_NOTE:
        message = text("At most %(most)s characters.", most=MAX_NOTE)
        raise Invalid([FieldError("note", "length", message)])
    claim = session.get(OrderClaim, order.id)
    if claim is not None and claim.user_id != actor.user_id and not command.take_over:
        raise claimed(session, claim, actor)
    to = _colleague(session, order, command.to) if command.to else actor
    was = claim.user_id if claim else None
    if claim is None:
        claim = OrderClaim(order_id=order.id, note="")
        session.add(claim)
    said = (command.note or "").strip()
    is_same = was == to.user_id and command.note in (None, claim.note)
    claim.note = claim.note if command.note is None else said
    if is_same:
        return order
    claim.user_id, claim.at = to.user_id or 0, clock.now()
    facts: Mapping[str, object] = {"from": was, "to": to.user_id}
    words = {"note": said} if said else None
    if to.user_id == actor.user_id:
        note(session, "order.claimed", order, facts, actor, claim.at, words)
    else:
        facts = {**facts, "login": to.login}
        note(session, "order.handed_over", order, facts, actor, claim.at, words)
    return _read_anew(session, order)


def release_order(session: Session, order_id: int, *, actor: Actor, clock: Clock) -> Order:
    """Only whoever has it; where nobody has, nothing happens.

    Raises what ``claim_order`` raises.
    """
    order = _locked(session, order_id, actor)
    claim = session.get(OrderClaim, order.id)
    if claim is None:
        return order
    if claim.user_id != actor.user_id:
        raise claimed(session, claim, actor)
    session.delete(claim)
    note(session, "order.released", order, {"from": actor.user_id}, actor, clock.now())
    return _read_anew(session, order)


def take_in_hand(session: Session, order_id: int, *, actor: Actor, clock: Clock) -> None:
    """Whoever does something with an order in the orders bar has it from then on.

    Raises what ``claim_order`` raises.
    """
    claim_order(session, ClaimOrder(order_id), actor=actor, clock=clock)


def claimed(session: Session, claim: OrderClaim, actor: Actor) -> Conflict:
    """The refusal that says who has the order."""
    who = people(session, [claim.user_id], actor).get(claim.user_id)
    return Conflict(
        text(
            "%(name)s has taken this order. Take it over first, or leave it to them.",
            name=who.name if who else "",
        ),
        code=CLAIMED,
    )


def _locked(session: Session, order_id: int, actor: Actor) -> Order:
    if actor.client_id is not None:
        raise NotFound
    if actor.user_id is None:
        message = text("Only staff can take an order.")
        raise Forbidden(message, code="staff_alone")
    require(actor, *ACTING)
    return lock_for_change(session, actor, order_id)


def _colleague(session: Session, order: Order, login: str) -> Actor:
    """Whoever can do something with the order too. Raises Invalid ``unknown_colleague``."""
    message = text("Choose someone who works with this provider’s orders.")
    wrong = Invalid([FieldError("to", "unknown_colleague", message)])
    try:
        found = staff_actor(session, login, [OrdersFunction.ORDER_READ, *ACTING])
    except NotFound as nobody:
        raise wrong from nobody
    works_here = found.provider_ids is None or order.provider_id in found.provider_ids
    if not (works_here and allows(found, *ACTING) and allows(found, OrdersFunction.ORDER_READ)):
        raise wrong
    return found


def _read_anew(session: Session, order: Order) -> Order:
    session.flush()
    session.expire(order, ["claim"])
    return order
