"""Invariants of notices."""

from collections.abc import Iterator

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from billing_panel.kernel.extension.hooks import Check
from billing_panel.kernel.language.text import Text, text
from billing_panel.kernel.tables.event_log import Event
from plugins.notices.making.follow_events import CURSOR
from plugins.notices.store.models import Notice, NoticeCursor


def _cursor(session: Session) -> Iterator[Text]:
    place = session.scalar(select(NoticeCursor.event_id).where(NoticeCursor.id == CURSOR))
    if place is None:
        yield text("It isn’t known how far the log has been read for notices.")
    elif place > (session.scalar(select(func.max(Event.id))) or 0):
        yield text("Notices were made up to event %(id)s, which is not in the log.", id=place)


def _of_their_event(session: Session) -> Iterator[Text]:
    wrong = (
        select(Notice.id)
        .join(Event, Event.id == Notice.event_id)
        .where(
            or_(
                Notice.client_id.is_distinct_from(Event.client_id),
                Notice.provider_id.is_distinct_from(Event.provider_id),
            )
        )
    )
    for notice_id in session.scalars(wrong.order_by(Notice.id)):
        yield text("Notice %(id)s names another client or provider than its event.", id=notice_id)


NOTICE_CHECKS = (
    Check("notices.cursor", _cursor),
    Check("notices.scope", _of_their_event),
)
