"""What deliveries to an endpoint are signed with: made, replaced with an overlap, opened.

A secret is ``whsec_`` and 32 random bytes in base64 (Standard Webhooks). It is told once, sealed,
and for a day after it was replaced the old one signs beside the new one.
"""

import base64
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session

from billing_panel.kernel.database.encrypted_secrets import Seal
from plugins.webhooks.store.models import EndpointSecret

PREFIX = "whsec_"
BYTES = 32
OVERLAP = timedelta(hours=24)


def new_endpoint_secret(session: Session, endpoint_id: int, seal: Seal, *, at: datetime) -> str:
    """Make a secret; those there are sign for a day more. The secret, to be told once."""
    secret = PREFIX + base64.b64encode(secrets.token_bytes(BYTES)).decode()
    # of those that are replaced twice within a day the oldest would be a third
    gone = delete(EndpointSecret).filter_by(endpoint_id=endpoint_id)
    session.execute(gone.where(EndpointSecret.good_until.is_not(None)))
    for row in session.scalars(select(EndpointSecret).filter_by(endpoint_id=endpoint_id)):
        row.good_until = at + OVERLAP
    session.add(EndpointSecret(endpoint_id=endpoint_id, sealed=seal.close(secret), made_at=at))
    session.flush()
    return secret


def secrets_of(session: Session, endpoint_id: int, *, at: datetime) -> Sequence[EndpointSecret]:
    """Those that sign at that moment, the newest first."""
    good = or_(EndpointSecret.good_until.is_(None), EndpointSecret.good_until > at)
    rows = select(EndpointSecret).where(EndpointSecret.endpoint_id == endpoint_id, good)
    return session.scalars(rows.order_by(EndpointSecret.id.desc())).all()


def opened_secrets(session: Session, endpoint_id: int, seal: Seal, *, at: datetime) -> list[str]:
    """Raises SealBroken: they were sealed with another secret key."""
    return [seal.open(row.sealed) for row in secrets_of(session, endpoint_id, at=at)]
