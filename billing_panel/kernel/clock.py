"""Where the time comes from; nothing else asks the system for it."""

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
