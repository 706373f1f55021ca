"""How many of something, as each language writes it."""

from functools import lru_cache

from babel.numbers import format_decimal


@lru_cache(maxsize=1_000)
def grouped(number: int, language: str) -> str:
    """``100,000`` in English, ``100 000`` in Russian."""
    return format_decimal(number, locale=language)


def counted(number: int, most: int, language: str) -> str:
    """``12``, or ``99+`` of more than ``most``, further than which nobody counted."""
    return grouped(number, language) if number <= most else f"{grouped(most, language)}+"
