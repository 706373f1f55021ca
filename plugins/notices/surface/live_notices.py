"""Notices on the live feed, for the people they are meant for."""

from collections.abc import Iterable, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing_panel.accounts.access.load_actors import actor_of
from billing_panel.accounts.people.user_models import User
from billing_panel.kernel.extension.feed_sources import Addressed, FeedSource
from plugins.notices.session_info_keys import KNOWN
from plugins.notices.store.find_notices import ROW, NoticeRow, seen_notices
from plugins.notices.store.models import Notice, Route
from plugins.notices.surface.notice_view import say_notices

# no user has this id
NOBODY = 0


def after(session: Session, notice_id: int, limit: int) -> Sequence[Addressed]:
    """Those with higher ids, in their order, in the words of whom they are for.

    Letters are for nobody's screen, and whoever has lost the right to a notice since it was made is
    not sent it: these are addressed to nobody, so that no id is missing.
    """
    rows = session.execute(
        select(Notice.id, Notice.user_id, Notice.route)
        .where(Notice.id > notice_id)
        .order_by(Notice.id)
        .limit(limit)
    ).all()
    by_user: dict[int, list[int]] = {}
    for row in rows:
        if row.user_id is not None and row.route is Route.SCREEN:
            by_user.setdefault(row.user_id, []).append(row.id)
    sent = {
        one.id: one for user_id, ids in by_user.items() for one in _of_user(session, user_id, ids)
    }
    return [sent.get(row.id, Addressed(row.id, NOBODY, {})) for row in rows]


def _of_user(session: Session, user_id: int, ids: Sequence[int]) -> Iterable[Addressed]:
    user = session.get(User, user_id)
    actor = actor_of(session, user, session.info[KNOWN]) if user else None
    if actor is None:
        return
    rows = session.execute(
        select(*ROW).where(seen_notices(actor), Notice.id.in_(ids)).order_by(Notice.id)
    )
    for one in say_notices(session, [NoticeRow(*row) for row in rows], actor, actor.language):
        yield Addressed(
            one.id,
            user_id,
            {
                "id": one.id,
                "kind": one.kind,
                "title": one.title,
                "address": f"/notices/{one.id}",
                "sound": one.sound,
                "desktop": one.desktop,
            },
        )


NOTICE_FEED = FeedSource("notice", Notice.__table__.c.id, after)
