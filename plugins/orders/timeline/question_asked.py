"""What a client is asked while their order waits for the answer, as the log has it."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing_panel.kernel.tables.event_log import Event
from plugins.orders.store.models import Order

# the reason of these steps is what the client is asked to do
ASKING_CLIENTS = frozenset({"ask"})


def question_asked(session: Session, order: Order) -> str | None:
    """The reason of the step that brought the order to its status; None: that asked nothing.

    Whoever has the workflow at hand asks that first (``order_timeline.question_of``).
    """
    came = select(Event).filter_by(
        subject_kind="order", subject_id=order.id, kind="order.moved", at=order.status_since
    )
    entry = session.scalar(came.order_by(Event.id.desc()).limit(1))
    if entry is None or entry.facts["action"] not in ASKING_CLIENTS:
        return None
    return str(entry.told.get("fields", {}).get("reason", "")) or None
