"""An endpoint switched off by the system, which tells those who look after webhooks."""

from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.clock import Clock
from plugins.webhooks.endpoints.endpoint_log import log_endpoint
from plugins.webhooks.store.models import Delivery, DeliveryState, Endpoint, OffReason

ENDPOINT_OFF = "endpoint_off"


def switch_off(
    session: Session, endpoint: Endpoint, reason: OffReason, *, actor: Actor, clock: Clock
) -> None:
    """Deliver nothing more there; what waits can be delivered again once it is on."""
    if endpoint.off_at is not None:
        return
    endpoint.off_at, endpoint.off_reason = clock.now(), reason
    end_waiting(session, endpoint.id, at=clock.now())
    facts = {"title": endpoint.title, "reason": reason.value}
    log_endpoint(session, "webhook.switched_off", endpoint, facts, actor, clock)


def end_waiting(session: Session, endpoint_id: int, *, at: datetime) -> None:
    """Give up what waits for the endpoint."""
    session.execute(
        update(Delivery)
        .where(Delivery.endpoint_id == endpoint_id, Delivery.state == DeliveryState.WAITING)
        .values(
            state=DeliveryState.DEAD,
            problem=ENDPOINT_OFF,
            ended_at=at,
            claim=None,
            claimed_until=None,
        )
        .execution_options(synchronize_session=False)
    )
