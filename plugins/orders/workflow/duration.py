"""Durations as ISO 8601 writes them: ``P3D``, ``PT36H``, ``P2W``, ``P1DT12H``. Pure."""

import re
from datetime import timedelta

from babel.units import format_unit

PATTERN = re.compile(
    r"P(?=.)(?:(?P<weeks>\d{1,4})W)?(?:(?P<days>\d{1,5})D)?"
    r"(?:T(?=.)(?:(?P<hours>\d{1,5})H)?(?:(?P<minutes>\d{1,5})M)?(?:(?P<seconds>\d{1,5})S)?)?",
    re.ASCII,
)


def parse_duration(written: str) -> timedelta:
    """Longer than nothing. Raises ValueError; months and years have no length of their own."""
    match = PATTERN.fullmatch(written)
    if match is None:
        raise ValueError(f"{written!r} is not a duration")
    length = timedelta(**{unit: int(number) for unit, number in match.groupdict(default=0).items()})
    if not length:
        raise ValueError(f"{written!r} is no time at all")
    return length


def split_duration(written: str) -> tuple[int, timedelta]:
    """Its days, which are days of the calendar, and its time: ``P1DT12H``, and not ``PT36H``."""
    match = PATTERN.fullmatch(written)
    if match is None:
        raise ValueError(f"{written!r} is not a duration")
    length = {unit: int(number) for unit, number in match.groupdict(default="0").items()}
    days = length.pop("weeks") * 7 + length.pop("days")
    return days, timedelta(**length)


def duration_words(length: timedelta, language: str) -> str:
    """``35 days``, ``36 hours``: in the largest unit that goes into it whole."""
    seconds = int(length.total_seconds())
    for unit, size in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        if seconds % size == 0:
            return str(format_unit(seconds // size, unit, locale=language))
    return str(format_unit(seconds, "second", locale=language))
