"""Delivering again, by hand; and a test."""

import math
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import Session

from billing_panel.kernel.database.row_locks import lock_row
from billing_panel.kernel.language.errors import Refused, TooManyAttempts
from billing_panel.kernel.language.text import text
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.clock import Clock
from billing_panel.kernel.values.secret_fingerprints import new_secret
from permissions.guard import require
from plugins.webhooks.delivering.event_payload import TEST
from plugins.webhooks.endpoints.endpoint_log import log_endpoint
from plugins.webhooks.functions import WebhooksFunction
from plugins.webhooks.store.find_deliveries import find_delivery
from plugins.webhooks.store.find_endpoints import find_endpoint
from plugins.webhooks.store.models import Delivery, DeliveryState, Endpoint

LANE_OF_TESTS = "test"
TESTS_A_MINUTE = 10


def replay(
    session: Session, endpoint_id: int, delivery_id: int, *, actor: Actor, clock: Clock
) -> Delivery:
    """Deliver one again, at once and under its id, whatever became of it.

    Raises FunctionNotHeld, NotFound, Refused ``webhook_off``.
    """
    require(actor, WebhooksFunction.CHANGE)
    endpoint = _locked_endpoint(session, actor, endpoint_id)
    delivery = find_delivery(session, actor, endpoint_id, delivery_id)
    _again(session, Delivery.id == delivery.id, clock.now())
    session.refresh(delivery)
    log_endpoint(session, "webhook.replayed", endpoint, {"number": 1}, actor, clock)
    return delivery


def replay_all(session: Session, endpoint_id: int, *, actor: Actor, clock: Clock) -> int:
    """Deliver all again that was given up, or waits for its next try. How many.

    Raises FunctionNotHeld, NotFound, Refused ``webhook_off``.
    """
    require(actor, WebhooksFunction.CHANGE)
    endpoint = _locked_endpoint(session, actor, endpoint_id)
    not_there = Delivery.state.in_((DeliveryState.DEAD, DeliveryState.WAITING))
    own = (Delivery.endpoint_id == endpoint_id) & not_there & Delivery.event_id.is_not(None)
    number = _again(session, own, clock.now())
    if number:
        log_endpoint(session, "webhook.replayed", endpoint, {"number": number}, actor, clock)
    return number


def send_test(session: Session, endpoint_id: int, *, actor: Actor, clock: Clock) -> Delivery:
    """Post a message without an event, to see that it arrives; it is tried once.

    Raises FunctionNotHeld, NotFound, Refused ``webhook_off``, TooManyAttempts.
    """
    require(actor, WebhooksFunction.CHANGE)
    endpoint = _locked_endpoint(session, actor, endpoint_id)
    now = clock.now()
    _refuse_too_many_tests(session, endpoint, now)
    delivery = Delivery(
        endpoint_id=endpoint.id,
        message_id=f"msg_{new_secret()}",
        kind=TEST,
        lane=LANE_OF_TESTS,
        at=now,
        due_at=now,
    )
    session.add(delivery)
    session.flush()
    return delivery


def _refuse_too_many_tests(session: Session, endpoint: Endpoint, now: datetime) -> None:
    """Whoever looks after webhooks points no flood at an address: a provider has so many tests."""
    of_provider = select(Endpoint.id).where(Endpoint.provider_id == endpoint.provider_id)
    made = select(Delivery.at).where(
        Delivery.endpoint_id.in_(of_provider),
        Delivery.lane == LANE_OF_TESTS,
        Delivery.at > now - timedelta(minutes=1),
    )
    latest = session.scalars(made.order_by(Delivery.at.desc()).limit(TESTS_A_MINUTE)).all()
    if len(latest) == TESTS_A_MINUTE:
        free_at = latest[-1] + timedelta(minutes=1)
        raise TooManyAttempts(math.ceil((free_at - now).total_seconds()))


def _locked_endpoint(session: Session, actor: Actor, endpoint_id: int) -> Endpoint:
    endpoint = find_endpoint(session, actor, endpoint_id)
    lock_row(session, endpoint)
    if endpoint.off_at is not None:
        raise Refused(text("This webhook is switched off; switch it on first."), code="webhook_off")
    return endpoint


def _again(session: Session, which: ColumnElement[bool], at: datetime) -> int:
    """One that is tried just now is let be."""
    begun = (
        update(Delivery)
        .where(which, (Delivery.claimed_until.is_(None)) | (Delivery.claimed_until < at))
        .values(
            state=DeliveryState.WAITING,
            due_at=at,
            tries=0,
            ended_at=None,
            claim=None,
            claimed_until=None,
        )
        .returning(Delivery.id)
        .execution_options(synchronize_session=False)
    )
    return len(session.scalars(begun).all())
