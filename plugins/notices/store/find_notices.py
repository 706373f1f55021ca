"""A person's notices, as far as they may still see them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, and_, func, select, true, update
from sqlalchemy.orm import Session

from billing_panel.kernel.database.without_index import Unindexed
from billing_panel.kernel.language.errors import NotFound
from billing_panel.kernel.language.text import text
from billing_panel.kernel.values.actor import Actor
from plugins.notices.kinds.known_kinds import kinds_for
from plugins.notices.store.models import Notice, Route

# the bell says "99+" for as many as this
MAX_COUNT = 100


@dataclass(frozen=True)
class NoticeRow:
    """A notice as it is listed; what it says stands in its event."""

    id: int
    event_id: int
    kind: str
    at: datetime
    sound: bool
    desktop: bool
    read_at: datetime | None


ROW = (
    Notice.id,
    Notice.event_id,
    Notice.kind,
    Notice.at,
    Notice.sound,
    Notice.desktop,
    Notice.read_at,
)


def seen_notices(actor: Actor) -> ColumnElement[bool]:
    """Condition on Notice: theirs, of a kind and a provider or client that is theirs still.

    Whoever has lost a right reads no more of what it let them see. The index is that of the person:
    that of the client, which erasing needs, would read all their notices.
    """
    scope = (
        Unindexed(Notice.client_id) == actor.client_id
        if actor.client_id is not None
        else true()
        if actor.provider_ids is None
        else Notice.provider_id.in_(sorted(actor.provider_ids))
    )
    kinds = [kind.key for kind in kinds_for(actor)]
    own = and_(Notice.user_id == actor.user_id, Notice.route == Route.SCREEN)
    return and_(own, scope, Notice.kind.in_(kinds))


def _listed(actor: Actor) -> Select[*tuple[int, int, str, datetime, bool, bool, datetime | None]]:
    return select(*ROW).where(seen_notices(actor), Notice.listed)


def newest(
    session: Session, actor: Actor, *, before: int = 0, unread: bool = False, limit: int
) -> Sequence[NoticeRow]:
    """The newest first; ``before``: those with lower ids than the page before ended with."""
    page = _listed(actor)
    if before:
        page = page.where(Notice.id < before)
    if unread:
        page = page.where(Notice.read_at.is_(None))
    rows = session.execute(page.order_by(Notice.id.desc()).limit(limit))
    return [NoticeRow(*row) for row in rows]


def find_notice(session: Session, actor: Actor, notice_id: int) -> NoticeRow:
    """Raises NotFound."""
    found = select(*ROW).where(seen_notices(actor), Notice.id == notice_id)
    row = session.execute(found).first()
    if row is None:
        raise NotFound(text("No such notice, or you don’t have access to it."))
    return NoticeRow(*row)


def unread(actor: Actor) -> Select[int]:
    """Ids of those that are new."""
    return select(Notice.id).where(seen_notices(actor), Notice.listed, Notice.read_at.is_(None))


def unread_count(session: Session, actor: Actor) -> int:
    """How many are new, counted no further than ``MAX_COUNT``."""
    counted = select(func.count()).select_from(unread(actor).limit(MAX_COUNT).subquery())
    return session.scalar(counted) or 0


def read_up_to(session: Session, actor: Actor, last: int | None, *, at: datetime) -> int:
    """The person has seen those up to the id ``last``; None: all there are. How many were new."""
    upto = [] if last is None else [Notice.id <= last]
    return _read(session, actor, and_(true(), *upto), at)


def read_these(session: Session, actor: Actor, ids: Sequence[int], *, at: datetime) -> int:
    """The person has seen ``ids``; those that are not theirs are left alone. How many were new."""
    return _read(session, actor, Notice.id.in_(ids), at)


def _read(session: Session, actor: Actor, which: ColumnElement[bool], at: datetime) -> int:
    new = (
        update(Notice)
        .where(seen_notices(actor), which, Notice.read_at.is_(None))
        .values(read_at=at)
        .returning(Notice.id)
        .execution_options(synchronize_session=False)
    )
    return len(session.scalars(new).all())
