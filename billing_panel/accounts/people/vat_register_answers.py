"""What the register of VAT numbers (VIES) said of clients' numbers, and who they are for VAT.

A number counts once the register confirms it (Article 18 of Implementing Regulation 282/2011);
until then the client buys as a consumer does. That the register was unavailable changes nothing.
"""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, bindparam, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from billing_panel.accounts.people.client_models import Client, ClientKind
from billing_panel.kernel.database.column_types import Base, BigId, UtcDateTime, one_of
from billing_panel.kernel.language.text import Text, text
from billing_panel.tax.compare_registered_name import is_plainly_another
from billing_panel.tax.supply import Standing
from billing_panel.tax.vat_number import compact_vat_number, is_valid_vat_number


class RegisterAnswer(StrEnum):
    """Of a number: it is one, it is none, or nobody could say; ``MALFORMED``: nobody was asked."""

    VALID = "valid"
    INVALID = "invalid"
    UNAVAILABLE = "unavailable"
    MALFORMED = "malformed"


SAID = (RegisterAnswer.VALID, RegisterAnswer.INVALID)


class VatCheck(Base):
    """One question to the register. ``number`` with its prefix, without spaces.

    ``consultation``: what proves the question, where the seller asked by a number of their own.
    ``name``: whose it is, as far as the register says.
    """

    __tablename__ = "vat_check"
    __table_args__ = (Index("ix_vat_check_client", "client_id", "id"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    client_id: Mapped[int] = mapped_column(BigId, ForeignKey("client.id"))
    number: Mapped[str] = mapped_column(String(64))
    answer: Mapped[RegisterAnswer] = mapped_column(one_of(RegisterAnswer))
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    consultation: Mapped[str] = mapped_column(default="")
    name: Mapped[str] = mapped_column(default="")


def last_answer(session: Session, client: Client, number: str | None = None) -> VatCheck | None:
    """The last time the register could say; ``number`` None: the one that the client has now."""
    meant = number or compact_vat_number(client.vat_number)
    return session.scalar(_LAST, {"client_id": client.id, "number": meant})


_LAST = (
    select(VatCheck)
    .where(
        VatCheck.client_id == bindparam("client_id"),
        VatCheck.number == bindparam("number"),
        VatCheck.answer.in_(SAID),
    )
    .order_by(VatCheck.id.desc())
    .limit(1)
)


def standing_of(session: Session, client: Client) -> Standing:
    """Who the client is for VAT; a person with a VAT number is in business."""
    if not client.vat_number:
        return Standing.BUSINESS if client.kind is ClientKind.COMPANY else Standing.PRIVATE
    if not is_valid_vat_number(client.vat_number, client.country):
        return Standing.BUSINESS
    last = last_answer(session, client)
    is_confirmed = last is not None and last.answer is RegisterAnswer.VALID
    return Standing.CONFIRMED if is_confirmed else Standing.BUSINESS


def said_of_number(session: Session, client: Client) -> Text | None:
    """Where the client's VAT number stands with the register; None: it is in no register we ask."""
    if not is_valid_vat_number(client.vat_number, client.country):
        return None
    last = last_answer(session, client)
    if last is None:
        return text("Not confirmed yet")
    if last.answer is RegisterAnswer.VALID:
        return text("Confirmed by the register on %(day)s", day=last.asked_at.date())
    return text("Not in the register as of %(day)s", day=last.asked_at.date())


def other_name_of(session: Session, client: Client) -> str:
    """The name under which the register has the client’s number, where it is plainly another.

    Empty: it is not, or the register does not say.
    """
    last = last_answer(session, client)
    if last is None or last.answer is not RegisterAnswer.VALID:
        return ""
    return last.name if is_plainly_another(client.name, last.name) else ""


def checks_of(session: Session, client_id: int) -> Sequence[VatCheck]:
    """What was asked about a client, the last question first."""
    return session.scalars(
        select(VatCheck).filter_by(client_id=client_id).order_by(VatCheck.id.desc())
    ).all()
