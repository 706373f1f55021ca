"""The job that deletes deliveries that are long over."""

from datetime import timedelta

from sqlalchemy import delete, select

from billing_panel.kernel.database.database import Database
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.clock import Clock
from plugins.webhooks.store.models import Delivery, DeliveryAttempt

KEPT = timedelta(days=30)
# so that no other writer waits for long
AT_ONCE = 1_000


def forget_old_deliveries(database: Database, _actor: Actor, clock: Clock) -> int:
    """Delete what ended 30 days ago, however it ended; the events stay in the log. How many."""
    number = 0
    while True:
        with database.writing() as session:
            old = select(Delivery.id).where(Delivery.ended_at < clock.now() - KEPT)
            ids = session.scalars(old.order_by(Delivery.ended_at).limit(AT_ONCE)).all()
            session.execute(delete(DeliveryAttempt).where(DeliveryAttempt.delivery_id.in_(ids)))
            session.execute(delete(Delivery).where(Delivery.id.in_(ids)))
            number += len(ids)
        if len(ids) < AT_ONCE:
            return number
