"""An event about a provider, as whatever changes one writes it."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.orm import Session

from billing_panel.accounts.companies.provider_models import Provider
from billing_panel.kernel.tables.event_log import record
from billing_panel.kernel.values.actor import Actor


def record_of_provider(
    session: Session,
    kind: str,
    provider: Provider,
    facts: Mapping[str, object] | None = None,
    *,
    actor: Actor,
    at: datetime,
) -> None:
    """Write one event whose subject is the provider."""
    record(
        session,
        kind,
        actor=actor,
        at=at,
        subject=("provider", provider.id),
        provider_id=provider.id,
        facts=facts,
    )
