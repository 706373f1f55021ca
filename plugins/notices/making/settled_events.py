"""How far the log can be read without leaving out an event whose transaction commits late."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from billing_panel.audit.seal_events import head_of
from billing_panel.kernel.tables.event_log import Event


def settled_up_to(session: Session) -> int:
    """The highest id up to which no event can still become visible."""
    if session.get_bind().dialect.name == "postgresql":
        return head_of(session).event_id
    return session.scalar(select(func.max(Event.id))) or 0
