"""Finding exceptions, and using one for an order (the one way past H2)."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from billing_panel.accounts.companies.provider_models import Provider
from billing_panel.accounts.people.client_models import Client
from billing_panel.catalog.rules.eligibility_facts import Granted
from billing_panel.kernel.database import row_locks
from billing_panel.kernel.language.errors import FieldError, Invalid, Reason, Refused
from billing_panel.kernel.language.text import Text, text
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.id_or_name import MAX_ID
from plugins.orders.exceptions.exception_models import Decision, OrderException, State
from plugins.orders.exceptions.exception_rights import still_stands
from plugins.orders.exceptions.find_exceptions import exceptions
from plugins.orders.store.models import Order
from plugins.orders.store.order_log import note


def usable(
    session: Session, actor: Actor, client: Client, provider: Provider, at: datetime
) -> Sequence[OrderException]:
    """Approved ones that an order of the client with the provider may use now, by staff."""
    if not provider.exceptions_allowed or actor.client_id is not None:
        return ()
    approved = exceptions(actor).where(
        OrderException.client_id == client.id,
        OrderException.provider_id == provider.id,
        OrderException.expires_at > at,
        OrderException.order_id.is_(None),
        OrderException.decision == Decision.APPROVED,
    )
    return [one for one in session.scalars(approved) if still_stands(session, one)]


def lock_exceptions(session: Session, ids: Iterable[int]) -> None:
    """Those of them there are, before an order takes them."""
    if wanted := _possible(ids):
        own = select(OrderException.id).where(OrderException.id.in_(wanted))
        row_locks.lock(session, own.order_by(OrderException.id).with_for_update())


def _possible(ids: Iterable[int]) -> list[int]:
    return sorted(number for number in set(ids) if number <= MAX_ID)


def take_exceptions(
    session: Session,
    ids: Iterable[int],
    *,
    client: Client,
    provider: Provider,
    ordered: Mapping[str, int],
    actor: Actor,
    at: datetime,
) -> Sequence[OrderException]:
    """The named exceptions for an order, which are locked, or (a quote) only asked for.

    ``ordered``: how many of each tariff, by its key.

    Raises Invalid ``unknown_exception``, Refused ``exception_unusable`` with a reason for each.
    """
    named = set(ids)
    if not named:
        return ()
    if actor.client_id is not None:
        raise Refused(
            text("A client’s own order can’t use an exception."), code="exception_unusable"
        )
    rows = (
        exceptions(actor)
        .where(
            OrderException.id.in_(_possible(named)),
            OrderException.client_id == client.id,
            OrderException.provider_id == provider.id,
        )
        .order_by(None)
        .order_by(OrderException.id)
    )
    found = session.scalars(rows).all()
    if {one.id for one in found} != named:
        message = text("The client has no such exception with this provider.")
        raise Invalid([FieldError("exceptions", "unknown_exception", message)])
    reasons = [r for one in found if (r := _unusable(session, one, provider, ordered, at))]
    if reasons:
        raise Refused(
            text("This order can’t use an exception."),
            code="exception_unusable",
            reasons=reasons,
        )
    return found


def use(
    session: Session,
    taken: Iterable[OrderException],
    orders: Sequence[Order],
    *,
    actor: Actor,
    at: datetime,
) -> None:
    """Tie each exception to the order that has its tariff, and write it into its history."""
    for one in taken:
        order = next(o for o in orders if one.tariff_id in {line.tariff_id for line in o.lines})
        one.order_id, one.used_at = order.id, at
        facts = {
            "exception": one.id,
            "tariff": one.tariff.titles,
            "restriction": one.restriction,
            "percent": None if one.percent is None else f"{one.percent:f}",
            "proposed_by": one.proposed_by_id,
            "approved_by": one.decided_by_id,
        }
        words = {"reason": one.reason, "decision_reason": one.decision_reason}
        note(session, "order.exception_used", order, facts, actor, at, words)


def granted_to(session: Session, order: Order) -> Sequence[Granted]:
    """What was granted to the client for ``order``, which used it."""
    used = select(OrderException).filter_by(order_id=order.id).order_by(OrderException.id)
    tariff = joinedload(OrderException.tariff, innerjoin=True)
    return [one.granted() for one in session.scalars(used.options(tariff))]


def _unusable(
    session: Session,
    one: OrderException,
    provider: Provider,
    ordered: Mapping[str, int],
    at: datetime,
) -> Reason | None:
    state = one.state(at)
    if not provider.exceptions_allowed:
        return _reason("exceptions_off", text("This provider makes no exceptions."))
    if state is not State.APPROVED:
        return _reason(f"exception_{state.value}", NOT_USABLE[state])
    if one.tariff.key not in ordered:
        return _reason(
            "exception_not_ordered",
            text(
                "The exception is for %(tariff)s, which isn’t in the order.",
                tariff=one.tariff.title,
            ),
        )
    if ordered[one.tariff.key] > one.quantity:
        return _reason(
            "exception_too_many",
            text(
                "The exception is for at most %(most)s of %(tariff)s.",
                most=one.quantity,
                tariff=one.tariff.title,
            ),
        )
    if not still_stands(session, one):
        return _reason(
            "exception_lapsed",
            text("Whoever proposed or approved the exception may no longer do so."),
        )
    return None


NOT_USABLE = {
    State.OPEN: text("The exception is not approved yet."),
    State.REFUSED: text("The exception was refused."),
    State.USED: text("The exception was already used."),
    State.EXPIRED: text("The exception has expired."),
}


def _reason(code: str, message: Text) -> Reason:
    return Reason(code, message, text("Order without it, or propose another one."))
