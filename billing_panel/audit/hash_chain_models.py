"""The chain over the log, and how far the log is settled."""

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from billing_panel.kernel.database.append_only import append_only
from billing_panel.kernel.database.column_types import Base, BigId, Json


class EventSeal(Base):
    """``hash`` is over the event and the hash before it, in the order of the events' ids.

    No foreign key: the seal of an event that is gone tells that it was there.
    """

    __tablename__ = "event_seal"
    __table_args__ = ({"info": append_only()},)

    event_id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=False)
    hash: Mapped[str] = mapped_column(String(64))


class SealMark(Base):
    """One row. No event with an id ≤ ``up_to`` comes any more once all of ``writers`` have ended.

    ``writers``: PostgreSQL's virtual transactions that were writing events when it was made.
    """

    __tablename__ = "event_seal_mark"

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=False)
    up_to: Mapped[int] = mapped_column(BigId)
    writers: Mapped[list[str]] = mapped_column(Json)
