"""Where the time comes from; nothing else asks the system for it."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Protocol
from zoneinfo import ZoneInfo


class Clock(Protocol):
    def now(self) -> datetime:
        """This moment, aware, in UTC."""
        ...


class SystemClock:
    def now(self) -> datetime:
        return datetime.now(UTC)


@dataclass
class FixedClock:
    """A clock that stands where it was put, for rehearsals and tests."""

    at: datetime

    def now(self) -> datetime:
        return self.at


def local_date(moment: datetime, timezone: str) -> date:
    """The calendar day of ``moment`` in an IANA ``timezone``: documents and tax rates go by it."""
    return moment.astimezone(ZoneInfo(timezone)).date()


def months_after(moment: datetime, months: int) -> datetime:
    """The same day ``months`` later, or the last of a month that is too short for it."""
    years, month = divmod(moment.month - 1 + months, 12)
    year, month = moment.year + years, month + 1
    return moment.replace(year=year, month=month, day=min(moment.day, monthrange(year, month)[1]))
