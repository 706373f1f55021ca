"""Whether the demo was loaded into this database: its log says so."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing_panel.kernel.tables.event_log import Event

LOADED = "demo.loaded"


def is_demo_loaded(session: Session) -> bool:
    return session.scalar(select(Event.id).filter_by(kind=LOADED).limit(1)) is not None
