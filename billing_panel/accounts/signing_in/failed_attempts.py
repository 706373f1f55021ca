"""How often sign-in may fail, counted in the database across processes and restarts.

Each attempt is counted before it is judged, so that many at once are many. After a few failures
each further one makes the next wait twice as long, up to a bound. A success is forgiven.

Who comes with the mark of a browser in which this person signed in before is counted by that mark
alone: strangers who guess the password elsewhere don't make them wait. A stranger is counted
by their address and by the login they try.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address
from math import ceil

from sqlalchemy import String, delete, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from billing_panel.kernel.database.column_types import Base, UtcDateTime
from billing_panel.kernel.database.database import insert_into
from billing_panel.kernel.language.errors import TooManyAttempts
from billing_panel.kernel.values.secret_fingerprints import fingerprint

REMEMBERED = timedelta(hours=24)
LONGEST = timedelta(minutes=15)
# Short, because anybody can make the owner of a login wait this long in a new browser.
LONGEST_OF_LOGIN = timedelta(minutes=1)


class AttemptCount(Base):
    """``key`` is the fingerprint of what is counted: no login and no address stands here."""

    __tablename__ = "attempt_count"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    failures: Mapped[int]
    last_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    wait_until: Mapped[datetime] = mapped_column(UtcDateTime)


@dataclass(frozen=True)
class Counted:
    """Something whose failures are counted: ``free`` of them cost nothing."""

    what: str
    free: int
    longest: timedelta = LONGEST
    # one success of an address says nothing about what else was tried from it
    forgets: bool = True

    @property
    def key(self) -> str:
        return fingerprint(self.what)

    def wait(self, failures: int) -> timedelta:
        over = failures - self.free
        # 2 ** 10 seconds are longer than any bound
        return (
            min(timedelta(seconds=2 ** min(over, 10)), self.longest) if over >= 0 else timedelta()
        )


def of_address(address: str, free: int) -> Counted:
    """A whole /64 of IPv6 is one address: whoever has one has all of it."""
    return Counted(f"address {network(address)}", free, forgets=False)


def of_login(login: str, free: int) -> Counted:
    """Make the count kept for a login, whose wait is LONGEST_OF_LOGIN at most."""
    return Counted(f"login {login}", free, LONGEST_OF_LOGIN)


def of_browser(mark: str, free: int) -> Counted:
    """Make the count kept for a known browser, by its mark."""
    return Counted(f"browser {mark}", free)


def network(address: str) -> str:
    """Give the address as it is counted: of IPv6 its /64, of IPv4 inside IPv6 the IPv4.

    What is no address stays as it is.
    """
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if not isinstance(parsed, IPv6Address):
        return str(parsed)
    if parsed.ipv4_mapped:
        return str(parsed.ipv4_mapped)
    return str(IPv6Address(int(parsed) >> 64 << 64))


def count(session: Session, counted: Sequence[Counted], *, at: datetime) -> None:
    """Count one more attempt. Raises TooManyAttempts, and then counts none."""
    rows = [(one, _locked(session, one, at)) for one in sorted(counted, key=lambda one: one.key)]
    wait = max(row.wait_until for _, row in rows) - at
    if wait > timedelta():
        raise TooManyAttempts(ceil(wait.total_seconds()))
    for one, row in rows:
        row.failures = 1 if row.last_at < at - REMEMBERED else row.failures + 1
        row.last_at, row.wait_until = at, at + one.wait(row.failures)


def waits(session: Session, one: Counted, *, at: datetime) -> bool:
    """Whether the next attempt is not looked at yet; nothing is counted."""
    row = session.get(AttemptCount, one.key)
    return row is not None and row.wait_until > at


def forgive(session: Session, counted: Sequence[Counted], *, at: datetime) -> None:
    """The attempt counted last was no failure."""
    for one in sorted(counted, key=lambda one: one.key):
        if one.forgets:
            session.execute(delete(AttemptCount).filter_by(key=one.key))
        else:
            session.execute(
                update(AttemptCount)
                .filter_by(key=one.key)
                .values(failures=AttemptCount.failures - 1, wait_until=at)
            )


def forget_old_attempts(session: Session, *, at: datetime) -> None:
    """Delete the counts whose last attempt was more than REMEMBERED ago."""
    session.execute(delete(AttemptCount).where(AttemptCount.last_at < at - REMEMBERED))


def _locked(session: Session, one: Counted, at: datetime) -> AttemptCount:
    """The row of ``one``, made when there is none, so that even the first attempts queue."""
    fresh = insert_into(session, AttemptCount).values(
        key=one.key, failures=0, last_at=at, wait_until=at
    )
    # in one statement: between two, whoever succeeds takes the row away (``forgive``)
    there = fresh.on_conflict_do_update(
        index_elements=[AttemptCount.key], set_={"key": fresh.excluded.key}
    )
    return session.scalars(
        there.returning(AttemptCount).execution_options(populate_existing=True)
    ).one()
