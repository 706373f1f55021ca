"""Document numbers: no gaps, no repeats, drawn in the transaction that issues the document.

A counter row is locked until commit, because a database sequence leaves gaps on rollback. What a
document is numbered by is (series, year, n); its ``number`` is how the series' format writes that.

A format may change at any time. Where documents bear numbers as the new one writes them, counting
goes on above these, so that none is written twice; where counting began or jumped is kept.
"""

import re
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ForeignKey, String, bindparam, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from billing_panel.accounts.companies.document_number_format import (
    SeriesError,
    around_number,
    format_number,
    names_year,
)
from billing_panel.kernel.database.append_only import append_only
from billing_panel.kernel.database.column_types import Base, BigId, UtcDateTime
from billing_panel.kernel.database.database import insert_into
from billing_panel.kernel.values.bounded_parsing import whole_number
from invoices.store.models import IssuedDocument


class SeriesCounter(Base):
    """``year`` is 0 where the series does not name the year; ``last`` is the last number taken.

    ``format``: how that one was written; empty: others of the series were written otherwise since.
    """

    __tablename__ = "series_counter"

    provider_id: Mapped[int] = mapped_column(BigId, ForeignKey("provider.id"), primary_key=True)
    series: Mapped[str] = mapped_column(String(16), primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    last: Mapped[int] = mapped_column(BigId)
    format: Mapped[str]


class SeriesStart(Base):
    """Counting began at ``first``, or went on from there: what is before it is no gap."""

    __tablename__ = "series_start"
    __table_args__ = ({"info": append_only()},)

    provider_id: Mapped[int] = mapped_column(BigId, ForeignKey("provider.id"), primary_key=True)
    series: Mapped[str] = mapped_column(String(16), primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    first: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(UtcDateTime)


@dataclass(frozen=True)
class Place:
    """A row of numbers: a series of a provider, in a year or (0) in all of them."""

    provider_id: int
    series: str
    year: int

    def values(self) -> dict[str, int | str]:
        return {"provider_id": self.provider_id, "series": self.series, "year": self.year}


@dataclass(frozen=True)
class TakenNumber:
    """``n`` of ``place``, written as ``number``."""

    place: Place
    n: int
    number: str


def next_number(
    session: Session,
    provider_id: int,
    name: str,
    series: str,
    *,
    year: int,
    at: datetime,
    first: int = 1,
) -> TakenNumber:
    """The next number of the provider's series ``name``, written as ``series``.

    ``first``: what the series begins with, before it has any number.
    """
    place = Place(provider_id, name, year if names_year(series) else 0)
    stepped = _step(session, place)
    if stepped is None:
        _begin(session, place, series, year, first=first, at=at)
        stepped = _step(session, place)
    if stepped is None:
        raise SeriesError(f"the counter of series {name!r} is gone")
    n, written_as = stepped
    if written_as != series:
        n = _go_on_as(session, place, series, year, n, at=at)
    return TakenNumber(place, n, format_number(series, year=year, number=n))


_COUNTER = Base.metadata.tables[SeriesCounter.__tablename__].c
# made once: each document runs it
STEP = (
    update(_COUNTER.last.table)
    .where(
        _COUNTER.provider_id == bindparam("of_provider"),
        _COUNTER.series == bindparam("of_series"),
        _COUNTER.year == bindparam("of_year"),
    )
    .values(last=_COUNTER.last + 1)
    .returning(_COUNTER.last, _COUNTER.format)
)


def _step(session: Session, place: Place) -> tuple[int, str] | None:
    values = {"of_provider": place.provider_id, "of_series": place.series, "of_year": place.year}
    row = session.connection().execute(STEP, values).one_or_none()
    return None if row is None else (row.last, row.format)


def _begin(
    session: Session, place: Place, series: str, year: int, *, first: int, at: datetime
) -> None:
    """Of two who begin at once the second waits, and finds what the first has begun."""
    known = select(SeriesCounter.year).filter_by(provider_id=place.provider_id, series=place.series)
    begun_before = session.scalar(known.limit(1)) is not None
    last = max(_greatest(session, place, series, year), 0 if begun_before else first - 1)
    begun = session.scalar(
        insert_into(session, SeriesCounter)
        .values(**place.values(), last=last, format=series)
        .on_conflict_do_nothing()
        .returning(SeriesCounter.last)
    )
    if begun is not None:
        _start(session, place, last + 1, at)
        _forget_other_formats(session, place, series)


def _go_on_as(
    session: Session, place: Place, series: str, year: int, n: int, *, at: datetime
) -> int:
    """The format has changed; the counter is locked, and ``n`` was taken of it."""
    above = _greatest(session, place, series, year)
    if above >= n:
        n = above + 1
        _start(session, place, n, at)
    changed = update(SeriesCounter).filter_by(**place.values()).values(last=n, format=series)
    session.execute(changed)
    _forget_other_formats(session, place, series)
    return n


def _forget_other_formats(session: Session, place: Place, series: str) -> None:
    """Of the series' other counters: whoever comes back to one looks at what was written since."""
    others = (
        SeriesCounter.provider_id == place.provider_id,
        SeriesCounter.series == place.series,
        SeriesCounter.year != place.year,
        SeriesCounter.format != series,
    )
    session.execute(update(SeriesCounter).where(*others).values(format=""))


def _start(session: Session, place: Place, first: int, at: datetime) -> None:
    session.add(SeriesStart(**place.values(), first=first, at=at))


def _greatest(session: Session, place: Place, series: str, year: int) -> int:
    """The greatest n under which ``series`` writes a number that a document bears; 0: none."""
    before, after = around_number(series, year=year)
    alike = select(IssuedDocument.number).where(
        IssuedDocument.provider_id == place.provider_id,
        IssuedDocument.series == place.series,
        IssuedDocument.number.startswith(before, autoescape=True),
        IssuedDocument.number.endswith(after, autoescape=True),
    )
    pattern = re.compile(f"{re.escape(before)}([0-9]+){re.escape(after)}")
    found = (pattern.fullmatch(number) for number in session.scalars(alike))
    return max((whole_number(match[1].lstrip("0")) or 0 for match in found if match), default=0)
