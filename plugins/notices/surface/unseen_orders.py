"""The number beside *Orders* (M1): what waits for one of the staff, or is new to a client."""

from datetime import UTC, datetime

from sqlalchemy import Select, false, func, literal, select
from sqlalchemy.orm import Session

from billing_panel.accounts.access.scope import own_providers
from billing_panel.accounts.companies.provider_models import Provider
from billing_panel.kernel.database.column_types import UtcDateTime
from billing_panel.kernel.database.database import insert_into
from billing_panel.kernel.tables.event_log import Event
from billing_panel.kernel.values.actor import Actor
from permissions.guard import allows
from plugins.notices.store.models import OrdersSeen
from plugins.orders.functions import ACTING
from plugins.orders.store.models import Order
from plugins.orders.workflow.statuses.stage import Stage

LONG_AGO = literal(datetime.min.replace(tzinfo=UTC), UtcDateTime)
# changes of an order that its client sees on its page
CHANGES = (
    "order.placed",
    "order.moved",
    "order.lines_delivered",
    "order.lines_taken_back",
    "order.price_raised",
    "order.lines_edited",
    "order.retaxed",
    "order.delivery_agreed",
    "order.deadline_changed",
    "payment.received",
    "payment.refunded",
)


def new_orders(actor: Actor) -> Select[int]:
    """Orders in stage new that wait for the actor."""
    # both are spelled out for the index of new orders, however many others there are
    new = Order.stage == literal(Stage.NEW, Order.stage.type, literal_execute=True)
    theirs = Order.provider_id.in_(select(Provider.id).where(own_providers(actor)))
    return select(Order.id).where(theirs, new if allows(actor, *ACTING) else false())


def changed_orders(actor: Actor) -> Select[int]:
    """The client's orders that others changed since the actor looked at their list."""
    seen_at = (
        select(OrdersSeen.seen_at).where(OrdersSeen.user_id == actor.user_id).scalar_subquery()
    )
    return (
        select(Event.subject_id)
        .where(
            Event.client_id == actor.client_id,
            Event.at > func.coalesce(seen_at, LONG_AGO),
            Event.subject_kind == "order",
            Event.kind.in_(CHANGES),
            func.coalesce(Event.user_id, 0) != actor.user_id,
        )
        .distinct()
    )


def looked_at_orders(session: Session, actor: Actor, at: datetime) -> None:
    """The actor has the list of their orders before them."""
    row = {"user_id": actor.user_id, "seen_at": at}
    seen = insert_into(session, OrdersSeen).values(row)
    session.execute(seen.on_conflict_do_update(index_elements=["user_id"], set_={"seen_at": at}))
