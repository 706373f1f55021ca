"""Who can sign in: a login and a password hash, for staff and for clients alike.

A ``ClientUser`` ties a user to their client, in a role. Sessions and API tokens are rows,
so that signing out, disabling and revoking end them; only the fingerprints of their secrets are
stored.
"""

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from billing_panel.accounts.people.client_roles import ClientRole
from billing_panel.kernel.database.column_types import Base, BigId, UtcDateTime, one_of

MAX_AGENT = 256


class User(Base):
    """``password_hash`` is argon2id; absent: they can't sign in with a password yet.

    ``email``: where they are written to; empty: nowhere. Whoever reads what is sent there can
    choose their password, so it is changed as a sign-in link is given.
    """

    __tablename__ = "user_account"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    login: Mapped[str] = mapped_column(String(128), unique=True)
    password_hash: Mapped[str | None]
    language: Mapped[str] = mapped_column(String(8))
    email: Mapped[str] = mapped_column(default="")
    disabled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class ClientUser(Base):
    """A user who signs in for a client, in a role; nobody does so for two clients."""

    __tablename__ = "client_user"

    user_id: Mapped[int] = mapped_column(BigId, ForeignKey("user_account.id"), primary_key=True)
    client_id: Mapped[int] = mapped_column(BigId, ForeignKey("client.id"), index=True)
    role: Mapped[ClientRole] = mapped_column(one_of(ClientRole), default=ClientRole.OWNER)
    user: Mapped[User] = relationship()
