"""Where the time comes from; nothing else asks the system for it.

Days and months are those of the calendar where the provider is: a term that begins there on 1 March
ends on 1 April, though in UTC it is February still, and a day in which clocks are put forward has
23 hours. Whatever is so many days or months later is reckoned here.
"""

from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo


class Clock(Protocol):
    """What tells the time."""

    def now(self) -> datetime:
        """This moment, aware, in UTC."""
        ...


class SystemClock:
    """The machine's own clock, in UTC."""

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


def days_after(moment: datetime, days: int, timezone: str) -> datetime:
    """The same time of the day ``days`` later where ``timezone`` is; less than 0: earlier. UTC."""
    there = moment.astimezone(ZoneInfo(timezone))
    return (there + timedelta(days=days)).astimezone(UTC)


def months_after(moment: datetime, months: int, timezone: str) -> datetime:
    """The same day and time ``months`` later there, or the last day of a month too short. UTC."""
    there = moment.astimezone(ZoneInfo(timezone))
    years, month = divmod(there.month - 1 + months, 12)
    year, month = there.year + years, month + 1
    day = min(there.day, monthrange(year, month)[1])
    return there.replace(year=year, month=month, day=day).astimezone(UTC)
