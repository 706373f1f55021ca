"""The number beside *Orders* (M1): what waits for one of the staff, or is new to a client."""

from datetime import UTC, datetime

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from billing_panel.kernel.database.db import insert_into
from billing_panel.kernel.tables.event_log import Event
from billing_panel.kernel.values.actor import Actor
from permissions.guard import allows
from plugins.notices.store.models import OrdersSeen
from plugins.orders.functions import OrdersFunction
from plugins.orders.store.find_orders import MAX_COUNT, own_orders
from plugins.orders.store.models import Order
from plugins.orders.workflow.workflow import Stage

# whoever holds one of these may do something with a new order
ACTING = (
    OrdersFunction.STATUS_CHANGE,
    OrdersFunction.ORDER_ACCEPT,
    OrdersFunction.ORDER_CANCEL,
    OrdersFunction.ORDER_COMPLETE,
    OrdersFunction.ORDER_SEND,
    OrdersFunction.ORDER_SET_UP,
    OrdersFunction.LINE_DELIVER,
    OrdersFunction.PAYMENT_RECORD,
    OrdersFunction.ORDER_PAY,
)
# changes of an order that its client sees on its page
CHANGES = (
    "order.placed",
    "order.moved",
    "order.lines_delivered",
    "order.lines_taken_back",
    "order.price_raised",
    "order.deadline_changed",
    "payment.received",
    "payment.refunded",
)


def new_orders(session: Session, actor: Actor) -> int:
    """How many orders in stage new wait for the actor, counted no further than MAX_COUNT."""
    if not allows(actor, *ACTING):
        return 0
    return _count(session, select(Order.id).where(own_orders(actor), Order.stage == Stage.NEW))


def changed_orders(session: Session, actor: Actor) -> int:
    """How many of the client's orders others changed since the actor looked at their list."""
    seen_at = session.scalar(select(OrdersSeen.seen_at).where(OrdersSeen.user_id == actor.user_id))
    changed = (
        select(Event.subject_id)
        .where(
            Event.client_id == actor.client_id,
            Event.at > (seen_at or datetime.min.replace(tzinfo=UTC)),
            Event.subject_kind == "order",
            Event.kind.in_(CHANGES),
            func.coalesce(Event.user_id, 0) != actor.user_id,
        )
        .distinct()
    )
    return _count(session, changed)


def _count(session: Session, found: Select[int]) -> int:
    counted = select(func.count()).select_from(found.limit(MAX_COUNT).subquery())
    return session.scalar(counted) or 0


def looked_at_orders(session: Session, actor: Actor, at: datetime) -> None:
    """The actor has the list of their orders before them."""
    row = {"user_id": actor.user_id, "seen_at": at}
    seen = insert_into(session, OrdersSeen).values(row)
    session.execute(seen.on_conflict_do_update(index_elements=["user_id"], set_={"seen_at": at}))
