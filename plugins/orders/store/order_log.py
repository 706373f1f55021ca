"""The entries of one order in the log.

Each change of an order makes it a new version, and its entry carries the version it led to: of
two people the second is shown what happened since the version they saw.
"""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.orm import Session

from billing_panel.kernel.language.stale_version import refuse_stale_version
from billing_panel.kernel.language.text import text
from billing_panel.kernel.tables.event_log import record
from billing_panel.kernel.values.actor import Actor
from plugins.orders.store.models import Order


def note(
    session: Session,
    kind: str,
    order: Order,
    facts: Mapping[str, object],
    actor: Actor,
    at: datetime,
    words: Mapping[str, object] | None = None,
) -> None:
    """Write ``kind`` into the order's history; ``words``: what somebody typed."""
    record(
        session,
        kind,
        actor=actor,
        at=at,
        subject=("order", order.id),
        provider_id=order.provider_id,
        client_id=order.client_id,
        facts=facts,
        words=words,
    )


def note_change(
    session: Session,
    kind: str,
    order: Order,
    facts: Mapping[str, object],
    actor: Actor,
    at: datetime,
    words: Mapping[str, object] | None = None,
) -> None:
    """Write ``kind``, which changed the order, into its history."""
    order.version += 1
    note(session, kind, order, {**facts, "version": order.version}, actor, at, words)


def check_version(order: Order, seen: int | None) -> None:
    """Raises Conflict ``stale_version`` when the order has changed since version ``seen``."""
    refuse_stale_version(
        seen,
        order.version,
        text("Someone changed the order in the meantime; check it again."),
        facts={"order_id": order.id, "version": order.version},
    )
