"""Numbers of documents: no gap, no repeat, taken in the transaction that issues the document.

A counter row is locked until commit, because a database sequence leaves gaps on rollback.
"""

from sqlalchemy import ForeignKey, String, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, Session, mapped_column

from billing_panel.accounts.series import SeriesError, format_number
from billing_panel.kernel.db import Base, BigId


class SeriesCounter(Base):
    """``year`` is 0 where the series does not name the year; ``last`` is the last number taken."""

    __tablename__ = "series_counter"

    provider_id: Mapped[int] = mapped_column(BigId, ForeignKey("provider.id"), primary_key=True)
    series: Mapped[str] = mapped_column(String(16), primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    last: Mapped[int] = mapped_column(BigId)


def next_number(session: Session, provider_id: int, name: str, series: str, *, year: int) -> str:
    """The next number of the provider's series ``name``, formatted as ``series``."""
    counted_year = year if "{year" in series else 0
    place = {"provider_id": provider_id, "series": name, "year": counted_year}
    number = _step(session, place)
    if number is None:
        insert = postgresql.insert if _is_postgresql(session) else sqlite.insert
        session.execute(insert(SeriesCounter).values(**place, last=0).on_conflict_do_nothing())
        number = _step(session, place)
    if number is None:
        raise SeriesError(f"the counter of series {name!r} is gone")
    return format_number(series, year=year, number=number)


def _step(session: Session, place: dict[str, object]) -> int | None:
    return session.scalar(
        update(SeriesCounter)
        .filter_by(**place)
        .values(last=SeriesCounter.last + 1)
        .returning(SeriesCounter.last)
    )


def _is_postgresql(session: Session) -> bool:
    return session.get_bind().dialect.name == "postgresql"
