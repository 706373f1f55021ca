"""An order's progress: the statuses it has been through, where it goes next, and by when."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from billing_panel.kernel.language.text import Text, Titles, text
from plugins.orders.settlement.read_order_facts import facts_of
from plugins.orders.store.models import Order
from plugins.orders.store.versions.workflow_store import workflow_of
from plugins.orders.timeline.order_timeline import TimelineEntry
from plugins.orders.workflow.happy_path import happy_path
from plugins.orders.workflow.statuses.status import Status

# the bar shows as many of the statuses an order came through
MOST = 6


@dataclass(frozen=True)
class StatusReached:
    """A status the order came to, when and through whom; ``who`` empty: nobody.

    ``title``: one that the workflow has no more goes by its key.
    """

    title: Text | Titles | str
    at: datetime
    who: str
    is_now: bool = False


@dataclass(frozen=True)
class Progress:
    """``ahead``: the statuses that follow where all goes well.

    ``due``: when the order moves by itself, to ``due_status``. ``seconds_left``: until then, below
    0 afterwards.
    """

    reached: Sequence[StatusReached]
    ahead: Sequence[Status]
    due: datetime | None
    due_status: Titles | None
    is_overdue: bool
    seconds_left: int


def progress_of(order: Order, entries: Sequence[TimelineEntry], now: datetime) -> Progress:
    """``entries``: what happened to the order, oldest first."""
    workflow = workflow_of(order)
    due = order.deadline.due_at if order.deadline else None
    of_itself = workflow.deadline(order.status.key)
    return Progress(
        reached=_reached(order, entries),
        ahead=happy_path(workflow, facts_of(order)),
        due=due,
        due_status=of_itself.target.title if of_itself else None,
        is_overdue=due is not None and due <= now,
        seconds_left=int((due - now).total_seconds()) if due else 0,
    )


def _reached(order: Order, entries: Sequence[TimelineEntry]) -> list[StatusReached]:
    """The last the order came through, and where it stands."""
    known = {status.key: status.title for status in workflow_of(order).statuses}
    here = order.status.key
    came = [(entry, entry.status) for entry in entries if entry.status]
    placed = next((entry.who for entry in entries if entry.kind == "order.placed"), "")
    before = [
        StatusReached(text("Placed"), order.placed_at, placed),
        *(
            StatusReached(known.get(key, key), entry.at, entry.who)
            for entry, key in came
            if key != here
        ),
    ]
    by = next((entry.who for entry, key in reversed(came) if key == here), "")
    return [
        *before[-MOST:],
        StatusReached(order.status.title, order.status_since, by, is_now=True),
    ]
