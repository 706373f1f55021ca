"""The formats of document numbers: a text with ``{number}`` in it, and maybe ``{year}``."""

import re
import string

WIDTH = re.compile(r"(0[1-9]|01[0-9])?", re.ASCII)


class SeriesError(ValueError):
    """A series format that could not number documents."""


def check_series(series: str) -> None:
    """``NH-{year}-{number:06}``: text, ``{number}`` once, maybe ``{year}``. Raises SeriesError."""
    try:
        parts = [*string.Formatter().parse(series)]
    except ValueError as error:
        raise SeriesError("each { of a series has its }") from error
    if any("{" in words or "}" in words for words, *_ in parts):
        raise SeriesError("a series has no braces but those of {number} and {year}")
    fields = [(name, width, flag) for _, name, width, flag in parts if name is not None]
    names = [name for name, _, _ in fields]
    if names.count("number") != 1 or set(names) - {"number", "year"}:
        raise SeriesError("a series has {number} once, and may have {year}")
    if any(flag or not WIDTH.fullmatch(width or "") for _, width, flag in fields):
        raise SeriesError("after the colon stands only a width up to 019, as in {number:06}")


def format_number(series: str, *, year: int, number: int) -> str:
    """Raises SeriesError."""
    check_series(series)
    return series.format(year=year, number=number)


def names_year(series: str) -> bool:
    """Its numbers start over with each year."""
    return "{year" in series


def around_number(series: str, *, year: int) -> tuple[str, str]:
    """What stands before and after the number in that year. Raises SeriesError."""
    check_series(series)
    parts = ["", ""]
    place = 0
    for words, name, width, _ in string.Formatter().parse(series):
        parts[place] += words
        if name == "number":
            place = 1
        elif name == "year":
            parts[place] += format(year, width or "")
    return parts[0], parts[1]


def is_ten_digits(series: str) -> bool:
    """What Bulgaria asks of an invoice's number (чл. 114, ал. 1, т. 2 ЗДДС), all years through."""
    made = format_number(series, year=2026, number=1)
    return len(made) == 10 and made.isascii() and made.isdecimal() and not names_year(series)
