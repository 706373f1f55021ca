"""What is written in the log of endpoints."""

from collections.abc import Mapping

from sqlalchemy.orm import Session

from billing_panel.kernel.tables.event_log import record
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.clock import Clock
from plugins.webhooks.store.models import Endpoint

SUBJECT = "webhook"


def log_endpoint(
    session: Session,
    kind: str,
    endpoint: Endpoint,
    facts: Mapping[str, object],
    actor: Actor,
    clock: Clock,
) -> None:
    """Write an event about ``endpoint``."""
    record(
        session,
        kind,
        actor=actor,
        at=clock.now(),
        subject=(SUBJECT, endpoint.id),
        provider_id=endpoint.provider_id,
        facts=facts,
    )
