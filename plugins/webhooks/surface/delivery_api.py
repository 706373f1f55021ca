"""The API of what was delivered to a webhook."""

from collections.abc import Sequence

from pydantic import Field

from billing_panel.api.answer_models import Answer, Moment, PageAnswer
from billing_panel.api.endpoint_dispatch import AnyCall, Api, Call
from billing_panel.api.known_filters import unknown
from billing_panel.api.query_parameters import PageQuery, page_by_id
from billing_panel.api.request_bodies import Name, NoBody
from billing_panel.kernel.language.text import text
from plugins.webhooks.delivering.event_payload import TEST
from plugins.webhooks.delivering.replay_deliveries import replay, replay_all, send_test
from plugins.webhooks.endpoints.event_kinds import kinds_known
from plugins.webhooks.functions import WebhooksFunction
from plugins.webhooks.store.find_deliveries import Wanted, attempts_of, deliveries
from plugins.webhooks.store.models import Delivery, DeliveryAttempt, DeliveryState

api = Api("webhook_delivery_api", "Webhooks")
OFF = {422: ("webhook_off",)}
NO_SUCH_KIND = text("There is no such kind of event; GET /webhooks/kinds lists those there are.")


class DeliveriesQuery(PageQuery):
    """``kind`` of event."""

    state: DeliveryState | None = None
    kind: Name | None = None


class AttemptAnswer(Answer):
    """A try. ``status`` null: there was no answer. ``answer``: the beginning of what came back."""

    at: Moment
    milliseconds: int
    status: int | None = Field(examples=[200])
    problem: str | None
    answer: str


class WebhookDeliveryAnswer(Answer):
    """``message_id`` is sent as ``webhook-id``, at each try the same. ``event`` null: a test.

    ``about``: of the same, what happened later waits for what happened before. ``state``:
    ``waiting``, ``delivered``, ``dead`` (given up), ``withheld`` (it may not be told any more).
    ``attempts``: the last 20.
    """

    id: int
    message_id: str = Field(examples=["msg_p5jXN8AQM9LWM0D4loKWxJek"])
    event: int | None
    kind: str = Field(examples=["order.placed"])
    about: str = Field(examples=["order:17"])
    state: DeliveryState
    at: Moment
    due_at: Moment | None
    ended_at: Moment | None
    problem: str | None
    attempts: list[AttemptAnswer]


class ReplayedAnswer(Answer):
    """How many are delivered again."""

    number: int


@api.get("/webhooks/<bigid:endpoint_id>/deliveries", WebhooksFunction.READ, WebhooksFunction.CHANGE)
def list_webhook_deliveries(
    call: Call[NoBody, DeliveriesQuery], endpoint_id: int
) -> PageAnswer[WebhookDeliveryAnswer]:
    """Lists what was delivered, or is to be, the newest first; ended ones are kept for 30 days."""
    query = call.query
    if query.kind is not None and query.kind not in {TEST, *kinds_known(call.session)}:
        raise unknown("kind", NO_SUCH_KIND)
    found = deliveries(
        call.session,
        call.actor,
        endpoint_id,
        Wanted(query.state, query.kind or ""),
        before=query.cursor or 0,
        limit=query.limit + 1,
    )
    page, cursor = page_by_id(found, query.limit)
    return PageAnswer(items=_answers(call, page), next_cursor=cursor)


@api.post(
    "/webhooks/<bigid:endpoint_id>/deliveries/<bigid:delivery_id>/replay",
    WebhooksFunction.CHANGE,
    example={},
    errors=OFF,
)
def deliver_again(call: Call, endpoint_id: int, delivery_id: int) -> WebhookDeliveryAnswer:
    """Delivers one again, at once and under its id, whatever became of it."""
    clock = call.panel.clock
    delivery = replay(call.session, endpoint_id, delivery_id, actor=call.actor, clock=clock)
    return _answers(call, [delivery])[0]


@api.post("/webhooks/<bigid:endpoint_id>/replay", WebhooksFunction.CHANGE, example={}, errors=OFF)
def deliver_all_again(call: Call, endpoint_id: int) -> ReplayedAnswer:
    """Delivers all again that was given up, or waits for its next try."""
    clock = call.panel.clock
    number = replay_all(call.session, endpoint_id, actor=call.actor, clock=clock)
    return ReplayedAnswer(number=number)


@api.post(
    "/webhooks/<bigid:endpoint_id>/test",
    WebhooksFunction.CHANGE,
    status=201,
    example={},
    errors={**OFF, 429: ("too_many_attempts",)},
)
def try_webhook(call: Call, endpoint_id: int) -> WebhookDeliveryAnswer:
    """Posts a message of the type ``webhook.test``, once; its delivery says what became of it."""
    delivery = send_test(call.session, endpoint_id, actor=call.actor, clock=call.panel.clock)
    return _answers(call, [delivery])[0]


def _answers(call: AnyCall, found: Sequence[Delivery]) -> list[WebhookDeliveryAnswer]:
    tries = attempts_of(call.session, [one.id for one in found])
    return [_answer(one, [row for row in tries if row.delivery_id == one.id]) for one in found]


def _answer(delivery: Delivery, tries: Sequence[DeliveryAttempt]) -> WebhookDeliveryAnswer:
    waits = delivery.state is DeliveryState.WAITING
    return WebhookDeliveryAnswer(
        id=delivery.id,
        message_id=delivery.message_id,
        event=delivery.event_id,
        kind=delivery.kind,
        about=delivery.lane,
        state=delivery.state,
        at=delivery.at,
        due_at=delivery.due_at if waits else None,
        ended_at=delivery.ended_at,
        problem=delivery.problem,
        attempts=[
            AttemptAnswer(
                at=one.at,
                milliseconds=one.milliseconds,
                status=one.status,
                problem=one.problem,
                answer=one.answer,
            )
            for one in tries
        ],
    )
