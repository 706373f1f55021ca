"""Rating an order once it is over, answering a rating, and hiding one (M10).

The client rates once and may change it for a week; the provider answers once; staff hide what must
not be read, with a reason. Each stands in the order's history.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from billing_panel.kernel.input.invisible_characters import is_visible
from billing_panel.kernel.language.errors import FieldError, Invalid, NotFound, Refused
from billing_panel.kernel.language.text import text
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.clock import Clock
from permissions.guard import require
from plugins.orders.functions import OrdersFunction
from plugins.orders.lifecycle.advance_order import AdvanceOrder, advance_order
from plugins.orders.settlement.read_order_facts import facts_of, who_is
from plugins.orders.store.locks.lock_order import lock_for_change
from plugins.orders.store.models import Order
from plugins.orders.store.order_log import note_change
from plugins.orders.store.order_review import OrderReview
from plugins.orders.store.versions.workflow_store import workflow_of
from plugins.orders.workflow.order_facts import Trigger
from plugins.orders.workflow.plan_step import Refusal, plan
from plugins.orders.workflow.requirements import RATING, REVIEW
from plugins.orders.workflow.statuses.stage import Stage

MAY_CHANGE = timedelta(days=7)
MAX_WORDS = 500
# the action by which a workflow asks for a rating
ACTION = "review"


@dataclass(frozen=True)
class RateOrder:
    """``stars`` from 1 to 5; ``words`` may be empty."""

    order_id: int
    stars: int | None
    words: str = ""


def review_of(session: Session, order_id: int) -> OrderReview | None:
    """That of an order found in scope; None: it is not rated."""
    return session.get(OrderReview, order_id)


def may_rate(order: Order, review: OrderReview | None, actor: Actor, now: datetime) -> bool:
    """Whether the client's user may rate the order now, or change the rating it has."""
    if actor.client_id is None or OrdersFunction.ORDER_CREATE not in actor.functions:
        return False
    if review is None:
        return order.stage is Stage.DONE
    return now <= review.written_at + MAY_CHANGE and review.hidden_at is None


def rate_order(session: Session, command: RateOrder, *, actor: Actor, clock: Clock) -> None:
    """Rate it, or change the rating.

    Raises FunctionNotHeld, NotFound for staff, Invalid, Refused ``not_over`` or
    ``rated_too_long_ago``.
    """
    require(actor, OrdersFunction.ORDER_CREATE)
    if actor.client_id is None:
        raise NotFound
    order = lock_for_change(session, actor, command.order_id)
    review, at = review_of(session, order.id), clock.now()
    if not may_rate(order, review, actor, at):
        raise _too_early() if review is None else _too_late()
    fields = _fields(command)
    if review is None and _asks_for_it(order, actor):
        step = AdvanceOrder(order.id, ACTION, fields=fields)
        advance_order(session, step, actor=actor, clock=clock)
        return
    order.fields = {**order.fields, **fields}
    kind = "order.rated" if review is None else "order.rating_changed"
    note_change(session, kind, order, {"stars": command.stars}, actor, at, {"fields": fields})
    if review is None:
        session.add(OrderReview(order_id=order.id, written_at=at))
    else:
        review.changed_at = at


def answer_review(
    session: Session, order_id: int, words: str, *, actor: Actor, clock: Clock
) -> None:
    """The provider's answer, once, which the client reads.

    Raises FunctionNotHeld, NotFound, Invalid, Refused ``already_answered``.
    """
    order, review = _for_staff(session, order_id, actor)
    if review.answered_at is not None:
        message = text("This rating has been answered; it is answered only once.")
        raise Refused(message, code="already_answered")
    review.answer = _written("answer", words)
    review.answered_at = clock.now()
    answer = {"fields": {"answer": review.answer}}
    note_change(session, "order.rating_answered", order, {}, actor, clock.now(), answer)


def hide_review(
    session: Session, order_id: int, reason: str, *, actor: Actor, clock: Clock
) -> None:
    """Mark a rating hidden: it can't be changed any more, and its readers see that it is.

    Raises as ``answer_review``, and ``already_hidden``.
    """
    order, review = _for_staff(session, order_id, actor)
    if review.hidden_at is not None:
        raise Refused(text("This rating is hidden already."), code="already_hidden")
    review.hidden_reason = _written("reason", reason)
    review.hidden_at = clock.now()
    why = {"fields": {"reason": review.hidden_reason}}
    note_change(session, "order.rating_hidden", order, {}, actor, clock.now(), why)


def _for_staff(session: Session, order_id: int, actor: Actor) -> tuple[Order, OrderReview]:
    require(actor, OrdersFunction.STATUS_CHANGE)
    if actor.client_id is not None:
        raise NotFound
    order = lock_for_change(session, actor, order_id)
    review = review_of(session, order.id)
    if review is None:
        raise NotFound(text("This order has not been rated."))
    return order, review


def _asks_for_it(order: Order, actor: Actor) -> bool:
    """The workflow has a step for it, with what follows from it."""
    planned = plan(workflow_of(order), facts_of(order), Trigger(ACTION), who_is(actor))
    codes = {reason.code for reason in planned.reasons} if isinstance(planned, Refusal) else set()
    return codes <= {"missing_field"}


def _fields(command: RateOrder) -> dict[str, str]:
    """Raises Invalid."""
    errors = []
    if command.stars is None or not 1 <= command.stars <= 5:
        errors.append(FieldError("stars", "required", text("Choose one to five stars.")))
    if len(command.words) > MAX_WORDS:
        errors.append(FieldError("words", "length", text("Use at most 500 characters.")))
    if errors:
        raise Invalid(errors)
    return {RATING: str(command.stars), REVIEW: command.words}


def _written(field: str, words: str) -> str:
    """Raises Invalid."""
    if not is_visible(words):
        raise Invalid([FieldError(field, "required", text("This field is required."))])
    if len(words) > MAX_WORDS:
        raise Invalid([FieldError(field, "length", text("Use at most 500 characters."))])
    return words.strip()


def _too_early() -> Refused:
    message = text("An order is rated when it is complete.")
    return Refused(message, code="not_over")


def _too_late() -> Refused:
    message = text("A rating can be changed for a week after it was written.")
    return Refused(message, code="rated_too_long_ago")
