"""Who has an order in hand and who is looking at it, as its page says to staff."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, bindparam, or_, select
from sqlalchemy.orm import Session

from billing_panel.accounts.access.person_names import people
from billing_panel.accounts.access.scope import known_staff
from billing_panel.accounts.people.staff_models import Staff, staff_provider
from billing_panel.accounts.people.user_models import User
from billing_panel.kernel.database.plain_rows import plain
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.clock import Clock
from billing_panel.kernel.values.kept_by_actor import kept_by_actor
from permissions.guard import allows
from plugins.orders.claims.order_viewers import EVERY, looking
from plugins.orders.functions import ACTING
from plugins.orders.store.models import Order

# as many can be chosen from
COLLEAGUES = 50


@dataclass(frozen=True)
class Colleague:
    """One of the staff to whom an order can be handed over."""

    login: str
    name: str


@dataclass(frozen=True)
class ClaimShown:
    """``held_by``: the name of whoever has it; empty: nobody. ``is_mine``: the reader has it.

    ``colleagues``: to whom the reader may hand it over; empty where they may not take orders at
    all. ``looking``: names of those who have it before them now. ``every``: seconds after which a
    browser says again that it is looking.
    """

    held_by: str
    is_mine: bool
    since: datetime | None
    note: str
    may_claim: bool
    colleagues: Sequence[Colleague]
    looking: Sequence[str]
    every: int

    @property
    def is_others(self) -> bool:
        return bool(self.held_by) and not self.is_mine


def claim_shown(session: Session, order: Order, actor: Actor, clock: Clock) -> ClaimShown | None:
    """Of an order that was just read.

    None: for clients, who are not told, and for whoever is nobody of the staff.
    """
    if actor.client_id is not None or actor.user_id is None:
        return None
    claim = order.claim
    holder = people(session, [claim.user_id], actor).get(claim.user_id) if claim else None
    may_claim = allows(actor, *ACTING)
    return ClaimShown(
        held_by=holder.name if holder else "",
        is_mine=claim is not None and claim.user_id == actor.user_id,
        since=claim.at if claim else None,
        note=claim.note if claim else "",
        may_claim=may_claim,
        colleagues=_colleagues(session, order, actor) if may_claim else (),
        looking=looking(session, order.id, actor=actor, clock=clock),
        every=int(EVERY.total_seconds()),
    )


def _colleagues(session: Session, order: Order, actor: Actor) -> Sequence[Colleague]:
    rows = plain(session, _known_colleagues(actor), {"provider_id": order.provider_id})
    return [Colleague(row.login, row.name) for row in rows]


@kept_by_actor
def _known_colleagues(actor: Actor) -> Select[str, str]:
    works_here = select(staff_provider.c.staff_id).where(
        staff_provider.c.provider_id == bindparam("provider_id")
    )
    return (
        select(User.login, Staff.name)
        .join(Staff, Staff.user_id == User.id)
        .where(
            User.disabled_at.is_(None),
            User.id != actor.user_id,
            known_staff(actor),
            or_(Staff.owner, Staff.id.in_(works_here)),
        )
        .order_by(Staff.name)
        .limit(COLLEAGUES)
    )
