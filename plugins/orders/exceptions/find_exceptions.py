"""Exceptions in somebody's scope."""

from datetime import datetime

from sqlalchemy import Select, case, false, func, select
from sqlalchemy.orm import Session, joinedload

from billing_panel.accounts.access.scope import own_providers, seen_client
from billing_panel.accounts.companies.provider_models import Provider
from billing_panel.accounts.people.client_models import Client
from billing_panel.kernel.language.errors import NotFound
from billing_panel.kernel.language.text import text
from billing_panel.kernel.values.actor import Actor
from permissions.guard import allows
from plugins.orders.exceptions.exception_models import OrderException
from plugins.orders.functions import OrdersFunction

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


def waiting(session: Session, actor: Actor, at: datetime) -> int | None:
    """How many proposals wait in the actor's scope.

    None: they have no hand in any, or no provider of theirs makes exceptions.
    """
    if actor.client_id is not None or not allows(actor, *HANDS):
        return None
    made = select(Provider.id).where(Provider.exceptions_allowed, own_providers(actor)).exists()
    rows = open_exceptions(actor, at).with_only_columns(OrderException.id).order_by(None)
    open_now = select(func.count()).select_from(rows.subquery()).scalar_subquery()
    return session.scalar(select(case((made, open_now))))
