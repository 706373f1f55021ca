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
