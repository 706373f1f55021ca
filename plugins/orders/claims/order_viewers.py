"""Who is looking at an order: said by their browsers now and then, and forgotten by itself."""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import bindparam, delete, select
from sqlalchemy.orm import Session

from billing_panel.accounts.access.person_names import people
from billing_panel.kernel.database.database import Database, insert_into
from billing_panel.kernel.database.plain_rows import plain
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.clock import Clock
from permissions.guard import require
from plugins.orders.functions import OrdersFunction
from plugins.orders.store.find_orders import pair_of
from plugins.orders.store.order_claim import OrderLook

# a browser says so every EVERY, and counts as looking for LASTS
EVERY, LASTS = timedelta(seconds=10), timedelta(seconds=30)
# named one by one
MOST = 5


def look_at(session: Session, order_id: int, *, actor: Actor, clock: Clock) -> None:
    """The actor, one of the staff, has the order before them. Raises FunctionNotHeld, NotFound."""
    _find(session, order_id, actor)
    row = {"order_id": order_id, "user_id": actor.user_id, "until": clock.now() + LASTS}
    looks = insert_into(session, OrderLook).values(row)
    session.execute(
        looks.on_conflict_do_update(
            index_elements=["order_id", "user_id"], set_={"until": row["until"]}
        )
    )


def look_away(session: Session, order_id: int, *, actor: Actor) -> None:
    """They have left its page. Raises FunctionNotHeld, NotFound."""
    _find(session, order_id, actor)
    own = delete(OrderLook).where(OrderLook.order_id == order_id)
    session.execute(own.where(OrderLook.user_id == actor.user_id))


def forget_looks(database: Database, *, actor: Actor, clock: Clock) -> None:  # noqa: ARG001
    """Those that are long over; the worker does it."""
    with database.writing() as session:
        session.execute(delete(OrderLook).where(OrderLook.until < clock.now() - LASTS))


def looking(session: Session, order_id: int, *, actor: Actor, clock: Clock) -> Sequence[str]:
    """The names of colleagues who are looking at an order that was found in the actor's scope."""
    values = {"order_id": order_id, "now": clock.now(), "reader": actor.user_id}
    ids = plain(session, _LOOKING, values).scalars().all()
    return sorted(person.name for person in people(session, ids, actor).values())


_LOOKING = (
    select(OrderLook.user_id)
    .where(
        OrderLook.order_id == bindparam("order_id"),
        OrderLook.until > bindparam("now"),
        OrderLook.user_id != bindparam("reader"),
    )
    .order_by(OrderLook.user_id)
    .limit(MOST)
)


def _find(session: Session, order_id: int, actor: Actor) -> None:
    require(actor, OrdersFunction.ORDER_READ)
    pair_of(session, actor, order_id)
