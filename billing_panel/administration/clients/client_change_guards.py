"""What every change to a client checks first and records last."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.orm import Session

from billing_panel.accounts.people.client_models import (
    Client,
)
from billing_panel.kernel.language.errors import Conflict, Forbidden
from billing_panel.kernel.language.text import text
from billing_panel.kernel.tables.event_log import record
from billing_panel.kernel.values.actor import Actor


def refuse_erased(client: Client) -> None:
    """Raise Conflict ``client_erased``: of somebody forgotten nothing is written any more."""
    if client.erased_at is not None:
        raise Conflict(text("This client’s personal data was erased."), code="client_erased")


def refuse_shared(client: Client, actor: Actor) -> None:
    """Raise Forbidden ``shared_client``: a client is the same for all of their providers."""
    own = actor.provider_ids
    if own is not None and not {m.provider_id for m in client.memberships} <= own:
        raise Forbidden(
            text("They are also a client of providers you don’t work for; ask an owner."),
            code="shared_client",
        )


def record_of_client(
    session: Session,
    kind: str,
    client: Client,
    actor: Actor,
    at: datetime,
    *,
    provider_id: int | None = None,
    facts: dict[str, object] | None = None,
    words: Mapping[str, object] | None = None,
) -> None:
    """Write one event about a client; the rest is as ``record`` takes it."""
    record(
        session,
        kind,
        actor=actor,
        at=at,
        subject=("client", client.id),
        provider_id=provider_id,
        client_id=client.id,
        facts=facts,
        words=words,
    )
