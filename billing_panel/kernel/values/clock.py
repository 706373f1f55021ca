"""Where the time comes from; nothing else asks the system for it.

Days and months are those of the calendar where the provider is: a term that begins there on 1 March
ends on 1 April, though in UTC it is February still, and a day in which clocks are put forward has
23 hours. Whatever is so many days or months later is reckoned here.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol


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
