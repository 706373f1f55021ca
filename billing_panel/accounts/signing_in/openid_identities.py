"""Who a person is at an external sign-in provider (OpenID Connect).

An identity is what the provider calls ``sub``, at that issuer. It is bound by the person themselves
while they are signed in here. E-mail addresses decide nothing: they change hands, and their
"verified" is whatever the provider means by it.
"""

from datetime import datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint, delete, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from billing_panel.accounts.people.staff_models import Staff
from billing_panel.accounts.people.user_models import User
from billing_panel.kernel.database.column_types import Base, BigId, UtcDateTime
from billing_panel.kernel.database.row_locks import locked
from billing_panel.kernel.database.unique_key_violations import refusing_taken
from billing_panel.kernel.language.errors import Refused
from billing_panel.kernel.language.text import text

MAX_SUBJECT = 255


class OutsideIdentity(Base):
    """The one identity outside that a user is bound to, and since when (UTC)."""

    __tablename__ = "outside_identity"
    __table_args__ = (UniqueConstraint("issuer", "subject"),)

    user_id: Mapped[int] = mapped_column(BigId, ForeignKey("user_account.id"), primary_key=True)
    issuer: Mapped[str] = mapped_column(String(MAX_SUBJECT))
    subject: Mapped[str] = mapped_column(String(MAX_SUBJECT))
    bound_at: Mapped[datetime] = mapped_column(UtcDateTime)


def bind(session: Session, user_id: int, issuer: str, subject: str, *, at: datetime) -> None:
    """Raises Refused ``identity_taken``; what was bound to them before no longer is."""
    locked(session, User, user_id)
    there = session.scalar(select(OutsideIdentity).filter_by(issuer=issuer, subject=subject))
    if there is not None and there.user_id != user_id:
        raise _identity_taken()
    unbind(session, user_id)
    row = OutsideIdentity(user_id=user_id, issuer=issuer, subject=subject, bound_at=at)
    with refusing_taken(session, {OutsideIdentity.subject: _identity_taken()}):
        session.add(row)


def _identity_taken() -> Refused:
    return Refused(
        text("That account is already connected to someone else here."), code="identity_taken"
    )


def unbind(session: Session, user_id: int) -> bool:
    """Whether something was bound."""
    gone = session.execute(
        delete(OutsideIdentity).filter_by(user_id=user_id).returning(OutsideIdentity.user_id)
    )
    return gone.first() is not None


def identity_of(session: Session, user_id: int) -> OutsideIdentity | None:
    """Find what the user is bound to. None: nothing."""
    return session.get(OutsideIdentity, user_id)


def bound_user(session: Session, issuer: str, subject: str) -> User | None:
    """The member of staff who is bound to that identity."""
    return session.scalar(
        select(User)
        .join(OutsideIdentity, OutsideIdentity.user_id == User.id)
        .join(Staff, Staff.user_id == User.id)
        .where(OutsideIdentity.issuer == issuer, OutsideIdentity.subject == subject)
    )
