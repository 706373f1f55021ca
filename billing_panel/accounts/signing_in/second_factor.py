"""The second factor: time-based codes from an app (TOTP, RFC 6238) and recovery codes.

A code is good for its own half minute and the ones before and after, and once: the step of the
last good code is kept, and nothing up to it is taken again. The secret is kept sealed; of recovery
codes, which are random enough for it, the fingerprints.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hmac import compare_digest

import pyotp
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    ForeignKey,
    String,
    and_,
    delete,
    exists,
    select,
)
from sqlalchemy.orm import InstrumentedAttribute, Mapped, Session, mapped_column

from billing_panel.accounts.people.sign_in_models import Step
from billing_panel.accounts.people.staff_models import Department, Staff, staff_department
from billing_panel.accounts.people.user_models import User
from billing_panel.kernel.database.column_types import Base, BigId, UtcDateTime
from billing_panel.kernel.database.encrypted_secrets import Seal, SealBroken
from billing_panel.kernel.database.row_locks import locked
from billing_panel.kernel.language.errors import FieldError, Invalid, Refused
from billing_panel.kernel.language.text import text
from billing_panel.kernel.values.secret_fingerprints import fingerprint

RECOVERY_CODES = 10
SET_UP_LIFE = timedelta(minutes=10)
LETTERS = "abcdefghijkmnpqrstuvwxyz23456789"
PURPOSE = "second factor"
UserId = int | InstrumentedAttribute[int]


class SecondFactor(Base):
    """``confirmed_at`` None: being set up, not asked for yet. ``last_step``: of the last code."""

    __tablename__ = "second_factor"

    user_id: Mapped[int] = mapped_column(BigId, ForeignKey("user_account.id"), primary_key=True)
    sealed_secret: Mapped[str]
    last_step: Mapped[int] = mapped_column(BigInteger)
    begun_at: Mapped[datetime] = mapped_column(UtcDateTime)
    confirmed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class RecoveryCode(Base):
    """A code not used yet: its fingerprint."""

    __tablename__ = "recovery_code"

    user_id: Mapped[int] = mapped_column(BigId, ForeignKey("user_account.id"), primary_key=True)
    code: Mapped[str] = mapped_column(String(64), primary_key=True)


@dataclass(frozen=True)
class NewSecret:
    """What an app is given: ``uri`` stands in the QR code, ``secret`` is what a person types."""

    secret: str
    uri: str


def second_factor(session: Session, user_id: int) -> SecondFactor | None:
    """The one that is asked for."""
    factor = session.get(SecondFactor, user_id)
    return factor if factor and factor.confirmed_at else None


def is_required(session: Session, user_id: int) -> bool:
    """Whether a department of theirs says that its people have one."""
    return bool(session.scalar(select(_required(user_id))))


def _required(user_id: UserId) -> ColumnElement[bool]:
    return (
        exists()
        .where(Staff.user_id == user_id, staff_department.c.staff_id == Staff.id)
        .where(staff_department.c.department_id == Department.id, Department.second_factor)
    )


def is_missing(session: Session, user_id: int) -> bool:
    """Whether a department requires one of them, and they have set up none."""
    return bool(session.scalar(select(lacking(user_id))))


def lacking(user_id: UserId) -> ColumnElement[bool]:
    """The same as a condition of a query, of one person or of a column of them."""
    there = exists().where(SecondFactor.user_id == user_id, SecondFactor.confirmed_at.is_not(None))
    return and_(_required(user_id), ~there)


def next_step(session: Session, user_id: int) -> Step | None:
    """What is asked of them after their password."""
    if second_factor(session, user_id):
        return Step.CODE
    return Step.SET_UP if is_required(session, user_id) else None


def begin(session: Session, user: User, *, seal: Seal, at: datetime) -> None:
    """Make a secret for an app. Raises Refused ``second_factor_there``."""
    if second_factor(session, user.id):
        raise Refused(
            text("There is already a second factor; remove it before you set up another."),
            code="second_factor_there",
        )
    session.execute(delete(SecondFactor).filter_by(user_id=user.id))
    session.add(
        SecondFactor(
            user_id=user.id,
            sealed_secret=seal.close(pyotp.random_base32()),
            last_step=0,
            begun_at=at,
        )
    )


def being_set_up(
    session: Session, user: User, *, seal: Seal, issuer: str, at: datetime
) -> NewSecret | None:
    """What to show them, once they have begun; None: nothing is being set up."""
    factor = session.get(SecondFactor, user.id)
    if factor is None or factor.confirmed_at or factor.begun_at < at - SET_UP_LIFE:
        return None
    secret = _secret(factor, seal)
    uri = pyotp.TOTP(secret).provisioning_uri(name=user.login, issuer_name=issuer)
    return NewSecret(secret, uri)


def confirm(session: Session, user: User, code: str, *, seal: Seal, at: datetime) -> Sequence[str]:
    """The app shows the right code: from now on it is asked for. Gives their recovery codes.

    Raises Refused ``nothing_being_set_up``, Invalid.
    """
    factor = locked(session, SecondFactor, user.id)
    if factor is None or factor.confirmed_at or factor.begun_at < at - SET_UP_LIFE:
        raise Refused(
            text("That took too long; start setting up the second factor again."),
            code="nothing_being_set_up",
        )
    if not _takes(factor, code, seal, at):
        raise wrong_code()
    factor.confirmed_at = at
    return new_recovery_codes(session, user.id)


def check_code(session: Session, user_id: int, code: str, *, seal: Seal, at: datetime) -> str:
    """Use up a code: ``"app"`` or ``"recovery"``, by where it came from. Raises Invalid."""
    factor = locked(session, SecondFactor, user_id)
    if factor and factor.confirmed_at:
        if _takes(factor, code, seal, at):
            return "app"
        used = session.execute(
            delete(RecoveryCode)
            .filter_by(user_id=user_id, code=fingerprint(_plain(code)))
            .returning(RecoveryCode.code)
        )
        if used.first():
            return "recovery"
    raise wrong_code()


def new_recovery_codes(session: Session, user_id: int) -> Sequence[str]:
    """Ten codes of 80 bits, shown once; the previous ones are no longer valid.

    Raises Refused ``no_second_factor``.
    """
    # of two who make them at once the second takes away what the first has made
    factor = locked(session, SecondFactor, user_id)
    if factor is None or factor.confirmed_at is None:
        raise Refused(text("Set up the second factor first."), code="no_second_factor")
    session.execute(delete(RecoveryCode).filter_by(user_id=user_id))
    codes = ["".join(secrets.choice(LETTERS) for _ in range(16)) for _ in range(RECOVERY_CODES)]
    session.add_all(RecoveryCode(user_id=user_id, code=fingerprint(code)) for code in codes)
    return ["-".join(code[n : n + 4] for n in range(0, 16, 4)) for code in codes]


def remove(session: Session, user_id: int) -> bool:
    """Whether there was one."""
    factor = locked(session, SecondFactor, user_id)
    there = factor is not None and factor.confirmed_at is not None
    session.execute(delete(RecoveryCode).filter_by(user_id=user_id))
    session.execute(delete(SecondFactor).filter_by(user_id=user_id))
    return there


def wrong_code() -> Invalid:
    """Make the Invalid for a code that is wrong or used up."""
    message = text("That code is wrong or already used. Wait for the next one.")
    return Invalid([FieldError("code", "wrong_code", message)])


def _takes(factor: SecondFactor, code: str, seal: Seal, at: datetime) -> bool:
    """Whether it is the code of a step after the last one used, and then use it up."""
    typed = _plain(code)
    if not (typed.isascii() and typed.isdecimal()):
        return False
    totp = pyotp.TOTP(_secret(factor, seal))
    now = totp.timecode(at)
    for step in (now - 1, now, now + 1):
        if step > factor.last_step and compare_digest(totp.generate_otp(step), typed):
            factor.last_step = step
            return True
    return False


def _secret(factor: SecondFactor, seal: Seal) -> str:
    """Raises Refused ``other_secret_key``."""
    try:
        return seal.open(factor.sealed_secret)
    except SealBroken as error:
        raise Refused(
            text(
                "The panel’s secret key was changed, so this second factor can’t be"
                " read; use a recovery code, or have it removed."
            ),
            code="other_secret_key",
        ) from error


def _plain(code: str) -> str:
    return "".join(code.split()).replace("-", "").lower()
