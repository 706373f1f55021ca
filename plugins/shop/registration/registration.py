"""People who asked to become clients, and have yet to confirm their address."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String, delete, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from billing_panel.accounts.companies.provider_models import Provider
from billing_panel.accounts.people.client_models import ClientKind
from billing_panel.administration.clients.client_details import ClientDetails
from billing_panel.kernel.database.column_types import Base, BigId, Json, UtcDateTime
from billing_panel.kernel.language.errors import NotFound
from billing_panel.kernel.language.text import text
from billing_panel.kernel.values.secret_fingerprints import fingerprint
from billing_panel.mail.letter_personal_data import forget_letters
from billing_panel.mail.models import LetterRow

MAX_BACK = 500


class Registration(Base):
    """``secret``: the fingerprint of what their link has. ``email``: in small letters.

    ``details``: of the client to be. ``back``: the address below the panel's own at which they
    were. ``terms_version``: what they accepted; empty: there was nothing to accept.
    """

    __tablename__ = "registration"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    provider_id: Mapped[int] = mapped_column(BigId, ForeignKey("provider.id"))
    secret: Mapped[str] = mapped_column(String(64), unique=True)
    email: Mapped[str] = mapped_column(String(320), index=True)
    details: Mapped[dict[str, Any]] = mapped_column(Json)
    password_hash: Mapped[str]
    terms_version: Mapped[str] = mapped_column(String(64), default="")
    back: Mapped[str] = mapped_column(String(MAX_BACK), default="")
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    provider: Mapped[Provider] = relationship()

    @property
    def client(self) -> ClientDetails:
        """What the client will be."""
        kept: Mapping[str, Any] = self.details
        return ClientDetails(**{**kept, "kind": ClientKind(kept["kind"])})


def letter_key(secret: str) -> str:
    """The key of the letter with its link; ids of rows that are gone are given again on SQLite."""
    return f"registration-{secret}"


def find_registration(session: Session, token: str, *, at: datetime) -> Registration:
    """The one whose link has ``token``. Raises NotFound when it is used, expired or forged."""
    found = session.scalar(
        select(Registration).where(
            Registration.secret == fingerprint(token), Registration.expires_at > at
        )
    )
    if found is None:
        raise NotFound(text("This link was already used or has expired; register again."))
    return found


def waiting_number(session: Session, email: str, *, at: datetime) -> int:
    """How many of this address have yet to be confirmed."""
    own = select(func.count()).select_from(Registration).filter_by(email=email)
    return session.scalar(own.where(Registration.expires_at > at)) or 0


def forget_registrations(session: Session, *, at: datetime) -> None:
    """Those that nobody confirmed in time go, with the address their letters went to."""
    secrets: Sequence[str] = session.scalars(
        delete(Registration).where(Registration.expires_at <= at).returning(Registration.secret)
    ).all()
    if secrets:
        forget_letters(session, LetterRow.key.in_([*map(letter_key, secrets)]), at)
