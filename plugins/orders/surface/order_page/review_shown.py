"""What the page of an order shows of its rating (M10)."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.bounded_parsing import whole_number
from permissions.guard import allows
from plugins.orders.functions import OrdersFunction
from plugins.orders.reviews.review_order import may_rate, review_of
from plugins.orders.store.models import Order
from plugins.orders.workflow.requirements import RATING, REVIEW


@dataclass(frozen=True)
class ReviewShown:
    """How the client rated the order. ``stars`` 0: not yet. ``hidden_reason``: for staff alone.

    ``may_*``: what whoever looks may do now.
    """

    stars: int
    words: str
    answer: str
    hidden: bool
    hidden_reason: str
    may_rate: bool
    may_answer: bool
    may_hide: bool


def review_shown(db: Session, order: Order, actor: Actor, now: datetime) -> ReviewShown | None:
    """As the actor may see it; None: there is none, and they can't give one."""
    # rating an order writes it down in the order too
    review = review_of(db, order.id) if RATING in order.fields else None
    may = may_rate(order, review, actor, now)
    if review is None and not may:
        return None
    staff = actor.client_id is None
    may_answer = staff and review is not None and allows(actor, OrdersFunction.STATUS_CHANGE)
    return ReviewShown(
        stars=whole_number(order.fields.get(RATING, "")) or 0,
        words=order.fields.get(REVIEW, ""),
        answer=review.answer if review else "",
        hidden=review is not None and review.hidden_at is not None,
        hidden_reason=review.hidden_reason if review and staff else "",
        may_rate=may,
        may_answer=may_answer and review is not None and review.answered_at is None,
        may_hide=may_answer and review is not None and review.hidden_at is None,
    )
