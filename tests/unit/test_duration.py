"""Durations as ISO 8601 writes them, and in words."""

from datetime import timedelta

import pytest

from plugins.orders.workflow.duration import duration_words, split_duration


@pytest.mark.parametrize(
    ("written", "days", "time"),
    [
        ("P2W", 14, timedelta()),
        ("P1DT12H", 1, timedelta(hours=12)),
        ("PT36H", 0, timedelta(hours=36)),
    ],
)
def test_days_are_those_of_the_calendar(written: str, days: int, time: timedelta) -> None:
    assert split_duration(written) == (days, time)


def test_what_is_no_duration_is_refused() -> None:
    with pytest.raises(ValueError, match="is not a duration"):
        split_duration("P1M")


@pytest.mark.parametrize(
    ("length", "words"),
    [
        (timedelta(days=35), "35 days"),
        (timedelta(hours=36), "36 hours"),
        (timedelta(minutes=90), "90 minutes"),
        (timedelta(seconds=61), "61 seconds"),
    ],
)
def test_words_use_the_largest_unit_that_goes_into_it(length: timedelta, words: str) -> None:
    assert duration_words(length, "en") == words
