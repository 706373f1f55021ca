"""Days and months are those of the calendar where the provider is."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from billing_panel.kernel.values.calendar_dates import days_after, months_after
from plugins.orders.workflow.duration import split_duration

SOFIA = "Europe/Sofia"


def there(*moment: int) -> datetime:
    return datetime(*moment, tzinfo=ZoneInfo(SOFIA))  # type: ignore[arg-type, misc]


@pytest.mark.parametrize(
    ("begun", "months", "end"),
    [
        ((2026, 1, 31), 1, (2026, 2, 28)),
        ((2026, 12, 31), 12, (2027, 12, 31)),
        ((2024, 2, 29), 36, (2027, 2, 28)),
        # the last day of February still in UTC, and clocks put forward on 29 March
        ((2026, 3, 1, 0, 30), 1, (2026, 4, 1, 0, 30)),
        ((2026, 10, 1, 12), 1, (2026, 11, 1, 12)),
    ],
)
def test_8_months_are_of_the_calendar_where_the_provider_is(
    begun: tuple[int, ...], months: int, end: tuple[int, ...]
) -> None:
    assert months_after(there(*begun).astimezone(UTC), months, SOFIA) == there(*end)


def test_8_a_day_in_which_clocks_change_is_a_day() -> None:
    begun = there(2026, 3, 28, 12).astimezone(UTC)
    assert days_after(begun, 1, SOFIA) == there(2026, 3, 29, 12)
    assert days_after(begun, 1, SOFIA) - begun == timedelta(hours=23)
    assert days_after(there(2026, 3, 29, 12), -1, SOFIA) == begun


def test_8_days_of_a_duration_are_days_and_its_hours_are_hours() -> None:
    written = ("P3D", "P2W", "PT36H", "P1DT12H")
    assert [split_duration(one) for one in written] == [
        (3, timedelta()),
        (14, timedelta()),
        (0, timedelta(hours=36)),
        (1, timedelta(hours=12)),
    ]
