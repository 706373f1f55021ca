"""Sessions of browsers, and tokens of the API."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from billing_panel.accounts.people.user_models import MAX_AGENT, User
from billing_panel.kernel.database.column_types import Base, BigId, Json, UtcDateTime, one_of


class Step(StrEnum):
    """What is still asked of somebody whose password was right."""

    CODE = "code"
    SET_UP = "set_up"


class Purpose(StrEnum):
    """What a person gives their password for again, each time."""

    SET_FACTOR = "set_factor"
    REMOVE_FACTOR = "remove_factor"
    RECOVERY_CODES = "recovery_codes"
    CONNECT = "connect"
    DISCONNECT = "disconnect"
    CHANGE_ADDRESS = "change_address"
    NEW_TOKEN = "new_token"  # noqa: S105 (what for, and no secret)


class SignInSession(Base):
    """``awaits``: signing in has not come to its end, and nobody is signed in by it yet.

    ``address`` and ``agent`` tell its owner where and in which browser it began. ``confirmed_for``:
    for which Purpose its owner gave their password again at ``confirmed_at`` (``confirmation``).
    """

    __tablename__ = "sign_in_session"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    secret: Mapped[str] = mapped_column(String(64), unique=True)
    user_id: Mapped[int] = mapped_column(BigId, ForeignKey("user_account.id"), index=True)
    awaits: Mapped[Step | None] = mapped_column(one_of(Step))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    address: Mapped[str] = mapped_column(String(64))
    agent: Mapped[str] = mapped_column(String(MAX_AGENT))
    confirmed_for: Mapped[str | None] = mapped_column(String(32))
    confirmed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    user: Mapped[User] = relationship()


class ApiToken(Base):
    """``functions`` narrows what the token's owner holds; None: all they hold."""

    __tablename__ = "api_token"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    secret: Mapped[str] = mapped_column(String(64), unique=True)
    user_id: Mapped[int] = mapped_column(BigId, ForeignKey("user_account.id"), index=True)
    name: Mapped[str] = mapped_column(String(128))
    functions: Mapped[list[str] | None] = mapped_column(Json)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    user: Mapped[User] = relationship()
