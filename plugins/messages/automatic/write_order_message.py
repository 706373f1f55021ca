"""Saying in an order's dialogue what happens to it, in as few statements as an action can.

Nobody reads these entries before the transaction ends, so they are written then, together
(``late_rows``): first the dialogues, which begin where they have not, then what is said in them.
The order is locked, or nobody knows of it yet; the dialogue's row is locked as it is written.
"""

from sqlalchemy import Insert, bindparam, insert, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from billing_panel.kernel.database.rows_written_at_commit import leave
from plugins.messages.correspondence.write_message import NewMessage, Place, written
from plugins.messages.store.models import Dialogue, Message


def say(session: Session, place: Place, entry: NewMessage) -> None:
    """``entry`` is automatic and for the client too; it is in no count."""
    dialogue = {
        "provider_id": place.provider_id,
        "client_id": place.client_id,
        "order_id": place.order_id,
        "messages": 0,
        "appeals": 0,
        "seen_id": 0,
        "last_at": entry.at,
        "last_open_at": entry.at,
    }
    leave(session, TOUCH[session.get_bind().dialect.name], [dialogue])
    leave(session, SAY, [{"of_order": place.order_id, **written(entry)}])


def _touch(into: postgresql.Insert | sqlite.Insert) -> Insert:
    new = {"last_at": into.excluded.last_at, "last_open_at": into.excluded.last_open_at}
    return into.on_conflict_do_update(index_elements=["order_id"], set_=new)


def _say() -> Insert:
    columns = [c for c in Message.__table__.columns if c.name not in {"id", "dialogue_id"}]
    values = (bindparam(c.name, type_=c.type) for c in columns)
    found = select(Dialogue.id, *values).where(Dialogue.order_id == bindparam("of_order"))
    return insert(Message).from_select(["dialogue_id", *(c.name for c in columns)], found)


# by the name of the database: made once
TOUCH = {
    "postgresql": _touch(postgresql.insert(Dialogue)),
    "sqlite": _touch(sqlite.insert(Dialogue)),
}
SAY = _say()
