"""The API of an order's rating: reading it, giving it, answering it and hiding it (M10)."""

from pydantic import Field, StrictInt

from billing_panel.api.answer_models import Answer, Moment
from billing_panel.api.endpoint_dispatch import AnyCall, Api, Call
from billing_panel.api.request_bodies import Body
from billing_panel.kernel.language.errors import NotFound
from billing_panel.kernel.language.text import text
from billing_panel.kernel.values.bounded_parsing import whole_number
from plugins.orders.functions import OrdersFunction
from plugins.orders.reviews.review_order import (
    MAX_WORDS,
    RateOrder,
    answer_review,
    hide_review,
    rate_order,
    review_of,
)
from plugins.orders.store.find_orders import find_order
from plugins.orders.workflow.requirements import RATING, REVIEW

RULE = "/orders/<bigid:order_id>/review"

api = Api("orders_review_api", "Orders")


class RateBody(Body):
    """``stars`` from 1 to 5; ``words`` may be left out."""

    stars: StrictInt = Field(ge=1, le=5, examples=[5])
    words: str = Field(default="", max_length=MAX_WORDS)


class AnswerReviewBody(Body):
    """What the provider answers; the client reads it."""

    answer: str = Field(min_length=1, max_length=MAX_WORDS)


class HideReviewBody(Body):
    """Why it is hidden, for staff alone."""

    reason: str = Field(min_length=1, max_length=MAX_WORDS)


class ReviewAnswer(Answer):
    """How the client rated the order. ``answer`` null: the provider has not answered.

    ``hidden_at`` null: it is not hidden. ``hidden_reason`` is null for clients.
    """

    order: int = Field(examples=[17])
    stars: int = Field(examples=[5])
    words: str
    written_at: Moment
    changed_at: Moment | None
    answer: str | None
    answered_at: Moment | None
    hidden_at: Moment | None
    hidden_reason: str | None


@api.get(RULE, OrdersFunction.ORDER_READ)
def show_review(call: Call, order_id: int) -> ReviewAnswer:
    """Shows how the client rated the order; 404 while they have not."""
    return _review(call, order_id)


@api.post(
    RULE,
    OrdersFunction.ORDER_CREATE,
    example={"stars": 5, "words": "Quick, and kind"},
    errors={422: ("not_over", "rated_too_long_ago")},
)
def rate(call: Call[RateBody], order_id: int) -> ReviewAnswer:
    """Rates the client's own order once it is over, or changes the rating for a week.

    For clients alone.
    """
    command = RateOrder(order_id, call.body.stars, call.body.words.strip())
    rate_order(call.session, command, actor=call.actor, clock=call.panel.clock)
    return _review(call, order_id)


@api.post(
    f"{RULE}/answer",
    OrdersFunction.STATUS_CHANGE,
    example={"answer": "Thank you!"},
    errors={422: ("already_answered",)},
)
def answer_it(call: Call[AnswerReviewBody], order_id: int) -> ReviewAnswer:
    """Answers a rating, once. For staff alone."""
    words, clock = call.body.answer, call.panel.clock
    answer_review(call.session, order_id, words, actor=call.actor, clock=clock)
    return _review(call, order_id)


@api.post(
    f"{RULE}/hide",
    OrdersFunction.STATUS_CHANGE,
    example={"reason": "It names a person"},
    errors={422: ("already_hidden",)},
)
def hide_it(call: Call[HideReviewBody], order_id: int) -> ReviewAnswer:
    """Hides a rating, with a reason. For staff alone."""
    reason, clock = call.body.reason, call.panel.clock
    hide_review(call.session, order_id, reason, actor=call.actor, clock=clock)
    return _review(call, order_id)


def _review(call: AnyCall, order_id: int) -> ReviewAnswer:
    """Raises NotFound."""
    order = find_order(call.session, call.actor, order_id)
    review = review_of(call.session, order.id)
    if review is None:
        raise NotFound(text("This order is not rated."))
    is_staff = call.actor.client_id is None
    return ReviewAnswer(
        order=order.id,
        stars=whole_number(order.fields.get(RATING, "")) or 0,
        words=order.fields.get(REVIEW, ""),
        written_at=review.written_at,
        changed_at=review.changed_at,
        answer=review.answer or None,
        answered_at=review.answered_at,
        hidden_at=review.hidden_at,
        hidden_reason=(review.hidden_reason or None) if is_staff else None,
    )
