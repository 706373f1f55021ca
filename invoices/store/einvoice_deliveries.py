"""What became of a document that was handed to a sender: each step a row, only ever added to."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from billing_panel.kernel.database.append_only import append_only
from billing_panel.kernel.database.column_types import Base, BigId, UtcDateTime, one_of
from billing_panel.kernel.language.text import Text, text


class SendingState(StrEnum):
    """``HANDED``: no answer yet. ``NOT_ADDRESSED``: it does not go this way."""

    HANDED = "handed"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    UNREACHABLE = "unreachable"
    NOT_ADDRESSED = "not_addressed"


STATES: Mapping[SendingState, Text] = {
    SendingState.HANDED: text("Handed over"),
    SendingState.ACCEPTED: text("Accepted"),
    SendingState.REFUSED: text("Refused"),
    SendingState.UNREACHABLE: text("Couldn’t be reached"),
    SendingState.NOT_ADDRESSED: text("Can’t be sent this way"),
}
OVER = (SendingState.ACCEPTED, SendingState.REFUSED, SendingState.NOT_ADDRESSED)


class DocumentDelivery(Base):
    """``sender`` is its key; ``step`` counts from 1. ``reference`` and ``said``: the receiver's.

    Of a fiscal receipt ``reference`` is its number, ``device`` who registered it, ``link`` where it
    is shown.

    The first to write a step takes it: of two workers one hands the document over.
    """

    __tablename__ = "document_delivery"
    __table_args__ = ({"info": append_only()},)

    document_id: Mapped[int] = mapped_column(BigId, ForeignKey("document.id"), primary_key=True)
    sender: Mapped[str] = mapped_column(String(32), primary_key=True)
    step: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    state: Mapped[SendingState] = mapped_column(one_of(SendingState))
    reference: Mapped[str] = mapped_column(default="")
    said: Mapped[str] = mapped_column(default="")
    device: Mapped[str] = mapped_column(default="")
    link: Mapped[str] = mapped_column(default="")

    @property
    def title(self) -> Text:
        return STATES[self.state]
