"""Value dates as people type them: on which day money came, which may be before it is recorded."""

from datetime import date, datetime

from billing_panel.accounts.companies.provider_models import Provider
from billing_panel.kernel.language.errors import FieldError, Invalid, Refused
from billing_panel.kernel.language.text import Text, text
from billing_panel.kernel.values.bounded_parsing import read_day
from billing_panel.kernel.values.calendar_dates import local_date


def read_value_day(
    written: str, provider: Provider, now: datetime, field: str = "received_on"
) -> date | None:
    """The day, where the provider is; None where nothing was typed: that of ``now``.

    Raises Invalid at ``field``: ``day``, ``future_day``, ``month_closed``.
    """
    if not written.strip():
        return None
    day, closed = read_day(written.strip()), provider.books_closed_on
    if day is None:
        raise _wrong(field, "day", text("Use a date such as 2026-12-31."))
    today = local_date(now, provider.timezone)
    if day > today:
        message = text(
            "This day is in the future; enter today, %(today)s, or earlier.", today=today
        )
        raise _wrong(field, "future_day", message)
    if closed is not None and day <= closed:
        message = text(
            "The books are closed up to %(closed)s; enter a later day, or reopen the month first.",
            closed=closed,
        )
        raise _wrong(field, "month_closed", message)
    return day


def refuse_closed(day: date, closed_on: date | None) -> None:
    """Raises Refused ``month_closed``: what is closed was reported, and stays as it is."""
    if closed_on is not None and day <= closed_on:
        raise Refused(
            text(
                "The books are closed up to %(closed)s, so nothing can be entered on %(day)s;"
                " use a later day.",
                closed=closed_on,
                day=day,
            ),
            code="month_closed",
        )


def _wrong(field: str, code: str, message: Text) -> Invalid:
    return Invalid([FieldError(field, code, message)], code=code)
