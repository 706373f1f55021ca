"""Days and months of the calendar where somebody is."""

from calendar import monthrange
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo


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


def as_hours(minutes: int) -> str:
    """So many hours and minutes, ``8:30``."""
    hours, rest = divmod(abs(minutes), 60)
    return f"{hours}:{rest:02}"
