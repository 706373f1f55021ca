"""Write-offs in somebody's scope."""

from sqlalchemy import Select, false, func, select
from sqlalchemy.orm import Session, joinedload

from billing_panel.kernel.language.errors import NotFound
from billing_panel.kernel.language.text import text
from billing_panel.kernel.values.actor import Actor
from plugins.finance.write_offs.write_off_models import WriteOff, WriteOffState
from plugins.orders.store.models import Order


def write_offs(actor: Actor) -> Select[WriteOff]:
    """Those of providers in scope, the newest first; none for clients."""
    found = (
        select(WriteOff)
        .options(
            joinedload(WriteOff.order, innerjoin=True).joinedload(Order.client, innerjoin=True),
            joinedload(WriteOff.order, innerjoin=True).joinedload(Order.provider, innerjoin=True),
        )
        .order_by(WriteOff.id.desc())
        .execution_options(populate_existing=True)
    )
    if actor.client_id is not None:
        return found.where(false())
    if actor.provider_ids is None:
        return found
    return found.where(WriteOff.provider_id.in_(actor.provider_ids))


def find_write_off(session: Session, actor: Actor, write_off_id: int) -> WriteOff:
    """Raises NotFound."""
    found = session.scalar(write_offs(actor).where(WriteOff.id == write_off_id))
    if found is None:
        raise NotFound(text("No such write-off, or you don’t have access to it."))
    return found


def waiting(session: Session, actor: Actor) -> int:
    """How many wait for a decision in the actor's scope."""
    still = write_offs(actor).where(WriteOff.state == WriteOffState.OPEN)
    rows = still.with_only_columns(WriteOff.id).order_by(None).subquery()
    return session.scalars(select(func.count()).select_from(rows)).one()
