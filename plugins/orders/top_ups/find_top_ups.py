"""Top-ups in the actor's scope, and the one way to one that is to be changed."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, joinedload

from billing_panel.accounts.access.scope import own_providers, seen_client
from billing_panel.accounts.companies.provider_models import Provider
from billing_panel.accounts.people.client_models import Client
from billing_panel.kernel.language.errors import NotFound
from billing_panel.kernel.language.text import text
from billing_panel.kernel.values.actor import Actor
from invoices.store.models import IssuedDocument
from permissions.guard import require
from permissions.panel_functions import PanelFunction
from plugins.orders.store.locks.lock_sequence import lock_membership
from plugins.orders.store.top_up import TopUp, TopUpState


def seen_top_ups(actor: Actor) -> Select[TopUp]:
    """Those of the actor's providers and clients."""
    return (
        select(TopUp)
        .join(Provider, Provider.id == TopUp.provider_id)
        .join(Client, Client.id == TopUp.client_id)
        .where(own_providers(actor), seen_client(actor))
    )


def find_top_up(session: Session, actor: Actor, top_up_id: int) -> TopUp:
    """Raises NotFound."""
    found = session.scalar(seen_top_ups(actor).where(TopUp.id == top_up_id))
    if found is None:
        raise NotFound(text("No such top-up, or you don’t have access to it."))
    return found


def lock_top_up(session: Session, actor: Actor, top_up_id: int) -> TopUp:
    """The same, its pair locked: whatever becomes of a top-up becomes of it under this lock.

    Raises NotFound.
    """
    found = find_top_up(session, actor, top_up_id)
    lock_membership(session, found.client_id, found.provider_id)
    return session.get_one(TopUp, top_up_id, populate_existing=True)


def newest_top_ups(
    session: Session, actor: Actor, client_id: int, *, before: int | None, limit: int
) -> Sequence[TopUp]:
    """A client's, newest first; ``before``: an id where the page before ended.

    Raises FunctionNotHeld.
    """
    require(actor, PanelFunction.BALANCE_READ)
    own = seen_top_ups(actor).where(TopUp.client_id == client_id)
    if before is not None:
        own = own.where(TopUp.id < before)
    documents = joinedload(TopUp.document).load_only(IssuedDocument.id, IssuedDocument.number)
    rows = own.options(documents, joinedload(TopUp.provider, innerjoin=True))
    return session.scalars(rows.order_by(TopUp.id.desc()).limit(limit)).all()


def waiting_number(session: Session, client_id: int, provider_id: int) -> int:
    """How many of the pair wait for their money."""
    own = select(func.count()).select_from(TopUp)
    pair = own.filter_by(client_id=client_id, provider_id=provider_id, state=TopUpState.WAITING)
    return session.scalar(pair) or 0


def asked_number(session: Session, client_id: int, provider_id: int, since: datetime) -> int:
    """How many of the pair were asked for since then, whatever became of them."""
    own = select(func.count()).select_from(TopUp)
    pair = own.filter_by(client_id=client_id, provider_id=provider_id)
    return session.scalar(pair.where(TopUp.asked_at > since)) or 0
