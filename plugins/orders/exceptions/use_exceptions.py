"""Exceptions as rows: found, and used once for an order (the one way past H2)."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import Select, false, func, select
from sqlalchemy.orm import Session, joinedload

from billing_panel.accounts.access.scope import own_providers, seen_client
from billing_panel.accounts.firms.providers import Provider
from billing_panel.accounts.people.clients import Client
from billing_panel.kernel.database import row_locks
from billing_panel.kernel.language.errors import FieldError, Invalid, NotFound, Reason, Refused
from billing_panel.kernel.language.text import Text, text
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.ids import MAX_ID
from permissions.guard import allows
from plugins.orders.exceptions.exception_rights import still_stands
from plugins.orders.exceptions.order_exception import Decision, OrderException, State
from plugins.orders.functions import OrdersFunction
from plugins.orders.store.models import Order
from plugins.orders.store.order_log import note

HANDS = (OrdersFunction.EXCEPTION_PROPOSE, OrdersFunction.EXCEPTION_APPROVE)


def exceptions(actor: Actor) -> Select[OrderException]:
    """Those of clients and providers in scope, the newest first; none for the client themselves."""
    found = (
        select(OrderException)
        .join(Client, Client.id == OrderException.client_id)
        .where(seen_client(actor))
        .options(
            joinedload(OrderException.provider, innerjoin=True),
            joinedload(OrderException.client, innerjoin=True),
            joinedload(OrderException.tariff, innerjoin=True),
        )
        .order_by(OrderException.id.desc())
        .execution_options(populate_existing=True)
    )
    if actor.client_id is not None:
        return found.where(false())
    if actor.provider_ids is None:
        return found
    return found.where(OrderException.provider_id.in_(actor.provider_ids))


def find_exception(session: Session, actor: Actor, exception_id: int) -> OrderException:
    """Raises NotFound."""
    found = session.scalar(exceptions(actor).where(OrderException.id == exception_id))
    if found is None:
        raise NotFound(text("No such exception, or you don’t have access to it."))
    return found


def open_exceptions(actor: Actor, at: datetime) -> Select[OrderException]:
    """Those that wait for somebody to decide."""
    return exceptions(actor).where(
        OrderException.decision.is_(None), OrderException.expires_at > at
    )


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


def waiting(session: Session, actor: Actor, at: datetime) -> int | None:
    """How many proposals wait in the actor's scope.

    None: they have no hand in any, or no provider of theirs makes exceptions.
    """
    if actor.client_id is not None or not allows(actor, *HANDS):
        return None
    made = select(Provider.id).where(Provider.exceptions_allowed, own_providers(actor)).limit(1)
    if session.scalar(made) is None:
        return None
    rows = open_exceptions(actor, at).with_only_columns(OrderException.id).order_by(None)
    return session.scalar(select(func.count()).select_from(rows.subquery())) or 0


def take_exceptions(
    session: Session,
    ids: Iterable[int],
    *,
    client: Client,
    provider: Provider,
    ordered: Mapping[str, int],
    actor: Actor,
    at: datetime,
    lock: bool = True,
) -> Sequence[OrderException]:
    """Lock the named exceptions for an order, after asking everything again.

    ``ordered``: how many of each tariff, by its key. ``lock`` False: a quote only asks.

    Raises Invalid ``unknown_exception``, Refused ``exception_unusable`` with a reason for each.
    """
    named = set(ids)
    wanted = sorted(number for number in named if number <= MAX_ID)
    if not named:
        return ()
    if actor.client_id is not None:
        raise Refused(
            text("A client’s own order can’t use an exception."), code="exception_unusable"
        )
    rows = (
        exceptions(actor)
        .where(
            OrderException.id.in_(wanted),
            OrderException.client_id == client.id,
            OrderException.provider_id == provider.id,
        )
        .order_by(None)
        .order_by(OrderException.id)
    )
    if lock:
        own = select(OrderException.id).where(OrderException.id.in_(wanted))
        row_locks.lock(session, own.order_by(OrderException.id).with_for_update())
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
