"""Points last as long as their provider says (``points_last_days``).

The oldest are spent first. So of those a client got until a day there is left by how much they are
more than all that was ever taken from them, and once they are too old, that expires. What a refund
brings back counts from the day it came back.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, and_, case, func, select
from sqlalchemy.orm import Session

from billing_panel.accounts.companies.provider_models import Provider
from billing_panel.kernel.database.database import Database
from billing_panel.kernel.database.unavailable import Unavailable
from billing_panel.kernel.process.logs import logger
from billing_panel.kernel.tables.event_log import record
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.calendar_dates import days_after
from billing_panel.kernel.values.clock import Clock
from billing_panel.kernel.values.money import POINTS
from billing_panel.ledger.double_entry import (
    AccountKind,
    AccountName,
    EntryKind,
    Happened,
    Movement,
)
from billing_panel.ledger.models import LedgerAccount, LedgerEntry, Posting
from billing_panel.ledger.post_entries import post
from plugins.orders.store.locks.lock_sequence import lock_membership

log = logger()


@dataclass(frozen=True)
class Old:
    """A client has points with a provider that they got until ``until``: too long ago."""

    client_id: int
    provider_id: int
    until: datetime


def expire_points(database: Database, *, actor: Actor, clock: Clock) -> int:
    """How many points expired, of all clients of all providers. ``actor`` is the system.

    Each client's expire in a transaction of their own; of two workers the second finds none left.
    """
    now, expired = clock.now(), 0
    with database.reading() as session:
        found = [*_found(session, now)]
    for old in found:
        try:
            with database.writing() as session:
                expired += _expire(session, old, actor=actor, at=now)
        except Unavailable:
            # the next one would fare no better
            raise
        except Exception:
            log.exception("points_broke_off", client=old.client_id, provider=old.provider_id)
    return expired


def _found(session: Session, now: datetime) -> Iterator[Old]:
    lasting = select(Provider.id, Provider.points_last_days, Provider.timezone)
    for provider_id, days, timezone in session.execute(lasting.order_by(Provider.id)):
        if days is not None:
            until = days_after(now, -days, timezone)
            clients = _sums(provider_id, until).order_by(LedgerAccount.client_id)
            for client_id, got, taken in session.execute(clients):
                if client_id is not None and got > taken:
                    yield Old(client_id, provider_id, until)


def _expire(session: Session, old: Old, *, actor: Actor, at: datetime) -> int:
    lock_membership(session, old.client_id, old.provider_id)
    own = _sums(old.provider_id, old.until).where(LedgerAccount.client_id == old.client_id)
    _client_id, got, taken = session.execute(own).one()
    points = int(got) - int(taken)
    if points <= 0:
        return 0
    subject = ("client", old.client_id)
    # as more of them grow old, ``got`` grows
    key = f"points_expired:{old.provider_id}:{old.client_id}:{got}"
    of_client = AccountName(old.provider_id, AccountKind.POINTS, POINTS, old.client_id)
    providers = AccountName(old.provider_id, AccountKind.POINTS, POINTS)
    post(
        session,
        Happened(EntryKind.POINTS_EXPIRED, key, subject),
        [Movement(of_client, -points), Movement(providers, points)],
        actor=actor,
        at=at,
    )
    record(
        session,
        "points.expired",
        actor=actor,
        at=at,
        subject=subject,
        provider_id=old.provider_id,
        client_id=old.client_id,
        facts={"points": points, "got_until": old.until.isoformat()},
    )
    return points


def _sums(provider_id: int, until: datetime) -> Select[int | None, int, int]:
    """Of each client of the provider: their id, what they got until then, what was ever taken."""
    is_old = and_(Posting.amount > 0, LedgerEntry.at <= until)
    return (
        select(
            LedgerAccount.client_id,
            func.sum(case((is_old, Posting.amount), else_=0)),
            func.sum(case((Posting.amount < 0, -Posting.amount), else_=0)),
        )
        .join(Posting, Posting.account_id == LedgerAccount.id)
        .join(LedgerEntry, LedgerEntry.id == Posting.entry_id)
        .where(
            LedgerAccount.provider_id == provider_id,
            LedgerAccount.client_id.is_not(None),
            LedgerAccount.kind == AccountKind.POINTS,
        )
        .group_by(LedgerAccount.client_id)
    )
