"""What someone sent after being signed out, kept until they sign in again.

It is sealed, and of the person for whom the form was made; nobody else is shown it. Passwords,
codes and files are not among it. Nothing of it is done: it fills the form again, and they send it.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ForeignKey, String, delete, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from billing_panel.accounts.people.user_models import User
from billing_panel.kernel.database.column_types import Base, BigId, UtcDateTime
from billing_panel.kernel.database.encrypted_secrets import Seal
from billing_panel.kernel.values.secret_fingerprints import fingerprint, new_secret

KEPT_FOR = timedelta(hours=1)
# of one person; the oldest make room
MOST_FORMS = 5
MOST_CHARACTERS = 65_536
PURPOSE = "unsent form"


class UnsentForm(Base):
    """``secret``: fingerprint of what stands in the address. ``sealed``: an ``Unsent``."""

    __tablename__ = "unsent_form"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    secret: Mapped[str] = mapped_column(String(64), unique=True)
    user_id: Mapped[int] = mapped_column(BigId, ForeignKey("user_account.id"), index=True)
    sealed: Mapped[str]
    kept_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


@dataclass(frozen=True)
class Unsent:
    """``address``: path and query it was sent to. ``fields``: names and values, as they came."""

    address: str
    fields: Sequence[tuple[str, str]]
    has_files: bool = False

    @property
    def size(self) -> int:
        """Characters."""
        return len(self.address) + sum(len(name) + len(value) for name, value in self.fields)


def keep_unsent(
    session: Session, user_id: int, unsent: Unsent, *, secret_key: str, at: datetime
) -> str | None:
    """The secret it is found by; None: too large, or there is nobody to keep it for."""
    if unsent.size > MOST_CHARACTERS or session.get(User, user_id) is None:
        return None
    newest = (
        select(UnsentForm.id)
        .filter_by(user_id=user_id)
        .order_by(UnsentForm.id.desc())
        .limit(MOST_FORMS - 1)
    )
    session.execute(
        delete(UnsentForm).where(
            UnsentForm.user_id == user_id, UnsentForm.id.not_in(session.scalars(newest).all())
        )
    )
    secret = new_secret()
    written = json.dumps([unsent.address, [*unsent.fields], unsent.has_files])
    session.add(
        UnsentForm(
            secret=fingerprint(secret),
            user_id=user_id,
            sealed=Seal(secret_key, PURPOSE).close(written),
            kept_at=at,
            expires_at=at + KEPT_FOR,
        )
    )
    return secret


def find_unsent(
    session: Session, secret: str, user_id: int | None, *, secret_key: str, at: datetime
) -> Unsent | None:
    """None: it is of somebody else, over, or there never was one."""
    row = session.scalar(
        select(UnsentForm)
        .filter_by(secret=fingerprint(secret), user_id=user_id)
        .where(UnsentForm.expires_at > at)
    )
    if row is None:
        return None
    address, fields, has_files = json.loads(Seal(secret_key, PURPOSE).open(row.sealed))
    return Unsent(address, [(name, value) for name, value in fields], has_files)


def forget_expired_unsent(session: Session, *, at: datetime) -> None:
    """Delete the forms that are kept no longer at ``at``."""
    session.execute(delete(UnsentForm).where(UnsentForm.expires_at <= at))
